// The rows of the node table: a view of uniform rows over items::NodeTableModel, whose cost is that of the rows on screen, however many
// there are (QTableView keeps a section for each row and crashes screen readers on Qt 6.4: console.md §4). Marks are the window's
// selection, by id; the cursor follows its node when the order changes. Starts nothing by itself.
// GUI thread only.
#pragma once

#include "items/node_selection.h"
#include "items/node_table_model.h"
#include "widgets/controls/node_header.h"

#include <QAbstractItemView>

#include <optional>
#include <string>
#include <vector>

namespace busbar::controls {

/// Nodes that can be marked at once: a plan takes no more targets.
inline constexpr int kMaxMarked = 20'000;

class NodeTable : public QAbstractItemView {
    Q_OBJECT
public:
    static constexpr int kRowHeight = 22;

    /// Both outlive the table.
    NodeTable(items::NodeTableModel& model, items::NodeSelection& selection, QWidget* parent = nullptr);

    NodeHeader& header() const { return *m_header; }
    items::NodeTableModel& items() const { return m_items; }
    items::NodeSelection& marks() const { return m_marks; }
    int firstRow() const;
    /// Rows that fit the viewport whole, at least 1.
    int pageRows() const;
    /// Puts the cursor there and brings it into sight.
    void setCursorRow(int row);
    int cursorRow() const { return currentIndex().isValid() ? currentIndex().row() : -1; }
    bool pointerOnRows() const { return m_hoverRow >= 0; }
    /// Marks all rows, the first kMaxMarked at most; returns how many.
    int markAll();

    QRect visualRect(const QModelIndex& index) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    QModelIndex indexAt(const QPoint& point) const override;
    void reset() override;

Q_SIGNALS:
    void opened(const QString& id);
    /// Alt+click on a cell.
    void filterWanted(const QModelIndex& index);
    void cellMenuWanted(const QModelIndex& index, const QPoint& globalPosition);
    void pointerOnRowsChanged(bool on);
    void cursorMoved(int row);
    void scrolled();

protected:
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    int horizontalOffset() const override;
    int verticalOffset() const override;
    bool isIndexHidden(const QModelIndex& index) const override;
    void setSelection(const QRect&, QItemSelectionModel::SelectionFlags) override {}
    QRegion visualRegionForSelection(const QItemSelection&) const override { return {}; }
    void updateGeometries() override;
    void scrollContentsBy(int dx, int dy) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void paintRow(QPainter& painter, int row, const std::vector<items::NodeColumn>& columns) const;
    QRect rowRect(int row) const;
    void setHoverRow(int row);
    bool moveBy(const QKeyEvent& event);
    void moveColumn(int step);
    void toggleMark(int row);
    void markRange(int from, int to);
    std::vector<std::string> idsOf(int from, int to) const;
    void rememberCursor();
    void restoreCursor();

    items::NodeTableModel& m_items;
    items::NodeSelection& m_marks;
    NodeHeader* m_header;
    int m_hoverRow = -1;
    std::string m_anchorId;                ///< of a range of marks
    std::string m_cursorId;                ///< node under the cursor while the model is reset
    int m_cursorColumn = 0, m_cursorY = 0; ///< its column, and its place on the glass
    bool m_cursorSeen = false;             ///< it was on the glass
};

} // namespace busbar::controls
