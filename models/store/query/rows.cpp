#include "store/query/rows.h"

#include <algorithm>

namespace busbar::query {

SnapshotRows::SnapshotRows(const store::SiteSnapshot& snapshot, std::int64_t nowWallMs)
    : m_site(snapshot), m_fresh(store::stateAt(snapshot, nowWallMs) == store::SiteState::live), m_controllerNowMs(snapshot.heartbeatWallMs() == 0 ? 0 : snapshot.heartbeatWallMs() + std::max<std::int64_t>(0, nowWallMs - snapshot.receivedWallMs())) {}

bool SnapshotRows::consoleHas(const FieldInfo& field) {
    switch (field.id) {
    case FieldId::serial:
    case FieldId::fabric:
    case FieldId::rail:
    case FieldId::fw:
    case FieldId::image:
    case FieldId::boot:
    case FieldId::alarm:
    case FieldId::shelved:
    case FieldId::idleHours:
    case FieldId::since:
    case FieldId::op:
    case FieldId::approver:
    case FieldId::step:
    case FieldId::cable:
    case FieldId::walk: return false;
    case FieldId::metric: return infoOf(field.metric).fleetColumn;
    default: return true;
    }
}

std::string_view SnapshotRows::text(FieldId field, std::uint32_t node) const {
    switch (field) {
    case FieldId::site: return m_site.site();
    case FieldId::hall: return m_site.hall(node);
    case FieldId::row: return m_site.row(node);
    case FieldId::rack: return m_site.rack(node);
    case FieldId::node: return m_site.nodeName(node);
    case FieldId::model: return m_site.model(node);
    case FieldId::driver: return m_site.driver(node);
    case FieldId::leaf: return m_site.leaf(node);
    case FieldId::pdu: return m_site.pdu(node);
    default: return {};
    }
}

std::optional<Rows::Range> SnapshotRows::ageMs(std::uint32_t node) const {
    // While an agent is connected its last-seen time is not sent with every message: the age is only known to be below the limit.
    if (m_site.facts(node).link == Link::connected) return Range{0, kAgentLateAfterMs - 1};
    const std::int64_t seen = m_site.lastSeenWallMs(node);
    if (seen == 0 || m_controllerNowMs == 0) return std::nullopt;
    const std::int64_t age = std::max<std::int64_t>(0, m_controllerNowMs - seen);
    return Range{age, age};
}

} // namespace busbar::query
