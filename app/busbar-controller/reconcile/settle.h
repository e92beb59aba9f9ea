// What follows from the targets: which ones start, what state the action is in, how it ends. Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// Starts waiting targets, oldest action first, up to EngineOptions::maxConcurrent at the site. Targets that wait for a lost agent do
/// not count; a paused or cancelled action starts none.
void startTargets(Work& work);
/// State and sentence of the action from its targets.
void settleAction(Work& work, ActionRun& run);
/// Looks at every active target: reads to repeat, deadlines, agents that are silent past a step's longest time, blockers to write.
void lookAtLimits(Work& work);

} // namespace busbar::controller
