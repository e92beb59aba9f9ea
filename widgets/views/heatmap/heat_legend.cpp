#include "widgets/views/heatmap/heat_legend.h"

#include "widgets/controls/heatmap/heat_palette.h"
#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

using controls::Fill;
using controls::HeatRange;
namespace heat = controls::heat;

constexpr int kHeight = 104, kInset = 4, kBarTop = 6, kBarBottom = 70, kRampTopPx = 73, kRampHeight = 9, kHandleBottom = 86, kTextTop = 87, kTextHeight = 16;
/// The worst twentieth of the scale has a link of its own.
constexpr int kWorstShare = 5;

int binOf(int index, int bins) { return std::min(index * bins / heat::kTop, bins - 1); }

HeatRange worstRange(Fill fill) {
    if (fill == Fill::health) return {1, heat::kTop};
    return controls::infoOf(fill).lowIsWorst ? HeatRange{0, kWorstShare - 1} : HeatRange{heat::kTop - kWorstShare + 1, heat::kTop};
}

QString worstWords(Fill fill) {
    const controls::HeatTable table(fill);
    if (fill == Fill::health) return QStringLiteral("not ok");
    const HeatRange range = worstRange(fill);
    return controls::infoOf(fill).lowIsWorst ? QStringLiteral("< %1%2").arg(table.valueAt(range.high + 1)).arg(controls::infoOf(fill).unit)
                                             : QStringLiteral("\u2265 %1%2").arg(table.valueAt(range.low)).arg(controls::infoOf(fill).unit);
}

/// Words under the scale, from its low end to its high end.
QStringList scaleWords(Fill fill) {
    if (fill == Fill::health) return {QStringLiteral("ok"), QStringLiteral("watch"), QStringLiteral("degraded"), QStringLiteral("failed")};
    const controls::FillInfo& info = controls::infoOf(fill);
    QStringList words{QString::number(info.low), QString::number((info.low + info.high) / 2), QString::number(info.high)};
    // Values beyond the ends of these scales stand at the ends.
    if (fill == Fill::power || fill == Fill::temperature) words.last().prepend(QStringLiteral("\u2265 "));
    if (fill == Fill::temperature) words.first().prepend(QStringLiteral("\u2264 "));
    return words;
}

} // namespace

HeatBars::HeatBars(QWidget* parent) : QWidget(parent) {
    setFixedHeight(kHeight);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::SizeHorCursor);
    setToolTip(QStringLiteral("Drag the ends: what is outside is dimmed. Double-click shows all again."));
}

void HeatBars::show(Fill fill, HeatRange range, const controls::HeatCounts& counts) {
    const int bins = controls::infoOf(fill).bins;
    std::vector<std::uint32_t> sums(static_cast<std::size_t>(bins), 0);
    for (int index = 0; index <= heat::kTop; ++index) sums[static_cast<std::size_t>(binOf(index, bins))] += counts.byIndex[static_cast<std::size_t>(index)];
    if (fill == m_fill && range == m_range && sums == m_bins) return;
    m_fill = fill;
    m_range = range;
    m_bins = std::move(sums);
    const controls::HeatTable table(fill);
    setAccessibleName(QStringLiteral("Legend, %1").arg(controls::infoOf(fill).title));
    setAccessibleDescription(range.all() ? QStringLiteral("all values are shown") : QStringLiteral("shown from %1 to %2").arg(table.valueAt(range.low)).arg(table.valueAt(range.high)));
    update();
}

int HeatBars::edgeX(int index) const { return kInset + index * (width() - 2 * kInset) / (heat::kTop + 1); }

void HeatBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (!m_bins.empty()) paintBars(painter);
    for (int x = kInset; x < width() - kInset; ++x)
        painter.fillRect(x, kRampTopPx, 1, kRampHeight, controls::heatColour(static_cast<std::uint8_t>((x - kInset) * heat::kTop / std::max(1, width() - 2 * kInset - 1))));
    paintHandles(painter);
    painter.setFont(face(kCaptionPx));
    painter.setPen(tone(Tone::secondary));
    const QStringList words = scaleWords(m_fill);
    for (int i = 0; i < words.size(); ++i) {
        const Qt::Alignment side = m_fill == Fill::health ? Qt::AlignHCenter : i == 0 ? Qt::AlignLeft : i + 1 == words.size() ? Qt::AlignRight : Qt::AlignHCenter;
        const int room = (width() - 2 * kInset) / static_cast<int>(words.size());
        painter.drawText(QRect(kInset + i * room, kTextTop, room, kTextHeight), side | Qt::AlignVCenter, words[i]);
    }
}

