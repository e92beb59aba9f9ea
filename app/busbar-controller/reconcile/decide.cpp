#include "busbar-controller/reconcile/decide.h"

#include "busbar-controller/reconcile/pace.h"
#include "busbar-controller/reconcile/site_breaker.h"

namespace busbar::controller {
namespace {

Status open(const Action& action) {
    return isFinal(action.state) ? refused("action {} has ended ({})", action.id, toString(action.state)) : absl::OkStatus();
}

void note(Work& work, ActionRun& run, const char* what, const DecideRequest& request) {
    work.log(run, "", request.reason.empty() ? fmt::format("{} by {}", what, request.actor) : fmt::format("{} by {}: {}", what, request.actor, request.reason));
    work.audit(request.audit, fmt::format("{}: {}", run.action().id, what));
    work.changed(run);
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
    // A deadline that asks is no pause of a person or a breaker: its processes hold the node all the same after a resume.
    if (action.pausedWhy.empty() && action.state == ActionState::paused) return refused("action {} has no pause that resume could lift; {}", action.id, action.sentence);
    if (action.pausedWhy.empty()) return refused("action {} is not paused", action.id);
    if (isPausedBySite(action)) resumeSite(work, request.actor);
    action.pausedWhy.clear();
    run.head.breakerAcknowledged = failuresOf(action);
    note(work, run, "resumed", request);
    return absl::OkStatus();
}

} // namespace busbar::controller
