#include "busbar-agent/steps/settings.h"

#include "busbar-agent/steps/gpu_worker.h"

#include <cstdlib>

namespace busbar::agent {
namespace {

constexpr double kObserveSeconds = 3;
constexpr std::int64_t kClockToleranceMhz = 15; // One step of the SM clock.

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

} // namespace

std::string baselineKeyOf(const std::string& uuid, Setting setting) { return fmt::format("baseline/{}/{}", uuid, nameOf(setting)); }

Status rememberBaseline(const StepContext& context, std::size_t slot, Setting setting, const StatusOr<std::int64_t>& before) {
    const std::string key = baselineKeyOf(context.uuid(slot), setting);
    const auto known = context.journal.get(key);
    if (!known.ok()) return known.status();
    if (known->has_value()) return absl::OkStatus();
    if (!before.ok() && setting != Setting::lockedClockMhz) return before.status();
    return context.journal.put(key, std::to_string(before.ok() ? *before : 0));
}

Evidence settingEvidence(const StepContext& context, std::size_t slot, Setting setting, const std::string& before, std::int64_t wanted) {
    const auto now = context.driver->readSetting(slot, setting);
    const Verdict verdict = !now.ok() ? Verdict::notReadable : *now == wanted ? Verdict::asSet : Verdict::notAsSet;
    std::string after = now.ok() ? valueText(setting, *now) : std::string(sentenceOf(now.status()));
    if (verdict == Verdict::notAsSet && (setting == Setting::ecc || setting == Setting::mig)) after += " (a change of it may need a GPU reset before it counts)";
    return evidenceOf(context, context.uuid(slot), nameOf(setting), before, after, valueText(setting, wanted), context.source(), verdict);
}

std::vector<Evidence> observeLockedClocks(StepContext& context, const std::vector<std::pair<std::size_t, std::int64_t>>& locked) {
    std::vector<Evidence> evidence;
    if (locked.empty()) return evidence;
    const auto clocks = observeClocks(context);
    for (const auto& [slot, wanted] : locked) {
        const auto seen = clocks.find(context.uuid(slot));
        const bool near = seen != clocks.end() && std::abs(seen->second - wanted) <= kClockToleranceMhz;
        evidence.push_back(evidenceOf(context, context.uuid(slot), nameOf(Setting::lockedClockMhz), "", seen == clocks.end() ? "no load could be run" : fmt::format("{} MHz under load", seen->second),
                                      valueText(Setting::lockedClockMhz, wanted), "observed", seen == clocks.end() ? Verdict::notReadable : near ? Verdict::asSet : Verdict::notAsSet));
    }
    return evidence;
}

std::vector<Evidence> readBackSettings(StepContext& context) {
    std::vector<Evidence> evidence;
    std::vector<std::pair<std::size_t, std::int64_t>> locked;
    for (const Setting setting : kSettings) {
        const auto wanted = wantedOf(context.command.details.settings, setting);
        if (!wanted) continue;
        for (const std::size_t slot : context.slots()) {
            if (setting != Setting::lockedClockMhz) evidence.push_back(settingEvidence(context, slot, setting, valueText(setting, *wanted), *wanted));
            else if (*wanted != 0) locked.emplace_back(slot, *wanted);
        }
    }
    for (Evidence& seen : observeLockedClocks(context, locked)) evidence.push_back(std::move(seen));
    return evidence;
}

} // namespace busbar::agent
