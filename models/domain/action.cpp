#include "domain/action.h"

#include "domain/node.h"

#include <array>
#include <cstddef>

namespace busbar {
namespace {

using std::string_view;

constexpr std::array<string_view, 10> kVerbs{"unknown", "drain", "return", "lease", "release", "provision", "reset", "reboot", "identify", "swap"};
constexpr std::array<string_view, 13> kActionStates{"unknown state", "planned", "awaiting approval", "queued", "running", "paused", "verifying", "succeeded", "partly succeeded", "failed", "unknown", "cancelled", "superseded"};
constexpr std::array<string_view, 10> kTargetStates{"unknown state", "waiting", "running", "verifying", "succeeded", "failed", "refused", "skipped", "cancelled", "unknown"};
constexpr std::array<string_view, 18> kStepKinds{"unknown", "close", "wait", "terminate", "verify", "inspect", "reopen", "precheck", "scrub", "configure", "canary", "open", "release", "burn-in", "GPU reset", "reboot", "identify", "MIG"};
constexpr std::array<string_view, 7> kStepStates{"pending", "running", "succeeded", "failed", "unknown", "skipped", "cancelled"};
constexpr std::array<string_view, 4> kPolicies{"unknown", "wait", "ask", "force"};
constexpr std::array<string_view, 5> kVerdicts{"unknown", "as set", "not as set", "not readable", "does not apply"};
constexpr std::array<string_view, 5> kActionParts{"evidence", "log", "step details", "steps", "sentences"};
constexpr std::array<string_view, 10> kEventKinds{"unknown", "xid", "kernel", "link", "service", "action", "agent", "health", "lease", "sxid"};

template <typename Enum, std::size_t N>
string_view nameOf(const std::array<string_view, N>& names, Enum value) {
    const auto index = static_cast<std::size_t>(value);
    return index < N ? names[index] : string_view("unknown");
}

} // namespace

string_view toString(Verb value) { return nameOf(kVerbs, value); }
string_view toString(ActionState value) { return nameOf(kActionStates, value); }
string_view toString(TargetState value) { return nameOf(kTargetStates, value); }
string_view toString(StepKind value) { return nameOf(kStepKinds, value); }
string_view toString(StepState value) { return nameOf(kStepStates, value); }
string_view toString(DeadlinePolicy value) { return nameOf(kPolicies, value); }
string_view toString(Verdict value) { return nameOf(kVerdicts, value); }
string_view toString(ActionPart value) { return nameOf(kActionParts, value); }
string_view toString(EventKind value) { return nameOf(kEventKinds, value); }

std::vector<ActionPart> leftOutOf(const Action& action) {
    std::vector<ActionPart> parts;
    for (unsigned part = 0; part <= static_cast<unsigned>(kLastActionPart); ++part)
        if (isLeftOut(action, static_cast<ActionPart>(part))) parts.push_back(static_cast<ActionPart>(part));
    return parts;
}

std::optional<Verb> parseVerb(string_view text) {
    for (std::size_t i = 1; i < kVerbs.size(); ++i)
        if (kVerbs[i] == text) return static_cast<Verb>(i);
    return std::nullopt;
}

std::optional<DeadlinePolicy> parseDeadlinePolicy(string_view text) {
    for (std::size_t i = 1; i < kPolicies.size(); ++i)
        if (kPolicies[i] == text) return static_cast<DeadlinePolicy>(i);
    return std::nullopt;
}

bool isFinal(ActionState state) {
    switch (state) {
    case ActionState::succeeded:
    case ActionState::partlySucceeded:
    case ActionState::failed:
    case ActionState::unknown:
    case ActionState::cancelled:
    case ActionState::superseded:
        return true;
    default:
        return false;
    }
}

bool isFinal(TargetState state) {
    switch (state) {
    case TargetState::succeeded:
    case TargetState::failed:
    case TargetState::refused:
    case TargetState::skipped:
    case TargetState::cancelled:
    case TargetState::unknown:
        return true;
    default:
        return false;
    }
}

} // namespace busbar
