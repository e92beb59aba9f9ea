// What the files of the simulated NVML share: the state, a GPU by its handle, failures on demand, its load.
#pragma once

#include "tests/support/fake_driver/driver_state.h"
#include "tests/support/fake_driver/gpu_models.h"

#include "busbar-agent/driver/nvml_abi.h"

#include <string>

#define FAKE_API extern "C" __attribute__((visibility("default")))

namespace fake_driver {

namespace nvml = busbar::agent::nvml;

DriverState& driver();

inline nvml::Device handleOf(std::size_t index) { return reinterpret_cast<nvml::Device>(index + 1); }
inline std::size_t indexOf(nvml::Device device) { return reinterpret_cast<std::size_t>(device) - 1; }

/// The failure that the state asks for at this call; blocks for "hang" until the GPU is healed.
int failureOf(std::size_t index, const char* call);

bool alive(const nlohmann::json& process);
/// 0 to 1: how busy the GPU's clients keep it, wandering slowly and differently per GPU.
double loadOf(const nlohmann::json& gpu, std::size_t index);
long long usedMib(const nlohmann::json& gpu);
const GpuModel& modelOf(const nlohmann::json& gpu);
/// Between the model's idle and busy value; kLacks when it has none.
double between(const nlohmann::json& gpu, std::size_t index, int idle, int busy);

/// Runs `use(gpu, index)` unless the call fails on demand.
template <typename Use>
int withGpu(nvml::Device device, const char* call, Use&& use) {
    const std::size_t index = indexOf(device);
    const auto state = driver().shared();
    if (index >= (*state)["gpus"].size()) return nvml::kInvalidArgument;
    if (const int failure = failureOf(index, call); failure != nvml::kSuccess) return failure;
    return use((*state)["gpus"][index], index);
}

template <typename Change>
int changeGpu(nvml::Device device, const char* call, Change&& change) {
    const int code = withGpu(device, call, [](const nlohmann::json&, std::size_t) { return static_cast<int>(nvml::kSuccess); });
    if (code == nvml::kSuccess) driver().change([&](nlohmann::json& state) { change(state["gpus"][indexOf(device)]); });
    return code;
}

/// How often the driver was told to set something, by call: for tests of steps that must not run twice, or not at all.
void countSet(nlohmann::json& gpu, const char* call);

int copyText(const std::string& text, char* out, unsigned size);

} // namespace fake_driver

/// An NVML getter of one number: EXPRESSION may use `gpu` and `index`.
#define GPU_VALUE(NAME, TYPE, EXPRESSION)                                                                                                                                                \
    FAKE_API int NAME(fake_driver::nvml::Device device, TYPE* value) {                                                                                                                   \
        return fake_driver::withGpu(device, #NAME, [&]([[maybe_unused]] const nlohmann::json& gpu, [[maybe_unused]] std::size_t index) -> int {                                          \
            *value = static_cast<TYPE>(EXPRESSION);                                                                                                                                      \
            return fake_driver::nvml::kSuccess;                                                                                                                                          \
        });                                                                                                                                                                              \
    }
