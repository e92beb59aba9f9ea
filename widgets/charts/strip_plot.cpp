#include "widgets/charts/strip_plot.h"

#include "widgets/controls/theme.h"
#include "widgets/controls/trace_painter.h"

#include <QCategoryAxis>
#include <QChart>
#include <QEvent>
#include <QKeyEvent>
#include <QLineSeries>
#include <QMouseEvent>
#include <QValueAxis>

#include <algorithm>
#include <cmath>

namespace busbar::charts {

namespace {

using controls::Tone;
using controls::tone;

constexpr double kZoomStep = 0.7, kPanStep = 0.2;
constexpr int kTickWidth = 120;
/// Lowest and highest value of a column are two points.
constexpr int kPointsPerColumn = 2;

} // namespace

StripPlot::StripPlot(const items::NodeHistory& history, QWidget* parent)
    : QChartView(new QChart, parent), m_history(history), m_timeAxis(new QCategoryAxis(this)), m_valueAxis(new QValueAxis(this)) {
    chart()->legend()->hide();
    chart()->setMargins({4, 4, 4, 4});
    chart()->setAnimationOptions(QChart::NoAnimation);
    chart()->addAxis(m_timeAxis, Qt::AlignBottom);
    chart()->addAxis(m_valueAxis, Qt::AlignLeft);
    m_timeAxis->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    m_valueAxis->setLabelFormat(QStringLiteral("%.0f"));
    setRenderHint(QPainter::Antialiasing);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    applyTheme();
}

void StripPlot::setStrip(int gpu, const controls::StripScale& scale) {
    m_gpu = gpu;
    m_scale = scale;
    refresh();
}

void StripPlot::setWindow(const controls::TimeWindow& window) {
    m_window = window;
    refresh();
}

void StripPlot::setNow(std::int64_t siteWallMs) {
    m_window.setNow(siteWallMs);
    const double columnMs = static_cast<double>(m_window.spanMs()) / std::max(1.0, chart()->plotArea().width());
    if (std::abs(static_cast<double>(m_window.endMs() - m_shownEndMs)) >= columnMs) refresh();
}

int StripPlot::points() const {
    int count = 0;
    for (const QLineSeries* line : m_lines) count += line->count();
    return count;
}

QString StripPlot::axisTitle() const { return m_valueAxis->titleText(); }

void StripPlot::refresh() {
    m_shownEndMs = m_window.endMs();
    const int columns = std::max(1, static_cast<int>(chart()->plotArea().width()) / kPointsPerColumn - 1);
    const double msPerColumn = static_cast<double>(m_window.spanMs()) / columns;
    items::Trace trace = m_history.trace(m_gpu, m_scale.metric, msPerColumn, items::columnOf(m_window.beginMs(), msPerColumn),
                                         items::columnOf(m_window.endMs(), msPerColumn));
    // One column further on each side lets the line run to the edges; whatever is beyond would only cost points.
    const std::int64_t first = items::columnOf(m_window.beginMs(), msPerColumn) - 1, last = items::columnOf(m_window.endMs(), msPerColumn) + 1;
    trace.erase(
        std::remove_if(trace.begin(), trace.end(), [&](const items::TracePoint& point) { return point.column < first || point.column > last; }),
        trace.end());
    fillAxes(trace);
    fillLines(trace, msPerColumn);
    viewport()->update();
}

void StripPlot::fillAxes(const items::Trace& trace) {
    const QStringList old = m_timeAxis->categoriesLabels();
    for (const QString& label : old) m_timeAxis->remove(label);
    m_timeAxis->setRange(0, static_cast<double>(m_window.spanMs()));
    m_timeAxis->setStartValue(0);
    for (const controls::TimeTick& tick : controls::timeTicks(m_window, std::max(2, static_cast<int>(chart()->plotArea().width()) / kTickWidth)))
        m_timeAxis->append(tick.label, static_cast<double>(tick.wallMs - m_window.beginMs()));
    double top = m_scale.high;
    for (const items::TracePoint& point : trace) top = std::max(top, static_cast<double>(point.high));
    m_valueAxis->setRange(m_scale.low, top);
    m_valueAxis->setTitleText(m_scale.unit.isEmpty() ? m_scale.label : QStringLiteral("%1 (%2)").arg(m_scale.label, m_scale.unit));
}

void StripPlot::fillLines(const items::Trace& trace, double msPerColumn) {
    QList<QList<QPointF>> strokes;
    for (const items::TracePoint& point : trace) {
        if (strokes.isEmpty() || !point.joined) strokes.emplaceBack();
        QList<QPointF>& stroke = strokes.last();
        const double x = (static_cast<double>(point.column) + 0.5) * msPerColumn - static_cast<double>(m_window.beginMs());
        const bool lowFirst = stroke.isEmpty() || std::abs(stroke.constLast().y() - point.low) <= std::abs(stroke.constLast().y() - point.high);
        stroke << QPointF(x, lowFirst ? point.low : point.high);
        if (point.low != point.high) stroke << QPointF(x, lowFirst ? point.high : point.low);
    }
    while (m_lines.size() > strokes.size()) {
        QLineSeries* line = m_lines.takeLast();
        chart()->removeSeries(line);
        delete line;
    }
    while (m_lines.size() < strokes.size()) m_lines << makeLine();
    for (qsizetype i = 0; i < strokes.size(); ++i) m_lines[i]->replace(strokes[i]);
}

QLineSeries* StripPlot::makeLine() {
    auto* line = new QLineSeries;
    line->setPen(QPen(controls::traceColour(0), 1.5));
    chart()->addSeries(line);
    line->attachAxis(m_timeAxis);
    line->attachAxis(m_valueAxis);
    return line;
}

void StripPlot::applyTheme() {
    chart()->setBackgroundBrush(tone(Tone::base));
    chart()->setBackgroundRoundness(0);
    setBackgroundBrush(tone(Tone::base));
    for (QAbstractAxis* axis : {static_cast<QAbstractAxis*>(m_timeAxis), static_cast<QAbstractAxis*>(m_valueAxis)}) {
        axis->setLabelsBrush(tone(Tone::secondary));
        axis->setLabelsFont(controls::face(controls::kDensePx));
        axis->setTitleBrush(tone(Tone::text));
        axis->setTitleFont(controls::face(controls::kDensePx, true));
        axis->setLinePenColor(tone(Tone::line));
        axis->setGridLineColor(tone(Tone::faintLine));
    }
    for (QLineSeries* line : m_lines) line->setPen(QPen(controls::traceColour(0), 1.5));
}

void StripPlot::drawForeground(QPainter* painter, const QRectF& rect) {
    QChartView::drawForeground(painter, rect);
    const QRectF plot = chart()->plotArea();
    if (m_lines.isEmpty()) {
        painter->setFont(controls::face(controls::kBasePx));
        painter->setPen(tone(Tone::muted));
        painter->drawText(plot, Qt::AlignCenter, QStringLiteral("no values of %1 in this window").arg(m_scale.label));
    }
    if (m_cursorMs < m_window.beginMs() || m_cursorMs > m_window.endMs()) return;
    const double x = plot.left() + static_cast<double>(m_cursorMs - m_window.beginMs()) / static_cast<double>(m_window.spanMs()) * plot.width();
    painter->fillRect(QRectF(std::floor(x), plot.top(), 1, plot.height()), tone(Tone::link));
}

std::int64_t StripPlot::timeAt(double x) const {
    const QRectF plot = chart()->plotArea();
    return m_window.beginMs() + static_cast<std::int64_t>((x - plot.left()) / std::max(1.0, plot.width()) * static_cast<double>(m_window.spanMs()));
}

void StripPlot::moved() {
    refresh();
    Q_EMIT windowChanged();
}

void StripPlot::moveCursor(std::int64_t wallMs) {
    if (wallMs == m_cursorMs) return;
    m_cursorMs = wallMs;
    viewport()->update();
    Q_EMIT cursorMoved(wallMs);
}

void StripPlot::resizeEvent(QResizeEvent* event) {
    QChartView::resizeEvent(event);
    refresh();
}

void StripPlot::changeEvent(QEvent* event) {
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applyTheme();
}

void StripPlot::keyPressEvent(QKeyEvent* event) {
    const std::int64_t cursor = m_cursorMs > 0 ? m_cursorMs : m_window.endMs();
    const auto step = static_cast<std::int64_t>(4 * static_cast<double>(m_window.spanMs()) / std::max(1.0, chart()->plotArea().width()));
    switch (event->key()) {
    case Qt::Key_W: m_window.zoom(kZoomStep, cursor); break;
    case Qt::Key_S: m_window.zoom(1 / kZoomStep, cursor); break;
    case Qt::Key_A: m_window.pan(-kPanStep); break;
    case Qt::Key_D: m_window.pan(kPanStep); break;
    case Qt::Key_Home: m_window.pan(static_cast<double>(controls::TimeWindow::kLongestMs)); break;
    case Qt::Key_Left: return moveCursor(std::max(m_window.beginMs(), cursor - step));
    case Qt::Key_Right: return moveCursor(std::min(m_window.endMs(), cursor + step));
    default: return QChartView::keyPressEvent(event);
    }
    moved();
}

void StripPlot::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) m_dragX = event->position().x();
}

void StripPlot::mouseMoveEvent(QMouseEvent* event) {
    const double x = event->position().x();
    if (m_dragX) {
        m_window.pan((*m_dragX - x) / std::max(1.0, chart()->plotArea().width()));
        m_dragX = x;
        moved();
    }
    moveCursor(chart()->plotArea().contains(event->position()) ? timeAt(x) : 0);
}

void StripPlot::mouseReleaseEvent(QMouseEvent*) { m_dragX.reset(); }

void StripPlot::wheelEvent(QWheelEvent* event) {
    m_window.zoom(event->angleDelta().y() > 0 ? kZoomStep : 1 / kZoomStep, timeAt(event->position().x()));
    moved();
}

void StripPlot::leaveEvent(QEvent* event) {
    QChartView::leaveEvent(event);
    moveCursor(0);
}

} // namespace busbar::charts
