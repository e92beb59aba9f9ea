#include "widgets/controls/node_table.h"

#include "widgets/controls/marks.h"
#include "widgets/controls/node_cell_delegate.h"
#include "widgets/controls/node_table_accessible.h"
#include "widgets/controls/theme.h"

#include <QAccessible>
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace busbar::controls {

namespace {

constexpr int kRing = 2;

} // namespace

NodeTable::NodeTable(items::NodeTableModel& model, items::NodeSelection& selection, QWidget* parent) : QAbstractItemView(parent), m_items(model), m_marks(selection), m_header(new NodeHeader(model, this)) {
    setFrameShape(QFrame::NoFrame);
    setSelectionMode(QAbstractItemView::NoSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setAutoScroll(false);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // the gutter beside it is the scroll bar
    setMouseTracking(true);
    setAccessibleName(QStringLiteral("nodes"));
    setItemDelegate(new NodeCellDelegate(model, this));
    installNodeTableAccessible();
    setModel(&model);
    connect(&model, &QAbstractItemModel::modelAboutToBeReset, this, &NodeTable::rememberCursor);
    connect(&model, &QAbstractItemModel::modelReset, this, &NodeTable::restoreCursor); // after the selection model has lost it
    connect(&selection, &items::NodeSelection::changed, viewport(), qOverload<>(&QWidget::update));
    connect(m_header, &NodeHeader::columnsChanged, this, [this] {
        updateGeometries();
        viewport()->update();
    });
}

int NodeTable::firstRow() const { return verticalOffset() / kRowHeight; }
int NodeTable::pageRows() const { return std::max(1, viewport()->height() / kRowHeight); }
int NodeTable::horizontalOffset() const { return horizontalScrollBar()->value(); }
int NodeTable::verticalOffset() const { return verticalScrollBar()->value(); }
bool NodeTable::isIndexHidden(const QModelIndex& index) const { return m_header->isSectionHidden(index.column()); }

QRect NodeTable::rowRect(int row) const { return {-horizontalOffset(), row * kRowHeight - verticalOffset(), std::max(m_header->length(), viewport()->width() + horizontalOffset()), kRowHeight}; }

QRect NodeTable::visualRect(const QModelIndex& index) const {
    if (!index.isValid() || m_header->isSectionHidden(index.column())) return {};
    return {m_header->sectionViewportPosition(index.column()), rowRect(index.row()).top(), m_header->sectionSize(index.column()), kRowHeight};
}

QModelIndex NodeTable::indexAt(const QPoint& point) const {
    const int row = point.y() < 0 ? -1 : (point.y() + verticalOffset()) / kRowHeight;
    const int column = m_header->logicalIndexAt(point.x());
    return row < 0 || row >= m_items.rowCount() || column < 0 ? QModelIndex() : m_items.index(row, column);
}

void NodeTable::scrollTo(const QModelIndex& index, ScrollHint hint) {
    if (!index.isValid()) return;
    const int top = index.row() * kRowHeight, page = viewport()->height();
    QScrollBar& bar = *verticalScrollBar();
    if (hint == PositionAtCenter) bar.setValue(top - (page - kRowHeight) / 2);
    else if (hint == PositionAtTop || top < bar.value()) bar.setValue(top);
    else if (hint == PositionAtBottom || top + kRowHeight > bar.value() + page) bar.setValue(top + kRowHeight - page);
    const int left = m_header->sectionPosition(index.column()), width = m_header->sectionSize(index.column());
    QScrollBar& across = *horizontalScrollBar();
    if (left < across.value()) across.setValue(left);
    else if (left + width > across.value() + viewport()->width()) across.setValue(left + width - viewport()->width());
}

void NodeTable::updateGeometries() {
    const int head = m_header->sizeHint().height();
    setViewportMargins(0, head, 0, 0);
    m_header->setGeometry(viewport()->geometry().left(), viewport()->geometry().top() - head, viewport()->width(), head);
    QScrollBar& bar = *verticalScrollBar();
    bar.setSingleStep(kRowHeight);
    bar.setPageStep(pageRows() * kRowHeight);
    bar.setRange(0, std::max(0, m_items.rowCount() * kRowHeight - viewport()->height()));
    QScrollBar& across = *horizontalScrollBar();
    across.setSingleStep(kRowHeight);
    across.setPageStep(viewport()->width());
    across.setRange(0, std::max(0, m_header->length() - viewport()->width()));
    QAbstractItemView::updateGeometries();
    Q_EMIT scrolled();
}

void NodeTable::scrollContentsBy(int dx, int dy) {
    if (dx != 0) m_header->setOffset(horizontalOffset());
    viewport()->scroll(dx, dy);
    setHoverRow(underMouse() && m_hoverRow >= 0 ? indexAt(viewport()->mapFromGlobal(QCursor::pos())).row() : -1);
    Q_EMIT scrolled();
}

void NodeTable::setCursorRow(int row) {
    if (m_items.rowCount() == 0) return;
    const int column = currentIndex().isValid() ? currentIndex().column() : m_header->logicalIndex(0);
    const QModelIndex index = m_items.index(std::clamp(row, 0, m_items.rowCount() - 1), column);
    setCurrentIndex(index);
    scrollTo(index);
}

void NodeTable::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QAbstractItemView::currentChanged(current, previous);
    for (const QModelIndex& index : {current, previous})
        if (index.isValid()) viewport()->update(rowRect(index.row()));
    if (!current.isValid()) return;
    Q_EMIT cursorMoved(current.row());
    if (!QAccessible::isActive() || !hasFocus()) return;
    const std::vector<items::NodeColumn> columns = m_header->shownColumns();
    const auto place = std::find(columns.begin(), columns.end(), static_cast<items::NodeColumn>(current.column())) - columns.begin();
    QAccessibleEvent focus(this, QAccessible::Focus);
    focus.setChild(static_cast<int>((current.row() + 1) * static_cast<qint64>(columns.size()) + place)); // as node_table_accessible numbers them
    QAccessible::updateAccessibility(&focus);
}

void NodeTable::rememberCursor() {
    m_cursorSeen = false;
    if (!currentIndex().isValid()) return;
    m_cursorId = m_items.id(currentIndex().row());
    m_cursorColumn = currentIndex().column();
    m_cursorY = rowRect(currentIndex().row()).top();
    m_cursorSeen = m_cursorY >= 0 && m_cursorY + kRowHeight <= viewport()->height();
}

void NodeTable::reset() {
    const int offset = verticalOffset();
    QAbstractItemView::reset();
    updateGeometries();
    verticalScrollBar()->setValue(offset);
    viewport()->update();
    if (m_hoverRow >= m_items.rowCount()) setHoverRow(-1);
}

/// A row that was on the glass stays at its place there, so that nothing jumps under the eye.
void NodeTable::restoreCursor() {
    const int row = m_cursorId.empty() ? -1 : m_items.rowOf(m_cursorId);
    if (row < 0) return;
    setCurrentIndex(m_items.index(row, m_cursorColumn));
    if (m_cursorSeen) verticalScrollBar()->setValue(row * kRowHeight - m_cursorY);
}

void NodeTable::setHoverRow(int row) {
    if (row == m_hoverRow) return;
    const bool changed = (row >= 0) != (m_hoverRow >= 0);
    for (const int touched : {row, m_hoverRow})
        if (touched >= 0) viewport()->update(rowRect(touched));
    m_hoverRow = row;
    if (changed) Q_EMIT pointerOnRowsChanged(row >= 0);
}

void NodeTable::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    painter.fillRect(event->rect(), tone(Tone::base));
    const int first = std::max(0, (event->rect().top() + verticalOffset()) / kRowHeight);
    const int last = std::min(m_items.rowCount() - 1, (event->rect().bottom() + verticalOffset()) / kRowHeight);
    std::vector<items::NodeColumn> columns;
    for (const items::NodeColumn column : m_header->shownColumns()) {
        const int left = m_header->sectionViewportPosition(static_cast<int>(column));
        if (left <= event->rect().right() && left + m_header->sectionSize(static_cast<int>(column)) > event->rect().left()) columns.push_back(column);
    }
    for (int row = first; row <= last; ++row) paintRow(painter, row, columns);
}

