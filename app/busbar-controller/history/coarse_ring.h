// Min, average and max of ten-second steps for all GPU rows, one byte each (power in steps of 4 W, clocks in steps of 16 MHz), packed by
// zstd in groups of ten minutes. Not thread-safe: HistoryWindow guards it.
#pragma once

#include "domain/fleet_batch.h"
#include "domain/metric.h"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace busbar::controller {

inline constexpr std::array kHistoryMetrics{Metric::gpuUtil, Metric::smActive, Metric::temperature, Metric::memTemperature,
                                            Metric::power,   Metric::memUsedPercent, Metric::smClock};
inline constexpr std::int64_t kCoarseStepMs = 10'000;
inline constexpr std::size_t kCoarseSteps = 24 * 360;
inline constexpr std::size_t kGroupSteps = 60;

/// Which rows a node had; shared by all steps until rows move.
struct RowLayout {
    std::vector<std::uint32_t> firstRow;
    std::vector<std::uint8_t> gpuCount;
    std::uint32_t rows = 0;
    /// Row of a GPU, or `rows` when it was not there.
    std::uint32_t rowOf(std::uint32_t node, int gpu) const;
};
using LayoutPtr = std::shared_ptr<const RowLayout>;

/// One byte for a value of a metric: 255 not known.
std::uint8_t toByte(Metric metric, std::int64_t value);
std::int64_t fromByte(Metric metric, std::uint8_t byte);

/// A step: per metric and statistic (min, avg, max) a byte a row.
struct CoarseSlot {
    std::int64_t wallMs = 0; ///< start of the step
    LayoutPtr layout;
    std::array<std::array<std::vector<std::uint8_t>, 3>, kHistoryMetrics.size()> bytes;
};

class CoarseRing {
public:
    explicit CoarseRing(std::size_t maxBytes) : m_maxBytes(maxBytes) {}
    void add(CoarseSlot slot);
    /// Merges the steps of one GPU and metric (index into kHistoryMetrics) into the buckets of `series`.
    void read(std::uint32_t node, int gpu, std::size_t metric, HistorySeries& series) const;
    std::int64_t oldestWallMs() const;
    std::size_t bytes() const { return m_packedBytes + m_openBytes; }
    bool empty() const { return m_groups.empty() && m_open.empty(); }

private:
    static constexpr std::uint32_t kRowsPerPack = 64;
    struct Group {
        std::vector<std::int64_t> wallMs;
        LayoutPtr layout;
        std::vector<std::string> packs; ///< per kRowsPerPack rows: [metric][stat][row][step], differences along steps
    };
    void pack();
    void trim();

    const std::size_t m_maxBytes;
    std::deque<Group> m_groups;
    std::vector<CoarseSlot> m_open;
    std::size_t m_packedBytes = 0, m_openBytes = 0;
};

/// Puts one value triple into the series' bucket of `wallMs`; outside its span it is ignored. avg is kept as the mean of means.
void mergePoint(HistorySeries& series, std::vector<int>& counts, std::int64_t wallMs, std::int64_t min, std::int64_t avg, std::int64_t max);

} // namespace busbar::controller
