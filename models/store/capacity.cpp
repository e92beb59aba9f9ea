#include "store/capacity.h"

namespace busbar::store {
namespace {

struct StandingWords {
    std::string_view words, query;
};

// In the order of Standing.
constexpr std::array<StandingWords, kStandings> kStandingWords{{
    {"in use", "occupancy:leased,expiring"},
    {"reserved", "occupancy:reserved,preparing"},
    {"free", "occupancy:free service:open"},
    {"site not live", "stale:yes"},
    {"node lost", "link:lost"},
    {"node late", "link:late"},
    {"link unknown", "link:unknown"},
    {"health unknown", "health:unknown link:connected"},
    {"triage and repair", "state:triage,repair"},
    {"failed", "health:failed"},
    {"degraded", "health:degraded"},
    {"bring-up", "state:racked,discovered,inspecting,firmware,burn-in"},
    {"bring-up failed", "state:\"inspecting failed\",\"firmware failed\",\"burn-in failed\""},
    {"draining", "service:closing,draining"},
    {"drained", "service:drained"},
    {"drain failed", "service:drain-failed"},
    {"closed by a person", "service:closed"},
    {"opening", "service:opening"},
    {"service unknown", "service:unknown"},
    {"scrubbing", "occupancy:scrubbing"},
    {"scrub failed", "occupancy:scrub-failed"},
    {"occupancy unknown", "occupancy:unknown"},
}};

constexpr std::array<std::string_view, kCapacityParts> kPartWords{"busy", "in use, idle", "reserved", "free", "closed", "scrubbing", "not healthy", "unknown"};

bool isTriage(NodeState state) { return state == NodeState::triage || state == NodeState::repair; }

/// Why a healthy GPU without a lease is not for sale.
Standing closedStanding(const NodeFacts& node) {
    if (isTriage(node.state)) return Standing::triage;
    if (node.state == NodeState::inspectingFailed || node.state == NodeState::firmwareFailed || node.state == NodeState::burnInFailed) return Standing::bringUpFailed;
    if (node.state >= NodeState::planned && node.state < NodeState::ready) return Standing::bringUp;
    switch (node.service) {
    case Service::open: return Standing::free;
    case Service::closing:
    case Service::draining: return Standing::draining;
    case Service::drained: return Standing::drained;
    case Service::drainFailed: return Standing::drainFailed;
    case Service::closed: return Standing::closed;
    case Service::opening: return Standing::opening;
    case Service::unknown: break;
    }
    return Standing::serviceUnknown;
}

Standing healthyStanding(const NodeFacts& node, Occupancy occupancy) {
    switch (occupancy) {
    case Occupancy::leased:
    case Occupancy::expiring: return Standing::inUse;
    case Occupancy::reserved:
    case Occupancy::preparing: return Standing::reserved;
    case Occupancy::free: return node.service == Service::open ? Standing::free : closedStanding(node);
    case Occupancy::scrubbing: return Standing::scrubbing;
    case Occupancy::scrubFailed: return Standing::scrubFailed;
    case Occupancy::unknown:
    case Occupancy::mixed: break;
    }
    return Standing::occupancyUnknown;
}

} // namespace

std::array<std::uint32_t, kCapacityParts> partsOf(const SiteRollup& rollup) {
    const std::uint32_t scrubbing = rollup.healthy - rollup.reserved - rollup.free - rollup.closed;
    return {rollup.busy, rollup.inUse - rollup.busy, rollup.reserved - rollup.inUse, rollup.free, rollup.closed, scrubbing, rollup.notHealthy, rollup.unknown};
}

std::string_view toString(CapacityPart part) { return kPartWords[static_cast<std::size_t>(part)]; }

Standing standingOf(const NodeFacts& node, Health gpu, Occupancy occupancy) {
    if (node.link == Link::lost) return Standing::nodeLost;
    if (node.link == Link::late) return Standing::nodeLate;
    if (node.link != Link::connected) return Standing::linkUnknown;
    if (gpu == Health::degraded || gpu == Health::failed) return isTriage(node.state) ? Standing::triage : gpu == Health::failed ? Standing::failed : Standing::degraded;
    if (gpu != Health::ok && gpu != Health::watch) return Standing::healthUnknown;
    return healthyStanding(node, occupancy);
}

std::string_view toString(Standing standing) { return kStandingWords[static_cast<std::size_t>(standing)].words; }
std::string_view queryOf(Standing standing) { return kStandingWords[static_cast<std::size_t>(standing)].query; }

} // namespace busbar::store
