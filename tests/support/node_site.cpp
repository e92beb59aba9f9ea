#include "node_site.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace busbar::samples {
namespace {

constexpr std::uint32_t kNodes = 37, kOnLeaf = 12, kSick = 5, kOnLease = 16;
constexpr std::uint8_t kGpusElsewhere = 8;

std::string siteOf(const NodeDetail& detail) { return detail.id.substr(0, detail.id.find('/')); }

std::int64_t valueOf(const NodeDetail& detail, std::size_t gpu, Metric metric) {
    for (const GpuDetail::Value& value : detail.gpus[gpu].metrics)
        if (value.metric == metric) return value.value;
    return metric == Metric::health ? static_cast<std::int64_t>(Health::ok) : kNotRead;
}

} // namespace

NodeSite::NodeSite(const NodeDetail& detail, const LeaseInfo& lease, std::int64_t nowMs)
    : m_store(siteOf(detail)), m_gpus(static_cast<std::uint32_t>(detail.gpus.size())) {
    WatchBatch begin{.kind = WatchBatch::Kind::snapshotBegin};
    begin.nodeTotal = kNodes;
    begin.rowTotal = m_gpus + (kNodes - 1) * kGpusElsewhere;
    apply(std::move(begin));
    addNodes(detail);
    if (lease.index > 0) {
        WatchBatch leases{.kind = WatchBatch::Kind::leases};
        leases.leases = {lease};
        apply(std::move(leases));
    }
    addFacts(detail, nowMs);
    addValues(detail, lease);
    apply({.kind = WatchBatch::Kind::snapshotEnd});
    setState(store::SiteState::live, "");
    beat(nowMs);
}

void NodeSite::apply(WatchBatch batch) {
    batch.epoch = 1;
    batch.revision = ++m_revision;
    if (const Status status = m_store.apply(batch); !status.ok()) throw std::logic_error(std::string(status.message()));
}

void NodeSite::addNodes(const NodeDetail& detail) {
    WatchBatch batch{.kind = WatchBatch::Kind::nodes};
    NodeBatch& nodes = batch.nodes;
    const std::string model = detail.gpus.empty() ? "" : detail.gpus.front().identity.model;
    // 1 hall, 2 row, 3 rack, 4 leaf, 5 PDU, 6 model, 7 driver; 8, 9: another rack and leaf.
    nodes.newStrings = {
        detail.place.hall, detail.place.row, detail.place.rack, detail.place.leaf, detail.place.pdu, model, detail.inventory.driver, "r30", "lf5"};
    for (std::uint32_t i = 0; i < kNodes; ++i) {
        const bool near = i < kOnLeaf, rack = i < 4;
        nodes.names.push_back(i == 0 ? detail.id.substr(detail.id.find('/') + 1) : fmt::format("n{:03}", i));
        nodes.hall.push_back(1);
        nodes.row.push_back(2);
        nodes.rack.push_back(rack ? 3 : 8);
        nodes.leaf.push_back(near ? 4 : 9);
        nodes.pdu.push_back(5);
        nodes.model.push_back(i == 0 && detail.gpus.empty() ? 0 : 6);
        nodes.driver.push_back(7);
        nodes.unit.push_back(static_cast<std::uint8_t>(i == 0 ? detail.place.unit : 8 + 6 * (i % 4)));
        nodes.gpuCount.push_back(i == 0 ? static_cast<std::uint8_t>(m_gpus) : kGpusElsewhere);
        nodes.source.push_back(static_cast<std::uint8_t>(detail.source));
    }
    apply(std::move(batch));
}

void NodeSite::addFacts(const NodeDetail& detail, std::int64_t nowMs) {
    WatchBatch batch{.kind = WatchBatch::Kind::facts};
    for (std::uint32_t i = 0; i < kNodes; ++i) {
        batch.facts.nodes.push_back(i);
        NodeFacts facts = i == 0 ? detail.facts : NodeFacts{NodeState::ready, Service::open, Occupancy::leased, Health::ok, Link::connected};
        if (i > 0 && i <= kSick) facts.health = Health::degraded;
        batch.facts.facts.push_back(facts);
        batch.facts.lastSeenWallMs.push_back(nowMs - 600);
    }
    apply(std::move(batch));
}

void NodeSite::addValues(const NodeDetail& detail, const LeaseInfo& lease) {
    for (const MetricInfo& info : allMetrics()) {
        if (!info.fleetColumn) continue;
        WatchBatch batch{.kind = WatchBatch::Kind::column};
        batch.column.metric = info.metric;
        for (std::uint32_t gpu = 0; gpu < m_gpus; ++gpu)
            batch.column.values.push_back(info.metric == Metric::lease ? lease.index : valueOf(detail, gpu, info.metric));
        for (std::uint32_t row = 0; row < (kNodes - 1) * kGpusElsewhere; ++row)
            batch.column.values.push_back(info.metric == Metric::lease    ? row / kGpusElsewhere < kOnLease - 1 ? lease.index : 0
                                          : info.metric == Metric::health ? 0
                                                                          : 60 + row * 13 % 36);
        apply(std::move(batch));
    }
}

store::FleetPtr NodeSite::fleet() {
    auto fleet = std::make_shared<store::FleetSnapshot>();
    fleet->sites.push_back(m_store.publish());
    fleet->sequence = ++m_sequence;
    return fleet;
}

void NodeSite::setFacts(const NodeFacts& facts, std::int64_t lastSeenWallMs) {
    WatchBatch batch{.kind = WatchBatch::Kind::facts};
    batch.facts = {{0}, {facts}, {lastSeenWallMs}};
    apply(std::move(batch));
}

void NodeSite::beat(std::int64_t nowMs) {
    WatchBatch batch{.kind = WatchBatch::Kind::heartbeat};
    batch.heartbeat = {nowMs, 1, m_revision + 1};
    apply(std::move(batch));
    m_store.setReceived(nowMs);
}

void NodeSite::setValue(Metric metric, int gpu, std::int64_t value) {
    WatchBatch batch{.kind = WatchBatch::Kind::column};
    batch.column.metric = metric;
    batch.column.firstRow = static_cast<std::uint32_t>(gpu);
    batch.column.values = {value};
    apply(std::move(batch));
}

} // namespace busbar::samples
