// The figures of reports as the controller judges them: what they are held against, and of a burn-in where they stand among the fleet's
// (health/fleet_figures.h). Event thread only, or before it starts.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// Judges the figures of a report that was taken. What its agent says of thresholds or of the fleet counts for nothing.
void judgeFigures(Work& work, const TargetRef& target, StepKind kind, StepReport& report);
/// Notes the figures of all burn-ins among these actions (entries of the store, the oldest first), of nodes that are still known.
Status restoreFigures(Work& work, const std::vector<Entry>& actions);

} // namespace busbar::controller
