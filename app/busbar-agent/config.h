// agent.toml, read once at start.
#pragma once

#include "domain/node.h"
#include "transport/credentials.h"

#include <string>
#include <vector>

namespace busbar::agent {

/// The kernel's own log; any other path is a file of its records.
inline constexpr const char* kKernelLog = "/dev/kmsg";

struct LinkConfig {
    std::string site;                     ///< whose controller is expected
    std::vector<std::string> controllers; ///< "host:port", dialled in turn
    transport::TlsFiles tls;
};

struct Config {
    std::string nodeId;
    LinkConfig link;
    std::string state;              ///< folder of the journal
    std::string hooks;              ///< hooks.d; empty: none
    int hookSeconds = 60;           ///< longest time of one hook
    std::string kmsg = kKernelLog;
    std::string nvml;               ///< path of the driver library; empty: the system's
    std::string cuda;               ///< path of the CUDA driver, for tests on the GPUs; empty: the system's
    int gpuSilenceSeconds = 120;    ///< [driver] silence_seconds: a GPU test that says nothing for so long hangs in the driver; 2..3600
    double quickHoldSeconds = 45;   ///< how long burn-in profile quick holds full load, 1..240
    int scrubRounds = 1;            ///< how often a scrub writes and reads back a random pattern before it zeroes, 1..1000
    AgentPolicy policy;             ///< read-only and never unless the file says otherwise
    std::vector<std::string> rebootCommand{"/usr/bin/systemctl", "reboot"}; ///< absolute path and arguments; never through a shell
    std::string simulatedBootId;    ///< file whose first line stands for the boot id on a simulated driver, and there only; empty: the kernel's
    Place place;
};

/// The error names the file and what is wrong in it; a file that others than root could have written is refused.
StatusOr<Config> readConfig(const std::string& path);

} // namespace busbar::agent
