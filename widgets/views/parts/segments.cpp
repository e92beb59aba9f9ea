#include "widgets/views/parts/segments.h"

#include "widgets/views/parts/surface.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>

namespace busbar::views {

namespace {

constexpr int kHeight = 24, kPadding = 7;

} // namespace

SegmentButton::SegmentButton(const QString& text, QWidget* parent) : QAbstractButton(parent) {
    setText(text);
    setCheckable(true);
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize SegmentButton::sizeHint() const { return {QFontMetrics(face(kDensePx, true)).horizontalAdvance(text()) + 2 * kPadding, kHeight}; }

void SegmentButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tone(isChecked() ? Tone::selection : underMouse() ? Tone::hover : Tone::panel));
    painter.setPen(tone(Tone::line));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    if (hasFocus()) {
        painter.setPen(QPen(tone(Tone::link), 2));
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
    painter.setFont(face(kDensePx, isChecked()));
    painter.setPen(tone(isChecked() ? Tone::text : Tone::secondary));
    painter.drawText(rect(), Qt::AlignCenter, text());
}

Segments::Segments(const QString& name, const QStringList& words, QWidget* parent) : QWidget(parent), m_group(new QButtonGroup(this)) {
    setAccessibleName(name);
    auto* row = rowLayout(this, 0);
    for (int i = 0; i < words.size(); ++i) {
        auto* button = new SegmentButton(words[i], this);
        button->setAccessibleName(nameOf(words[i]));
        if (i > 0) row->addSpacing(-1); // one line between two words
        row->addWidget(button);
        m_group->addButton(button, i);
    }
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(m_group, &QButtonGroup::idClicked, this, &Segments::chosen);
}

void Segments::setCurrent(int index) {
    if (QAbstractButton* button = m_group->button(index)) return button->setChecked(true);
    m_group->setExclusive(false);
    if (QAbstractButton* chosen = m_group->checkedButton()) chosen->setChecked(false);
    m_group->setExclusive(true);
}

void Segments::setWord(int index, const QString& word) {
    QAbstractButton* button = m_group->button(index);
    if (button->text() == word) return;
    button->setText(word);
    button->setAccessibleName(nameOf(word));
    button->updateGeometry();
}

void Segments::setWordVisible(int index, bool visible) { m_group->button(index)->setVisible(visible); }

int Segments::current() const { return m_group->checkedId(); }

} // namespace busbar::views
