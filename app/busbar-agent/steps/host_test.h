// A short test of the host beside its GPUs: every core computes the same number, memory is written and read back, the disk under the agent's
// state takes and gives back what was written, network ports that have a carrier keep it. About 2 s; uses 256 MiB of memory and 64 MiB of disk.
#pragma once

#include "busbar-agent/steps/step.h"

namespace busbar::agent {

/// Network ports: devices with a carrier, and the names of devices without one. Bridges, tunnels and the like, which have no device, are no ports.
struct Ports {
    int up = 0;
    std::string down;
};
Ports portsOf(const std::vector<Nic>& nics);

/// Adds evidence (subject "node", source "kernel" or "observed") and figures.
void testHost(StepContext& context, StepReport& report);

} // namespace busbar::agent
