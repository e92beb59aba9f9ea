#include "domain/lifecycle.h"

#include <algorithm>
#include <array>

namespace busbar {
namespace {

struct Move {
    Service from, to;
};

// An undone close goes through `opening`; a node whose agent comes back goes on from `drain-failed`.
constexpr std::array kMoves{
    Move{Service::unknown, Service::open},        Move{Service::unknown, Service::closing},     Move{Service::open, Service::closing},
    Move{Service::closing, Service::draining},    Move{Service::closing, Service::drainFailed}, Move{Service::closing, Service::opening},
    Move{Service::closing, Service::closed},      Move{Service::draining, Service::drained},    Move{Service::draining, Service::drainFailed},
    Move{Service::draining, Service::opening},    Move{Service::draining, Service::closed},     Move{Service::draining, Service::closing},
    Move{Service::drained, Service::opening},     Move{Service::drained, Service::closing},     Move{Service::drained, Service::closed},
    Move{Service::drainFailed, Service::closing}, Move{Service::drainFailed, Service::draining}, Move{Service::drainFailed, Service::opening},
    Move{Service::drainFailed, Service::closed},  Move{Service::closed, Service::opening},      Move{Service::closed, Service::closing},
    Move{Service::opening, Service::open},        Move{Service::opening, Service::closed},      Move{Service::opening, Service::closing},
};

std::size_t countOf(const std::vector<TargetRecord>& targets, TargetState state) {
    return static_cast<std::size_t>(std::count_if(targets.begin(), targets.end(), [state](const TargetRecord& target) { return target.state == state; }));
}

std::string describe(const Evidence& evidence) {
    return fmt::format("{}: {} is {}{}{}, expected {}", evidence.subject, evidence.fact, evidence.after, evidence.unit.empty() ? "" : " ", evidence.unit,
                       evidence.expected);
}

/// Verdict over the facts of a step whose success has to be proven by the agent.
StepJudgement judgeEvidence(const StepReport& report) {
    std::size_t asSet = 0, unread = 0;
    for (const Evidence& evidence : report.evidence) {
        if (evidence.verdict == Verdict::notAsSet) return {StepState::failed, describe(evidence)};
        if (evidence.verdict == Verdict::asSet) ++asSet;
        else ++unread;
    }
    if (asSet == 0)
        return {StepState::unknown, report.evidence.empty() ? "the agent sent no evidence" : fmt::format("none of {} facts could be read", unread)};
    if (unread > 0) return {StepState::succeeded, fmt::format("{} facts read back as set, {} could not be read", asSet, unread)};
    return {StepState::succeeded, fmt::format("{} facts read back as set", asSet)};
}

} // namespace

Status checkMove(Service from, Service to) {
    for (const Move& move : kMoves)
        if (move.from == from && move.to == to) return absl::OkStatus();
    return refused("a node that is {} cannot become {}", toString(from), toString(to));
}

std::vector<StepKind> stepsOf(Verb verb) {
    switch (verb) {
    case Verb::drain: return {StepKind::close, StepKind::wait, StepKind::verify};
    case Verb::giveBack: return {StepKind::inspect, StepKind::reopen};
    default: return {};
    }
}

bool isAlready(Verb verb, Service service) {
    return (verb == Verb::drain && service == Service::drained) || (verb == Verb::giveBack && service == Service::open);
}

Verb inverseOf(Verb verb) {
    if (verb == Verb::drain) return Verb::giveBack;
    return verb == Verb::giveBack ? Verb::drain : Verb::unknown;
}

bool isRead(StepKind kind) { return kind == StepKind::wait || kind == StepKind::verify || kind == StepKind::inspect; }
bool isDestructive(StepKind kind) { return kind == StepKind::terminate; }

int longestSeconds(StepKind kind) {
    switch (kind) {
    case StepKind::wait: return 86'400; // The deadline ends it before; a longer wait is sent again.
    case StepKind::terminate: return 120;
    case StepKind::verify: return 120;
    default: return 300;
    }
}

StepJudgement judge(StepKind kind, const StepReport& report) {
    if (report.state != StepState::succeeded) {
        const bool ended = report.state == StepState::failed || report.state == StepState::cancelled;
        const StepState state = ended ? report.state : StepState::unknown;
        return {state, report.sentence.empty() ? fmt::format("the agent gave no reason ({})", toString(state)) : report.sentence};
    }
    if (kind == StepKind::verify || kind == StepKind::inspect) return judgeEvidence(report);
    const auto wrong = std::find_if(report.evidence.begin(), report.evidence.end(), [](const Evidence& e) { return e.verdict == Verdict::notAsSet; });
    if (wrong != report.evidence.end()) return {StepState::failed, describe(*wrong)};
    return {StepState::succeeded, report.sentence};
}

ActionState outcomeOf(const std::vector<TargetRecord>& targets) {
    const std::size_t failed = countOf(targets, TargetState::failed) + countOf(targets, TargetState::refused);
    if (failed > 0) return countOf(targets, TargetState::succeeded) > 0 ? ActionState::partlySucceeded : ActionState::failed;
    if (countOf(targets, TargetState::unknown) > 0) return ActionState::unknown;
    if (countOf(targets, TargetState::cancelled) > 0) return ActionState::cancelled;
    return ActionState::succeeded;
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
