// The part of FleetTally that reads one site. Pure functions, any thread.
#pragma once

#include "store/fleet_tally.h"

namespace busbar::store {

/// `state`: the site's state now (stateAt); a site that is not live has all its GPUs in Standing::siteUnknown, and no models or nodes.
SiteTallyPtr tallyOf(const SiteSnapshot& site, SiteState state);
/// P1 before P2, then the newest; cut to kShownUrgent.
void keepMostUrgent(std::vector<UrgentNode>& nodes);
/// In the order of time; the newest kShownHappenings.
void keepNewest(std::vector<Happening>& happenings);

} // namespace busbar::store
