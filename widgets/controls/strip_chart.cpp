#include "widgets/controls/strip_chart.h"

#include "widgets/controls/theme.h"
#include "widgets/controls/trace_painter.h"

#include <QAccessible>
#include <QEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace busbar::controls {

namespace {

constexpr int kRightMargin = 8;
// Places within a strip of 75 px: the line from 6 to 46, the area from 50 to 70.
constexpr double kLineTop = 6.0 / 75, kLineBottom = 46.0 / 75, kAreaTop = 50.0 / 75, kAreaBottom = 70.0 / 75;
constexpr double kAreaOpacity = 0.16;

} // namespace

StripChart::StripChart(const items::NodeHistory& history, QWidget* parent) : QWidget(parent), m_history(history) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    nameStrip();
}

void StripChart::setScales(const StripScale& upper, const StripScale& lower, const QVector<StripScale>& named) {
    m_named = named;
    if (upper == m_upper && lower == m_lower) return;
    m_upper = upper;
    m_lower = lower;
    invalidate();
}

void StripChart::setBand(const items::NeighbourBand* band) {
    m_band = band;
    invalidate();
}

void StripChart::setCaptions(QVector<StripCaption> captions) {
    if (captions == m_captions) return;
    const bool sameCount = captions.size() == m_captions.size();
    const bool sameReasons =
        sameCount && std::equal(captions.cbegin(), captions.cend(), m_captions.cbegin(), [](const StripCaption& a, const StripCaption& b) {
            return a.upperMissing == b.upperMissing && a.lowerMissing == b.lowerMissing;
        });
    m_captions = std::move(captions);
    m_strip = std::clamp(m_strip, 0, std::max(0, strips() - 1));
    nameStrip();
    if (!sameCount) updateGeometry();
    if (!sameReasons) invalidate();
    else update(0, 0, kCaptionWidth, height());
}

void StripChart::setMarks(QVector<StripMark> marks) {
    if (marks == m_marks) return;
    m_marks = std::move(marks);
    invalidate();
}

void StripChart::setNow(std::int64_t siteWallMs) {
    m_window.setNow(siteWallMs);
    if (plotRect().width() <= 0) return;
    const std::int64_t column = items::columnOf(m_window.endMs(), msPerColumn());
    if (column == m_endColumn) return;
    m_endColumn = column;
    invalidate();
}

void StripChart::refresh() { invalidate(); }

void StripChart::setSpan(std::int64_t spanMs) {
    m_window.setSpan(spanMs);
    invalidate();
}

void StripChart::setWindow(const TimeWindow& window) {
    m_window = window;
    invalidate();
}

void StripChart::setCurrentStrip(int strip) {
    m_strip = std::clamp(strip, 0, std::max(0, strips() - 1));
    nameStrip();
    update();
}

void StripChart::clearMarked() {
    if (m_marked.first == m_marked.second) return;
    m_marked = {0, 0};
    update();
    Q_EMIT windowMarked(0, 0);
}

QSize StripChart::sizeHint() const { return {1010, kLaneHeight + strips() * kStripHeight + kAxisHeight}; }
QSize StripChart::minimumSizeHint() const { return {kCaptionWidth + 200, kShortLane + strips() * kShortestStrip + kAxisHeight}; }

int StripChart::laneHeight() const { return height() < sizeHint().height() ? kShortLane : kLaneHeight; }

int StripChart::stripHeight() const {
    return strips() == 0 ? kStripHeight : std::clamp((height() - laneHeight() - kAxisHeight) / strips(), kShortestStrip, kTallestStrip);
}

QRect StripChart::stripRect(int strip) const { return {0, laneHeight() + strip * stripHeight(), width(), stripHeight()}; }

QRect StripChart::plotRect() const { return {kCaptionWidth, laneHeight(), width() - kCaptionWidth - kRightMargin, strips() * stripHeight()}; }

int StripChart::stripAt(const QPoint& position) const {
    const int strip = (position.y() - laneHeight()) / stripHeight();
    return position.y() < laneHeight() || strip >= strips() ? -1 : strip;
}

double StripChart::msPerColumn() const { return static_cast<double>(m_window.spanMs()) / std::max(1.0, plotRect().width() * devicePixelRatioF()); }

std::int64_t StripChart::timeAt(double x) const {
    const QRect plot = plotRect();
    return m_window.beginMs() + static_cast<std::int64_t>((x - plot.left()) / std::max(1, plot.width()) * static_cast<double>(m_window.spanMs()));
}

double StripChart::xOf(std::int64_t wallMs) const {
    const QRect plot = plotRect();
    return plot.left() + static_cast<double>(wallMs - m_window.beginMs()) / static_cast<double>(m_window.spanMs()) * plot.width();
}

TraceFrame StripChart::frameOf(const QRectF& area, const StripScale& scale) const {
    const auto columns = static_cast<std::int64_t>(plotRect().width() * devicePixelRatioF());
    const std::int64_t last = items::columnOf(m_window.endMs(), msPerColumn());
    return {area, last - columns + 1, last, devicePixelRatioF(), scale.low, scale.high};
}

void StripChart::invalidate() {
    m_cacheValid = false;
    update();
}

void StripChart::paintCache() {
    const QSize wanted = size() * devicePixelRatioF();
    if (m_cache.size() != wanted) m_cache = QPixmap(wanted);
    m_cache.setDevicePixelRatio(devicePixelRatioF());
    m_cache.fill(Qt::transparent); // the ground and the chosen strip's are below it
    QPainter painter(&m_cache);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int strip = 0; strip < strips(); ++strip) paintStrip(painter, strip);
    paintStripMarks(painter);
    paintLane(painter);
    paintAxis(painter);
    m_endColumn = items::columnOf(m_window.endMs(), msPerColumn());
    m_cacheValid = true;
    ++m_paintings;
}

