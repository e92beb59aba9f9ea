// The last hours of the metrics that people look back on, in memory (design.md §8): each second for 15 minutes, and min/avg/max of each
// 10 seconds for 24 hours. Bounded by memory first: kFineBytes and kCoarseBytes, whatever the fleet's size. A second takes 9 bytes a GPU
// (15 minutes of 15,500 GPUs fit, of 65,536 GPUs 3.7 minutes); ten seconds take 21 bytes a GPU before compression (zstd, by ten minutes).
// What no longer fits is dropped, oldest first; `reach` says how far back each goes.
// All functions are thread-safe.
#pragma once

#include "base/status.h"
#include "busbar-controller/history/coarse_ring.h"
#include "domain/fleet_batch.h"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace busbar::controller {

struct FleetState;

inline constexpr std::size_t kFineBytes = 128ULL << 20;
inline constexpr std::size_t kCoarseBytes = 256ULL << 20;
inline constexpr std::size_t kFineSteps = 15 * 60;
/// Points of one series in an answer.
inline constexpr std::int64_t kMaxHistoryPoints = 2000;

class HistoryWindow {
public:
    /// Takes the values of now; call it each second, with the fleet's state locked. Silent nodes get a gap.
    void sample(const FleetState& state, std::int64_t wallMs, std::int64_t bootMs);
    /// Closes ten-second steps when due; call it after `sample`, without the fleet's lock.
    void fold();

    /// Series per GPU and metric (empty: all kept metrics) over the last `spanMs`, in steps of about `stepMs`. Gaps are kNotRead.
    StatusOr<std::vector<HistorySeries>> read(const std::string& nodeId, std::vector<Metric> metrics, std::int64_t spanMs, std::int64_t stepMs) const;

    /// Milliseconds back that each reaches now.
    struct Reach { std::int64_t fineMs = 0, coarseMs = 0; };
    Reach reach() const;
    std::size_t bytes() const;

private:
    struct FineSlot {
        std::int64_t wallMs = 0;
        LayoutPtr layout;
        std::array<std::vector<std::byte>, kHistoryMetrics.size()> columns;
    };
    void refreshLayout(const FleetState& state);
    CoarseSlot foldSlots(std::size_t first) const;
    void fillFine(std::uint32_t node, std::size_t metric, int gpu, HistorySeries& series) const;

    mutable std::mutex m_mutex;
    LayoutPtr m_layout;
    std::uint64_t m_epoch = 0;
    std::string m_site;
    std::unordered_map<std::string, std::uint32_t> m_nodes; ///< by name; indices never change
    std::deque<FineSlot> m_fine;
    std::size_t m_fineBytes = 0, m_unfolded = 0;
    CoarseRing m_coarse{kCoarseBytes};
};

} // namespace busbar::controller
