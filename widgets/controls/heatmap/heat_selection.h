// The window's selection as the heatmap needs it (nodes by site instead of ids), and the lasso. GUI thread only.
#pragma once

#include "items/node_selection.h"
#include "widgets/controls/heatmap/heat_camera.h"
#include "widgets/controls/heatmap/heat_scene.h"

#include <QPolygon>

#include <cstdint>
#include <string>
#include <vector>

namespace busbar::controls {

/// Selected nodes, sorted, by site. Worked out anew only when selection or layout changed.
class HeatSelection {
public:
    /// True when it changed.
    bool update(const HeatScene& scene, const items::NodeSelection& selection);
    const std::vector<std::uint32_t>& nodes(std::uint32_t site) const { return m_nodes[site]; }
    std::uint32_t siteCount() const { return static_cast<std::uint32_t>(m_nodes.size()); }
    bool contains(std::uint32_t site, std::uint32_t node) const;

private:
    std::vector<std::vector<std::uint32_t>> m_nodes;
    std::uint64_t m_selection = 0, m_look = 0;
    bool m_known = false;
};

/// Ids of the nodes whose centre lies inside the polygon of device pixels, in physical order.
std::vector<std::string> nodesInLasso(const HeatScene& scene, const HeatCamera& camera, const QPolygon& lasso);
/// Ids of the nodes that a cell of `level` at the node stands for.
std::vector<std::string> nodesOfCell(const HeatScene& scene, HeatLevel level, std::uint32_t site, std::uint32_t node);

} // namespace busbar::controls
