#include "tests/support/synthetic_fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace busbar::test {
namespace {

constexpr std::uint32_t kGpusPerNode = 8, kNodesPerRack = 4, kRacksPerRow = 12, kRowsPerHall = 10, kRacksPerLeaf = 2;
constexpr std::uint32_t kRowsPerChunk = 32'768, kNodesPerChunk = 16'384;
constexpr std::uint64_t kEpoch = 7;
constexpr std::array<const char*, 6> kModels{"NVIDIA H100 80GB HBM3", "NVIDIA H200", "NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM4-40GB", "NVIDIA L40S", "NVIDIA A40"};
constexpr std::array<int, 6> kPowerLimits{700, 700, 400, 400, 350, 300};
constexpr std::array<const char*, 8> kTenants{"acme", "brightlab", "cobalt", "deepforge", "eastwind", "fernai", "granite", "helios"};
constexpr std::array<const char*, 14> kSites{"lga1", "pdx1", "fra1", "ord1", "iad1", "sjc1", "lhr1", "osl1", "ams1", "sin1", "nrt1", "tpe1", "syd1", "gru1"};

void applyAll(store::FleetStore& shard, const std::vector<WatchBatch>& batches) {
    for (const WatchBatch& batch : batches)
        if (const Status status = shard.apply(batch); !status.ok()) throw std::runtime_error(std::string(sentenceOf(status)));
}

} // namespace

SyntheticSite::SyntheticSite(std::string site, std::uint32_t gpus, std::uint32_t seed) : m_site(std::move(site)), m_random(seed), m_strings{""} {
    for (std::uint32_t i = 1; i <= std::max(1u, gpus / 64); ++i)
        m_leases.push_back({i, fmt::format("{}-l{:05}", m_site, i), kTenants[draw(kTenants.size())], kSyntheticNowMs - 86'400'000LL * draw(60),
                            i % 9 == 0 ? 0 : kSyntheticNowMs + 3'600'000LL * (1 + draw(1500))});
    makeNodes(gpus);
}

std::uint32_t SyntheticSite::stringIndex(const std::string& text) {
    // Places come in order: what is not among the newest is new.
    const std::size_t from = m_strings.size() > 64 ? m_strings.size() - 64 : 0;
    for (std::size_t i = m_strings.size(); i > from; --i)
        if (m_strings[i - 1] == text) return static_cast<std::uint32_t>(i - 1);
    m_strings.push_back(text);
    return static_cast<std::uint32_t>(m_strings.size() - 1);
}

