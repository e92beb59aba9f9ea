// Actions between store and memory. Event thread only, or before it starts.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// Ended actions kept in memory; older ones are read from the store when asked for.
inline constexpr std::size_t kEndedInMemory = 500;

/// Reads services, open actions and the newest ended ones from the store and publishes the services.
Status restoreAll(Work& work, FactsSink& facts);
/// The lease that the node's books have, and what the action that made it asked for; NotFound when there is none. Any thread.
StatusOr<VerbDetails> leaseDetails(StateStore& store, const std::string& nodeId);
/// Whole action as stored; NotFound when there is none.
StatusOr<ActionHead> loadAction(StateStore& store, const std::string& actionId);
/// Run in memory, loaded when it was not; nullptr with NotFound when there is none.
StatusOr<ActionRun*> findRun(Work& work, const std::string& actionId);
/// Fits a run that is in the map now into the rest of the state: active targets, holders, nodes that may go on.
void adoptRun(Work& work, ActionRun& run);
/// Drops the oldest ended actions over kEndedInMemory.
void trimEnded(Work& work);

} // namespace busbar::controller