void StripChart::paintStrip(QPainter& painter, int strip) const {
    const QRectF rect = stripRect(strip);
    painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), tone(Tone::faintLine));
    const QRect plot = plotRect();
    const auto place = [&](double top, double bottom) {
        return QRectF(plot.left(), rect.top() + top * rect.height(), plot.width(), (bottom - top) * rect.height());
    };
    paintTrace(painter, strip, m_upper, place(kLineTop, kLineBottom), m_captions[strip].upperMissing, false);
    paintTrace(painter, strip, m_lower, place(kAreaTop, kAreaBottom), m_captions[strip].lowerMissing, true);
}

void StripChart::paintTrace(QPainter& painter, int strip, const StripScale& scale, const QRectF& area, const QString& missing, bool lower) const {
    if (scale.metric == Metric::unknown) return;
    const QColor rule = tone(Tone::line);
    painter.fillRect(QRectF(area.left(), std::floor(area.bottom()), area.width(), 1), rule);
    if (!lower) painter.fillRect(QRectF(area.left(), std::floor(area.top()), area.width(), 1), rule);
    const TraceFrame frame = frameOf(area, scale);
    const items::Trace trace = m_history.trace(strip, scale.metric, msPerColumn(), frame.firstColumn, frame.lastColumn);
    if (trace.empty() && !missing.isEmpty()) {
        painter.setFont(face(kCaptionPx));
        painter.setPen(tone(Tone::muted));
        painter.drawText(area, Qt::AlignVCenter | Qt::AlignLeft, QStringLiteral("  %1: %2").arg(scale.label, missing));
        return;
    }
    if (!lower && m_band != nullptr)
        paintTraceBand(painter, m_band->trace(scale.metric, msPerColumn(), frame.firstColumn, frame.lastColumn), frame, tone(Tone::line));
    const auto newest = static_cast<std::int64_t>(static_cast<double>(items::kJoinMs) / msPerColumn()) + 2;
    paintTraceGaps(painter, trace, frame, newest);
    controls::paintTrace(painter, trace, frame, {traceColour(lower ? 1 : 0), lower, lower ? kAreaOpacity : 0});
}

void StripChart::paintStripMarks(QPainter& painter) const {
    const QRect plot = plotRect();
    painter.setFont(face(kCaptionPx, true));
    for (const StripMark& mark : m_marks) {
        const double x = xOf(mark.wallMs);
        if (x < plot.left() || x > plot.right()) continue;
        if (mark.critical && mark.strip < 0) {
            painter.setPen(QPen(tone(Tone::p1), 1, Qt::DashLine));
            painter.drawLine(QPointF(std::floor(x) + 0.5, plot.top()), QPointF(std::floor(x) + 0.5, plot.bottom()));
        }
        if (mark.strip < 0 || mark.strip >= strips()) continue;
        const QRect rect = stripRect(mark.strip);
        painter.fillRect(QRectF(x - 0.75, rect.top() + 2, 1.5, rect.height() - 5), tone(mark.critical ? Tone::p1 : Tone::p3Outline));
        if (mark.stripText.isEmpty()) continue;
        const int width = painter.fontMetrics().horizontalAdvance(mark.stripText) + 6;
        const bool left = x + 4 + width > plot.right();
        const QRectF box(left ? x - 3 - width : x + 3, rect.top() + kLineBottom * rect.height(), width, 14);
        painter.fillRect(box, tone(Tone::base));
        painter.setPen(tone(Tone::text));
        painter.drawText(box, Qt::AlignCenter, mark.stripText);
    }
}

void StripChart::paintAxis(QPainter& painter) const {
    const QRect plot = plotRect();
    painter.setFont(face(kCaptionPx));
    const auto ticks = timeTicks(m_window, plot.width() / 110);
    for (const TimeTick& tick : ticks) {
        const double x = xOf(tick.wallMs);
        painter.fillRect(QRectF(std::floor(x), plot.bottom() + 1, 1, 5), tone(Tone::muted));
        const int width = painter.fontMetrics().horizontalAdvance(tick.label);
        painter.setPen(tone(Tone::muted));
        const double from = std::clamp(x - width / 2.0, static_cast<double>(plot.left()), static_cast<double>(plot.right() - width));
        painter.drawText(QPointF(from, plot.bottom() + 17), tick.label);
    }
}

void StripChart::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    invalidate();
}

void StripChart::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) invalidate();
}

void StripChart::zoomBy(double factor, std::int64_t aroundMs) {
    m_window.zoom(factor, aroundMs);
    invalidate();
    Q_EMIT windowChanged();
}

void StripChart::panBy(double share) {
    m_window.pan(share);
    invalidate();
    Q_EMIT windowChanged();
}

void StripChart::moveCursor(std::int64_t wallMs, int strip) {
    if (wallMs == m_cursorMs && strip == m_strip) return;
    m_cursorMs = wallMs;
    if (strip >= 0 && strip != m_strip) {
        m_strip = strip;
        nameStrip();
    }
    update();
    Q_EMIT cursorMoved(wallMs, m_strip);
}

void StripChart::nameStrip() {
    const QString name = m_captions.isEmpty() ? QStringLiteral("GPU strips, none")
                                              : QStringLiteral("strip %1 of %2, %3, %4, %5")
                                                    .arg(m_strip + 1)
                                                    .arg(strips())
                                                    .arg(m_captions[m_strip].title, m_captions[m_strip].first, m_captions[m_strip].second);
    if (name == accessibleName()) return;
    setAccessibleName(name);
    setAccessibleDescription(QStringLiteral("Enter opens it as a chart; Up and Down choose a strip, Left and Right move the cursor"));
}

} // namespace busbar::controls
