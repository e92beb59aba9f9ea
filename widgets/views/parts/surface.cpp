#include "widgets/views/parts/surface.h"

#include <QApplication>
#include <QDialog>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr int kPanelHeadHeight = 30;
constexpr int kSectionHeight = 26;
constexpr int kButtonPadding = 12;
constexpr int kKeyCapGap = 8;
constexpr int kKeyCapHeight = 16;

} // namespace

Surface::Surface(Tone ground, Qt::Edges lines, QWidget* parent) : QWidget(parent), m_ground(ground), m_lines(lines) {}

void Surface::setGround(Tone ground) {
    m_ground = ground;
    update();
}

void Surface::setLineTone(Tone line) {
    m_line = line;
    update();
}

void Surface::setAccent(Qt::Edge side, int px, Tone edge) {
    m_accentSide = side;
    m_accentPx = px;
    m_accent = edge;
    update();
}

void Surface::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tone(m_ground));
    const QColor line = tone(m_line);
    if (m_lines & Qt::TopEdge) painter.fillRect(0, 0, width(), 1, line);
    if (m_lines & Qt::BottomEdge) painter.fillRect(0, height() - 1, width(), 1, line);
    if (m_lines & Qt::LeftEdge) painter.fillRect(0, 0, 1, height(), line);
    if (m_lines & Qt::RightEdge) painter.fillRect(width() - 1, 0, 1, height(), line);
    if (m_accentPx <= 0) return;
    const QRect accent = m_accentSide == Qt::LeftEdge ? QRect(0, 0, m_accentPx, height()) : QRect(0, 0, width(), m_accentPx);
    painter.fillRect(accent, tone(m_accent));
}

Button::Button(const QString& text, const QString& keyCap, QWidget* parent) : QPushButton(text, parent), m_keyCap(keyCap) {
    setFont(face(kBasePx));
    setAutoDefault(false);
    if (!keyCap.isEmpty()) setAccessibleDescription(QStringLiteral("key %1").arg(keyCap));
    // Which button Enter presses moves with the focus, and with it the default one's ring.
    connect(qApp, &QApplication::focusChanged, this, [this] {
        if (isDefault()) update();
    });
}

Button::~Button() {
    disconnect(qApp, nullptr, this, nullptr); // QWidget's end takes the focus away, which would call what is no button any more.
}

void Button::setButtonHeight(int px) {
    m_buttonHeight = px;
    updateGeometry();
}

QSize Button::sizeHint() const {
    const int words = QFontMetrics(face(kBasePx, true)).horizontalAdvance(text());
    const int cap = m_keyCap.isEmpty() ? 0 : keyCapWidth(m_keyCap) + kKeyCapGap;
    return {words + cap + 2 * kButtonPadding + 4, m_buttonHeight + 6};
}

void Button::keyPressEvent(QKeyEvent* event) {
    if (event->key() != Qt::Key_Return && event->key() != Qt::Key_Enter) return QPushButton::keyPressEvent(event);
    click();
    event->accept();
}

void Button::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool elsewhere = qobject_cast<Button*>(window()->focusWidget()) != nullptr;
    const bool ringed = isEnabled() && (hasFocus() || (isDefault() && !elsewhere));
    const QRectF box = QRectF(rect()).adjusted(3.5, 3.5, -3.5, -3.5);
    QPen edge(tone(ringed ? Tone::link : Tone::line));
    if (!isEnabled()) edge.setStyle(Qt::DashLine);
    painter.setPen(edge);
    painter.setBrush(tone(isDown() ? Tone::selection : isEnabled() && underMouse() ? Tone::hover : Tone::panel));
    painter.drawRoundedRect(box, 3, 3);
    if (ringed) {
        painter.setPen(QPen(tone(Tone::link), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 5, 5);
    }
    painter.setFont(face(kBasePx, isDefault()));
    painter.setPen(tone(isEnabled() ? Tone::text : Tone::muted));
    const int cap = m_keyCap.isEmpty() ? 0 : keyCapWidth(m_keyCap) + kKeyCapGap;
    const int words = painter.fontMetrics().horizontalAdvance(text());
    const int left = (width() - words - cap) / 2;
    painter.drawText(QRect(left, 0, words + 1, height()), Qt::AlignLeft | Qt::AlignVCenter, text());
    if (cap > 0) paintKeyCap(painter, QRectF(left + words + kKeyCapGap, (height() - kKeyCapHeight) / 2.0, cap - kKeyCapGap, kKeyCapHeight), m_keyCap);
}

Paragraph::Paragraph(const QString& text, Tone tone, int px, QWidget* parent) : QLabel(text, parent), m_tone(tone) {
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setFont(face(px));
    applyTone();
}

void Paragraph::setTone(Tone tone) {
    m_tone = tone;
    applyTone();
}

void Paragraph::applyTone() {
    QPalette colours = palette();
    const QColor wanted = tone(m_tone);
    if (colours.color(QPalette::WindowText) == wanted) return;
    colours.setColor(QPalette::WindowText, wanted);
    setPalette(colours);
}

void Paragraph::changeEvent(QEvent* event) {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) applyTone();
}

QWidget* makeRule(QWidget* parent) {
    auto* box = new QWidget(parent);
    auto* column = columnLayout(box);
    column->setContentsMargins(0, 8, 0, 2);
    auto* line = new Surface(Tone::line, {}, box);
    line->setFixedHeight(1);
    column->addWidget(line);
    box->setFixedHeight(11);
    return box;
}

QHBoxLayout* rowLayout(QWidget* owner, int gap) {
    auto* layout = owner == nullptr ? new QHBoxLayout : new QHBoxLayout(owner);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(gap);
    return layout;
}

QVBoxLayout* columnLayout(QWidget* owner, int gap) {
    auto* layout = owner == nullptr ? new QVBoxLayout : new QVBoxLayout(owner);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(gap);
    return layout;
}

Surface* makePanelHead(const QString& title, Line** line, QWidget* parent) {
    auto* head = new Surface(Tone::panel, Qt::BottomEdge, parent);
    head->setFixedHeight(kPanelHeadHeight);
    auto* row = rowLayout(head);
    row->setContentsMargins(10, 0, 10, 0);
    auto* words = new Line(head, {strong(title, kBasePx)});
    row->addWidget(words, 1);
    if (line != nullptr) *line = words;
    return head;
}

QHBoxLayout* closeFoot(QDialog& dialog) {
    auto* close = new Button(QStringLiteral("Close"), QStringLiteral("Esc"), &dialog);
    close->setDefault(true);
    QObject::connect(close, &QPushButton::clicked, &dialog, &QDialog::accept);
    auto* foot = rowLayout();
    foot->addStretch(1);
    foot->addWidget(close);
    return foot;
}

Line* makeSection(const QString& title, const QString& caption, QWidget* parent) {
    Runs runs{strong(title, kBasePx)};
    if (!caption.isEmpty()) runs << plain(caption, Tone::muted);
    auto* line = new Line(parent, runs);
    line->setLineHeight(kSectionHeight);
    return line;
}

int keyCapWidth(const QString& key) { return QFontMetrics(monoFace(kCaptionPx)).horizontalAdvance(key) + 10; }

void paintKeyCap(QPainter& painter, const QRectF& box, const QString& key) {
    painter.save();
    painter.setPen(tone(Tone::line));
    painter.setBrush(tone(Tone::panel));
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
    painter.setFont(monoFace(kCaptionPx));
    painter.setPen(tone(Tone::secondary));
    painter.drawText(box, Qt::AlignCenter, key);
    painter.restore();
}

} // namespace busbar::views
