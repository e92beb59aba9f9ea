// Small tables of the views: a model that makes a row's cells when they are painted, and a view that paints them as in the pictures.
// Not for the fleet (items/ has models for that): for the processes, targets and evidence of one node, plan or action. GUI thread only.
#pragma once

#include "widgets/views/parts/look.h"

#include <QAbstractTableModel>
#include <QTableView>

#include <functional>
#include <optional>

namespace busbar::views {

/// A bar in proportion, in place of the text (which says the same to people who do not see it). Shares of the track's width.
struct CellBar {
    double share = 0;
    double mark = -1; ///< a line across, the threshold; below 0: none
    bool good = true; ///< also told by shape: what is not good is hatched
};

struct Cell {
    QString text;
    QString second; ///< follows the text in a muted tone; on a row of 38 px or more it stands below
    Tone tone = Tone::text;
    bool bold = false;
    bool mono = false;
    Sign sign = Sign::none;
    QByteArray boxes; ///< a row of small boxes instead of the text: '#' done, '>' now, '!' failed, '.' to come, '-' left out
    QString tip; ///< the text itself when it is cut
    std::optional<CellBar> bar;
};

struct Column {
    QString title;
    int width = 0; ///< 0: takes the rest
    Qt::Alignment alignment = Qt::AlignLeft;
};

/// Rows are made by the subclass; the display role is the text, Qt::UserRole the Cell itself.
class CellModel : public QAbstractTableModel {
    Q_OBJECT
public:
    explicit CellModel(QVector<Column> columns, QObject* parent = nullptr);
    const QVector<Column>& columns() const { return m_columns; }
    void setColumnTitle(int column, const QString& title);
    virtual Cell cell(int row, int column) const = 0;

    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

protected:
    /// Within beginResetModel and endResetModel.
    void replaceColumns(QVector<Column> columns) { m_columns = std::move(columns); }

private:
    QVector<Column> m_columns;
};

/// Rows given as a list; a change of the same number of rows keeps selection and scroll position.
class ListCellModel : public CellModel {
    Q_OBJECT
public:
    using CellModel::CellModel;
    void setRows(QVector<QVector<Cell>> rows);
    /// For tables whose columns depend on what is shown (a column a GPU).
    void setTable(QVector<Column> columns, QVector<QVector<Cell>> rows);
    Cell cell(int row, int column) const override;
    int rowCount(const QModelIndex& parent = {}) const override;

private:
    QVector<QVector<Cell>> m_rows;
};

/// Ways of a table of whole rows: one is selected, nothing is edited, no grid or frame; heights in px.
void setUpRows(QTableView& table, int lowest, int usual);

class CellTable : public QTableView {
    Q_OBJECT
public:
    explicit CellTable(CellModel* model, int rowHeight, QWidget* parent = nullptr);
    /// Shows all rows and no scroll bar: for tables inside a column of panels.
    void fitRows();
    void setHatched(bool hatched);
    /// Leaves a column out where there is no room for all of them.
    void setColumnShown(int column, bool shown);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void spreadColumns();
    CellModel* m_model;
    int m_rowHeight;
    bool m_fit = false;
    bool m_hatched = false;
};

/// `j` and `k` as Down and Up for item views; the event itself for other keys.
void pressRowKey(QAbstractItemView& view, QKeyEvent& event, const std::function<void(QKeyEvent*)>& others);

} // namespace busbar::views
Q_DECLARE_METATYPE(busbar::views::Cell)
