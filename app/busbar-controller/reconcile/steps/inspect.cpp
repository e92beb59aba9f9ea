// inspect: a quick health check before a node is opened again. A node with a failed check is not returned; it stays as it is.
#include "busbar-controller/reconcile/bring_up.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"

namespace busbar::controller {
namespace {

void begin(Work& work, const TargetRef& target, StepRecord& step) {
    if (target.action().verb != Verb::provision) return;
    step.evidence.push_back(stateEvidence(work, work.stateOf(target.node()), NodeState::inspecting));
    work.moveState(target.node(), StateEvent::inspectionBegun, whyOf(target.action()), target.action().actor);
}

void ended(Work& work, const TargetRef& target, StepRecord& step) {
    if (step.state == StepState::succeeded) {
        goOnOrEnd(work, target, fmt::format("rebooted and checked: {}", step.sentence));
        return;
    }
    const bool failed = step.state == StepState::failed;
    if (target.action().verb == Verb::provision) {
        work.moveState(target.node(), StateEvent::inspectionFailed, fmt::format("inspect: {} ({})", step.sentence, target.action().id), target.action().actor);
        work.event(target.node(), 2, fmt::format("inspection of {} {}: {}", target.node(), failed ? "failed" : "is unknown", step.sentence));
        return endTarget(work, target, failed ? TargetState::failed : TargetState::unknown, fmt::format("inspect: {}", step.sentence));
    }
    if (target.action().verb == Verb::reboot) return failClosed(work, target, step);
    work.event(target.node(), 2, fmt::format("return of {}: the check {}: {}", target.node(), failed ? "failed" : "is unknown", step.sentence));
    endTarget(work, target, failed ? TargetState::failed : TargetState::unknown,
              fmt::format("inspect: {}; {} stays {}", step.sentence, subjectOf(target), toString(serviceOf(work, target))));
}

} // namespace

const StepRule kInspectRule{begin, fillNothing, ended};

} // namespace busbar::controller
