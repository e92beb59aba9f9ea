// The agent as a whole: driver, collectors, journal, steps and link put together. One thread calls run(); the parts have their own.
#pragma once

#include "busbar-agent/config.h"

#include <memory>
#include <string>

namespace busbar::agent {

class Agent {
public:
    /// Opens journal and driver; a missing driver is a fact to report, not an error.
    static StatusOr<std::unique_ptr<Agent>> open(Config config);
    virtual ~Agent() = default;
    /// Samples and talks until `stopFd` becomes readable.
    virtual void run(int stopFd) = 0;
};

/// What the agent sees of this machine, as text for people; opens no journal and no connection.
std::string describeMachine(const std::string& nvmlPath);

} // namespace busbar::agent
