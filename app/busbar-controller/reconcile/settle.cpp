#include "busbar-controller/reconcile/settle.h"

#include "busbar-controller/reconcile/cancel.h"
#include "busbar-controller/reconcile/deadline.h"
#include "busbar-controller/reconcile/hold.h"
#include "busbar-controller/reconcile/pace.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/site_breaker.h"
#include "busbar-controller/reconcile/swap.h"
#include "busbar-controller/reconcile/undo_lease.h"
#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller {
namespace {

/// Over the threshold, and nobody else has approved it yet.
bool needsApproval(const Action& action) { return !action.approvalWhy.empty() && action.approvedBy.empty() && !action.cancelRequested; }

bool mayStart(const Action& action) {
    return (action.state == ActionState::queued || action.state == ActionState::running || action.state == ActionState::verifying) && action.pausedWhy.empty() && !needsApproval(action);
}

void startSome(Work& work, ActionRun& run, Room& room) {
    auto& targets = run.action().targets;
    while (run.nextWaiting < targets.size() && targets[run.nextWaiting].state != TargetState::waiting) ++run.nextWaiting;
    if (run.nextWaiting >= targets.size()) return;
    const int wave = openWave(work, run);
    run.queuedBehind.clear();
    for (std::size_t i = run.nextWaiting; i < targets.size() && room.any(); ++i) {
        const TargetRef target{&run, i};
        if (target.record().state != TargetState::waiting || target.record().wave > wave || !mayTakeNode(work, target) || !isItsTurn(work, target)) continue;
        if (!room.take(target.node())) {
            if (run.active.empty()) run.roomWhy = room.why();
            continue;
        }
        run.roomWhy.clear();
        if (closes(target.verb()) && run.action().gpuUuids.empty() && !mayClose(work, target.node())) return;
        if (run.action().startedWallMs == 0) {
            run.action().startedWallMs = work.wallMs();
            work.changed(run);
        }
        holdNode(work, target);
        if (run.action().verb == Verb::swap) holdNode(work, {&run, kLeaves}); // From its start on both are its own.
        startTarget(work, target);
        if (run.action().cancelRequested) stopUnderWay(work, target); // It leaves its lease, and goes no further.
    }
}

/// Agents that came back, and nodes whose long wait has ended, go on as soon as there is room for them.
void goOnWithParked(Work& work, ActionRun& run, Room& room) {
    for (const std::size_t index : std::vector<std::size_t>(run.active.begin(), run.active.end())) {
        const TargetRef target{&run, index};
        if (!target.live().parked || !room.take(target.node())) continue;
        target.live().parked = false;
        if (target.live().retryBootMs != 0 || openStep(target.record()) == nullptr) continue;
        target.record().sentence = fmt::format("{}: sent to the agent", toString(openStep(target.record())->kind));
        work.changed(target);
        dispatch(work, target);
    }
}

/// What has not started by the action's last start is not started any more.
void endLateTargets(Work& work, ActionRun& run) {
    const Action& action = run.action();
    if (action.notAfterWallMs == 0 || work.wallMs() < action.notAfterWallMs || isFinal(action.state)) return;
    for (std::size_t i = 0; i < action.targets.size(); ++i) {
        if (action.targets[i].state != TargetState::waiting || isUnderWay(action)) continue;
        giveUpReserved(work, {&run, i}, "not started in time");
        endTarget(work, {&run, i}, TargetState::cancelled, fmt::format("cancelled: not started by {}, left untouched", formatUtc(action.notAfterWallMs)));
    }
}

/// Stops further targets from starting when too many failed; only where there are further ones.
void tripBreaker(Work& work, ActionRun& run) {
    Action& action = run.action();
    if (!action.pausedWhy.empty() || action.cancelRequested || !hasWaiting(action) || action.verb == Verb::swap) return; // A swap's second target follows its first.
    const std::string why = breakerOf(work, run);
    if (why.empty()) return;
    action.pausedWhy = "breaker: " + why;
    work.log(run, "", fmt::format("paused: {}", action.pausedWhy));
    work.event("", 2, fmt::format("{} {} is paused: {}: resume or cancel it", toString(action.verb), action.id, action.pausedWhy));
    work.changed(run);
}

ActionState stateOf(Work& work, ActionRun& run) {
    Action& action = run.action();
    if (needsApproval(action)) return ActionState::awaitingApproval;
    if (!action.pausedWhy.empty() && hasWaiting(action)) return ActionState::paused;
    if (run.active.empty()) return action.startedWallMs == 0 ? ActionState::queued : ActionState::running;
    bool verifying = run.nextWaiting >= action.targets.size();
    for (const std::size_t index : run.active) {
        if (waitsForDecision(work, action, action.targets[index])) return ActionState::paused;
        verifying = verifying && action.targets[index].state == TargetState::verifying;
    }
    return verifying ? ActionState::verifying : ActionState::running;
}

void endAction(Work& work, ActionRun& run) {
    Action& action = run.action();
    action.state = outcomeOf(action.targets);
    action.endedWallMs = work.wallMs();
    action.sentence = countsOf(action.targets);
    work.log(run, "", fmt::format("{}: {}", toString(action.state), action.sentence));
    const bool well = action.state == ActionState::succeeded || action.state == ActionState::cancelled;
    work.event("", well ? 0 : 2, fmt::format("{} {} {}: {}", toString(action.verb), action.id, toString(action.state), action.sentence));
    work.changed(run);
}

std::string sentenceOf(Work& work, ActionRun& run) {
    Action& action = run.action();
    if (action.cancelRequested) return action.sentence;
    if (action.state == ActionState::awaitingApproval) return fmt::format("waits for a second person: {}; {} may not approve it{}", action.approvalWhy, action.actor, action.pausedWhy.empty() ? "" : fmt::format("; once approved it stays paused ({}) until it is resumed", action.pausedWhy));
    if (action.state == ActionState::paused && !action.pausedWhy.empty()) return fmt::format("paused ({}): {}; resume or cancel it", action.pausedWhy, countsOf(action.targets));
    if (action.state == ActionState::paused) {
        const auto asking = std::count_if(run.active.begin(), run.active.end(), [&](std::size_t index) { return waitsForDecision(work, action, action.targets[index]); });
        return fmt::format("paused: the deadline passed and {} {} still held: decide; give it more time, wait or force, cancel it, or end the processes, and it goes on", asking, asking == 1 ? "node is" : "nodes are");
    }
    if (!hasWaiting(action)) return countsOf(action.targets);
    if (action.verb == Verb::swap && action.targets[kComes].state != TargetState::waiting)
        return fmt::format("{}; {} waits until {} has come into the lease", countsOf(action.targets), action.targets[kLeaves].nodeId, action.targets[kComes].nodeId);
    if (!run.queuedBehind.empty()) return fmt::format("{}; waits behind {}", countsOf(action.targets), run.queuedBehind);
    return run.roomWhy.empty() ? countsOf(action.targets) : fmt::format("{}; waits for room: {}", countsOf(action.targets), run.roomWhy);
}

/// The agent of a cancelled target went away before it told how its step ended, and has stayed away for longer than that step may take.
bool isAwayTooLong(const Work& work, const TargetRef& target, const StepRecord& step, std::int64_t limitMs) {
    if (!target.action().cancelRequested || work.isConnected(target.node()) || !stopsHere(target, step.kind)) return false;
    const auto lost = work.state.lost.find(target.node());
    const std::int64_t since = lost == work.state.lost.end() ? work.state.startedBootMs : lost->second.bootMs;
    return work.bootMs() - since > (isInterruptible(step.kind) ? 0 : limitMs) + work.options.reportGraceMs;
}

void lookAtTarget(Work& work, const TargetRef& target) {
    TargetLive& live = target.live();
    if (live.retryBootMs != 0 && work.bootMs() >= live.retryBootMs) repeatStep(work, target);
    checkDeadline(work, target);
    StepRecord* const step = openStep(target.record());
    if (step == nullptr || isFinal(target.record().state)) return;
    live.yielded = live.yielded || waitsForLong(work, target.record());
    const std::int64_t limitMs = std::int64_t{longestSeconds(step->kind, target.action().details.profile)} * 1000;
    if (live.sent && live.retryBootMs == 0 && work.bootMs() - live.sentBootMs > limitMs + work.options.reportGraceMs) {
        endStep(work, target, {StepState::unknown, fmt::format("the agent sent no report within {} s", limitMs / 1000)});
        return;
    }
    if (isAwayTooLong(work, target, *step, limitMs)) return stopUnderWay(work, target);
    if (live.progressUnwritten && work.bootMs() - live.progressWrittenBootMs >= work.options.progressWriteMs) {
        live.progressUnwritten = false;
        live.progressWrittenBootMs = work.bootMs();
        work.changed(target);
    }
}

} // namespace

