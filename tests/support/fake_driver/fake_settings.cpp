// Simulated NVML: settings, kept in the state and read back.
#include "tests/support/fake_driver/fake_gpu.h"

using namespace fake_driver;
using namespace busbar::agent::nvml;
using nlohmann::json;

namespace {

// "sticky" models a driver that reports success and changes nothing: the read-back must notice.
template <typename Value>
int setGpu(Device device, const char* call, const char* key, Value value) {
    return changeGpu(device, call, [&](json& gpu) {
        if (!gpu.value("sticky", false)) gpu[key] = value;
        countSet(gpu, call);
    });
}

unsigned lowestMilliwatts(const json& gpu) { return gpu.value("power_limit_min_w", static_cast<unsigned>(modelOf(gpu).minPowerLimitW)) * 1000; }
constexpr int kLowestSmMhz = 210; // As an A100 lists.
unsigned highestMilliwatts(const json& gpu) { return gpu.value("power_limit_max_w", static_cast<unsigned>(modelOf(gpu).powerLimitW)) * 1000; }

} // namespace

GPU_VALUE(nvmlDeviceGetComputeMode, unsigned, gpu.value("compute_mode", 0))
GPU_VALUE(nvmlDeviceGetPersistenceMode, unsigned, gpu.value("persistence_mode", 1))
GPU_VALUE(nvmlDeviceGetPowerManagementLimit, unsigned, gpu.value("power_limit_w", 700.0) * 1000)
FAKE_API int nvmlDeviceGetPowerManagementLimitConstraints(Device device, unsigned* low, unsigned* high) {
    return withGpu(device, "nvmlDeviceGetPowerManagementLimitConstraints", [&](const json& gpu, std::size_t) -> int {
        *low = lowestMilliwatts(gpu);
        *high = highestMilliwatts(gpu);
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetEccMode(Device device, unsigned* current, unsigned* pending) {
    return withGpu(device, "nvmlDeviceGetEccMode", [&](const json& gpu, std::size_t) -> int {
        *current = gpu.value("ecc_mode", 1U);
        *pending = gpu.value("ecc_mode_pending", *current);
        return kSuccess;
    });
}

FAKE_API int nvmlDeviceSetComputeMode(Device device, unsigned mode) {
    // In MIG mode it is default, and changing it is not supported.
    if (const int may = withGpu(device, "nvmlDeviceSetComputeMode", [](const json& gpu, std::size_t) -> int { return gpu.value("mig_mode", 0) != 0 ? kNotSupported : kSuccess; }); may != kSuccess) return may;
    return changeGpu(device, "nvmlDeviceSetComputeMode", [mode](json& gpu) {
        if (!gpu.value("sticky", false)) gpu["compute_mode"] = mode;
        countSet(gpu, "nvmlDeviceSetComputeMode");
    });
}
FAKE_API int nvmlDeviceSetPersistenceMode(Device device, unsigned mode) { return setGpu(device, "nvmlDeviceSetPersistenceMode", "persistence_mode", mode); }
FAKE_API int nvmlDeviceSetPowerManagementLimit(Device device, unsigned milliwatts) {
    const int fits = withGpu(device, "nvmlDeviceSetPowerManagementLimit",
                             [&](const json& gpu, std::size_t) -> int { return milliwatts >= lowestMilliwatts(gpu) && milliwatts <= highestMilliwatts(gpu) ? kSuccess : kInvalidArgument; });
    return fits == kSuccess ? setGpu(device, "nvmlDeviceSetPowerManagementLimit", "power_limit_w", milliwatts / 1000.0) : fits;
}
FAKE_API int nvmlDeviceSetGpuLockedClocks(Device device, unsigned, unsigned high) { return setGpu(device, "nvmlDeviceSetGpuLockedClocks", "locked_clock_mhz", high); }
FAKE_API int nvmlDeviceResetGpuLockedClocks(Device device) { return setGpu(device, "nvmlDeviceResetGpuLockedClocks", "locked_clock_mhz", 0U); }
#ifndef FAKE_NVML_OLD
FAKE_API int nvmlDeviceGetSupportedMemoryClocks(Device device, unsigned* count, unsigned* mhz) {
    return withGpu(device, "nvmlDeviceGetSupportedMemoryClocks", [&](const json& gpu, std::size_t) -> int {
        if (*count < 1) return kInsufficientSize;
        *count = 1;
        *mhz = static_cast<unsigned>(modelOf(gpu).memoryMhz);
        return kSuccess;
    });
}
// From the highest downward, as the real one.
FAKE_API int nvmlDeviceGetSupportedGraphicsClocks(Device device, unsigned memoryMhz, unsigned* count, unsigned* mhz) {
    return withGpu(device, "nvmlDeviceGetSupportedGraphicsClocks", [&](const json& gpu, std::size_t) -> int {
        const GpuModel& model = modelOf(gpu);
        if (memoryMhz != static_cast<unsigned>(model.memoryMhz)) return kNotFound;
        unsigned listed = 0;
        for (int clock = model.maxSmMhz; clock >= kLowestSmMhz; clock -= 15, ++listed)
            if (listed < *count) mhz[listed] = static_cast<unsigned>(clock);
        const bool fits = listed <= *count;
        *count = listed;
        return fits ? kSuccess : kInsufficientSize;
    });
}
#endif
// Takes effect at the next reset, like the real one.
FAKE_API int nvmlDeviceSetEccMode(Device device, unsigned mode) { return setGpu(device, "nvmlDeviceSetEccMode", "ecc_mode_pending", mode); }

#ifndef FAKE_NVML_OLD
namespace {

std::size_t indexAt(const PciInfo* pci) {
    const auto state = driver().shared();
    for (std::size_t i = 0; i < (*state)["gpus"].size(); ++i)
        if ((*state)["gpus"][i].value("pci", "") == pci->busId) return i;
    return (*state)["gpus"].size();
}

} // namespace

FAKE_API int nvmlDeviceQueryDrainState(PciInfo* pci, int* state) {
    return withGpu(handleOf(indexAt(pci)), "nvmlDeviceQueryDrainState", [&](const json& gpu, std::size_t) -> int {
        *state = gpu.value("draining", false) ? kDrainOn : kDrainOff;
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceModifyDrainState(PciInfo* pci, int wanted) {
    const Device device = handleOf(indexAt(pci));
    const int may = withGpu(device, "nvmlDeviceModifyDrainState", [&](const json& gpu, std::size_t) -> int { return wanted == kDrainOn && gpu.value("persistence_mode", 1) != 0 ? kInUse : kSuccess; });
    if (may != kSuccess) return may;
    return changeGpu(device, "nvmlDeviceModifyDrainState", [wanted](json& gpu) {
        if (!gpu.value("sticky", false)) gpu["draining"] = wanted == kDrainOn;
        if (wanted == kDrainOn) gpu["drains"] = gpu.value("drains", 0) + 1; // For tests.
    });
}
#endif
