// How the utilisation of in-use GPUs went since the console began to watch: per site and for the fleet, gathered from snapshots as they
// come. Nothing is loaded from anywhere, so that a view must label the span it really has. About 8 KiB a site, whatever the time.
// One object may be shared by all windows. GUI thread only.
#pragma once

#include "store/fleet_snapshot.h"

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace busbar::items {

/// A value over time in equal steps: 1 s at first; when kMaxSamples are full, neighbours are merged to their mean and the step doubles, up
/// to kLongestStepMs, from when on the oldest half goes. A step without a call repeats the value before it for as long as that is not stale;
/// further gaps are NaN.
class Trend {
public:
    static constexpr std::size_t kMaxSamples = 2048;
    static constexpr std::int64_t kShortestStepMs = 1'000;
    static constexpr std::int64_t kLongestStepMs = 64'000; ///< 2,048 steps of 64 s are 36 h

    /// A value at `wallMs`; NaN: none. Time that runs backwards is left out.
    void add(std::int64_t wallMs, float value);
    /// Means of the steps that are complete, oldest first.
    std::span<const float> samples() const { return m_samples; }
    std::int64_t stepMs() const { return m_stepMs; }
    std::int64_t startWallMs() const { return m_startMs; }
    std::int64_t spanMs() const { return static_cast<std::int64_t>(m_samples.size()) * m_stepMs; }

    /// Lowest and highest value of each of `columns` equal parts of the span: what a picture that wide can show. NaN where there is none.
    struct Range {
        float low, high;
    };
    std::vector<Range> columns(std::size_t columns) const;

private:
    void close(std::int64_t slot);
    void halve();

    std::vector<float> m_samples;
    std::int64_t m_startMs = 0, m_stepMs = kShortestStepMs;
    double m_openSum = 0; ///< of the step that is not complete
    int m_openCount = 0;
};

class FleetTrends {
public:
    /// Takes the sites' utilisation at `nowWallMs`; calls less than a step after the last one only count once in that step's mean.
    void add(const store::FleetSnapshot& fleet, std::int64_t nowWallMs);
    /// Empty for a site never seen.
    const Trend& site(const std::string& name) const;
    const Trend& fleet() const { return m_fleet; }

private:
    std::unordered_map<std::string, Trend> m_sites;
    Trend m_fleet;
    std::int64_t m_lastMs = 0;
};

} // namespace busbar::items
