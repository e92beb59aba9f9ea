#include "busbar-controller/reconcile/deadline.h"

#include "busbar-controller/plan/eligibility.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/triage.h"

#include <algorithm>

namespace busbar::controller {
namespace {

constexpr std::int64_t kEndWaitMs = 10'000; // For the agent to answer that it ended a wait; then the terminate is sent anyway.

bool wasTerminated(TargetRecord& target) {
    const StepRecord* const step = stepOf(target, StepKind::terminate);
    return step != nullptr && step->state == StepState::succeeded;
}

std::string holders(const TargetRecord& target) {
    return target.blockerCount == 1 ? "1 holder" : fmt::format("{} holders", target.blockerCount);
}

/// Long enough away that its absence is the reason, and not a restart of ours or a blink of the network.
bool isLost(const Work& work, const std::string& nodeId) {
    if (work.isConnected(nodeId) || work.bootMs() - work.state.startedBootMs < work.options.graceMs) return false;
    const auto lost = work.state.lost.find(nodeId);
    return lost == work.state.lost.end() || work.bootMs() - lost->second.bootMs >= std::min(kLostBeforeUnknownMs, work.options.graceMs);
}

/// The open step stays open: the target goes on with it when the agent is back (links.h).
void becomeUnknown(Work& work, const TargetRef& target) {
    const std::string sentence = fmt::format("unknown at its deadline: {}; goes on when the agent is back", work.waitingForAgent(target.node()));
    const Service now = serviceOf(work, target);
    if (closes(target.verb()) && now != Service::opening && now != Service::closed)
        moveService(work, target, now == Service::drained ? Service::closed : Service::drainFailed, fmt::format("{} ({})", sentence, target.action().id));
    sendToTriage(work, target);
    work.event(target.node(), 2, fmt::format("{}: {}", target.node(), sentence));
    std::vector<StepState> before; // What is to come stays so, since the target may go on.
    for (const StepRecord& step : target.record().steps) before.push_back(step.state);
    endTarget(work, target, TargetState::unknown, sentence);
    for (std::size_t i = 0; i < before.size(); ++i) target.record().steps[i].state = before[i];
    work.state.resumable[target.node()] = target;
}

void tell(Work& work, const TargetRef& target, const std::string& sentence) {
    if (target.live().deadlineTold) return;
    target.live().deadlineTold = true;
    target.record().sentence = sentence;
    work.log(*target.run, target.node(), sentence);
    work.event(target.node(), 2, fmt::format("{}: {}", target.node(), sentence));
    work.changed(target);
}

void endWait(Work& work, const TargetRef& target) {
    StepRecord& step = *openStep(target.record());
    if (target.live().endAskedBootMs == 0) {
        target.live().endAskedBootMs = work.bootMs();
        target.record().sentence = fmt::format("deadline passed with {}: ending the wait", holders(target.record()));
        work.cancelCommand(target.node(), step.commandId);
        work.changed(target);
    } else if (work.bootMs() - target.live().endAskedBootMs >= kEndWaitMs) {
        closeStep(work, target, StepState::cancelled, "the deadline passed; the agent did not answer that it ended the wait");
        (void)afterWaitAtDeadline(work, target);
    }
}

void checkWait(Work& work, const TargetRef& target) {
    if (wasTerminated(target.record()) || target.action().atDeadline == DeadlinePolicy::force) {
        endWait(work, target);
    } else if (target.action().atDeadline == DeadlinePolicy::wait) {
        tell(work, target, fmt::format("deadline passed at {} with {}: stays draining and waits on", formatUtc(target.record().deadlineWallMs), holders(target.record())));
    } else {
        tell(work, target, fmt::format("deadline passed at {} with {}: decide; give it more time, wait or force, cancel the action, or end the processes, and it goes on", formatUtc(target.record().deadlineWallMs),
                                       holders(target.record())));
    }
}

} // namespace

bool isPastDeadline(const Work& work, const TargetRecord& target) { return target.deadlineWallMs > 0 && work.wallMs() >= target.deadlineWallMs; }

bool isHeldAtDeadline(const Work& work, const Action& action, TargetRecord& target) {
    const StepRecord* const step = openStep(target);
    return closes(action.verb) && action.atDeadline != DeadlinePolicy::force && !action.cancelRequested && target.state == TargetState::running && step != nullptr && step->kind == StepKind::wait &&
           isPastDeadline(work, target);
}

bool waitsForDecision(const Work& work, const Action& action, TargetRecord& target) { return action.atDeadline == DeadlinePolicy::ask && isHeldAtDeadline(work, action, target); }

bool waitsForLong(const Work& work, const TargetRecord& target) {
    const auto open = std::find_if(target.steps.begin(), target.steps.end(), [](const StepRecord& step) { return step.state == StepState::running; });
    if (open == target.steps.end() || open->kind != StepKind::wait || target.blockerCount == 0) return false;
    return isPastDeadline(work, target) || (target.deadlineWallMs == 0 && work.wallMs() - open->startedWallMs >= kLongWaitMs);
}

void checkDeadline(Work& work, const TargetRef& target) {
    if (!isPastDeadline(work, target.record())) return;
    const StepRecord* const step = openStep(target.record());
    if (step == nullptr) return;
    if (!work.isConnected(target.node())) {
        if (isLost(work, target.node())) becomeUnknown(work, target);
        return;
    }
    if (step->kind == StepKind::wait && target.live().retryBootMs == 0 && !target.live().parked) checkWait(work, target);
}

bool afterWaitAtDeadline(Work& work, const TargetRef& target) {
    TargetRecord& record = target.record();
    if (wasTerminated(record)) {
        failDrain(work, target, StepState::failed, fmt::format("{} did not end within {} of SIGKILL", holders(record), formatSpan(kAfterTerminateMs)));
        return true;
    }
    if (target.action().atDeadline != DeadlinePolicy::force) return false;
    const auto waited = std::find_if(record.steps.begin(), record.steps.end(), [](const StepRecord& step) { return step.kind == StepKind::wait; });
    StepRecord terminate, wait;
    terminate.kind = StepKind::terminate;
    terminate.destructive = true;
    wait.kind = StepKind::wait;
    record.steps.insert(waited + 1, {terminate, wait});
    work.log(*target.run, target.node(), fmt::format("deadline passed with {}: ending their processes", holders(record)));
    beginNextStep(work, target);
    return true;
}

void moveDeadlines(Work& work, std::int64_t jumpMs) {
    for (const auto& [id, run] : work.state.runs) {
        if (isFinal(run->action().state) || run->active.empty()) continue;
        for (const std::size_t index : run->active) {
            const TargetRef target{run.get(), index};
            if (target.record().deadlineWallMs == 0) continue;
            target.record().deadlineWallMs += jumpMs;
            work.changed(target);
        }
        work.log(*run, "", fmt::format("the controller's wall clock jumped by {} s: deadlines were moved with it", jumpMs / 1000));
        work.event("", 2, fmt::format("the controller's wall clock jumped by {} s; deadlines of {} were moved with it", jumpMs / 1000, id));
    }
}

} // namespace busbar::controller
