#include "busbar-controller/ingest/fleet_table.h"

#include "busbar-controller/ingest/fleet_rows.h"
#include "domain/fact_tables.h"

namespace busbar::controller {
namespace {

/// What a link becomes by its silence; one that is not silent for long stays as it is.
Link linkAfter(Link now, std::int64_t silentMs) {
    if (silentMs < kAgentLateAfterMs) return now;
    return next(now, silentMs >= kAgentLostAfterMs ? LinkEvent::silentTooLong : LinkEvent::silentLong).value_or(now);
}

} // namespace

FleetTable::FleetTable(const Clock& clock, Options options)
    : m_clock(clock), m_options(std::move(options)), m_startBootMs(clock.bootMs()) {
    m_state.site = m_options.site;
    // Grows over restarts, so that a console never takes this life's rows for the last one's.
    m_state.epoch = static_cast<std::uint64_t>(clock.wallMs());
}

std::optional<std::uint32_t> FleetTable::indexOf(const std::string& nodeId) const {
    const StatusOr<NodeId> id = NodeId::parse(nodeId);
    if (!id.ok() || id->site != m_state.site) return std::nullopt;
    const auto found = m_state.byName.find(id->name);
    if (found == m_state.byName.end()) return std::nullopt;
    return found->second;
}

NodeStatus FleetTable::statusOf(std::uint32_t index) const {
    const NodeRecord& record = *m_state.records[index];
    NodeStatus status;
    status.id = record.id;
    status.facts = m_state.nodes.facts[index];
    status.source = static_cast<Source>(m_state.nodes.source[index]);
    status.place = record.place;
    status.policy = record.policy;
    status.driverPresent = record.inventory.driverPresent;
    status.driver = record.inventory.driver;
    status.bootId = record.inventory.bootId;
    status.settingLimits = record.inventory.settingLimits;
    status.gpus = record.inventory.gpus;
    status.processes = record.processes;
    status.closedGpus = record.closedGpus;
    status.lastSeenWallMs = m_state.nodes.lastSeenWallMs[index];
    for (std::uint32_t gpu = 0; gpu < m_state.nodes.gpuCount[index]; ++gpu) {
        const LeaseInfo* lease = m_state.leases.find(record.gpuLease[gpu]);
        status.gpuLeases.push_back(lease != nullptr ? lease->id : "");
        status.gpuTenants.push_back(lease != nullptr ? lease->tenant : "");
        status.gpuPowerW.push_back(m_state.metrics.get(Metric::power, m_state.nodes.firstRow[index] + gpu));
        status.gpuPowerLimitW.push_back(m_state.metrics.get(Metric::powerLimit, m_state.nodes.firstRow[index] + gpu));
    }
    return status;
}

std::vector<NodeStatus> FleetTable::nodes() const {
    const std::lock_guard lock(m_mutex);
    std::vector<NodeStatus> all;
    all.reserve(m_state.nodes.count());
    for (std::uint32_t i = 0; i < m_state.nodes.count(); ++i) all.push_back(statusOf(i));
    return all;
}

std::optional<NodeStatus> FleetTable::node(const std::string& nodeId) const {
    const std::lock_guard lock(m_mutex);
    const auto index = indexOf(nodeId);
    if (!index) return std::nullopt;
    return statusOf(*index);
}

StatusOr<FleetView::Resolved> FleetTable::resolve(const std::string& filter) const {
    const std::lock_guard lock(m_mutex);
    if (filter.empty()) {
        Resolved all;
        for (const auto& record : m_state.records) all.ids.push_back(record->id);
        return all;
    }
    return resolveFilter(m_state, filter, m_clock);
}

void FleetTable::setService(const std::string& nodeId, Service service, const std::string& why, const std::string& who) {
    const std::lock_guard lock(m_mutex);
    const auto index = indexOf(nodeId);
    if (!index) return;
    NodeFacts facts = m_state.nodes.facts[*index];
    facts.service = service;
    m_state.records[*index]->serviceWhy = why;
    setFacts(*index, facts, why, who);
}

void FleetTable::setState(const std::string& nodeId, NodeState state, const std::string& why, const std::string& who) {
    const std::lock_guard lock(m_mutex);
    m_books[nodeId].state = state;
    m_books[nodeId].stateWhy = why;
    const auto index = indexOf(nodeId);
    if (!index) return;
    NodeFacts facts = m_state.nodes.facts[*index];
    facts.state = state;
    setFacts(*index, facts, why, who);
}

void FleetTable::setOccupancy(const std::string& nodeId, Occupancy occupancy, const std::optional<LeaseInfo>& lease, const std::string& why, const std::string& who) {
    const std::lock_guard lock(m_mutex);
    Book& book = m_books[nodeId];
    book.occupancy = occupancy;
    book.lease = lease;
    book.why = why;
    book.who = who;
    if (const auto index = indexOf(nodeId)) applyBook(*index);
}

void FleetTable::setClosedGpus(const std::string& nodeId, const std::vector<GpuClose>& closed) {
    const std::lock_guard lock(m_mutex);
    m_books[nodeId].closedGpus = closed;
    const auto index = indexOf(nodeId);
    if (!index) return;
    NodeRecord& record = *m_state.records[*index];
    for (std::size_t slot = 0; slot < record.inventory.gpus.size(); ++slot) {
        const std::string& uuid = record.inventory.gpus[slot].uuid;
        const GpuClose *const from = findClose(record.closedGpus, uuid), *const to = findClose(closed, uuid);
        const Service before = from == nullptr ? Service::open : from->service, after = to == nullptr ? Service::open : to->service;
        if (before == after) continue;
        noteChange(*index, {fmt::format("GPU {} service", slot), std::string(toString(before)), std::string(toString(after)), to == nullptr ? "" : to->why, to == nullptr ? "" : to->who, m_clock.wallMs()});
    }
    record.closedGpus = closed;
}

void FleetTable::setOverride(const std::string& nodeId, const std::string& sentence, const std::string& who) {
    const std::lock_guard lock(m_mutex);
    std::string& standing = m_books[nodeId].overrideWhy;
    const auto index = indexOf(nodeId);
    if (index && standing != sentence)
        noteChange(*index, {"override", standing.empty() ? "none" : "standing", sentence.empty() ? "none" : "standing", sentence.empty() ? "a check has passed" : sentence, who, m_clock.wallMs()});
    standing = sentence;
}

NodeState FleetTable::stateOf(std::uint32_t index) const {
    const auto book = m_books.find(m_state.records[index]->id);
    if (book != m_books.end() && book->second.state) return *book->second.state;
    return static_cast<Source>(m_state.nodes.source[index]) == Source::replayed ? NodeState::ready : m_options.newNodes;
}

void FleetTable::applyBook(std::uint32_t index) {
    NodeRecord& record = *m_state.records[index];
    const auto book = m_books.find(record.id);
    if (book == m_books.end() || !book->second.occupancy) return;
    std::uint32_t lease = 0;
    if (book->second.lease) lease = m_state.leases.define(*book->second.lease, m_clock.wallMs(), m_state.stamp());
    for (std::size_t gpu = 0; gpu < record.gpuLease.size(); ++gpu) holdLease(index, gpu, lease);
    publishOccupancy(index, book->second.why, book->second.who);
}

void FleetTable::addEvent(const FleetEvent& event) {
    const std::lock_guard lock(m_mutex);
    m_state.addEvent(event);
}

void FleetTable::setFacts(std::uint32_t index, NodeFacts facts, const std::string& why, const std::string& who) {
    NodeFacts& old = m_state.nodes.facts[index];
    if (old == facts) return;
    const auto note = [&](std::string_view fact, auto from, auto to) {
        if (from != to) noteChange(index, {std::string(fact), std::string(toString(from)), std::string(toString(to)), why, who, m_clock.wallMs()});
    };
    note("state", old.state, facts.state);
    note("service", old.service, facts.service);
    note("occupancy", old.occupancy, facts.occupancy);
    note("health", old.health, facts.health);
    note("link", old.link, facts.link);
    const NodeFacts before = std::exchange(old, facts);
    notePhases(index, before);
    m_state.nodes.factsStamp[index] = m_state.stamp();
}

void FleetTable::setLink(std::uint32_t index, Link link, const std::string& why) {
    NodeFacts facts = m_state.nodes.facts[index];
    if (facts.link == link) return;
    facts.link = link;
    setFacts(index, facts, why, "controller");
    publishHealth(index, why);
}

FleetEvent FleetTable::eventOf(std::uint32_t index, EventKind kind, int severity, std::string text) const {
    FleetEvent event;
    event.wallMs = m_clock.wallMs();
    event.nodeId = m_state.records[index]->id;
    event.kind = kind;
    event.severity = severity;
    event.text = std::move(text);
    return event;
}

void FleetTable::markHeard(std::uint32_t index) {
    m_state.nodes.lastSeenWallMs[index] = m_clock.wallMs();
    m_state.records[index]->heard = true;
    std::int64_t& lastHeard = m_state.nodes.lastHeardBootMs[index];
    const std::int64_t now = m_clock.bootMs();
    if (m_state.nodes.facts[index].link != Link::connected) {
        if (m_state.nodes.facts[index].link == Link::lost)
            m_state.addEvent(eventOf(index, EventKind::link, 0, fmt::format("agent is back after {} s", (now - lastHeard) / 1000)));
        setLink(index, Link::connected, "the agent speaks");
    }
    lastHeard = now;
}

void FleetTable::heard(std::uint32_t node) {
    const std::lock_guard lock(m_mutex);
    markHeard(node);
}

void FleetTable::closed(std::uint32_t node, const std::string& why) {
    const std::lock_guard lock(m_mutex);
    m_state.nodes.lastHeardBootMs[node] = m_clock.bootMs();
    m_state.addEvent(eventOf(node, EventKind::link, 0, fmt::format("agent's stream ended: {}", why)));
}

void FleetTable::refuseMessage(std::uint32_t node, const std::string& why) {
    const std::lock_guard lock(m_mutex);
    NodeRecord& record = *m_state.records[node];
    ++record.refusedValues;
    if (record.refusedWhy != why) m_state.addEvent(eventOf(node, EventKind::agent, 2, fmt::format("refused from the agent: {}", why)));
    record.refusedWhy = why;
}

std::vector<std::string> FleetTable::tick() {
    const std::lock_guard lock(m_mutex);
    const std::int64_t now = m_clock.bootMs(), wall = m_clock.wallMs();
    const bool grace = now - m_startBootMs < kRestartGraceMs;
    std::vector<std::string> lost;
    for (std::uint32_t i = 0; i < m_state.nodes.count(); ++i) {
        NodeRecord& record = *m_state.records[i];
        if (record.health.expire(wall)) publishHealth(i, "findings ran out");
        expireXids(i, wall);
        tellOverLimit(i);
        settle(i);
        Link link = linkAfter(m_state.nodes.facts[i].link, now - m_state.nodes.lastHeardBootMs[i]);
        // After a restart agents need time to find back: a node not heard yet is late, not lost.
        if (grace && !record.heard && link == Link::lost) link = Link::late;
        if (link == m_state.nodes.facts[i].link) continue;
        setLink(i, link, fmt::format("no message for {} s", (now - m_state.nodes.lastHeardBootMs[i]) / 1000));
        if (link != Link::lost) continue;
        m_state.addEvent(eventOf(i, EventKind::link, 2, "agent lost: no message for 15 s; the last facts are kept, health is unknown"));
        lost.push_back(record.id);
    }
    m_state.leases.sweep(wall);
    return lost;
}

std::optional<FleetTable::Presence> FleetTable::presence(const std::string& name) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_state.byName.find(name);
    if (found == m_state.byName.end()) return std::nullopt;
    return Presence{m_state.records[found->second]->inventory.serial, m_state.nodes.facts[found->second].link};
}

void FleetTable::read(const std::function<void(const FleetState&)>& reader) const {
    const std::lock_guard lock(m_mutex);
    reader(m_state);
}

void FleetTable::cutAndRead(const std::function<void(const FleetState&)>& reader) {
    const std::lock_guard lock(m_mutex);
    m_state.cut();
    reader(m_state);
}

} // namespace busbar::controller
