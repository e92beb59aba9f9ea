// configure: the settings a lease asks for, persistence first (settings vanish when the driver unloads); without settings in the command the
// GPUs go back to what they were before the first lease changed them. Each one is set, then read back; locked clocks have no getter and are
// observed under load. Idempotent: yes (the value before us is journaled once). Interruptible: no. Destructive: no.
// MIG mode that a lease turned on is ended with its tenant's instances before anything is put back.
// Under the policy `read-only` nothing is touched and the step says so.
#include "base/crash_point.h"
#include "busbar-agent/steps/mig_step.h"
#include "busbar-agent/steps/settings.h"

#include <absl/strings/numbers.h>

namespace busbar::agent {
namespace {

std::string textOf(Setting setting, const StatusOr<std::int64_t>& value) { return value.ok() ? valueText(setting, *value) : std::string(sentenceOf(value.status())); }

class Configurer {
public:
    Configurer(StepContext& context, StepReport& report) : m_context(context), m_report(report) {}

    void set(std::size_t slot, Setting setting, std::int64_t wanted) {
        const std::string& uuid = m_context.uuid(slot);
        const auto before = m_context.driver->readSetting(slot, setting);
        if (const Status noted = rememberBaseline(m_context, slot, setting, before); !noted.ok()) return add(uuid, setting, before, std::string(sentenceOf(noted)), wanted, Verdict::notAsSet);
        // What is as wanted is left alone, so that a step that was cut off does not set twice. Locked clocks cannot be asked.
        const Status written = before.ok() && *before == wanted ? absl::OkStatus() : m_context.driver->writeSetting(slot, setting, wanted);
        crashPoint("agent.configure.set");
        if (!written.ok()) return add(uuid, setting, before, std::string(sentenceOf(written)), wanted, Verdict::notAsSet);
        if (setting != Setting::lockedClockMhz) m_report.evidence.push_back(settingEvidence(m_context, slot, setting, textOf(setting, before), wanted));
        else if (wanted != 0) m_locked.emplace_back(slot, wanted);
        else add(uuid, setting, before, "unlocked; NVML has no getter", wanted, Verdict::asSet);
    }
    /// Reads locked clocks back from a load.
    void observe() {
        for (Evidence& seen : observeLockedClocks(m_context, m_locked)) m_report.evidence.push_back(std::move(seen));
    }
    /// Back to the journal's value, which is then forgotten.
    void restore(std::size_t slot, Setting setting) {
        const std::string& uuid = m_context.uuid(slot);
        const auto stored = m_context.journal.get(baselineKeyOf(uuid, setting));
        std::int64_t wanted = 0;
        if (!stored.ok() || !stored->has_value() || !absl::SimpleAtoi(**stored, &wanted)) return;
        if (setting == Setting::computeMode && isClosed(uuid)) leaveToReopen(slot, wanted);
        else set(slot, setting, wanted);
        if (m_report.evidence.back().verdict == Verdict::asSet) (void)m_context.journal.erase(baselineKeyOf(uuid, setting)); // One that stays is set once more at the next release: harmless.
    }

private:
    /// True while a close holds this GPU's compute mode at prohibited.
    bool isClosed(const std::string& uuid) const {
        const auto prior = m_context.journal.get(priorModeKey(uuid));
        return prior.ok() && prior->has_value();
    }
    /// The mode stays prohibited until the node opens; what reopen then sets is the mode before the lease.
    void leaveToReopen(std::size_t slot, std::int64_t wanted) {
        const std::string& uuid = m_context.uuid(slot);
        const auto now = m_context.driver->readSetting(slot, Setting::computeMode);
        const Status noted = m_context.journal.put(priorModeKey(uuid), std::to_string(wanted));
        add(uuid, Setting::computeMode, now, noted.ok() ? fmt::format("{} while the node is closed; {} with its opening", textOf(Setting::computeMode, now), valueText(Setting::computeMode, wanted)) : std::string(sentenceOf(noted)),
            wanted, noted.ok() ? Verdict::asSet : Verdict::notAsSet);
    }
    void add(const std::string& uuid, Setting setting, const StatusOr<std::int64_t>& before, std::string after, std::int64_t wanted, Verdict verdict) {
        m_report.evidence.push_back(evidenceOf(m_context, uuid, nameOf(setting), textOf(setting, before), std::move(after), valueText(setting, wanted), m_context.source(), verdict));
    }
    StepContext& m_context;
    StepReport& m_report;
    std::vector<std::pair<std::size_t, std::int64_t>> m_locked;
};

} // namespace

StepReport runConfigure(StepContext& context) {
    const GpuSettings& wanted = context.command.details.settings;
    if (!context.policy.settingsAllowed)
        return reportOf(context, StepState::skipped, fmt::format("nothing is set: this agent's settings are read-only{}", wanted.any() ? "; asked for was " + textOf(wanted) : ""));
    if (context.driver == nullptr) return reportOf(context, StepState::failed, "there is nothing to set: " + context.driverWhy);
    StepReport report = reportOf(context, StepState::succeeded, "");
    if (const Status ended = wanted.any() ? absl::OkStatus() : endMig(context, report.evidence); !ended.ok()) {
        report.state = StepState::failed;
        report.sentence = fmt::format("nothing was put back: {}", sentenceOf(ended));
        return report;
    }
    Configurer configurer(context, report);
    for (const Setting setting : kSettings)
        for (const std::size_t slot : context.slots()) {
            if (const auto value = wantedOf(wanted, setting); value.has_value()) configurer.set(slot, setting, *value);
            else if (!wanted.any()) configurer.restore(slot, setting);
        }
    configurer.observe();
    if (!report.evidence.empty()) report.state = strictStateOf(report.evidence);
    report.sentence = report.evidence.empty() ? "nothing had to be set" : fmt::format("{} settings read back", report.evidence.size());
    if (report.state != StepState::succeeded) report.sentence = faultOf(report.evidence);
    return report;
}

} // namespace busbar::agent
