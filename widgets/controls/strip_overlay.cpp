// StripChart: what is painted over its pixmap (captions, event lane's cursor, marked window), and its keys and mouse.
#include "widgets/controls/strip_chart.h"
#include "widgets/controls/theme.h"
#include "widgets/controls/trace_painter.h"

#include <QDateTime>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QTimeZone>

#include <algorithm>
#include <cmath>

namespace busbar::controls {

namespace {

constexpr int kLaneRows = 4, kLaneRow = 19, kLaneSign = 13;
constexpr int kTightStrip = 66; ///< captions stand closer below
constexpr double kZoomStep = 0.7, kPanStep = 0.2;
constexpr int kDragStartPx = 4;
constexpr int kMostCursorLines = 8;
constexpr float kChosenOpacity = 0.45F;

QString timeText(std::int64_t wallMs) { return QDateTime::fromMSecsSinceEpoch(wallMs, QTimeZone::utc()).toString(QStringLiteral("HH:mm:ss")); }

} // namespace

void StripChart::paintEvent(QPaintEvent*) {
    if (!m_cacheValid) paintCache();
    QPainter painter(this);
    painter.fillRect(rect(), tone(Tone::base));
    if (strips() > 0 && (hasFocus() || m_cursorMs > 0)) {
        QColor ground = tone(Tone::selection);
        ground.setAlphaF(kChosenOpacity);
        painter.fillRect(stripRect(m_strip).adjusted(0, 0, 0, -1), ground);
    }
    painter.drawPixmap(0, 0, m_cache);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int strip = 0; strip < strips(); ++strip) paintCaption(painter, strip);
    paintMarked(painter);
    paintCursor(painter);
}

