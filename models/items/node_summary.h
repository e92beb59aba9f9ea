// What is said about all rows of a node table at once: the header's small charts, the marks beside the rows, GPUs, rack classes.
// Made on the query worker from immutable snapshots; pure values, any thread.
#pragma once

#include "items/node_column.h"
#include "items/node_order.h"
#include "items/node_values.h"
#include "store/fleet_snapshot.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace busbar::items {

inline constexpr std::size_t kHistogramBars = 14;
/// Shares told apart in a header; the rest is one more.
inline constexpr std::size_t kMaxShares = 4;
/// Places of the gutter beside the rows.
inline constexpr std::size_t kMarkBins = 1024;

/// A column's chart. Stale and missing values are in `unknown` and nowhere else.
struct ColumnSummary {
    std::array<std::uint32_t, kHistogramBars> bars{};
    double low = 0, high = 0; ///< of the bars' outer edges
    std::vector<std::pair<std::string, std::uint32_t>> shares; ///< biggest first; the last may be ""
    std::uint32_t distinct = 0;
    std::uint32_t unknown = 0;
};

/// The worst priority (1..3) among the rows of one place of the gutter, and the first row with it; 0 none.
struct MarkBin {
    std::uint8_t priority = 0;
    std::uint32_t row = 0;
};

/// Rack classes of a site by the rack's name; the names are the snapshot's own.
using RackClasses = std::unordered_map<std::string_view, RackClass>;

struct NodeSummary {
    std::uint64_t gpus = 0;
    std::array<ColumnSummary, kNodeColumns> columns;
    std::vector<MarkBin> marks;     ///< from the first row to the last; at most kMarkBins
    std::vector<RackClasses> racks; ///< by site
    store::FleetPtr fleet;          ///< keeps the racks' names
};
using NodeSummaryPtr = std::shared_ptr<const NodeSummary>;

/// nullptr when cancelled. Both orders have the fleet's epochs; the marks are those of `shown`, the rest is of `order`.
NodeSummaryPtr summaryOf(const store::FleetPtr& fleet, const NodeOrder& order, const NodeOrder& shown, std::int64_t nowWallMs, const std::atomic<bool>& cancel);

} // namespace busbar::items
