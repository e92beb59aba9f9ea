// What a burn-in profile consists of (lifecycle.md §5): quick within 5 min, standard within 2 h, soak 24 h. Pure values.
#pragma once

#include "busbar-agent/compute/gpu_job.h"

#include <string>
#include <vector>

namespace busbar::agent {

struct BurnInTest {
    GpuTest test = GpuTest::unknown;
    int rounds = 1;
    double seconds = 0;
    bool optional = false; ///< a node may be unable to do it: one GPU only, no cuBLASLt
    std::string key() const { return fmt::format("{}/{}/{}", toString(test), rounds, seconds); }
};

/// How long `quick` holds full load unless agent.toml says otherwise.
inline constexpr double kQuickHoldSeconds = 45;

/// The error names the profiles there are.
StatusOr<std::vector<BurnInTest>> burnInTests(const std::string& profile, double quickHoldSeconds = kQuickHoldSeconds);

} // namespace busbar::agent
