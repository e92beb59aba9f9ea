// All that the heatmap's parts show, in one place: the fleet, where its nodes stand, what the colours mean, which nodes are old or left out.
// It knows what changed by versions, so that each part repaints only that. GUI thread only.
#pragma once

#include "items/fleet_layout.h"
#include "items/match_watch.h"
#include "store/fleet_snapshot.h"
#include "widgets/controls/heatmap/heat_fill.h"
#include "widgets/controls/heatmap/heat_nodes.h"

#include <memory>
#include <vector>

namespace busbar::controls {

/// A node's GPUs are counted in a byte.
inline constexpr std::size_t kMostGpusPerNode = 255;

class HeatScene {
public:
    HeatScene();

    /// `stale`: by site, whether its link is anything but live.
    void setFleet(const store::FleetPtr& fleet, const std::vector<bool>& stale);
    void setFill(Fill fill);
    void setRange(HeatRange range);
    void setArrangement(items::Arrangement arrangement);
    /// nullptr: no query. Sites that it does not judge, or in another epoch, are left as they are.
    void setMatches(items::NodeMatchesPtr matches);
    /// The theme changed: all has to be painted again.
    void touch() { ++m_lookVersion; }

    const store::FleetSnapshot& fleet() const { return *m_fleet; }
    const items::FleetLayout& layout() const { return *m_layout; }
    const HeatTable& table() const { return m_table; }
    const HeatNodes& nodes(std::uint32_t site) const { return m_sites[site].nodes; }
    std::uint32_t siteCount() const { return static_cast<std::uint32_t>(m_sites.size()); }
    HeatTally tally() const;

    /// Grows when everything has to be painted again: layout, fill, range, theme.
    std::uint64_t lookVersion() const { return m_lookVersion; }
    /// Grows when marks, outlines or the state of a site changed.
    std::uint64_t marksVersion() const;
    /// Grows when a value or a flag of the chunk changed, within one lookVersion.
    std::uint64_t chunkVersion(std::uint32_t site, std::uint32_t chunk) const { return m_sites[site].versions[chunk]; }
    HeatColumns columns(std::uint32_t site, std::uint32_t chunk) const { return m_sites[site].columns[chunk]; }

    /// Index in the colour table of one GPU, its query, range and age regarded.
    std::uint8_t indexOf(std::uint32_t site, std::uint32_t node, int gpu) const;
    /// The same of all GPUs of a node (at most kMostGpusPerNode); returns how many.
    std::uint32_t indicesOf(std::uint32_t site, std::uint32_t node, std::uint8_t* to) const;
    /// What a box for these nodes shows: the worst of those whose values are fresh, of all when none are.
    struct Worst {
        std::uint8_t index = heat::kGround;
        bool old = false;
        bool empty = false; ///< no GPUs in it
    };
    Worst worstOf(std::uint32_t site, const std::uint32_t* nodes, std::uint32_t count) const;

private:
    struct Site {
        HeatNodes nodes;
        std::vector<HeatColumns> columns; ///< by chunk
        std::vector<std::uint64_t> versions;
    };
    void refresh();
    void refreshSite(std::uint32_t site);
    bool judged(std::uint32_t site) const;

    store::FleetPtr m_fleet;
    std::vector<bool> m_stale;
    items::LayoutPtr m_layout;
    items::Arrangement m_arrangement = items::Arrangement::physical;
    HeatTable m_table;
    items::NodeMatchesPtr m_matches;
    std::uint64_t m_matchesVersion = 0;
    std::vector<Site> m_sites;
    std::uint64_t m_lookVersion = 1;
};

} // namespace busbar::controls
