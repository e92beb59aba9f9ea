// terminate: the agent ends the processes that hold the GPUs (SIGTERM, 30 s, SIGKILL, 30 s), by its own policy's leave. Destructive.
#include "busbar-controller/reconcile/deadline.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"

namespace busbar::controller {
namespace {

void fill(const Work&, const TargetRef&, StepCommand& command) { command.force = true; }

void ended(Work& work, const TargetRef& target, StepRecord& step) {
    if (step.state != StepState::succeeded) {
        failDrain(work, target, step.state, fmt::format("terminate: {}", step.sentence));
        return;
    }
    target.record().deadlineWallMs = work.wallMs() + kAfterTerminateMs;
    beginNextStep(work, target);
}

} // namespace

const StepRule kTerminateRule{beginNothing, fill, ended};

} // namespace busbar::controller
