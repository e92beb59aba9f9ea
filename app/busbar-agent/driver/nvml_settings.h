// Reading and writing a GPU's settings through NVML. Reads and writes are separate on purpose: whoever sets, reads back. As thread-safe as
// NVML.
#pragma once

#include "domain/gpu_setting.h"
#include "busbar-agent/driver/nvml_api.h"

#include <utility>

namespace busbar::agent {

/// Unimplemented: the device or the driver lacks it, with NVML's words. Locked clocks have no getter: always Unimplemented.
StatusOr<std::int64_t> readSetting(const NvmlApi& api, nvml::Device device, Setting setting);
/// A locked clock of 0 unlocks. ECC and MIG may need a reset before they take effect: the read-back tells.
Status writeSetting(const NvmlApi& api, nvml::Device device, Setting setting, std::int64_t value);
/// Unimplemented when the device or the driver lacks it, as far as that can be known without setting it (locked clocks: the call is there).
Status supports(const NvmlApi& api, nvml::Device device, Setting setting);
/// Lowest and highest value the device takes for a power limit, W.
StatusOr<std::pair<std::int64_t, std::int64_t>> powerLimitRange(const NvmlApi& api, nvml::Device device);
/// Likewise for a locked SM clock, MHz.
StatusOr<std::pair<std::int64_t, std::int64_t>> lockedClockRange(const NvmlApi& api, nvml::Device device);

} // namespace busbar::agent
