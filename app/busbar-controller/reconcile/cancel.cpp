#include "busbar-controller/reconcile/cancel.h"

#include "busbar-controller/reconcile/bring_up.h"
#include "busbar-controller/reconcile/hold.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/swap.h"
#include "busbar-controller/reconcile/triage.h"
#include "busbar-controller/reconcile/undo_lease.h"

#include <algorithm>

namespace busbar::controller {
namespace {

struct Counts {
    std::size_t untouched = 0, undoing = 0, ended = 0, finishing = 0;
    std::string finishingKind, leaving;
};

/// Whether its tenant had the node when the release began; one whose time was over, or that was never handed over, does not get it back.
bool wasLeased(TargetRecord& target) {
    const StepRecord* const close = stepOf(target, StepKind::close);
    return close != nullptr && std::any_of(close->evidence.begin(), close->evidence.end(), [](const Evidence& fact) { return fact.fact == "occupancy" && fact.before == toString(Occupancy::leased); });
}

void stopNow(Work& work, const TargetRef& target, const StepRecord& step) {
    const bool isAway = target.live().mayRun && !work.isConnected(target.node());
    work.cancelCommand(target.node(), step.commandId);
    closeStep(work, target, StepState::cancelled, isAway ? "cancelled while its agent was away: what it did of this step is not known" : "cancelled");
    stopTarget(work, target);
}

/// Stops a running target now where its step allows that.
void stopRunning(Work& work, const TargetRef& target, Counts& counts) {
    const StepRecord* const step = openStep(target.record());
    if (step == nullptr) return;
    const bool stops = stopsHere(target, step->kind);
    // What an agent has under way ends with its report, and what it did is then undone; with a lost agent the undo goes out when it is back.
    const bool underWay = work.isConnected(target.node()) && target.live().mayRun && target.live().retryBootMs == 0 && step->kind != StepKind::wait;
    // What computes on the GPUs is told to end; its report says that nothing is left there. A scrub comes to its end, whatever follows:
    // half-scrubbed memory would be nobody's and everybody's.
    if (underWay && stops && isInterruptible(step->kind) && step->kind != StepKind::scrub) work.cancelCommand(target.node(), step->commandId);
    if (!underWay && stops && step->kind != StepKind::terminate) {
        stopNow(work, target, *step);
        ++(isFinal(target.record().state) ? counts.ended : counts.undoing);
        return;
    }
    ++counts.finishing;
    counts.finishingKind = toString(step->kind);
}

std::string replyOf(const Counts& counts, const CancelRequest& request) {
    std::string text;
    const auto add = [&text](std::size_t number, const char* what) {
        if (number > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, what);
    };
    add(counts.untouched, "not started and left untouched");
    add(counts.ended, request.keepClosed ? "kept closed" : "stopped");
    add(counts.undoing, "undoing their close");
    if (counts.finishing > 0)
        text += fmt::format("{}stopping after {} of {} {}", text.empty() ? "" : ", ", counts.finishingKind, counts.finishing, counts.finishing == 1 ? "node" : "nodes");
    if (!counts.leaving.empty()) text += fmt::format("{}{} is closed and leaves its lease, the other node is open in its place", text.empty() ? "" : ", ", counts.leaving);
    return fmt::format("cancelled by {}: {}", request.actor, text.empty() ? "nothing was under way" : text);
}

} // namespace

void stopUnderWay(Work& work, const TargetRef& target) {
    Counts counts;
    stopRunning(work, target, counts);
}

bool stopsAfter(Verb verb, StepKind kind) {
    // A lease or a provision can be stopped after each of its steps; a node that is being scrubbed at the end of a lease has to come to its end.
    if (verb == Verb::lease || verb == Verb::provision) return kind != StepKind::releaseLease;
    // What was reset or rebooted goes through its checks and opens again.
    if (verb == Verb::reset || verb == Verb::reboot) return kind == StepKind::close || kind == StepKind::wait || kind == StepKind::terminate || kind == StepKind::verify;
    return kind == StepKind::close || kind == StepKind::wait || kind == StepKind::terminate || kind == StepKind::inspect;
}

bool stopsHere(const TargetRef& target, StepKind kind) { return stopsAfter(target.verb(), kind) && !(target.verb() == Verb::lease && isUndoing(target.record())); }

void stopTarget(Work& work, const TargetRef& target) {
    const Service now = serviceOf(work, target);
    if (target.verb() == Verb::lease) return undoLease(work, target, StepState::cancelled, "cancelled");
    if (target.action().verb == Verb::provision) {
        const std::string sentence = cancelProof(work, target);
        return endTarget(work, target, TargetState::cancelled, fmt::format("{}: it is {} and not proven: provision proves it", sentence, toString(work.stateOf(target.node()))));
    }
    if (target.action().verb == Verb::swap) sendToTriage(work, target); // Its tenant has the other node: this one does not go back.
    if (target.verb() == Verb::release && isInTriage(work, target.node())) {
        moveService(work, target, Service::closed, whyOf(target.action()));
        return endTarget(work, target, TargetState::cancelled, "cancelled: it is in triage and stays closed; a release brings it to its end");
    }
    if (target.action().verb == Verb::release && wasLeased(target.record()) && work.occupancyOf(target.node()) == Occupancy::expiring)
        work.moveOccupancy(target.node(), OccupancyEvent::handOver, {}, "cancelled: " + whyOf(target.action()), target.action().actor);
    if (!closes(target.action().verb)) {
        endTarget(work, target, TargetState::cancelled, fmt::format("cancelled: left {}", toString(now)));
        return;
    }
    if (target.run->head.keepClosed) {
        moveService(work, target, Service::closed, whyOf(target.action()));
        endTarget(work, target, TargetState::cancelled, "cancelled: kept closed");
        return;
    }
    const Service before = serviceBefore(target.record());
    if (before != Service::open && before != Service::unknown) {
        moveService(work, target, Service::closed, whyOf(target.action()));
        endTarget(work, target, TargetState::cancelled, fmt::format("cancelled: it was {} before, so it stays closed", toString(before)));
        return;
    }
    for (StepRecord& step : target.record().steps)
        if (step.state == StepState::pending) step.state = StepState::cancelled;
    target.record().blockers.clear();
    target.record().blockerCount = 0;
    if (target.action().deadlineMs > 0) target.record().deadlineWallMs = work.wallMs() + target.action().deadlineMs;
    appendSteps(work, target, {StepKind::reopen});
    beginNextStep(work, target);
}

Status cancelAction(Work& work, ActionRun& run, const CancelRequest& request) {
    Action& action = run.action();
    if (isFinal(action.state)) return refused("action {} has ended ({}): to go back, undo it", action.id, toString(action.state));
    if (action.cancelRequested) return refused("action {} is being cancelled already: {}", action.id, action.sentence);
    action.cancelRequested = true;
    // Nothing waits for a person any more, and the reply is given before the action is settled.
    if (action.state == ActionState::paused || action.state == ActionState::awaitingApproval) action.state = action.startedWallMs == 0 ? ActionState::queued : ActionState::running;
    run.head.keepClosed = request.keepClosed;
    run.head.cancelledBy = request.actor;
    Counts counts;
    for (std::size_t i = 0; i < action.targets.size(); ++i) {
        const TargetRef target{&run, i};
        if (i == kLeaves && mustStillLeave(action)) {
            action.pausedWhy.clear();
            counts.leaving = target.node();
        } else if (target.record().state == TargetState::waiting) {
            giveUpReserved(work, target, "cancelled");
            endTarget(work, target, TargetState::cancelled, "cancelled: not started, left untouched");
            ++counts.untouched;
        } else if (!isFinal(target.record().state)) {
            stopRunning(work, target, counts);
        } else if (const auto hope = work.state.resumable.find(target.node()); hope != work.state.resumable.end() && hope->second.run == &run) {
            work.state.resumable.erase(hope);
            giveUpHope(work, target, "cancelled while its agent was lost");
        }
    }
    action.sentence = replyOf(counts, request);
    work.log(run, "", request.reason.empty() ? action.sentence : fmt::format("{} ({})", action.sentence, request.reason));
    work.changed(run);
    work.audit(request.audit, fmt::format("{}: {}", action.id, action.sentence));
    return absl::OkStatus();
}

} // namespace busbar::controller
