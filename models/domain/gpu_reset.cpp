#include "domain/gpu_reset.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace busbar {
namespace {

// Boards of eight and more of these have NVSwitches; four of them are wired to each other directly.
constexpr std::array<std::string_view, 3> kBeforeHopper{"V100-SXM", "A100-SXM", "A800-SXM"};
constexpr std::size_t kSwitchedFrom = 8;

bool isSwitched(const std::vector<GpuIdentity>& gpus) {
    const auto onBoard = [](const GpuIdentity& gpu) { return std::any_of(kBeforeHopper.begin(), kBeforeHopper.end(), [&](std::string_view board) { return gpu.model.find(board) != std::string::npos; }); };
    return static_cast<std::size_t>(std::count_if(gpus.begin(), gpus.end(), onBoard)) >= kSwitchedFrom;
}

} // namespace

Status checkResetScope(const std::vector<GpuIdentity>& gpus, const std::vector<std::string>& scope) {
    const std::size_t asked = scope.empty() ? gpus.size() : std::set<std::string>(scope.begin(), scope.end()).size();
    if (asked >= gpus.size() || !isSwitched(gpus)) return absl::OkStatus();
    return refused("its {} {} hang on NVSwitches, and on boards before Hopper they are reset all together: reset the whole node", gpus.size(), gpus.front().model);
}

} // namespace busbar
