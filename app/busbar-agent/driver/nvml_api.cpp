#include "busbar-agent/driver/nvml_api.h"

#include "busbar-agent/driver/driver_library.h"

namespace busbar::agent {
namespace {

void bindIdentity(void* lib, NvmlApi& api) {
    bindSymbol(lib, api.init, {"nvmlInit_v2", "nvmlInit"});
    bindSymbol(lib, api.shutdown, {"nvmlShutdown"});
    bindSymbol(lib, api.errorString, {"nvmlErrorString"});
    bindSymbol(lib, api.driverVersion, {"nvmlSystemGetDriverVersion"});
    bindSymbol(lib, api.deviceCount, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"});
    bindSymbol(lib, api.deviceByIndex, {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"});
    bindSymbol(lib, api.name, {"nvmlDeviceGetName"});
    bindSymbol(lib, api.uuid, {"nvmlDeviceGetUUID"});
    bindSymbol(lib, api.serial, {"nvmlDeviceGetSerial"});
    bindSymbol(lib, api.vbios, {"nvmlDeviceGetVbiosVersion"});
    bindSymbol(lib, api.pciInfo, {"nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetPciInfo_v2"});
}

void bindReadings(void* lib, NvmlApi& api) {
    bindSymbol(lib, api.memoryInfo, {"nvmlDeviceGetMemoryInfo"});
    bindSymbol(lib, api.memoryInfoV2, {"nvmlDeviceGetMemoryInfo_v2"});
    bindSymbol(lib, api.utilization, {"nvmlDeviceGetUtilizationRates"});
    bindSymbol(lib, api.encoderUtilization, {"nvmlDeviceGetEncoderUtilization"});
    bindSymbol(lib, api.decoderUtilization, {"nvmlDeviceGetDecoderUtilization"});
    bindSymbol(lib, api.temperatureV, {"nvmlDeviceGetTemperatureV"});
    bindSymbol(lib, api.temperature, {"nvmlDeviceGetTemperature"});
    bindSymbol(lib, api.powerUsage, {"nvmlDeviceGetPowerUsage"});
    bindSymbol(lib, api.powerLimit, {"nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetPowerManagementLimit"});
    bindSymbol(lib, api.totalEnergy, {"nvmlDeviceGetTotalEnergyConsumption"});
    bindSymbol(lib, api.clock, {"nvmlDeviceGetClockInfo"});
    bindSymbol(lib, api.eventReasons, {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
    bindSymbol(lib, api.totalEcc, {"nvmlDeviceGetTotalEccErrors"});
    bindSymbol(lib, api.remappedRows, {"nvmlDeviceGetRemappedRows"});
    bindSymbol(lib, api.pcieGeneration, {"nvmlDeviceGetCurrPcieLinkGeneration"});
    bindSymbol(lib, api.pcieWidth, {"nvmlDeviceGetCurrPcieLinkWidth"});
    bindSymbol(lib, api.pcieReplays, {"nvmlDeviceGetPcieReplayCounter"});
    bindSymbol(lib, api.nvlinkState, {"nvmlDeviceGetNvLinkState"});
    bindSymbol(lib, api.fanSpeed, {"nvmlDeviceGetFanSpeed"});
    bindSymbol(lib, api.migMode, {"nvmlDeviceGetMigMode"});
    bindSymbol(lib, api.computeMode, {"nvmlDeviceGetComputeMode"});
    bindSymbol(lib, api.setComputeMode, {"nvmlDeviceSetComputeMode"});
    bindSymbol(lib, api.persistenceMode, {"nvmlDeviceGetPersistenceMode"});
    bindSymbol(lib, api.fieldValues, {"nvmlDeviceGetFieldValues"});
}

// The lists without a suffix have a smaller record: a library's newest name decides which one is used.
void bindClients(void* lib, NvmlApi& api) {
    bindSymbol(lib, api.computeProcesses, {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"});
    bindSymbol(lib, api.graphicsProcesses, {"nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2"});
    bindSymbol(lib, api.mpsProcesses, {"nvmlDeviceGetMPSComputeRunningProcesses_v3", "nvmlDeviceGetMPSComputeRunningProcesses_v2"});
    if (api.computeProcesses == nullptr) bindSymbol(lib, api.computeProcessesV1, {"nvmlDeviceGetComputeRunningProcesses"});
    if (api.graphicsProcesses == nullptr) bindSymbol(lib, api.graphicsProcessesV1, {"nvmlDeviceGetGraphicsRunningProcesses"});
}

void bindEvents(void* lib, NvmlApi& api) {
    bindSymbol(lib, api.eventSetCreate, {"nvmlEventSetCreate"});
    bindSymbol(lib, api.eventSetFree, {"nvmlEventSetFree"});
    bindSymbol(lib, api.eventTypes, {"nvmlDeviceGetSupportedEventTypes"});
    bindSymbol(lib, api.registerEvents, {"nvmlDeviceRegisterEvents"});
    bindSymbol(lib, api.eventWait, {"nvmlEventSetWait_v2"});
    if (api.eventWait == nullptr) bindSymbol(lib, api.eventWaitV1, {"nvmlEventSetWait"});
    bindSymbol(lib, api.gpmSupport, {"nvmlGpmQueryDeviceSupport"});
    bindSymbol(lib, api.gpmSampleAlloc, {"nvmlGpmSampleAlloc"});
    bindSymbol(lib, api.gpmSampleFree, {"nvmlGpmSampleFree"});
    bindSymbol(lib, api.gpmSampleGet, {"nvmlGpmSampleGet"});
    bindSymbol(lib, api.gpmMetrics, {"nvmlGpmMetricsGet"});
}

void bindSettings(void* lib, NvmlApi& api) {
    bindSymbol(lib, api.setPersistenceMode, {"nvmlDeviceSetPersistenceMode"});
    bindSymbol(lib, api.powerManagementLimit, {"nvmlDeviceGetPowerManagementLimit"});
    bindSymbol(lib, api.powerLimitConstraints, {"nvmlDeviceGetPowerManagementLimitConstraints"});
    bindSymbol(lib, api.setPowerLimit, {"nvmlDeviceSetPowerManagementLimit"});
    bindSymbol(lib, api.setLockedClocks, {"nvmlDeviceSetGpuLockedClocks"});
    bindSymbol(lib, api.resetLockedClocks, {"nvmlDeviceResetGpuLockedClocks"});
    bindSymbol(lib, api.memoryClocks, {"nvmlDeviceGetSupportedMemoryClocks"});
    bindSymbol(lib, api.graphicsClocks, {"nvmlDeviceGetSupportedGraphicsClocks"});
    bindSymbol(lib, api.setMigMode, {"nvmlDeviceSetMigMode"});
    bindSymbol(lib, api.eccMode, {"nvmlDeviceGetEccMode"});
    bindSymbol(lib, api.setEccMode, {"nvmlDeviceSetEccMode"});
    bindSymbol(lib, api.modifyDrainState, {"nvmlDeviceModifyDrainState"});
    bindSymbol(lib, api.queryDrainState, {"nvmlDeviceQueryDrainState"});
    bindSymbol(lib, api.maxMigDevices, {"nvmlDeviceGetMaxMigDeviceCount"});
    bindSymbol(lib, api.migDevice, {"nvmlDeviceGetMigDeviceHandleByIndex"});
    bindSymbol(lib, api.gpuInstanceProfile, {"nvmlDeviceGetGpuInstanceProfileInfo"});
    bindSymbol(lib, api.gpuInstances, {"nvmlDeviceGetGpuInstances"});
    bindSymbol(lib, api.gpuInstanceDestroy, {"nvmlGpuInstanceDestroy"});
    bindSymbol(lib, api.computeInstanceProfile, {"nvmlGpuInstanceGetComputeInstanceProfileInfo"});
    bindSymbol(lib, api.computeInstances, {"nvmlGpuInstanceGetComputeInstances"});
    bindSymbol(lib, api.computeInstanceDestroy, {"nvmlComputeInstanceDestroy"});
}

} // namespace

StatusOr<NvmlApi> loadNvml(const std::string& path) {
    auto library = loadDriverLibrary(path, "libnvidia-ml.so.1", "NVIDIA driver");
    if (!library.ok()) return library.status();
    NvmlApi api;
    api.library = library->handle;
    api.libraryPath = library->path;
    bindIdentity(api.library.get(), api);
    bindReadings(api.library.get(), api);
    bindSettings(api.library.get(), api);
    bindClients(api.library.get(), api);
    bindEvents(api.library.get(), api);
    api.simulated = symbolOf(api.library.get(), kSimulationMark) != nullptr;
    if (api.init == nullptr || api.deviceCount == nullptr || api.deviceByIndex == nullptr || api.uuid == nullptr || api.pciInfo == nullptr)
        return notFound("no NVIDIA driver: {} lacks NVML's basic functions", api.libraryPath);
    return api;
}

} // namespace busbar::agent
