// What a proof (inspection and burn-in) leaves of its node's state when it does not come to its end (lifecycle.md §1, §5). Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// In the evidence of a proof's first step: the state in which it found the node.
Evidence stateEvidence(const Work& work, NodeState before, NodeState after);
/// It was cancelled, which is no failure: the node is to be proven, and back in triage if it came from there. "burn-in cancelled by ann".
std::string cancelProof(Work& work, const TargetRef& target);
/// Nobody will ever know how the phase would have ended: it counts as failed.
void giveUpProof(Work& work, const TargetRef& target, const std::string& why);

} // namespace busbar::controller