void StripChart::paintCaption(QPainter& painter, int strip) const {
    const QRect rect = stripRect(strip);
    const StripCaption& caption = m_captions[strip];
    const bool tight = rect.height() < kTightStrip;
    const int lines[] = {rect.top() + (tight ? 15 : 20), rect.top() + (tight ? 30 : 36), rect.top() + (tight ? 44 : 51)};
    const int room = kCaptionWidth - 14;
    painter.setFont(face(kBasePx, true));
    painter.setPen(tone(Tone::text));
    const QString title = painter.fontMetrics().elidedText(caption.title, Qt::ElideRight, caption.sign == Sign::none ? room : room - 20);
    painter.drawText(QPointF(10, lines[0]), title);
    if (caption.sign != Sign::none) paintSign(painter, caption.sign, QRectF(16 + painter.fontMetrics().horizontalAdvance(title), lines[0] - 12, 14, 14));
    QFont small = face(kCaptionPx);
    small.setItalic(caption.stale);
    painter.setFont(small);
    painter.setPen(tone(strip == m_strip && hasFocus() ? Tone::secondary : Tone::muted));
    painter.drawText(QPointF(10, lines[1]), painter.fontMetrics().elidedText(caption.first, Qt::ElideRight, room));
    painter.drawText(QPointF(10, lines[2]), painter.fontMetrics().elidedText(caption.second, Qt::ElideRight, room));
    if (caption.stale) paintHatch(painter, QRectF(0, rect.top(), kCaptionWidth - 4, rect.height() - 1));
    if (strip != m_strip || !hasFocus()) return;
    painter.setPen(QPen(tone(Tone::link), 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(rect).adjusted(1, 1, -1, -2));
}

void StripChart::paintLane(QPainter& painter) const {
    painter.setFont(face(kDensePx, true));
    painter.setPen(tone(Tone::text));
    painter.drawText(QPointF(10, 14), QStringLiteral("Events"));
    painter.setFont(face(kCaptionPx));
    painter.setPen(tone(Tone::muted));
    const int rows = laneHeight() / kLaneRow;
    painter.drawText(QPointF(10, 30), QStringLiteral("XID \u00b7 link \u00b7 health"));
    if (rows == kLaneRows) painter.drawText(QPointF(10, 44), QStringLiteral("actions \u00b7 leases"));
    const QRect plot = plotRect();
    double taken[kLaneRows] = {};
    for (const StripMark& mark : m_marks) {
        const double x = xOf(mark.wallMs);
        if (mark.text.isEmpty() || x < plot.left() || x > plot.right()) continue;
        const int words = painter.fontMetrics().horizontalAdvance(mark.text);
        const bool before = x + 12 + words > plot.right();
        const double from = before ? x - 12 - words : x - 8, until = before ? x + 8 : x + 14 + words;
        const auto row = std::find_if(std::begin(taken), std::begin(taken) + rows, [from](double used) { return used <= from; });
        // Where the lane is full the sign alone still says that something happened.
        const auto index = row == std::begin(taken) + rows ? rows - 1 : static_cast<int>(row - std::begin(taken));
        const double top = 3 + index * kLaneRow;
        painter.fillRect(QRectF(std::floor(x), top, 1, laneHeight() - top), tone(Tone::line));
        paintSign(painter, mark.sign == Sign::none ? Sign::free : mark.sign, QRectF(x - 6, top, kLaneSign, kLaneSign));
        if (row == std::begin(taken) + rows) continue;
        *row = until;
        painter.setPen(tone(Tone::secondary));
        painter.drawText(QPointF(before ? x - 11 - words : x + 10, top + 11), mark.text);
    }
}

void StripChart::paintMarked(QPainter& painter) const {
    if (m_marked.first == m_marked.second) return;
    const QRect plot = plotRect();
    const QRectF area = QRectF(QPointF(xOf(m_marked.first), plot.top()), QPointF(xOf(m_marked.second), plot.bottom() + 1)).intersected(plot);
    QColor ground = tone(Tone::link);
    ground.setAlphaF(0.13F);
    painter.fillRect(area, ground);
    painter.fillRect(QRectF(area.left(), area.top(), 1, area.height()), tone(Tone::link));
    painter.fillRect(QRectF(area.right() - 1, area.top(), 1, area.height()), tone(Tone::link));
}

QString StripChart::valueWords(const StripScale& scale, int strip, std::int64_t wallMs) const {
    if (scale.metric == Metric::unknown) return {};
    const auto half = std::max<std::int64_t>(static_cast<std::int64_t>(msPerColumn() / 2), 500);
    const auto value = m_history.over(strip, scale.metric, wallMs - half, wallMs + half);
    const QString unit = scale.unit.isEmpty() ? QString() : QLatin1Char(' ') + scale.unit;
    if (!value) {
        const QString missing = scale.metric == m_upper.metric   ? m_captions[strip].upperMissing
                                : scale.metric == m_lower.metric ? m_captions[strip].lowerMissing
                                                                 : QString();
        return QStringLiteral("%1 ? (%2)").arg(scale.label, missing.isEmpty() ? QStringLiteral("no value") : missing);
    }
    if (value->high - value->low <= 2) return QStringLiteral("%1 %2%3").arg(scale.label).arg(std::lround(value->mean)).arg(unit);
    return QStringLiteral("%1 %2\u2013%3%4").arg(scale.label).arg(value->low).arg(value->high).arg(unit);
}

QStringList StripChart::cursorWords() const {
    QStringList words{QStringLiteral("%1 UTC \u00b7 %2").arg(timeText(m_cursorMs), m_captions[m_strip].title),
                      valueWords(m_upper, m_strip, m_cursorMs), valueWords(m_lower, m_strip, m_cursorMs)};
    if (const auto usual = m_band != nullptr ? m_band->at(m_upper.metric, m_cursorMs) : std::nullopt)
        words[1] += QStringLiteral(" (nbrs %1\u2013%2)").arg(usual->first).arg(usual->second);
    for (const StripScale& scale : m_named) words << valueWords(scale, m_strip, m_cursorMs);
    const double reach = 4 * static_cast<double>(m_window.spanMs()) / std::max(1, plotRect().width());
    for (const StripMark& mark : m_marks)
        if (std::abs(static_cast<double>(mark.wallMs - m_cursorMs)) <= reach && (mark.strip < 0 || mark.strip == m_strip) &&
            words.size() < kMostCursorLines)
            words << (mark.text.isEmpty() ? mark.stripText : mark.text);
    words.removeAll(QString());
    return words;
}

void StripChart::paintCursor(QPainter& painter) const {
    if (m_cursorMs <= 0 || m_captions.isEmpty()) return;
    const QRect plot = plotRect();
    const double x = xOf(m_cursorMs);
    if (x < plot.left() || x > plot.right() + 1) return;
    painter.fillRect(QRectF(std::floor(x), plot.top(), 1, plot.height()), tone(Tone::link));
    const QStringList words = cursorWords();
    int width = 0;
    for (qsizetype i = 0; i < words.size(); ++i) width = std::max(width, QFontMetrics(face(kCaptionPx, i == 0)).horizontalAdvance(words[i]));
    QRectF box(x + 8, stripRect(m_strip).top() + 4, width + 12, 7 + 15 * static_cast<double>(words.size()));
    if (box.right() > plot.right()) box.moveRight(x - 8);
    box.moveBottom(std::min<double>(box.bottom(), height() - 2));
    painter.setPen(tone(Tone::link));
    painter.setBrush(tone(Tone::panel));
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5));
    painter.setPen(tone(Tone::text));
    for (qsizetype i = 0; i < words.size(); ++i) {
        painter.setFont(face(kCaptionPx, i == 0));
        painter.drawText(QPointF(box.left() + 6, box.top() + 14 + 15 * static_cast<double>(i)), words[i]);
    }
}

