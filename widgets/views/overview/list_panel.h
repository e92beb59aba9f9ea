// A panel of the overview: head, a small table whose rows lead somewhere, and a sentence while there is none. Single click, double click and
// Enter are the same. GUI thread only.
#pragma once

#include "widgets/views/parts/cell_table.h"
#include "widgets/views/parts/surface.h"

class QStackedLayout;

namespace busbar::views {

/// An amount in a bar's cell.
struct Bar {
    double part = 0, whole = 0;
    bool unknown = false; ///< hatched, over the whole width, and not part of the scale
};
enum class BarKind : unsigned char { share, loss };

/// Rows of cells, one column of which is a bar on a scale common to all rows.
class BarListModel : public ListCellModel {
    Q_OBJECT
public:
    enum Role { kBarRole = Qt::UserRole + 1 };
    BarListModel(QVector<Column> columns, int barColumn, QObject* parent) : ListCellModel(std::move(columns), parent), m_barColumn(barColumn) {}
    int barColumn() const { return m_barColumn; }
    double scale() const { return m_scale; }
    void setBars(QVector<Bar> bars);
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    int m_barColumn;
    QVector<Bar> m_bars;
    double m_scale = 1;
};

class ListPanel : public Surface {
    Q_OBJECT
public:
    /// `model` becomes the panel's.
    ListPanel(const QString& title, ListCellModel* model, int rowHeight, bool headed, QWidget* parent = nullptr);

    void setTitle(const QString& title, const QString& caption);
    /// Rows, and where each leads. `empty`: the sentence while there are no rows.
    void setRows(QVector<QVector<Cell>> rows, QStringList targets, const QString& empty);
    CellTable& table() { return *m_table; }
    ListCellModel& model() { return *m_model; }
    QString emptySentence() const;

Q_SIGNALS:
    void activated(const QString& target);

private:
    void activate(const QModelIndex& index);

    ListCellModel* m_model;
    CellTable* m_table;
    Line* m_head;
    Paragraph* m_empty;
    QStackedLayout* m_stack;
    QStringList m_targets;
};

/// With a bar column, drawn as `kind`.
ListPanel* makeBarPanel(const QString& title, QVector<Column> columns, int barColumn, BarKind kind, QWidget* parent);

} // namespace busbar::views
Q_DECLARE_METATYPE(busbar::views::Bar)
