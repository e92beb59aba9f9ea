// The nodes of all sites as rows of a table: what the query leaves, in its order. Nothing is kept per node but the order; a cell's text is
// made when it is asked for. Filtering and sorting run on a worker; while the order is frozen, values go on and rows stay where they are.
//
// Rows refer to the fleet by index, valid within an epoch. When a site starts a new one, its rows stay those of the last snapshot of the
// old epoch until the worker has found them again by name.
// GUI thread only.
#pragma once

#include "items/node_query_worker.h"
#include "items/node_values.h"

#include <QAbstractTableModel>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace busbar::items {

/// Runs of an unchanged query follow the fleet's changes at most this often.
inline constexpr std::int64_t kRefreshMs = 1'000;

class NodeTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Role {
        kRawRole = Qt::UserRole, ///< the value with full precision (cellRaw)
        kIdRole,                 ///< "site/name"
        kStaleRole               ///< bool: last values that may not be true any more
    };

    explicit NodeTableModel(QObject* parent = nullptr);

    void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs);
    void setQuery(const query::QueryPtr& query);
    /// nullopt: natural order. Without effect while the query has its own.
    void setSort(std::optional<NodeSort> sort);
    std::optional<NodeSort> sort() const { return m_sort; }

    /// Rows keep their places until thawed or applyOrder(); a new query or sort is shown at once all the same.
    void setFrozen(bool frozen);
    bool frozen() const { return m_frozen; }
    /// What applyOrder() would do; nothing unless frozen.
    const OrderChange& pending() const { return m_pending; }
    void applyOrder();

    store::RowRef ref(int row) const { return m_order->nodes[static_cast<std::size_t>(row)]; }
    const store::SiteSnapshot& siteOf(int row) const { return *m_sites[ref(row).site]; }
    NodeAt at(int row) const;
    bool stale(int row) const;
    std::string id(int row) const;
    /// -1 when it is not among the rows.
    int rowOf(const std::string& id) const;
    std::int64_t nowWallMs() const { return m_nowWallMs; }

    /// The last answer shown or compared with; nullptr before the first one.
    const NodeAnswerPtr& answer() const { return m_answer; }
    /// Charts and marks of the last answer; nullptr before the first one.
    const NodeSummaryPtr& summary() const { return m_summary; }
    const NodeOrderPtr& order() const { return m_order; }
    /// When the order shown was made.
    std::int64_t orderAsOfWallMs() const { return m_orderAsOfWallMs; }
    /// The fleet that the rows refer to.
    store::FleetPtr fleetOfRows() const;
    const query::QueryPtr& query() const { return m_query; }
    bool busy() const { return m_worker.busy(); }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    /// A new answer: counts, pending changes, an error.
    void answered();
    void summaryChanged();

private:
    void refresh();
    void request();
    void takeAnswer(const NodeAnswerPtr& answer);
    void show(const NodeOrderPtr& order, const store::FleetPtr& fleet);
    void followFleet();

    NodeQueryWorker m_worker;
    store::FleetPtr m_fleet;
    std::vector<store::SitePtr> m_sites; ///< that the rows refer to, by index; each has the order's epoch
    query::QueryPtr m_query;
    std::optional<NodeSort> m_sort;
    bool m_frozen = false;
    bool m_ownWish = true; ///< the next answer is to be shown even when frozen: a person asked for it
    std::int64_t m_nowWallMs = 0, m_requestedWallMs = 0, m_orderAsOfWallMs = 0, m_nextAsOfWallMs = 0;
    std::uint64_t m_requestedSequence = 0;
    NodeOrderPtr m_order, m_next;        ///< shown; would be shown
    store::FleetPtr m_nextFleet;
    OrderChange m_pending;
    NodeAnswerPtr m_answer;
    NodeSummaryPtr m_summary;
};

} // namespace busbar::items
