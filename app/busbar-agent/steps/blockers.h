// Who holds the GPUs in a step's scope, by the driver's client lists and by /proc together (design/lifecycle.md §3).
#pragma once

#include "busbar-agent/steps/step.h"

#include <map>

namespace busbar::agent {

struct Holding {
    std::vector<Blocker> blockers;
    std::map<std::string, std::int64_t> perGpu; ///< GPU UUID → clients, where the driver answered
    std::vector<std::string> unreadable;        ///< what could not be read, in sentences
    bool driverRead = false;                    ///< at least one GPU's clients were read
    std::vector<Process> processes;             ///< those that can be ended: visible, with their start time, never pid 1
};

Holding findHolders(const StepContext& context);
/// As findHolders, but what is gone again within 3 s does not count: a process that has just ended and whose pid, hidden or not, the driver still
/// lists, a query of the driver that comes and goes, or a driver that does not answer for a moment.
Holding findLastingHolders(const StepContext& context);

/// "train.py (pid 71) of anna and 2 more hold GPUs"; empty list: "nothing holds a GPU", or what could not be read.
std::string describe(const Holding& holding);

} // namespace busbar::agent
