// The five facts and the last-seen time of each node of a site. Not thread-safe while it changes.
#pragma once

#include "domain/facts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace busbar::store {

/// Facts and last-seen time of each node, in six bytes.
class FactsTable {
public:
    std::uint32_t size() const { return static_cast<std::uint32_t>(m_facts.size()); }
    void resize(std::uint32_t nodes) {
        m_facts.resize(nodes, packed(NodeFacts{}));
        m_lastSeen.resize(nodes, 0);
    }
    NodeFacts facts(std::uint32_t node) const {
        const std::uint16_t bits = m_facts[node];
        return {static_cast<NodeState>(bits & 15), static_cast<Service>(bits >> 4 & 7), static_cast<Occupancy>(bits >> 7 & 15), static_cast<Health>(bits >> 11 & 7),
                static_cast<Link>(bits >> 14 & 3)};
    }
    void setFacts(std::uint32_t node, const NodeFacts& facts) { m_facts[node] = packed(facts); }
    std::int64_t lastSeenWallMs(std::uint32_t node) const { return m_lastSeen[node] == 0 ? 0 : kBaseMs + std::int64_t{m_lastSeen[node]} * kTickMs; }
    void setLastSeen(std::uint32_t node, std::int64_t wallMs) {
        m_lastSeen[node] = static_cast<std::uint32_t>(wallMs <= kBaseMs ? 0 : std::min<std::int64_t>((wallMs - kBaseMs) / kTickMs, UINT32_MAX));
    }
    std::size_t memoryBytes() const { return m_facts.capacity() * sizeof(std::uint16_t) + m_lastSeen.capacity() * sizeof(std::uint32_t); }

private:
    /// Last-seen times are for people: half seconds since 2020-01-01 fit 32 bits until 2088.
    static constexpr std::int64_t kBaseMs = 1'577'836'800'000, kTickMs = 500;
    static std::uint16_t packed(const NodeFacts& facts) {
        return static_cast<std::uint16_t>(static_cast<unsigned>(facts.state) | static_cast<unsigned>(facts.service) << 4 | static_cast<unsigned>(facts.occupancy) << 7 |
                                          static_cast<unsigned>(facts.health) << 11 | static_cast<unsigned>(facts.link) << 14);
    }
    std::vector<std::uint16_t> m_facts;
    std::vector<std::uint32_t> m_lastSeen;
};

} // namespace busbar::store