void StripChart::keyPressEvent(QKeyEvent* event) {
    const std::int64_t around = m_cursorMs > 0 ? m_cursorMs : m_window.endMs();
    const auto step = static_cast<std::int64_t>(std::max(1.0, 4 * msPerColumn()));
    const std::int64_t cursor = m_cursorMs > 0 ? m_cursorMs : m_window.endMs();
    if (event->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) return QWidget::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_W: return zoomBy(kZoomStep, around);
    case Qt::Key_S: return zoomBy(1 / kZoomStep, around);
    case Qt::Key_A: return panBy(-kPanStep);
    case Qt::Key_D: return panBy(kPanStep);
    case Qt::Key_Home: return panBy(static_cast<double>(TimeWindow::kLongestMs));
    case Qt::Key_Up: return setCurrentStrip(m_strip - 1);
    case Qt::Key_Down: return setCurrentStrip(m_strip + 1);
    case Qt::Key_Left: return moveCursor(std::max(m_window.beginMs(), cursor - step), m_strip);
    case Qt::Key_Right: return moveCursor(std::min(m_window.endMs(), cursor + step), m_strip);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (strips() > 0) Q_EMIT stripOpened(m_strip);
        return;
    case Qt::Key_Escape:
        if (m_marked.first == m_marked.second) break;
        return clearMarked();
    default: break;
    }
    QWidget::keyPressEvent(event);
}

void StripChart::mousePressEvent(QMouseEvent* event) {
    setFocus(Qt::MouseFocusReason);
    if (const int strip = stripAt(event->pos()); strip >= 0) setCurrentStrip(strip);
    if (event->button() == Qt::LeftButton && plotRect().contains(event->pos())) m_dragFromMs = timeAt(event->position().x());
}

void StripChart::mouseMoveEvent(QMouseEvent* event) {
    const bool inside = plotRect().contains(event->pos());
    moveCursor(inside ? timeAt(event->position().x()) : 0, inside ? stripAt(event->pos()) : -1);
    if (!m_dragFromMs || std::abs(xOf(*m_dragFromMs) - event->position().x()) < kDragStartPx) return;
    const std::int64_t here = std::clamp(timeAt(event->position().x()), m_window.beginMs(), m_window.endMs());
    m_marked = std::minmax(*m_dragFromMs, here);
    update();
}

void StripChart::mouseReleaseEvent(QMouseEvent* event) {
    if (!m_dragFromMs || event->button() != Qt::LeftButton) return;
    const bool dragged = std::abs(xOf(*m_dragFromMs) - event->position().x()) >= kDragStartPx;
    m_dragFromMs.reset();
    if (dragged) Q_EMIT windowMarked(m_marked.first, m_marked.second);
    else clearMarked();
}

void StripChart::mouseDoubleClickEvent(QMouseEvent* event) {
    if (const int strip = stripAt(event->pos()); strip >= 0) Q_EMIT stripOpened(strip);
}

void StripChart::wheelEvent(QWheelEvent* event) {
    // The wheel alone scrolls a node with many GPUs; with Ctrl it zooms about the pointer.
    if (!(event->modifiers() & Qt::ControlModifier)) return QWidget::wheelEvent(event);
    zoomBy(event->angleDelta().y() > 0 ? kZoomStep : 1 / kZoomStep, timeAt(event->position().x()));
}

void StripChart::leaveEvent(QEvent* event) {
    moveCursor(0, -1);
    QWidget::leaveEvent(event);
}

void StripChart::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void StripChart::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

} // namespace busbar::controls