void NodeTable::paintRow(QPainter& painter, int row, const std::vector<items::NodeColumn>& columns) const {
    const QRect area = rowRect(row);
    const store::RowRef ref = m_items.ref(row);
    const bool marked = m_marks.contains(m_items.siteOf(row), ref.row);
    if (marked || row == m_hoverRow) painter.fillRect(area, tone(marked ? Tone::selection : Tone::hover));
    if (m_items.stale(row)) {
        painter.setBrushOrigin(-horizontalOffset(), -verticalOffset());
        paintHatch(painter, area);
    }
    painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), tone(Tone::faintLine));
    QStyleOptionViewItem option;
    option.state = marked ? QStyle::State_Selected : QStyle::State_None;
    painter.setRenderHint(QPainter::Antialiasing);
    for (const items::NodeColumn column : columns) {
        const QModelIndex index = m_items.index(row, static_cast<int>(column));
        option.rect = visualRect(index);
        itemDelegate()->paint(&painter, option, index);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
    if (row != cursorRow()) return;
    const int ring = hasFocus() ? kRing : 1;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(tone(hasFocus() ? Tone::link : Tone::muted), ring, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
    painter.drawRect(QRect(0, area.top(), viewport()->width(), area.height()).adjusted(ring / 2, ring / 2, -1, -1));
    if (hasFocus()) painter.fillRect(visualRect(currentIndex()).adjusted(4, kRowHeight - 4, -4, -2), tone(Tone::link));
}

void NodeTable::focusInEvent(QFocusEvent* event) {
    QAbstractItemView::focusInEvent(event);
    if (!currentIndex().isValid()) setCursorRow(firstRow());
    viewport()->update();
}

void NodeTable::focusOutEvent(QFocusEvent* event) {
    QAbstractItemView::focusOutEvent(event);
    viewport()->update();
}

} // namespace busbar::controls
