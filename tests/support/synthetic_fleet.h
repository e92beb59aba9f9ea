// A made-up fleet for tests, benchmarks and pictures of widgets without a controller. It comes through FleetStore::apply like the real
// one, is the same for the same seed, and has what views must show: all models, leases, sick, late and lost nodes, draining ones,
// values that are not supported or not read, nodes without GPUs, events. Times hang on kSyntheticNowMs, not on the clock.
// Not thread-safe.
#pragma once

#include "domain/fleet_batch.h"
#include "store/fleet_snapshot.h"
#include "store/fleet_store.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace busbar::test {

/// 2026-11-23 14:32:07 UTC, the moment of the mock-ups.
inline constexpr std::int64_t kSyntheticNowMs = 1'795'444'327'000;

class SyntheticSite {
public:
    /// `gpus` is rounded up to whole nodes of 8; one node in 200 has none.
    SyntheticSite(std::string site, std::uint32_t gpus, std::uint32_t seed);

    /// The whole site as a stream says it: begin, nodes, leases, facts, columns, events, end, heartbeat.
    std::vector<WatchBatch> snapshotBatches() const;
    /// Changes about `share` of the GPUs' utilisation, power and temperature; columns by run when `share` is over 0.3, else by row.
    std::vector<WatchBatch> tick(double share);
    /// Facts of one node, to be applied.
    WatchBatch factsBatch(std::uint32_t node, const NodeFacts& facts) const;

    const std::string& site() const { return m_site; }
    std::uint32_t nodeCount() const { return static_cast<std::uint32_t>(m_nodes.names.size()); }
    std::uint32_t rowCount() const { return m_rows; }
    const std::vector<NodeFacts>& facts() const { return m_facts; }

private:
    struct GpuNow { std::uint8_t util, sm, mem, temp, memTemp, health, occupancy; std::uint16_t power, clock, xid; std::uint32_t lease; bool a40; };
    void makeNodes(std::uint32_t gpus);
    void makeGpus(std::uint32_t node, const NodeFacts& facts, std::uint32_t modelIndex);
    std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(m_random()) % below; }
    std::uint32_t stringIndex(const std::string& text);
    std::int64_t valueOf(Metric metric, std::uint32_t row) const;
    WatchBatch batchOf(WatchBatch::Kind kind) const;

    std::string m_site;
    std::mt19937 m_random;
    std::vector<std::string> m_strings;
    NodeBatch m_nodes;
    std::vector<NodeFacts> m_facts;
    std::vector<LeaseInfo> m_leases;
    std::vector<GpuNow> m_gpus;
    std::uint32_t m_rows = 0;
    std::uint64_t m_revision = 1;
};

/// Several sites with their shards.
class SyntheticFleet {
public:
    SyntheticFleet(int sites, std::uint32_t gpusPerSite, std::uint32_t seed);
    /// A site of each size.
    SyntheticFleet(const std::vector<std::uint32_t>& gpusOfSites, std::uint32_t seed);
    /// Snapshot of all sites as they are now.
    store::FleetPtr snapshot();
    /// One round of changes at every site, then the snapshot.
    store::FleetPtr tick(double share);
    SyntheticSite& site(std::size_t index) { return *m_sites[index]; }
    store::FleetStore& shard(std::size_t index) { return *m_shards[index]; }

private:
    std::vector<std::unique_ptr<SyntheticSite>> m_sites;
    std::vector<std::unique_ptr<store::FleetStore>> m_shards;
    std::uint64_t m_sequence = 0;
};

store::FleetPtr makeSyntheticFleet(int sites, std::uint32_t gpusPerSite, std::uint32_t seed);

} // namespace busbar::test
