// MIG: the mode that a lease asks for, on each GPU, once nothing of ours has to compute there any more. Idempotent: yes (what was before us is
// journaled once). Interruptible: no. Destructive: no. Reads back: each GPU's MIG mode, and what configure had set before.
// Under the policy `read-only` nothing is touched and the step says so.
#include "busbar-agent/steps/mig_step.h"

#include "base/crash_point.h"
#include "busbar-agent/driver/nvml_abi.h"
#include "busbar-agent/steps/blockers.h"
#include "busbar-agent/steps/settings.h"

#include <map>

namespace busbar::agent {
namespace {

/// A GPU that is reset on its way into the mode or out of it loses these.
constexpr Setting kKept[] = {Setting::persistence, Setting::powerLimitWatts};

std::string modeText(const StatusOr<MigMode>& mode) {
    if (!mode.ok()) return std::string(sentenceOf(mode.status()));
    const std::string now = valueText(Setting::mig, mode->on ? 1 : 0);
    return mode->on == mode->pending ? now : fmt::format("{}, {} after a GPU reset", now, valueText(Setting::mig, mode->pending ? 1 : 0));
}

std::string layoutText(const StatusOr<MigLayout>& layout) {
    if (!layout.ok()) return std::string(sentenceOf(layout.status()));
    if (layout->isEmpty()) return "none";
    const auto text = [](int count, const char* what) { return fmt::format("{} {} instance{}", count, what, count == 1 ? "" : "s"); };
    return fmt::format("{}, {}", text(layout->gpuInstances, "GPU"), text(layout->computeInstances, "compute"));
}

/// `text`, and why it is so where the driver said.
std::string with(std::string text, const Status& why) { return why.ok() ? text : fmt::format("{} ({})", text, sentenceOf(why)); }

Status setMode(StepContext& context, std::size_t slot, bool on) {
    GpuDriver& driver = *context.driver;
    std::map<Setting, std::int64_t> before;
    for (const Setting setting : kKept)
        if (const auto value = driver.readSetting(slot, setting); value.ok()) before[setting] = *value;
    const Status set = driver.writeSetting(slot, Setting::mig, on ? 1 : 0);
    for (const auto& [setting, value] : before)
        if (const auto now = driver.readSetting(slot, setting); now.ok() && *now != value) (void)driver.writeSetting(slot, setting, value); // What the lease asks for is read back by its steps.
    return set;
}

Evidence modeEvidence(const StepContext& context, std::size_t slot, const StatusOr<MigMode>& before, bool wanted, const Status& set) {
    const auto now = context.driver->migMode(slot);
    const Verdict verdict = !now.ok() ? Verdict::notReadable : now->on == wanted && now->pending == wanted ? Verdict::asSet : Verdict::notAsSet;
    return evidenceOf(context, context.uuid(slot), nameOf(Setting::mig), modeText(before), with(modeText(now), verdict == Verdict::asSet ? absl::OkStatus() : set), valueText(Setting::mig, wanted ? 1 : 0), context.source(),
                      verdict);
}

/// The mode before us, and the compute mode, which the driver puts to default with it.
Status rememberBefore(const StepContext& context, std::size_t slot, const StatusOr<MigMode>& before) {
    if (!before.ok()) return before.status();
    const auto computeMode = context.driver->readSetting(slot, Setting::computeMode);
    if (computeMode.ok() && *computeMode != nvml::kComputeModeDefault)
        if (const Status noted = rememberBaseline(context, slot, Setting::computeMode, computeMode); !noted.ok()) return noted;
    return rememberBaseline(context, slot, Setting::mig, std::int64_t{before->on ? 1 : 0});
}

void turnOn(StepContext& context, std::size_t slot, std::vector<Evidence>& evidence) {
    const auto before = context.driver->migMode(slot);
    if (const Status noted = rememberBefore(context, slot, before); !noted.ok()) {
        evidence.push_back(evidenceOf(context, context.uuid(slot), nameOf(Setting::mig), modeText(before), std::string(sentenceOf(noted)), valueText(Setting::mig, 1), context.source(), Verdict::notAsSet));
        return;
    }
    const Status set = before->on && before->pending ? absl::OkStatus() : setMode(context, slot, true);
    crashPoint("agent.mig.on");
    evidence.push_back(modeEvidence(context, slot, before, true, set));
    for (const Setting setting : kKept)
        if (const auto wanted = wantedOf(context.command.details.settings, setting)) evidence.push_back(settingEvidence(context, slot, setting, valueText(setting, *wanted), *wanted));
}

/// Whether a lease turned it on, or tried to.
StatusOr<bool> isOfALease(const StepContext& context, std::size_t slot) {
    const auto before = context.journal.get(baselineKeyOf(context.uuid(slot), Setting::mig));
    if (!before.ok()) return before.status();
    if (!before->has_value() || **before != "0") return false;
    const auto mode = context.driver->migMode(slot);
    if (absl::IsUnimplemented(mode.status())) return false;
    if (!mode.ok()) return unavailable("{}: whether it is still in MIG mode is not known: {}", context.uuid(slot), sentenceOf(mode.status()));
    return mode->on || mode->pending;
}

Status stays(const StepContext& context, std::size_t slot, const Evidence& fact) {
    return fact.verdict == Verdict::asSet ? absl::OkStatus() : refused("{} of {}: {}, expected is {}: {}", fact.fact, fact.subject, fact.after, fact.expected, migWayOut(context, slot));
}

Status destroyInstances(StepContext& context, std::size_t slot, std::vector<Evidence>& evidence) {
    const auto before = context.driver->migLayout(slot);
    const Status destroyed = context.driver->destroyMigInstances(slot);
    const auto after = context.driver->migLayout(slot);
    const Verdict verdict = !after.ok() ? Verdict::notReadable : after->isEmpty() ? Verdict::asSet : Verdict::notAsSet;
    evidence.push_back(evidenceOf(context, context.uuid(slot), "MIG instances", layoutText(before), verdict == Verdict::notAsSet ? with(layoutText(after), destroyed) : layoutText(after), "none", context.source(), verdict));
    return stays(context, slot, evidence.back());
}

Status turnOff(StepContext& context, std::size_t slot, std::vector<Evidence>& evidence) {
    const auto before = context.driver->migMode(slot);
    if (before.ok() && before->on)
        if (const Status gone = destroyInstances(context, slot, evidence); !gone.ok()) return gone;
    crashPoint("agent.mig.destroyed");
    const Status set = setMode(context, slot, false);
    evidence.push_back(modeEvidence(context, slot, before, false, set));
    if (evidence.back().verdict == Verdict::asSet) (void)context.journal.erase(baselineKeyOf(context.uuid(slot), Setting::mig)); // One that stays is set once more by configure: harmless.
    return stays(context, slot, evidence.back());
}

} // namespace

Status endMig(StepContext& context, std::vector<Evidence>& evidence) {
    if (context.driver == nullptr || !context.policy.settingsAllowed) return absl::OkStatus();
    std::vector<std::size_t> ours;
    for (const std::size_t slot : context.slots()) {
        const auto is = isOfALease(context, slot);
        if (!is.ok()) return is.status();
        if (*is) ours.push_back(slot);
    }
    if (ours.empty()) return absl::OkStatus();
    // The driver refuses an instance in use only when its neighbours are gone already.
    if (const Holding holding = findLastingHolders(context); !holding.blockers.empty()) return refused("{}: end it before MIG mode is turned off", describe(holding));
    for (const std::size_t slot : ours)
        if (const Status off = turnOff(context, slot, evidence); !off.ok()) return off;
    return absl::OkStatus();
}

std::string migWayOut(const StepContext& context, std::size_t slot) {
    const std::string& address = context.driver->gpus()[slot].pciAddress;
    return fmt::format("on the node destroy its instances (nvidia-smi mig -i {} -dci; nvidia-smi mig -i {} -dgi) and turn MIG off (nvidia-smi -i {} -mig 0), then try again", address, address, address);
}

StepReport runMig(StepContext& context) {
    if (!context.policy.settingsAllowed) return reportOf(context, StepState::skipped, "nothing is set: this agent's settings are read-only; asked for was MIG mode on");
    if (context.driver == nullptr) return reportOf(context, StepState::failed, "there is nothing to set: " + context.driverWhy);
    if (!context.command.details.settings.mig.value_or(false)) return reportOf(context, StepState::failed, "the command does not ask for MIG mode");
    StepReport report = reportOf(context, StepState::unknown, "");
    for (const std::size_t slot : context.slots()) turnOn(context, slot, report.evidence);
    report.state = strictStateOf(report.evidence);
    report.sentence = report.state == StepState::succeeded ? "MIG mode is on: its tenant divides the GPUs, and their utilisation is not measured in it" : faultOf(report.evidence);
    if (report.sentence.empty()) report.sentence = "there is no GPU to set";
    return report;
}

} // namespace busbar::agent
