// What NVML has for a GPU that is taken out to be reset (design/lifecycle.md §6): does it answer, its MIG instances, the driver's drain state,
// and where the reset tool lies. Stateless; calls are as thread-safe as NVML's.
#pragma once

#include "busbar-agent/driver/nvml_api.h"

#include <string>

namespace busbar::agent {

Status answers(const NvmlApi& api, nvml::Device device);
StatusOr<int> migInstances(const NvmlApi& api, nvml::Device device);
StatusOr<bool> draining(const NvmlApi& api, nvml::Device device);
Status setDraining(const NvmlApi& api, nvml::Device device, bool on);
/// Of a library loaded by its path: nvidia-smi beside it, and for a simulated one nowhere else: it must never reset this machine's own GPUs.
StatusOr<std::string> resetTool(const NvmlApi& api);

} // namespace busbar::agent
