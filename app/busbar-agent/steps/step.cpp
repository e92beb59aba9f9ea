#include "busbar-agent/steps/step.h"

#include <algorithm>

namespace busbar::agent {

std::vector<std::size_t> StepContext::slots() const {
    std::vector<std::size_t> slots;
    if (driver == nullptr) return slots;
    for (std::size_t slot = 0; slot < driver->gpus().size(); ++slot)
        if (wholeNode() || std::find(command.gpuUuids.begin(), command.gpuUuids.end(), uuid(slot)) != command.gpuUuids.end()) slots.push_back(slot);
    return slots;
}

std::string StepContext::source() const { return driver != nullptr && driver->simulated() ? "simulated nvml" : "nvml"; }

StepFunction stepOf(StepKind kind) {
    switch (kind) {
    case StepKind::close: return runClose;
    case StepKind::wait: return runWait;
    case StepKind::terminate: return runTerminate;
    case StepKind::verify: return runVerify;
    case StepKind::inspect: return runInspect;
    case StepKind::reopen: return runReopen;
    case StepKind::scrub: return runScrub;
    case StepKind::canary: return runCanary;
    case StepKind::configure: return runConfigure;
    case StepKind::precheck: return runPrecheck;
    case StepKind::openLease: return runOpenLease;
    case StepKind::releaseLease: return runReleaseLease;
    case StepKind::identify: return runIdentify;
    case StepKind::burnIn: return runBurnIn;
    case StepKind::resetGpu: return runResetGpu;
    case StepKind::reboot: return runReboot;
    case StepKind::mig: return runMig;
    default: break;
    }
    return nullptr;
}

void tellProgress(const StepContext& context, std::string sentence, double share) {
    StepProgress progress;
    progress.commandId = context.command.commandId;
    progress.sentence = std::move(sentence);
    progress.share = share;
    progress.wallMs = context.clock.wallMs();
    context.progress(progress);
}

StepReport reportOf(const StepContext& context, StepState state, std::string sentence) {
    StepReport report;
    report.commandId = context.command.commandId;
    report.kind = context.command.kind;
    report.state = state;
    report.sentence = std::move(sentence);
    report.endedWallMs = context.clock.wallMs();
    return report;
}

StepState stateOf(const std::vector<Evidence>& evidence) {
    bool read = false;
    for (const Evidence& fact : evidence) {
        if (fact.verdict == Verdict::notAsSet) return StepState::failed;
        read = read || fact.verdict == Verdict::asSet;
    }
    return read ? StepState::succeeded : StepState::unknown;
}

StepState strictStateOf(const std::vector<Evidence>& evidence) {
    const StepState state = stateOf(evidence);
    const bool unread = std::any_of(evidence.begin(), evidence.end(), [](const Evidence& fact) { return fact.verdict == Verdict::notReadable; });
    return state == StepState::succeeded && unread ? StepState::unknown : state;
}

std::string faultOf(const std::vector<Evidence>& evidence) {
    for (const Verdict verdict : {Verdict::notAsSet, Verdict::notReadable})
        for (const Evidence& fact : evidence)
            if (fact.verdict == verdict) return fmt::format("{} of {} {} {}, expected is {}", fact.fact, fact.subject, verdict == Verdict::notAsSet ? "is" : "cannot be read:", fact.after, fact.expected);
    return {};
}

Evidence evidenceOf(const StepContext& context, std::string subject, std::string fact, std::string before, std::string after, std::string expected, std::string source, Verdict verdict) {
    return {std::move(subject), std::move(fact), std::move(before), std::move(after), std::move(expected), "", std::move(source), verdict, context.clock.wallMs()};
}

} // namespace busbar::agent
