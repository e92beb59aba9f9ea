#include "busbar-controller/reconcile/runner.h"

#include "busbar-controller/plan/eligibility.h"
#include "busbar-controller/reconcile/cancel.h"
#include "busbar-controller/reconcile/figures.h"
#include "busbar-controller/reconcile/step_rule.h"
#include "busbar-controller/reconcile/triage.h"
#include "busbar-controller/reconcile/undo_lease.h"

#include <algorithm>

namespace busbar::controller {
namespace {

std::string commandIdOf(const TargetRef& target, const StepRecord& step, std::size_t place) {
    return fmt::format("{}/{}/{}.{}.{}", ulidOf(target.action().id), ulidOf(target.node()), place + 1, toString(step.kind), step.attempt);
}

/// Keeps what the controller itself noted, replaces what the agent reported before.
void takeEvidence(StepRecord& step, const StepReport& report) {
    std::erase_if(step.evidence, [](const Evidence& evidence) { return evidence.source != "controller"; });
    step.evidence.insert(step.evidence.end(), report.evidence.begin(), report.evidence.end());
    step.figures = report.figures;
}

/// A drain may be proven by the kernel where a sick GPU does not answer; what is free for the next tenant must have been read itself.
StepJudgement judgeFor(Verb verb, StepKind kind, const StepReport& report) {
    const StepJudgement judgement = judge(kind, report);
    if (verb != Verb::release || kind != StepKind::verify || judgement.state != StepState::succeeded) return judgement;
    for (const Evidence& fact : report.evidence)
        // The driver's own lists count; what an agent that is not root may not see beside them is told only.
        if (fact.verdict == Verdict::notReadable && fact.source != "kernel") return {StepState::unknown, fmt::format("{} of {} could not be read: {}", fact.fact, fact.subject, fact.after)};
    return judgement;
}

/// Notes who signed the report and keeps it as it was signed. One that its node did not sign says nothing: the step's end is unknown.
void judgeOrigin(Work& work, const TargetRef& target, StepRecord& step, StepReport& report) {
    step.signedBy.clear();
    if (!work.options.signerOf) return;
    const auto signer = work.options.signerOf(target.node(), report);
    if (signer.ok()) {
        step.signedBy = *signer;
        work.keepProof(target, {static_cast<std::size_t>(&step - target.record().steps.data()), report.origin, work.wallMs()});
        return;
    }
    const std::string why = fmt::format("the agent's report is refused: {}", sentenceOf(signer.status()));
    work.event(target.node(), 2, fmt::format("{} of {}: {}", toString(step.kind), target.node(), why));
    work.audit({target.node(), fmt::format("report of command {}", step.commandId), {}, {}, {}, false}, why);
    StepReport nothing;
    nothing.commandId = report.commandId;
    nothing.kind = report.kind;
    nothing.sentence = why;
    report = std::move(nothing);
}

/// What an inspection or a burn-in found stands, although a cancel was asked for meanwhile.
bool isFound(Verb verb, StepKind kind, StepState state) { return verb == Verb::provision && (state == StepState::failed || (kind == StepKind::burnIn && state == StepState::succeeded)); }

bool isRepeatable(const TargetRef& target, const StepRecord& step, StepState ended) {
    return isRead(step.kind) && (ended == StepState::failed || ended == StepState::unknown) && !target.action().cancelRequested &&
           target.live().failures + 1 < kReadAttempts;
}

void endNotWell(Work& work, const TargetRef& target, StepState how, const std::string& sentence) {
    const bool unknown = how != StepState::failed;
    const std::string kept = fmt::format("{}; {} stays closed", sentence, subjectOf(target));
    work.event(target.node(), 2, fmt::format("{} of {} {}: {}", toString(target.action().verb), target.node(), unknown ? "is unknown" : "failed", kept));
    endTarget(work, target, unknown ? TargetState::unknown : TargetState::failed, kept);
}

/// A reset or a reboot opens again what is open when it begins; an action that it was queued behind may have opened or closed it since its plan.
void fitReopen(Work& work, const TargetRef& target) {
    if (target.verb() != Verb::reset && target.verb() != Verb::reboot) return;
    auto& steps = target.record().steps;
    const bool planned = stepOf(target.record(), StepKind::reopen) != nullptr, opens = opensAgain(serviceOf(work, target));
    if (opens && !planned) appendSteps(work, target, {StepKind::reopen});
    if (!opens) std::erase_if(steps, [](const StepRecord& step) { return step.kind == StepKind::reopen; });
}

} // namespace

void startTarget(Work& work, const TargetRef& target) {
    TargetRecord& record = target.record();
    record.state = TargetState::running;
    record.startedWallMs = work.wallMs();
    // A first limit, for a node whose agent is lost; a drain's own deadline starts at its verified close.
    if (target.action().deadlineMs > 0) record.deadlineWallMs = work.wallMs() + target.action().deadlineMs;
    target.run->active.insert(target.index);
    fitReopen(work, target);
    work.changed(target);
    beginNextStep(work, target);
}

void beginNextStep(Work& work, const TargetRef& target) {
    TargetRecord& record = target.record();
    const auto step = std::find_if(record.steps.begin(), record.steps.end(), [](const StepRecord& s) { return s.state == StepState::pending; });
    if (step == record.steps.end()) return;
    step->state = StepState::running;
    step->attempt = 1;
    step->commandId = commandIdOf(target, *step, static_cast<std::size_t>(step - record.steps.begin()));
    step->startedWallMs = work.wallMs();
    const bool parked = target.live().parked || target.live().yielded;
    target.live() = {};
    target.live().parked = parked; // One that yielded its place asks for one again.
    record.state = step->kind == StepKind::verify ? TargetState::verifying : TargetState::running;
    record.sentence = fmt::format("{} (step {} of {})", toString(step->kind), step - record.steps.begin() + 1, record.steps.size());
    work.log(*target.run, target.node(), fmt::format("{}: began{}", toString(step->kind), step->destructive ? ", destructive" : ""));
    ruleOf(step->kind).begin(work, target, *step);
    work.changed(target);
    dispatch(work, target);
}

void goOnOrEnd(Work& work, const TargetRef& target, const std::string& sentence) {
    const auto& steps = target.record().steps;
    if (std::any_of(steps.begin(), steps.end(), [](const StepRecord& step) { return step.state == StepState::pending; })) return beginNextStep(work, target);
    endTarget(work, target, TargetState::succeeded, fmt::format("{}; {} stays {}", sentence, subjectOf(target), toString(serviceOf(work, target))));
}

void appendSteps(Work& work, const TargetRef& target, const std::vector<StepKind>& kinds) {
    for (const StepKind kind : kinds) {
        StepRecord step;
        step.kind = kind;
        step.destructive = isDestructive(kind);
        target.record().steps.push_back(std::move(step));
    }
    work.changed(target);
}

void dispatch(Work& work, const TargetRef& target) {
    if (work.isConnected(target.node()) && target.live().parked) {
        target.record().sentence = fmt::format("{}: waits for room among the nodes under way", toString(openStep(target.record())->kind));
        work.changed(target);
        return;
    }
    if (work.isConnected(target.node())) {
        work.send(target);
        return;
    }
    target.live().sent = false;
    target.record().sentence = work.waitingForAgent(target.node());
    work.changed(target);
}

void takeReport(Work& work, const TargetRef& target, const StepReport& report) {
    StepRecord* const step = openStep(target.record());
    if (step == nullptr || step->commandId != report.commandId || target.live().retryBootMs != 0) return;
    work.noteReport();
    StepReport judged = report;
    judgeOrigin(work, target, *step, judged);
    judgeFigures(work, target, step->kind, judged);
    takeEvidence(*step, judged);
    target.record().blockers = judged.blockers;
    nameLease(work, target);
    target.record().blockerCount = static_cast<std::int64_t>(judged.blockers.size());
    endStep(work, target, judgeFor(target.verb(), step->kind, judged));
}

void nameLease(const Work& work, const TargetRef& target) {
    const auto lease = work.state.leases.find(target.node());
    if (lease == work.state.leases.end()) return;
    for (Blocker& blocker : target.record().blockers)
        if (blocker.lease.empty()) blocker.lease = lease->second.lease.id;
}

void endStep(Work& work, const TargetRef& target, const StepJudgement& judgement) {
    StepRecord& step = *openStep(target.record());
    work.changed(target);
    if (isRepeatable(target, step, judgement.state)) {
        const int failures = ++target.live().failures;
        target.live().retryBootMs = work.bootMs() + (work.options.retryBackoffMs << (failures - 1));
        target.record().sentence = fmt::format("{}: {}; reading again, {} of {}", toString(step.kind), judgement.sentence, failures + 1, kReadAttempts);
        work.log(*target.run, target.node(), target.record().sentence);
        return;
    }
    closeStep(work, target, judgement.state, judgement.sentence);
    if (target.action().cancelRequested && stopsHere(target, step.kind) && !isFound(target.verb(), step.kind, judgement.state)) {
        stopTarget(work, target);
        return;
    }
    ruleOf(step.kind).ended(work, target, step);
}

void closeStep(Work& work, const TargetRef& target, StepState state, std::string sentence) {
    StepRecord& step = *openStep(target.record());
    step.state = state;
    step.sentence = std::move(sentence);
    step.endedWallMs = work.wallMs();
    work.log(*target.run, target.node(), fmt::format("{}: {}{}{}", toString(step.kind), toString(state), step.sentence.empty() ? "" : ": ", step.sentence));
    work.changed(target);
}

void repeatStep(Work& work, const TargetRef& target) {
    TargetRecord& record = target.record();
    StepRecord& step = *openStep(record);
    ++step.attempt;
    step.signedBy.clear();
    step.commandId = commandIdOf(target, step, static_cast<std::size_t>(&step - record.steps.data()));
    target.live().retryBootMs = 0;
    target.live().endAskedBootMs = 0;
    record.sentence = fmt::format("{} (attempt {})", toString(step.kind), step.attempt);
    work.changed(target);
    dispatch(work, target);
}

void endTarget(Work& work, const TargetRef& target, TargetState state, std::string sentence) {
    TargetRecord& record = target.record();
    record.state = state;
    record.sentence = std::move(sentence);
    record.endedWallMs = work.wallMs();
    if (state != TargetState::failed) {
        record.blockers.clear();
        record.blockerCount = 0;
    }
    for (StepRecord& step : record.steps)
        if (step.state == StepState::pending) step.state = state == TargetState::cancelled ? StepState::cancelled : StepState::skipped;
    target.run->active.erase(target.index);
    work.state.holders.release(record.nodeId, *target.run);
    work.log(*target.run, record.nodeId, fmt::format("{}: {}", toString(state), record.sentence));
    work.changed(target);
    work.changed(*target.run);
}

void failDrain(Work& work, const TargetRef& target, StepState how, const std::string& sentence) {
    const bool unknown = how != StepState::failed;
    // A release that did not come to its end is to be done again.
    if (target.verb() == Verb::release && work.occupancyOf(target.node()) == Occupancy::scrubbing)
        work.moveOccupancy(target.node(), OccupancyEvent::expire, {}, whyOf(target.action()), target.action().actor);
    sendToTriage(work, target);
    moveService(work, target, Service::drainFailed, fmt::format("{}{} ({})", unknown ? "unknown: " : "", sentence, target.action().id));
    endNotWell(work, target, how, sentence);
}

void failClosed(Work& work, const TargetRef& target, const StepRecord& step) {
    const std::string sentence = fmt::format("{}: {}", toString(step.kind), step.sentence);
    moveService(work, target, Service::closed, fmt::format("{} ({})", sentence, target.action().id));
    endNotWell(work, target, step.state, sentence);
}

Service serviceOf(const Work& work, const TargetRef& target) {
    const std::vector<std::string>& scope = target.action().gpuUuids;
    if (!scope.empty()) return work.gpuServiceOf(target.node(), scope.front());
    const auto known = work.state.services.find(target.node());
    return known == work.state.services.end() ? Service::unknown : known->second;
}

void moveService(Work& work, const TargetRef& target, Service service, const std::string& why) {
    const std::string& who = target.action().actor;
    for (const std::string& uuid : target.action().gpuUuids) work.setGpuService(target.node(), uuid, service, why, who);
    if (!target.action().gpuUuids.empty()) return;
    work.setService(target.node(), service, why, who);
    const auto apart = work.state.closedGpus.find(target.node());
    if (apart == work.state.closedGpus.end() || target.action().verb != Verb::giveBack) return;
    for (const GpuClose& gpu : std::vector<GpuClose>(apart->second))
        if (service == Service::opening || gpu.service == Service::opening) work.setGpuService(target.node(), gpu.uuid, service, why, who);
}

std::string subjectOf(const TargetRef& target) { return target.action().gpuUuids.empty() ? "the node" : target.action().gpuUuids.size() == 1 ? "the GPU" : "the GPUs"; }

void noteMove(const Work& work, const TargetRef& target, StepRecord& step, Service before, Service after) {
    Evidence evidence;
    evidence.fact = "service";
    evidence.before = toString(before);
    evidence.after = evidence.expected = toString(after);
    evidence.source = "controller";
    evidence.verdict = Verdict::asSet;
    evidence.readWallMs = work.wallMs();
    const std::vector<std::string>& scope = target.action().gpuUuids;
    for (const std::string& subject : scope.empty() ? std::vector<std::string>{"node"} : scope) {
        evidence.subject = subject;
        step.evidence.push_back(evidence);
    }
}

Service serviceBefore(const TargetRecord& target) {
    for (const StepRecord& step : target.steps)
        for (const Evidence& evidence : step.evidence)
            if (step.kind == StepKind::close && evidence.fact == "service" && evidence.source == "controller")
                return parseService(evidence.before).value_or(Service::unknown);
    return Service::unknown;
}

std::string whyOf(const Action& action) { return fmt::format("{} {}: {}", toString(action.verb), action.id, action.reason); }

} // namespace busbar::controller
