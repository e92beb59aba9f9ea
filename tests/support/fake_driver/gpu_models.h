// What the simulated GPUs measure, idle and under load. Numbers are those of recorded nvidia-smi outputs (tests/fixtures/nvidia-smi, checked
// by tst_gpu_models); kLacks: the device reports none.
#pragma once

#include <string>

namespace fake_driver {

inline constexpr int kLacks = -1;

struct GpuModel {
    const char* name;
    int memoryMib, reservedMib;
    int minPowerLimitW, powerLimitW, idlePowerW, busyPowerW;
    int idleC, busyC, idleMemoryC, busyMemoryC;
    int idleSmMhz, maxSmMhz, memoryMhz;
    int pcieGen, nvlinks;
    bool gpm;            ///< Hopper and newer
    bool recoveryAction; ///< the recorded driver reports one
    const char* vbios;
    double hbmGbps, bf16Tflops; ///< by which the CUDA double tells time: not recorded, below what the model can do (resources/thresholds.toml)
};

/// The model of that name; others get the first one's numbers.
const GpuModel& modelOf(const std::string& name);

} // namespace fake_driver
