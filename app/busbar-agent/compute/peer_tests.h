// Copies from one GPU to another, over NVLink where they have it. Idempotent, interruptible within 2 s, leave nothing allocated. Both devices
// were opened by the calling thread.
#pragma once

#include "busbar-agent/compute/figures.h"

namespace busbar::agent {

/// From `from` to `to`, with peer access where the GPUs allow it; the target checks every word. Figures: "peer copy" (GB/s; its name goes
/// on where it is not over NVLink, since thresholds are of NVLink: "peer copy over PCIe"), "peer access" (count: 1 direct, 0 through the host);
/// the note names the way. NotFound when the driver cannot.
StatusOr<TestOutcome> measurePeerCopy(const CudaDevice& from, const CudaDevice& to, const StopCheck& stop);

} // namespace busbar::agent
