// Reads the metrics of one GPU through the NVML table. Stateless; as thread-safe as NVML.
#pragma once

#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_api.h"

namespace busbar::agent {

/// All but SM activity, which needs two samples (gpm_meter.h).
GpuReadings readGpu(const NvmlApi& api, nvml::Device device, GpuDriver::Depth depth);

/// Every metric of a GPU as not read, for one reason.
GpuReadings notRead(const std::string& why);

/// NVML's words for a return code.
std::string errorText(const NvmlApi& api, int code);

} // namespace busbar::agent
