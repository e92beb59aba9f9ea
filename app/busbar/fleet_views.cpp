#include "busbar/fleet_views.h"

#include "busbar/view_ref.h"
#include "items/fleet_trends.h"
#include "widgets/views/heatmap/heatmap_view.h"
#include "widgets/views/node/node_view.h"
#include "widgets/views/nodes/nodes_view.h"
#include "widgets/views/overview/overview_view.h"
#include "widgets/views/parts/text.h"

#include <algorithm>

namespace busbar::console {

using views::FleetView;

namespace {

/// Seconds that make a line in the overview's chart.
constexpr std::size_t kTrendSamples = 4;

} // namespace

FleetViews::FleetViews(items::NodeSelection& selection, const std::shared_ptr<items::FleetTrends>& trends, views::MainFrame& frame, QObject* parent)
    : QObject(parent), m_trends(trends), m_overview(new views::OverviewView(selection, trends)), m_heatmap(new views::HeatmapView(selection)), m_nodes(new views::NodesView(selection)), m_node(new views::NodeView(selection)) {
    frame.addView(view_id::kOverview, QStringLiteral("Overview"), views::RailIcon::overview, QStringLiteral("G, O"), m_overview, QStringLiteral("j k move \u00b7 Enter open \u00b7 h heatmap here"));
    frame.addView(view_id::kHeatmap, QStringLiteral("Heatmap"), views::RailIcon::heatmap, QStringLiteral("G, H"), m_heatmap, QStringLiteral("arrows move \u00b7 Space select \u00b7 Shift+drag lasso \u00b7 wheel zoom \u00b7 Enter open \u00b7 x plan"));
    frame.addView(view_id::kNodes, QStringLiteral("Nodes"), views::RailIcon::nodes, QStringLiteral("G, N"), m_nodes, QStringLiteral("j k move \u00b7 Space select \u00b7 Enter open \u00b7 x plan \u00b7 R apply order"));
    frame.addDetail(view_id::kNode, m_node, view_id::kNodes, QStringLiteral("W A S D zoom, pan \u00b7 Enter strip \u00b7 j k next node \u00b7 x plan \u00b7 Backspace back"));
    add(view_id::kOverview, m_overview);
    add(view_id::kHeatmap, m_heatmap);
    add(view_id::kNodes, m_nodes);
    add(view_id::kNode, m_node);
    setQuery(query::parse("").query, {});
}

void FleetViews::add(const QString& id, FleetView* view) {
    m_views.push_back({id, view, 0, {}});
    connect(view, &FleetView::statusChanged, this, [this, view](const QString& text) {
        const auto entry = std::ranges::find(m_views, view, &Entry::view);
        entry->status = text;
        if (&*entry == m_current) Q_EMIT statusChanged(text);
    });
}

std::vector<FleetView*> FleetViews::all() const {
    std::vector<FleetView*> views;
    for (const Entry& entry : m_views) views.push_back(entry.view);
    return views;
}

void FleetViews::setQuery(const query::QueryPtr& query, const QString& text) {
    m_query = query;
    m_queryText = text;
    ++m_queryNumber;
}

void FleetViews::feed(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    if (m_current == nullptr) return;
    if (m_current->query != m_queryNumber) {
        m_current->query = m_queryNumber;
        m_current->view->setQuery(m_query, m_queryText);
    }
    m_current->view->setFleet(fleet, nowWallMs);
}

void FleetViews::show(const QString& viewId, const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    const auto entry = std::ranges::find(m_views, viewId, &Entry::id);
    m_current = entry == m_views.end() ? nullptr : &*entry;
    Q_EMIT statusChanged(m_current == nullptr ? QString() : m_current->status);
    feed(fleet, nowWallMs);
}

bool FleetViews::ordered() const { return m_nodes->model().answer() && !m_nodes->model().busy(); }

bool FleetViews::hasTrend() const { return m_trends->fleet().samples().size() >= kTrendSamples; }

QString FleetViews::neighbourOf(const QString& nodeId, int step) const {
    const items::NodeTableModel& rows = m_nodes->model();
    const int row = rows.rowOf(nodeId.toStdString());
    const int next = row + step;
    return row < 0 || next < 0 || next >= rows.rowCount() ? QString() : views::toQt(rows.id(next));
}

QString FleetViews::positionOf(const QString& nodeId) const {
    const items::NodeTableModel& rows = m_nodes->model();
    const int row = rows.rowOf(nodeId.toStdString());
    return row < 0 ? QString() : QStringLiteral("node %1 of %2").arg(views::countText(row + 1), views::countText(rows.rowCount()));
}

} // namespace busbar::console
