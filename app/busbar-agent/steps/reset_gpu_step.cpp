// GPU reset: the driver's own reset tool on GPUs that nobody holds (lifecycle.md §6). There is no public NVML call for it, and our own NVML
// handle is a client of every GPU: the driver is given up meanwhile, which ends what the collectors ask of it, and opened again after.
// Idempotent: no: after a crash it only looks, and says what it finds. Interruptible: no. Destructive: yes.
// Reads back per GPU: the same UUID answers, volatile ECC counters and pending row remaps are gone, the drain state is off, and the settings
// that a reset takes away (persistence, power limit, compute mode) are as before.
#include "base/crash_point.h"
#include "busbar-agent/steps/blockers.h"
#include "busbar-agent/steps/hook_process.h"
#include "domain/gpu_reset.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

constexpr Setting kKept[] = {Setting::persistence, Setting::powerLimitWatts, Setting::computeMode};
constexpr std::int64_t kToolLimitMs = 120'000;
constexpr std::int64_t kReadBackMs = 30'000; // of the step's time, kept for opening the driver again and reading back
constexpr int kResumeTries = 5;
constexpr auto kBetweenTries = std::chrono::seconds(1);

std::string issuedKey(const StepContext& context) { return "reset/" + context.command.commandId + "/issued"; }
std::string keptKey(const std::string& uuid, Setting setting) { return fmt::format("reset/{}/{}", uuid, nameOf(setting)); }
std::string sentence(const Status& status) { return std::string(sentenceOf(status)); }

Status checkGpu(const StepContext& context, std::size_t slot) {
    if (const Status there = context.driver->answers(slot); !there.ok()) return refused("{}: {}: a reset cannot reach it, reboot the node or cut its power", context.uuid(slot), sentence(there));
    const auto instances = context.driver->migInstances(slot);
    if (!instances.ok()) return refused("{}: {}", context.uuid(slot), sentence(instances.status()));
    if (*instances > 0) return refused("{} has {} MIG instance{}: destroy them first", context.uuid(slot), *instances, *instances == 1 ? "" : "s");
    return absl::OkStatus();
}

Status checkReset(const StepContext& context, const std::vector<std::size_t>& slots) {
    if (!context.policy.settingsAllowed) return refused("this agent's settings are read-only, and a GPU reset takes settings away: set settings = allowed in agent.toml, or reboot the node");
    if (context.driver == nullptr) return refused("there is nothing to reset: {}", context.driverWhy);
    if (slots.empty() || (!context.wholeNode() && slots.size() != context.command.gpuUuids.size())) return refused("not every GPU asked for is in this node");
    if (const Status scope = checkResetScope(context.driver->gpus(), context.command.gpuUuids); !scope.ok()) return scope;
    for (const std::size_t slot : slots)
        if (const Status fit = checkGpu(context, slot); !fit.ok()) return fit;
    return context.driver->resetTool().status();
}

class GpuReset {
public:
    GpuReset(StepContext& context, std::vector<std::size_t> slots) : m_context(context), m_slots(std::move(slots)) {}

    StepReport run() {
        if (const Status ready = prepare(); !ready.ok()) {
            putBack();
            return reportOf(m_context, StepState::failed, sentence(ready) + "; nothing was reset");
        }
        if (const Status noted = m_context.journal.put(issuedKey(m_context), "issued"); !noted.ok()) {
            putBack();
            return reportOf(m_context, StepState::failed, sentence(noted));
        }
        crashPoint("agent.reset.issued");
        if (const Status down = m_context.driver->suspend(); !down.ok()) {
            putBack();
            return reportOf(m_context, StepState::failed, sentence(down) + "; nothing was reset");
        }
        const HookOutcome tool = runTool();
        crashPoint("agent.reset.ran");
        return finish(tool, bringBack());
    }

    /// The agent was restarted after it had issued the reset.
    StepReport look() {
        StepReport report = reportOf(m_context, StepState::unknown, "the agent was restarted while it reset GPUs and does not repeat that; what it reads now is in the evidence");
        putBack();
        readBack(report);
        return report;
    }

private:
    GpuDriver& driver() const { return *m_context.driver; }

