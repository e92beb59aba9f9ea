// The order in which a table shows nodes, and what another order would change in it. Pure values, any thread.
#pragma once

#include "store/fleet_snapshot.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace busbar::items {

/// Nodes in the order shown. RowRef::row is the node's index; both are valid with these epochs only.
struct NodeOrder {
    std::vector<store::RowRef> nodes;
    std::vector<std::uint64_t> epochs; ///< by site
};
using NodeOrderPtr = std::shared_ptr<const NodeOrder>;

std::vector<std::uint64_t> epochsOf(const store::FleetSnapshot& fleet);

/// What showing another order would do to the rows.
struct OrderChange {
    std::uint32_t moved = 0;  ///< the fewest rows that have to change their place among those that stay
    std::uint32_t left = 0;   ///< would be gone
    std::uint32_t joined = 0; ///< would be new
    bool any() const { return moved + left + joined > 0; }
    bool operator==(const OrderChange&) const = default;
};
/// Both orders have the same epochs.
OrderChange changeBetween(const NodeOrder& shown, const NodeOrder& next);

/// `shown` in the epochs of `now`: nodes are found again by their names, those that are gone are left out. `before` is a fleet with the
/// epochs of `shown`. Sites keep their places in the profile.
NodeOrder carriedOver(const NodeOrder& shown, const store::FleetSnapshot& before, const store::FleetSnapshot& now);

} // namespace busbar::items
