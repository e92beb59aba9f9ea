#include "busbar-controller/history/coarse_ring.h"

#include <zstd.h>

#include <algorithm>

namespace busbar::controller {
namespace {

constexpr std::uint8_t kUnknownByte = 255;
constexpr std::size_t kStats = 3;

std::int64_t stepOf(Metric metric) {
    if (metric == Metric::power) return 4;
    return metric == Metric::smClock ? 16 : 1;
}

} // namespace

std::uint32_t RowLayout::rowOf(std::uint32_t node, int gpu) const {
    if (node >= firstRow.size() || gpu < 0 || gpu >= gpuCount[node]) return rows;
    return firstRow[node] + static_cast<std::uint32_t>(gpu);
}

std::uint8_t toByte(Metric metric, std::int64_t value) {
    if (value < 0) return kUnknownByte;
    return static_cast<std::uint8_t>(std::min<std::int64_t>((value + stepOf(metric) / 2) / stepOf(metric), kUnknownByte - 1));
}

std::int64_t fromByte(Metric metric, std::uint8_t byte) { return byte == kUnknownByte ? kNotRead : byte * stepOf(metric); }

void CoarseRing::add(CoarseSlot slot) {
    if (!m_open.empty() && m_open.front().layout->rows != slot.layout->rows) pack();
    m_openBytes += static_cast<std::size_t>(slot.layout->rows) * kStats * kHistoryMetrics.size();
    m_open.push_back(std::move(slot));
    if (m_open.size() >= kGroupSteps) pack();
    trim();
}

void CoarseRing::pack() {
    if (m_open.empty()) return;
    Group group;
    group.layout = m_open.back().layout;
    for (const CoarseSlot& slot : m_open) group.wallMs.push_back(slot.wallMs);
    const std::uint32_t rows = group.layout->rows;
    std::string raw, packed;
    for (std::uint32_t first = 0; first < rows; first += kRowsPerPack) {
        const std::uint32_t last = std::min(rows, first + kRowsPerPack);
        raw.clear();
        for (std::size_t metric = 0; metric < kHistoryMetrics.size(); ++metric)
            for (std::size_t stat = 0; stat < kStats; ++stat)
                for (std::uint32_t row = first; row < last; ++row) {
                    std::uint8_t before = 0;
                    for (const CoarseSlot& slot : m_open) {
                        const std::uint8_t now = slot.bytes[metric][stat][row];
                        raw.push_back(static_cast<char>(now - before));
                        before = now;
                    }
                }
        packed.resize(ZSTD_compressBound(raw.size()));
        const std::size_t size = ZSTD_compress(packed.data(), packed.size(), raw.data(), raw.size(), 1);
        group.packs.emplace_back(packed.data(), ZSTD_isError(size) != 0U ? 0 : size);
        m_packedBytes += group.packs.back().size();
    }
    m_groups.push_back(std::move(group));
    m_open.clear();
    m_openBytes = 0;
}

void CoarseRing::trim() {
    while (!m_groups.empty() && (bytes() > m_maxBytes || (m_groups.size() - 1) * kGroupSteps >= kCoarseSteps)) {
        for (const std::string& pack : m_groups.front().packs) m_packedBytes -= pack.size();
        m_groups.pop_front();
    }
}

std::int64_t CoarseRing::oldestWallMs() const {
    if (!m_groups.empty()) return m_groups.front().wallMs.front();
    return m_open.empty() ? 0 : m_open.front().wallMs;
}

void CoarseRing::read(std::uint32_t node, int gpu, std::size_t metric, HistorySeries& series) const {
    const Metric key = kHistoryMetrics[metric];
    std::vector<int> counts(series.avg.size(), 0);
    const auto merge = [&](std::int64_t wallMs, std::uint8_t low, std::uint8_t mean, std::uint8_t high) {
        mergePoint(series, counts, wallMs, fromByte(key, low), fromByte(key, mean), fromByte(key, high));
    };
    std::string raw;
    for (const Group& group : m_groups) {
        const std::uint32_t row = group.layout->rowOf(node, gpu);
        if (row >= group.layout->rows || group.wallMs.back() < series.startWallMs) continue;
        const std::uint32_t first = row / kRowsPerPack * kRowsPerPack, count = std::min(kRowsPerPack, group.layout->rows - first);
        const std::size_t steps = group.wallMs.size();
        raw.resize(kHistoryMetrics.size() * kStats * count * steps);
        const std::string& pack = group.packs[row / kRowsPerPack];
        if (ZSTD_decompress(raw.data(), raw.size(), pack.data(), pack.size()) != raw.size()) continue;
        std::array<std::uint8_t, kStats> now{};
        for (std::size_t step = 0; step < steps; ++step) {
            for (std::size_t stat = 0; stat < kStats; ++stat)
                now[stat] = static_cast<std::uint8_t>(now[stat] + static_cast<std::uint8_t>(raw[(((metric * kStats + stat) * count) + (row - first)) * steps + step]));
            merge(group.wallMs[step], now[0], now[1], now[2]);
        }
    }
    for (const CoarseSlot& slot : m_open) {
        const std::uint32_t row = slot.layout->rowOf(node, gpu);
        if (row < slot.layout->rows) merge(slot.wallMs, slot.bytes[metric][0][row], slot.bytes[metric][1][row], slot.bytes[metric][2][row]);
    }
}

void mergePoint(HistorySeries& series, std::vector<int>& counts, std::int64_t wallMs, std::int64_t min, std::int64_t avg, std::int64_t max) {
    if (wallMs < series.startWallMs || avg < 0) return;
    const auto bucket = static_cast<std::size_t>((wallMs - series.startWallMs) / series.stepMs);
    if (bucket >= series.avg.size()) return;
    int& count = counts[bucket];
    series.min[bucket] = count == 0 ? min : std::min(series.min[bucket], min);
    series.max[bucket] = count == 0 ? max : std::max(series.max[bucket], max);
    series.avg[bucket] = count == 0 ? avg : (series.avg[bucket] * count + avg + (count + 1) / 2) / (count + 1);
    ++count;
}

} // namespace busbar::controller
