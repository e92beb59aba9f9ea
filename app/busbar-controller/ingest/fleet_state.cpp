#include "busbar-controller/ingest/fleet_state.h"

#include "base/ids.h"

#include <algorithm>

namespace busbar::controller {

std::uint32_t StringTable::add(const std::string& text, std::uint32_t stamp) {
    const auto [entry, fresh] = m_index.try_emplace(text, static_cast<std::uint32_t>(m_texts.size()));
    if (fresh) {
        m_texts.push_back(text);
        m_stamps.push_back(stamp);
    }
    return entry->second;
}

std::vector<std::string> StringTable::addedSince(std::uint32_t since) const {
    // Stamps only grow along the table.
    const auto from = std::ranges::upper_bound(m_stamps, since);
    return {m_texts.begin() + std::max<std::ptrdiff_t>(1, from - m_stamps.begin()), m_texts.end()};
}

void FleetState::addEvent(FleetEvent event) {
    event.id = ++lastEventId;
    if (const StatusOr<NodeId> id = NodeId::parse(event.nodeId); id.ok()) {
        if (const auto found = byName.find(id->name); found != byName.end()) {
            auto& log = records[found->second]->events;
            log.push_back(event);
            if (log.size() > kMaxNodeEvents) log.pop_front();
        }
    }
    events.push_back({std::move(event), stamp()});
    if (events.size() > kMaxSiteEvents) events.pop_front();
}

} // namespace busbar::controller
