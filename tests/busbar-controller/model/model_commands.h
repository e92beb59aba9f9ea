// What can happen at a site, as values that RapidCheck generates, shrinks and prints as sentences. Stateless.
#pragma once

#include "model_world.h"

#include <rapidcheck.h>

#include <ostream>
#include <vector>

namespace busbar::controller::model {

enum class Happening : std::uint8_t {
    drain, giveBack, lease, release, provision, undo, cancel, pause, resume, approve, submitAgain,
    fail, noEvidence, holders, unkillable, badMemory, repair,
    loseLinks, bringBack, killAgent, repeatReport, staleCommand, restart, clockJump, timePasses, extendLease,
    drainGpu, returnGpu, resetGpu, reset, reboot, identify, gpuHolders, failOther, stubborn, losePower, diskFull, diskRoom,
    swap, swapWith, releaseFaulty, returnAnyway, decide
};

struct Command {
    Happening what = Happening::timePasses;
    int node = 0;    ///< the first node it is about, 0..kNodes-1
    int count = 1;   ///< how many nodes, or how long, or how often
    int choice = 0;  ///< 0..7: policy, kind of step, which action …; of a single GPU count says which
    bool bob = false; ///< else ann
};

struct Script {
    std::vector<Command> commands;
};

/// "ann drains 3 nodes from pdx1/n002, 60 s, then force, queued".
std::string sentenceOf(const Command& command);
void apply(ModelWorld& world, const Command& command);

rc::Gen<Script> anyScript();
void showValue(const Script& script, std::ostream& out);

} // namespace busbar::controller::model
