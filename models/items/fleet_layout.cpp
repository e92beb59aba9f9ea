#include "items/fleet_layout.h"

#include "items/layout_flow.h"
#include "items/site_plan.h"

#include <algorithm>
#include <cmath>

namespace busbar::items {

LayoutPtr FleetLayout::build(const store::FleetSnapshot& fleet, Arrangement arrangement, const FleetLayout* before) {
    auto layout = std::make_shared<FleetLayout>();
    layout->m_arrangement = arrangement;
    for (std::size_t i = 0; i < fleet.sites.size(); ++i) {
        const store::SiteSnapshot& site = *fleet.sites[i];
        layout->m_names.push_back(site.site());
        const bool kept = before != nullptr && before->m_arrangement == arrangement && i < before->m_sites.size() && before->m_names[i] == site.site() &&
                          before->m_sites[i].epoch == site.epoch() && before->m_sites[i].identityVersion == site.identityVersion();
        layout->m_sites.push_back(kept ? before->m_sites[i] : planSite(site, arrangement));
        layout->m_sites.back().headers.clear();
        layout->m_sites.back().bodies.clear();
        layout->m_strips += static_cast<std::uint32_t>(layout->m_sites.back().strips.size());
    }
    LayoutFlow::place(*layout);
    return layout;
}

bool FleetLayout::fits(const store::FleetSnapshot& fleet, Arrangement arrangement) const {
    if (m_arrangement != arrangement || m_sites.size() != fleet.sites.size()) return false;
    for (std::size_t i = 0; i < m_sites.size(); ++i) {
        const store::SiteSnapshot& site = *fleet.sites[i];
        if (m_names[i] != site.site() || m_sites[i].epoch != site.epoch() || m_sites[i].identityVersion != site.identityVersion()) return false;
    }
    return true;
}

std::optional<LayoutHit> FleetLayout::hit(double x, double y) const {
    const auto column = std::ranges::find_if(m_columns, [x](const Column& c) { return x >= c.x && x < c.right; });
    if (column == m_columns.end()) return std::nullopt;
    const auto stripAt = [this](const Entry& entry) -> const StripBox& { return m_sites[entry.site].strips[entry.strip]; };
    auto entry = std::ranges::upper_bound(column->strips, y, {}, [&](const Entry& e) { return stripAt(e).box.y; });
    if (entry == column->strips.begin()) return std::nullopt;
    --entry;
    const StripBox& strip = stripAt(*entry);
    if (!strip.box.contains(x, y)) return std::nullopt;
    const SiteBlock& block = m_sites[entry->site];
    const int pitch = block.gpusPerLine * kCellUnits + kRackGapUnits;
    const auto index = strip.beginRack + static_cast<std::uint32_t>((x - strip.box.x) / pitch);
    if (index >= strip.endRack || !block.racks[index].box.contains(x, y)) return std::nullopt;
    const RackBox& rack = block.racks[index];
    for (std::uint32_t i = rack.firstNode; i < rack.firstNode + rack.nodeCount; ++i) {
        const NodeSpot& spot = block.spots[block.order[i]];
        if (y >= spot.y + spot.lines * kLineUnits) continue;
        const int line = static_cast<int>((y - spot.y) / kLineUnits), slot = static_cast<int>((x - spot.x) / kCellUnits);
        const int gpu = line * block.gpusPerLine + slot;
        return LayoutHit{entry->site, block.order[i], gpu < spot.gpus ? gpu : -1};
    }
    return std::nullopt;
}

Box FleetLayout::nodeBox(std::uint32_t site, std::uint32_t node) const {
    const NodeSpot& spot = m_sites[site].spots[node];
    return {spot.x, spot.y, m_sites[site].gpusPerLine * kCellUnits, spot.lines * kLineUnits - 1};
}

Box FleetLayout::gpuBox(std::uint32_t site, std::uint32_t node, int gpu) const {
    const SiteBlock& block = m_sites[site];
    const NodeSpot& spot = block.spots[node];
    return {spot.x + gpu % block.gpusPerLine * kCellUnits, spot.y + gpu / block.gpusPerLine * kLineUnits, kCellUnits, kCellUnits};
}

const RackBox& FleetLayout::rackOf(std::uint32_t site, std::uint32_t node) const { return m_sites[site].racks[m_sites[site].spots[node].rack]; }

const StripBox& FleetLayout::stripOf(std::uint32_t site, std::uint32_t node) const { return m_sites[site].strips[rackOf(site, node).strip]; }

} // namespace busbar::items
