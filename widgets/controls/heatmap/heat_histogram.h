// How many GPUs have which colour: the legend's histogram, kept by chunk so that only chunks that changed are counted again. GPU values
// that are old count as old and in no bin; GPUs left out by the query are counted apart. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_scene.h"

#include <array>
#include <cstdint>
#include <vector>

namespace busbar::controls {

struct HeatCounts {
    std::array<std::uint32_t, heat::kTop + 1> byIndex{};
    std::uint32_t notRead = 0, notSupported = 0, old = 0, leftOut = 0;
    std::uint32_t valued() const;
    /// GPUs with an index in [low, high].
    std::uint32_t within(HeatRange range) const;
};

class HeatHistogram {
public:
    /// Counts what changed since the last call.
    const HeatCounts& update(const HeatScene& scene);
    const HeatCounts& counts() const { return m_sum; }

private:
    struct Chunk {
        std::uint64_t version = 0;
        HeatCounts counts;
    };
    static HeatCounts countChunk(const HeatScene& scene, std::uint32_t site, std::uint32_t chunk);
    std::vector<std::vector<Chunk>> m_chunks;
    HeatCounts m_sum;
    std::uint64_t m_look = 0;
};

} // namespace busbar::controls
