#include "busbar-controller/ingest/fleet_rows.h"

#include "store/fleet_snapshot.h"

#include <algorithm>
#include <array>

namespace busbar::controller {

using query::FieldId;

bool FleetRows::has(const query::FieldInfo& field) const {
    switch (field.id) {
    case FieldId::serial:
    case FieldId::rail:
    case FieldId::boot:
    case FieldId::since:
    case FieldId::metric: return true;
    default: return query::SnapshotRows::consoleHas(field);
    }
}

std::string_view FleetRows::text(FieldId field, std::uint32_t node) const {
    const NodeColumns& nodes = m_state.nodes;
    const NodeRecord& record = *m_state.records[node];
    switch (field) {
    case FieldId::site: return m_state.site;
    case FieldId::hall: return m_state.strings.text(nodes.hall[node]);
    case FieldId::row: return m_state.strings.text(nodes.row[node]);
    case FieldId::rack: return m_state.strings.text(nodes.rack[node]);
    case FieldId::leaf: return m_state.strings.text(nodes.leaf[node]);
    case FieldId::pdu: return m_state.strings.text(nodes.pdu[node]);
    case FieldId::model: return m_state.strings.text(nodes.model[node]);
    case FieldId::driver: return m_state.strings.text(nodes.driver[node]);
    case FieldId::node: return nodes.names[node];
    case FieldId::serial: return record.inventory.serial;
    case FieldId::rail: return record.place.rail;
    case FieldId::boot: return record.inventory.bootId;
    default: return {};
    }
}

bool FleetRows::anyName(std::uint32_t node, const std::function<bool(std::string_view)>& test) const {
    const Inventory& inventory = m_state.records[node]->inventory;
    if (test(m_state.nodes.names[node]) || test(inventory.hostname) || test(inventory.serial)) return true;
    return std::ranges::any_of(inventory.gpus, [&](const GpuIdentity& gpu) { return test(gpu.uuid) || test(gpu.serial); });
}

std::optional<query::Rows::Range> FleetRows::ageMs(std::uint32_t node) const {
    // Never heard in this life of the controller: its clock of the last one says nothing.
    if (m_state.nodes.lastSeenWallMs[node] == 0) return std::nullopt;
    const std::int64_t age = std::max<std::int64_t>(0, m_nowWallMs - m_state.nodes.lastSeenWallMs[node]);
    return Range{age, age};
}

std::optional<std::int64_t> FleetRows::sinceMs(std::uint32_t node) const {
    const std::deque<FactChange>& history = m_state.records[node]->history;
    if (history.empty()) return std::nullopt;
    return std::max<std::int64_t>(0, m_nowWallMs - history.back().wallMs);
}

std::span<const std::byte> FleetRows::chunk(Metric metric, std::uint32_t chunk) const {
    const std::uint32_t first = chunk * store::kChunkRows;
    return m_state.metrics.bytes(metric, first, std::min(store::kChunkRows, rowCount() - first));
}

StatusOr<FleetView::Resolved> resolveFilter(const FleetState& state, const std::string& filter, const Clock& clock) {
    const query::Parsed parsed = query::parse(filter);
    if (!parsed.query) return invalid("the filter is not valid at character {}: {}", parsed.error->span.begin + 1, parsed.error->sentence);
    const FleetRows rows(state, clock);
    const std::array<const query::Rows*, 1> sites{&rows};
    const StatusOr<query::Result> found = query::runOver(sites, *parsed.query, clock.wallMs());
    if (!found.ok()) return found.status();
    FleetView::Resolved resolved;
    resolved.leftOut = static_cast<std::int64_t>(found->unknown);
    resolved.ids.reserve(found->nodes.size());
    for (const store::RowRef& node : found->nodes) resolved.ids.push_back(state.records[node.row]->id);
    return resolved;
}

} // namespace busbar::controller
