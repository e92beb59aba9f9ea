// GPUs that a close of ours holds stay closed over a reboot or a reload of the driver: a compute mode outlives neither (design/lifecycle.md §3).
#pragma once

#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/journal/journal.h"
#include "domain/node.h"

#include <string>
#include <vector>

namespace busbar::agent {

/// Sets the compute mode that the journal holds for each GPU which has another one, where the policy allows settings, and reads it back.
/// A sentence for each GPU that was not as the journal has it. Before any step runs.
std::vector<std::string> keepClosed(GpuDriver& driver, Journal& journal, const AgentPolicy& policy);

} // namespace busbar::agent
