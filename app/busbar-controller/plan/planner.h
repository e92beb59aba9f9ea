// Makes plans: resolves targets once, judges each, counts the blast radius (lifecycle.md §2.1). Read only; runs on the caller's thread.
#pragma once

#include "busbar-controller/core/ports.h"

#include <functional>

namespace busbar::controller {

struct PlanInput {
    const FleetView& fleet;
    /// Id of the action that holds a node, "" for none.
    std::function<std::string(const std::string& nodeId)> holderOf;
    std::string site;
    std::uint64_t revision = 0;
    std::int64_t nowWallMs = 0, validMs = 600'000;
    std::size_t approvalNodes = 32;
    /// Lease, tenant, end and settings of the lease that a node is under; NotFound when its books have none.
    std::function<StatusOr<VerbDetails>(const std::string& nodeId)> leaseOf;
};

/// Longest deadline accepted: 30 days, the wire's own limit.
inline constexpr std::int64_t kMaxDeadlineMs = std::int64_t{30} * 86'400'000;

/// InvalidArgument for a request that makes no sense; NotFound naming all unknown ids (nothing of the plan is made then).
StatusOr<Plan> makePlan(const PlanRequest& request, const PlanInput& input);

/// The request that undoes a finished action: its inverse verb over the targets it changed. FailedPrecondition says why there is none.
StatusOr<PlanRequest> undoRequestOf(const Action& action);

} // namespace busbar::controller
