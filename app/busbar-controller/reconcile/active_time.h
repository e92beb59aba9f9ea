// Facts for billing (lifecycle.md §4): how long a tenant has had each node of its lease, in the lease's record, so that a restart loses nothing. What
// the provider closes does not count: the node while a drain, a reset or a reboot of it is under way or it stays closed, a GPU while it is closed
// apart from its node. By the wall clock, as the lease's own begin and end. Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// Name of the fact in the evidence of a release's close.
inline constexpr const char* kActiveFact = "GPU-seconds active";

/// Counts up to now. Called before anything of what counts changes, and startActive after it.
void stopActive(Work& work, const std::string& nodeId);
/// Counts from now on, where the tenant has the node.
void startActive(Work& work, const std::string& nodeId);

/// GPU-seconds that its tenant has had the node so far; nullopt where the node's GPUs are not known.
std::optional<std::int64_t> activeGpuSeconds(const Work& work, const std::string& nodeId);
/// The node leaves its lease for good: what it was active goes into the step's evidence and the action's log. Nothing of a node in no lease.
void tellActive(Work& work, const TargetRef& target, StepRecord& step);

} // namespace busbar::controller
