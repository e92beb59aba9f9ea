// reboot: the host's own reboot command, from this agent's config and never from the wire. The proof is another boot id, read by the agent
// that comes up again and finds the command begun in its journal. Idempotent: no: the command is issued once, whatever happens; an agent
// that finds it issued waits for what it does. Interruptible: no. Destructive: yes. Reads back: the boot id.
#include "base/crash_point.h"
#include "busbar-agent/steps/blockers.h"
#include "busbar-agent/steps/hook_process.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(200);
constexpr std::int64_t kCommandLimitMs = 60'000;

std::string issuedKey(const StepContext& context) { return "reboot/" + context.command.commandId + "/issued"; }

/// When the command was issued, and in which life of the machine.
struct Issued {
    std::string bootId;
    std::int64_t bootMs = 0;
};

StatusOr<std::optional<Issued>> issuedBefore(const StepContext& context) {
    const auto stored = context.journal.get(issuedKey(context));
    if (!stored.ok()) return stored.status();
    if (!stored->has_value()) return std::optional<Issued>();
    const std::vector<std::string> words = absl::StrSplit(**stored, ' ');
    Issued issued;
    if (words.size() != 2 || !absl::SimpleAtoi(words[1], &issued.bootMs)) return internal("the journal's note of a reboot cannot be read: '{}'", **stored);
    issued.bootId = words[0];
    return std::optional(issued);
}

/// Boot id that the controller saw before the step; "" when it sent none.
std::string expectedBefore(const StepContext& context) {
    for (const Evidence& evidence : context.command.expected)
        if (evidence.fact == kBootIdFact) return evidence.before;
    return {};
}

StepReport rebooted(const StepContext& context, const std::string& before) {
    StepReport report = reportOf(context, StepState::succeeded, "rebooted: the boot id is another one");
    report.evidence.push_back(evidenceOf(context, "node", kBootIdFact, before, context.boot.id, "another boot id", context.boot.source, Verdict::asSet));
    return report;
}

StepReport waitForTheEnd(const StepContext& context, const Issued& issued) {
    const std::int64_t end = issued.bootMs + context.command.secondsLeft * std::int64_t{1000};
    while (context.clock.bootMs() < end) {
        if (context.cancelled) return reportOf(context, StepState::cancelled, "the agent ends while the node goes down");
        std::this_thread::sleep_for(kLookEvery);
    }
    StepReport report = reportOf(context, StepState::failed, fmt::format("the node did not reboot within {} s of its reboot command, which is not given a second time: look at its console", context.command.secondsLeft));
    report.evidence.push_back(evidenceOf(context, "node", kBootIdFact, issued.bootId, context.boot.id, "another boot id", context.boot.source, Verdict::notAsSet));
    return report;
}

StepReport issue(StepContext& context) {
    if (const Holding holding = findHolders(context); !holding.blockers.empty()) {
        StepReport report = reportOf(context, StepState::failed, fmt::format("{}: end it before the node is rebooted", describe(holding)));
        report.blockers = holding.blockers;
        return report;
    }
    const Issued issued{context.boot.id, context.clock.bootMs()};
    if (const Status noted = context.journal.put(issuedKey(context), fmt::format("{} {}", issued.bootId, issued.bootMs)); !noted.ok()) return reportOf(context, StepState::failed, std::string(sentenceOf(noted)));
    crashPoint("agent.reboot.issued");
    const std::vector<std::string>& line = context.rebootCommand;
    const HookOutcome outcome = runHookProcess(line.front(), "", kCommandLimitMs, context.clock, {line.begin() + 1, line.end()});
    // A command that was ended with everything else is one that works: only its own refusal counts.
    if (outcome.exitCode > 0 && outcome.exitCode < 128) return reportOf(context, StepState::failed, fmt::format("{} ended with code {}: {}", line.front(), outcome.exitCode, outcome.output));
    if (outcome.exitCode < 0 && !outcome.timedOut) return reportOf(context, StepState::failed, fmt::format("{} could not be run: {}", line.front(), outcome.output));
    return waitForTheEnd(context, issued);
}

} // namespace

StepReport runReboot(StepContext& context) {
    if (context.boot.id.empty()) return reportOf(context, StepState::failed, "this node's boot id cannot be read, so a reboot could not be proven: nothing was done");
    const auto issued = issuedBefore(context);
    if (!issued.ok()) return reportOf(context, StepState::unknown, std::string(sentenceOf(issued.status())));
    const std::string before = issued->has_value() ? (*issued)->bootId : expectedBefore(context);
    if (!before.empty() && before != context.boot.id) return rebooted(context, before);
    if (issued->has_value()) return waitForTheEnd(context, **issued);
    if (!context.policy.rebootAllowed) return reportOf(context, StepState::failed, "this agent's policy is reboot = never: reboot the node by its BMC, or set reboot = allowed in agent.toml");
    return issue(context);
}

} // namespace busbar::agent
