// Nodes that do not go back into use when their lease ends (lifecycle.md §4): reported as faulty by their tenant, or swapped. Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// Why the target's node goes to triage with its release: the tenant's words, or the swap's reason; "" when it does not.
std::string faultOf(const TargetRef& target);
/// True for a node that is in triage or under repair.
bool isInTriage(const Work& work, const std::string& nodeId);
/// Moves the node's state to triage and tells it, where the target's node is faulty and not there yet.
void sendToTriage(Work& work, const TargetRef& target);

} // namespace busbar::controller