    Status prepare() {
        for (const std::size_t slot : m_slots) {
            const GpuReadings readings = driver().read(slot, GpuDriver::Depth::all);
            if (const auto ecc = readings.find(Metric::eccUncorrected); ecc != readings.end() && ecc->second.value >= 0) m_eccBefore[slot] = std::to_string(ecc->second.value);
            if (const Status kept = remember(slot); !kept.ok()) return kept;
            if (const Status quiet = close(slot); !quiet.ok()) return quiet;
        }
        // No new client gets in by now: whoever holds a GPU was there before.
        if (const Holding holding = findHolders(m_context); !holding.blockers.empty()) return refused("{}: end it before the GPU is reset", describe(holding));
        // The tool is a new NVML client itself and would not see a GPU in drain state; it refuses a GPU in use by its own look.
        for (const std::size_t slot : m_slots)
            if (const Status off = drain(slot, false); !off.ok()) return off;
        return absl::OkStatus();
    }

    Status remember(std::size_t slot) {
        for (const Setting setting : kKept) {
            const auto value = driver().readSetting(slot, setting);
            const auto before = m_context.journal.get(keptKey(m_context.uuid(slot), setting));
            if (!before.ok()) return before.status();
            if (!value.ok() || before->has_value()) continue;
            if (const Status noted = m_context.journal.put(keptKey(m_context.uuid(slot), setting), std::to_string(*value)); !noted.ok()) return noted;
        }
        return absl::OkStatus();
    }

    /// Persistence off, which the drain state needs and which counts as a client of its own; then no new clients.
    Status close(std::size_t slot) {
        const auto persistence = driver().readSetting(slot, Setting::persistence);
        if (persistence.ok() && *persistence != 0) {
            if (const Status off = driver().writeSetting(slot, Setting::persistence, 0); !off.ok()) return off;
            if (const auto now = driver().readSetting(slot, Setting::persistence); !now.ok() || *now != 0) return internal("persistence mode of {} was set to off and is not", m_context.uuid(slot));
        }
        return drain(slot, true);
    }

    /// A driver without drain state is no reason to stop: its reset tool refuses a GPU in use by itself.
    Status drain(std::size_t slot, bool on) {
        const Status set = driver().setDraining(slot, on);
        if (!set.ok()) return absl::IsUnimplemented(set) ? absl::OkStatus() : set;
        const auto now = driver().draining(slot);
        if (!now.ok() && !absl::IsUnimplemented(now.status())) return now.status();
        return !now.ok() || *now == on ? absl::OkStatus() : internal("the drain state of {} was set and is not as set", m_context.uuid(slot));
    }

