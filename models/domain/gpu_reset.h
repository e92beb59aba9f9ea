// Which GPUs can be reset together; one rule for the controller's plan and the agent's step. Pure, thread-safe.
#pragma once

#include "base/status.h"
#include "domain/node.h"

#include <string>
#include <vector>

namespace busbar {

/// OK when the GPUs of `scope` (UUIDs; empty: all) may be reset without the node's others; FailedPrecondition with the way out when not:
/// an NVSwitch board before Hopper is reset as a whole. From memory (lifecycle.md §6), not verified on such a board.
Status checkResetScope(const std::vector<GpuIdentity>& gpus, const std::vector<std::string>& scope);

} // namespace busbar
