// inspect: a quick health check before a node is opened again. A node with a failed check is not returned, unless an admin overrides that; it stays
// as it is.
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

/// What is not well, and the return goes past; "" where nothing is, or nobody overrode it. A check that found out nothing is not overridden.
std::string overridden(const Work& work, const TargetRef& target, const StepRecord& step) {
    if (target.action().verb != Verb::giveBack || !target.action().overrideFailed) return {};
    if (step.state == StepState::failed) return fmt::format("inspect: {}", step.sentence);
    const auto node = work.fleet.node(target.node());
    return step.state == StepState::succeeded && node.has_value() && node->facts.health == Health::failed ? "its health is failed" : "";
}

/// The step stays what it is, with what was read; who went past it, and why, stands on the node until a check passes.
void goPast(Work& work, const TargetRef& target, StepRecord& step, const std::string& what) {
    const Action& action = target.action();
    step.sentence += fmt::format("; {}overridden by {}: {}", step.state == StepState::failed ? "" : what + ", ", action.actor, action.reason);
    work.setOverride(target.node(), fmt::format("a failed check was overridden by {} at {}: {} ({}; {})", action.actor, formatUtc(work.wallMs()), action.reason, what, action.id), action.actor);
    work.event(target.node(), 2, fmt::format("return of {} goes past a failed check, overridden by {}: {} ({})", target.node(), action.actor, action.reason, what));
    work.log(*target.run, target.node(), fmt::format("{}: overridden by {}: {}", what, action.actor, action.reason));
    work.changed(target);
    beginNextStep(work, target);
}

void ended(Work& work, const TargetRef& target, StepRecord& step) {
    if (const std::string what = overridden(work, target, step); !what.empty()) return goPast(work, target, step, what);
    if (step.state == StepState::succeeded) {
        // What a provision found counts when all of it has passed, and a GPU's own check is not the node's.
        if (target.action().verb != Verb::provision && target.action().gpuUuids.empty()) work.setOverride(target.node(), {}, target.action().actor);
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
