// Common-cause lens of one node: in which of its failure domains are sick nodes more frequent than in the whole site? Pure functions over
// a snapshot; any thread.
#pragma once

#include "store/fleet_snapshot.h"

#include <cstdint>
#include <string>
#include <vector>

namespace busbar::views {

/// Nodes that share something with the node. Sick: health degraded or failed, or the agent lost.
struct NeighbourDomain {
    std::string kind; ///< "leaf", "rack", "row", "PDU", "model", "driver"
    std::string name;
    std::uint32_t nodes = 0, sick = 0;
    /// How many times more frequent sick nodes are here than at the site; 0 when none is sick.
    double lift = 0;
};

struct Neighbours {
    std::uint32_t known = 0; ///< nodes of the site whose health is known or whose agent is lost
    std::uint32_t sick = 0;
    std::vector<NeighbourDomain> domains; ///< highest lift first; those whose name is unknown are left out
    std::uint32_t rackNodes = 0, rackHealthy = 0; ///< rack class: nodes of the rack, and those connected with health ok or watch
};

/// GPU slots of the other nodes on the node's leaf (of its rack, where the leaf is not known), at most kNearRows of them.
inline constexpr std::size_t kNearRows = 512;
std::vector<std::uint32_t> rowsNear(const store::SiteSnapshot& site, std::uint32_t node);

Neighbours neighboursOf(const store::SiteSnapshot& site, std::uint32_t node);

} // namespace busbar::views
