#include "store/fleet_snapshot.h"

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

SiteRollup sumOf(const FleetSnapshot& fleet) {
    SiteRollup sum;
    double weighted = 0;
    for (const SitePtr& site : fleet.sites) {
        const SiteRollup& rollup = site->rollup();
        add(sum, rollup);
        weighted += rollup.utilisationOfInUse * rollup.utilisationKnown;
    }
    if (sum.utilisationKnown > 0) sum.utilisationOfInUse = weighted / sum.utilisationKnown;
    return sum;
}

} // namespace busbar::store
