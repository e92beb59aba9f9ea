#include "busbar-agent/driver/nvml_api.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

namespace busbar::agent {
namespace {

constexpr const char* kLibrary = "libnvidia-ml.so.1";
constexpr const char* kSimulationMark = "busbar_simulated_driver";

template <typename Function>
void bind(void* library, Function& function, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        function = reinterpret_cast<Function>(dlsym(library, name));
        if (function != nullptr) return;
    }
}

void bindIdentity(void* lib, NvmlApi& api) {
    bind(lib, api.init, {"nvmlInit_v2", "nvmlInit"});
    bind(lib, api.shutdown, {"nvmlShutdown"});
    bind(lib, api.errorString, {"nvmlErrorString"});
    bind(lib, api.driverVersion, {"nvmlSystemGetDriverVersion"});
    bind(lib, api.deviceCount, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"});
    bind(lib, api.deviceByIndex, {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"});
    bind(lib, api.name, {"nvmlDeviceGetName"});
    bind(lib, api.uuid, {"nvmlDeviceGetUUID"});
    bind(lib, api.serial, {"nvmlDeviceGetSerial"});
    bind(lib, api.vbios, {"nvmlDeviceGetVbiosVersion"});
    bind(lib, api.pciInfo, {"nvmlDeviceGetPciInfo_v3"});
}

void bindReadings(void* lib, NvmlApi& api) {
    bind(lib, api.memoryInfo, {"nvmlDeviceGetMemoryInfo"});
    bind(lib, api.memoryInfoV2, {"nvmlDeviceGetMemoryInfo_v2"});
    bind(lib, api.utilization, {"nvmlDeviceGetUtilizationRates"});
    bind(lib, api.encoderUtilization, {"nvmlDeviceGetEncoderUtilization"});
    bind(lib, api.decoderUtilization, {"nvmlDeviceGetDecoderUtilization"});
    bind(lib, api.temperature, {"nvmlDeviceGetTemperature"});
    bind(lib, api.powerUsage, {"nvmlDeviceGetPowerUsage"});
    bind(lib, api.powerLimit, {"nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetPowerManagementLimit"});
    bind(lib, api.totalEnergy, {"nvmlDeviceGetTotalEnergyConsumption"});
    bind(lib, api.clock, {"nvmlDeviceGetClockInfo"});
    bind(lib, api.eventReasons, {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
    bind(lib, api.totalEcc, {"nvmlDeviceGetTotalEccErrors"});
    bind(lib, api.remappedRows, {"nvmlDeviceGetRemappedRows"});
    bind(lib, api.pcieGeneration, {"nvmlDeviceGetCurrPcieLinkGeneration"});
    bind(lib, api.pcieWidth, {"nvmlDeviceGetCurrPcieLinkWidth"});
    bind(lib, api.pcieReplays, {"nvmlDeviceGetPcieReplayCounter"});
    bind(lib, api.nvlinkState, {"nvmlDeviceGetNvLinkState"});
    bind(lib, api.fanSpeed, {"nvmlDeviceGetFanSpeed"});
    bind(lib, api.migMode, {"nvmlDeviceGetMigMode"});
    bind(lib, api.computeMode, {"nvmlDeviceGetComputeMode"});
    bind(lib, api.setComputeMode, {"nvmlDeviceSetComputeMode"});
    bind(lib, api.persistenceMode, {"nvmlDeviceGetPersistenceMode"});
    bind(lib, api.fieldValues, {"nvmlDeviceGetFieldValues"});
    bind(lib, api.computeProcesses, {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"});
    bind(lib, api.graphicsProcesses, {"nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2"});
    bind(lib, api.mpsProcesses, {"nvmlDeviceGetMPSComputeRunningProcesses_v3", "nvmlDeviceGetMPSComputeRunningProcesses_v2"});
}

std::vector<std::string> candidates(const std::string& path) {
    if (!path.empty()) return {path};
    std::vector<std::string> paths{kLibrary};
    if (const char* folder = std::getenv("BUSBAR_DRIVER_PATH"); folder != nullptr && *folder != '\0') paths.push_back(std::string(folder) + "/" + kLibrary);
    paths.push_back(std::string("/usr/local/nvidia/lib64/") + kLibrary);
    return paths;
}

} // namespace

StatusOr<NvmlApi> loadNvml(const std::string& path) {
    NvmlApi api;
    std::string why;
    for (const std::string& candidate : candidates(path)) {
        if (void* library = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL)) {
            api.library = std::shared_ptr<void>(library, [](void* handle) { dlclose(handle); });
            api.libraryPath = candidate;
            break;
        }
        if (const char* error = dlerror()) why = error;
    }
    if (!api.library) {
        if (!path.empty()) return notFound("no NVIDIA driver: {} cannot be loaded: {}", path, why);
        return notFound("no NVIDIA driver: {} not found", kLibrary);
    }
    bindIdentity(api.library.get(), api);
    bindReadings(api.library.get(), api);
    api.simulated = dlsym(api.library.get(), kSimulationMark) != nullptr;
    if (api.init == nullptr || api.deviceCount == nullptr || api.deviceByIndex == nullptr || api.uuid == nullptr || api.pciInfo == nullptr)
        return notFound("no NVIDIA driver: {} lacks NVML's basic functions", api.libraryPath);
    return api;
}

} // namespace busbar::agent
