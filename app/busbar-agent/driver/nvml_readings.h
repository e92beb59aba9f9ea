// Reads the metrics of one GPU through the NVML table. Stateless; as thread-safe as NVML.
#pragma once

#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_api.h"

namespace busbar::agent {

/// All but SM activity, which needs two samples (gpm_meter.h).
GpuReadings readGpu(const NvmlApi& api, nvml::Device device, GpuDriver::Depth depth);

/// Every metric of a GPU as not read, for one reason.
GpuReadings notRead(const std::string& why);

/// Whether a return code says that this item cannot be had here at all: the device, the library or a sandbox between them lacks it. A GPU that is
/// sick or lost answers with other codes; where the system shuts off a whole GPU, NVML does not even give its handle.
bool isLacking(int code);

/// NVML's words for a return code.
std::string errorText(const NvmlApi& api, int code);

} // namespace busbar::agent
