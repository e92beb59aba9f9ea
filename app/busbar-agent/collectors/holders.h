// Who holds /dev/nvidia*, by /proc: the kernel's own answer, also when the driver's library does not (design/lifecycle.md §3). The agent
// itself and the driver's daemons do not count. Stateless; blocks on /proc only.
#pragma once

#include "domain/node.h"

#include <cstdint>
#include <string>
#include <vector>

namespace busbar::agent {

struct ProcessFacts {
    std::string command, user;
    std::string program; ///< path of the executable; empty for kernel threads and where not readable
    std::int64_t startTicks = 0, startedWallMs = 0;
    std::int64_t parent = 0;
    bool isHosts = false; ///< its files are the host's, so nobody but root can put a program at that path; false in a tenant's container
    bool visible = false; ///< false: no such process in our /proc (ended, or another pid namespace)
    bool zombie = false;
};

ProcessFacts factsOf(std::int64_t pid);

/// Processes with an open file of the GPUs, kind "holder", gpu = -1: /proc does not say which slot a file of the driver belongs to.
/// `devices` is how their paths begin.
std::vector<Process> deviceHolders(const std::string& devices = "/dev/nvidia");

/// The driver's own daemons (by the host's program files), this agent and all that it started: never blockers, never ended. Pid 1 is a holder as
/// any other: in a container it may be the tenant's program.
bool isExempt(std::int64_t pid, const ProcessFacts& facts);

} // namespace busbar::agent
