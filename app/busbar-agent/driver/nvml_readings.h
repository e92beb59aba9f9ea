// Reads every metric of one GPU through the NVML table. Stateless; as thread-safe as NVML.
#pragma once

#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_api.h"

namespace busbar::agent {

GpuReadings readAll(const NvmlApi& api, nvml::Device device);

/// NVML's words for a return code.
std::string errorText(const NvmlApi& api, int code);

} // namespace busbar::agent
