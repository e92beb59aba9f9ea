#include "busbar-controller/history/history_window.h"

#include "base/ids.h"
#include "busbar-controller/ingest/fleet_state.h"

#include <algorithm>
#include <cstring>

namespace busbar::controller {
namespace {

constexpr std::size_t kFoldSlots = 10;
constexpr std::size_t kFineBytesPerRow = 9;

/// A silent node's last values are not what it measures now.
void writeGap(std::vector<std::byte>& column, Metric metric, std::uint32_t first, std::uint32_t count) {
    const auto width = static_cast<std::size_t>(infoOf(metric).wireBytes);
    std::memset(column.data() + first * width, 0xff, count * width);
}

std::int64_t valueAt(const std::vector<std::byte>& column, Metric metric, std::uint32_t row) {
    if (infoOf(metric).wireBytes == 1) {
        const auto byte = static_cast<std::uint8_t>(column[row]);
        return byte >= 0xfe ? kNotRead : byte;
    }
    std::uint16_t word = 0;
    std::memcpy(&word, column.data() + row * sizeof word, sizeof word);
    return word >= 0xfffe ? kNotRead : word;
}

std::size_t sizeOf(const RowLayout& layout) { return layout.rows * kFineBytesPerRow; }

} // namespace

void HistoryWindow::refreshLayout(const FleetState& state) {
    if (m_layout && m_epoch == state.epoch && m_layout->rows == state.metrics.rowCount() && m_layout->firstRow.size() == state.nodes.count()) return;
    auto layout = std::make_shared<RowLayout>();
    layout->firstRow = state.nodes.firstRow;
    layout->gpuCount = state.nodes.gpuCount;
    layout->rows = state.metrics.rowCount();
    m_layout = std::move(layout);
    m_epoch = state.epoch;
    m_site = state.site;
    for (auto node = static_cast<std::uint32_t>(m_nodes.size()); node < state.nodes.count(); ++node) m_nodes.emplace(state.nodes.names[node], node);
}

void HistoryWindow::sample(const FleetState& state, std::int64_t wallMs, std::int64_t bootMs) {
    const std::lock_guard lock(m_mutex);
    refreshLayout(state);
    FineSlot slot;
    slot.wallMs = wallMs;
    slot.layout = m_layout;
    for (std::size_t i = 0; i < kHistoryMetrics.size(); ++i) {
        const auto bytes = state.metrics.bytes(kHistoryMetrics[i], 0, m_layout->rows);
        slot.columns[i].assign(bytes.begin(), bytes.end());
        for (std::uint32_t node = 0; node < state.nodes.count(); ++node)
            if (bootMs - state.nodes.lastHeardBootMs[node] >= kAgentLateAfterMs)
                writeGap(slot.columns[i], kHistoryMetrics[i], m_layout->firstRow[node], m_layout->gpuCount[node]);
    }
    m_fineBytes += sizeOf(*m_layout);
    m_fine.push_back(std::move(slot));
    ++m_unfolded;
    while (m_fine.size() > kFoldSlots && (m_fine.size() > kFineSteps || m_fineBytes > kFineBytes)) {
        m_fineBytes -= sizeOf(*m_fine.front().layout);
        m_fine.pop_front();
    }
}

CoarseSlot HistoryWindow::foldSlots(std::size_t first) const {
    CoarseSlot coarse;
    coarse.wallMs = m_fine[first].wallMs;
    coarse.layout = m_fine.back().layout;
    const std::uint32_t rows = coarse.layout->rows;
    for (std::size_t metric = 0; metric < kHistoryMetrics.size(); ++metric) {
        std::vector<std::int64_t> low(rows, INT64_MAX), high(rows, kNotRead), sum(rows, 0);
        std::vector<std::uint8_t> count(rows, 0);
        for (std::size_t i = first; i < m_fine.size(); ++i) {
            if (m_fine[i].layout != coarse.layout) continue; // rows moved in these ten seconds
            for (std::uint32_t row = 0; row < rows; ++row) {
                const std::int64_t value = valueAt(m_fine[i].columns[metric], kHistoryMetrics[metric], row);
                if (value < 0) continue;
                low[row] = std::min(low[row], value);
                high[row] = std::max(high[row], value);
                sum[row] += value;
                ++count[row];
            }
        }
        for (auto& bytes : coarse.bytes[metric]) bytes.resize(rows);
        for (std::uint32_t row = 0; row < rows; ++row) {
            const bool known = count[row] > 0;
            const std::int64_t mean = known ? (sum[row] + count[row] / 2) / count[row] : kNotRead;
            coarse.bytes[metric][0][row] = toByte(kHistoryMetrics[metric], known ? low[row] : kNotRead);
            coarse.bytes[metric][1][row] = toByte(kHistoryMetrics[metric], mean);
            coarse.bytes[metric][2][row] = toByte(kHistoryMetrics[metric], high[row]);
        }
    }
    return coarse;
}

void HistoryWindow::fold() {
    const std::lock_guard lock(m_mutex);
    if (m_unfolded < kFoldSlots || m_fine.size() < kFoldSlots) return;
    m_coarse.add(foldSlots(m_fine.size() - kFoldSlots));
    m_unfolded = 0;
}

void HistoryWindow::fillFine(std::uint32_t node, std::size_t metric, int gpu, HistorySeries& series) const {
    std::vector<int> counts(series.avg.size(), 0);
    for (const FineSlot& slot : m_fine) {
        const std::uint32_t row = slot.layout->rowOf(node, gpu);
        if (row >= slot.layout->rows) continue;
        const std::int64_t value = valueAt(slot.columns[metric], kHistoryMetrics[metric], row);
        mergePoint(series, counts, slot.wallMs, value, value, value);
    }
}

StatusOr<std::vector<HistorySeries>> HistoryWindow::read(const std::string& nodeId, std::vector<Metric> metrics, std::int64_t spanMs, std::int64_t stepMs) const {
    const StatusOr<NodeId> id = NodeId::parse(nodeId);
    if (!id.ok()) return id.status();
    if (metrics.empty()) metrics.assign(kHistoryMetrics.begin(), kHistoryMetrics.end());
    const std::int64_t span = std::clamp<std::int64_t>(spanMs, 1000, 24 * 3'600'000);
    const std::int64_t step = std::max({stepMs, std::int64_t{1000}, (span + kMaxHistoryPoints - 1) / kMaxHistoryPoints});
    const std::lock_guard lock(m_mutex);
    const auto node = m_nodes.find(id->name);
    if (node == m_nodes.end() || id->site != m_site) return notFound("no history of a node {} here", nodeId);
    std::vector<HistorySeries> all;
    if (m_fine.empty()) return all;
    const std::int64_t end = m_fine.back().wallMs, start = (end - span) / step * step;
    // The seconds where they reach far enough, else the ten-second steps.
    const bool fine = m_fine.front().wallMs <= end - span + 2000 || (step < kCoarseStepMs && m_coarse.empty()) || m_coarse.empty() ||
                      m_fine.front().wallMs <= m_coarse.oldestWallMs() + kCoarseStepMs;
    const std::int64_t used = fine ? step : std::max(step, kCoarseStepMs);
    for (std::size_t metric = 0; metric < kHistoryMetrics.size(); ++metric) {
        if (std::ranges::find(metrics, kHistoryMetrics[metric]) == metrics.end()) continue;
        for (int gpu = 0; gpu < m_layout->gpuCount[node->second]; ++gpu) {
            const auto points = static_cast<std::size_t>((end - start) / used + 1);
            HistorySeries& series = all.emplace_back(HistorySeries{nodeId, gpu, kHistoryMetrics[metric], start, used});
            for (auto* values : {&series.min, &series.avg, &series.max}) values->assign(points, kNotRead);
            if (fine)
                fillFine(node->second, metric, gpu, series);
            else
                m_coarse.read(node->second, gpu, metric, series);
        }
    }
    return all;
}

HistoryWindow::Reach HistoryWindow::reach() const {
    const std::lock_guard lock(m_mutex);
    if (m_fine.empty()) return {};
    const std::int64_t now = m_fine.back().wallMs;
    return {now - m_fine.front().wallMs, m_coarse.empty() ? 0 : now - m_coarse.oldestWallMs()};
}

std::size_t HistoryWindow::bytes() const {
    const std::lock_guard lock(m_mutex);
    return m_fineBytes + m_coarse.bytes();
}

} // namespace busbar::controller
