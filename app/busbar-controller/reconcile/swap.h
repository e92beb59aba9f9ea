// How the two targets of a swap depend on each other (lifecycle.md §4): the node that comes is leased as any other, and only when it is open the failing
// one leaves the lease and is released, into triage. Whatever keeps the first from coming leaves the lease as it was. Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"
#include "domain/lifecycle.h"

namespace busbar::controller {

/// False for a target of a swap that has to wait for the other one; true for those of other verbs.
bool isItsTurn(Work& work, const TargetRef& target);
/// True for a swap whose first target has begun: its second one is no longer one that may start later or not at all.
bool isUnderWay(const Action& action);
/// The other one is open, so the failing node leaves whatever is decided meanwhile: a lease would keep both otherwise.
bool mustStillLeave(const Action& action);
/// Ends the target of a swap that waits for one that will not come, or not leave.
void settleSwap(Work& work, ActionRun& run);
/// The books give the node that comes what the failing one's lease is now (it may have been extended); false where that lease is no longer active.
bool takeOverLease(Work& work, const TargetRef& target, StepRecord& step);
/// The failing node is in no lease from here on; it stays held by nobody until it is clean.
void leaveLease(Work& work, const TargetRef& target, StepRecord& step);

} // namespace busbar::controller
