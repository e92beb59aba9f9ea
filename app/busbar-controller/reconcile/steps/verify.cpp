// verify: the agent reads back from the hardware; without evidence a drain is unknown, never done.
#include "busbar-controller/plan/eligibility.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"
#include "busbar-controller/reconcile/triage.h"

namespace busbar::controller {
namespace {

void fill(const Work&, const TargetRef& target, StepCommand& command) {
    if (const StepRecord* const close = stepOf(target.record(), StepKind::close); close != nullptr)
        for (const Evidence& evidence : close->evidence)
            if (evidence.source != "controller") command.expected.push_back(evidence);
}

/// What a release comes to; whatever its plan had said, a node may have been drained or sent to triage since.
void endRelease(Work& work, const TargetRef& target) {
    work.moveOccupancy(target.node(), OccupancyEvent::freed, {}, whyOf(target.action()), target.action().actor);
    sendToTriage(work, target);
    if (isInTriage(work, target.node())) return endTarget(work, target, TargetState::succeeded, "in triage: scrubbed, its settings as before; the node stays drained");
    if (isKeptClosed(serviceBefore(target.record()))) return endTarget(work, target, TargetState::succeeded, "free: scrubbed, its settings as before; the node was closed before and stays drained: return opens it");
    goOnOrEnd(work, target, "free: scrubbed, its settings as before");
}

void ended(Work& work, const TargetRef& target, StepRecord& step) {
    if (step.state != StepState::succeeded) {
        failDrain(work, target, step.state, fmt::format("verify: {}", step.sentence));
        return;
    }
    noteMove(work, target, step, serviceOf(work, target), Service::drained);
    moveService(work, target, Service::drained, whyOf(target.action()));
    if (target.verb() == Verb::release) return endRelease(work, target);
    if (target.verb() != Verb::drain) return beginNextStep(work, target);
    endTarget(work, target, TargetState::succeeded, fmt::format("drained: {}", step.sentence));
}

} // namespace

const StepRule kVerifyRule{beginNothing, fill, ended};

} // namespace busbar::controller
