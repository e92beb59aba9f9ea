// The site-wide breaker (lifecycle.md §2.4, after NVSentinel): when more than half of the site's nodes would have been closed within 5 min
// and not opened again (a rolling reboot takes no capacity for long), every closing action is paused and no new one is taken, until a person
// resumes or cancels them. It stands as long as an action is paused by it, so it survives a restart with them. Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// What pausedWhy of an action paused by it begins with.
inline constexpr const char* kSiteBreaker = "site breaker: ";

bool isPausedBySite(const Action& action);
/// Why no closing action may be submitted now; OK when one may.
Status closingAllowed(const Work& work);
/// Whether one more node may be closed. When not, the breaker trips: all closing actions with nodes to come are paused.
bool mayClose(Work& work, const std::string& nodeId);
/// Adds the site's counts and limit to those of an action that closes whole nodes. `siteClosed` is as of the last tellSiteBreaker.
void countSite(const Work& work, const ActionRun& run, BreakerCounts& counts);
/// Each tick: forgets closes that are too long ago, and has the actions that may still close nodes told anew when the count is another.
void tellSiteBreaker(Work& work);
/// A person lets the site go on: everything that the breaker paused is resumed, and nodes closed until now no longer count.
void resumeSite(Work& work, const std::string& actor);
/// Counts the closes of the last minutes again after a restart.
Status restoreSiteBreaker(Work& work);

} // namespace busbar::controller
