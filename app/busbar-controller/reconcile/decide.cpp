#include "busbar-controller/reconcile/decide.h"

#include "busbar-controller/plan/eligibility.h"
#include "busbar-controller/reconcile/deadline.h"
#include "busbar-controller/reconcile/pace.h"
#include "busbar-controller/reconcile/site_breaker.h"
#include "domain/lifecycle.h"

namespace busbar::controller {
namespace {

Status open(const Action& action) {
    return isFinal(action.state) ? refused("action {} has ended ({})", action.id, toString(action.state)) : absl::OkStatus();
}

void note(Work& work, ActionRun& run, const std::string& what, const DecideRequest& request) {
    work.log(run, "", request.reason.empty() ? fmt::format("{} by {}", what, request.actor) : fmt::format("{} by {}: {}", what, request.actor, request.reason));
    work.audit(request.audit, fmt::format("{}: {}", run.action().id, what));
    work.changed(run);
}

std::vector<TargetRef> askingOf(Work& work, ActionRun& run) {
    std::vector<TargetRef> asking;
    for (const std::size_t index : run.active)
        if (const TargetRef target{&run, index}; isHeldAtDeadline(work, run.action(), target.record())) asking.push_back(target);
    return asking;
}

/// Force stands for all that the action still has under way or to start, so all their agents have to let it, as in a plan; and as in a plan a
/// lease is not forced by one person alone.
Status mayForce(const Work& work, const Action& action, const std::string& actor) {
    for (std::size_t i = 0; i < action.targets.size(); ++i) {
        const TargetRecord& target = action.targets[i];
        if (isFinal(target.state) || !closes(verbOf(action, i))) continue;
        const auto node = work.fleet.node(target.nodeId);
        if (!node.has_value() || !node->policy.terminateHolders)
            return refused("{} is not forced, its agent's own config says terminate = never: give it more time, let it wait, or set terminate = holders in agent.toml on the node", target.nodeId);
        if (work.options.approval && !target.leases.empty() && actor == action.actor)
            return refused("{} submitted action {}: force on lease {} needs a second person to decide it", actor, action.id, target.leases.front());
    }
    return absl::OkStatus();
}

/// What the action does from now on; the sentence for its log and the audit.
StatusOr<std::string> decideDeadline(Work& work, ActionRun& run, const DecideRequest& request) {
    const std::vector<TargetRef> asking = askingOf(work, run);
    if (asking.empty()) return refused("action {} asks for no decision at a deadline: {}", run.action().id, run.action().sentence);
    const DeadlineDecision& decision = request.deadline;
    if (decision.atDeadline == run.action().atDeadline) return refused("action {} has {} as its policy at the deadline already", run.action().id, toString(decision.atDeadline));
    if (decision.atDeadline == DeadlinePolicy::force)
        if (Status allowed = mayForce(work, run.action(), request.actor); !allowed.ok()) return allowed;
    for (const TargetRef& target : asking) {
        target.live().deadlineTold = false;
        if (decision.moreMs > 0) {
            target.record().deadlineWallMs = work.wallMs() + decision.moreMs;
            target.record().sentence = fmt::format("waits on until {}, then {}", formatUtc(target.record().deadlineWallMs), run.action().atDeadline == DeadlinePolicy::ask ? "asks again" : "stays draining and waits on");
        } else {
            target.record().sentence = decision.atDeadline == DeadlinePolicy::force ? "the processes that hold it are ended" : "stays draining and waits on";
        }
        work.changed(target);
    }
    if (decision.moreMs > 0) return fmt::format("{} more", formatSpan(decision.moreMs));
    run.action().atDeadline = decision.atDeadline;
    return fmt::format("at the deadline {} from now on", toString(decision.atDeadline));
}

} // namespace

Status approveAction(Work& work, ActionRun& run, const DecideRequest& request) {
    Action& action = run.action();
    if (Status stands = open(action); !stands.ok()) return stands;
    if (action.approvalWhy.empty()) return refused("action {} needs no approval", action.id);
    if (!action.approvedBy.empty()) return refused("action {} was approved by {} already", action.id, action.approvedBy);
    if (request.actor == action.actor) return refused("{} submitted action {}: a second person has to approve it", request.actor, action.id);
    action.approvedBy = request.actor;
    action.approvedWallMs = work.wallMs();
    note(work, run, "approved", request);
    return absl::OkStatus();
}

Status pauseAction(Work& work, ActionRun& run, const DecideRequest& request) {
    Action& action = run.action();
    if (Status stands = open(action); !stands.ok()) return stands;
    if (action.cancelRequested) return refused("action {} is being cancelled", action.id);
    if (!action.pausedWhy.empty()) return refused("action {} is paused already: {}", action.id, action.pausedWhy);
    if (!hasWaiting(action)) return refused("nothing is left to pause of action {}: all its nodes have started; cancel stops it", action.id);
    action.pausedWhy = request.reason.empty() ? fmt::format("by {}", request.actor) : fmt::format("by {}: {}", request.actor, request.reason);
    note(work, run, "paused", request);
    return absl::OkStatus();
}

Status resumeAction(Work& work, ActionRun& run, const DecideRequest& request) {
    Action& action = run.action();
    if (Status stands = open(action); !stands.ok()) return stands;
    std::string what = "resumed";
    if (request.deadline.any()) {
        const auto decided = decideDeadline(work, run, request);
        if (!decided.ok()) return decided.status();
        what += ", " + *decided;
    } else if (action.pausedWhy.empty() && action.state == ActionState::paused) {
        // A deadline that asks is no pause of a person or a breaker: its processes hold the node all the same after a resume.
        return refused("action {} has no pause that resume could lift; {}: resume it with --more TIME, --at-deadline wait or --at-deadline force", action.id, action.sentence);
    } else if (action.pausedWhy.empty()) {
        return refused("action {} is not paused", action.id);
    }
    if (!action.pausedWhy.empty()) {
        if (isPausedBySite(action)) resumeSite(work, request.actor);
        action.pausedWhy.clear();
        run.head.breakerAcknowledged = failuresOf(action);
    }
    note(work, run, what, request);
    return absl::OkStatus();
}

} // namespace busbar::controller
