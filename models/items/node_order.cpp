#include "items/node_order.h"

#include <algorithm>

namespace busbar::items {
namespace {

/// Numbers all nodes of all sites one after the other.
class NodeNumbers {
public:
    NodeNumbers(const NodeOrder& a, const NodeOrder& b) : m_base(std::max(a.epochs.size(), b.epochs.size()) + 1) {
        std::vector<std::uint32_t> sizes(m_base.size());
        for (const NodeOrder* order : {&a, &b})
            for (const store::RowRef& ref : order->nodes) sizes[ref.site] = std::max(sizes[ref.site], ref.row + 1);
        for (std::size_t site = 0; site + 1 < m_base.size(); ++site) m_base[site + 1] = m_base[site] + sizes[site];
    }
    std::uint32_t of(const store::RowRef& ref) const { return m_base[ref.site] + ref.row; }
    std::uint32_t total() const { return m_base.back(); }

private:
    std::vector<std::uint32_t> m_base;
};

/// Length of the longest ascending part of `values`, which are all different.
std::uint32_t longestAscending(const std::vector<std::uint32_t>& values) {
    std::vector<std::uint32_t> smallestEnds;
    for (const std::uint32_t value : values) {
        const auto place = smallestEnds.empty() || smallestEnds.back() < value ? smallestEnds.end() : std::lower_bound(smallestEnds.begin(), smallestEnds.end(), value);
        if (place == smallestEnds.end()) smallestEnds.push_back(value);
        else *place = value;
    }
    return static_cast<std::uint32_t>(smallestEnds.size());
}

} // namespace

std::vector<std::uint64_t> epochsOf(const store::FleetSnapshot& fleet) {
    std::vector<std::uint64_t> epochs;
    for (const auto& site : fleet.sites) epochs.push_back(site->epoch());
    return epochs;
}

OrderChange changeBetween(const NodeOrder& shown, const NodeOrder& next) {
    if (shown.nodes == next.nodes) return {};
    const NodeNumbers numbers(shown, next);
    constexpr std::uint32_t kAbsent = UINT32_MAX;
    std::vector<std::uint32_t> placeShown(numbers.total(), kAbsent);
    for (std::uint32_t place = 0; place < shown.nodes.size(); ++place) placeShown[numbers.of(shown.nodes[place])] = place;
    std::vector<std::uint32_t> stay;
    stay.reserve(next.nodes.size());
    for (const store::RowRef& ref : next.nodes)
        if (const std::uint32_t place = placeShown[numbers.of(ref)]; place != kAbsent) stay.push_back(place);
    const auto staying = static_cast<std::uint32_t>(stay.size());
    return {.moved = staying - longestAscending(stay), .left = static_cast<std::uint32_t>(shown.nodes.size()) - staying, .joined = static_cast<std::uint32_t>(next.nodes.size()) - staying};
}

NodeOrder carriedOver(const NodeOrder& shown, const store::FleetSnapshot& before, const store::FleetSnapshot& now) {
    NodeOrder carried{.nodes = {}, .epochs = epochsOf(now)};
    carried.nodes.reserve(shown.nodes.size());
    for (const store::RowRef& ref : shown.nodes) {
        if (ref.site >= now.sites.size() || ref.site >= before.sites.size()) continue;
        const store::SiteSnapshot& from = *before.sites[ref.site];
        const store::SiteSnapshot& to = *now.sites[ref.site];
        if (from.epoch() == to.epoch()) carried.nodes.push_back(ref);
        else if (const std::uint32_t node = to.findNode(from.nodeName(ref.row)); node < to.nodeCount()) carried.nodes.push_back({ref.site, node});
    }
    return carried;
}

} // namespace busbar::items
