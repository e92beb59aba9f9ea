#include "busbar-controller/reconcile/hold.h"

#include "busbar-controller/plan/eligibility.h"
#include "busbar-controller/reconcile/bring_up.h"
#include "busbar-controller/reconcile/runner.h"
#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller {
namespace {

constexpr const char* kSuperseded = "superseded by ";

bool wasSuperseded(const TargetRecord& target) {
    return std::any_of(target.steps.begin(), target.steps.end(), [](const StepRecord& step) { return step.state == StepState::unknown && step.sentence.starts_with(kSuperseded); });
}

/// An ended action whose every unknown target was taken over by later ones has nothing left that could still become known.
void endSuperseded(Work& work, ActionRun& run, const std::string& by) {
    Action& action = run.action();
    const auto known = [](const TargetRecord& target) { return target.state != TargetState::unknown || wasSuperseded(target); };
    if (action.state != ActionState::unknown || !std::all_of(action.targets.begin(), action.targets.end(), known)) return;
    action.state = ActionState::superseded;
    action.sentence = fmt::format("superseded by {}: {}", by, countsOf(action.targets));
    work.log(run, "", action.sentence);
    work.changed(run);
}

/// What the step that never came to its end leaves of the node's facts.
void leaveFacts(Work& work, const TargetRef& target) {
    const std::string& nodeId = target.node();
    const std::string why = "given up while its agent was lost: " + whyOf(target.action());
    const std::string& who = target.action().actor;
    if (serviceOf(work, target) == Service::opening) moveService(work, target, Service::closed, why);
    // What was granted or half scrubbed has to be released before anybody gets it.
    const Occupancy held = work.occupancyOf(nodeId);
    if (held == Occupancy::preparing || held == Occupancy::scrubbing) work.moveOccupancy(nodeId, OccupancyEvent::expire, {}, why, who);
    if (target.action().verb != Verb::provision) return;
    if (target.action().cancelRequested) (void)cancelProof(work, target);
    else giveUpProof(work, target, why);
}

PlanRequest requestOf(const Action& action, const std::string& nodeId) {
    PlanRequest request;
    request.verb = action.verb;
    request.nodeIds = {nodeId};
    request.deadlineMs = action.deadlineMs;
    request.atDeadline = action.atDeadline;
    request.details = action.details;
    request.gpuUuids = action.gpuUuids;
    request.overrideFailed = action.overrideFailed;
    return request;
}

/// Nobody has seen what a plan does to a lease that came after it, and nobody has approved that. Lets pass what has left its leases.
Eligibility judgeNow(const TargetRef& target, const std::optional<NodeStatus>& node) {
    if (!node.has_value()) return {false, "refused: it is no longer known here"};
    const auto& shown = target.record().leases;
    if (closes(target.verb()))
        for (const std::string& lease : leasesOf(*node))
            if (std::find(shown.begin(), shown.end(), lease) == shown.end()) return {false, fmt::format("refused: it is in lease {} now, which the plan did not show: plan again", lease)};
    return judgeTarget(requestOf(target.action(), target.node()), *node, "");
}

/// False when the target ended instead: what it was submitted for no longer holds.
bool stillFits(Work& work, const TargetRef& target) {
    const auto node = work.fleet.node(target.node());
    const Eligibility now = judgeNow(target, node);
    if (now.eligible) return true;
    const bool already = node.has_value() && isAlready(target.action().verb, serviceOf(work, target));
    endTarget(work, target, already ? TargetState::skipped : TargetState::refused, now.sentence);
    return false;
}

} // namespace

void giveUpHope(Work& work, const TargetRef& target, const std::string& why) {
    closeStep(work, target, StepState::unknown, why);
    target.record().sentence = why;
    leaveFacts(work, target);
    work.changed(target);
}

void holdNode(Work& work, const TargetRef& target) {
    if (const auto old = work.state.resumable.find(target.node()); old != work.state.resumable.end()) {
        const TargetRef before = old->second;
        work.state.resumable.erase(old);
        giveUpHope(work, before, kSuperseded + target.action().id);
        endSuperseded(work, *before.run, target.action().id);
    }
    work.state.holders.set(target);
}

bool mayTakeNode(Work& work, const TargetRef& target) {
    const TargetRef holder = work.state.holders.find(target.node());
    if (holder.run == target.run) return true;
    if (holder.run == nullptr) {
        if (work.isUnpublished(target.node())) return false; // Judged in the next turn, by what the action before it left.
        return stillFits(work, target);
    }
    target.run->queuedBehind = holder.action().id;
    const std::string sentence = fmt::format("queued behind {} of {}", toString(holder.action().verb), holder.action().id);
    if (target.record().sentence != sentence) {
        target.record().sentence = sentence;
        work.changed(target);
    }
    return false;
}

} // namespace busbar::controller
