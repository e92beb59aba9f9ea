// Sums of a site, kept by differences: each chunk of rows has its own sums, and only chunks that changed are summed again.
// Used by the shard's writer thread only.
#pragma once

#include "domain/facts.h"
#include "store/facts_table.h"
#include "store/fleet_snapshot.h"
#include "store/metric_columns.h"
#include "store/site_identity.h"

#include <cstdint>
#include <span>
#include <vector>

namespace busbar::store {

/// Sums of some GPUs, as whole numbers, so that adding and taking away leave nothing behind.
struct GpuSums {
    std::int64_t installed = 0, healthy = 0, reserved = 0, inUse = 0, busy = 0, free = 0, notHealthy = 0, closed = 0, unknown = 0;
    std::int64_t utilisation = 0, utilisationKnown = 0, powerW = 0, powerKnown = 0;
    void add(const GpuSums& other, std::int64_t sign);
};

/// Sums of some nodes.
struct NodeSums {
    std::int64_t notOk = 0, draining = 0, drained = 0, lost = 0, late = 0;
    std::int64_t bySource[4] = {0, 0, 0, 0};
    void add(const NodeFacts& facts, Source source, std::int64_t sign);
};

class Rollup {
public:
    /// Facts of a node change; also called with `before` unset for a new node.
    void nodeChanged(const NodeFacts* before, const NodeFacts& after, Source source);
    /// Sums these chunks again.
    void update(std::span<const std::uint32_t> chunks, const MetricColumns& columns, const SiteIdentity& identity, const FactsTable& facts);
    /// `live`: the link to the site is live; else all GPUs are unknown.
    SiteRollup result(bool live) const;

private:
    std::vector<GpuSums> m_chunks;
    GpuSums m_gpus;
    NodeSums m_nodes;
    std::int64_t m_nodeCount = 0;
};

} // namespace busbar::store
