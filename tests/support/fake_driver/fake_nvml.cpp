// A library with NVML's C interface that models GPUs with state: processes, settings that are read back, memory, counters and failures on
// demand. The agent under test and in the demo loads it exactly like the real one; it says of itself that it is a simulation.
#include "tests/support/fake_driver/driver_state.h"

#include "busbar-agent/driver/nvml_abi.h"

#include <cmath>
#include <cstring>
#include <ctime>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace busbar::agent::nvml;
using nlohmann::json;

namespace {

fake_driver::DriverState& driver() {
    static fake_driver::DriverState state;
    return state;
}

Device handleOf(std::size_t index) { return reinterpret_cast<Device>(index + 1); }
std::size_t indexOf(Device device) { return reinterpret_cast<std::size_t>(device) - 1; }

bool alive(const json& process) {
    if (process.value("virtual", false)) return true;
    struct stat info {};
    return stat(("/proc/" + std::to_string(process.value("pid", 0LL))).c_str(), &info) == 0;
}

// A failure asked for through the state file: "hang" blocks like a GPU that fell off the bus does, numbers are NVML codes.
int failureOf(const json& gpu, const char* call) {
    const json& failures = gpu.contains("failures") ? gpu["failures"] : json::object();
    const json failure = failures.contains(call) ? failures[call] : failures.contains("*") ? failures["*"] : json();
    if (failure == "hang") {
        for (;;) pause();
    }
    if (failure == "lost") return kGpuIsLost;
    if (failure == "not supported") return kNotSupported;
    if (failure == "no permission") return kNoPermission;
    return failure.is_number_integer() ? failure.get<int>() : kSuccess;
}

template <typename Use>
int withGpu(Device device, const char* call, Use&& use) {
    const json state = driver().read();
    const std::size_t index = indexOf(device);
    if (index >= state["gpus"].size()) return kInvalidArgument;
    const json& gpu = state["gpus"][index];
    if (const int failure = failureOf(gpu, call); failure != kSuccess) return failure;
    return use(gpu);
}

template <typename Change>
int changeGpu(Device device, const char* call, Change&& change) {
    int code = withGpu(device, call, [](const json&) { return kSuccess; });
    if (code == kSuccess) driver().change([&](json& state) { change(state["gpus"][indexOf(device)]); });
    return code;
}

int copyText(const std::string& text, char* out, unsigned size) {
    if (size <= text.size()) return kInsufficientSize;
    std::memcpy(out, text.c_str(), text.size() + 1);
    return kSuccess;
}

// 0..1, wandering slowly and differently per GPU: what a training job's load looks like from afar.
double load(const json& gpu, Device device) {
    bool busy = false;
    for (const json& process : gpu["processes"]) busy = busy || alive(process);
    if (gpu.contains("utilization")) return gpu["utilization"].get<double>() / 100.0;
    if (!busy) return 0.0;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const double t = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    const double phase = static_cast<double>(indexOf(device));
    return 0.93 + 0.05 * std::sin(t / 17 + phase) + 0.02 * std::sin(t / 3.1 + 2 * phase);
}

long long usedMib(const json& gpu) {
    long long used = gpu.value("leaked_mib", 0LL);
    for (const json& process : gpu["processes"])
        if (alive(process)) used += process.value("memory_mib", 0LL);
    return used;
}

constexpr long long kReservedMib = 560;

int listProcesses(Device device, const char* call, const char* kind, unsigned* count, ProcessInfo* infos) {
    return withGpu(device, call, [&](const json& gpu) -> int {
        unsigned found = 0;
        for (const json& process : gpu["processes"]) {
            if (process.value("kind", "compute") != kind || !alive(process)) continue;
            if (found < *count && infos != nullptr) {
                infos[found].pid = process.value("pid", 0U);
                infos[found].usedGpuMemory = static_cast<unsigned long long>(process.value("memory_mib", 0LL)) << 20;
                infos[found].gpuInstanceId = infos[found].computeInstanceId = ~0U;
            }
            ++found;
        }
        const bool fits = found <= *count;
        *count = found;
        return fits ? kSuccess : kInsufficientSize;
    });
}

} // namespace

#define FAKE_API extern "C" __attribute__((visibility("default")))
#define GPU_VALUE(NAME, TYPE, EXPRESSION)                                                                                                                                                \
    FAKE_API int NAME(Device device, TYPE* value) {                                                                                                                                      \
        return withGpu(device, #NAME, [&]([[maybe_unused]] const json& gpu) -> int {                                                                                                     \
            *value = static_cast<TYPE>(EXPRESSION);                                                                                                                                      \
            return kSuccess;                                                                                                                                                             \
        });                                                                                                                                                                              \
    }
