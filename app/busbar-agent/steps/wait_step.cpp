// wait: until nothing holds a GPU in scope. Idempotent: yes. Interruptible: yes. Destructive: no. Longest: the controller's deadline.
// Reads back: clients per GPU (driver) and holders of /dev/nvidia* (kernel).
#include "busbar-agent/steps/blockers.h"

#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(300);

void addEvidence(const StepContext& context, const Holding& first, const Holding& last, StepReport& report) {
    for (const auto& [uuid, count] : last.perGpu) {
        const auto before = first.perGpu.find(uuid);
        report.evidence.push_back(evidenceOf(context, uuid, "processes", before == first.perGpu.end() ? "" : std::to_string(before->second), std::to_string(count), "0", context.source(),
                                             count == 0 ? Verdict::asSet : Verdict::notAsSet));
    }
    for (const std::string& what : last.unreadable) report.evidence.push_back(evidenceOf(context, what.substr(0, what.find(':')), "processes", "", what, "0", context.source(), Verdict::notReadable));
    if (context.wholeNode()) {
        const auto kernel = [](const Holding& holding) {
            std::int64_t count = 0;
            for (const Blocker& blocker : holding.blockers) count += blocker.gpuUuid.empty() ? 1 : 0;
            return std::to_string(count);
        };
        report.evidence.push_back(evidenceOf(context, "node", "holders of /dev/nvidia*", kernel(first), kernel(last), "0", "kernel", Verdict::asSet));
    }
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
    StepReport report = reportOf(context, StepState::succeeded, now.unreadable.empty() ? "nothing holds a GPU" : "nothing holds a GPU by the kernel; the driver could not be asked for each");
    addEvidence(context, first, now, report);
    report.state = stateOf(report.evidence);
    return report;
}

} // namespace busbar::agent
