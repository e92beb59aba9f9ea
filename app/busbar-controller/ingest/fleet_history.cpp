// What moved of each node's facts: told with the node, and handed out once to be kept.
#include "busbar-controller/ingest/fleet_table.h"

#include <algorithm>
#include <utility>

namespace busbar::controller {

void FleetTable::noteChange(std::uint32_t index, FactChange change) {
    NodeRecord& record = *m_state.records[index];
    // After a restart each fact is first unknown, then what it was: that is no change.
    const auto last = std::find_if(record.history.rbegin(), record.history.rend(), [&](const FactChange& one) { return one.fact == change.fact; });
    if (change.from == "unknown" && last != record.history.rend() && last->to == change.to) return;
    record.history.push_back(change);
    if (record.history.size() > kMaxFactChanges) record.history.pop_front();
    const bool isKept = static_cast<Source>(m_state.nodes.source[index]) != Source::replayed && record.inventory.driver != "model";
    if (m_options.keepsHistory && isKept) m_unkept.push_back({m_state.nodes.names[index], record.changes, std::move(change)});
    ++record.changes;
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
    m_past.erase(past);
}

} // namespace busbar::controller
