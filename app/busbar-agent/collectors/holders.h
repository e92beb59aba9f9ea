// Who holds /dev/nvidia*, by /proc: the kernel's own answer, also when the driver's library does not (design/lifecycle.md §3). The agent
// itself and the driver's daemons do not count. Stateless; blocks on /proc only.
#pragma once

#include "domain/node.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace busbar::agent {

/// How the paths of the GPUs' device files begin.
inline constexpr const char* kDevices = "/dev/nvidia";

struct ProcessFacts {
    std::string command, user;
    std::string program; ///< path of the executable; empty for kernel threads and where not readable
    std::int64_t startTicks = 0, startedWallMs = 0;
    std::int64_t parent = 0;
    bool isHosts = false; ///< its files are the host's, so nobody but root can put a program at that path; false in a tenant's container
    bool visible = false; ///< false: no such process in our /proc (ended, or another pid namespace)
    bool zombie = false;
    bool ofKernel = false; ///< a thread of the kernel: it has no files
};

ProcessFacts factsOf(std::int64_t pid);

struct DeviceHolders {
    std::vector<Process> processes; ///< kind "holder", gpu = -1: /proc does not say which slot a file of the driver belongs to
    std::string gap;                ///< why this is not all: "12 processes may not be looked at: …"; empty: every process was looked at
};

/// Whether the process has a file of the driver open, the control file among them; nullopt where not all of its files could be looked at, or no
/// driver is loaded here.
std::optional<bool> opensDriver(std::int64_t pid, const std::string& devices);

/// Is the number that the driver tells another namespace's: the process that has it here has no file of the driver open.
bool isForeign(std::int64_t pid, const ProcessFacts& facts, const std::string& devices, bool simulated);

/// Processes with an open file of the GPUs. `devices` is how their paths begin.
DeviceHolders deviceHolders(const std::string& devices);

/// The driver's own daemons (by the host's program files), this agent and all that it started: never blockers, never ended. Pid 1 is a holder as
/// any other: in a container it may be the tenant's program.
bool isExempt(std::int64_t pid, const ProcessFacts& facts);

} // namespace busbar::agent
