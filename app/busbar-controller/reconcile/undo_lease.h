// The way back of a lease that did not come to its end, and where its GPUs stand then. Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// The lease that an action makes, or of a swap the one that its leaving node is in, as the books have it.
LeaseInfo leaseOf(const Work& work, const Action& action);
/// The lease's target stops before it is leased: what the tenant was granted is taken back first, then the target ends as `how` with the
/// sentence. `dirty`: its memory failed the scrub, so that nobody gets it before repair.
void undoLease(Work& work, const TargetRef& target, StepState how, const std::string& sentence, bool dirty = false);
/// A target that was never started gives its reserved GPUs back.
void giveUpReserved(Work& work, const TargetRef& target, const std::string& why);
/// True while the target takes back what it had granted.
bool isUndoing(const TargetRecord& target);
/// The last step of the way back ended: the target ends.
void endUndoneLease(Work& work, const TargetRef& target);

} // namespace busbar::controller
