// What moved of each node's facts: told with the node, and handed out once to be kept.
#include "busbar-controller/ingest/fleet_table.h"

#include <algorithm>
#include <utility>

namespace busbar::controller {
namespace {

/// From the controller's start until what nodes and books say has come together.
constexpr std::int64_t kSettleMs = kRestartGraceMs;

const FactChange* lastOf(const NodeRecord& record, std::string_view fact) {
    const auto last = std::find_if(record.history.rbegin(), record.history.rend(), [&](const FactChange& one) { return one.fact == fact; });
    return last == record.history.rend() ? nullptr : &*last;
}

} // namespace

void FleetTable::noteChange(std::uint32_t index, FactChange change) {
    NodeRecord& record = *m_state.records[index];
    // After a restart each fact comes to what it was by way of others, as its node and the books are read: that is no change.
    if (const FactChange* const last = lastOf(record, change.fact); last != nullptr && last->to != change.from) {
        if (change.to == last->to) return;
        if (record.settles) return;
        change.from = last->to;
    }
    record.history.push_back(change);
    if (record.history.size() > kMaxFactChanges) record.history.pop_front();
    const bool isKept = static_cast<Source>(m_state.nodes.source[index]) != Source::replayed && record.inventory.driver != "model";
    if (m_options.keepsHistory && isKept) m_unkept.push_back({m_state.nodes.names[index], record.changes, std::move(change)});
    ++record.changes;
}

void FleetTable::settle(std::uint32_t index) {
    NodeRecord& record = *m_state.records[index];
    if (!record.settles || m_clock.bootMs() - m_startBootMs < kSettleMs) return;
    record.settles = false;
    const NodeFacts& facts = m_state.nodes.facts[index];
    for (const auto& [fact, now] : {std::pair{"state", toString(facts.state)}, {"service", toString(facts.service)}, {"occupancy", toString(facts.occupancy)}, {"health", toString(facts.health)}, {"link", toString(facts.link)}})
        if (const FactChange* const last = lastOf(record, fact); last != nullptr && last->to != now) noteChange(index, {fact, last->to, std::string(now), "found so after the controller's restart", "controller", m_clock.wallMs()});
}

void FleetTable::restoreChange(NumberedChange change) {
    const std::lock_guard lock(m_mutex);
    Past& past = m_past[change.name];
    past.next = change.number + 1;
    past.history.push_back(std::move(change.change));
    if (past.history.size() > kMaxFactChanges) past.history.pop_front();
}

std::vector<NumberedChange> FleetTable::takeChanges() {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_unkept, {});
}

void FleetTable::recall(std::uint32_t index, const std::string& name) {
    const auto past = m_past.find(name);
    if (past == m_past.end()) return;
    m_state.records[index]->history = std::move(past->second.history);
    m_state.records[index]->changes = past->second.next;
    m_state.records[index]->settles = true;
    m_past.erase(past);
}

} // namespace busbar::controller
