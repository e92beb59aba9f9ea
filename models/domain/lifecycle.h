// The rules of lifecycle.md §1-§3 as pure functions: which moves of `service` exist, which steps a verb has and which right it needs, what a
// report proves, and how an action ends. Refusals are sentences. No state, thread-safe. Where service moves, what a report is worth and how an
// action ends, only the controller's engine acts on them; the console and busbarctl read the rest for what they show and offer.
#pragma once

#include "base/status.h"
#include "domain/action.h"
#include "domain/role.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace busbar {

/// OK when a node's service may go from one to the other; FailedPrecondition names both otherwise. Staying is no move and refused.
/// Only the controller's engine acts on it.
Status checkMove(Service from, Service to);

/// Steps of a verb in order (lifecycle.md §3–§6). A reset or a reboot of what was not open before ends without its reopen. Terminate and a
/// second wait are added at the deadline of a `force` drain or release; what a failed lease has granted is taken back by further steps.
/// A swap's are those of the node that comes, then those of the node that leaves. What is reported as faulty, or in triage, is released
/// without its reopen.
std::vector<StepKind> stepsOf(Verb verb);
/// Verbs that close their nodes (or GPUs) and wait for holders: drain, release, reset, reboot and swap.
bool closes(Verb verb);
/// Places of a swap's two targets: the node that comes into the lease, and the one that leaves it when the other is open.
inline constexpr std::size_t kComes = 0, kLeaves = 1;
/// The verb whose steps and rules a target of the action goes through: a swap leases its first and releases its second one.
Verb verbOf(const Action& action, std::size_t target);
/// True when the verb's end is where the node already is: drain of a drained node, return of an open one.
bool isAlready(Verb verb, Service service);
/// The verb that undoes; Verb::unknown when there is none.
Verb inverseOf(Verb verb);
/// Why a verb has no inverse, and what is done instead where there is something; "" where it has one.
std::string_view whyNoInverse(Verb verb);
/// What the verb needs; of a verb that is not known the right to force, which only the admin has.
Right rightOf(Verb verb);
/// What a plan like this needs: `force` at the deadline of a verb that closes, and a return over a failed check, are the admin's. Checked in the
/// controller, shown by the console.
Right rightOf(const PlanRequest& request);
/// Ends the processes that are left at its deadline.
bool isForced(const PlanRequest& request);
/// Stand in the sentence of a plan's target where its agent's own policy leaves the settings alone (lifecycle.md §6).
inline constexpr std::string_view kReadOnlyWords = "settings are read-only";

// The four below say what the table of step_table.h has.
/// Reads may be repeated (up to kReadAttempts times in all); the others change something and run once.
bool isRead(StepKind kind);
/// Ends something that cannot be brought back.
bool isDestructive(StepKind kind);
/// Ends soon when asked to, with what it had done read back or undone by itself (lifecycle.md §2.5).
bool isInterruptible(StepKind kind);
/// Longest time of a step on the agent, in seconds; burn-in's is its profile's.
int longestSeconds(StepKind kind, const std::string& profile = {});
inline constexpr int kReadAttempts = 3;

// Only the controller's engine acts on these below; whoever verifies evidence holds the books against them.
/// What a report is worth: a success needs evidence. Without any fact read as expected it is `unknown` (only `configure` may have had nothing
/// to set), one fact not as expected is `failed`, whatever the agent's own state says.
struct StepJudgement {
    StepState state = StepState::unknown;
    std::string sentence;
    bool operator==(const StepJudgement&) const = default;
};
StepJudgement judge(StepKind kind, const StepReport& report);
/// Whether a target that is called succeeded has the steps for it: each one done; on the road of a lease and of its end the node may have
/// skipped one by its own policy, a wait that ended at its deadline is followed by another one, and a release may leave its reopen out. OK for
/// every other state; the error names the step. `verb` is the action's; `overridden`: a person went past the failed check of a return
/// (Action::overrideFailed), whose step stays failed.
Status checkSuccess(Verb verb, const TargetRecord& target, bool overridden = false);

/// How an action whose targets are all final ends: the worst target wins (failed, unknown, cancelled, succeeded); failures beside
/// successes are `partly succeeded`; skipped targets do not count, refused ones count as failures.
ActionState outcomeOf(const std::vector<TargetRecord>& targets);
/// Whether an action that is told to have ended like that can have: each target has, and they come to it. When `targets` are not `all` of it,
/// only a success can be refuted. OK while it is under way, and when others took it over.
Status checkOutcome(ActionState told, const std::vector<TargetRecord>& targets, bool all);
/// "11 succeeded, 1 failed" over all targets.
std::string countsOf(const std::vector<TargetRecord>& targets);

} // namespace busbar
