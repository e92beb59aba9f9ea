// wait: until nothing holds a GPU. The agent watches and tells the holders; the deadline is the controller's (deadline.h).
#include "busbar-controller/reconcile/deadline.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"

#include <algorithm>

namespace busbar::controller {
namespace {

constexpr std::int64_t kOverlapMs = 10'000; // The controller ends a wait at its deadline; the agent's own limit comes after.

void fill(const Work& work, const TargetRef& target, StepCommand& command) {
    if (target.action().atDeadline != DeadlinePolicy::force || target.record().deadlineWallMs == 0) return;
    const std::int64_t leftMs = std::max<std::int64_t>(0, target.record().deadlineWallMs - work.wallMs()) + kOverlapMs;
    command.secondsLeft = static_cast<int>(std::min<std::int64_t>(command.secondsLeft, leftMs / 1000));
}

void ended(Work& work, const TargetRef& target, StepRecord& step) {
    if (step.state == StepState::succeeded) {
        beginNextStep(work, target);
        return;
    }
    if (isPastDeadline(work, target.record()) && afterWaitAtDeadline(work, target)) return;
    if (!target.record().blockers.empty()) {
        // The agent's own limit ran out with holders still there: not a failed read, so watching goes on.
        step.state = StepState::running;
        step.endedWallMs = 0;
        target.live().failures = 0;
        repeatStep(work, target);
        return;
    }
    failDrain(work, target, step.state, fmt::format("wait: {}", step.sentence));
}

} // namespace

const StepRule kWaitRule{beginNothing, fill, ended};

} // namespace busbar::controller
