#include "busbar-controller/reconcile/undo_lease.h"

#include "busbar-controller/reconcile/runner.h"

#include <algorithm>

namespace busbar::controller {
namespace {

bool wasBegun(TargetRecord& target, StepKind kind) {
    const StepRecord* const step = stepOf(target, kind);
    return step != nullptr && step->startedWallMs > 0;
}

/// The step that ended the lease: the first that is not well.
const StepRecord* culprit(const TargetRecord& target) {
    const auto bad = std::find_if(target.steps.begin(), target.steps.end(), [](const StepRecord& step) {
        return step.state == StepState::failed || step.state == StepState::unknown || step.state == StepState::cancelled;
    });
    return bad == target.steps.end() ? nullptr : &*bad;
}

/// Its MIG step may have turned the mode on, and the way back did not show that it is off again.
bool mayHaveMigOn(TargetRecord& target) {
    const StepRecord* const mig = stepOf(target, StepKind::mig);
    return mig != nullptr && mig->startedWallMs > 0 && mig->state != StepState::skipped && target.steps.back().state != StepState::succeeded;
}

/// Nobody gets the node before a release has done what is left to do.
void keepForRelease(Work& work, const TargetRef& target, StepState how, const std::string& sentence) {
    work.moveOccupancy(target.node(), OccupancyEvent::expire, {}, whyOf(target.action()), target.action().actor);
    work.event(target.node(), 2, fmt::format("lease of {}: {}", target.node(), sentence));
    endTarget(work, target, how == StepState::failed ? TargetState::failed : TargetState::unknown, sentence);
}

/// Why a lease was taken back whose steps were all well.
std::string whyNotLeased(const Action& action) { return action.cancelRequested ? "cancelled" : "its lease ended before it was ready"; }

TargetState stateAfter(StepState how) {
    if (how == StepState::failed) return TargetState::failed;
    return how == StepState::cancelled ? TargetState::cancelled : TargetState::unknown;
}

/// A GPU whose memory could not be scrubbed, or that did not compute what is known, is nobody's next GPU before somebody has looked.
bool needsALook(const TargetRecord& target) {
    const StepRecord* const bad = culprit(target);
    return bad != nullptr && bad->state != StepState::cancelled && (bad->kind == StepKind::scrub || bad->kind == StepKind::canary);
}

void freeAndEnd(Work& work, const TargetRef& target, StepState how, std::string sentence) {
    if (needsALook(target.record()) && serviceOf(work, target) == Service::open) {
        moveService(work, target, Service::closed, fmt::format("{} ({})", sentence, target.action().id));
        sentence += "; the node stays closed until somebody has looked: return opens it";
    }
    work.moveOccupancy(target.node(), OccupancyEvent::freed, {}, whyOf(target.action()), target.action().actor);
    endTarget(work, target, stateAfter(how), sentence);
}

} // namespace

LeaseInfo leaseOf(const Work& work, const Action& action) {
    if (action.verb == Verb::swap)
        if (const auto leaving = work.state.leases.find(action.targets[kLeaves].nodeId); leaving != work.state.leases.end()) return leaving->second.lease;
    LeaseInfo lease;
    lease.id = action.details.leaseId;
    lease.tenant = action.details.tenant;
    lease.fromWallMs = action.createdWallMs;
    lease.untilWallMs = action.details.untilWallMs;
    return lease;
}

void undoLease(Work& work, const TargetRef& target, StepState how, const std::string& sentence, bool dirty) {
    work.event(target.node(), how == StepState::cancelled ? 0 : 2, fmt::format("lease of {} to {}: {}", target.node(), target.action().details.tenant, sentence));
    if (dirty) {
        work.moveOccupancy(target.node(), OccupancyEvent::scrubFound, {}, whyOf(target.action()), target.action().actor);
        endTarget(work, target, TargetState::failed, fmt::format("{}; its GPUs are not leased again before repair", sentence));
        return;
    }
    if (!wasBegun(target.record(), StepKind::configure)) return freeAndEnd(work, target, how, sentence);
    for (StepRecord& step : target.record().steps)
        if (step.state == StepState::pending) step.state = StepState::skipped;
    std::vector<StepKind> back;
    if (wasBegun(target.record(), StepKind::openLease)) back.push_back(StepKind::releaseLease);
    back.push_back(StepKind::configure);
    appendSteps(work, target, back);
    target.record().sentence = sentence;
    beginNextStep(work, target);
}

void giveUpReserved(Work& work, const TargetRef& target, const std::string& why) {
    if (target.verb() != Verb::lease || work.occupancyOf(target.node()) != Occupancy::reserved) return;
    work.moveOccupancy(target.node(), OccupancyEvent::freed, {}, fmt::format("{}: {}", why, whyOf(target.action())), target.action().actor);
}

bool isUndoing(const TargetRecord& target) {
    // The way back is appended after the lease's own steps.
    return std::count_if(target.steps.begin(), target.steps.end(), [](const StepRecord& step) { return step.kind == StepKind::configure; }) > 1 ||
           std::any_of(target.steps.begin(), target.steps.end(), [](const StepRecord& step) { return step.kind == StepKind::releaseLease; });
}

void endUndoneLease(Work& work, const TargetRef& target) {
    const StepRecord* const bad = culprit(target.record());
    const bool clean = std::all_of(target.record().steps.rbegin(), target.record().steps.rbegin() + 1, [](const StepRecord& step) { return step.state == StepState::succeeded || step.state == StepState::skipped; });
    const std::string sentence = fmt::format("{}{}", bad == nullptr ? whyNotLeased(target.action()) : fmt::format("{}: {}", toString(bad->kind), bad->sentence),
                                             clean ? "; what it had granted was taken back" : "; its settings could not be put back: see the last step");
    // Whom the access could not be taken from may still be on it.
    const StepRecord* const taken = stepOf(target.record(), StepKind::releaseLease);
    if (taken != nullptr && taken->state != StepState::succeeded && taken->state != StepState::skipped)
        return keepForRelease(work, target, taken->state, fmt::format("{}; {}'s access could not be taken back ({}): release the node", sentence, target.action().details.tenant, taken->sentence));
    if (mayHaveMigOn(target.record())) return keepForRelease(work, target, target.record().steps.back().state, fmt::format("{}; MIG mode may still be on: release the node", sentence));
    freeAndEnd(work, target, bad != nullptr ? bad->state : target.action().cancelRequested ? StepState::cancelled : StepState::failed, sentence);
}

} // namespace busbar::controller
