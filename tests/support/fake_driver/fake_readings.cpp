// Simulated NVML: what a GPU measures.
#include "tests/support/fake_driver/fake_gpu.h"

#include <cmath>

using namespace fake_driver;
using namespace busbar::agent::nvml;
using nlohmann::json;

namespace {

int temperatureOf(const json& gpu, std::size_t index) {
    const GpuModel& model = modelOf(gpu);
    return static_cast<int>(std::lround(gpu.value("temperature", between(gpu, index, model.idleC, model.busyC))));
}

int powerMilliwatts(const json& gpu, std::size_t index) {
    const GpuModel& model = modelOf(gpu);
    return static_cast<int>(between(gpu, index, model.idlePowerW, model.busyPowerW) * 1000);
}

bool underMig(const json& gpu) { return gpu.value("mig_mode", 0) != 0; }

} // namespace

FAKE_API int nvmlDeviceGetMemoryInfo(Device device, Memory* memory) {
    return withGpu(device, "nvmlDeviceGetMemoryInfo", [&](const json& gpu, std::size_t) -> int {
        const auto total = static_cast<unsigned long long>(gpu.value("memory_mib", 0LL)) << 20;
        const auto used = static_cast<unsigned long long>(usedMib(gpu) + modelOf(gpu).reservedMib) << 20;
        *memory = {total, total - used, used};
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetUtilizationRates(Device device, Utilization* rates) {
    return withGpu(device, "nvmlDeviceGetUtilizationRates", [&](const json& gpu, std::size_t index) -> int {
        if (underMig(gpu)) return kNotSupported; // As recorded on an A100 and an H200 with MIG on.
        const double share = loadOf(gpu, index);
        *rates = {static_cast<unsigned>(share * 100), static_cast<unsigned>(share * 45)};
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetTemperature(Device device, int, unsigned* celsius) {
    return withGpu(device, "nvmlDeviceGetTemperature", [&](const json& gpu, std::size_t index) -> int {
        *celsius = static_cast<unsigned>(temperatureOf(gpu, index));
        return kSuccess;
    });
}
GPU_VALUE(nvmlDeviceGetPowerUsage, unsigned, powerMilliwatts(gpu, index))
GPU_VALUE(nvmlDeviceGetEnforcedPowerLimit, unsigned, gpu.value("power_limit_w", 700.0) * 1000)
GPU_VALUE(nvmlDeviceGetTotalEnergyConsumption, unsigned long long, gpu.value("energy_j", 1.0e6) * 1000)
FAKE_API int nvmlDeviceGetClockInfo(Device device, int which, unsigned* mhz) {
    return withGpu(device, "nvmlDeviceGetClockInfo", [&](const json& gpu, std::size_t index) -> int {
        const GpuModel& model = modelOf(gpu);
        const int busy = gpu.value("locked_clock_mhz", 0) != 0 ? gpu["locked_clock_mhz"].get<int>() : model.maxSmMhz;
        *mhz = static_cast<unsigned>(which == kClockMem ? model.memoryMhz : loadOf(gpu, index) > 0 ? busy : model.idleSmMhz);
        return kSuccess;
    });
}
#ifdef FAKE_NVML_OLD
GPU_VALUE(nvmlDeviceGetCurrentClocksThrottleReasons, unsigned long long, gpu.value("throttle_reasons", loadOf(gpu, index) > 0 ? 0ULL : 1ULL))
#else
GPU_VALUE(nvmlDeviceGetCurrentClocksEventReasons, unsigned long long, gpu.value("throttle_reasons", loadOf(gpu, index) > 0 ? 0ULL : 1ULL))
#endif
FAKE_API int nvmlDeviceGetTotalEccErrors(Device device, int type, int, unsigned long long* count) {
    return withGpu(device, "nvmlDeviceGetTotalEccErrors", [&](const json& gpu, std::size_t) -> int {
        *count = gpu.value(type == kEccCorrected ? "ecc_corrected" : "ecc_uncorrected", 0ULL);
        return kSuccess;
    });
}
GPU_VALUE(nvmlDeviceGetCurrPcieLinkGeneration, unsigned, gpu.value("pcie_gen", modelOf(gpu).pcieGen))
GPU_VALUE(nvmlDeviceGetCurrPcieLinkWidth, unsigned, gpu.value("pcie_width", 16))
GPU_VALUE(nvmlDeviceGetPcieReplayCounter, unsigned, gpu.value("pcie_replays", 0))
FAKE_API int nvmlDeviceGetNvLinkState(Device device, unsigned link, int* active) {
    return withGpu(device, "nvmlDeviceGetNvLinkState", [&](const json& gpu, std::size_t) -> int {
        const auto links = static_cast<unsigned>(modelOf(gpu).nvlinks);
        if (links == 0) return kNotSupported;
        if (link >= links) return kInvalidArgument;
        *active = link < gpu.value("nvlinks_up", links) ? 1 : 0;
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetFanSpeed(Device device, unsigned*) {
    return withGpu(device, "nvmlDeviceGetFanSpeed", [](const json&, std::size_t) -> int { return kNotSupported; });
}
FAKE_API int nvmlDeviceGetEncoderUtilization(Device device, unsigned* percent, unsigned* period) {
    return withGpu(device, "nvmlDeviceGetEncoderUtilization", [&](const json& gpu, std::size_t) -> int {
        if (underMig(gpu)) return kNotSupported;
        *percent = 0;
        *period = 167'000;
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetDecoderUtilization(Device device, unsigned* percent, unsigned* period) { return nvmlDeviceGetEncoderUtilization(device, percent, period); }

#ifndef FAKE_NVML_OLD
FAKE_API int nvmlDeviceGetMemoryInfo_v2(Device device, MemoryV2* memory) {
    return withGpu(device, "nvmlDeviceGetMemoryInfo_v2", [&](const json& gpu, std::size_t) -> int {
        if (memory->version != kMemoryV2) return kInvalidArgument;
        memory->total = static_cast<unsigned long long>(gpu.value("memory_mib", 0LL)) << 20;
        memory->reserved = static_cast<unsigned long long>(modelOf(gpu).reservedMib) << 20;
        memory->used = static_cast<unsigned long long>(usedMib(gpu)) << 20;
        memory->free = memory->total - memory->reserved - memory->used;
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetTemperatureV(Device device, TemperatureV1* temperature) {
    return withGpu(device, "nvmlDeviceGetTemperatureV", [&](const json& gpu, std::size_t index) -> int {
        if (temperature->version != kTemperatureV1) return kArgumentVersionMismatch;
        temperature->celsius = temperatureOf(gpu, index);
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetRemappedRows(Device device, unsigned* corrected, unsigned* uncorrected, unsigned* pending, unsigned* failed) {
    return withGpu(device, "nvmlDeviceGetRemappedRows", [&](const json& gpu, std::size_t) -> int {
        *corrected = gpu.value("remapped_corrected", 0U);
        *uncorrected = gpu.value("remapped_uncorrected", 0U);
        *pending = gpu.value("remap_pending", 0U);
        *failed = gpu.value("remap_failed", 0U);
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetFieldValues(Device device, int count, FieldValue* fields) {
    return withGpu(device, "nvmlDeviceGetFieldValues", [&](const json& gpu, std::size_t index) -> int {
        const GpuModel& model = modelOf(gpu);
        for (int i = 0; i < count; ++i) {
            const bool memory = fields[i].fieldId == kFieldMemoryTemperature && model.idleMemoryC != kLacks;
            const bool recovery = fields[i].fieldId == kFieldRecoveryAction && model.recoveryAction;
            fields[i].nvmlReturn = memory || recovery ? kSuccess : kNotSupported;
            if (memory) fields[i].value.asUint = static_cast<unsigned>(std::lround(gpu.value("memory_temperature", between(gpu, index, model.idleMemoryC, model.busyMemoryC))));
            if (recovery) fields[i].value.asUint = gpu.value("recovery_action", 0U);
        }
        return kSuccess;
    });
}
#endif
