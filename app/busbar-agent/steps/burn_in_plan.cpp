#include "busbar-agent/steps/burn_in_plan.h"

namespace busbar::agent {
namespace {

constexpr double kStandardHold = 30 * 60, kSoakHold = 60 * 60;
constexpr int kSoakHours = 23; // Each hour of a soak holds full load and then looks for wrong sums and bits.

std::vector<BurnInTest> common(int patternRounds, int repeats) {
    return {{GpuTest::patterns, patternRounds, 0, false}, {GpuTest::memoryRate, 1, 0, false}, {GpuTest::gemm, repeats, 0, false},
            {GpuTest::fp8, repeats, 0, true},         {GpuTest::cublasLt, 1, 0, true},              {GpuTest::transfers, 1, 0, false},  {GpuTest::peers, 1, 0, true}};
}

} // namespace

StatusOr<std::vector<BurnInTest>> burnInTests(const std::string& profile, double quickHoldSeconds) {
    if (profile == "quick") {
        auto tests = common(1, 20);
        tests.push_back({GpuTest::hold, 1, quickHoldSeconds, false});
        return tests;
    }
    if (profile == "standard") {
        auto tests = common(50, 500);
        tests.push_back({GpuTest::hold, 1, kStandardHold, false});
        return tests;
    }
    if (profile == "soak") {
        auto tests = common(50, 500);
        for (int hour = 1; hour <= kSoakHours; ++hour) {
            // Rounds tell the hours apart, so that each is journaled for itself.
            tests.push_back({GpuTest::hold, hour, kSoakHold, false});
            tests.push_back({GpuTest::gemm, 500 + hour, 0, false});
        }
        return tests;
    }
    return invalid("no burn-in profile '{}': quick, standard or soak", profile);
}

} // namespace busbar::agent
