// Copies between host and GPU over PCIe, from and to pinned memory next to the GPU. Idempotent, interruptible within 2 s, leave nothing
// allocated. Same thread rule as CudaDevice. GPUs share their way to the host: one at a time.
#pragma once

#include "busbar-agent/compute/figures.h"

namespace busbar::agent {

/// Figures: "host to device", "device to host", "both ways" (GB/s); the bytes that went there and back are compared, faults say where not. Where
/// nothing says which CPUs are next to the GPU the names end in kFromAnywhere: a threshold holds for memory next to it, so none is applied.
inline constexpr const char* kFromAnywhere = ", host memory anywhere";
StatusOr<TestOutcome> measureTransfers(const CudaDevice& device, const StopCheck& stop);

} // namespace busbar::agent
