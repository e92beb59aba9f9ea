#include "items/fleet_trends.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace busbar::items {
namespace {

constexpr float kGap = std::numeric_limits<float>::quiet_NaN();

float meanOf(float a, float b) {
    if (std::isnan(a)) return b;
    return std::isnan(b) ? a : (a + b) / 2;
}

float shown(const store::SiteRollup& rollup) { return rollup.utilisationOfInUse < 0 ? kGap : static_cast<float>(rollup.utilisationOfInUse); }

} // namespace

void Trend::add(std::int64_t wallMs, float value) {
    if (m_samples.empty() && m_openCount == 0 && m_startMs == 0) m_startMs = wallMs;
    std::int64_t slot = (wallMs - m_startMs) / m_stepMs;
    if (wallMs < m_startMs || slot < static_cast<std::int64_t>(m_samples.size())) return;
    if (slot > static_cast<std::int64_t>(m_samples.size())) close(slot);
    if (std::isnan(value)) return;
    m_openSum += value;
    ++m_openCount;
}

/// Completes the open step, and leaves gaps up to `slot`, which is the open one then. A pause longer than all that is kept starts anew.
void Trend::close(std::int64_t slot) {
    const std::int64_t wallMs = m_startMs + slot * m_stepMs;
    m_samples.push_back(m_openCount == 0 ? kGap : static_cast<float>(m_openSum / m_openCount));
    m_openSum = m_openCount = 0;
    if (wallMs - m_startMs > 2 * static_cast<std::int64_t>(kMaxSamples) * kLongestStepMs) {
        m_samples.clear();
        m_startMs = wallMs;
        return;
    }
    while (m_samples.size() >= kMaxSamples) halve();
    const float held = m_samples.back();
    for (std::int64_t bridged = 0; static_cast<std::int64_t>(m_samples.size()) < (wallMs - m_startMs) / m_stepMs; bridged += m_stepMs) {
        m_samples.push_back(bridged < kSiteStaleAfterMs ? held : kGap);
        if (m_samples.size() >= kMaxSamples) halve();
    }
}

void Trend::halve() {
    if (m_stepMs >= kLongestStepMs) {
        m_startMs += static_cast<std::int64_t>(kMaxSamples / 2) * m_stepMs;
        m_samples.erase(m_samples.begin(), m_samples.begin() + kMaxSamples / 2);
        return;
    }
    for (std::size_t i = 0; i < m_samples.size() / 2; ++i) m_samples[i] = meanOf(m_samples[2 * i], m_samples[2 * i + 1]);
    m_samples.resize(m_samples.size() / 2);
    m_stepMs *= 2;
}

std::vector<Trend::Range> Trend::columns(std::size_t columns) const {
    columns = std::min(columns, m_samples.size());
    std::vector<Range> ranges;
    ranges.reserve(columns);
    for (std::size_t column = 0; column < columns; ++column) {
        Range range{kGap, kGap};
        for (std::size_t i = column * m_samples.size() / columns; i < (column + 1) * m_samples.size() / columns; ++i) {
            range.low = std::fmin(range.low, m_samples[i]);
            range.high = std::fmax(range.high, m_samples[i]);
        }
        ranges.push_back(range);
    }
    return ranges;
}

void FleetTrends::add(const store::FleetSnapshot& fleet, std::int64_t nowWallMs) {
    if (m_lastMs > 0 && nowWallMs - m_lastMs < Trend::kShortestStepMs && nowWallMs >= m_lastMs) return;
    m_lastMs = nowWallMs;
    for (const store::SitePtr& site : fleet.sites) m_sites[site->site()].add(nowWallMs, shown(store::rollupAt(*site, nowWallMs)));
    m_fleet.add(nowWallMs, shown(store::sumAt(fleet, nowWallMs)));
}

const Trend& FleetTrends::site(const std::string& name) const {
    static const Trend kNone;
    const auto found = m_sites.find(name);
    return found == m_sites.end() ? kNone : found->second;
}

} // namespace busbar::items
