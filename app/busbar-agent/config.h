// agent.toml, read once at start.
#pragma once

#include "busbar-agent/link/agent_link.h"
#include "domain/node.h"

namespace busbar::agent {

struct Config {
    std::string nodeId;
    LinkConfig link;
    std::string state;              ///< folder of the journal
    std::string hooks;              ///< hooks.d; empty: none
    std::string kmsg = "/dev/kmsg";
    std::string nvml;               ///< path of the driver library; empty: the system's
    AgentPolicy policy;             ///< read-only and never unless the file says otherwise
    Place place;
};

/// The error names the file and what is wrong in it.
StatusOr<Config> readConfig(const std::string& path);

} // namespace busbar::agent
