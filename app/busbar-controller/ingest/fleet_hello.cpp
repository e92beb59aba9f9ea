// FleetTable: who a node is. Hello adds a node or checks a known one; changed GPUs or places end the epoch.
#include "busbar-controller/ingest/fleet_table.h"

#include <algorithm>

namespace busbar::controller {
namespace {

std::string modelOf(const Inventory& inventory) { return inventory.gpus.empty() ? "" : inventory.gpus.front().model; }

std::vector<std::string> slotsOf(const Inventory& inventory) {
    std::vector<std::string> slots;
    for (const GpuIdentity& gpu : inventory.gpus) slots.push_back(gpu.pciAddress);
    return slots;
}

} // namespace

StatusOr<std::uint32_t> FleetTable::applyHello(const AgentHello& hello) {
    const StatusOr<NodeId> id = NodeId::parse(hello.nodeId);
    if (!id.ok()) return id.status();
    const std::lock_guard lock(m_mutex);
    std::uint32_t index = 0;
    if (const auto found = m_state.byName.find(id->name); found != m_state.byName.end()) {
        index = found->second;
        NodeRecord& record = *m_state.records[index];
        const std::string oldSerial = record.inventory.serial;
        noteReboot(index, hello.inventory.bootId);
        noteReimage(index, hello.inventory);
        if (sameIdentity(index, hello))
            writeIdentity(index, hello);
        else
            changeIdentity(index, hello);
        if (!oldSerial.empty() && oldSerial != hello.inventory.serial)
            m_state.addEvent(eventOf(index, EventKind::agent, 3, fmt::format("serial changed from {} to {}: inspect the node", oldSerial, hello.inventory.serial)));
    } else {
        if (m_state.nodes.count() >= kMaxNodes || m_state.metrics.rowCount() + hello.inventory.gpus.size() > kMaxRows)
            return absl::ResourceExhaustedError(fmt::format("this controller has {} nodes with {} GPUs and takes no more", m_state.nodes.count(), m_state.metrics.rowCount()));
        index = appendNode(id->name, hello);
    }
    defineLeases(index, hello.leases);
    markHeard(index);
    NodeFacts facts = m_state.nodes.facts[index];
    facts.state = stateOf(index);
    setFacts(index, facts, "enrolled and connected", "controller");
    return index;
}

Status FleetTable::remember(const AgentHello& hello, std::int64_t lastSeenWallMs) {
    const StatusOr<NodeId> id = NodeId::parse(hello.nodeId);
    if (!id.ok()) return id.status();
    const std::lock_guard lock(m_mutex);
    if (m_state.byName.contains(id->name) || m_state.nodes.count() >= kMaxNodes) return absl::OkStatus();
    const std::uint32_t index = appendNode(id->name, hello);
    m_state.nodes.lastSeenWallMs[index] = lastSeenWallMs;
    NodeFacts facts = m_state.nodes.facts[index];
    facts.state = stateOf(index);
    facts.link = Link::late;
    setFacts(index, facts, "known from before the controller's restart", "controller");
    return absl::OkStatus();
}

std::uint32_t FleetTable::appendNode(const std::string& name, const AgentHello& hello) {
    const std::uint32_t index = m_state.nodes.count(), stamp = m_state.stamp();
    NodeColumns& nodes = m_state.nodes;
    nodes.names.push_back(name);
    for (auto* column : {&nodes.hall, &nodes.row, &nodes.rack, &nodes.leaf, &nodes.pdu, &nodes.model, &nodes.driver}) column->push_back(0);
    for (auto* column : {&nodes.unit, &nodes.gpuCount, &nodes.source}) column->push_back(0);
    nodes.firstRow.push_back(m_state.metrics.rowCount());
    nodes.factsStamp.push_back(stamp);
    nodes.addedStamp.push_back(stamp);
    nodes.lastHeardBootMs.push_back(m_clock.bootMs());
    nodes.lastSeenWallMs.push_back(0);
    NodeFacts facts;
    facts.service = m_options.storedService ? m_options.storedService(hello.nodeId) : Service::open;
    nodes.facts.push_back(facts);
    m_state.records.push_back(std::make_unique<NodeRecord>());
    m_state.records.back()->health = NodeHealth(m_options.health);
    m_state.records.back()->id = hello.nodeId;
    m_state.byName.emplace(name, index);
    recall(index, name);
    if (const auto book = m_books.find(hello.nodeId); book != m_books.end()) m_state.records.back()->closedGpus = book->second.closedGpus;
    nodes.gpuCount[index] = static_cast<std::uint8_t>(hello.inventory.gpus.size());
    m_state.metrics.append(nodes.gpuCount[index], stamp);
    writeIdentity(index, hello);
    resetGpus(index);
    return index;
}

bool FleetTable::sameIdentity(std::uint32_t index, const AgentHello& hello) const {
    const NodeColumns& nodes = m_state.nodes;
    const NodeRecord& record = *m_state.records[index];
    return slotsOf(record.inventory) == slotsOf(hello.inventory) && record.place == hello.place &&
           m_state.strings.text(nodes.model[index]) == modelOf(hello.inventory) &&
           m_state.strings.text(nodes.driver[index]) == hello.inventory.driver && nodes.source[index] == static_cast<std::uint8_t>(hello.source);
}

void FleetTable::changeIdentity(std::uint32_t index, const AgentHello& hello) {
    NodeColumns& nodes = m_state.nodes;
    NodeRecord& record = *m_state.records[index];
    if (slotsOf(record.inventory) != slotsOf(hello.inventory)) {
        for (const std::uint32_t lease : record.gpuLease) m_state.leases.release(lease, m_clock.wallMs());
        const auto count = static_cast<std::uint8_t>(hello.inventory.gpus.size());
        m_state.metrics.replaceRun(nodes.firstRow[index], nodes.gpuCount[index], count, m_state.stamp());
        const int moved = static_cast<int>(count) - static_cast<int>(nodes.gpuCount[index]);
        for (std::uint32_t later = index + 1; later < nodes.count(); ++later)
            nodes.firstRow[later] = static_cast<std::uint32_t>(static_cast<int>(nodes.firstRow[later]) + moved);
        m_state.addEvent(eventOf(index, EventKind::agent, 2, fmt::format("GPU slots changed: {} before, {} now", nodes.gpuCount[index], count)));
        nodes.gpuCount[index] = count;
        writeIdentity(index, hello);
        resetGpus(index);
    } else {
        writeIdentity(index, hello);
    }
    // Known rows or names mean something else from here on: every watcher takes a snapshot again.
    m_state.epoch = std::max(m_state.epoch + 1, static_cast<std::uint64_t>(m_clock.wallMs()));
}

void FleetTable::writeIdentity(std::uint32_t index, const AgentHello& hello) {
    NodeColumns& nodes = m_state.nodes;
    NodeRecord& record = *m_state.records[index];
    const std::uint32_t stamp = m_state.stamp();
    for (std::size_t i = 0; i < std::min(record.inventory.gpus.size(), hello.inventory.gpus.size()); ++i) {
        const GpuIdentity &was = record.inventory.gpus[i], &now = hello.inventory.gpus[i];
        if (was.pciAddress == now.pciAddress && was.uuid != now.uuid)
            m_state.addEvent(eventOf(index, EventKind::agent, 3, fmt::format("slot {} holds another GPU: {} before, {} now", now.pciAddress, was.uuid, now.uuid)));
    }
    record.place = hello.place;
    record.inventory = hello.inventory;
    record.policy = hello.policy;
    record.agentVersion = hello.agentVersion;
    record.instanceId = hello.instanceId;
    nodes.hall[index] = m_state.strings.add(hello.place.hall, stamp);
    nodes.row[index] = m_state.strings.add(hello.place.row, stamp);
    nodes.rack[index] = m_state.strings.add(hello.place.rack, stamp);
    nodes.leaf[index] = m_state.strings.add(hello.place.leaf, stamp);
    nodes.pdu[index] = m_state.strings.add(hello.place.pdu, stamp);
    nodes.model[index] = m_state.strings.add(modelOf(hello.inventory), stamp);
    nodes.driver[index] = m_state.strings.add(hello.inventory.driver, stamp);
    nodes.unit[index] = static_cast<std::uint8_t>(hello.place.unit);
    nodes.source[index] = static_cast<std::uint8_t>(hello.source);
    record.health.setGpus(hello.inventory.gpus, hello.inventory.driverPresent, hello.inventory.driver, m_clock.wallMs());
    const std::vector<std::int64_t> missing(nodes.gpuCount[index], kNotSupported);
    for (const auto& [metric, why] : hello.inventory.unsupported) m_state.metrics.setRun(metric, nodes.firstRow[index], missing, stamp);
    publishHealth(index, "identity read");
}

void FleetTable::resetGpus(std::uint32_t index) {
    NodeRecord& record = *m_state.records[index];
    const std::uint32_t first = m_state.nodes.firstRow[index], count = m_state.nodes.gpuCount[index], stamp = m_state.stamp();
    record.gpuLease.assign(count, 0);
    record.xidWallMs.assign(count, 0);
    record.arrivedBootMs.fill(0);
    for (std::uint32_t row = first; row < first + count; ++row) {
        m_state.metrics.set(Metric::lease, row, 0, stamp);
        m_state.metrics.set(Metric::lastXid, row, 0, stamp);
    }
    const std::vector<std::int64_t> missing(count, kNotSupported);
    for (const auto& [metric, why] : record.inventory.unsupported) m_state.metrics.setRun(metric, first, missing, stamp);
    publishOccupancy(index, "leases", "controller");
    applyBook(index);
    publishHealth(index, "identity read");
}

void FleetTable::noteReboot(std::uint32_t index, const std::string& bootId) {
    NodeRecord& record = *m_state.records[index];
    if (record.inventory.bootId.empty() || bootId.empty() || record.inventory.bootId == bootId) return;
    record.health.onReboot();
    const Service service = m_state.nodes.facts[index].service;
    const bool expected = service == Service::drained || service == Service::closed;
    m_state.addEvent(eventOf(index, EventKind::agent, expected ? 0 : 3, fmt::format("the node was rebooted{} (boot id {})", expected ? "" : " unexpectedly", bootId)));
    if (!expected)
        record.health.raise("unexpected-reboot", "rebooted unexpectedly: its tenants' work was lost, look for the cause", m_clock.wallMs());
}

/// Same hardware, another installation: what the books say about its settings may not be so.
void FleetTable::noteReimage(std::uint32_t index, const Inventory& now) {
    NodeRecord& record = *m_state.records[index];
    const Inventory& was = record.inventory;
    if (was.machineId.empty() || now.machineId.empty() || was.machineId == now.machineId || was.serial != now.serial) return;
    const std::string sentence = "installed anew (another machine id on the same hardware): inspect it before its next lease";
    m_state.addEvent(eventOf(index, EventKind::agent, 2, sentence));
    record.health.raise("re-imaged", sentence, m_clock.wallMs());
}

void FleetTable::defineLeases(std::uint32_t index, const std::vector<LeaseInfo>& leases) {
    // Only recordings and models know leases; a live node's leases come from the controller's own books.
    if (static_cast<Source>(m_state.nodes.source[index]) == Source::live) return;
    for (const LeaseInfo& lease : leases) m_state.leases.define(lease, m_clock.wallMs(), m_state.stamp());
}

void FleetTable::applyInventory(std::uint32_t node, const Inventory& inventory) {
    const std::lock_guard lock(m_mutex);
    const NodeRecord& record = *m_state.records[node];
    AgentHello hello;
    hello.nodeId = record.id;
    hello.instanceId = record.instanceId;
    hello.agentVersion = record.agentVersion;
    hello.source = static_cast<Source>(m_state.nodes.source[node]);
    hello.place = record.place;
    hello.policy = record.policy;
    hello.inventory = inventory;
    noteReboot(node, inventory.bootId);
    if (sameIdentity(node, hello))
        writeIdentity(node, hello);
    else
        changeIdentity(node, hello);
    markHeard(node);
}

} // namespace busbar::controller
