#include "busbar-controller/reconcile/settle.h"

#include "busbar-controller/reconcile/deadline.h"
#include "busbar-controller/reconcile/runner.h"

#include <algorithm>

namespace busbar::controller {
namespace {

std::size_t busyTargets(const Work& work) {
    std::size_t busy = 0;
    for (const auto& [id, run] : work.state.runs)
        busy += static_cast<std::size_t>(std::count_if(run->active.begin(), run->active.end(), [&](std::size_t index) {
            return work.isConnected(run->action().targets[index].nodeId);
        }));
    return busy;
}

bool mayStart(const Action& action) { return action.state == ActionState::queued || action.state == ActionState::running || action.state == ActionState::verifying; }

void startSome(Work& work, ActionRun& run, std::size_t& room) {
    auto& targets = run.action().targets;
    for (; room > 0 && run.nextWaiting < targets.size(); ++run.nextWaiting) {
        const TargetRef target{&run, run.nextWaiting};
        if (target.record().state != TargetState::waiting) continue;
        if (run.action().startedWallMs == 0) {
            run.action().startedWallMs = work.wallMs();
            work.changed(run);
        }
        startTarget(work, target);
        if (work.isConnected(target.node())) --room;
    }
}

ActionState stateOf(Work& work, ActionRun& run) {
    Action& action = run.action();
    if (run.active.empty()) return action.startedWallMs == 0 ? ActionState::queued : action.state;
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
    if (action.state == ActionState::paused) {
        const auto asking = std::count_if(run.active.begin(), run.active.end(), [&](std::size_t index) { return waitsForDecision(work, action, action.targets[index]); });
        return fmt::format("paused: the deadline passed and {} {} still held: decide; cancel it, or end the processes, and it goes on", asking, asking == 1 ? "node is" : "nodes are");
    }
    return countsOf(action.targets);
}

void lookAtTarget(Work& work, const TargetRef& target) {
    TargetLive& live = target.live();
    if (live.retryBootMs != 0 && work.bootMs() >= live.retryBootMs) repeatStep(work, target);
    checkDeadline(work, target);
    StepRecord* const step = openStep(target.record());
    if (step == nullptr || isFinal(target.record().state)) return;
    const std::int64_t limitMs = std::int64_t{longestSeconds(step->kind)} * 1000;
    if (live.sent && live.retryBootMs == 0 && work.bootMs() - live.sentBootMs > limitMs + work.options.reportGraceMs) {
        endStep(work, target, {StepState::unknown, fmt::format("the agent sent no report within {} s", limitMs / 1000)});
        return;
    }
    if (live.progressUnwritten && work.bootMs() - live.progressWrittenBootMs >= work.options.progressWriteMs) {
        live.progressUnwritten = false;
        live.progressWrittenBootMs = work.bootMs();
        work.changed(target);
    }
}

} // namespace

void startTargets(Work& work) {
    const std::size_t busy = busyTargets(work);
    std::size_t room = work.options.maxConcurrent - std::min(busy, work.options.maxConcurrent);
    for (const auto& [id, run] : work.state.runs)
        if (room > 0 && !isFinal(run->action().state) && mayStart(run->action()) && !run->action().cancelRequested) startSome(work, *run, room);
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
    for (const auto& [id, run] : work.state.runs) {
        const std::vector<std::size_t> active(run->active.begin(), run->active.end()); // Targets may end on the way.
        for (const std::size_t index : active) lookAtTarget(work, {run.get(), index});
    }
}

} // namespace busbar::controller
