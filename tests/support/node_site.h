// A small site in memory around one node's detail, through FleetStore like the real one: the node with the values of its detail, and 36
// more on the same leaf and elsewhere, some of them sick. For tests and pictures of the node view. Not thread-safe.
#pragma once

#include "domain/fleet_batch.h"
#include "store/fleet_snapshot.h"
#include "store/fleet_store.h"

#include <cstdint>
#include <memory>

namespace busbar::samples {

class NodeSite {
public:
    /// The node is the first of its site; `lease`: it holds all its GPUs and some of its neighbours (index 0: no lease).
    NodeSite(const NodeDetail& detail, const LeaseInfo& lease, std::int64_t nowMs);

    store::FleetPtr fleet();
    /// Facts of the node and its agent's last message.
    void setFacts(const NodeFacts& facts, std::int64_t lastSeenWallMs);
    void setState(store::SiteState state, const std::string& sentence) { m_store.setState(state, sentence); }
    /// A heartbeat at that time, by both clocks.
    void beat(std::int64_t nowMs);
    /// A metric of one GPU of the node.
    void setValue(Metric metric, int gpu, std::int64_t value);

private:
    void apply(WatchBatch batch);
    void addNodes(const NodeDetail& detail);
    void addFacts(const NodeDetail& detail, std::int64_t nowMs);
    void addValues(const NodeDetail& detail, const LeaseInfo& lease);

    store::FleetStore m_store;
    std::uint64_t m_revision = 0, m_sequence = 0;
    std::uint32_t m_gpus = 0;
};

} // namespace busbar::samples
