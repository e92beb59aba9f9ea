// wait: until nothing holds a GPU in scope, and then until the scheduler says by hooks.d/idle that it is idle, where there is such a hook: it may
// be between two jobs of one run. Idempotent: yes. Interruptible: yes. Destructive: no.
// Reads back: clients per GPU (driver) and holders of /dev/nvidia* (kernel); the hook's exit code.
#include "busbar-agent/steps/blockers.h"
#include "busbar-agent/steps/hooks.h"

#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(300);
constexpr std::int64_t kAskEveryMs = 5'000;

std::string outcome(const StepContext& context, const Holding& holding) {
    if (!isShown(holding)) return whyNotShown(context, holding);
    return holding.driverRead || context.driver == nullptr ? "nothing holds a GPU" : "nothing holds a GPU by the kernel; the driver could not be asked for each";
}

/// Asks the scheduler once nothing else holds the GPUs, and not more often than it takes well.
class Scheduler {
public:
    explicit Scheduler(StepContext& context) : m_context(context) {}

    /// Adds what it says as a blocker where it is not idle.
    void ask(Holding& now) {
        if (!now.blockers.empty()) return;
        if (m_askedBootMs < 0 || m_context.clock.bootMs() - m_askedBootMs >= kAskEveryMs) {
            m_said = askHooks(m_context, "idle");
            m_askedBootMs = m_context.clock.bootMs();
        }
        for (const Evidence& hook : m_said)
            if (hook.verdict != Verdict::asSet) now.blockers.push_back({0, "", "", "", "", kNotSupported, -1, fmt::format("the scheduler is not idle: {}: {}", hook.fact, hook.after)});
    }
    const std::vector<Evidence>& said() const { return m_said; }

private:
    StepContext& m_context;
    std::vector<Evidence> m_said;
    std::int64_t m_askedBootMs = -1;
};

} // namespace

StepReport runWait(StepContext& context) {
    const Holding first = findHolders(context);
    Holding now = first;
    Scheduler scheduler(context);
    for (;;) {
        scheduler.ask(now);
        // A driver that does not answer for a moment shows nothing: only where it stays so the kernel's account has to do, as for verify.
        if (now.blockers.empty() && !now.unreadable.empty()) now = findLastingHolders(context);
        if (now.blockers.empty() && (now.unreadable.empty() || !(context.cancelled || context.timeIsOver()))) break;
        const std::string sentence = describe(now);
        context.progress({context.command.commandId, sentence, now.blockers, static_cast<std::int64_t>(now.blockers.size()), context.clock.wallMs()});
        const bool cancelled = context.cancelled;
        if (cancelled || context.timeIsOver()) {
            StepReport report = cancelled ? reportOf(context, StepState::cancelled, "the wait was ended: " + sentence) : reportOf(context, StepState::failed, "the longest time is over: " + sentence);
            report.blockers = now.blockers;
            return report;
        }
        std::this_thread::sleep_for(kLookEvery);
        now = findHolders(context);
    }
    StepReport report = reportOf(context, StepState::succeeded, outcome(context, now));
    addClients(context, &first, now, report);
    if (context.wholeNode()) report.evidence.push_back(kernelEvidence(context, &first, now));
    report.evidence.insert(report.evidence.end(), scheduler.said().begin(), scheduler.said().end());
    report.state = isShown(now) ? stateOf(report.evidence) : StepState::unknown;
    return report;
}

} // namespace busbar::agent
