// What a plan touches, counted over the eligible targets against the whole site (lifecycle.md §2.1). Pure, thread-safe.
#pragma once

#include "busbar-controller/core/ports.h"

#include <vector>

namespace busbar::controller {

/// `eligible[i]` says whether `fleet[i]` is a target that will run. Lists are ordered by how much of them is touched, at most
/// kMaxShares entries each.
BlastRadius blastRadiusOf(const PlanRequest& request, const std::vector<NodeStatus>& fleet, const std::vector<bool>& eligible);
inline constexpr std::size_t kMaxShares = 256;

/// Why a second person has to approve, "" when not (lifecycle.md §2.3): more nodes than `limit`, a leased node by force, or a whole
/// failure domain of more than one node.
std::string approvalNeed(const PlanRequest& request, const BlastRadius& blast, std::size_t limit);

} // namespace busbar::controller
