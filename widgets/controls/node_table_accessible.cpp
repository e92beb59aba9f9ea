#include "widgets/controls/node_table_accessible.h"

#include "items/words.h"
#include "widgets/controls/node_sign.h"
#include "widgets/controls/node_table.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QPointer>

#include <algorithm>
#include <unordered_map>

namespace busbar::controls {

namespace {

using items::NodeColumn;

/// Cells and heads that a reader may hold at once; the oldest go first.
constexpr std::size_t kMaxCells = 4096;

QString headText(NodeColumn column) {
    const std::string_view title = items::infoOf(column).title;
    return title.empty() ? QStringLiteral("mark") : items::toQt(title);
}

/// A cell of a row, or the head of a column where `row` is -1. Valid until the table changes its rows or goes.
class Cell : public QAccessibleInterface, public QAccessibleTableCellInterface {
public:
    Cell(NodeTable& table, int row, int place) : m_table(&table), m_row(row), m_place(place) {}

    bool isValid() const override { return m_table && m_row < m_table->items().rowCount() && m_place < static_cast<int>(m_table->header().shownColumns().size()); }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return m_table && m_table->window() != nullptr ? m_table->window()->windowHandle() : nullptr; }
    QAccessibleInterface* parent() const override { return m_table ? QAccessible::queryAccessibleInterface(m_table) : nullptr; }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessible::Role role() const override { return m_row < 0 ? QAccessible::ColumnHeader : QAccessible::Cell; }
    void setText(QAccessible::Text, const QString&) override {}

    QRect rect() const override {
        if (!isValid()) return {};
        const QRect area = m_row < 0 ? QRect(m_table->header().sectionViewportPosition(static_cast<int>(column())), 0, m_table->header().sectionSize(static_cast<int>(column())), m_table->header().height())
                                     : m_table->visualRect(index());
        const QWidget* ground = m_row < 0 ? m_table->header().viewport() : m_table->viewport();
        return {ground->mapToGlobal(area.topLeft()), area.size()};
    }

    QAccessible::State state() const override {
        QAccessible::State state;
        state.invalid = !isValid();
        if (state.invalid || m_row < 0) return state;
        state.focusable = true;
        state.focused = m_table->hasFocus() && m_table->currentIndex() == index();
        state.selectable = true;
        state.selected = m_table->marks().contains(m_table->items().id(m_row));
        state.offscreen = !m_table->viewport()->rect().intersects(m_table->visualRect(index()));
        return state;
    }

    QString text(QAccessible::Text kind) const override {
        if (!isValid()) return {};
        if (m_row < 0) return kind == QAccessible::Name ? headText(column()) : QString();
        if (kind == QAccessible::Description && m_table->items().stale(m_row)) return QStringLiteral("last known, stale");
        if (kind != QAccessible::Name) return {};
        const items::NodeAt at = m_table->items().at(m_row);
        const QString value = column() == NodeColumn::mark ? signText(nodeSign(at.site.facts(at.node), m_table->items().stale(m_row))) : items::cellText(column(), at);
        return column() == NodeColumn::node ? value : headText(column()) + QLatin1Char(' ') + value;
    }

    void* interface_cast(QAccessible::InterfaceType type) override { return type == QAccessible::TableCellInterface ? static_cast<QAccessibleTableCellInterface*>(this) : nullptr; }
    bool isSelected() const override { return state().selected; }
    QList<QAccessibleInterface*> columnHeaderCells() const override {
        QAccessibleInterface* owner = isValid() ? table() : nullptr;
        QAccessibleInterface* head = owner != nullptr ? owner->child(m_place) : nullptr;
        return head != nullptr ? QList{head} : QList<QAccessibleInterface*>{};
    }
    QList<QAccessibleInterface*> rowHeaderCells() const override { return {}; }
    int columnIndex() const override { return m_place; }
    int rowIndex() const override { return m_row; }
    int columnExtent() const override { return 1; }
    int rowExtent() const override { return 1; }
    QAccessibleInterface* table() const override { return parent(); }

private:
    NodeColumn column() const { return m_table->header().shownColumns()[static_cast<std::size_t>(m_place)]; }
    QModelIndex index() const { return m_table->items().index(m_row, static_cast<int>(column())); }

    QPointer<NodeTable> m_table;
    int m_row, m_place;
};

/// Children: the heads of the shown columns, then the cells row by row.
class Table : public QAccessibleWidget, public QAccessibleTableInterface {
public:
    explicit Table(NodeTable& table)
        : QAccessibleWidget(&table, QAccessible::Table, QStringLiteral("nodes")), m_onReset(QObject::connect(&table.items(), &QAbstractItemModel::modelAboutToBeReset, [this] { forget(); })),
          m_onColumns(QObject::connect(&table.header(), &NodeHeader::columnsChanged, [this] { forget(); })) {}
    ~Table() override {
        QObject::disconnect(m_onReset);
        QObject::disconnect(m_onColumns);
        forget();
    }

    void* interface_cast(QAccessible::InterfaceType type) override { return type == QAccessible::TableInterface ? static_cast<QAccessibleTableInterface*>(this) : QAccessibleWidget::interface_cast(type); }

