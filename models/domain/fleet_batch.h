// What Fleet.Watch carries, as move-only-by-habit values between wire and store: identity once, metrics as columns.
//
// Rows: a site's GPU slots are numbered 0..n-1 in node order: node k has rows [firstRow, firstRow + gpuCount). Nodes are only
// appended within an epoch; whatever else changes identity (a node with other GPUs) starts a new epoch and a new snapshot.
// Dictionaries only grow within an epoch. Pure values; no thread of their own.
#pragma once

#include "domain/facts.h"
#include "domain/metric.h"
#include "domain/node.h"

#include <cstdint>
#include <string>
#include <vector>

namespace busbar {

/// Nodes [first, first + names.size()) of a site. All vectors have the same length. Indices point into `dictionary`
/// of the site (0 = empty string).
struct NodeBatch {
    std::uint32_t first = 0;
    std::vector<std::string> names;  ///< without the site
    std::vector<std::uint32_t> hall, row, rack, leaf, pdu, model, driver;
    std::vector<std::uint8_t> unit, gpuCount, source;
    /// Strings added to the site's dictionary before these nodes; the dictionary starts with "".
    std::vector<std::string> newStrings;
};

/// Facts of some nodes. All vectors have the same length.
struct FactsBatch {
    std::vector<std::uint32_t> nodes;
    std::vector<NodeFacts> facts;
    std::vector<std::int64_t> lastSeenWallMs; ///< agent's last message, controller's clock
};

/// One metric over a run of rows (`rows` empty: [firstRow, firstRow + values.size())) or over listed rows.
struct ColumnBatch {
    Metric metric = Metric::unknown;
    std::int64_t observedWallMs = 0;
    std::uint32_t firstRow = 0;
    std::vector<std::uint32_t> rows;
    std::vector<std::int64_t> values; ///< or kNotSupported / kNotRead
};

struct Heartbeat {
    std::int64_t controllerWallMs = 0;
    std::uint64_t epoch = 0, revision = 0;
};

/// Anything a Watch stream says, in order.
struct WatchBatch {
    enum class Kind : std::uint8_t { unknown, snapshotBegin, nodes, facts, column, leases, snapshotEnd, heartbeat, event };
    Kind kind = Kind::unknown;
    std::uint64_t epoch = 0, revision = 0;
    std::uint32_t nodeTotal = 0, rowTotal = 0; ///< at snapshotBegin
    NodeBatch nodes;
    FactsBatch facts;
    ColumnBatch column;
    std::vector<LeaseInfo> leases;
    Heartbeat heartbeat;
    FleetEvent event;
};

/// What a console wants.
struct WatchInterest {
    std::vector<Metric> columns;            ///< whole-fleet columns; empty = all fleet columns
    int periodMs = 1000;                    ///< of whole-fleet columns, 100..60000
    std::vector<std::string> watchedNodes;  ///< ids at 10 Hz, at most 64
    std::uint64_t resumeEpoch = 0, resumeRevision = 0;
};

/// All about one node (Fleet.Describe).
struct GpuDetail {
    GpuIdentity identity;
    struct Value {
        Metric metric = Metric::unknown;
        std::int64_t value = kNotRead;
        std::int64_t ageMs = -1;
        std::string missing; ///< reason when value < 0
    };
    std::vector<Value> metrics;
    std::string lease, tenant;
    Service service = Service::unknown; ///< its own, where it was closed apart from its node; unknown: not told
    std::string serviceWhy;
};
struct FactChange {
    std::string fact, from, to, why, who;
    std::int64_t wallMs = 0;
};
struct NodeDetail {
    std::string id;
    Place place;
    NodeFacts facts;
    Source source = Source::unknown;
    Inventory inventory;
    AgentPolicy policy;
    std::string agentVersion, instanceId;
    std::int64_t lastSeenWallMs = 0, asOfWallMs = 0;
    std::vector<GpuDetail> gpus;
    std::vector<Process> processes;
    std::int64_t processesWallMs = 0;
    HostSample host;
    std::vector<Finding> findings;
    std::vector<FleetEvent> events;      ///< newest last, at most 256
    std::vector<FactChange> history;     ///< newest last, at most 256
    std::vector<std::string> stuck;
    std::vector<std::string> reasons;    ///< why it is not ready/open/ok
};

/// min/avg/max of a metric in steps (Fleet.History); values < 0 are gaps.
struct HistorySeries {
    std::string nodeId;
    int gpu = 0;
    Metric metric = Metric::unknown;
    std::int64_t startWallMs = 0, stepMs = 1000;
    std::vector<std::int64_t> min, avg, max;
};

} // namespace busbar
