// What the selection bar says of the marked nodes: how many, whose, how they are, and whether a plan can be made for them.
// Pure functions over snapshots, any thread.
#pragma once

#include "store/fleet_snapshot.h"

#include <QString>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace busbar::views {

struct SelectionFacts {
    std::uint32_t nodes = 0, gpus = 0;
    std::uint32_t leases = 0, tenants = 0;
    std::vector<std::string> sites;
    std::array<std::uint32_t, 5> byHealth{}; ///< by Health; nodes of sites that are not live are unknown
    std::uint32_t notFound = 0;              ///< their site has no snapshot with them now
    bool operator==(const SelectionFacts&) const = default;
};
SelectionFacts selectionFacts(const std::vector<std::string>& ids, const store::FleetSnapshot& fleet, std::int64_t nowWallMs);

/// "40 GPUs · 2 sites · 2 leases · 2 tenants · 3 degraded, 1 watch, 1 ok".
QString selectionText(const SelectionFacts& facts);

} // namespace busbar::views
