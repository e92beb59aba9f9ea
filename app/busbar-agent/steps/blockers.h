// Who holds the GPUs in a step's scope, by the driver's client lists and by /proc together (design/lifecycle.md §3).
#pragma once

#include "busbar-agent/steps/step.h"

#include <map>

namespace busbar::agent {

struct Holding {
    std::vector<Blocker> blockers;
    std::map<std::string, std::int64_t> perGpu; ///< GPU UUID → clients, where the driver answered
    std::vector<std::string> unreadable;        ///< "GPU-uuid: why" of those whose clients could not be read
    bool driverRead = false;                    ///< every GPU in scope told its clients
    bool kernelRead = false;                    ///< the files of every process of the node were looked at
    std::string kernelGap;                      ///< why not; empty where they were, or were not asked for: a single GPU in scope
    std::vector<Process> processes;             ///< those that can be ended: visible, with their start time, never pid 1
};

/// False: neither the driver's lists nor /proc could tell of each GPU in scope, so that finding nobody proves nothing.
inline bool isShown(const Holding& holding) { return holding.driverRead || holding.kernelRead; }
/// "whether anything holds a GPU could not be shown: …", for a holding that is not.
std::string whyNotShown(const StepContext& context, const Holding& holding);

Holding findHolders(const StepContext& context);
/// As findHolders, but what is gone again within 3 s does not count: a process that has just ended and whose pid, hidden or not, the driver still
/// lists, a query of the driver that comes and goes, or a driver that does not answer for a moment.
Holding findLastingHolders(const StepContext& context);

/// "train.py (pid 71) of anna and 2 more hold GPUs"; empty list: "nothing holds a GPU", or what could not be read.
std::string describe(const Holding& holding);

/// Evidence of the driver's clients per GPU; `before` where there was an earlier look.
void addClients(const StepContext& context, const Holding* before, const Holding& now, StepReport& report);
/// Whom /proc alone shows: "0", "2", or "0; 12 processes may not be looked at: …", which is not readable. For a whole node.
Evidence kernelEvidence(const StepContext& context, const Holding* before, const Holding& now);

} // namespace busbar::agent
