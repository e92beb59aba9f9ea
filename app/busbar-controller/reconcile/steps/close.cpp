// close: first the books, which never need the agent; then the agent cordons and sets (lifecycle.md §3).
#include "busbar-controller/reconcile/active_time.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"
#include "busbar-controller/reconcile/swap.h"

namespace busbar::controller {
namespace {

void begin(Work& work, const TargetRef& target, StepRecord& step) {
    const Service before = serviceOf(work, target);
    noteMove(work, target, step, before, Service::closing);
    moveService(work, target, Service::closing, whyOf(target.action()));
    const Occupancy held = work.occupancyOf(target.node());
    if (target.verb() == Verb::release) step.evidence.push_back({"node", "occupancy", std::string(toString(held)), "expiring", "expiring", "", "controller", Verdict::asSet, work.wallMs()});
    if (target.verb() == Verb::release && (held == Occupancy::leased || held == Occupancy::preparing))
        work.moveOccupancy(target.node(), OccupancyEvent::expire, {}, whyOf(target.action()), target.action().actor);
    if (target.verb() == Verb::release) tellActive(work, target, step);
    if (target.action().verb == Verb::swap) leaveLease(work, target, step);
}

void ended(Work& work, const TargetRef& target, StepRecord& step) {
    if (step.state != StepState::succeeded) {
        failDrain(work, target, step.state, fmt::format("close: {}", step.sentence));
        return;
    }
    moveService(work, target, Service::draining, whyOf(target.action()));
    work.state.lastClose[target.node()] = target;
    // The deadline runs from the journaled, verified close, as absolute time: a restart does not extend it.
    if (target.action().deadlineMs > 0) target.record().deadlineWallMs = work.wallMs() + target.action().deadlineMs;
    beginNextStep(work, target);
}

} // namespace

const StepRule kCloseRule{begin, fillNothing, ended};

} // namespace busbar::controller
