// wait: until nothing holds a GPU in scope. Idempotent: yes. Interruptible: yes. Destructive: no. Longest: the controller's deadline.
// Reads back: clients per GPU (driver) and holders of /dev/nvidia* (kernel).
#include "busbar-agent/steps/blockers.h"

#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(300);

std::string outcome(const StepContext& context, const Holding& holding) {
    if (!isShown(holding)) return whyNotShown(context, holding);
    return holding.driverRead || context.driver == nullptr ? "nothing holds a GPU" : "nothing holds a GPU by the kernel; the driver could not be asked for each";
}

} // namespace

StepReport runWait(StepContext& context) {
    const Holding first = findHolders(context);
    Holding now = first;
    for (;;) {
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
    report.state = isShown(now) ? stateOf(report.evidence) : StepState::unknown;
    return report;
}

} // namespace busbar::agent
