// Agents come and go (lifecycle.md §3, sick or lost node). Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// A session stands. The open command of the node's target is resolved by the agent's journal, or sent (again) under its id; a target
/// that became unknown goes on. A node met for the first time opens in the books; an open one that comes with another boot id
/// or as another machine (machine.h) closes.
void agentConnected(Work& work, const AgentArrival& arrival);
void agentLost(Work& work, const std::string& nodeId);
void agentProgress(Work& work, const std::string& nodeId, const StepProgress& progress);
void agentReport(Work& work, const std::string& nodeId, const StepReport& report);

} // namespace busbar::controller
