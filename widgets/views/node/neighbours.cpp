#include "widgets/views/node/neighbours.h"

#include <algorithm>
#include <array>

namespace busbar::views {

namespace {

enum class Standing : std::uint8_t { unknown, healthy, sick };

Standing standingOf(const NodeFacts& facts) {
    if (facts.link == Link::lost || facts.health == Health::degraded || facts.health == Health::failed) return Standing::sick;
    if (facts.health == Health::unknown || facts.link == Link::unknown) return Standing::unknown;
    return Standing::healthy;
}

constexpr std::size_t kDomains = 6;

/// What a node shares; racks and rows are named within their hall.
std::array<std::string_view, kDomains> sharedBy(const store::SiteSnapshot& site, std::uint32_t node) {
    return {site.leaf(node), site.rack(node), site.row(node), site.pdu(node), site.model(node), site.driver(node)};
}

} // namespace

Neighbours neighboursOf(const store::SiteSnapshot& site, std::uint32_t node) {
    static constexpr std::array kKinds{"leaf", "rack", "row", "PDU", "model", "driver"};
    constexpr std::size_t kRack = 1, kRow = 2, kDriver = 5;
    Neighbours result;
    auto own = sharedBy(site, node);
    if (site.gpuCount(node) == 0) own[kDriver] = {}; // why there is no driver is nothing to share
    std::array<NeighbourDomain, kDomains> domains;
    for (std::uint32_t other = 0; other < site.nodeCount(); ++other) {
        const Standing standing = standingOf(site.facts(other));
        const auto shared = sharedBy(site, other);
        const bool sameHall = site.hall(other) == site.hall(node), sameRow = sameHall && shared[kRow] == own[kRow];
        if (!own[kRack].empty() && sameRow && shared[kRack] == own[kRack]) {
            ++result.rackNodes;
            result.rackHealthy += standing == Standing::healthy ? 1 : 0;
        }
        if (standing == Standing::unknown) continue;
        ++result.known;
        result.sick += standing == Standing::sick ? 1 : 0;
        for (std::size_t i = 0; i < kDomains; ++i) {
            if (own[i].empty() || shared[i] != own[i] || (i == kRack && !sameRow) || (i == kRow && !sameHall)) continue;
            ++domains[i].nodes;
            domains[i].sick += standing == Standing::sick ? 1 : 0;
        }
    }
    for (std::size_t i = 0; i < kDomains; ++i) {
        if (own[i].empty() || domains[i].nodes == 0) continue;
        domains[i].kind = kKinds[i];
        domains[i].name = own[i];
        if (result.sick > 0)
            domains[i].lift = (static_cast<double>(domains[i].sick) / domains[i].nodes) / (static_cast<double>(result.sick) / result.known);
        result.domains.push_back(std::move(domains[i]));
    }
    std::stable_sort(result.domains.begin(), result.domains.end(),
                     [](const NeighbourDomain& a, const NeighbourDomain& b) { return a.lift > b.lift; });
    return result;
}

std::vector<std::uint32_t> rowsNear(const store::SiteSnapshot& site, std::uint32_t node) {
    std::vector<std::uint32_t> rows;
    const std::string_view leaf = site.leaf(node), rack = site.rack(node);
    for (std::uint32_t other = 0; other < site.nodeCount() && rows.size() < kNearRows; ++other) {
        const bool sameRack = !rack.empty() && site.rack(other) == rack && site.row(other) == site.row(node) && site.hall(other) == site.hall(node);
        if (other == node || !(leaf.empty() ? sameRack : site.leaf(other) == leaf) || site.facts(other).link != Link::connected) continue;
        for (std::uint32_t row = site.firstRow(other); row < site.firstRow(other) + static_cast<std::uint32_t>(site.gpuCount(other)); ++row)
            rows.push_back(row);
    }
    return rows;
}

} // namespace busbar::views
