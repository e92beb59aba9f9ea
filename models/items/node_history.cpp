#include "items/node_history.h"

#include <algorithm>
#include <utility>

namespace busbar::items {

namespace {

constexpr std::size_t kMetrics = kTracedMetrics.size();

/// A step further back than this is a clock that was set, not jitter.
constexpr std::int64_t kClockSetMs = 10'000;

std::int64_t middleOf(const HistorySeries& series, std::size_t index) {
    return series.startWallMs + static_cast<std::int64_t>(index) * series.stepMs + series.stepMs / 2;
}

/// Index of the last step whose middle is before `wallMs`, or 0: one further than asked for, to draw to the edge.
std::size_t stepBefore(const HistorySeries& series, std::int64_t wallMs) {
    const std::int64_t index = (wallMs - series.startWallMs - series.stepMs / 2) / series.stepMs - 1;
    return static_cast<std::size_t>(std::clamp<std::int64_t>(index, 0, std::ssize(series.avg)));
}

std::int32_t narrow(std::int64_t value) { return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, kNotRead, INT32_MAX)); }

} // namespace

void NodeHistory::reset(std::string nodeId, int gpus) {
    m_nodeId = std::move(nodeId);
    m_gpus = std::clamp(gpus, 0, static_cast<int>(kMaxGpusPerNode));
    m_slots.assign(static_cast<std::size_t>(m_gpus) * kMetrics, {});
    clearLive();
    m_liveTimes.clear();
    m_liveTimes.shrink_to_fit();
    m_liveValues.clear();
    m_liveValues.shrink_to_fit();
    m_hasPast = false;
    ++m_version;
}

void NodeHistory::clearLive() { m_liveStart = m_liveCount = 0; }

std::optional<std::size_t> NodeHistory::slotOf(int gpu, Metric metric) const {
    const auto found = std::find(kTracedMetrics.begin(), kTracedMetrics.end(), metric);
    if (gpu < 0 || gpu >= m_gpus || found == kTracedMetrics.end()) return std::nullopt;
    return static_cast<std::size_t>(gpu) * kMetrics + static_cast<std::size_t>(found - kTracedMetrics.begin());
}

void NodeHistory::takePast(const std::vector<HistorySeries>& series) {
    for (const HistorySeries& one : series) {
        const std::optional<std::size_t> slot = slotOf(one.gpu, one.metric);
        const bool whole = one.stepMs > 0 && one.min.size() == one.avg.size() && one.max.size() == one.avg.size();
        if (one.nodeId != m_nodeId || !slot || !whole) continue;
        (one.stepMs < kCoarseFromMs ? m_slots[*slot].fine : m_slots[*slot].coarse) = one;
    }
    m_hasPast = true;
    ++m_version;
}

void NodeHistory::takeLive(const store::SiteSnapshot& site, std::uint32_t node, std::int64_t siteWallMs) {
    if (m_liveCount > 0) {
        const std::int64_t last = m_liveTimes[ringIndex(m_liveCount - 1)];
        if (siteWallMs < last - kClockSetMs) clearLive();
        else if (siteWallMs < last + kLivePeriodMs) return;
    }
    const int gpus = std::min(m_gpus, site.gpuCount(node));
    if (gpus <= 0) return;
    if (m_liveTimes.empty()) {
        m_liveTimes.resize(kLiveSamples);
        m_liveValues.assign(m_slots.size() * kLiveSamples, static_cast<std::int32_t>(kNotRead));
    }
    if (m_liveCount == kLiveSamples) m_liveStart = ringIndex(1);
    else ++m_liveCount;
    const std::size_t at = ringIndex(m_liveCount - 1);
    m_liveTimes[at] = siteWallMs;
    for (int gpu = 0; gpu < gpus; ++gpu)
        for (std::size_t metric = 0; metric < kMetrics; ++metric)
            m_liveValues[(static_cast<std::size_t>(gpu) * kMetrics + metric) * kLiveSamples + at] =
                narrow(site.value(kTracedMetrics[metric], site.firstRow(node) + static_cast<std::uint32_t>(gpu)));
    ++m_version;
}

