// Copies between host and GPU over PCIe (pinned memory) and between GPUs over NVLink. Idempotent, interruptible within 2 s, leave nothing
// allocated. Same thread rule as CudaDevice.
#pragma once

#include "busbar-agent/compute/figures.h"

namespace busbar::agent {

/// Figures: "host to device", "device to host", "both ways" (GB/s); the bytes that went there and back are compared, faults say where not.
StatusOr<TestOutcome> measureTransfers(const CudaDevice& device, const StopCheck& stop);

/// From `from` to `to`, with peer access where the GPUs allow it. Figures: "peer copy" (GB/s), "peer access" (count: 1 direct, 0 through the
/// host). NotFound when the driver cannot.
StatusOr<TestOutcome> measurePeerCopy(const CudaDevice& from, const CudaDevice& to, const StopCheck& stop);

} // namespace busbar::agent
