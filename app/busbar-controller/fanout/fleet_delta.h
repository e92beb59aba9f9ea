// What a watcher at some revision has missed, copied out of the fleet's state: whole for a snapshot, else only what changed. Columns
// are copied as raw wire bytes: as a run where most rows changed, else with the list of rows. Pure functions on a locked state.
#pragma once

#include "busbar-controller/ingest/fleet_state.h"
#include "domain/fleet_batch.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace busbar::controller {

/// Rows and nodes of one message.
inline constexpr std::uint32_t kRowsPerChunk = 32'768;
inline constexpr std::uint32_t kNodesPerChunk = 16'384;
/// Newest events that a snapshot brings.
inline constexpr std::size_t kSnapshotEvents = 256;

struct ColumnDelta {
    Metric metric = Metric::unknown;
    std::uint32_t firstRow = 0;
    std::vector<std::uint32_t> rows; ///< empty: a run from firstRow
    std::string values;              ///< little-endian, of the metric's width
};

struct FleetDelta {
    std::string site;
    std::uint64_t epoch = 0, revision = 0;
    bool snapshot = false;
    std::uint32_t nodeTotal = 0, rowTotal = 0;
    std::int64_t wallMs = 0;   ///< controller's clock, for the heartbeat
    bool heartbeat = true;
    std::vector<NodeBatch> nodes;
    std::vector<LeaseInfo> leases;
    std::vector<FactsBatch> facts;
    std::vector<ColumnDelta> columns;
    std::vector<FleetEvent> events;
};

/// All that changed after revision `since` in these columns; `snapshot`: everything.
FleetDelta collectFleet(const FleetState& state, std::span<const Metric> columns, std::uint64_t since, bool snapshot);

/// Every metric of these nodes that changed after `since`, each as one run over the node's rows.
FleetDelta collectNodes(const FleetState& state, std::span<const std::uint32_t> nodes, std::uint64_t since);

} // namespace busbar::controller