    int rowCount() const override { return table() ? table()->items().rowCount() : 0; }
    int columnCount() const override { return table() ? static_cast<int>(table()->header().shownColumns().size()) : 0; }
    int childCount() const override { return std::min<qint64>(qint64{rowCount() + 1} * columnCount(), INT_MAX); }
    QAccessibleInterface* child(int index) const override {
        const int columns = columnCount();
        return columns == 0 || index < 0 ? nullptr : cell(index / columns - 1, index % columns);
    }
    int indexOfChild(const QAccessibleInterface* child) const override {
        const auto* found = child == nullptr ? nullptr : dynamic_cast<const Cell*>(child);
        return found == nullptr || !found->isValid() ? -1 : (found->rowIndex() + 1) * columnCount() + found->columnIndex();
    }
    QAccessibleInterface* childAt(int x, int y) const override {
        if (!table()) return nullptr;
        const QModelIndex index = table()->indexAt(table()->viewport()->mapFromGlobal(QPoint(x, y)));
        return index.isValid() ? cell(index.row(), placeOf(index.column())) : nullptr;
    }
    QAccessibleInterface* focusChild() const override {
        if (!table() || !table()->hasFocus() || !table()->currentIndex().isValid()) return nullptr;
        return cell(table()->currentIndex().row(), placeOf(table()->currentIndex().column()));
    }

    QAccessibleInterface* cellAt(int row, int column) const override { return row < 0 ? nullptr : cell(row, column); }
    QString columnDescription(int column) const override { return column >= 0 && column < columnCount() ? headText(table()->header().shownColumns()[static_cast<std::size_t>(column)]) : QString(); }
    QString rowDescription(int row) const override { return row >= 0 && row < rowCount() ? QString::fromStdString(table()->items().id(row)) : QString(); }
    QAccessibleInterface* caption() const override { return nullptr; }
    QAccessibleInterface* summary() const override { return nullptr; }

    int selectedRowCount() const override { return static_cast<int>(selectedRows().size()); }
    int selectedCellCount() const override { return selectedRowCount() * columnCount(); }
    int selectedColumnCount() const override { return 0; }
    QList<int> selectedColumns() const override { return {}; }
    bool isColumnSelected(int) const override { return false; }
    bool selectColumn(int) override { return false; }
    bool unselectColumn(int) override { return false; }
    QList<int> selectedRows() const override {
        QList<int> rows;
        if (!table()) return rows;
        for (const std::string& id : table()->marks().ids())
            if (const int row = table()->items().rowOf(id); row >= 0) rows << row;
        std::sort(rows.begin(), rows.end());
        return rows;
    }
    QList<QAccessibleInterface*> selectedCells() const override {
        QList<QAccessibleInterface*> cells;
        const QList<int> rows = selectedRows();
        if (m_cells.size() > kMaxCells / 2) forget(); // so that none of the list is forgotten while it is made
        for (const int row : rows)
            for (int column = 0; column < columnCount() && cells.size() < static_cast<qsizetype>(kMaxCells / 2); ++column) cells << cell(row, column);
        return cells;
    }
    bool isRowSelected(int row) const override { return row >= 0 && row < rowCount() && table()->marks().contains(table()->items().id(row)); }
    bool selectRow(int row) override {
        if (row < 0 || row >= rowCount()) return false;
        table()->marks().add({table()->items().id(row)});
        return true;
    }
    bool unselectRow(int row) override {
        if (row < 0 || row >= rowCount()) return false;
        table()->marks().remove({table()->items().id(row)});
        return true;
    }
    void modelChange(QAccessibleTableModelChangeEvent*) override {} // the model's own signals are heard, whether a reader listens or not

private:
    NodeTable* table() const { return isValid() ? static_cast<NodeTable*>(object()) : nullptr; }
    int placeOf(int section) const {
        const auto columns = table()->header().shownColumns();
        const auto found = std::find(columns.begin(), columns.end(), static_cast<NodeColumn>(section));
        return found == columns.end() ? -1 : static_cast<int>(found - columns.begin());
    }
    QAccessibleInterface* cell(int row, int place) const {
        if (!table() || row >= rowCount() || place < 0 || place >= columnCount()) return nullptr;
        const qint64 key = qint64{row + 1} * static_cast<qint64>(items::kNodeColumns) + place;
        if (const auto found = m_cells.find(key); found != m_cells.end())
            if (QAccessibleInterface* known = QAccessible::accessibleInterface(found->second)) return known;
        if (m_cells.size() >= kMaxCells) forget();
        QAccessibleInterface* made = new Cell(*table(), row, place);
        m_cells[key] = QAccessible::registerAccessibleInterface(made);
        return made;
    }
    void forget() const {
        for (const auto& [key, id] : m_cells) QAccessible::deleteAccessibleInterface(id);
        m_cells.clear();
    }

    mutable std::unordered_map<qint64, QAccessible::Id> m_cells; ///< given out, by row and place; none means the same once rows or columns change
    QMetaObject::Connection m_onReset, m_onColumns;
};

QAccessibleInterface* makeTable(const QString& className, QObject* object) {
    auto* table = className == QLatin1String(NodeTable::staticMetaObject.className()) ? qobject_cast<NodeTable*>(object) : nullptr;
    return table == nullptr ? nullptr : new Table(*table);
}

} // namespace

void installNodeTableAccessible() {
    QAccessible::removeFactory(makeTable);
    QAccessible::installFactory(makeTable);
}

} // namespace busbar::controls
