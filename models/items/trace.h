// Many readings of one value → what a line of pixels can show, without losing an extreme: per pixel column the lowest and the highest.
// Columns count from the epoch (column = floor(wall ms / ms per column)), so that a reading stays in its column while the window moves on.
// Pure, any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace busbar::items {

/// A column with readings. `joined`: the line comes from the point before; otherwise there is a gap between them.
struct TracePoint {
    std::int64_t column = 0;
    std::int32_t low = 0, high = 0;
    bool joined = false;
    bool operator==(const TracePoint&) const = default;
};
/// Ascending columns; columns without a reading are left out.
using Trace = std::vector<TracePoint>;

/// Longest time between two readings that a line may bridge: a value is stale after 3 s (design.md §6); of readings in steps, one empty
/// step is jitter of the sampling clock.
inline constexpr std::int64_t kJoinMs = 3'000;
inline constexpr std::int64_t kJoinSteps = 2;

inline std::int64_t columnOf(std::int64_t wallMs, double msPerColumn) { return static_cast<std::int64_t>(static_cast<double>(wallMs) / msPerColumn); }

/// Takes readings in time order and appends to a trace.
class Decimator {
public:
    Decimator(double msPerColumn, Trace& out) : m_msPerColumn(msPerColumn), m_out(out) {}

    /// A reading at `wallMs`, one of a series with `periodMs` between readings; negative values are none and leave a gap when they last.
    void add(std::int64_t wallMs, std::int64_t periodMs, std::int32_t low, std::int32_t high) {
        if (low < 0 || high < 0) return;
        const bool joined = m_any && wallMs - m_lastMs <= std::max({kJoinMs, periodMs * kJoinSteps, m_lastPeriodMs * kJoinSteps});
        m_lastMs = wallMs;
        m_lastPeriodMs = periodMs;
        m_any = true;
        const std::int64_t column = columnOf(wallMs, m_msPerColumn);
        if (m_out.empty() || m_out.back().column != column) {
            m_out.push_back({column, low, high, joined});
            return;
        }
        TracePoint& point = m_out.back();
        point.low = std::min(point.low, low);
        point.high = std::max(point.high, high);
    }

private:
    double m_msPerColumn;
    Trace& m_out;
    std::int64_t m_lastMs = 0, m_lastPeriodMs = 0;
    bool m_any = false;
};

} // namespace busbar::items
