// close: the site's hooks (cordon the scheduler), then compute mode PROHIBITED on the GPUs where the agent's policy allows settings.
// Idempotent: yes (hooks are journaled one by one, a set mode is read first). Interruptible: no. Destructive: no.
// Reads back: each hook's exit code, each GPU's compute mode; in MIG mode that cannot be set and is left alone.
#include "base/crash_point.h"
#include "busbar-agent/driver/nvml_abi.h"
#include "busbar-agent/steps/gpu_facts.h"
#include "busbar-agent/steps/hooks.h"

namespace busbar::agent {
namespace {

std::string modeText(const StatusOr<unsigned>& mode) { return mode.ok() ? computeModeName(*mode) : std::string(sentenceOf(mode.status())); }

Evidence closeGpu(StepContext& context, std::size_t slot) {
    const std::string& uuid = context.uuid(slot);
    const auto before = context.driver->computeMode(slot);
    // Where nothing is set, a mode that cannot be read proves nothing wrong.
    if (!context.policy.settingsAllowed)
        return evidenceOf(context, uuid, "compute mode", modeText(before), modeText(before), "unchanged: this agent's settings are read-only", context.source(), before.ok() ? Verdict::asSet : Verdict::notApplicable);
    if (!before.ok()) return evidenceOf(context, uuid, "compute mode", "", modeText(before), "prohibited", context.source(), Verdict::notReadable);
    if (const auto mig = context.driver->readSetting(slot, Setting::mig); mig.ok() && *mig != 0)
        return evidenceOf(context, uuid, "compute mode", modeText(before), modeText(before), "unchanged: in MIG mode the driver keeps it at default", context.source(), Verdict::notApplicable);
    // The mode before us is journaled before it is changed, once: a repeated close must not take its own setting for the prior one.
    const auto prior = context.journal.get(priorModeKey(uuid));
    if (prior.ok() && !prior->has_value())
        if (const Status noted = context.journal.put(priorModeKey(uuid), std::to_string(*before)); !noted.ok())
            return evidenceOf(context, uuid, "compute mode", modeText(before), std::string(sentenceOf(noted)), "prohibited", context.source(), Verdict::notAsSet);
    const std::string shownBefore = prior.ok() && prior->has_value() ? computeModeName(static_cast<unsigned>(std::stoul(**prior))) : modeText(before);
    const Status set = *before == nvml::kComputeModeProhibited ? absl::OkStatus() : context.driver->setComputeMode(slot, nvml::kComputeModeProhibited);
    const auto after = context.driver->computeMode(slot);
    const bool isSet = after.ok() && *after == nvml::kComputeModeProhibited;
    if (isSet && !context.journal.put(setModeKey(uuid), std::to_string(*after)).ok()) return evidenceOf(context, uuid, "compute mode", shownBefore, "set, but not journaled", "prohibited", context.source(), Verdict::notAsSet);
    const std::string shownAfter = set.ok() || isSet ? modeText(after) : std::string(sentenceOf(set));
    return evidenceOf(context, uuid, "compute mode", shownBefore, shownAfter, "prohibited", context.source(), isSet ? Verdict::asSet : after.ok() ? Verdict::notAsSet : Verdict::notReadable);
}

} // namespace

StepReport runClose(StepContext& context) {
    StepReport report = reportOf(context, StepState::unknown, "");
    report.evidence = runHooks(context, "close");
    for (const Evidence& hook : report.evidence)
        if (hook.verdict != Verdict::asSet) {
            report.state = hook.verdict == Verdict::notAsSet ? StepState::failed : StepState::unknown;
            report.sentence = fmt::format("{}: {}", hook.fact, hook.after);
            return report;
        }
    crashPoint("agent.close.hooks");
    if (context.driver == nullptr) {
        report.evidence.push_back(evidenceOf(context, "node", "driver", context.driverWhy, context.driverWhy, "", "kernel", Verdict::asSet));
        report.sentence = "closed; nothing is set on GPUs: " + context.driverWhy;
    }
    std::size_t left = 0;
    for (const std::size_t slot : context.slots()) {
        report.evidence.push_back(closeGpu(context, slot));
        if (report.evidence.back().verdict != Verdict::notApplicable) continue;
        ++left;
        report.evidence.push_back(setByCloseEvidence(context, context.uuid(slot)));
    }
    report.state = stateOf(report.evidence);
    // A GPU that cannot be read cannot be set either; the node is closed in the controller's books all the same, and verify looks again.
    if (report.state == StepState::unknown) {
        report.evidence.push_back(evidenceOf(context, "node", "GPUs whose compute mode was set", "", fmt::format("none of {}", context.slots().size()), "", context.source(), Verdict::asSet));
        report.state = StepState::succeeded;
    }
    if (report.sentence.empty())
        report.sentence = report.state == StepState::failed    ? "a GPU's compute mode is not prohibited after it was set"
                          : !context.policy.settingsAllowed ? "closed; compute modes unchanged: this agent's settings are read-only"
                          : left > 0                        ? fmt::format("closed; compute mode unchanged on {} in MIG mode", left == 1 ? "1 GPU" : fmt::format("{} GPUs", left))
                                                            : "closed: compute mode prohibited on each GPU that answers";
    return report;
}

} // namespace busbar::agent
