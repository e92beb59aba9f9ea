// FleetTable: all about one node, for Describe and List.
#include "busbar-controller/ingest/fleet_table.h"

namespace busbar::controller {
namespace {

std::string missingReason(const Inventory& inventory, Metric metric, std::int64_t value) {
    if (value >= 0) return {};
    const auto why = inventory.unsupported.find(metric);
    if (why != inventory.unsupported.end() && !why->second.empty()) return why->second;
    return value == kNotRead ? "not read" : "not supported";
}

} // namespace

std::vector<std::string> FleetTable::reasonsOf(std::uint32_t index) const {
    const NodeRecord& record = *m_state.records[index];
    const NodeFacts& facts = m_state.nodes.facts[index];
    std::vector<std::string> reasons;
    const auto book = m_books.find(record.id);
    if (book != m_books.end() && facts.state != NodeState::ready && !book->second.stateWhy.empty())
        reasons.push_back(fmt::format("state is {}: {}", toString(facts.state), book->second.stateWhy));
    if (facts.service != Service::open)
        reasons.push_back(fmt::format("service is {}{}{}", toString(facts.service), record.serviceWhy.empty() ? "" : ": ", record.serviceWhy));
    if (book != m_books.end() && !book->second.overrideWhy.empty()) reasons.push_back(book->second.overrideWhy);
    for (std::size_t slot = 0; slot < record.inventory.gpus.size(); ++slot)
        if (const GpuClose* const apart = findClose(record.closedGpus, record.inventory.gpus[slot].uuid); apart != nullptr)
            reasons.push_back(fmt::format("GPU {} is {} apart from the node: {}", slot, toString(apart->service), apart->why));
    if (facts.link == Link::lost || facts.link == Link::late)
        reasons.push_back(fmt::format("agent {}, last message {}", toString(facts.link), m_state.nodes.lastSeenWallMs[index] > 0 ? formatUtc(m_state.nodes.lastSeenWallMs[index]) : "before the controller's restart"));
    for (std::string& sentence : overLimit(index)) reasons.push_back(std::move(sentence));
    for (const Finding& finding : record.health.findings()) {
        if (reasons.size() >= kMaxItemsPerList - 1) break;
        reasons.push_back(finding.component == "host" ? finding.sentence : fmt::format("{}: {}", finding.component, finding.sentence));
    }
    if (record.refusedValues > 0) reasons.push_back(fmt::format("{} values or messages of the agent were refused, the last: {}", record.refusedValues, record.refusedWhy));
    return reasons;
}

NodeDetail FleetTable::detailOf(std::uint32_t index, bool full) const {
    const NodeRecord& record = *m_state.records[index];
    const std::int64_t now = m_clock.bootMs();
    NodeDetail detail;
    detail.id = record.id;
    detail.place = record.place;
    detail.facts = m_state.nodes.facts[index];
    detail.source = static_cast<Source>(m_state.nodes.source[index]);
    detail.inventory = record.inventory;
    detail.policy = record.policy;
    detail.agentVersion = record.agentVersion;
    detail.instanceId = record.instanceId;
    detail.lastSeenWallMs = m_state.nodes.lastSeenWallMs[index];
    detail.asOfWallMs = m_clock.wallMs();
    for (std::uint32_t gpu = 0; gpu < m_state.nodes.gpuCount[index]; ++gpu) {
        GpuDetail& to = detail.gpus.emplace_back();
        to.identity = record.inventory.gpus[gpu];
        to.service = Service::open;
        if (const GpuClose* const apart = findClose(record.closedGpus, to.identity.uuid); apart != nullptr) {
            to.service = apart->service;
            to.serviceWhy = apart->why;
        }
        if (const LeaseInfo* lease = m_state.leases.find(record.gpuLease[gpu])) {
            to.lease = lease->id;
            to.tenant = lease->tenant;
        }
        for (const MetricInfo& info : allMetrics()) {
            if (!full && !info.fleetColumn) continue;
            const std::int64_t value = m_state.metrics.get(info.metric, m_state.nodes.firstRow[index] + gpu);
            const std::int64_t arrived = record.arrivedBootMs[static_cast<std::size_t>(info.metric)];
            to.metrics.push_back({info.metric, value, arrived > 0 ? now - arrived : -1, missingReason(record.inventory, info.metric, value)});
        }
    }
    detail.findings = record.health.findings();
    detail.reasons = reasonsOf(index);
    if (!full) {
        detail.inventory.nics.clear();
        detail.inventory.disks.clear();
        detail.inventory.pciDevices.clear();
        return detail;
    }
    detail.processes = record.processes;
    detail.processesWallMs = record.processesWallMs;
    detail.host = record.host;
    detail.events.assign(record.events.begin(), record.events.end());
    detail.history.assign(record.history.begin(), record.history.end());
    detail.stuck = record.stuck;
    return detail;
}

StatusOr<NodeDetail> FleetTable::describe(const std::string& nodeId) const {
    const std::lock_guard lock(m_mutex);
    const auto index = indexOf(nodeId);
    if (!index) return notFound("no node {} is known at site {}: see `busbarctl nodes`", nodeId, m_state.site);
    return detailOf(*index, true);
}

StatusOr<std::pair<std::vector<NodeDetail>, std::int64_t>> FleetTable::list(const std::string& filter, bool detail) const {
    const StatusOr<Resolved> resolved = resolve(filter);
    if (!resolved.ok()) return resolved.status();
    std::vector<NodeDetail> nodes;
    nodes.reserve(resolved->ids.size());
    const std::lock_guard lock(m_mutex);
    for (const std::string& id : resolved->ids)
        if (const auto index = indexOf(id)) nodes.push_back(detailOf(*index, detail));
    return std::pair(std::move(nodes), resolved->leftOut);
}

} // namespace busbar::controller
