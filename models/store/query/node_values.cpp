#include "store/query/evaluator_parts.h"

namespace busbar::query {

bool isStale(const SiteView& rows, std::uint32_t node) { return !rows.fresh() || rows.facts(node).link != Link::connected; }

std::optional<Rows::Range> nodeNumber(const SiteView& rows, FieldId id, std::uint32_t node) {
    const auto exactly = [](std::int64_t value) { return std::optional(Rows::Range{value, value}); };
    switch (id) {
    case FieldId::unit: return rows.unit(node) > 0 ? exactly(rows.unit(node)) : std::nullopt;
    case FieldId::age: return rows.ageMs(node);
    case FieldId::since: {
        const std::optional<std::int64_t> since = rows.sinceMs(node);
        return since ? exactly(*since) : std::nullopt;
    }
    case FieldId::prio: {
        const NodeFacts facts = rows.facts(node);
        const int priority = priorityOf(facts);
        // With unknown health a node may be worse than the other facts say; only the worst stands.
        if (facts.health == Health::unknown && priority != 1 && facts.link != Link::lost) return std::nullopt;
        return exactly(priority);
    }
    default: return std::nullopt;
    }
}

RackHealth::RackHealth(const SiteView& rows) : m_rackOfNode(rows.nodeCount(), 0), m_racks(1) {
    absl::flat_hash_map<std::string_view, std::uint32_t> index;
    std::string_view last;
    std::uint32_t rack = 0;
    for (std::uint32_t node = 0; node < m_rackOfNode.size(); ++node) {
        const std::string_view name = rows.text(FieldId::rack, node);
        if (name.empty()) continue;
        if (name.data() != last.data() || name.size() != last.size()) {
            const auto [entry, fresh] = index.try_emplace(name, static_cast<std::uint32_t>(m_racks.size()));
            if (fresh) m_racks.emplace_back();
            rack = entry->second;
            last = name;
        }
        m_rackOfNode[node] = rack;
        const Health health = rows.facts(node).health;
        const bool healthy = health == Health::ok || health == Health::watch;
        m_racks[rack].low += healthy ? 1 : 0;
        m_racks[rack].high += healthy || health == Health::unknown ? 1 : 0;
    }
}

std::optional<Rows::Range> RackHealth::of(std::uint32_t node) const {
    const std::uint32_t rack = m_rackOfNode[node];
    return rack == 0 ? std::nullopt : std::optional(m_racks[rack]);
}

} // namespace busbar::query
