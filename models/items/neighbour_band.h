// What the GPUs near a node measured while it was looked at: each second the 10th and the 90th percentile of every traced metric over
// the rows given, for 15 minutes. Nothing is loaded from anywhere, so the band begins when the node is opened. 25 kB. GUI thread only.
#pragma once

#include "items/node_history.h"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace busbar::items {

class NeighbourBand {
public:
    static constexpr std::int64_t kPeriodMs = 1'000;
    static constexpr std::size_t kSamples = 15 * 60;
    /// Fewer GPUs with a value have no band: two of them say nothing of what is usual.
    static constexpr std::size_t kFewest = 4;

    /// Another node: forgets what was.
    void clear() { m_samples.clear(); }
    /// GPU slots of the node's site, from now on (neighbours come and go).
    void setRows(std::vector<std::uint32_t> rows) { m_rows = std::move(rows); }
    std::size_t rows() const { return m_rows.size(); }

    /// Values of now, by the site's clock; left out when they come sooner than kPeriodMs after the last ones.
    void take(const store::SiteSnapshot& site, std::int64_t siteWallMs);
    /// Low and high of each column, as NodeHistory::trace.
    Trace trace(Metric metric, double msPerColumn, std::int64_t first, std::int64_t last) const;
    /// Percentiles at a moment; nullopt when there was no band.
    std::optional<std::pair<std::int64_t, std::int64_t>> at(Metric metric, std::int64_t wallMs) const;

private:
    struct Range {
        std::int32_t low = -1, high = -1;
    };
    struct Sample {
        std::int64_t wallMs = 0;
        std::array<Range, kTracedMetrics.size()> ranges;
    };
    std::vector<std::uint32_t> m_rows;
    std::deque<Sample> m_samples;
    std::vector<std::int64_t> m_values; ///< of one metric, while it is sorted
};

} // namespace busbar::items
