// burn-in: the proof that a node is capacity (lifecycle.md §5). Its figures are judged by the thresholds of the GPUs' model before this runs.
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"

namespace busbar::controller {
namespace {

void begin(Work& work, const TargetRef& target, StepRecord&) { work.moveState(target.node(), StateEvent::burnInBegun, whyOf(target.action()), target.action().actor); }

void fill(const Work&, const TargetRef& target, StepCommand& command) { command.details.profile = target.action().details.profile; }

void ended(Work& work, const TargetRef& target, StepRecord& step) {
    const bool passed = step.state == StepState::succeeded;
    work.moveState(target.node(), passed ? StateEvent::accepted : StateEvent::burnInFailed, fmt::format("burn-in: {} ({})", step.sentence, target.action().id), target.action().actor);
    // The way back of GPUs that failed a scrub: what was repaired is proven again.
    if (passed && work.occupancyOf(target.node()) == Occupancy::scrubFailed) work.moveOccupancy(target.node(), OccupancyEvent::repaired, {}, whyOf(target.action()), target.action().actor);
    if (passed) work.setOverride(target.node(), {}, target.action().actor);
    const Service service = serviceOf(work, target);
    const std::string closed = service == Service::open || service == Service::unknown ? "" : fmt::format("; it is {} as before: return opens it", toString(service));
    if (passed) return endTarget(work, target, TargetState::succeeded, fmt::format("ready: {}{}", step.sentence, closed));
    const bool failed = step.state == StepState::failed;
    work.event(target.node(), 2, fmt::format("burn-in of {} {}: {}", target.node(), failed ? "failed" : "is unknown", step.sentence));
    endTarget(work, target, failed ? TargetState::failed : TargetState::unknown, fmt::format("burn-in: {}", step.sentence));
}

} // namespace

const StepRule kBurnInRule{begin, fill, ended};

} // namespace busbar::controller
