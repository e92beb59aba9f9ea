// The node table (design/console.md §2.3): all nodes that the query leaves, sortable, with columns of one's choice, marks by id, and an
// order that holds still while a person points at rows or has some marked. Emits intents only; GUI thread.
#pragma once

#include "items/node_export.h"
#include "items/node_table_model.h"
#include "widgets/views/nodes/nodes_bars.h"
#include "widgets/views/parts/fleet_view.h"

#include <QTimer>

#include <functional>

class QMenu;
class QSettings;

namespace busbar::controls {
class MarkGutter;
class NodeTable;
}

namespace busbar::views {

class NodesState;
class MarkedBar;

class NodesView : public FleetView {
    Q_OBJECT
public:
    explicit NodesView(items::NodeSelection& selection, QWidget* parent = nullptr);

    void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) override;
    void setQuery(const query::QueryPtr& query, const QString& text) override;
    /// Without one the view asks the site's link only.
    void setOffReason(OffReason offReason) override;

    /// Columns, their widths and the sort, under `group`.
    void saveTo(QSettings& settings, const QString& group) const;
    void restoreFrom(QSettings& settings, const QString& group);

    /// Writes the rows shown, in the background; the notice line says how it goes.
    void exportTo(const QString& path);

    controls::NodeTable& table() const { return *m_table; }
    items::NodeTableModel& model() { return m_model; }

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void connectTable();
    void connectBars();
    void connectExport();
    void feed();
    void refreshBars();
    void refreshStatus();
    void refreshFrozen();
    void sortBy(int section);
    void showSort();
    void narrow(const std::string& term);
    void openCellMenu(const QModelIndex& index, const QPoint& where);
    void openColumnMenu(const QPoint& where);
    void askExport();
    void markAll();
    QStringList planTargets() const;
    void choosePlan();
    QString orderWords() const;
    QString freezeReason() const;

    store::FleetPtr m_fleet;
    std::int64_t m_nowWallMs = 0;
    items::NodeTableModel m_model;
    items::NodeExport m_export;
    controls::NodeTable* m_table;
    controls::MarkGutter* m_gutter;
    CountBar* m_counts;
    OrderBanner* m_banner;
    NoticeBar* m_notice;
    NodesState* m_state;
    MarkedBar* m_markedBar;
    QTimer m_slow; ///< a query that takes longer than it says so
};

} // namespace busbar::views
