// verify: the proof of a drain: no holders, memory in use as when nobody holds the GPU, compute mode as close set it, and by hooks.d/closed that
// the scheduler is still closed, where there is such a hook. Idempotent: yes. Interruptible: no. Destructive: no. Reads back: all of it, per GPU.
#include "busbar-agent/driver/nvml_abi.h"
#include "busbar-agent/steps/blockers.h"
#include "busbar-agent/steps/gpu_facts.h"
#include "busbar-agent/steps/hooks.h"

#include <absl/strings/numbers.h>

namespace busbar::agent {
namespace {

void verifyMemory(StepContext& context, std::size_t slot, StepReport& report) {
    const std::string& uuid = context.uuid(slot);
    const auto baseline = baselineMib(context, slot);
    const std::int64_t limitMib = idleLimitMib(context, slot);
    const auto used = memoryOnceFreed(context, slot, limitMib);
    const std::string before = baseline ? std::to_string(*baseline) : "", expected = fmt::format("at most {}", limitMib);
    if (!used.ok()) {
        report.evidence.push_back(evidenceOf(context, uuid, "memory used", before, std::string(sentenceOf(used.status())), expected, context.source(), Verdict::notReadable));
        return;
    }
    report.evidence.push_back(evidenceOf(context, uuid, "memory used", before, std::to_string(*used), expected, context.source(), *used <= limitMib ? Verdict::asSet : Verdict::notAsSet));
    report.evidence.back().unit = "MiB";
}

void verifyMode(StepContext& context, std::size_t slot, StepReport& report) {
    const std::string& uuid = context.uuid(slot);
    const auto set = context.journal.get(setModeKey(uuid));
    unsigned wanted = 0;
    if (!set.ok() || !set->has_value() || !absl::SimpleAtoi(**set, &wanted)) return; // Close set none (read-only, or the GPU did not answer).
    const auto prior = context.journal.get(priorModeKey(uuid));
    unsigned before = 0;
    const bool known = prior.ok() && prior->has_value() && absl::SimpleAtoi(**prior, &before);
    const auto mode = context.driver->computeMode(slot);
    report.evidence.push_back(evidenceOf(context, uuid, "compute mode", known ? computeModeName(before) : "", mode.ok() ? computeModeName(*mode) : std::string(sentenceOf(mode.status())),
                                         computeModeName(wanted), context.source(), !mode.ok() ? Verdict::notReadable : *mode == wanted ? Verdict::asSet : Verdict::notAsSet));
}

} // namespace

StepReport runVerify(StepContext& context) {
    const Holding holding = findLastingHolders(context);
    StepReport report = reportOf(context, StepState::unknown, "");
    addClients(context, nullptr, holding, report);
    for (const std::size_t slot : context.slots()) {
        verifyMemory(context, slot, report);
        verifyMode(context, slot, report);
    }
    if (context.wholeNode()) report.evidence.push_back(kernelEvidence(context, nullptr, holding));
    for (Evidence& hook : askHooks(context, "closed")) report.evidence.push_back(std::move(hook));
    report.blockers = holding.blockers;
    report.state = stateOf(report.evidence);
    if (report.state != StepState::failed && !isShown(holding)) {
        report.state = StepState::unknown;
        report.sentence = whyNotShown(context, holding);
    }
    if (report.state == StepState::succeeded)
        report.sentence = context.driver == nullptr        ? "drained by the kernel's account: " + context.driverWhy
                          : holding.unreadable.empty() ? "drained: read back from each GPU"
                                                       : "drained by the kernel's account; not every GPU could be read";
    for (const Evidence& fact : report.evidence)
        if (fact.verdict == Verdict::notAsSet && report.sentence.empty()) report.sentence = fmt::format("{} of {} is {}, expected is {}", fact.fact, fact.subject, fact.after, fact.expected);
    if (report.sentence.empty()) report.sentence = "nothing could be read back";
    return report;
}

} // namespace busbar::agent
