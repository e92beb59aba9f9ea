// Recorded distributions (acme_cdf): a value for a share 0..1, by linear interpolation between the recorded points. Immutable after reading.
#pragma once

#include "busbar-replay/sources/csv.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace busbar::replay {

class Distributions {
public:
    static StatusOr<Distributions> read(const std::string& path, ReadReport& report);
    /// Value at `share` of the samples; metrics as in the file, e.g. "gpu_power_w", of cluster seren.
    double at(const std::string& metric, double share) const;
    bool has(const std::string& metric) const { return m_points.count(metric) != 0; }

private:
    std::map<std::string, std::vector<std::pair<double, double>>> m_points; ///< (percent, value), ascending
};

} // namespace busbar::replay
