// Hand-made plans, actions and node details for tests and the gallery of the console's views: a drain of 34 of 37 nodes at one site.
#pragma once

#include "domain/action.h"
#include "domain/fleet_batch.h"

namespace busbar::samples {

/// A drain of 37 nodes of which 3 are refused; expires 10 minutes after `nowMs`.
Plan drainPlan(std::int64_t nowMs);
/// A drain of one free node: level A.
Plan smallPlan(std::int64_t nowMs);
/// That drain running: 23 succeeded, 2 verifying, 6 waiting for processes, 1 failed, 2 not started.
Action runningDrain(std::int64_t nowMs);
/// A finished drain of two nodes with its evidence.
Action finishedDrain(std::int64_t nowMs);
/// A provision of one node whose burn-in found one GPU too slow: facts and figures for the evidence view.
Action burnInAction(std::int64_t nowMs);
/// A node with eight H200 at work, two findings, processes and a history.
NodeDetail busyNode(std::int64_t nowMs);
/// A live node without a driver.
NodeDetail driverlessNode(std::int64_t nowMs);
/// 15 minutes of utilisation and power of `detail`'s GPUs.
std::vector<HistorySeries> historyOf(const NodeDetail& detail, std::int64_t nowMs);

} // namespace busbar::samples
