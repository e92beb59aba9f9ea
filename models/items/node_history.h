// What the GPUs of one node measured, kept for drawing: the controller's window (min/avg/max in steps, asked for when the node is opened)
// and the live samples of the watched node at 10 Hz in a ring of 15 minutes. Both say the same of the same moment, so they are simply
// drawn together; where only coarse steps reach back, those are used before the fine ones begin.
// About 2 MB for eight GPUs. GUI thread only.
#pragma once

#include "domain/fleet_batch.h"
#include "items/trace.h"
#include "store/fleet_snapshot.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace busbar::items {

/// Metrics that the controller keeps a window of (busbar-controller/history), all of them columns of the whole fleet.
inline constexpr std::array kTracedMetrics{Metric::gpuUtil, Metric::smActive,       Metric::temperature, Metric::memTemperature,
                                           Metric::power,   Metric::memUsedPercent, Metric::smClock};
inline constexpr std::int64_t kLivePeriodMs = 100;
inline constexpr std::size_t kLiveSamples = 15 * 60 * 10;

class NodeHistory {
public:
    /// Forgets everything; from now on of this node.
    void reset(std::string nodeId, int gpus);
    const std::string& nodeId() const { return m_nodeId; }
    int gpus() const { return m_gpus; }

    /// An answer of the controller; series of other nodes and unknown GPUs are left out. Replaces the earlier answer of the same
    /// fineness (below or from kCoarseFromMs a step).
    void takePast(const std::vector<HistorySeries>& series);
    /// The node's values of now, by the site's clock; left out when they come sooner than kLivePeriodMs after the last ones. A clock
    /// that went back starts the ring anew.
    void takeLive(const store::SiteSnapshot& site, std::uint32_t node, std::int64_t siteWallMs);

    /// Readings in columns [first, last] and the nearest ones outside, so that lines run to the edges.
    Trace trace(int gpu, Metric metric, double msPerColumn, std::int64_t first, std::int64_t last) const;

    struct Value {
        std::int64_t low = 0, high = 0;
        double mean = 0;
    };
    /// Of the readings within [fromMs, untilMs); nullopt when there is none. gpu -1: all GPUs.
    std::optional<Value> over(int gpu, Metric metric, std::int64_t fromMs, std::int64_t untilMs) const;
    /// Any answer of the controller is here.
    bool hasPast() const { return m_hasPast; }
    /// Grows with each change.
    std::uint64_t version() const { return m_version; }

    /// Steps from this length on are coarse.
    static constexpr std::int64_t kCoarseFromMs = 3'000;

private:
    struct Reading {
        std::int64_t wallMs = 0, periodMs = 0;
        std::int32_t low = 0, high = 0;
        double mean = 0;
    };
    struct Slot {
        std::optional<HistorySeries> coarse, fine;
    };
    std::optional<std::size_t> slotOf(int gpu, Metric metric) const;
    /// Readings of one slot with times in [fromMs, untilMs], in time order, one further on each side.
    template <typename Take>
    void visit(std::size_t slot, std::int64_t fromMs, std::int64_t untilMs, Take take) const;
    std::size_t ringIndex(std::size_t age) const { return (m_liveStart + age) % kLiveSamples; }
    std::size_t firstLiveFrom(std::int64_t wallMs) const;
    void clearLive();

    std::string m_nodeId;
    int m_gpus = 0;
    std::vector<Slot> m_slots; ///< gpu * metrics + metric
    std::vector<std::int64_t> m_liveTimes; ///< ring, empty until the first sample
    std::vector<std::int32_t> m_liveValues; ///< a ring per slot, one after the other
    std::size_t m_liveStart = 0, m_liveCount = 0;
    bool m_hasPast = false;
    std::uint64_t m_version = 0;
};

} // namespace busbar::items
