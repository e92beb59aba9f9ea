#include "domain/lifecycle.h"

#include "domain/fact_tables.h"
#include "domain/step_table.h"

#include <algorithm>

namespace busbar {
namespace {

std::size_t countOf(const std::vector<TargetRecord>& targets, TargetState state) {
    return static_cast<std::size_t>(std::count_if(targets.begin(), targets.end(), [state](const TargetRecord& target) { return target.state == state; }));
}

std::string describe(const Evidence& evidence) {
    return fmt::format("{}: {} is {}{}{}, expected {}", evidence.subject, evidence.fact, evidence.after, evidence.unit.empty() ? "" : " ", evidence.unit,
                       evidence.expected);
}

std::string describe(const TestFigure& figure) {
    return fmt::format("{}: {} is {:.5g} {}, {} {:.5g} is asked ({})", figure.subject, figure.name, figure.value, figure.unit, figure.rule == TestFigure::Rule::atLeast ? "at least" : "at most",
                       figure.threshold, figure.thresholdSource);
}

/// Verdict over the facts of a step whose success has to be proven by the agent.
StepJudgement judgeEvidence(const StepReport& report) {
    std::size_t asSet = 0, lacking = 0, unread = 0;
    for (const Evidence& evidence : report.evidence) {
        if (evidence.verdict == Verdict::notAsSet) return {StepState::failed, describe(evidence)};
        if (evidence.verdict == Verdict::asSet) ++asSet;
        else if (evidence.verdict == Verdict::notApplicable) ++lacking;
        else ++unread;
    }
    if (asSet == 0)
        return {StepState::unknown, report.evidence.empty() ? "the agent sent no evidence" : fmt::format("none of {} facts could be read", unread + lacking)};
    std::string sentence = fmt::format("{} fact{} read back as set", asSet, asSet == 1 ? "" : "s");
    if (unread > 0) sentence += fmt::format(", {} could not be read", unread);
    if (lacking > 0) sentence += fmt::format(", {} {} not apply here", lacking, lacking == 1 ? "does" : "do");
    return {StepState::succeeded, sentence};
}

bool mayBeSkipped(StepKind kind) {
    return kind == StepKind::precheck || kind == StepKind::scrub || kind == StepKind::configure || kind == StepKind::openLease || kind == StepKind::canary || kind == StepKind::releaseLease ||
           kind == StepKind::mig;
}

/// A step without a command was skipped by the controller, which leaves out the reopen of a node that stays closed.
bool isDone(Verb verb, const StepRecord& step) {
    if (step.state != StepState::skipped) return step.state == StepState::succeeded;
    return step.commandId.empty() ? verb == Verb::release && step.kind == StepKind::reopen : mayBeSkipped(step.kind);
}

} // namespace

Status checkMove(Service from, Service to) {
    for (const ServiceMove& move : serviceMoves())
        if (move.from == from && move.to == to) return absl::OkStatus();
    return refused("a node that is {} cannot become {}", toString(from), toString(to));
}

std::vector<StepKind> stepsOf(Verb verb) {
    switch (verb) {
    case Verb::drain: return {StepKind::close, StepKind::wait, StepKind::verify};
    case Verb::giveBack: return {StepKind::inspect, StepKind::reopen};
    case Verb::lease: return {StepKind::precheck, StepKind::scrub, StepKind::configure, StepKind::openLease, StepKind::canary};
    case Verb::release:
        return {StepKind::close, StepKind::wait, StepKind::scrub, StepKind::configure, StepKind::releaseLease, StepKind::verify, StepKind::reopen};
    case Verb::provision: return {StepKind::inspect, StepKind::burnIn};
    case Verb::reset: return {StepKind::close, StepKind::wait, StepKind::verify, StepKind::resetGpu, StepKind::canary, StepKind::reopen};
    case Verb::reboot: return {StepKind::close, StepKind::wait, StepKind::verify, StepKind::reboot, StepKind::inspect, StepKind::reopen};
    case Verb::identify: return {StepKind::identify};
    case Verb::swap: {
        std::vector<StepKind> steps = stepsOf(Verb::lease);
        for (const StepKind kind : stepsOf(Verb::release))
            if (kind != StepKind::reopen) steps.push_back(kind);
        return steps;
    }
    default: return {};
    }
}

bool closes(Verb verb) { return verb == Verb::drain || verb == Verb::release || verb == Verb::reset || verb == Verb::reboot || verb == Verb::swap; }

Verb verbOf(const Action& action, std::size_t target) {
    if (action.verb != Verb::swap) return action.verb;
    return target == kComes ? Verb::lease : Verb::release;
}

Right rightOf(Verb verb) {
    switch (verb) {
    case Verb::drain: return Right::drain;
    case Verb::giveBack: return Right::giveBack;
    case Verb::lease: return Right::lease;
    case Verb::release: return Right::release;
    case Verb::provision: return Right::provision;
    case Verb::reset: return Right::reset;
    case Verb::reboot: return Right::reboot;
    case Verb::identify: return Right::identify;
    case Verb::swap: return Right::swap;
    case Verb::unknown: break;
    }
    return Right::force;
}

bool isForced(const PlanRequest& request) { return closes(request.verb) && request.atDeadline == DeadlinePolicy::force; }

Right rightOf(const PlanRequest& request) {
    if (request.overrideFailed) return Right::override_;
    return isForced(request) ? Right::force : rightOf(request.verb);
}

bool isAlready(Verb verb, Service service) {
    return (verb == Verb::drain && service == Service::drained) || (verb == Verb::giveBack && service == Service::open);
}

Verb inverseOf(Verb verb) {
    switch (verb) {
    case Verb::drain: return Verb::giveBack;
    case Verb::giveBack: return Verb::drain;
    case Verb::lease: return Verb::release;
    default: return Verb::unknown; // A released lease is gone, what burn-in found stays found, a reset or a reboot has happened, and who was swapped is in triage.
    }
}

std::string_view whyNoInverse(Verb verb) {
    switch (verb) {
    case Verb::reset: return "a reset has happened; what was open opens again by itself";
    case Verb::reboot: return "a reboot has happened; what was open opens again by itself";
    case Verb::identify: return "it changes nothing";
    case Verb::release: return "what is released is leased anew: make a new lease";
    case Verb::provision: return "what burn-in found stays on the node's record: to close the node, drain it";
    case Verb::swap: return "the node that left stays in triage until it is repaired and proven: for yet another node, swap again";
    default: return "";
    }
}

bool isRead(StepKind kind) { return factsOf(kind).reads; }
bool isDestructive(StepKind kind) { return factsOf(kind).destructive; }
bool isInterruptible(StepKind kind) { return factsOf(kind).interruptible; }

int longestSeconds(StepKind kind, const std::string& profile) {
    if (kind == StepKind::burnIn && profile == "soak") return 26 * 3600;
    if (kind == StepKind::burnIn && profile == "standard") return 2 * 3600;
    return factsOf(kind).longestSeconds;
}

StepJudgement judge(StepKind kind, const StepReport& report) {
    if (report.state != StepState::succeeded) {
        const bool ended = report.state == StepState::failed || report.state == StepState::cancelled || report.state == StepState::skipped;
        const StepState state = ended ? report.state : StepState::unknown;
        return {state, report.sentence.empty() ? fmt::format("the agent gave no reason ({})", toString(state)) : report.sentence};
    }
    for (const TestFigure& figure : report.figures)
        if (!figure.passed()) return {StepState::failed, describe(figure)};
    // A success that proves nothing is unknown; only a configure may have had nothing to set.
    const StepJudgement worth = judgeEvidence(report);
    if (worth.state == StepState::failed) return worth;
    if (kind == StepKind::configure && report.evidence.empty()) return {StepState::succeeded, report.sentence};
    const bool counts = kind == StepKind::verify || kind == StepKind::inspect || kind == StepKind::precheck || kind == StepKind::scrub || kind == StepKind::canary || kind == StepKind::burnIn ||
                        kind == StepKind::resetGpu || kind == StepKind::reboot || kind == StepKind::mig;
    return counts || worth.state != StepState::succeeded ? worth : StepJudgement{StepState::succeeded, report.sentence};
}

Status checkSuccess(Verb verb, const TargetRecord& target, bool overridden) {
    if (target.state != TargetState::succeeded) return absl::OkStatus();
    if (target.steps.empty()) return refused("it is called succeeded without a step");
    for (auto step = target.steps.begin(); step != target.steps.end(); ++step) {
        const bool again = step->kind == StepKind::wait && std::any_of(step + 1, target.steps.end(), [](const StepRecord& later) { return later.kind == StepKind::wait; });
        const bool past = overridden && verb == Verb::giveBack && step->kind == StepKind::inspect && step->state == StepState::failed;
        if (!again && !past && !isDone(verb, *step)) return refused("it is called succeeded, its step {} ({}) is {}", step - target.steps.begin() + 1, toString(step->kind), toString(step->state));
    }
    return absl::OkStatus();
}

ActionState outcomeOf(const std::vector<TargetRecord>& targets) {
    const std::size_t failed = countOf(targets, TargetState::failed) + countOf(targets, TargetState::refused);
    if (failed > 0) return countOf(targets, TargetState::succeeded) > 0 ? ActionState::partlySucceeded : ActionState::failed;
    if (countOf(targets, TargetState::unknown) > 0) return ActionState::unknown;
    if (countOf(targets, TargetState::cancelled) > 0) return ActionState::cancelled;
    return ActionState::succeeded;
}

Status checkOutcome(ActionState told, const std::vector<TargetRecord>& targets, bool all) {
    if (!isFinal(told) || told == ActionState::superseded) return absl::OkStatus();
    for (const TargetRecord& target : targets)
        if (!isFinal(target.state)) return refused("the action is called {}, {} is {}", toString(told), target.nodeId, toString(target.state));
    const ActionState due = outcomeOf(targets);
    if (due == told || (!all && told != ActionState::succeeded)) return absl::OkStatus();
    return refused("the action is called {}, its targets say {}: {}", toString(told), toString(due), countsOf(targets));
}

std::string countsOf(const std::vector<TargetRecord>& targets) {
    std::string text;
    for (const TargetState state : {TargetState::succeeded, TargetState::failed, TargetState::unknown, TargetState::refused, TargetState::skipped,
                                    TargetState::cancelled, TargetState::verifying, TargetState::running, TargetState::waiting})
        if (const std::size_t count = countOf(targets, state); count > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, toString(state));
    return text;
}

} // namespace busbar
