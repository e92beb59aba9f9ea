#include "items/neighbour_band.h"

#include <algorithm>

namespace busbar::items {

namespace {

std::size_t indexOf(Metric metric) {
    return static_cast<std::size_t>(std::find(kTracedMetrics.begin(), kTracedMetrics.end(), metric) - kTracedMetrics.begin());
}

/// Value at `share` of the way through `values`, which are put in order around it.
std::int32_t percentile(std::vector<std::int64_t>& values, double share) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), at, values.end());
    return static_cast<std::int32_t>(*at);
}

} // namespace

void NeighbourBand::take(const store::SiteSnapshot& site, std::int64_t siteWallMs) {
    if (!m_samples.empty() && siteWallMs < m_samples.back().wallMs) clear(); // the clock was set back
    if (!m_samples.empty() && siteWallMs < m_samples.back().wallMs + kPeriodMs) return;
    Sample& sample = m_samples.emplace_back();
    sample.wallMs = siteWallMs;
    for (std::size_t metric = 0; metric < kTracedMetrics.size(); ++metric) {
        m_values.clear();
        for (const std::uint32_t row : m_rows)
            if (row < site.rowCount())
                if (const std::int64_t value = site.value(kTracedMetrics[metric], row); value >= 0) m_values.push_back(value);
        if (m_values.size() >= kFewest) sample.ranges[metric] = {percentile(m_values, 0.1), percentile(m_values, 0.9)};
    }
    if (m_samples.size() > kSamples) m_samples.pop_front();
}

Trace NeighbourBand::trace(Metric metric, double msPerColumn, std::int64_t first, std::int64_t last) const {
    Trace out;
    const std::size_t index = indexOf(metric);
    if (index >= kTracedMetrics.size() || msPerColumn <= 0) return out;
    Decimator decimator(msPerColumn, out);
    for (const Sample& sample : m_samples) {
        const std::int64_t column = columnOf(sample.wallMs, msPerColumn);
        if (column >= first && column <= last) decimator.add(sample.wallMs, kPeriodMs, sample.ranges[index].low, sample.ranges[index].high);
    }
    return out;
}

std::optional<std::pair<std::int64_t, std::int64_t>> NeighbourBand::at(Metric metric, std::int64_t wallMs) const {
    const std::size_t index = indexOf(metric);
    const auto next = std::lower_bound(m_samples.begin(), m_samples.end(), wallMs,
                                       [](const Sample& sample, std::int64_t moment) { return sample.wallMs < moment; });
    if (index >= kTracedMetrics.size() || next == m_samples.end() || next->wallMs - wallMs > kJoinMs || next->ranges[index].low < 0)
        return std::nullopt;
    return std::pair<std::int64_t, std::int64_t>(next->ranges[index].low, next->ranges[index].high);
}

} // namespace busbar::items
