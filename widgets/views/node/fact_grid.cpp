#include "widgets/views/node/fact_grid.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace busbar::views {

namespace {

constexpr int kRow = 19, kMargin = 6, kSide = 10, kGap = 8, kNarrow = 560;

} // namespace

FactGrid::FactGrid(int nameWidth, QWidget* parent) : QWidget(parent), m_nameWidth(nameWidth) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void FactGrid::setPairs(QVector<FactPair> pairs) {
    if (pairs == m_pairs) return;
    m_pairs = std::move(pairs);
    QStringList words;
    for (const FactPair& pair : m_pairs) words << QStringLiteral("%1 %2").arg(pair.name, pair.value);
    setAccessibleName(words.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

void FactGrid::setStale(bool stale) {
    m_stale = stale;
    update();
}

QSize FactGrid::sizeHint() const { return {300, (static_cast<int>(m_pairs.size()) + m_perRow - 1) / m_perRow * kRow + 2 * kMargin}; }
QSize FactGrid::minimumSizeHint() const { return {m_nameWidth + 120, sizeHint().height()}; }

void FactGrid::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    const int perRow = width() < kNarrow ? 1 : 2;
    if (perRow == m_perRow) return;
    m_perRow = perRow;
    updateGeometry();
}

QRect FactGrid::valueRect(int index) const {
    const int half = (width() - 2 * kSide) / m_perRow;
    const int x = kSide + (index % m_perRow) * half + m_nameWidth + kGap;
    return {x, kMargin + index / m_perRow * kRow, half - m_nameWidth - 2 * kGap, kRow};
}

void FactGrid::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    for (int i = 0; i < m_pairs.size(); ++i) {
        const QRect value = valueRect(i);
        painter.setFont(face(kDensePx));
        painter.setPen(tone(Tone::muted));
        painter.drawText(QRect(value.left() - kGap - m_nameWidth, value.top(), m_nameWidth, kRow), Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(m_pairs[i].name, Qt::ElideRight, m_nameWidth));
        QFont font = face(kDensePx);
        font.setItalic(m_stale);
        painter.setFont(font);
        painter.setPen(tone(m_stale ? Tone::muted : Tone::text));
        painter.drawText(value, Qt::AlignVCenter, painter.fontMetrics().elidedText(m_pairs[i].value, Qt::ElideRight, value.width()));
    }
}

bool FactGrid::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    for (int i = 0; i < m_pairs.size(); ++i) {
        const QRect value = valueRect(i);
        if (!value.adjusted(-kGap - m_nameWidth, 0, 0, 0).contains(help->pos())) continue;
        QToolTip::showText(help->globalPos(),
                           m_pairs[i].tip.isEmpty() ? QStringLiteral("%1: %2").arg(m_pairs[i].name, m_pairs[i].value) : m_pairs[i].tip, this);
        return true;
    }
    QToolTip::hideText();
    return true;
}

} // namespace busbar::views