void HeatBars::paintBars(QPainter& painter) const {
    const std::uint32_t most = std::max(1U, std::ranges::max(m_bins));
    const int bins = static_cast<int>(m_bins.size());
    for (int bin = 0; bin < bins; ++bin) {
        const int left = kInset + bin * (width() - 2 * kInset) / bins, right = kInset + (bin + 1) * (width() - 2 * kInset) / bins;
        const std::uint32_t count = m_bins[static_cast<std::size_t>(bin)];
        // A bin that is not empty is seen, however small beside the others.
        const int height = count == 0 ? 0 : std::max(2, static_cast<int>(std::int64_t{kBarBottom - kBarTop} * count / most));
        const int index = bins == 4 ? bin * heat::kTop / 3 : (2 * bin + 1) * heat::kTop / (2 * bins);
        const bool lit = index >= m_range.low && index <= m_range.high;
        const QRect bar(left, kBarBottom - height, right - left - 1, height);
        painter.fillRect(bar, controls::heatColour(static_cast<std::uint8_t>(lit ? index : index | heat::kDim)));
        if (height > 2) {
            painter.setPen(tone(Tone::muted));
            painter.drawRect(bar.adjusted(0, 0, -1, -1));
        }
    }
}

void HeatBars::paintHandles(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(tone(Tone::link));
    for (const int x : {edgeX(m_range.low), edgeX(m_range.high + 1)}) {
        painter.drawRect(QRectF(x - 1, kBarBottom, 2, kHandleBottom - kBarBottom));
        QPainterPath knob(QPointF(x - 4, kHandleBottom));
        knob.lineTo(x + 4, kHandleBottom);
        knob.lineTo(x, kHandleBottom - 6);
        painter.drawPath(knob);
    }
    if (!hasFocus()) return;
    painter.setPen(QPen(tone(Tone::link), 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
}

void HeatBars::choose(HeatRange range) {
    range.low = std::clamp(range.low, 0, int{heat::kTop});
    range.high = std::clamp(range.high, range.low, int{heat::kTop});
    if (range == m_range) return;
    Q_EMIT rangeChosen(range);
}

void HeatBars::dragTo(int x) {
    const int index = std::clamp((x - kInset) * (heat::kTop + 1) / std::max(1, width() - 2 * kInset), 0, int{heat::kTop});
    choose(m_dragsHigh ? HeatRange{m_range.low, std::max(index, m_range.low)} : HeatRange{std::min(index, m_range.high), m_range.high});
}

void HeatBars::mousePressEvent(QMouseEvent* event) {
    const int x = event->pos().x();
    m_dragsHigh = std::abs(x - edgeX(m_range.high + 1)) < std::abs(x - edgeX(m_range.low));
    dragTo(x);
}

void HeatBars::mouseMoveEvent(QMouseEvent* event) {
    if (event->buttons() & Qt::LeftButton) dragTo(event->pos().x());
}

void HeatBars::mouseDoubleClickEvent(QMouseEvent*) { choose({}); }

void HeatBars::keyPressEvent(QKeyEvent* event) {
    const int step = (event->key() == Qt::Key_Right ? 1 : -1) * heat::kTop / controls::infoOf(m_fill).bins;
    if (event->key() == Qt::Key_Home) choose({});
    else if (event->key() != Qt::Key_Left && event->key() != Qt::Key_Right) QWidget::keyPressEvent(event);
    else if (event->modifiers().testFlag(Qt::ShiftModifier)) choose({m_range.low, m_range.high + step});
    else choose({std::min(m_range.low + step, m_range.high), m_range.high});
}

HeatLegend::HeatLegend(QWidget* parent) : QWidget(parent), m_bars(new HeatBars(this)), m_shown(new Line(this)), m_worst(new Line(this)), m_unknown(new Line(this)) {
    auto* column = columnLayout(this, 2);
    column->addWidget(m_bars);
    auto* row = rowLayout(nullptr, 8);
    row->setContentsMargins(kInset, 0, kInset, 0);
    row->addWidget(m_shown);
    row->addStretch(1);
    row->addWidget(m_worst);
    row->addStretch(1);
    row->addWidget(m_unknown);
    column->addLayout(row);
    connect(m_bars, &HeatBars::rangeChosen, this, &HeatLegend::rangeChosen);
    connect(m_worst, &Line::linkActivated, this, [this] { Q_EMIT rangeChosen(m_worstRange); });
    connect(m_shown, &Line::linkActivated, this, [this] { Q_EMIT rangeChosen({}); });
}

void HeatLegend::show(Fill fill, HeatRange range, const controls::HeatCounts& counts) {
    m_bars->show(fill, range, counts);
    m_worstRange = worstRange(fill);
    Runs shown{plain(QStringLiteral("shown"), Tone::secondary), strong(countText(counts.within(range)))};
    if (!range.all()) shown << linkRun(QStringLiteral("all"), QStringLiteral("all"));
    m_shown->setRuns(shown);
    m_worst->setRuns({linkRun(QStringLiteral("%1: %2").arg(worstWords(fill), countText(counts.within(m_worstRange))), QStringLiteral("worst"))});
    const std::uint32_t unknown = counts.notRead + counts.notSupported + counts.old;
    m_unknown->setRuns({plain(QStringLiteral("%1 ?").arg(countText(unknown)), Tone::secondary)});
    m_unknown->setToolTip(QStringLiteral("%1 not read, %2 not supported, %3 of nodes or sites not heard of: in no bar").arg(countText(counts.notRead), countText(counts.notSupported), countText(counts.old)));
}

} // namespace busbar::views
