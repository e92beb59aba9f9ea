#include "busbar-replay/sources/cdf.h"

#include <algorithm>

namespace busbar::replay {

StatusOr<Distributions> Distributions::read(const std::string& path, ReadReport& report) {
    Distributions result;
    auto read = readCsv(path, {"cluster", "metric", "value", "cdf_percent"}, [&](const Row& row) {
        double value = 0, percent = 0;
        if (!toNumber(row[2], value) || !toNumber(row[3], percent) || percent < 0 || percent > 100.001) return false;
        if (row[0] == "seren") result.m_points[std::string(row[1])].emplace_back(percent, value);
        return true;
    });
    if (!read.ok()) return read.status();
    report = *std::move(read);
    for (auto& [metric, points] : result.m_points) std::sort(points.begin(), points.end());
    for (const char* needed : {"gpu_util_pct", "sm_active_pct", "gpu_power_w", "gpu_temp_c", "gpu_mem_temp_c", "gpu_mem_used_pct"})
        if (!result.has(needed)) return invalid("the recording '{}' has no {} of cluster seren", path, needed);
    return result;
}

double Distributions::at(const std::string& metric, double share) const {
    const auto& points = m_points.at(metric);
    const std::pair<double, double> wanted{share * 100, 0};
    const auto above = std::lower_bound(points.begin(), points.end(), wanted, [](const auto& a, const auto& b) { return a.first < b.first; });
    if (above == points.begin()) return points.front().second;
    if (above == points.end()) return points.back().second;
    const auto below = above - 1;
    const double span = above->first - below->first;
    return span <= 0 ? above->second : below->second + (above->second - below->second) * (wanted.first - below->first) / span;
}

} // namespace busbar::replay
