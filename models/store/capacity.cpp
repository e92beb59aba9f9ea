#include "store/capacity.h"

#include "domain/fact_tables.h"

namespace busbar::store {
namespace {

struct StandingWords {
    std::string_view words, query;
};

// In the order of Standing. Queries match whole nodes: those with at least one GPU in the standing, and where states are mixed a few more.
constexpr std::array<StandingWords, kStandings> kStandingWords{{
    {"in use", "link:connected any(occupancy:leased,expiring health:ok,watch)"},
    {"reserved", "link:connected any(occupancy:reserved,preparing health:ok,watch)"},
    {"free", "link:connected service:open any(occupancy:free health:ok,watch)"},
    {"site not live", "stale:yes"},
    {"node lost", "link:lost"},
    {"node late", "link:late"},
    {"link unknown", "link:unknown"},
    {"health unknown", "link:connected any(health:unknown)"},
    {"triage and repair", "link:connected state:triage,repair"},
    {"failed", "link:connected any(health:failed)"},
    {"degraded", "link:connected any(health:degraded)"},
    {"bring-up", "link:connected state:planned,racked,discovered,inspecting,firmware,burn-in"},
    {"bring-up failed", "link:connected state:\"inspecting failed\",\"firmware failed\",\"burn-in failed\""},
    {"draining", "link:connected service:closing,draining any(occupancy:free health:ok,watch)"},
    {"drained", "link:connected service:drained any(occupancy:free health:ok,watch)"},
    {"drain failed", "link:connected service:drain-failed any(occupancy:free health:ok,watch)"},
    {"closed by a person", "link:connected service:closed any(occupancy:free health:ok,watch)"},
    {"opening", "link:connected service:opening any(occupancy:free health:ok,watch)"},
    {"service unknown", "link:connected service:unknown any(occupancy:free health:ok,watch)"},
    {"scrubbing", "link:connected any(occupancy:scrubbing health:ok,watch)"},
    {"scrub failed", "link:connected any(occupancy:scrub-failed health:ok,watch)"},
    {"occupancy unknown", "link:connected any(occupancy:unknown health:ok,watch)"},
}};

constexpr std::array<std::string_view, kCapacityParts> kPartWords{"busy", "in use, idle", "reserved", "free", "closed", "scrubbing", "not healthy", "unknown"};

/// Why a healthy GPU without a lease is not for sale.
Standing closedStanding(const NodeFacts& node) {
    if (isUnderRepair(node.state)) return Standing::triage;
    if (isFailedPhase(node.state)) return Standing::bringUpFailed;
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
    if (gpu == Health::degraded || gpu == Health::failed) return isUnderRepair(node.state) ? Standing::triage : gpu == Health::failed ? Standing::failed : Standing::degraded;
    if (gpu != Health::ok && gpu != Health::watch) return Standing::healthUnknown;
    return healthyStanding(node, occupancy);
}

std::string_view toString(Standing standing) { return kStandingWords[static_cast<std::size_t>(standing)].words; }
std::string_view queryOf(Standing standing) { return kStandingWords[static_cast<std::size_t>(standing)].query; }

} // namespace busbar::store