    HookOutcome runTool() const {
        std::string addresses;
        for (const std::size_t slot : m_slots) addresses += (addresses.empty() ? "" : ",") + driver().gpus()[slot].pciAddress;
        const auto path = driver().resetTool();
        if (!path.ok()) return {-1, false, sentence(path.status())};
        const std::int64_t left = m_context.endBootMs - m_context.clock.bootMs() - kReadBackMs;
        return runHookProcess(*path, "", std::clamp<std::int64_t>(left, 1'000, kToolLimitMs), m_context.clock, {"--gpu-reset", "-i", addresses});
    }

    Status bringBack() {
        Status back = driver().resume();
        for (int tries = 1; absl::IsInternal(back) && tries < kResumeTries; ++tries) {
            std::this_thread::sleep_for(kBetweenTries);
            back = driver().resume();
        }
        return back;
    }

    StepReport finish(const HookOutcome& tool, const Status& back) {
        StepReport report = reportOf(m_context, StepState::failed, "");
        if (!absl::IsInternal(back)) putBack();
        readBack(report);
        if (tool.timedOut) {
            report.state = StepState::unknown;
            report.sentence = fmt::format("the driver's reset tool was {}: whether the GPU was reset is not known", tool.output);
        } else if (tool.exitCode != 0) {
            report.sentence = fmt::format("the driver's reset tool {}: {}", tool.exitCode < 0 ? "could not be run" : fmt::format("ended with code {}", tool.exitCode), tool.output);
        } else if (!back.ok()) {
            report.sentence = fmt::format("after the reset: {}", sentence(back));
        } else {
            report.state = stateOf(report.evidence);
            report.sentence = report.state == StepState::succeeded ? fmt::format("reset: {} GPU{} with the same UUID, volatile counters gone, settings as before", m_slots.size(), m_slots.size() == 1 ? " answers" : "s answer") : "";
        }
        for (const Evidence& fact : report.evidence)
            if (report.sentence.empty() && fact.verdict == Verdict::notAsSet) report.sentence = fmt::format("{} of {} is {}, expected is {}", fact.fact, fact.subject, fact.after, fact.expected);
        if (report.sentence.empty()) report.sentence = "nothing could be read back";
        return report;
    }

    void putBack() {
        for (const std::size_t slot : m_slots) {
            (void)drain(slot, false); // Read back below.
            for (const Setting setting : kKept) {
                const auto wanted = keptValue(slot, setting);
                const auto now = driver().readSetting(slot, setting);
                if (wanted && now.ok() && *now != *wanted) (void)driver().writeSetting(slot, setting, *wanted); // Read back below.
            }
        }
    }

    std::optional<std::int64_t> keptValue(std::size_t slot, Setting setting) const {
        const auto stored = m_context.journal.get(keptKey(m_context.uuid(slot), setting));
        std::int64_t value = 0;
        if (!stored.ok() || !stored->has_value() || !absl::SimpleAtoi(**stored, &value)) return std::nullopt;
        return value;
    }

    void readBack(StepReport& report) {
        for (const std::size_t slot : m_slots) {
            const std::string& uuid = m_context.uuid(slot);
            const Status there = driver().answers(slot);
            report.evidence.push_back(evidenceOf(m_context, uuid, "answers after the reset", uuid, there.ok() ? uuid : sentence(there), "the same UUID", m_context.source(), there.ok() ? Verdict::asSet : Verdict::notAsSet));
            if (!there.ok()) continue;
            readCounters(slot, report);
            if (const auto draining = driver().draining(slot); !absl::IsUnimplemented(draining.status()))
                report.evidence.push_back(evidenceOf(m_context, uuid, "drain state", "off", !draining.ok() ? sentence(draining.status()) : *draining ? "on" : "off", "off", m_context.source(),
                                                     !draining.ok() ? Verdict::notReadable : *draining ? Verdict::notAsSet : Verdict::asSet));
            readSettings(slot, report);
        }
    }

    void readCounters(std::size_t slot, StepReport& report) {
        const GpuReadings readings = driver().read(slot, GpuDriver::Depth::all);
        constexpr std::pair<Metric, const char*> kGone[] = {{Metric::eccUncorrected, "uncorrected ECC errors"}, {Metric::remapPending, "row remap pending"}, {Metric::recoveryAction, "recovery action the driver asks for"}};
        for (const auto& [metric, fact] : kGone) {
            const auto reading = readings.find(metric);
            if (reading == readings.end() || reading->second.value == kNotSupported) continue; // A device without it cannot fail by it.
            const bool read = reading->second.value >= 0;
            report.evidence.push_back(evidenceOf(m_context, m_context.uuid(slot), fact, metric == Metric::eccUncorrected ? m_eccBefore[slot] : "", read ? std::to_string(reading->second.value) : reading->second.why, "0",
                                                 m_context.source(), !read ? Verdict::notReadable : reading->second.value == 0 ? Verdict::asSet : Verdict::notAsSet));
        }
    }

    void readSettings(std::size_t slot, StepReport& report) {
        for (const Setting setting : kKept) {
            const auto wanted = keptValue(slot, setting);
            if (!wanted) continue;
            const auto now = driver().readSetting(slot, setting);
            const bool isBack = now.ok() && *now == *wanted;
            report.evidence.push_back(evidenceOf(m_context, m_context.uuid(slot), nameOf(setting), valueText(setting, *wanted), now.ok() ? valueText(setting, *now) : sentence(now.status()), valueText(setting, *wanted),
                                                 m_context.source(), isBack ? Verdict::asSet : now.ok() ? Verdict::notAsSet : Verdict::notReadable));
            if (isBack) (void)m_context.journal.erase(keptKey(m_context.uuid(slot), setting)); // One that stays makes the next reset set the same again: harmless.
        }
    }

    StepContext& m_context;
    const std::vector<std::size_t> m_slots;
    std::map<std::size_t, std::string> m_eccBefore;
};

} // namespace

StepReport runResetGpu(StepContext& context) {
    const std::vector<std::size_t> slots = context.slots();
    const auto issued = context.journal.get(issuedKey(context));
    if (!issued.ok()) return reportOf(context, StepState::failed, sentence(issued.status()));
    if (issued->has_value() && context.driver != nullptr) return GpuReset(context, slots).look();
    if (issued->has_value()) return reportOf(context, StepState::unknown, "the agent was restarted while it reset GPUs, and there is no driver now: " + context.driverWhy);
    if (const Status may = checkReset(context, slots); !may.ok()) return reportOf(context, StepState::failed, sentence(may));
    if (const Holding holding = findHolders(context); !holding.blockers.empty()) {
        StepReport report = reportOf(context, StepState::failed, fmt::format("{}: end it before the GPU is reset", describe(holding)));
        report.blockers = holding.blockers;
        return report;
    }
    return GpuReset(context, slots).run();
}

} // namespace busbar::agent
