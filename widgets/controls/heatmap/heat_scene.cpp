#include "widgets/controls/heatmap/heat_scene.h"

#include <algorithm>
#include <array>
#include <utility>

namespace busbar::controls {

HeatScene::HeatScene() : m_fleet(std::make_shared<store::FleetSnapshot>()), m_layout(items::FleetLayout::build(*m_fleet, m_arrangement)), m_table(Fill::utilisation) {}

void HeatScene::setFleet(const store::FleetPtr& fleet, const std::vector<bool>& stale) {
    m_fleet = fleet;
    m_stale = stale;
    refresh();
}

void HeatScene::setFill(Fill fill) {
    if (fill == m_table.fill()) return;
    m_table = HeatTable(fill);
    ++m_lookVersion;
    refresh();
}

void HeatScene::setRange(HeatRange range) {
    if (range == m_table.range()) return;
    m_table = HeatTable(m_table.fill(), range);
    ++m_lookVersion;
}

void HeatScene::setArrangement(items::Arrangement arrangement) {
    m_arrangement = arrangement;
    refresh();
}

void HeatScene::setMatches(items::NodeMatchesPtr matches) {
    if (matches == nullptr && m_matches == nullptr) return;
    m_matches = std::move(matches);
    ++m_matchesVersion;
    refresh();
}

void HeatScene::refresh() {
    if (!m_layout->fits(*m_fleet, m_arrangement)) {
        m_layout = items::FleetLayout::build(*m_fleet, m_arrangement, m_layout.get());
        ++m_lookVersion;
    }
    m_sites.resize(m_fleet->sites.size());
    for (std::uint32_t site = 0; site < m_sites.size(); ++site) refreshSite(site);
}

bool HeatScene::judged(std::uint32_t site) const {
    return m_matches != nullptr && site < m_matches->found.size() && m_matches->epochs[site] == m_fleet->sites[site]->epoch();
}

void HeatScene::refreshSite(std::uint32_t site) {
    static const std::vector<std::uint8_t> kNone;
    Site& state = m_sites[site];
    const store::SiteSnapshot& snapshot = *m_fleet->sites[site];
    const bool stale = site < m_stale.size() && m_stale[site];
    state.nodes.update(snapshot, m_layout->sites()[site], stale, judged(site) ? m_matches->found[site] : kNone, m_matchesVersion);
    const std::uint32_t chunks = state.nodes.chunkCount();
    state.columns.resize(chunks);
    state.versions.resize(chunks);
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) {
        state.columns[chunk] = HeatTable::columnsOf(m_table.fill(), snapshot, chunk);
        // Both only grow, so that their sum changes whenever one of them does.
        state.versions[chunk] = HeatTable::versionOf(m_table.fill(), snapshot, chunk) + state.nodes.chunkVersion(chunk);
    }
}

HeatTally HeatScene::tally() const {
    HeatTally sum;
    for (const Site& site : m_sites) sum.add(site.nodes.tally());
    return sum;
}

std::uint64_t HeatScene::marksVersion() const {
    std::uint64_t sum = m_lookVersion;
    for (const Site& site : m_sites) sum += site.nodes.version();
    return sum;
}

std::uint8_t HeatScene::indexOf(std::uint32_t site, std::uint32_t node, int gpu) const {
    const std::uint32_t row = m_layout->sites()[site].spots[node].firstRow + static_cast<std::uint32_t>(gpu);
    const HeatColumns& columns = m_sites[site].columns[row / store::kChunkRows];
    const std::uint8_t index = columns.value == nullptr ? heat::kNotRead : m_table.at(columns, row % store::kChunkRows);
    return m_sites[site].nodes.flags(node) == 0 ? index : heat::dimmed(index);
}

std::uint32_t HeatScene::indicesOf(std::uint32_t site, std::uint32_t node, std::uint8_t* to) const {
    const items::NodeSpot& spot = m_layout->sites()[site].spots[node];
    const Site& state = m_sites[site];
    for (std::uint32_t done = 0; done < spot.gpus;) {
        const std::uint32_t row = spot.firstRow + done, position = row % store::kChunkRows, count = std::min(spot.gpus - done, store::kChunkRows - position);
        const HeatColumns& columns = state.columns[row / store::kChunkRows];
        if (columns.value == nullptr) std::fill_n(to + done, count, heat::kNotRead);
        else m_table.copy(columns, position, count, to + done);
        done += count;
    }
    if (state.nodes.flags(node) != 0) std::transform(to, to + spot.gpus, to, heat::dimmed);
    return spot.gpus;
}

HeatScene::Worst HeatScene::worstOf(std::uint32_t site, const std::uint32_t* nodes, std::uint32_t count) const {
    Worst fresh, old;
    std::array<std::uint8_t, kMostGpusPerNode> indices;
    bool anyFresh = false, anyOld = false;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t gpus = indicesOf(site, nodes[i], indices.data());
        if (gpus == 0) continue;
        const bool isOld = (m_sites[site].nodes.flags(nodes[i]) & HeatNodes::old) != 0;
        Worst& worst = isOld ? old : fresh;
        bool& any = isOld ? anyOld : anyFresh;
        if (!std::exchange(any, true)) worst.index = indices[0];
        for (std::uint32_t gpu = 0; gpu < gpus; ++gpu) worst.index = m_table.worse(indices[gpu], worst.index);
    }
    if (anyFresh) return fresh;
    old.old = anyOld;
    old.empty = !anyOld;
    return old;
}

} // namespace busbar::controls