void SyntheticSite::makeNodes(std::uint32_t gpus) {
    std::array<std::uint32_t, kModels.size()> models{};
    for (std::size_t i = 0; i < kModels.size(); ++i) {
        m_strings.emplace_back(kModels[i]);
        models[i] = static_cast<std::uint32_t>(m_strings.size() - 1);
    }
    m_strings.emplace_back("simulated NVML 580.1");
    const auto driver = static_cast<std::uint32_t>(m_strings.size() - 1);
    m_strings.emplace_back("no NVIDIA driver: libnvidia-ml.so.1 not found");
    for (std::uint32_t node = 0; m_rows < gpus; ++node) {
        const std::uint32_t rack = node / kNodesPerRack, row = rack / kRacksPerRow, hall = row / kRowsPerHall;
        const std::string hallName = fmt::format("b{:02}", hall + 1), rackName = fmt::format("{}-{}-r{:02}", m_site, hallName, rack % (kRacksPerRow * kRowsPerHall) + 1);
        const bool empty = node % 200 == 199;
        const std::uint32_t model = (rack / 3 + (rack / 40)) % static_cast<std::uint32_t>(kModels.size());
        m_nodes.names.push_back(fmt::format("{}-{}-r{:02}-n{}", m_site, hallName, rack % (kRacksPerRow * kRowsPerHall) + 1, node % kNodesPerRack + 1));
        m_nodes.hall.push_back(stringIndex(hallName));
        m_nodes.row.push_back(stringIndex(fmt::format("row {}", static_cast<char>('a' + row % kRowsPerHall))));
        m_nodes.rack.push_back(stringIndex(rackName));
        m_nodes.leaf.push_back(stringIndex(fmt::format("{}-{}-lf{}", m_site, hallName, rack % (kRacksPerRow * kRowsPerHall) / kRacksPerLeaf + 1)));
        m_nodes.pdu.push_back(stringIndex(fmt::format("{}-pdu{}", rackName, node % 2 + 1)));
        m_nodes.model.push_back(empty ? 0 : models[model]);
        m_nodes.driver.push_back(empty ? driver + 1 : driver);
        m_nodes.unit.push_back(static_cast<std::uint8_t>(4 + 8 * (node % kNodesPerRack)));
        m_nodes.gpuCount.push_back(empty ? std::uint8_t{0} : static_cast<std::uint8_t>(kGpusPerNode));
        m_nodes.source.push_back(static_cast<std::uint8_t>(node % 50 == 0 ? Source::live : node % 3 == 0 ? Source::replayed : Source::simulated));
        const std::uint32_t dice = draw(1000);
        NodeFacts facts{NodeState::ready, Service::open, Occupancy::free, Health::ok, Link::connected};
        if (dice < 8) facts.link = Link::lost, facts.health = Health::unknown;
        else if (dice < 12) facts.link = Link::late, facts.health = Health::unknown;
        else if (dice < 22) facts.health = Health::degraded;
        else if (dice < 27) facts.health = Health::failed, facts.state = NodeState::triage, facts.service = Service::closed;
        else if (dice < 45) facts.health = Health::watch;
        else if (dice < 55) facts.service = Service::draining;
        else if (dice < 65) facts.service = Service::drained;
        if (empty) facts.health = Health::unknown;
        if (!empty) makeGpus(node, facts, model);
        if (!empty && m_gpus.back().occupancy != 0) facts.occupancy = static_cast<Occupancy>(m_gpus.back().occupancy);
        m_facts.push_back(facts);
    }
}

void SyntheticSite::makeGpus(std::uint32_t node, const NodeFacts& facts, std::uint32_t modelIndex) {
    const std::uint32_t use = draw(100);
    const auto occupancy = use < 78 ? Occupancy::leased : use < 84 ? Occupancy::reserved : Occupancy::free;
    const std::uint32_t lease = occupancy == Occupancy::leased ? 1 + (node * kGpusPerNode / 64) % static_cast<std::uint32_t>(m_leases.size()) : 0;
    const std::uint32_t busy = occupancy == Occupancy::leased ? 40 + draw(60) : 0;
    const std::uint32_t sick = draw(kGpusPerNode);
    for (std::uint32_t gpu = 0; gpu < kGpusPerNode; ++gpu, ++m_rows) {
        GpuNow now{};
        now.a40 = modelIndex >= 4;
        now.util = static_cast<std::uint8_t>(busy == 0 ? 0 : std::min<std::uint32_t>(100, busy + draw(12)));
        now.sm = static_cast<std::uint8_t>(now.util * 4 / 5);
        now.mem = static_cast<std::uint8_t>(busy == 0 ? 1 : 30 + draw(65));
        now.temp = static_cast<std::uint8_t>(31 + now.util / 3 + draw(9));
        now.memTemp = static_cast<std::uint8_t>(now.temp + 8);
        now.power = static_cast<std::uint16_t>(70 + kPowerLimits[modelIndex] * now.util / 115);
        now.clock = static_cast<std::uint16_t>(now.util == 0 ? 345 : 1755);
        now.health = static_cast<std::uint8_t>(facts.health >= Health::watch && gpu != sick ? Health::ok : facts.health);
        now.occupancy = static_cast<std::uint8_t>(occupancy);
        now.lease = lease;
        now.xid = static_cast<std::uint16_t>(facts.health == Health::failed && gpu == sick ? 79 : facts.health == Health::degraded && gpu == sick ? 48 : 0);
        m_gpus.push_back(now);
    }
}

