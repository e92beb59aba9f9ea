// The table of NVML functions, filled by dlopen and dlsym. A newer name falls back to its older one; what the library lacks stays null
// and reads as "not supported". The library stays loaded for the life of the table. Calls are as thread-safe as NVML's (they are).
#pragma once

#include "base/status.h"
#include "busbar-agent/driver/nvml_abi.h"

#include <memory>
#include <string>

namespace busbar::agent {

struct NvmlApi {
    using Device = nvml::Device;

    int (*init)() = nullptr;
    int (*shutdown)() = nullptr;
    const char* (*errorString)(int) = nullptr;
    int (*driverVersion)(char*, unsigned) = nullptr;
    int (*deviceCount)(unsigned*) = nullptr;
    int (*deviceByIndex)(unsigned, Device*) = nullptr;
    int (*name)(Device, char*, unsigned) = nullptr;
    int (*uuid)(Device, char*, unsigned) = nullptr;
    int (*serial)(Device, char*, unsigned) = nullptr;
    int (*vbios)(Device, char*, unsigned) = nullptr;
    int (*pciInfo)(Device, nvml::PciInfo*) = nullptr;
    int (*memoryInfo)(Device, nvml::Memory*) = nullptr;
    int (*memoryInfoV2)(Device, nvml::MemoryV2*) = nullptr;
    int (*utilization)(Device, nvml::Utilization*) = nullptr;
    int (*encoderUtilization)(Device, unsigned*, unsigned*) = nullptr;
    int (*decoderUtilization)(Device, unsigned*, unsigned*) = nullptr;
    int (*temperatureV)(Device, nvml::TemperatureV1*) = nullptr;
    int (*temperature)(Device, int, unsigned*) = nullptr;
    int (*powerUsage)(Device, unsigned*) = nullptr;
    int (*powerLimit)(Device, unsigned*) = nullptr;
    int (*totalEnergy)(Device, unsigned long long*) = nullptr;
    int (*clock)(Device, int, unsigned*) = nullptr;
    int (*eventReasons)(Device, unsigned long long*) = nullptr;
    int (*totalEcc)(Device, int, int, unsigned long long*) = nullptr;
    int (*remappedRows)(Device, unsigned*, unsigned*, unsigned*, unsigned*) = nullptr;
    int (*pcieGeneration)(Device, unsigned*) = nullptr;
    int (*pcieWidth)(Device, unsigned*) = nullptr;
    int (*pcieReplays)(Device, unsigned*) = nullptr;
    int (*nvlinkState)(Device, unsigned, int*) = nullptr;
    int (*fanSpeed)(Device, unsigned*) = nullptr;
    int (*migMode)(Device, unsigned*, unsigned*) = nullptr;
    int (*computeMode)(Device, unsigned*) = nullptr;
    int (*setComputeMode)(Device, unsigned) = nullptr;
    int (*persistenceMode)(Device, unsigned*) = nullptr;
    int (*setPersistenceMode)(Device, unsigned) = nullptr;
    int (*powerManagementLimit)(Device, unsigned*) = nullptr;
    int (*powerLimitConstraints)(Device, unsigned*, unsigned*) = nullptr;
    int (*setPowerLimit)(Device, unsigned) = nullptr;
    int (*setLockedClocks)(Device, unsigned, unsigned) = nullptr;
    int (*resetLockedClocks)(Device) = nullptr;
    int (*memoryClocks)(Device, unsigned*, unsigned*) = nullptr; ///< that it supports
    int (*graphicsClocks)(Device, unsigned, unsigned*, unsigned*) = nullptr; ///< that it supports beside a memory clock
    int (*setMigMode)(Device, unsigned, int*) = nullptr;
    int (*eccMode)(Device, unsigned*, unsigned*) = nullptr;
    int (*setEccMode)(Device, unsigned) = nullptr;
    int (*modifyDrainState)(nvml::PciInfo*, int) = nullptr;
    int (*queryDrainState)(nvml::PciInfo*, int*) = nullptr;
    int (*maxMigDevices)(Device, unsigned*) = nullptr;
    int (*migDevice)(Device, unsigned, Device*) = nullptr;
    int (*gpuInstanceProfile)(Device, unsigned, nvml::GpuInstanceProfile*) = nullptr;
    int (*gpuInstances)(Device, unsigned, nvml::GpuInstance*, unsigned*) = nullptr; ///< of a profile's id; room for as many as the profile allows
    int (*gpuInstanceDestroy)(nvml::GpuInstance) = nullptr;
    int (*computeInstanceProfile)(nvml::GpuInstance, unsigned, unsigned, nvml::ComputeInstanceProfile*) = nullptr;
    int (*computeInstances)(nvml::GpuInstance, unsigned, nvml::ComputeInstance*, unsigned*) = nullptr; ///< likewise
    int (*computeInstanceDestroy)(nvml::ComputeInstance) = nullptr;
    int (*fieldValues)(Device, int, nvml::FieldValue*) = nullptr;
    int (*computeProcesses)(Device, unsigned*, nvml::ProcessInfo*) = nullptr;
    int (*graphicsProcesses)(Device, unsigned*, nvml::ProcessInfo*) = nullptr;
    int (*mpsProcesses)(Device, unsigned*, nvml::ProcessInfo*) = nullptr;
    int (*computeProcessesV1)(Device, unsigned*, nvml::ProcessInfoV1*) = nullptr;  ///< only when the library has no newer one
    int (*graphicsProcessesV1)(Device, unsigned*, nvml::ProcessInfoV1*) = nullptr; ///< likewise
    int (*eventSetCreate)(nvml::EventSet*) = nullptr;
    int (*eventSetFree)(nvml::EventSet) = nullptr;
    int (*eventTypes)(Device, unsigned long long*) = nullptr;
    int (*registerEvents)(Device, unsigned long long, nvml::EventSet) = nullptr;
    int (*eventWait)(nvml::EventSet, nvml::EventData*, unsigned) = nullptr;
    int (*eventWaitV1)(nvml::EventSet, nvml::EventDataV1*, unsigned) = nullptr; ///< only when the library has no newer one
    int (*gpmSupport)(Device, nvml::GpmSupport*) = nullptr;
    int (*gpmSampleAlloc)(nvml::GpmSample*) = nullptr;
    int (*gpmSampleFree)(nvml::GpmSample) = nullptr;
    int (*gpmSampleGet)(Device, nvml::GpmSample) = nullptr;
    int (*gpmMetrics)(nvml::GpmMetricsGet*) = nullptr;

    bool simulated = false;  ///< the library says of itself that it is a simulation
    std::string libraryPath; ///< what was loaded
    std::shared_ptr<void> library;
};

/// Loads `path`, or when empty libnvidia-ml.so.1 by the loader's own search, then $BUSBAR_DRIVER_PATH, then /usr/local/nvidia/lib64.
/// NotFound "no NVIDIA driver: libnvidia-ml.so.1 not found".
StatusOr<NvmlApi> loadNvml(const std::string& path);

} // namespace busbar::agent
