#include "store/rollup.h"

#include "store/raw_values.h"

#include <algorithm>

namespace busbar::store {
namespace {

/// Raw columns of one chunk that count.
struct ChunkView {
    const std::uint8_t *health, *occupancy, *util, *smActive;
    const std::uint16_t* power;

    ChunkView(const MetricColumns& columns, std::uint32_t chunk)
        : health(bytes(columns, Metric::health, chunk)), occupancy(bytes(columns, Metric::occupancy, chunk)), util(bytes(columns, Metric::gpuUtil, chunk)),
          smActive(bytes(columns, Metric::smActive, chunk)), power(reinterpret_cast<const std::uint16_t*>(columns.bytes(Metric::power, chunk))) {}
    static const std::uint8_t* bytes(const MetricColumns& columns, Metric metric, std::uint32_t chunk) {
        return reinterpret_cast<const std::uint8_t*>(columns.bytes(metric, chunk));
    }
};

void addUse(GpuSums& sums, const ChunkView& view, std::uint32_t i, bool open) {
    const auto occupancy = static_cast<Occupancy>(view.occupancy[i]);
    const bool inUse = occupancy == Occupancy::leased || occupancy == Occupancy::expiring;
    const bool reserved = inUse || occupancy == Occupancy::reserved || occupancy == Occupancy::preparing;
    const bool isFree = occupancy == Occupancy::free;
    sums.reserved += reserved ? 1 : 0;
    sums.free += isFree && open ? 1 : 0;
    sums.closed += isFree && !open ? 1 : 0;
    if (!inUse) return;
    ++sums.inUse;
    const std::uint8_t raw = view.smActive[i] == kRawNotSupported<std::uint8_t> ? view.util[i] : view.smActive[i];
    const std::int64_t percent = plainOf(raw);
    if (percent < 0) return;
    sums.utilisation += percent;
    ++sums.utilisationKnown;
    sums.busy += percent >= kBusyFromPercent ? 1 : 0;
}

void addRows(GpuSums& sums, const ChunkView& view, std::uint32_t first, std::uint32_t last, const NodeFacts& facts) {
    sums.installed += last - first;
    if (facts.link != Link::connected) {
        sums.unknown += last - first;
        return;
    }
    const bool open = facts.service == Service::open;
    for (std::uint32_t i = first; i < last; ++i) {
        const std::int64_t watts = plainOf(view.power[i]);
        sums.powerW += std::max<std::int64_t>(watts, 0);
        sums.powerKnown += watts >= 0 ? 1 : 0;
        const auto health = static_cast<Health>(view.health[i]);
        if (health == Health::degraded || health == Health::failed) {
            ++sums.notHealthy;
        } else if (health == Health::ok || health == Health::watch) {
            ++sums.healthy;
            addUse(sums, view, i, open);
        } else {
            ++sums.unknown;
        }
    }
}

GpuSums sumOfChunk(std::uint32_t chunk, const MetricColumns& columns, const SiteIdentity& identity, const FactsTable& facts) {
    GpuSums sums;
    const ChunkView view(columns, chunk);
    const std::uint32_t first = chunk * kChunkRows, last = std::min(first + kChunkRows, columns.rowCount());
    for (std::uint32_t node = identity.nodeOfRow(first); node < identity.nodeCount() && identity.firstRow(node) < last; ++node) {
        const std::uint32_t nodeFirst = std::max(first, identity.firstRow(node));
        const std::uint32_t nodeLast = std::min(last, identity.firstRow(node) + static_cast<std::uint32_t>(identity.gpuCount(node)));
        if (nodeFirst < nodeLast) addRows(sums, view, nodeFirst - first, nodeLast - first, facts.facts(node));
    }
    return sums;
}

std::uint32_t countOf(std::int64_t value) { return static_cast<std::uint32_t>(std::max<std::int64_t>(value, 0)); }

} // namespace

void GpuSums::add(const GpuSums& other, std::int64_t sign) {
    installed += sign * other.installed;
    healthy += sign * other.healthy;
    reserved += sign * other.reserved;
    inUse += sign * other.inUse;
    busy += sign * other.busy;
    free += sign * other.free;
    notHealthy += sign * other.notHealthy;
    closed += sign * other.closed;
    unknown += sign * other.unknown;
    utilisation += sign * other.utilisation;
    utilisationKnown += sign * other.utilisationKnown;
    powerW += sign * other.powerW;
    powerKnown += sign * other.powerKnown;
}

void NodeSums::add(const NodeFacts& facts, Source source, std::int64_t sign) {
    notOk += facts.health > Health::unknown ? sign : 0;
    draining += facts.service == Service::closing || facts.service == Service::draining ? sign : 0;
    drained += facts.service == Service::drained ? sign : 0;
    lost += facts.link == Link::lost ? sign : 0;
    late += facts.link == Link::late ? sign : 0;
    bySource[static_cast<std::size_t>(source)] += sign;
}

void Rollup::nodeChanged(const NodeFacts* before, const NodeFacts& after, Source source) {
    if (before != nullptr)
        m_nodes.add(*before, source, -1);
    else
        ++m_nodeCount;
    m_nodes.add(after, source, 1);
}

void Rollup::update(std::span<const std::uint32_t> chunks, const MetricColumns& columns, const SiteIdentity& identity, const FactsTable& facts) {
    for (const std::uint32_t chunk : chunks) {
        if (chunk >= m_chunks.size()) m_chunks.resize(chunk + 1);
        const GpuSums now = sumOfChunk(chunk, columns, identity, facts);
        m_gpus.add(m_chunks[chunk], -1);
        m_gpus.add(now, 1);
        m_chunks[chunk] = now;
    }
}

SiteRollup Rollup::result(bool live) const {
    SiteRollup to;
    to.nodes = countOf(m_nodeCount);
    to.installed = countOf(m_gpus.installed);
    to.live = countOf(m_nodes.bySource[static_cast<std::size_t>(Source::live)]);
    to.replayed = countOf(m_nodes.bySource[static_cast<std::size_t>(Source::replayed)]);
    to.simulated = countOf(m_nodes.bySource[static_cast<std::size_t>(Source::simulated)]);
    if (!live) {
        to.unknown = to.powerUnknown = to.installed;
        return to;
    }
    to.nodesNotOk = countOf(m_nodes.notOk);
    to.nodesDraining = countOf(m_nodes.draining);
    to.nodesDrained = countOf(m_nodes.drained);
    to.nodesLost = countOf(m_nodes.lost);
    to.nodesLate = countOf(m_nodes.late);
    to.healthy = countOf(m_gpus.healthy);
    to.reserved = countOf(m_gpus.reserved);
    to.inUse = countOf(m_gpus.inUse);
    to.busy = countOf(m_gpus.busy);
    to.free = countOf(m_gpus.free);
    to.notHealthy = countOf(m_gpus.notHealthy);
    to.closed = countOf(m_gpus.closed);
    to.unknown = countOf(m_gpus.unknown);
    to.utilisationKnown = countOf(m_gpus.utilisationKnown);
    if (m_gpus.utilisationKnown > 0) to.utilisationOfInUse = static_cast<double>(m_gpus.utilisation) / static_cast<double>(m_gpus.utilisationKnown);
    if (m_gpus.powerKnown > 0) to.powerKw = static_cast<double>(m_gpus.powerW) / 1000.0;
    to.powerUnknown = countOf(m_gpus.installed - m_gpus.powerKnown);
    return to;
}

} // namespace busbar::store
