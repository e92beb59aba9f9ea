// How fast one copy goes: timed once, then as often as fits a third of a second, so that a slow link stays interruptible. Internal to compute/.
#pragma once

#include "busbar-agent/compute/cuda_device.h"

#include <algorithm>

namespace busbar::agent {

inline constexpr std::size_t kTransferBytes = std::size_t{256} << 20;

/// How often a copy that takes `milliseconds` is repeated for its rate.
inline int transferRounds(double milliseconds) { return std::clamp(static_cast<int>(300 / std::max(milliseconds, 0.1)), 1, 32); }

/// GB/s on the GPU's clock of a copy of kTransferBytes that `queue` puts into the device's stream.
inline StatusOr<double> transferRate(const CudaDevice& device, const StopCheck& stop, const std::function<Status()>& queue) {
    const auto once = device.time(queue, stop);
    if (!once.ok()) return once.status();
    const int rounds = transferRounds(*once);
    const auto took = device.time(queue, stop, rounds);
    if (!took.ok()) return took.status();
    return gigabytesPerSecond(static_cast<double>(kTransferBytes) * rounds, *took);
}

} // namespace busbar::agent
