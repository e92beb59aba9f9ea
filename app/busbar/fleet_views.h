// The fleet views of one window: makes them, and feeds the one on the glass with snapshots and the query.
// A view that is not on the glass costs nothing: it gets the newest when it comes back. GUI thread only.
#pragma once

#include "store/fleet_snapshot.h"
#include "store/query/query.h"
#include "widgets/views/frame/main_frame.h"
#include "widgets/views/parts/fleet_view.h"

#include <QObject>

namespace busbar::items {
class FleetTrends;
class NodeSelection;
} // namespace busbar::items

namespace busbar::views {
class HeatmapView;
class NodesView;
class NodeView;
class OverviewView;
} // namespace busbar::views

namespace busbar::console {

class FleetViews : public QObject {
    Q_OBJECT
public:
    /// The views belong to `frame`; `selection` outlives it.
    FleetViews(items::NodeSelection& selection, const std::shared_ptr<items::FleetTrends>& trends, views::MainFrame& frame, QObject* parent = nullptr);

    views::OverviewView& overview() { return *m_overview; }
    views::HeatmapView& heatmap() { return *m_heatmap; }
    views::NodesView& nodes() { return *m_nodes; }
    views::NodeView& node() { return *m_node; }
    /// True once the node table has answered the present query.
    bool ordered() const;
    /// True once the overview's chart has a line to show.
    bool hasTrend() const;
    /// The node `step` rows after `nodeId` in the node table's order; empty: there is none, or the table has not got its order yet.
    QString neighbourOf(const QString& nodeId, int step) const;
    /// "node 7 of 37" in that order; empty when it is not among them.
    QString positionOf(const QString& nodeId) const;

    void setQuery(const query::QueryPtr& query, const QString& text);
    /// The newest fleet, for the view on the glass.
    void feed(const store::FleetPtr& fleet, std::int64_t nowWallMs);
    /// `viewId` comes on the glass; another may not be a fleet view.
    void show(const QString& viewId, const store::FleetPtr& fleet, std::int64_t nowWallMs);

    /// All of them: what they want is told by their own signals.
    std::vector<views::FleetView*> all() const;

Q_SIGNALS:
    /// Of the view on the glass.
    void statusChanged(const QString& text);

private:
    struct Entry {
        QString id;
        views::FleetView* view = nullptr;
        std::uint64_t query = 0; ///< number of the query it has
        QString status;
    };
    void add(const QString& id, views::FleetView* view);

    const std::shared_ptr<items::FleetTrends> m_trends;
    views::OverviewView* m_overview = nullptr;
    views::HeatmapView* m_heatmap = nullptr;
    views::NodesView* m_nodes = nullptr;
    views::NodeView* m_node = nullptr;
    std::vector<Entry> m_views;
    Entry* m_current = nullptr;
    query::QueryPtr m_query;
    QString m_queryText;
    std::uint64_t m_queryNumber = 0;
};

} // namespace busbar::console
