#include "widgets/views/heatmap/hover_card.h"

#include "widgets/views/parts/surface.h"

#include <QPainter>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kWidth = 424, kHeadHeight = 30, kRowHeight = 18, kNoteHeight = 18, kFootHeight = 26, kPadding = 10, kGap = 18;
constexpr int kLabelWidth = 70, kColumnWidth = (kWidth - 2 * kPadding) / 2;

} // namespace

HoverCard::HoverCard(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    hide();
}

int HoverCard::wantedHeight() const {
    return kHeadHeight + 6 + static_cast<int>((m_facts.rows.size() + 1) / 2) * kRowHeight + static_cast<int>(m_facts.notes.size()) * kNoteHeight + 6 + kFootHeight;
}

void HoverCard::showFor(const HoverFacts& facts, const QPoint& pointer, const QRect& cell) {
    m_facts = facts;
    const QSize size(kWidth, wantedHeight());
    const QRect room = parentWidget()->rect().adjusted(4, 4, -4, -4), taken = cell.united(QRect(pointer, QSize(1, 1))).adjusted(-kGap, -kGap, kGap, kGap);
    int x = pointer.x() + kGap, y = taken.bottom();
    if (y + size.height() > room.bottom()) y = taken.top() - size.height();
    if (y < room.top()) { // neither below nor above: beside
        y = std::clamp(pointer.y() - size.height() / 2, room.top(), std::max(room.top(), room.bottom() - size.height()));
        x = taken.right() + size.width() <= room.right() ? taken.right() : taken.left() - size.width();
    } else {
        x = std::clamp(x, room.left(), std::max(room.left(), room.right() - size.width()));
    }
    setGeometry(QRect(QPoint(x, y), size));
    update();
    show();
    raise();
}

void HoverCard::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tone(Tone::base));
    painter.fillRect(0, 0, width(), kHeadHeight, tone(Tone::panel));
    painter.fillRect(0, kHeadHeight, width(), 1, tone(Tone::line));
    int x = kPadding;
    if (m_facts.sign != Sign::none) {
        paintSign(painter, m_facts.sign, QRectF(x, 7, 16, 16));
        x += 16 + 8;
    }
    painter.setFont(face(kCaptionPx));
    const int sourceWidth = painter.fontMetrics().horizontalAdvance(m_facts.source);
    painter.setPen(tone(Tone::muted));
    painter.drawText(QRect(width() - kPadding - sourceWidth, 0, sourceWidth + 1, kHeadHeight), Qt::AlignVCenter | Qt::AlignLeft, m_facts.source);
    painter.setFont(face(kBasePx, true));
    painter.setPen(tone(Tone::text));
    const int room = width() - kPadding - sourceWidth - 8 - x;
    painter.drawText(QRect(x, 0, room, kHeadHeight), Qt::AlignVCenter | Qt::AlignLeft, painter.fontMetrics().elidedText(m_facts.title, Qt::ElideMiddle, room));
    paintRows(painter, kHeadHeight + 6);
    const int foot = height() - kFootHeight;
    painter.fillRect(0, foot, width(), kFootHeight, tone(Tone::panel));
    painter.fillRect(0, foot, width(), 1, tone(Tone::line));
    x = kPadding;
    for (const auto& [key, word] : {std::pair{QStringLiteral("Enter"), QStringLiteral("open")}, std::pair{QStringLiteral("Space"), QStringLiteral("mark")}, std::pair{QStringLiteral("Alt+click"), QStringLiteral("filter")}}) {
        paintKeyCap(painter, QRectF(x, foot + 5, keyCapWidth(key), 16), key);
        x += keyCapWidth(key) + 6;
        painter.setFont(face(kCaptionPx));
        painter.setPen(tone(Tone::secondary));
        painter.drawText(QRect(x, foot, 80, kFootHeight), Qt::AlignVCenter | Qt::AlignLeft, word);
        x += painter.fontMetrics().horizontalAdvance(word) + 14;
    }
    painter.setPen(tone(Tone::link));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void HoverCard::paintRows(QPainter& painter, int y) const {
    for (int i = 0; i < m_facts.rows.size(); ++i) {
        const HoverFacts::Row& row = m_facts.rows[i];
        int x = kPadding + (i % 2) * kColumnWidth;
        painter.setFont(face(kDensePx));
        painter.setPen(tone(Tone::muted));
        painter.drawText(QRect(x, y, kLabelWidth, kRowHeight), Qt::AlignVCenter | Qt::AlignLeft, row.label);
        const int right = x + kColumnWidth - 8;
        x += kLabelWidth;
        for (const Run& run : row.value) {
            painter.setFont(face(run.px, run.bold));
            painter.setPen(tone(run.tone));
            const QString text = painter.fontMetrics().elidedText(run.text, Qt::ElideRight, right - x);
            painter.drawText(QRect(x, y, right - x, kRowHeight), Qt::AlignVCenter | Qt::AlignLeft, text);
            x += painter.fontMetrics().horizontalAdvance(text) + run.gap;
        }
        if (i % 2 == 1) y += kRowHeight;
    }
    if (m_facts.rows.size() % 2 == 1) y += kRowHeight;
    painter.setFont(face(kDensePx));
    painter.setPen(tone(Tone::text));
    for (const QString& note : m_facts.notes) {
        painter.drawText(QRect(kPadding, y, width() - 2 * kPadding, kNoteHeight), Qt::AlignVCenter | Qt::AlignLeft, painter.fontMetrics().elidedText(note, Qt::ElideRight, width() - 2 * kPadding));
        y += kNoteHeight;
    }
}

} // namespace busbar::views
