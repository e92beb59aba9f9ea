// Which node comes in place of a lease's failing one, and what a swap does to both (lifecycle.md §4). Pure, thread-safe.
//
// Equal is a node with as many GPUs of the same models from the same source. Where none is named, the healthy free one is taken that has most of the
// lease's other nodes on its leaf, then in its rail group, then in its rack, then the first by name.
#pragma once

#include "busbar-controller/plan/eligibility.h"
#include "busbar-controller/plan/planner.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace busbar::controller {

struct SwapPlan {
    std::optional<std::size_t> replacement; ///< place in the fleet; none is free, or the failing node cannot be swapped
    Eligibility comes;                      ///< of the replacement
    Eligibility leaves;                     ///< of the failing node; eligible only together with the replacement
};

/// `failing`: place in `fleet`. Puts what the lease is and who comes into the request's details, so that the same request makes the same plan again.
/// NotFound, InvalidArgument for a named replacement that is not a node of this site.
StatusOr<SwapPlan> planSwap(PlanRequest& request, const std::vector<NodeStatus>& fleet, std::size_t failing, const PlanInput& input);

} // namespace busbar::controller
