// Actions between store and memory. Event thread only, or before it starts.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// Reads services, open actions, the newest ended ones and those that may still go on, and the figures of all burn-ins from the store, and
/// publishes the services.
Status restoreAll(Work& work, FactsSink& facts);
/// The lease that the node's books have, and what the action that made it asked for; NotFound when there is none. Any thread.
StatusOr<VerbDetails> leaseDetails(StateStore& store, const std::string& nodeId);
/// Whole action as stored; NotFound when there is none.
StatusOr<ActionHead> loadAction(StateStore& store, const std::string& actionId);
/// Run in memory, loaded when it was not; nullptr with NotFound when there is none.
StatusOr<ActionRun*> findRun(Work& work, const std::string& actionId);
/// Fits a run that is in the map now into the rest of the state: active targets, holders, nodes that may go on.
void adoptRun(Work& work, ActionRun& run);
/// Drops the oldest ended actions over EngineOptions::endedInMemory, but those that go on when an agent is back, and whose end is not written.
void trimEnded(Work& work);

} // namespace busbar::controller
