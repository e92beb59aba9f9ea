// precheck, scrub, configure, open, canary, MIG, release: the road of a lease (lifecycle.md §4), and of its end. Each one that is not well takes
// the lease back; at the end of a lease each one that is not well keeps the node closed.
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"
#include "busbar-controller/reconcile/swap.h"
#include "busbar-controller/reconcile/undo_lease.h"
#include "domain/baseline_facts.h"
#include "domain/gpu_setting.h"

#include <algorithm>

namespace busbar::controller {
namespace {

bool isWell(const StepRecord& step) { return step.state == StepState::succeeded || step.state == StepState::skipped; }
bool isRelease(const TargetRef& target) { return target.verb() == Verb::release; }

std::string sentenceOf(const StepRecord& step) { return fmt::format("{}: {}", toString(step.kind), step.sentence); }

/// What a step of a release that is not well means: the node stays closed and its GPUs are nobody's.
void failRelease(Work& work, const TargetRef& target, const StepRecord& step) { failDrain(work, target, step.state, sentenceOf(step)); }

void beginPrecheck(Work& work, const TargetRef& target, StepRecord&) {
    work.moveOccupancy(target.node(), OccupancyEvent::prepare, leaseOf(work, target.action()), whyOf(target.action()), target.action().actor);
}

void fillBaseline(const Work& work, const TargetRef& target, StepCommand& command) {
    const Baseline& baseline = work.options.baseline;
    if (!baseline.driver.empty()) command.expected.push_back({.subject = "node", .fact = kDriverFact, .expected = baseline.driver});
    for (const GpuIdentity& gpu : work.fleet.node(target.node()).value_or(NodeStatus{}).gpus)
        if (const auto vbios = baseline.vbios.find(gpu.model); vbios != baseline.vbios.end()) command.expected.push_back({.subject = gpu.uuid, .fact = kVbiosFact, .expected = vbios->second});
}

void beginScrub(Work& work, const TargetRef& target, StepRecord&) {
    if (isRelease(target)) work.moveOccupancy(target.node(), OccupancyEvent::scrubBegun, {}, whyOf(target.action()), target.action().actor);
}

void fillSettings(const Work&, const TargetRef& target, StepCommand& command) {
    if (!isRelease(target) && !isUndoing(target.record())) command.details.settings = beforeMig(target.action().details.settings);
}

void fillMig(const Work&, const TargetRef& target, StepCommand& command) { command.details.settings = target.action().details.settings; }

void fillLease(const Work& work, const TargetRef& target, StepCommand& command) {
    command.details = target.action().details;
    command.details.settings = beforeMig(command.details.settings); // Read back before MIG mode is on.
    // A release names its lease alone, a swap the one that goes on.
    if (const auto held = work.state.leases.find(target.node()); held != work.state.leases.end()) {
        command.details.leaseId = held->second.lease.id;
        command.details.tenant = held->second.lease.tenant;
        command.details.untilWallMs = held->second.lease.untilWallMs;
    }
    command.details.faultyNodes.clear(); // The site's own business.
    command.details.faultText.clear();
}

void endedLeaseStep(Work& work, const TargetRef& target, StepRecord& step) {
    if (isWell(step)) beginNextStep(work, target);
    else undoLease(work, target, step.state, sentenceOf(step));
}

void endedScrub(Work& work, const TargetRef& target, StepRecord& step) {
    if (isWell(step)) return beginNextStep(work, target);
    // Only wrong words make memory dirty; a test that could not be done proves nothing.
    const bool dirty = step.state == StepState::failed && std::any_of(step.evidence.begin(), step.evidence.end(), [](const Evidence& fact) { return fact.fact == "memory after scrub" && fact.verdict == Verdict::notAsSet; });
    if (!isRelease(target)) return undoLease(work, target, step.state, sentenceOf(step), dirty);
    if (!dirty) return failRelease(work, target, step);
    // The memory stays dirty whatever is done now, but its tenant's access is taken back all the same.
    for (StepRecord& later : target.record().steps)
        if (later.state == StepState::pending && later.kind != StepKind::releaseLease) later.state = StepState::skipped;
    beginNextStep(work, target);
}

void endedConfigure(Work& work, const TargetRef& target, StepRecord& step) {
    if (isRelease(target)) return isWell(step) ? beginNextStep(work, target) : failRelease(work, target, step);
    if (isUndoing(target.record())) return endUndoneLease(work, target);
    endedLeaseStep(work, target, step);
}

void endedRelease(Work& work, const TargetRef& target, StepRecord& step) {
    if (!isRelease(target)) return beginNextStep(work, target); // The way back goes on to the settings, whatever the hook said.
    const StepRecord* const scrub = stepOf(target.record(), StepKind::scrub);
    if (scrub != nullptr && scrub->state == StepState::failed) {
        if (isWell(step)) work.moveOccupancy(target.node(), OccupancyEvent::scrubFound, {}, whyOf(target.action()), target.action().actor);
        const std::string access = isWell(step) ? "the tenant's access was taken back" : fmt::format("the tenant's access could not be taken back ({}): release it again", step.sentence);
        return failDrain(work, target, StepState::failed, fmt::format("{}; {}", sentenceOf(*scrub), access));
    }
    if (isWell(step)) beginNextStep(work, target);
    else failRelease(work, target, step);
}

bool isPending(const StepRecord& step) { return step.state == StepState::pending; }

/// All that the lease has to show is shown: its tenant has the node.
void handOver(Work& work, const TargetRef& target, StepRecord& last, const std::string& shown) {
    const bool swapped = target.action().verb == Verb::swap;
    if (swapped && !takeOverLease(work, target, last)) return undoLease(work, target, StepState::failed, "its lease ended before it was ready");
    work.moveOccupancy(target.node(), OccupancyEvent::handOver, {}, whyOf(target.action()), target.action().actor);
    const std::string place = swapped ? fmt::format(" in place of {}", target.action().targets[kLeaves].nodeId) : std::string();
    endTarget(work, target, TargetState::succeeded, fmt::format("leased to {}{}: {}", target.action().details.tenant, place, shown));
}

void endedCanary(Work& work, const TargetRef& target, StepRecord& step) {
    if (target.action().verb == Verb::reset) return isWell(step) ? goOnOrEnd(work, target, fmt::format("reset, and {}", step.sentence)) : failClosed(work, target, step);
    if (!isWell(step)) return undoLease(work, target, step.state, sentenceOf(step));
    const auto& steps = target.record().steps;
    if (std::any_of(steps.begin(), steps.end(), isPending)) return beginNextStep(work, target);
    handOver(work, target, step, step.sentence);
}

void endedMig(Work& work, const TargetRef& target, StepRecord& step) {
    if (!isWell(step)) return undoLease(work, target, step.state, sentenceOf(step));
    const StepRecord* const canary = stepOf(target.record(), StepKind::canary);
    const std::string mig = step.state == StepState::skipped ? fmt::format("MIG skipped: {}", step.sentence) : fmt::format("MIG mode on: {}", step.sentence);
    handOver(work, target, step, canary == nullptr ? mig : fmt::format("{}; {}", canary->sentence, mig));
}

} // namespace

const StepRule kPrecheckRule{beginPrecheck, fillBaseline, endedLeaseStep};
const StepRule kScrubRule{beginScrub, fillNothing, endedScrub};
const StepRule kConfigureRule{beginNothing, fillSettings, endedConfigure};
const StepRule kOpenLeaseRule{beginNothing, fillLease, endedLeaseStep};
const StepRule kCanaryRule{beginNothing, fillNothing, endedCanary};
const StepRule kReleaseLeaseRule{beginNothing, fillLease, endedRelease};
const StepRule kMigRule{beginNothing, fillMig, endedMig};

} // namespace busbar::controller
