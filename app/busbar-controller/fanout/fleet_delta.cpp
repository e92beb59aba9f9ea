#include "busbar-controller/fanout/fleet_delta.h"

#include <algorithm>
#include <cstring>

namespace busbar::controller {
namespace {

std::string textOf(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

ColumnDelta runOf(const FleetState& state, Metric metric, std::uint32_t first, std::uint32_t count) {
    return {metric, first, {}, textOf(state.metrics.bytes(metric, first, count))};
}

/// A listed row costs four bytes more than its value; a run also carries the rows that did not change.
ColumnDelta smallerOf(const FleetState& state, Metric metric, std::vector<std::uint32_t> rows) {
    const auto width = static_cast<std::size_t>(infoOf(metric).wireBytes);
    const std::uint32_t first = rows.front(), count = rows.back() - first + 1;
    if (count * width <= rows.size() * (width + sizeof(std::uint32_t))) return runOf(state, metric, first, count);
    ColumnDelta delta{metric, first, {}, std::string(rows.size() * width, '\0')};
    const std::span<const std::byte> bytes = state.metrics.bytes(metric, first, count);
    for (std::size_t i = 0; i < rows.size(); ++i) std::memcpy(delta.values.data() + i * width, bytes.data() + (rows[i] - first) * width, width);
    delta.rows = std::move(rows);
    return delta;
}

void collectColumn(const FleetState& state, Metric metric, std::uint32_t since, bool snapshot, std::vector<ColumnDelta>& out) {
    const std::uint32_t total = state.metrics.rowCount();
    for (std::uint32_t first = 0; first < total; first += kRowsPerChunk) {
        const std::uint32_t last = std::min(total, first + kRowsPerChunk);
        if (snapshot) {
            out.push_back(runOf(state, metric, first, last - first));
            continue;
        }
        std::vector<std::uint32_t> rows;
        state.metrics.changedRows(metric, since, first, last, rows);
        if (!rows.empty()) out.push_back(smallerOf(state, metric, std::move(rows)));
    }
}

template <typename Value>
std::vector<Value> slice(const std::vector<Value>& from, std::uint32_t first, std::uint32_t last) {
    return {from.begin() + first, from.begin() + last};
}

void collectNodeBatches(const FleetState& state, std::uint32_t since, bool snapshot, std::vector<NodeBatch>& out) {
    const NodeColumns& nodes = state.nodes;
    std::vector<std::string> strings = state.strings.addedSince(snapshot ? 0 : since);
    // Nodes are only appended: what came after `since` is the end of the table.
    std::uint32_t first = snapshot ? 0 : static_cast<std::uint32_t>(std::ranges::upper_bound(nodes.addedStamp, since) - nodes.addedStamp.begin());
    if (first == nodes.count() && strings.empty()) return;
    do {
        const std::uint32_t last = std::min(nodes.count(), first + kNodesPerChunk);
        NodeBatch& batch = out.emplace_back();
        batch.first = first;
        batch.names = slice(nodes.names, first, last);
        batch.hall = slice(nodes.hall, first, last);
        batch.row = slice(nodes.row, first, last);
        batch.rack = slice(nodes.rack, first, last);
        batch.leaf = slice(nodes.leaf, first, last);
        batch.pdu = slice(nodes.pdu, first, last);
        batch.model = slice(nodes.model, first, last);
        batch.driver = slice(nodes.driver, first, last);
        batch.unit = slice(nodes.unit, first, last);
        batch.gpuCount = slice(nodes.gpuCount, first, last);
        batch.source = slice(nodes.source, first, last);
        batch.newStrings = std::exchange(strings, {});
        first = last;
    } while (first < nodes.count());
}

void collectFacts(const FleetState& state, std::uint32_t since, bool snapshot, std::vector<FactsBatch>& out) {
    const NodeColumns& nodes = state.nodes;
    for (std::uint32_t node = 0; node < nodes.count(); ++node) {
        if (!snapshot && nodes.factsStamp[node] <= since) continue;
        if (out.empty() || out.back().nodes.size() == kNodesPerChunk) out.emplace_back();
        out.back().nodes.push_back(node);
        out.back().facts.push_back(nodes.facts[node]);
        out.back().lastSeenWallMs.push_back(nodes.lastSeenWallMs[node]);
    }
}

FleetDelta begin(const FleetState& state) {
    FleetDelta delta;
    delta.site = state.site;
    delta.epoch = state.epoch;
    delta.revision = state.revision;
    delta.nodeTotal = state.nodes.count();
    delta.rowTotal = state.metrics.rowCount();
    return delta;
}

} // namespace

FleetDelta collectFleet(const FleetState& state, std::span<const Metric> columns, std::uint64_t since, bool snapshot) {
    const auto stamp = snapshot ? 0 : static_cast<std::uint32_t>(since);
    FleetDelta delta = begin(state);
    delta.snapshot = snapshot;
    collectNodeBatches(state, stamp, snapshot, delta.nodes);
    delta.leases = state.leases.changedSince(stamp);
    collectFacts(state, stamp, snapshot, delta.facts);
    for (const Metric metric : columns) collectColumn(state, metric, stamp, snapshot, delta.columns);
    const std::size_t skip = snapshot && state.events.size() > kSnapshotEvents ? state.events.size() - kSnapshotEvents : 0;
    for (std::size_t i = skip; i < state.events.size(); ++i)
        if (state.events[i].stamp > stamp) delta.events.push_back(state.events[i].event);
    return delta;
}

FleetDelta collectNodes(const FleetState& state, std::span<const std::uint32_t> nodes, std::uint64_t since) {
    FleetDelta delta = begin(state);
    delta.heartbeat = false;
    const auto stamp = static_cast<std::uint32_t>(since);
    for (const std::uint32_t node : nodes) {
        const std::uint32_t first = state.nodes.firstRow[node], count = state.nodes.gpuCount[node];
        if (count == 0) continue;
        for (const MetricInfo& info : allMetrics())
            if (state.metrics.changed(info.metric, stamp, first, first + count)) delta.columns.push_back(runOf(state, info.metric, first, count));
    }
    return delta;
}

} // namespace busbar::controller