#define GPU_TEXT(NAME, KEY)                                                                                                                                                              \
    FAKE_API int NAME(Device device, char* text, unsigned size) {                                                                                                                        \
        return withGpu(device, #NAME, [&](const json& gpu) -> int { return copyText(gpu.value(KEY, ""), text, size); });                                                                 \
    }

extern "C" {
__attribute__((visibility("default"))) extern const int busbar_simulated_driver = 1;
}

FAKE_API int nvmlInit_v2() { return driver().read().value("init_fails", 0); }
FAKE_API int nvmlShutdown() { return kSuccess; }
FAKE_API const char* nvmlErrorString(int code) {
    switch (code) {
    case kSuccess: return "Success";
    case kNotSupported: return "Not Supported";
    case kNoPermission: return "Insufficient Permissions";
    case kGpuIsLost: return "GPU is lost";
    case kDriverNotLoaded: return "Driver Not Loaded";
    case kResetRequired: return "GPU requires reset";
    default: return "Unknown Error";
    }
}
FAKE_API int nvmlSystemGetDriverVersion(char* text, unsigned size) { return copyText(driver().read().value("driver_version", "580.95.05"), text, size); }
FAKE_API int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = static_cast<unsigned>(driver().read()["gpus"].size());
    return kSuccess;
}
FAKE_API int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
    const json state = driver().read();
    if (index >= state["gpus"].size()) return kInvalidArgument;
    *device = handleOf(index);
    return failureOf(state["gpus"][index], "nvmlDeviceGetHandleByIndex_v2");
}
GPU_TEXT(nvmlDeviceGetName, "model")
GPU_TEXT(nvmlDeviceGetUUID, "uuid")
GPU_TEXT(nvmlDeviceGetSerial, "serial")
GPU_TEXT(nvmlDeviceGetVbiosVersion, "vbios")
FAKE_API int nvmlDeviceGetPciInfo_v3(Device device, PciInfo* pci) {
    return withGpu(device, "nvmlDeviceGetPciInfo_v3", [&](const json& gpu) -> int {
        *pci = {};
        return copyText(gpu.value("pci", ""), pci->busId, sizeof pci->busId);
    });
}
FAKE_API int nvmlDeviceGetMemoryInfo(Device device, Memory* memory) {
    return withGpu(device, "nvmlDeviceGetMemoryInfo", [&](const json& gpu) -> int {
        const auto total = static_cast<unsigned long long>(gpu.value("memory_mib", 0LL)) << 20;
        const auto used = static_cast<unsigned long long>(usedMib(gpu) + kReservedMib) << 20;
        *memory = {total, total - used, used};
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetMemoryInfo_v2(Device device, MemoryV2* memory) {
    return withGpu(device, "nvmlDeviceGetMemoryInfo_v2", [&](const json& gpu) -> int {
        if (memory->version != kMemoryV2) return kInvalidArgument;
        memory->total = static_cast<unsigned long long>(gpu.value("memory_mib", 0LL)) << 20;
        memory->reserved = static_cast<unsigned long long>(kReservedMib) << 20;
        memory->used = static_cast<unsigned long long>(usedMib(gpu)) << 20;
        memory->free = memory->total - memory->reserved - memory->used;
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetUtilizationRates(Device device, Utilization* rates) {
    return withGpu(device, "nvmlDeviceGetUtilizationRates", [&](const json& gpu) -> int {
        const double share = load(gpu, device);
        *rates = {static_cast<unsigned>(share * 100), static_cast<unsigned>(share * 45)};
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetTemperature(Device device, int, unsigned* celsius) {
    return withGpu(device, "nvmlDeviceGetTemperature", [&](const json& gpu) -> int {
        *celsius = static_cast<unsigned>(gpu.value("temperature", 31 + 34 * load(gpu, device) + static_cast<double>(indexOf(device) % 4)));
        return kSuccess;
    });
}
GPU_VALUE(nvmlDeviceGetPowerUsage, unsigned, (72 + (gpu.value("power_limit_w", 700.0) - 110) * load(gpu, device) + static_cast<double>(indexOf(device))) * 1000)
GPU_VALUE(nvmlDeviceGetEnforcedPowerLimit, unsigned, gpu.value("power_limit_w", 700.0) * 1000)
GPU_VALUE(nvmlDeviceGetTotalEnergyConsumption, unsigned long long, gpu.value("energy_j", 1.0e6) * 1000)
FAKE_API int nvmlDeviceGetClockInfo(Device device, int which, unsigned* mhz) {
    return withGpu(device, "nvmlDeviceGetClockInfo", [&](const json& gpu) -> int {
        *mhz = which == kClockMem ? 2619U : load(gpu, device) > 0 ? 1755U : 345U;
        return kSuccess;
    });
}
GPU_VALUE(nvmlDeviceGetCurrentClocksEventReasons, unsigned long long, gpu.value("throttle_reasons", load(gpu, device) > 0 ? 0ULL : 1ULL))
FAKE_API int nvmlDeviceGetTotalEccErrors(Device device, int type, int, unsigned long long* count) {
    return withGpu(device, "nvmlDeviceGetTotalEccErrors", [&](const json& gpu) -> int {
        *count = gpu.value(type == kEccCorrected ? "ecc_corrected" : "ecc_uncorrected", 0ULL);
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetRemappedRows(Device device, unsigned* corrected, unsigned* uncorrected, unsigned* pending, unsigned* failed) {
    return withGpu(device, "nvmlDeviceGetRemappedRows", [&](const json& gpu) -> int {
        *corrected = gpu.value("remapped_corrected", 0U);
        *uncorrected = gpu.value("remapped_uncorrected", 0U);
        *pending = gpu.value("remap_pending", 0U);
        *failed = gpu.value("remap_failed", 0U);
        return kSuccess;
    });
}
GPU_VALUE(nvmlDeviceGetCurrPcieLinkGeneration, unsigned, gpu.value("pcie_gen", 5))
GPU_VALUE(nvmlDeviceGetCurrPcieLinkWidth, unsigned, gpu.value("pcie_width", 16))
GPU_VALUE(nvmlDeviceGetPcieReplayCounter, unsigned, gpu.value("pcie_replays", 0))
FAKE_API int nvmlDeviceGetNvLinkState(Device device, unsigned link, int* active) {
    return withGpu(device, "nvmlDeviceGetNvLinkState", [&](const json& gpu) -> int {
        if (link >= gpu.value("nvlinks", 18U)) return kInvalidArgument;
        *active = link < gpu.value("nvlinks_up", 18U) ? 1 : 0;
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetFanSpeed(Device device, unsigned*) {
    return withGpu(device, "nvmlDeviceGetFanSpeed", [](const json&) -> int { return kNotSupported; });
}
FAKE_API int nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending) {
    return withGpu(device, "nvmlDeviceGetMigMode", [&](const json& gpu) -> int {
        *current = *pending = gpu.value("mig_mode", 0U);
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetEncoderUtilization(Device device, unsigned* percent, unsigned* period) {
    return withGpu(device, "nvmlDeviceGetEncoderUtilization", [&](const json&) -> int {
        *percent = 0;
        *period = 167'000;
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetDecoderUtilization(Device device, unsigned* percent, unsigned* period) { return nvmlDeviceGetEncoderUtilization(device, percent, period); }
GPU_VALUE(nvmlDeviceGetComputeMode, unsigned, gpu.value("compute_mode", 0))
FAKE_API int nvmlDeviceSetComputeMode(Device device, unsigned mode) {
    return changeGpu(device, "nvmlDeviceSetComputeMode", [mode](json& gpu) {
        // "sticky" models a driver that reports success and changes nothing: the read-back must notice.
        if (!gpu.value("sticky", false)) gpu["compute_mode"] = mode;
        gpu["compute_mode_sets"] = gpu.value("compute_mode_sets", 0) + 1; // For tests of steps that must not run twice.
    });
}
GPU_VALUE(nvmlDeviceGetPersistenceMode, unsigned, gpu.value("persistence_mode", 1))
FAKE_API int nvmlDeviceGetFieldValues(Device device, int count, FieldValue* fields) {
    return withGpu(device, "nvmlDeviceGetFieldValues", [&](const json& gpu) -> int {
        for (int i = 0; i < count; ++i) {
            fields[i].nvmlReturn = fields[i].fieldId == kFieldMemoryTemperature ? kSuccess : kNotSupported;
            fields[i].value.asUint = static_cast<unsigned>(gpu.value("memory_temperature", 40 + 38 * load(gpu, device)));
        }
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* infos) {
    return listProcesses(device, "nvmlDeviceGetComputeRunningProcesses_v3", "compute", count, infos);
}
FAKE_API int nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* infos) {
    return listProcesses(device, "nvmlDeviceGetGraphicsRunningProcesses_v3", "graphics", count, infos);
}
FAKE_API int nvmlDeviceGetMPSComputeRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* infos) {
    return listProcesses(device, "nvmlDeviceGetMPSComputeRunningProcesses_v3", "mps", count, infos);
}
