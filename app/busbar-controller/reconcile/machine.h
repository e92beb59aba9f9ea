// Is the machine that says Hello the one whose facts the books hold (lifecycle.md §6)? Another installation, a lost journal or another GPU
// in a slot are not gone over: the node is closed until somebody has it inspected. Event thread only.
#pragma once

#include "busbar-controller/core/ports.h"
#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// What of a machine was seen before is in the store under machineKey().
struct MachineChange {
    std::string why;           ///< a sentence; empty: nothing changed, or it is seen for the first time
    bool stepsUnknown = false; ///< what a step had done there is not known any more: it is not sent again
};

/// Compares with what was seen last, and remembers what is there now.
MachineChange noteMachine(Work& work, const AgentArrival& arrival);
/// Closes an open node because of it, with an alarm; return inspects the node and opens it.
void closeChanged(Work& work, const std::string& nodeId, const std::string& why);

} // namespace busbar::controller
