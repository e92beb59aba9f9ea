#include "widgets/charts/utilisation_chart.h"

#include "items/words.h"
#include "widgets/controls/theme.h"

#include <QCategoryAxis>
#include <QChart>
#include <QEvent>
#include <QGraphicsLayout>
#include <QLineSeries>
#include <QValueAxis>

#include <algorithm>
#include <array>
#include <cmath>

namespace busbar::charts {

namespace {

using controls::tone;
using controls::Tone;

constexpr std::array<double, 3> kScaleSteps{5, 10, 25}; ///< between grid lines, %
constexpr int kMostGaps = 4;
constexpr qint64 kSecondsShownMs = 5 * 60'000; ///< up to this span the axis shows seconds

QString timeText(std::int64_t wallMs, std::int64_t spanMs) {
    const QString clock = items::clockText(wallMs);
    return spanMs <= kSecondsShownMs ? clock : clock.left(5);
}

} // namespace

UtilisationChart::UtilisationChart(QWidget* parent) : QChartView(parent), m_time(new QCategoryAxis(this)), m_percent(new QValueAxis(this)) {
    setFrameShape(QFrame::NoFrame);
    setRenderHint(QPainter::Antialiasing);
    chart()->legend()->hide();
    chart()->setMargins({6, 4, 30, 2});
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setBackgroundRoundness(0);
    chart()->setAnimationOptions(QChart::NoAnimation);
    m_time->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    m_percent->setLabelFormat(QStringLiteral("%d"));
    chart()->addAxis(m_time, Qt::AlignBottom);
    chart()->addAxis(m_percent, Qt::AlignLeft);
    setAccessibleName(QStringLiteral("fleet utilisation over time"));
    connect(chart(), &QChart::plotAreaChanged, this, &UtilisationChart::showRuns); // another width has room for other points
    applyTones();
}

void UtilisationChart::setTrend(const items::Trend& trend) {
    m_trend = trend;
    scaleTo(runsOf());
    showRuns();
}

std::vector<UtilisationChart::Points> UtilisationChart::runsOf() const {
    const auto columns = m_trend.columns(static_cast<std::size_t>(std::max(1.0, chart()->plotArea().width() / 2)));
    const double step = columns.empty() ? 0 : static_cast<double>(m_trend.spanMs()) / 1000.0 / static_cast<double>(columns.size());
    std::vector<Points> runs;
    bool open = false;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (std::isnan(columns[i].low)) {
            open = false;
            continue;
        }
        if (!open) runs.emplace_back();
        open = true;
        const double x = (static_cast<double>(i) + 1) * step;
        runs.back() << QPointF(x, columns[i].high);
        if (columns[i].low < columns[i].high) runs.back() << QPointF(x, columns[i].low);
    }
    return runs;
}

void UtilisationChart::showRuns() {
    const std::vector<Points> runs = runsOf();
    while (m_series.size() > runs.size()) {
        chart()->removeSeries(m_series.back());
        delete m_series.back();
        m_series.pop_back();
    }
    while (m_series.size() < runs.size()) {
        auto* series = new QLineSeries(this);
        series->setPen(QPen(tone(Tone::ramp5), 1.4));
        chart()->addSeries(series);
        series->attachAxis(m_time);
        series->attachAxis(m_percent);
        m_series.push_back(series);
    }
    for (std::size_t i = 0; i < runs.size(); ++i) m_series[i]->replace(runs[i]);
}

void UtilisationChart::scaleTo(const std::vector<Points>& runs) {
    double low = 100, high = 0;
    for (const Points& run : runs)
        for (const QPointF& point : run) {
            low = std::min(low, point.y());
            high = std::max(high, point.y());
        }
    if (low > high) low = 0, high = 100;
    for (const double step : kScaleSteps) {
        const double bottom = std::max(0.0, std::floor((low - 1) / step) * step), top = std::min(100.0, std::ceil((high + 1) / step) * step);
        m_percent->setRange(bottom, top);
        m_percent->setTickCount(static_cast<int>((top - bottom) / step + 1.5));
        if ((top - bottom) / step <= kMostGaps) break;
    }
    const double span = std::max(1.0, static_cast<double>(m_trend.spanMs()) / 1000.0);
    for (const QString& label : m_time->categoriesLabels()) m_time->remove(label);
    m_time->setStartValue(-1);
    m_time->setRange(0, span);
    if (m_trend.samples().empty()) return;
    m_time->append(timeText(m_trend.startWallMs(), m_trend.spanMs()), 0);
    m_time->append(timeText(m_trend.startWallMs() + m_trend.spanMs() / 2, m_trend.spanMs()), span / 2);
    m_time->append(QStringLiteral("now, UTC"), span);
    setAccessibleDescription(QStringLiteral("%1 to %2 percent over the last %3").arg(items::percentText(low), items::percentText(high), items::durationText(m_trend.spanMs())));
}

int UtilisationChart::pointCount() const {
    int points = 0;
    for (const QLineSeries* series : m_series) points += static_cast<int>(series->count());
    return points;
}

void UtilisationChart::applyTones() {
    chart()->setBackgroundBrush(tone(Tone::base));
    chart()->setBackgroundPen(Qt::NoPen);
    setBackgroundBrush(tone(Tone::base));
    for (QAbstractAxis* axis : {static_cast<QAbstractAxis*>(m_time), static_cast<QAbstractAxis*>(m_percent)}) {
        axis->setLabelsFont(controls::face(controls::kCaptionPx));
        axis->setLabelsColor(tone(Tone::muted));
        axis->setLinePen(QPen(tone(Tone::line), 1));
        axis->setGridLinePen(QPen(tone(Tone::faintLine), 1));
    }
    for (QLineSeries* series : m_series) series->setPen(QPen(tone(Tone::ramp5), 1.4));
}

void UtilisationChart::changeEvent(QEvent* event) {
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applyTones();
}

} // namespace busbar::charts