std::int64_t SyntheticSite::valueOf(Metric metric, std::uint32_t row) const {
    const GpuNow& gpu = m_gpus[row];
    switch (metric) {
    case Metric::gpuUtil: return row % 997 == 0 ? kNotRead : gpu.util;
    case Metric::smActive: return gpu.a40 ? kNotSupported : gpu.sm;
    case Metric::memUsedPercent: return gpu.mem;
    case Metric::temperature: return gpu.temp;
    case Metric::memTemperature: return gpu.a40 ? kNotSupported : gpu.memTemp;
    case Metric::power: return row % 1009 == 0 ? kNotRead : gpu.power;
    case Metric::smClock: return gpu.clock;
    case Metric::health: return gpu.health;
    case Metric::occupancy: return gpu.occupancy;
    case Metric::lease: return gpu.lease;
    case Metric::lastXid: return gpu.xid;
    default: return kNotRead;
    }
}

WatchBatch SyntheticSite::batchOf(WatchBatch::Kind kind) const {
    WatchBatch batch;
    batch.kind = kind;
    batch.epoch = kEpoch;
    batch.revision = m_revision;
    return batch;
}

std::vector<WatchBatch> SyntheticSite::snapshotBatches() const {
    using Kind = WatchBatch::Kind;
    std::vector<WatchBatch> batches{batchOf(Kind::snapshotBegin)};
    batches.back().nodeTotal = nodeCount();
    batches.back().rowTotal = m_rows;
    for (std::uint32_t first = 0; first < nodeCount(); first += kNodesPerChunk) {
        const auto cut = [&](const auto& column) {
            return std::remove_cvref_t<decltype(column)>(column.begin() + first, column.begin() + std::min(nodeCount(), first + kNodesPerChunk));
        };
        NodeBatch& to = batches.emplace_back(batchOf(Kind::nodes)).nodes;
        to = {first, cut(m_nodes.names), cut(m_nodes.hall), cut(m_nodes.row), cut(m_nodes.rack), cut(m_nodes.leaf), cut(m_nodes.pdu), cut(m_nodes.model),
              cut(m_nodes.driver), cut(m_nodes.unit), cut(m_nodes.gpuCount), cut(m_nodes.source), {}};
        if (first == 0) to.newStrings.assign(m_strings.begin() + 1, m_strings.end());
    }
    batches.emplace_back(batchOf(Kind::leases)).leases = m_leases;
    FactsBatch& facts = batches.emplace_back(batchOf(Kind::facts)).facts;
    for (std::uint32_t node = 0; node < nodeCount(); ++node) {
        facts.nodes.push_back(node);
        facts.facts.push_back(m_facts[node]);
        facts.lastSeenWallMs.push_back(kSyntheticNowMs - (m_facts[node].link == Link::lost ? 1'200'000 : m_facts[node].link == Link::late ? 7'000 : 400));
    }
    for (const MetricInfo& info : allMetrics()) {
        for (std::uint32_t first = 0; info.fleetColumn && first < m_rows; first += kRowsPerChunk) {
            ColumnBatch& column = batches.emplace_back(batchOf(Kind::column)).column;
            column.metric = info.metric;
            column.observedWallMs = kSyntheticNowMs;
            column.firstRow = first;
            for (std::uint32_t row = first; row < std::min(m_rows, first + kRowsPerChunk); ++row) column.values.push_back(valueOf(info.metric, row));
        }
    }
    std::uint64_t id = 0;
    for (std::uint32_t node = 0; node < nodeCount() && id < 40; ++node) {
        if (m_facts[node].health != Health::failed && m_facts[node].link != Link::lost) continue;
        FleetEvent& event = batches.emplace_back(batchOf(Kind::event)).event;
        event.id = ++id;
        event.wallMs = kSyntheticNowMs - 3'600'000 + static_cast<std::int64_t>(id) * 60'000;
        event.nodeId = m_site + "/" + m_nodes.names[node];
        const bool lost = m_facts[node].link == Link::lost;
        event.kind = lost ? EventKind::link : EventKind::xid;
        event.severity = lost ? 2 : 3;
        event.gpu = lost ? -1 : 0;
        event.xid = lost ? 0 : 79;
        event.text = lost ? "agent lost" : "XID 79: GPU has fallen off the bus";
    }
    batches.push_back(batchOf(Kind::snapshotEnd));
    batches.push_back(batchOf(Kind::heartbeat));
    batches.back().heartbeat = {kSyntheticNowMs, kEpoch, m_revision};
    return batches;
}

std::vector<WatchBatch> SyntheticSite::tick(double share) {
    ++m_revision;
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < m_rows; ++row) {
        if (draw(1'000'000) >= share * 1'000'000) continue;
        GpuNow& gpu = m_gpus[row];
        rows.push_back(row);
        if (gpu.lease != 0) gpu.util = static_cast<std::uint8_t>(std::clamp<int>(gpu.util + static_cast<int>(draw(21)) - 10, 0, 100));
        gpu.power = static_cast<std::uint16_t>(std::clamp<int>(gpu.power + static_cast<int>(draw(31)) - 15, 50, 700));
        gpu.temp = static_cast<std::uint8_t>(std::clamp<int>(gpu.temp + static_cast<int>(draw(3)) - 1, 25, 95));
    }
    std::vector<WatchBatch> batches;
    for (const Metric metric : {Metric::gpuUtil, Metric::power, Metric::temperature}) {
        ColumnBatch& column = batches.emplace_back(batchOf(WatchBatch::Kind::column)).column;
        column.metric = metric;
        column.observedWallMs = kSyntheticNowMs;
        if (share > 0.3) {
            for (std::uint32_t row = 0; row < m_rows; ++row) column.values.push_back(valueOf(metric, row));
        } else {
            column.rows = rows;
            for (const std::uint32_t row : rows) column.values.push_back(valueOf(metric, row));
        }
        if (column.values.empty()) batches.pop_back();
    }
    return batches;
}

WatchBatch SyntheticSite::factsBatch(std::uint32_t node, const NodeFacts& facts) const {
    WatchBatch batch = batchOf(WatchBatch::Kind::facts);
    batch.facts = {{node}, {facts}, {kSyntheticNowMs}};
    return batch;
}

SyntheticFleet::SyntheticFleet(int sites, std::uint32_t gpusPerSite, std::uint32_t seed) : SyntheticFleet(std::vector<std::uint32_t>(static_cast<std::size_t>(sites), gpusPerSite), seed) {}

SyntheticFleet::SyntheticFleet(const std::vector<std::uint32_t>& gpusOfSites, std::uint32_t seed) {
    for (std::size_t i = 0; i < gpusOfSites.size(); ++i) {
        const std::string name = i < kSites.size() ? kSites[i] : fmt::format("dc{}", i + 1);
        SyntheticSite& site = *m_sites.emplace_back(std::make_unique<SyntheticSite>(name, gpusOfSites[i], seed + static_cast<std::uint32_t>(i)));
        store::FleetStore& shard = *m_shards.emplace_back(std::make_unique<store::FleetStore>(name));
        applyAll(shard, site.snapshotBatches());
        shard.setReceived(kSyntheticNowMs);
        shard.setState(store::SiteState::live, "");
    }
}

store::FleetPtr SyntheticFleet::snapshot() {
    auto fleet = std::make_shared<store::FleetSnapshot>();
    for (const auto& shard : m_shards) fleet->sites.push_back(shard->publish());
    fleet->sequence = ++m_sequence;
    return fleet;
}

store::FleetPtr SyntheticFleet::tick(double share) {
    for (std::size_t i = 0; i < m_sites.size(); ++i) applyAll(*m_shards[i], m_sites[i]->tick(share));
    return snapshot();
}

store::FleetPtr makeSyntheticFleet(int sites, std::uint32_t gpusPerSite, std::uint32_t seed) { return SyntheticFleet(sites, gpusPerSite, seed).snapshot(); }

} // namespace busbar::test
