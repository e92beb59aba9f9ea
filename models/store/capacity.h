// What a GPU stands for: the exclusive parts of the capacity bar, and the one reason why a GPU earns nothing. Each GPU is in exactly one
// part and has exactly one standing, by the same rules as SiteRollup, so that parts and standings sum to `installed`. Pure functions.
#pragma once

#include "domain/facts.h"
#include "store/fleet_snapshot.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace busbar::store {

/// In the order of the bar. `scrubbing`: healthy, neither held nor free (being scrubbed, or its occupancy is unknown).
enum class CapacityPart : std::uint8_t { busy, idle, reserved, free, closed, scrubbing, notHealthy, unknown, count_ };
inline constexpr std::size_t kCapacityParts = static_cast<std::size_t>(CapacityPart::count_);

/// Sums to `rollup.installed`.
std::array<std::uint32_t, kCapacityParts> partsOf(const SiteRollup& rollup);
/// "busy", "in use, idle" …
std::string_view toString(CapacityPart part);

/// The first three earn, or are there to earn; all others are reasons why a GPU does not, the first that holds from the site inwards.
enum class Standing : std::uint8_t {
    inUse, reserved, free,
    siteUnknown, nodeLost, nodeLate, linkUnknown, healthUnknown, triage, failed, degraded,
    bringUp, bringUpFailed, draining, drained, drainFailed, closed, opening, serviceUnknown, scrubbing, scrubFailed, occupancyUnknown,
    count_
};
inline constexpr std::size_t kStandings = static_cast<std::size_t>(Standing::count_);

/// Of a GPU of a live site.
Standing standingOf(const NodeFacts& node, Health gpu, Occupancy occupancy);
constexpr bool isReason(Standing standing) { return standing > Standing::free; }
/// Words for people: "node lost", "draining" …
std::string_view toString(Standing standing);
/// Query of the nodes with a GPU in this standing ("link:lost"); a few more where facts of a node overlap (draining while in bring-up).
std::string_view queryOf(Standing standing);

} // namespace busbar::store
