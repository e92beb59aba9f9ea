// FleetTable: what a node measures. Values are range-checked, judged and put into the columns.
#include "busbar-controller/ingest/fleet_table.h"

#include "domain/fact_tables.h"

#include <absl/strings/match.h>

#include <algorithm>
#include <cstdlib>

namespace busbar::controller {
namespace {

/// Metrics that only the controller writes.
bool ownedByController(Metric metric) {
    return metric == Metric::health || metric == Metric::occupancy || metric == Metric::lease || metric == Metric::lastXid;
}

/// Largest value that can be true; beyond it the value is refused.
std::int64_t highestOf(Metric metric) {
    switch (metric) {
    case Metric::gpuUtil: case Metric::smActive: case Metric::memUsedPercent: case Metric::memCopyUtil: case Metric::encUtil: case Metric::decUtil:
        return 100;
    case Metric::fanPercent: return 200; // NVML: may exceed 100
    case Metric::temperature: case Metric::memTemperature: return 200;
    case Metric::power: case Metric::powerLimit: return 10'000;
    case Metric::smClock: case Metric::memClock: return 30'000;
    case Metric::remapPending: case Metric::remapFailed: case Metric::migMode: case Metric::persistenceMode: return 1;
    case Metric::computeMode: return 3;
    case Metric::pcieGen: return 10;
    case Metric::pcieWidth: return 32;
    case Metric::nvlinksUp: case Metric::nvlinksTotal: return 64;
    default: return maxValue(metric);
    }
}

const PciDevice* slotOf(const Inventory& inventory, std::size_t gpu) {
    const std::string& address = inventory.gpus[gpu].pciAddress;
    for (const PciDevice& device : inventory.pciDevices)
        // The driver writes an eight-digit domain, the kernel a four-digit one.
        if (!device.address.empty() && absl::EndsWithIgnoreCase(address, device.address)) return &device;
    return nullptr;
}

constexpr int kXidRecoveryAction = 154; // Informational about another XID.

} // namespace

void FleetTable::applyTelemetry(std::uint32_t node, const TelemetryFrame& frame) {
    const std::lock_guard lock(m_mutex);
    NodeRecord& record = *m_state.records[node];
    markHeard(node);
    checkClock(node, frame.observedWallMs);
    applyColumns(node, frame.columns);
    record.host = frame.host;
    if (frame.processes) {
        record.processes = *frame.processes;
        record.processesWallMs = frame.observedWallMs;
    }
    if (record.stuck != frame.stuck) {
        record.stuck = frame.stuck;
        if (record.health.onStuck(frame.stuck, m_clock.wallMs())) publishHealth(node, "collectors");
    }
    defineLeases(node, frame.newLeases);
    if (frame.gpuLeases) applyLeases(node, *frame.gpuLeases);
    judge(node);
}

void FleetTable::applyColumns(std::uint32_t index, const std::vector<MetricColumn>& columns) {
    NodeRecord& record = *m_state.records[index];
    const std::uint32_t count = m_state.nodes.gpuCount[index];
    std::vector<std::int64_t> values;
    for (const MetricColumn& column : columns) {
        if (column.metric == Metric::unknown || column.metric >= Metric::count_ || ownedByController(column.metric)) continue;
        if (column.values.size() != count) {
            ++record.refusedValues;
            record.refusedWhy = fmt::format("{} values of {} for {} GPUs", column.values.size(), infoOf(column.metric).key, count);
            continue;
        }
        values = column.values;
        const std::int64_t highest = highestOf(column.metric);
        for (std::int64_t& value : values) {
            if (value <= highest && value >= kNotRead) continue;
            ++record.refusedValues;
            record.refusedWhy = fmt::format("{} {} {} is out of range (up to {})", infoOf(column.metric).label, value, infoOf(column.metric).unit, highest);
            value = kNotRead;
        }
        m_state.metrics.setRun(column.metric, m_state.nodes.firstRow[index], values, m_state.stamp());
        record.arrivedBootMs[static_cast<std::size_t>(column.metric)] = m_clock.bootMs();
    }
}

void FleetTable::judge(std::uint32_t index) {
    NodeRecord& record = *m_state.records[index];
    bool changed = false;
    for (std::uint32_t gpu = 0; gpu < m_state.nodes.gpuCount[index]; ++gpu) {
        const auto value = [&, row = m_state.nodes.firstRow[index] + gpu](Metric metric) { return m_state.metrics.get(metric, row); };
        GpuSigns signs;
        for (const Metric metric : record.health.rules().metrics()) signs.set(metric, value(metric));
        if (signs[Metric::gpuUtil] >= record.health.rules().slotFromUtil()) {
            const PciDevice* slot = slotOf(record.inventory, gpu);
            signs.slotMaxGen = slot == nullptr ? 0 : slot->maxGen;
            signs.slotMaxWidth = slot == nullptr ? 0 : slot->maxWidth;
        }
        changed |= record.health.onSample(gpu, signs, m_clock.wallMs());
    }
    if (changed) publishHealth(index, "measured");
}

void FleetTable::publishHealth(std::uint32_t index, const std::string& why) {
    const NodeRecord& record = *m_state.records[index];
    NodeFacts facts = m_state.nodes.facts[index];
    const bool lost = facts.link == Link::lost;
    for (std::uint32_t gpu = 0; gpu < m_state.nodes.gpuCount[index]; ++gpu) {
        const Health health = healthOf(record.health.gpuHealth(gpu), facts.link);
        m_state.metrics.set(Metric::health, m_state.nodes.firstRow[index] + gpu, static_cast<std::int64_t>(health), m_state.stamp());
    }
    facts.health = healthOf(record.health.nodeHealth(), facts.link);
    const std::vector<Finding> findings = facts.health > m_state.nodes.facts[index].health && !lost ? record.health.findings() : std::vector<Finding>{};
    setFacts(index, facts, findings.empty() ? why : findings.front().sentence, "controller");
}

void FleetTable::applyLeases(std::uint32_t index, const std::vector<std::string>& leaseIds) {
    NodeRecord& record = *m_state.records[index];
    if (const auto book = m_books.find(record.id); book != m_books.end() && book->second.occupancy) return; // The controller's own books count.
    if (static_cast<Source>(m_state.nodes.source[index]) == Source::live || leaseIds.size() != record.gpuLease.size()) {
        ++record.refusedValues;
        record.refusedWhy = "leases from a live agent, or not one a GPU";
        return;
    }
    for (std::size_t gpu = 0; gpu < leaseIds.size(); ++gpu) {
        holdLease(index, gpu, m_state.leases.indexOf(leaseIds[gpu], m_clock.wallMs(), m_state.stamp()));
    }
    publishOccupancy(index, "leases", "controller");
}

void FleetTable::holdLease(std::uint32_t index, std::size_t gpu, std::uint32_t lease) {
    NodeRecord& record = *m_state.records[index];
    if (lease == record.gpuLease[gpu]) return;
    m_state.leases.release(record.gpuLease[gpu], m_clock.wallMs());
    m_state.leases.hold(lease);
    record.gpuLease[gpu] = lease;
    m_state.metrics.set(Metric::lease, m_state.nodes.firstRow[index] + static_cast<std::uint32_t>(gpu), lease, m_state.stamp());
}

void FleetTable::publishOccupancy(std::uint32_t index, const std::string& why, const std::string& who) {
    const NodeRecord& record = *m_state.records[index];
    const auto book = m_books.find(record.id);
    const bool booked = book != m_books.end() && book->second.occupancy.has_value();
    NodeFacts facts = m_state.nodes.facts[index];
    facts.occupancy = Occupancy::unknown;
    for (std::size_t gpu = 0; gpu < record.gpuLease.size(); ++gpu) {
        const Occupancy occupancy = booked ? *book->second.occupancy : record.gpuLease[gpu] == 0 ? Occupancy::free : Occupancy::leased;
        m_state.metrics.set(Metric::occupancy, m_state.nodes.firstRow[index] + static_cast<std::uint32_t>(gpu), static_cast<std::int64_t>(occupancy), m_state.stamp());
        if (gpu == 0)
            facts.occupancy = occupancy;
        else if (facts.occupancy != occupancy)
            facts.occupancy = Occupancy::mixed;
    }
    setFacts(index, facts, why, who);
}

void FleetTable::checkClock(std::uint32_t index, std::int64_t observedWallMs) {
    NodeRecord& record = *m_state.records[index];
    const std::int64_t skew = observedWallMs - m_clock.wallMs(), now = m_clock.bootMs();
    if (std::abs(skew) <= kClockSkewToldMs) {
        record.skewSinceBootMs = 0;
        if (record.health.clear("clock-skew")) publishHealth(index, "clocks agree again");
        return;
    }
    // Samples kept over a lost link arrive late in one burst; a wrong clock stays wrong.
    if (record.skewSinceBootMs == 0) record.skewSinceBootMs = now;
    if (now - record.skewSinceBootMs < kClockSkewToldMs) return;
    const std::string sentence = fmt::format("the node's clock is {} s {} the controller's: check its time service", std::abs(skew) / 1000, skew > 0 ? "ahead of" : "behind");
    const bool known = std::ranges::any_of(record.health.findings(), [](const Finding& f) { return f.rule == "clock-skew"; });
    if (!known) m_state.addEvent(eventOf(index, EventKind::agent, 2, sentence));
    if (record.health.raise("clock-skew", sentence, m_clock.wallMs())) publishHealth(index, "clock");
}

void FleetTable::applyAgentEvent(std::uint32_t node, FleetEvent event) {
    const std::lock_guard lock(m_mutex);
    markHeard(node);
    NodeRecord& record = *m_state.records[node];
    event.nodeId = record.id;
    event.severity = std::clamp(event.severity, 0, 3);
    if (event.gpu >= m_state.nodes.gpuCount[node]) event.gpu = -1;
    if (event.kind == EventKind::xid && event.xid > 0 && event.xid != kXidRecoveryAction && event.gpu >= 0) {
        const auto gpu = static_cast<std::uint32_t>(event.gpu);
        m_state.metrics.set(Metric::lastXid, m_state.nodes.firstRow[node] + gpu, event.xid, m_state.stamp());
        record.xidWallMs[gpu] = m_clock.wallMs();
    }
    const LeaseInfo* lease = event.gpu < 0 ? nullptr : m_state.leases.find(record.gpuLease[static_cast<std::size_t>(event.gpu)]);
    if (record.health.onEvent(event, lease == nullptr ? std::string() : lease->tenant, m_clock.wallMs())) publishHealth(node, event.text);
    m_state.addEvent(std::move(event));
}

void FleetTable::expireXids(std::uint32_t index, std::int64_t nowMs) {
    NodeRecord& record = *m_state.records[index];
    for (std::uint32_t gpu = 0; gpu < record.xidWallMs.size(); ++gpu) {
        if (record.xidWallMs[gpu] == 0 || nowMs - record.xidWallMs[gpu] < kXidKeepMs) continue;
        record.xidWallMs[gpu] = 0;
        m_state.metrics.set(Metric::lastXid, m_state.nodes.firstRow[index] + gpu, 0, m_state.stamp());
    }
}

} // namespace busbar::controller
