// Cancel (lifecycle.md §2.5): takes effect before the next step, or inside one that is interruptible: the report of a step that an agent has
// under way is waited for, as long as that step may take. Targets not started are left untouched; one in close or wait has its close undone and
// read back unless it is to stay closed; terminate, verify and reopen finish first; drained ones stay drained.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// Marks the action and begins to stop its targets; FailedPrecondition when it has ended.
Status cancelAction(Work& work, ActionRun& run, const CancelRequest& request);
/// Stops a target of a cancelled action that is under way: now where its step allows that, else when the step has ended.
void stopUnderWay(Work& work, const TargetRef& target);
/// True for steps after which a cancelled action's target stops; the others are the last of their verb.
bool stopsAfter(Verb verb, StepKind kind);
/// Likewise of this target, whose steps may be the way back of its lease: that goes to its end.
bool stopsHere(const TargetRef& target, StepKind kind);
/// The open step of a cancelled action's target has ended: undo its close, or leave it closed.
void stopTarget(Work& work, const TargetRef& target);

} // namespace busbar::controller
