// Which metrics moved most in a stretch of time against the time before it (console.md §2.4). Pure functions.
#pragma once

#include "items/node_history.h"

#include <cstdint>
#include <vector>

namespace busbar::views {

/// Mean over all GPUs of the node that have readings.
struct MetricChange {
    Metric metric = Metric::unknown;
    double before = 0, within = 0;
    /// Change in % of the value before (of 1 where it was below); the order is by its size.
    double percent = 0;
};

/// Longest time before the stretch that is compared with.
inline constexpr std::int64_t kCompareMs = 60 * 60'000;

/// Metrics with readings in both; `reachMs`: no reading before it is looked at.
std::vector<MetricChange> changedMost(const items::NodeHistory& history, std::int64_t fromMs, std::int64_t untilMs, std::int64_t reachMs);

} // namespace busbar::views
