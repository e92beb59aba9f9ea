#include "widgets/views/parts/line.h"

#include <QFontMetrics>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kSignGap = 5;
constexpr int kBoxPadding = 7;
constexpr int kBoxHeight = 20;

QFont fontOf(const Run& run) {
    return run.mono ? monoFace(run.px) : face(run.px, run.bold);
}

int signSize(const Run& run) { return run.px <= kDensePx ? 14 : run.px + 2; }

} // namespace

Run plain(const QString& text, Tone tone, int px) { return {.text = text, .tone = tone, .px = px}; }
Run strong(const QString& text, int px, Tone tone) { return {.text = text, .tone = tone, .bold = true, .px = px}; }
Run chip(const QString& text, Sign sign) { return {.text = text, .px = kDensePx, .sign = sign, .boxed = true}; }
Run linkRun(const QString& text, const QString& target) { return {.text = text, .tone = Tone::link, .link = target}; }
Run signRun(Sign sign, int px) { return {.px = px, .sign = sign}; }

Line::Line(QWidget* parent, Runs runs) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setMouseTracking(true);
    setRuns(std::move(runs));
}

void Line::setRuns(Runs runs) {
    if (runs == m_runs && !runs.isEmpty()) return;
    m_runs = std::move(runs);
    const bool links = std::any_of(m_runs.cbegin(), m_runs.cend(), [](const Run& run) { return !run.link.isEmpty(); });
    setFocusPolicy(links ? Qt::TabFocus : Qt::NoFocus);
    m_focusedLink = -1;
    setAccessibleName(text());
    updateTip();
    updateGeometry();
    update();
}

QString Line::text() const {
    QStringList words;
    for (const Run& run : m_runs)
        words << (run.text.isEmpty() ? signText(run.sign) : run.text);
    words.removeAll(QString());
    return words.join(QLatin1Char(' '));
}

void Line::setLineHeight(int px) {
    m_height = px;
    updateGeometry();
}

void Line::setAlignment(Qt::Alignment alignment) {
    m_alignment = alignment;
    update();
}

int Line::runWidth(const Run& run) const {
    int width = run.text.isEmpty() ? 0 : QFontMetrics(fontOf(run)).horizontalAdvance(run.text);
    if (run.sign != Sign::none) width += signSize(run) + (run.text.isEmpty() ? 0 : kSignGap);
    return width + (run.boxed ? 2 * kBoxPadding : 0);
}

int Line::naturalWidth() const {
    int width = 0;
    for (const Run& run : m_runs)
        width += runWidth(run) + run.gap;
    return m_runs.isEmpty() ? 0 : width - m_runs.back().gap;
}

QSize Line::sizeHint() const {
    int height = 14;
    for (const Run& run : m_runs)
        height = std::max({height, run.boxed ? kBoxHeight : 0, QFontMetrics(fontOf(run)).height(), run.sign == Sign::none ? 0 : signSize(run)});
    return {naturalWidth() + 1, m_height > 0 ? m_height : height};
}

QSize Line::minimumSizeHint() const { return {std::min(24, naturalWidth()), sizeHint().height()}; }

QVector<Line::Box> Line::layoutRuns(int width) const {
    QVector<Box> boxes;
    int x = (m_alignment & Qt::AlignRight) ? std::max(0, width - naturalWidth()) : (m_alignment & Qt::AlignHCenter) ? std::max(0, (width - naturalWidth()) / 2) : 0;
    for (int i = 0; i < m_runs.size(); ++i) {
        const int wanted = runWidth(m_runs[i]);
        if (wanted <= 0) continue; // A piece without words hides none of those after it.
        const int given = std::min(wanted, width - x);
        if (given <= 0) break;
        boxes.push_back({i, QRect(x, 0, given, height())});
        x += wanted + m_runs[i].gap;
    }
    return boxes;
}

void Line::paintRun(QPainter& painter, const Run& run, const QRect& rect, bool focused) const {
    QRect area = rect;
    if (run.boxed) {
        const QRectF box(rect.x() + 0.5, (rect.height() - kBoxHeight) / 2 + 0.5, rect.width() - 1, kBoxHeight - 1);
        painter.setPen(tone(Tone::line));
        painter.setBrush(tone(Tone::base));
        painter.drawRoundedRect(box, 3, 3);
        area.adjust(kBoxPadding, 0, -kBoxPadding, 0);
    }
    if (run.sign != Sign::none) {
        const int size = signSize(run);
        paintSign(painter, run.sign, QRectF(area.x(), (area.height() - size) / 2, size, size));
        area.setLeft(area.left() + size + kSignGap);
    }
    painter.setFont(fontOf(run));
    painter.setPen(tone(isEnabled() ? run.tone : Tone::muted));
    const QString text = painter.fontMetrics().elidedText(run.text, Qt::ElideRight, area.width() + 1);
    painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, text);
    if (focused) {
        painter.setPen(QPen(tone(Tone::link), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect.adjusted(0, 1, -1, -1));
    }
}

void Line::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto boxes = layoutRuns(width());
    for (const Box& box : boxes)
        paintRun(painter, m_runs[box.index], box.rect, hasFocus() && box.index == m_focusedLink);
}

void Line::resizeEvent(QResizeEvent* event) {
    updateTip();
    QWidget::resizeEvent(event);
}

void Line::updateTip() { setToolTip(naturalWidth() > width() ? text() : QString()); }

int Line::linkAt(const QPoint& position) const {
    const auto boxes = layoutRuns(width());
    for (const Box& box : boxes)
        if (box.rect.contains(position) && !m_runs[box.index].link.isEmpty()) return box.index;
    return -1;
}

void Line::mousePressEvent(QMouseEvent* event) {
    const int index = event->button() == Qt::LeftButton ? linkAt(event->pos()) : -1;
    if (index < 0) {
        QWidget::mousePressEvent(event);
        return;
    }
    Q_EMIT linkActivated(m_runs[index].link);
}

void Line::mouseMoveEvent(QMouseEvent* event) {
    setCursor(linkAt(event->pos()) >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    QWidget::mouseMoveEvent(event);
}

void Line::focusInEvent(QFocusEvent* event) {
    m_focusedLink = -1;
    moveFocus(1);
    QWidget::focusInEvent(event);
}

void Line::moveFocus(int step) {
    for (int i = m_focusedLink + step; i >= 0 && i < m_runs.size(); i += step)
        if (!m_runs[i].link.isEmpty()) {
            m_focusedLink = i;
            break;
        }
    update();
}

void Line::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space;
    if (enter && m_focusedLink >= 0 && m_focusedLink < m_runs.size()) Q_EMIT linkActivated(m_runs[m_focusedLink].link);
    else if (event->key() == Qt::Key_Right) moveFocus(1);
    else if (event->key() == Qt::Key_Left) moveFocus(-1);
    else QWidget::keyPressEvent(event);
}

} // namespace busbar::views
