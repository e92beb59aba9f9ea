// What a person decides about an action that waits: approve, pause, resume (lifecycle.md §2.3, §2.4). Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// The submitter may not approve; FailedPrecondition when nobody is asked.
Status approveAction(Work& work, ActionRun& run, const DecideRequest& request);
/// No further target starts.
Status pauseAction(Work& work, ActionRun& run, const DecideRequest& request);
/// Goes on, also past a breaker: the failures so far do not trip it again. With a decision about a deadline that asks: that one is made, and
/// refused where nobody is asked, an agent on the way does not let itself be forced, or who submitted it would alone force a lease.
Status resumeAction(Work& work, ActionRun& run, const DecideRequest& request);

} // namespace busbar::controller
