#include "widgets/controls/mark_gutter.h"

#include "items/words.h"
#include "widgets/controls/theme.h"

#include <QCoreApplication>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>

namespace busbar::controls {

namespace {

constexpr int kMarkHeight = 2;
constexpr int kReach = 3; ///< px from a mark that still hit it
constexpr double kSmallestThumb = 24;

} // namespace

MarkGutter::MarkGutter(NodeTable& table, QWidget* parent) : QWidget(parent), m_table(table) {
    setFixedWidth(kWidth);
    setAccessibleName(QStringLiteral("places of P1, P2 and P3 among the rows"));
    const auto repaint = qOverload<>(&QWidget::update);
    connect(&table, &NodeTable::scrolled, this, repaint);
    connect(&table.items(), &items::NodeTableModel::summaryChanged, this, repaint);
    connect(&table.items(), &QAbstractItemModel::modelReset, this, repaint);
}

double MarkGutter::rowsToY(double row) const { return row / std::max(1, m_table.items().rowCount()) * height(); }

QRectF MarkGutter::thumb() const {
    const QScrollBar& bar = *m_table.verticalScrollBar();
    if (bar.maximum() <= 0) return {};
    const double all = bar.maximum() + m_table.viewport()->height();
    const double size = std::max(kSmallestThumb, height() * m_table.viewport()->height() / all);
    return {2, (height() - size) * bar.value() / bar.maximum(), kWidth - 4.0, size};
}

void MarkGutter::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tone(Tone::panel));
    painter.fillRect(0, 0, 1, height(), tone(Tone::faintLine));
    painter.fillRect(thumb(), tone(m_grip >= 0 ? Tone::secondary : Tone::muted));
    const items::NodeSummaryPtr& summary = m_table.items().summary();
    if (!summary) return;
    for (const int priority : {3, 2, 1})
        for (const items::MarkBin& bin : summary->marks) {
            if (bin.priority != priority) continue;
            const int length = 10 - 3 * (priority - 1);
            const QRectF mark(kWidth - 1 - length, rowsToY(bin.row), length, kMarkHeight);
            painter.fillRect(mark.adjusted(0, -0.5, 0, 0.5), tone(Tone::panel));
            painter.fillRect(mark, tone(priority == 1 ? Tone::p1 : priority == 2 ? Tone::p2 : Tone::p3));
        }
}

int MarkGutter::markedRowAt(int y) const {
    const items::NodeSummaryPtr& summary = m_table.items().summary();
    if (!summary) return -1;
    const items::MarkBin* best = nullptr;
    for (const items::MarkBin& bin : summary->marks) {
        if (bin.priority == 0 || std::abs(rowsToY(bin.row) - y) > kReach || static_cast<int>(bin.row) >= m_table.items().rowCount()) continue;
        if (best == nullptr || bin.priority < best->priority) best = &bin;
    }
    return best == nullptr ? -1 : static_cast<int>(best->row);
}

void MarkGutter::scrollTo(double y) {
    QScrollBar& bar = *m_table.verticalScrollBar();
    const double room = height() - thumb().height();
    if (room > 0) bar.setValue(static_cast<int>((y - std::max(0.0, m_grip)) / room * bar.maximum()));
}

void MarkGutter::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    if (const int row = markedRowAt(event->pos().y()); row >= 0) {
        m_table.setCursorRow(row);
        m_table.scrollTo(m_table.currentIndex(), QAbstractItemView::PositionAtCenter);
        return;
    }
    const QRectF box = thumb();
    const bool onThumb = box.contains(event->position());
    m_grip = onThumb ? event->position().y() - box.top() : box.height() / 2;
    if (!onThumb) scrollTo(event->position().y());
}

void MarkGutter::mouseMoveEvent(QMouseEvent* event) {
    if (m_grip >= 0 && event->buttons() & Qt::LeftButton) scrollTo(event->position().y());
}

void MarkGutter::wheelEvent(QWheelEvent* event) { QCoreApplication::sendEvent(m_table.viewport(), event); }

bool MarkGutter::event(QEvent* event) {
    if (event->type() == QEvent::MouseButtonRelease) m_grip = -1, update();
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int row = markedRowAt(help->pos().y());
    QToolTip::showText(help->globalPos(), row < 0 ? QString() : QStringLiteral("row %1: %2").arg(items::countText(row + 1), QString::fromStdString(m_table.items().id(row))), this);
    return true;
}

} // namespace busbar::controls
