#include "tests/support/fake_driver/gpu_models.h"

#include <array>

namespace fake_driver {
namespace {

// The L40S was recorded while it encoded video: its busy power is the highest that was seen. The A100 was recorded idle and under MIG only: its
// busy power is what DCGM aims at (resources/thresholds.toml).
constexpr std::array kModels{
    GpuModel{"NVIDIA H100 80GB HBM3", 81'559, 479, 200, 700, 70, 629, 41, 59, 48, 55, 345, 1'980, 2'619, 5, 18, true, true, "96.00.A5.00.01", 2'903, 600},
    GpuModel{"NVIDIA H200", 143'771, 614, 200, 700, 78, 627, 28, 52, 32, 41, 345, 1'980, 3'201, 5, 18, true, true, "96.00.A5.00.03", 2'903, 600},
    GpuModel{"NVIDIA L40S", 46'068, 609, 100, 350, 110, 183, 54, 64, kLacks, kLacks, 2'520, 2'520, 9'001, 4, 0, false, true, "95.02.66.00.02", 749, 250},
    GpuModel{"NVIDIA A100-SXM4-80GB", 81'920, 869, 100, 500, 67, 399, 27, 27, 44, 44, 1'275, 1'410, 1'593, 4, 12, false, false, "92.00.36.00.02", 1'768, 220},
};

} // namespace

const GpuModel& modelOf(const std::string& name) {
    for (const GpuModel& model : kModels)
        if (name == model.name) return model;
    return kModels.front();
}

} // namespace fake_driver
