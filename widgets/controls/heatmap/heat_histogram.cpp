#include "widgets/controls/heatmap/heat_histogram.h"

#include <algorithm>
#include <numeric>

namespace busbar::controls {

namespace {

void add(HeatCounts& to, const HeatCounts& from, std::uint32_t sign) {
    for (std::size_t i = 0; i < to.byIndex.size(); ++i) to.byIndex[i] += sign * from.byIndex[i];
    for (const auto member : {&HeatCounts::notRead, &HeatCounts::notSupported, &HeatCounts::old, &HeatCounts::leftOut}) to.*member += sign * (from.*member);
}

} // namespace

std::uint32_t HeatCounts::valued() const { return std::accumulate(byIndex.begin(), byIndex.end(), 0U); }

std::uint32_t HeatCounts::within(HeatRange range) const {
    const int low = std::clamp(range.low, 0, int{heat::kTop}), high = std::clamp(range.high, low, int{heat::kTop});
    return std::accumulate(byIndex.begin() + low, byIndex.begin() + high + 1, 0U);
}

HeatCounts HeatHistogram::countChunk(const HeatScene& scene, std::uint32_t site, std::uint32_t chunk) {
    HeatCounts counts;
    const items::SiteBlock& block = scene.layout().sites()[site];
    const HeatNodes& nodes = scene.nodes(site);
    const HeatColumns columns = scene.columns(site, chunk);
    if (columns.value == nullptr) return counts;
    const std::uint32_t rowBegin = chunk * store::kChunkRows, rowEnd = rowBegin + store::kChunkRows;
    std::uint32_t begin = nodes.firstNode(chunk);
    if (begin > 0 && block.spots[begin - 1].firstRow + block.spots[begin - 1].gpus > rowBegin) --begin;
    for (std::uint32_t node = begin; node < nodes.firstNode(chunk + 1); ++node) {
        const std::uint32_t first = std::max(block.spots[node].firstRow, rowBegin), end = std::min(block.spots[node].firstRow + block.spots[node].gpus, rowEnd);
        if (first >= end) continue;
        const std::uint8_t flags = nodes.flags(node);
        if ((flags & HeatNodes::dim) != 0) counts.leftOut += end - first;
        else if ((flags & HeatNodes::old) != 0) counts.old += end - first;
        if (flags != 0) continue;
        for (std::uint32_t row = first; row < end; ++row) {
            const std::uint8_t index = scene.table().at(columns, row - rowBegin);
            if (heat::isValue(index)) ++counts.byIndex[index & (heat::kDim - 1)];
            else ++(index == heat::kNotSupported ? counts.notSupported : counts.notRead);
        }
    }
    return counts;
}

const HeatCounts& HeatHistogram::update(const HeatScene& scene) {
    if (m_look != scene.lookVersion()) {
        m_look = scene.lookVersion();
        m_chunks.assign(scene.siteCount(), {});
        m_sum = {};
    }
    for (std::uint32_t site = 0; site < scene.siteCount(); ++site) {
        m_chunks[site].resize(scene.nodes(site).chunkCount());
        for (std::uint32_t index = 0; index < m_chunks[site].size(); ++index) {
            Chunk& chunk = m_chunks[site][index];
            if (chunk.version == scene.chunkVersion(site, index)) continue;
            add(m_sum, chunk.counts, UINT32_MAX); // minus one
            chunk.version = scene.chunkVersion(site, index);
            chunk.counts = countChunk(scene, site, index);
            add(m_sum, chunk.counts, 1);
        }
    }
    return m_sum;
}

} // namespace busbar::controls