std::size_t NodeHistory::firstLiveFrom(std::int64_t wallMs) const {
    std::size_t low = 0, high = m_liveCount;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (m_liveTimes[ringIndex(middle)] < wallMs) low = middle + 1;
        else high = middle;
    }
    return low;
}

template <typename Take>
void NodeHistory::visit(std::size_t slot, std::int64_t fromMs, std::int64_t untilMs, Take take) const {
    const auto& [coarse, fine] = m_slots[slot];
    const auto takeSteps = [&](const HistorySeries& series, std::int64_t beforeMs, auto&& each) {
        for (std::size_t i = stepBefore(series, fromMs); i < series.avg.size(); ++i) {
            const std::int64_t wallMs = middleOf(series, i);
            if (wallMs >= beforeMs) return;
            each(Reading{wallMs, series.stepMs, narrow(series.min[i]), narrow(series.max[i]), static_cast<double>(series.avg[i])});
            if (wallMs > untilMs) return;
        }
    };
    std::size_t live = firstLiveFrom(fromMs);
    if (live > 0) --live;
    const auto takeLiveBefore = [&](std::int64_t beforeMs) {
        for (; live < m_liveCount; ++live) {
            const std::size_t at = ringIndex(live);
            const std::int64_t wallMs = m_liveTimes[at];
            if (wallMs >= beforeMs) return;
            const std::int32_t value = m_liveValues[slot * kLiveSamples + at];
            take(Reading{wallMs, kLivePeriodMs, value, value, static_cast<double>(value)});
            if (wallMs > untilMs) live = m_liveCount;
        }
    };
    const auto takeMerged = [&](const Reading& reading) {
        takeLiveBefore(reading.wallMs);
        take(reading);
    };
    if (coarse) takeSteps(*coarse, fine ? fine->startWallMs : INT64_MAX, takeMerged);
    if (fine) takeSteps(*fine, INT64_MAX, takeMerged);
    takeLiveBefore(INT64_MAX);
}

Trace NodeHistory::trace(int gpu, Metric metric, double msPerColumn, std::int64_t first, std::int64_t last) const {
    Trace out;
    const std::optional<std::size_t> slot = slotOf(gpu, metric);
    if (!slot || msPerColumn <= 0 || last < first) return out;
    out.reserve(static_cast<std::size_t>(last - first) + 3);
    Decimator decimator(msPerColumn, out);
    const auto from = static_cast<std::int64_t>(static_cast<double>(first) * msPerColumn),
               until = static_cast<std::int64_t>(static_cast<double>(last + 1) * msPerColumn);
    visit(*slot, from, until, [&](const Reading& reading) { decimator.add(reading.wallMs, reading.periodMs, reading.low, reading.high); });
    return out;
}

std::optional<NodeHistory::Value> NodeHistory::over(int gpu, Metric metric, std::int64_t fromMs, std::int64_t untilMs) const {
    Value value{INT64_MAX, INT64_MIN};
    double sum = 0, weight = 0;
    for (int one = gpu < 0 ? 0 : gpu; one < (gpu < 0 ? m_gpus : gpu + 1); ++one) {
        const std::optional<std::size_t> slot = slotOf(one, metric);
        if (!slot) return std::nullopt;
        visit(*slot, fromMs, untilMs, [&](const Reading& reading) {
            if (reading.low < 0 || reading.wallMs < fromMs || reading.wallMs >= untilMs) return;
            value.low = std::min<std::int64_t>(value.low, reading.low);
            value.high = std::max<std::int64_t>(value.high, reading.high);
            sum += reading.mean * static_cast<double>(reading.periodMs);
            weight += static_cast<double>(reading.periodMs);
        });
    }
    if (weight <= 0) return std::nullopt;
    value.mean = sum / weight;
    return value;
}

} // namespace busbar::items