void startTargets(Work& work) {
    Room room(work);
    for (const auto& [id, run] : work.state.runs) goOnWithParked(work, *run, room);
    for (const auto& [id, run] : work.state.runs) {
        if (isFinal(run->action().state) || (run->action().cancelRequested && !mustStillLeave(run->action()))) continue;
        settleSwap(work, *run);
        tripBreaker(work, *run); // Before anything further starts.
        run->roomWhy.clear();
        if (!mayStart(run->action())) continue;
        if (room.any()) startSome(work, *run, room);
        else if (run->active.empty()) run->roomWhy = room.why();
    }
}

void settleAction(Work& work, ActionRun& run) {
    Action& action = run.action();
    if (isFinal(action.state)) return;
    const bool ended = run.active.empty() && std::all_of(action.targets.begin(), action.targets.end(), [](const TargetRecord& t) { return isFinal(t.state); });
    if (ended) {
        endAction(work, run);
        return;
    }
    const ActionState state = stateOf(work, run);
    if (state != action.state) work.log(run, "", fmt::format("{}", toString(state)));
    const bool moved = state != action.state;
    action.state = state;
    std::string sentence = sentenceOf(work, run);
    if (!moved && sentence == action.sentence) return;
    action.sentence = std::move(sentence);
    work.changed(run);
}

void lookAtLimits(Work& work) {
    tellSiteBreaker(work);
    for (const auto& [id, run] : work.state.runs) {
        endLateTargets(work, *run);
        const std::vector<std::size_t> active(run->active.begin(), run->active.end()); // Targets may end on the way.
        for (const std::size_t index : active) lookAtTarget(work, {run.get(), index});
    }
}

} // namespace busbar::controller
