#include "busbar-controller/reconcile/swap.h"

#include "busbar-controller/reconcile/hold.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/undo_lease.h"

namespace busbar::controller {
namespace {

Evidence leaseEvidence(const Work& work, const std::string& before, const std::string& after) {
    return {"node", "lease", before, after, after, "", "controller", Verdict::asSet, work.wallMs()};
}

bool mayStillCome(const Work& work, const TargetRef& target) {
    const auto hope = work.state.resumable.find(target.node());
    return hope != work.state.resumable.end() && hope->second.run == target.run;
}

} // namespace

bool isItsTurn(Work& work, const TargetRef& target) {
    if (target.action().verb != Verb::swap) return true;
    if (target.index == kComes) return mayTakeNode(work, {target.run, kLeaves});
    return target.action().targets[kComes].state == TargetState::succeeded;
}

bool isUnderWay(const Action& action) { return action.verb == Verb::swap && action.targets[kComes].state != TargetState::waiting; }

bool mustStillLeave(const Action& action) {
    return action.verb == Verb::swap && action.targets[kComes].state == TargetState::succeeded && action.targets[kLeaves].state == TargetState::waiting;
}

void settleSwap(Work& work, ActionRun& run) {
    if (run.action().verb != Verb::swap) return;
    const TargetRef comes{&run, kComes}, leaves{&run, kLeaves};
    if (comes.record().state == TargetState::waiting && isFinal(leaves.record().state)) {
        giveUpReserved(work, comes, "not needed");
        return endTarget(work, comes, TargetState::skipped, fmt::format("not needed: {} is {}", leaves.node(), toString(leaves.record().state)));
    }
    const TargetState came = comes.record().state;
    if (leaves.record().state != TargetState::waiting || !isFinal(came) || came == TargetState::succeeded || mayStillCome(work, comes)) return;
    endTarget(work, leaves, TargetState::skipped, fmt::format("stays in lease {}: {} did not come in its place ({})", run.action().details.leaseId, comes.node(), toString(came)));
}

bool takeOverLease(Work& work, const TargetRef& target, StepRecord& step) {
    const std::string& leaving = target.action().targets[kLeaves].nodeId;
    if (work.occupancyOf(leaving) != Occupancy::leased) return false;
    const LeaseRecord& from = work.state.leases.at(leaving);
    LeaseRecord& to = work.state.leases[target.node()];
    to.lease = from.lease;
    to.warned = from.warned;
    step.evidence.push_back(leaseEvidence(work, "", to.lease.id));
    return true;
}

void leaveLease(Work& work, const TargetRef& target, StepRecord& step) {
    const auto record = work.state.leases.find(target.node());
    if (record == work.state.leases.end() || record->second.lease.id.empty()) return;
    step.evidence.push_back(leaseEvidence(work, record->second.lease.id, ""));
    record->second.lease = {};
    record->second.activeMs = 0;
    work.changedLease(target.node());
}

} // namespace busbar::controller
