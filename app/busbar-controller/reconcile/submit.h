// From a plan to a journaled action (design.md §8, Submit). Event thread only.
#pragma once

#include "busbar-controller/plan/plan_cache.h"
#include "busbar-controller/plan/planner.h"
#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// The new action, or the one an earlier submit with the same key and body made. The action is in the store when this answers.
StatusOr<ActionRun*> submitAction(Work& work, PlanCache& plans, const SubmitRequest& request);

/// Every mutation says why (lifecycle.md §2): InvalidArgument "`what` has no reason: …", or for one that is too long.
Status checkReason(const char* what, const std::string& reason);

/// The action that a submit made whose key's value that is (idempotencyKeyPath).
std::string actionIdIn(const Entry& submitted, const std::string& site);
/// NotFound with the way out.
Status planIsGone(const std::string& planId, const EngineOptions& options);

/// What plans are made from. Any thread; the parts outlive it.
PlanInput planInputOf(const FleetView& fleet, const Holders& holders, StateStore& store, const EngineOptions& options, std::int64_t nowWallMs);
/// A plan as it would be made now.
StatusOr<Plan> planRequest(Work& work, const PlanRequest& request);

inline constexpr std::int64_t kIdempotencyMs = std::int64_t{7} * 86'400'000;
inline constexpr std::size_t kMaxIdempotencyKey = 128;

} // namespace busbar::controller
