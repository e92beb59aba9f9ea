// configure: the settings a lease asks for, persistence first (settings vanish when the driver unloads); without settings in the command the
// GPUs go back to what they were before the first lease changed them. Each one is set, then read back; locked clocks have no getter and are
// observed under load. Idempotent: yes (the value before us is journaled once). Interruptible: no. Destructive: no. Longest: 5 min.
// Under the policy `read-only` nothing is touched and the step says so.
#include "busbar-agent/steps/gpu_worker.h"

#include <absl/strings/numbers.h>

#include <algorithm>

namespace busbar::agent {
namespace {

constexpr double kObserveSeconds = 3;
constexpr std::int64_t kClockToleranceMhz = 15; // One step of the SM clock.
constexpr Setting kOrder[] = {Setting::persistence, Setting::ecc, Setting::mig, Setting::powerLimitWatts, Setting::lockedClockMhz, Setting::computeMode};

std::optional<std::int64_t> wantedOf(const GpuSettings& settings, Setting setting) {
    switch (setting) {
    case Setting::persistence: return settings.persistence;
    case Setting::computeMode: return settings.computeMode;
    case Setting::powerLimitWatts: return settings.powerLimitWatts;
    case Setting::lockedClockMhz: return settings.lockedClockMhz;
    case Setting::mig: return settings.mig;
    case Setting::ecc: return settings.ecc;
    }
    return std::nullopt;
}

std::string baselineKeyOf(const std::string& uuid, Setting setting) { return fmt::format("baseline/{}/{}", uuid, nameOf(setting)); }

std::string textOf(Setting setting, const StatusOr<std::int64_t>& value) { return value.ok() ? valueText(setting, *value) : std::string(sentenceOf(value.status())); }

/// SM clocks under load, MHz by GPU UUID; empty when the load could not be run.
std::map<std::string, std::int64_t> observeClocks(StepContext& context) {
    std::map<std::string, std::int64_t> clocks;
    GpuJob job;
    job.test = GpuTest::hold;
    job.seconds = kObserveSeconds;
    for (const std::size_t slot : context.slots()) job.uuids.push_back(context.uuid(slot));
    const GpuRun run = runGpuJob(context, job, 0, 1, [&] {
        for (const std::size_t slot : context.slots()) {
            const GpuReadings readings = context.driver->read(slot, GpuDriver::Depth::all);
            if (const auto found = readings.find(Metric::smClock); found != readings.end() && found->second.value >= 0) clocks[context.uuid(slot)] = found->second.value;
        }
    });
    return run.status.ok() ? clocks : std::map<std::string, std::int64_t>();
}

class Configurer {
public:
    Configurer(StepContext& context, StepReport& report) : m_context(context), m_report(report) {}

    void set(std::size_t slot, Setting setting, std::int64_t wanted) {
        const std::string& uuid = m_context.uuid(slot);
        const auto before = m_context.driver->readSetting(slot, setting);
        if (const Status noted = rememberBaseline(uuid, setting, before); !noted.ok()) return add(uuid, setting, before, std::string(sentenceOf(noted)), wanted, Verdict::notAsSet);
        const Status written = m_context.driver->writeSetting(slot, setting, wanted);
        if (!written.ok()) return add(uuid, setting, before, std::string(sentenceOf(written)), wanted, Verdict::notAsSet);
        if (setting == Setting::lockedClockMhz) {
            if (wanted != 0) m_locked.emplace_back(slot, wanted);
            else add(uuid, setting, before, "unlocked; NVML has no getter", wanted, Verdict::asSet);
            return;
        }
        const auto after = m_context.driver->readSetting(slot, setting);
        add(uuid, setting, before, textOf(setting, after), wanted, !after.ok() ? Verdict::notReadable : *after == wanted ? Verdict::asSet : Verdict::notAsSet);
    }
    /// Reads locked clocks back from a load.
    void observe() {
        if (m_locked.empty()) return;
        const auto clocks = observeClocks(m_context);
        for (const auto& [slot, wanted] : m_locked) {
            const std::string& uuid = m_context.uuid(slot);
            const auto seen = clocks.find(uuid);
            const bool near = seen != clocks.end() && std::abs(seen->second - wanted) <= kClockToleranceMhz;
            m_report.evidence.push_back(evidenceOf(m_context, uuid, nameOf(Setting::lockedClockMhz), "", seen == clocks.end() ? "no load could be run" : fmt::format("{} MHz under load", seen->second),
                                                   fmt::format("{} MHz", wanted), "observed", seen == clocks.end() ? Verdict::notReadable : near ? Verdict::asSet : Verdict::notAsSet));
        }
    }
    /// Back to the journal's value, which is then forgotten.
    void restore(std::size_t slot, Setting setting) {
        const std::string& uuid = m_context.uuid(slot);
        const auto stored = m_context.journal.get(baselineKeyOf(uuid, setting));
        std::int64_t wanted = 0;
        if (!stored.ok() || !stored->has_value() || !absl::SimpleAtoi(**stored, &wanted)) return;
        set(slot, setting, wanted);
        if (m_report.evidence.back().verdict == Verdict::asSet) (void)m_context.journal.erase(baselineKeyOf(uuid, setting)); // One that stays is set once more at the next release: harmless.
    }

private:
    Status rememberBaseline(const std::string& uuid, Setting setting, const StatusOr<std::int64_t>& before) {
        const std::string key = baselineKeyOf(uuid, setting);
        const auto known = m_context.journal.get(key);
        if (!known.ok()) return known.status();
        if (known->has_value()) return absl::OkStatus();
        if (!before.ok() && setting != Setting::lockedClockMhz) return before.status();
        return m_context.journal.put(key, std::to_string(before.ok() ? *before : 0));
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
    if (!context.policy.settingsAllowed) {
        StepReport report = reportOf(context, StepState::skipped, "nothing is set: this agent's settings are read-only");
        return report;
    }
    if (context.driver == nullptr) return reportOf(context, StepState::failed, "there is nothing to set: " + context.driverWhy);
    StepReport report = reportOf(context, StepState::succeeded, "");
    Configurer configurer(context, report);
    for (const Setting setting : kOrder)
        for (const std::size_t slot : context.slots()) {
            if (const auto value = wantedOf(wanted, setting); value.has_value()) configurer.set(slot, setting, *value);
            else if (!wanted.any()) configurer.restore(slot, setting);
        }
    configurer.observe();
    if (!report.evidence.empty()) report.state = stateOf(report.evidence);
    report.sentence = report.evidence.empty() ? "nothing had to be set" : fmt::format("{} settings read back", report.evidence.size());
    for (const Evidence& fact : report.evidence)
        if (fact.verdict != Verdict::asSet) report.sentence = fmt::format("{} of {}: {}, expected {}", fact.fact, fact.subject, fact.after, fact.expected);
    return report;
}

} // namespace busbar::agent
