// MIG through NVML: the mode as it is and as a reset would make it, the instances into which a GPU is divided, and their end.
// Stateless; calls are as thread-safe as NVML's.
#pragma once

#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_api.h"

namespace busbar::agent {

/// Unimplemented: the device or the driver has no MIG, with NVML's words.
StatusOr<MigMode> migMode(const NvmlApi& api, nvml::Device device);
/// None where MIG is off. Unimplemented: the driver has no calls for instances.
StatusOr<MigLayout> migLayout(const NvmlApi& api, nvml::Device device);
/// Compute instances first, then the GPU instances they are parts of; stops at the first that stays, with NVML's words.
Status destroyMigInstances(const NvmlApi& api, nvml::Device device);

} // namespace busbar::agent
