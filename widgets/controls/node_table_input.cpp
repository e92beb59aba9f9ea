// Pointer and keys of the node table.
#include "widgets/controls/node_table.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>

#include <algorithm>

namespace busbar::controls {

using items::NodeColumn;

QModelIndex NodeTable::moveCursor(CursorAction action, Qt::KeyboardModifiers) {
    const int rows = m_items.rowCount();
    if (rows == 0) return {};
    const int row = std::max(0, cursorRow());
    const auto to = [&](int wanted) { return m_items.index(std::clamp(wanted, 0, rows - 1), std::max(0, currentIndex().column())); };
    switch (action) {
    case MoveUp:
    case MovePrevious: return to(row - 1);
    case MoveDown:
    case MoveNext: return to(row + 1);
    case MovePageUp: return to(row - pageRows());
    case MovePageDown: return to(row + pageRows());
    case MoveHome: return to(0);
    case MoveEnd: return to(rows - 1);
    case MoveLeft:
    case MoveRight: return to(row);
    }
    return to(row);
}

/// Left and right walk over the shown columns, so that each cell can be read and filtered by without a pointer.
void NodeTable::moveColumn(int step) {
    const std::vector<NodeColumn> columns = m_header->shownColumns();
    if (!currentIndex().isValid() || columns.empty()) return;
    const auto now = std::find(columns.begin(), columns.end(), static_cast<NodeColumn>(currentIndex().column()));
    const auto place = now == columns.end() ? 0 : std::clamp(static_cast<int>(now - columns.begin()) + step, 0, static_cast<int>(columns.size()) - 1);
    const QModelIndex index = m_items.index(currentIndex().row(), static_cast<int>(columns[static_cast<std::size_t>(place)]));
    setCurrentIndex(index);
    scrollTo(index);
}

bool NodeTable::moveBy(const QKeyEvent& event) {
    CursorAction action{};
    switch (event.key()) {
    case Qt::Key_Up:
    case Qt::Key_K: action = MoveUp; break;
    case Qt::Key_Down:
    case Qt::Key_J: action = MoveDown; break;
    case Qt::Key_PageUp: action = MovePageUp; break;
    case Qt::Key_PageDown: action = MovePageDown; break;
    case Qt::Key_Home: action = MoveHome; break;
    case Qt::Key_End: action = MoveEnd; break;
    default: return false;
    }
    const int before = cursorRow();
    if (before < 0) setCursorRow(firstRow());
    else if (const QModelIndex index = moveCursor(action, event.modifiers()); index.isValid()) setCursorRow(index.row());
    if (event.modifiers() & Qt::ShiftModifier && before >= 0) markRange(before, cursorRow());
    return true;
}

void NodeTable::keyPressEvent(QKeyEvent* event) {
    const auto modifiers = event->modifiers() & ~Qt::KeypadModifier;
    if ((modifiers == Qt::NoModifier || modifiers == Qt::ShiftModifier) && moveBy(*event)) return;
    if (event->matches(QKeySequence::Copy) && currentIndex().isValid()) {
        QApplication::clipboard()->setText(currentIndex().data().toString());
        return;
    }
    if (modifiers != Qt::NoModifier || cursorRow() < 0) {
        event->ignore();
        return;
    }
    switch (event->key()) {
    case Qt::Key_Left: moveColumn(-1); break;
    case Qt::Key_Right: moveColumn(1); break;
    case Qt::Key_Space: toggleMark(cursorRow()); break;
    case Qt::Key_Return:
    case Qt::Key_Enter: Q_EMIT opened(QString::fromStdString(m_items.id(cursorRow()))); break;
    default: event->ignore();
    }
}

void NodeTable::toggleMark(int row) {
    m_anchorId = m_items.id(row);
    if (m_marks.contains(m_anchorId) || m_marks.size() < kMaxMarked) m_marks.toggle(m_anchorId);
}

std::vector<std::string> NodeTable::idsOf(int from, int to) const {
    std::vector<std::string> ids;
    for (int row = from; row <= to && m_marks.size() + ids.size() < kMaxMarked; ++row) ids.push_back(m_items.id(row));
    return ids;
}

void NodeTable::markRange(int from, int to) { m_marks.add(idsOf(std::min(from, to), std::max(from, to))); }

int NodeTable::markAll() {
    std::vector<std::string> ids;
    for (int row = 0; row < std::min(m_items.rowCount(), kMaxMarked); ++row) ids.push_back(m_items.id(row));
    m_marks.set(ids);
    return static_cast<int>(ids.size());
}

void NodeTable::mousePressEvent(QMouseEvent* event) {
    const QModelIndex index = indexAt(event->pos());
    if (!index.isValid() || event->button() != Qt::LeftButton) return;
    const int anchor = m_anchorId.empty() ? cursorRow() : m_items.rowOf(m_anchorId);
    setCurrentIndex(index);
    if (event->modifiers() & Qt::AltModifier) Q_EMIT filterWanted(index);
    else if (event->modifiers() & Qt::ShiftModifier) markRange(anchor < 0 ? index.row() : anchor, index.row());
    else if (event->modifiers() & Qt::ControlModifier || static_cast<NodeColumn>(index.column()) == NodeColumn::mark) toggleMark(index.row());
    else m_anchorId = m_items.id(index.row());
}

void NodeTable::mouseMoveEvent(QMouseEvent* event) { setHoverRow(indexAt(event->pos()).row()); }

void NodeTable::mouseReleaseEvent(QMouseEvent*) {}

void NodeTable::mouseDoubleClickEvent(QMouseEvent* event) {
    const QModelIndex index = indexAt(event->pos());
    if (index.isValid() && event->button() == Qt::LeftButton && event->modifiers() == Qt::NoModifier) Q_EMIT opened(QString::fromStdString(m_items.id(index.row())));
}

void NodeTable::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = byKey ? currentIndex() : indexAt(event->pos());
    if (!index.isValid()) return;
    setCurrentIndex(index);
    Q_EMIT cellMenuWanted(index, byKey ? viewport()->mapToGlobal(visualRect(index).bottomLeft()) : event->globalPos());
}

bool NodeTable::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::Leave) setHoverRow(-1);
    return QAbstractItemView::viewportEvent(event);
}

} // namespace busbar::controls
