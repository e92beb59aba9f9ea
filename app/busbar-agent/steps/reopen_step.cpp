// reopen: undoes what close did: compute modes back to what they were before us, then hooks.d/return. Idempotent: yes. Interruptible: no.
// Destructive: no. Reads back: each GPU's compute mode, each hook's exit code.
#include "base/crash_point.h"
#include "busbar-agent/steps/gpu_facts.h"
#include "busbar-agent/steps/hooks.h"
#include "domain/reopen_facts.h"

#include <absl/strings/numbers.h>

#include <algorithm>

namespace busbar::agent {
namespace {

/// Closed apart from the node, which is all that opens.
bool staysClosed(const StepContext& context, const std::string& uuid) {
    return std::any_of(context.command.expected.begin(), context.command.expected.end(), [&](const Evidence& told) { return told.fact == kStaysClosedFact && told.subject == uuid; });
}

Evidence leaveGpu(const StepContext& context, std::size_t slot) {
    const auto mode = context.driver->computeMode(slot);
    const std::string shown = mode.ok() ? computeModeName(*mode) : std::string(sentenceOf(mode.status()));
    return evidenceOf(context, context.uuid(slot), "compute mode", shown, shown, "unchanged: closed apart from the node", context.source(), mode.ok() ? Verdict::asSet : Verdict::notReadable);
}

Evidence reopenGpu(StepContext& context, std::size_t slot) {
    const std::string& uuid = context.uuid(slot);
    const auto before = context.driver->computeMode(slot);
    const std::string shown = before.ok() ? computeModeName(*before) : std::string(sentenceOf(before.status()));
    const auto prior = context.journal.get(priorModeKey(uuid));
    unsigned wanted = 0;
    if (!prior.ok()) return evidenceOf(context, uuid, "compute mode", shown, std::string(sentenceOf(prior.status())), "as before the drain", context.source(), Verdict::notReadable);
    if (!prior->has_value() || !absl::SimpleAtoi(**prior, &wanted))
        return evidenceOf(context, uuid, "compute mode", shown, shown, "unchanged: close set none here", context.source(), before.ok() ? Verdict::asSet : Verdict::notApplicable);
    // From here on an agent that starts after a crash does not close it again (keep_closed.h): the step is repeated and opens it.
    const auto closed = context.journal.get(setModeKey(uuid));
    if (const Status erased = context.journal.erase(setModeKey(uuid)); !closed.ok() || !erased.ok())
        return evidenceOf(context, uuid, "compute mode", shown, std::string(sentenceOf(closed.ok() ? erased : closed.status())), "as before the drain", context.source(), Verdict::notReadable);
    const Status set = before.ok() && *before == wanted ? absl::OkStatus() : context.driver->setComputeMode(slot, wanted);
    const auto after = context.driver->computeMode(slot);
    const bool isSet = after.ok() && *after == wanted;
    if (!isSet && closed->has_value()) context.journal.put(setModeKey(uuid), **closed).IgnoreError(); // The step fails anyway, and says why.
    return evidenceOf(context, uuid, "compute mode", shown, after.ok() ? computeModeName(*after) : std::string(sentenceOf(set.ok() ? after.status() : set)), computeModeName(wanted), context.source(),
                      isSet ? Verdict::asSet : after.ok() ? Verdict::notAsSet : Verdict::notReadable);
}

} // namespace

StepReport runReopen(StepContext& context) {
    StepReport report = reportOf(context, StepState::unknown, "");
    if (context.driver == nullptr) report.evidence.push_back(evidenceOf(context, "node", "driver", context.driverWhy, context.driverWhy, "", "kernel", Verdict::asSet));
    bool allBack = true;
    for (const std::size_t slot : context.slots()) {
        if (staysClosed(context, context.uuid(slot))) {
            report.evidence.push_back(leaveGpu(context, slot));
            continue;
        }
        report.evidence.push_back(reopenGpu(context, slot));
        if (report.evidence.back().verdict == Verdict::notApplicable) report.evidence.push_back(setByCloseEvidence(context, context.uuid(slot))); // Nothing to put back.
        allBack = allBack && report.evidence.back().verdict == Verdict::asSet;
        if (report.evidence.back().verdict != Verdict::asSet) continue;
        // Forgotten only after the read-back: a crash before this line repeats a harmless set.
        if (const Status erased = context.journal.erase(priorModeKey(context.uuid(slot))); !erased.ok()) report.sentence = std::string(sentenceOf(erased));
    }
    crashPoint("agent.reopen.settings");
    if (allBack)
        for (Evidence& hook : runHooks(context, "return")) report.evidence.push_back(std::move(hook));
    report.state = allBack ? stateOf(report.evidence) : StepState::failed;
    if (report.sentence.empty()) report.sentence = report.state == StepState::succeeded ? "settings are as before the drain" : "not every setting is as before the drain";
    return report;
}

} // namespace busbar::agent
