#include "store/fleet_snapshot.h"

#include <algorithm>

namespace busbar::store {
namespace {

void add(SiteRollup& to, const SiteRollup& from) {
    for (const auto member : {&SiteRollup::nodes, &SiteRollup::installed, &SiteRollup::healthy, &SiteRollup::reserved, &SiteRollup::inUse, &SiteRollup::busy, &SiteRollup::free,
                              &SiteRollup::notHealthy, &SiteRollup::closed, &SiteRollup::unknown, &SiteRollup::nodesNotOk, &SiteRollup::nodesDraining, &SiteRollup::nodesDrained,
                              &SiteRollup::nodesLost, &SiteRollup::nodesLate, &SiteRollup::live, &SiteRollup::replayed, &SiteRollup::simulated, &SiteRollup::utilisationKnown,
                              &SiteRollup::powerUnknown})
        to.*member += from.*member;
    if (from.powerKw >= 0) to.powerKw = (to.powerKw < 0 ? 0 : to.powerKw) + from.powerKw;
}

void addWeighted(SiteRollup& to, double& weighted, const SiteRollup& from) {
    add(to, from);
    weighted += from.utilisationOfInUse * from.utilisationKnown;
}

} // namespace

std::string_view toString(SiteState state) {
    switch (state) {
    case SiteState::connecting: return "connecting";
    case SiteState::loading: return "loading";
    case SiteState::live: return "live";
    case SiteState::stale: return "stale";
    case SiteState::lost: return "lost";
    case SiteState::refused: return "refused";
    }
    return "connecting";
}

std::int64_t ageAt(const SiteSnapshot& site, std::int64_t nowWallMs) {
    return site.receivedWallMs() > 0 ? std::max<std::int64_t>(0, nowWallMs - site.receivedWallMs()) : -1;
}

SiteState stateAt(const SiteSnapshot& site, std::int64_t nowWallMs) {
    const std::int64_t age = ageAt(site, nowWallMs);
    SiteState state = site.state();
    // The session marks a silent site too; the clock here makes sure that no old picture is ever shown as live.
    if (state == SiteState::live && age >= kSiteStaleAfterMs) state = SiteState::stale;
    if (state == SiteState::stale && age >= kSiteLostAfterMs) state = SiteState::lost;
    return state;
}

SiteRollup rollupAt(const SiteSnapshot& site, std::int64_t nowWallMs) {
    const SiteRollup& known = site.rollup();
    if (stateAt(site, nowWallMs) == SiteState::live) return known;
    return {.nodes = known.nodes, .installed = known.installed, .unknown = known.installed, .live = known.live, .replayed = known.replayed, .simulated = known.simulated, .powerUnknown = known.installed};
}

SiteRollup sumOf(const FleetSnapshot& fleet) {
    SiteRollup sum;
    double weighted = 0;
    for (const SitePtr& site : fleet.sites) addWeighted(sum, weighted, site->rollup());
    if (sum.utilisationKnown > 0) sum.utilisationOfInUse = weighted / sum.utilisationKnown;
    return sum;
}

SiteRollup sumAt(const FleetSnapshot& fleet, std::int64_t nowWallMs) {
    SiteRollup sum;
    double weighted = 0;
    for (const SitePtr& site : fleet.sites) addWeighted(sum, weighted, rollupAt(*site, nowWallMs));
    if (sum.utilisationKnown > 0) sum.utilisationOfInUse = weighted / sum.utilisationKnown;
    return sum;
}

} // namespace busbar::store
