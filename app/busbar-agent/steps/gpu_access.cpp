#include "busbar-agent/steps/gpu_access.h"

#include "busbar-agent/driver/nvml_abi.h"
#include "busbar-agent/steps/blockers.h"
#include "busbar-agent/steps/gpu_facts.h"
#include "busbar-agent/steps/mig_step.h"

#include <absl/strings/numbers.h>

#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

constexpr std::chrono::milliseconds kLookEvery(100);
constexpr std::int64_t kRemainsMs = 30'000;

std::string formerModeKey(const std::string& uuid) { return "former/" + uuid + "/compute mode"; }

} // namespace

GpuAccess::~GpuAccess() { giveBack(); }

Status GpuAccess::take() {
    const Holding holding = findLastingHolders(m_context);
    if (!holding.blockers.empty()) return refused("{}: end it before the GPUs are tested", describe(holding));
    if (const Status whole = checkWhole(); !whole.ok()) return whole;
    // A list that cannot be read says nothing of who else is there: then nothing that was computed is proven.
    StepReport before;
    addClients(m_context, nullptr, holding, before);
    for (Evidence& fact : before.evidence) {
        fact.fact = "processes before the test";
        m_evidence.push_back(std::move(fact));
    }
    if (const Status idle = noteMemory(); !idle.ok()) return idle;
    if (!m_context.policy.settingsAllowed) return absl::OkStatus();
    for (const std::size_t slot : m_context.slots()) {
        const std::string& uuid = m_context.uuid(slot);
        const auto mode = m_context.driver->computeMode(slot);
        if (!mode.ok()) return mode.status();
        // A step cut off before left its former mode in the journal: that one counts, not what it had set.
        const auto former = m_context.journal.get(formerModeKey(uuid));
        if (!former.ok()) return former.status();
        if (!former->has_value())
            if (const Status noted = m_context.journal.put(formerModeKey(uuid), std::to_string(*mode)); !noted.ok()) return noted;
        m_changed.push_back(slot);
        if (*mode == nvml::kComputeModeExclusiveProcess) continue;
        if (const Status set = m_context.driver->setComputeMode(slot, nvml::kComputeModeExclusiveProcess); !set.ok()) return set;
        const auto after = m_context.driver->computeMode(slot);
        if (!after.ok() || *after != nvml::kComputeModeExclusiveProcess) return internal("compute mode of {} was set to exclusive process and reads {}", uuid, after.ok() ? computeModeName(*after) : std::string(sentenceOf(after.status())));
    }
    return absl::OkStatus();
}

Status GpuAccess::noteMemory() {
    for (const std::size_t slot : m_context.slots()) {
        const std::int64_t limitMib = idleLimitMib(m_context, slot);
        const auto used = memoryOnceFreed(m_context, slot, limitMib);
        if (used.ok() && *used > limitMib)
            return refused("{} has {} MiB of its memory in use, at most {} MiB are while nobody holds it: a process that cannot be seen from here holds it (another container?), end it", m_context.uuid(slot), *used, limitMib);
        m_usedMib.emplace_back(slot, used);
    }
    return absl::OkStatus();
}

Status GpuAccess::checkWhole() const {
    for (const std::size_t slot : m_context.slots()) {
        const auto mig = m_context.driver->readSetting(slot, Setting::mig);
        if (!mig.ok() || *mig == 0) continue; // Most GPUs have no MIG; one that does not answer shows in the test itself.
        return refused("{} is in MIG mode, in which CUDA shows no whole GPU: {}", m_context.uuid(slot), migWayOut(m_context, slot));
    }
    return absl::OkStatus();
}

void GpuAccess::setBack(std::size_t slot) {
    const std::string& uuid = m_context.uuid(slot);
    const auto former = m_context.journal.get(formerModeKey(uuid));
    unsigned wanted = 0;
    if (!former.ok() || !former->has_value() || !absl::SimpleAtoi(**former, &wanted)) return;
    const Status set = m_context.driver->setComputeMode(slot, wanted);
    const auto after = m_context.driver->computeMode(slot);
    const bool isBack = after.ok() && *after == wanted;
    if (isBack) (void)m_context.journal.erase(formerModeKey(uuid)); // A key that stays makes the next step set the same mode again: harmless.
    m_evidence.push_back(evidenceOf(m_context, uuid, "compute mode after the test", "exclusive process", after.ok() ? computeModeName(*after) : std::string(sentenceOf(set.ok() ? after.status() : set)),
                                    computeModeName(wanted), m_context.source(), isBack ? Verdict::asSet : after.ok() ? Verdict::notAsSet : Verdict::notReadable));
}

Evidence GpuAccess::memoryAfter(std::size_t slot, std::int64_t beforeMib) const {
    const std::int64_t limitMib = beforeMib + kMemorySlackMib;
    const auto after = memoryOnceFreed(m_context, slot, limitMib);
    return evidenceOf(m_context, m_context.uuid(slot), "memory in use after the test", fmt::format("{} MiB", beforeMib), after.ok() ? fmt::format("{} MiB", *after) : std::string(sentenceOf(after.status())),
                      fmt::format("at most {} MiB", limitMib), m_context.source(), !after.ok() ? Verdict::notReadable : *after <= limitMib ? Verdict::asSet : Verdict::notAsSet);
}

std::vector<Evidence> GpuAccess::giveBack() {
    for (const auto& [slot, before] : std::exchange(m_usedMib, {}))
        m_evidence.push_back(before.ok() ? memoryAfter(slot, *before)
                                         : evidenceOf(m_context, m_context.uuid(slot), "memory in use after the test", std::string(sentenceOf(before.status())), "", "", m_context.source(), Verdict::notReadable));
    for (const std::size_t slot : m_changed) setBack(slot);
    m_changed.clear();
    return std::exchange(m_evidence, {});
}

void awaitRemains(const StepContext& context) {
    // A driver that is giving a whole GPU's memory back may not answer meanwhile: that is no sign that nothing remains.
    const auto remains = [&] {
        for (const std::size_t slot : context.slots())
            if (const auto used = context.driver->memoryUsedMib(slot); !used.ok() || *used > idleLimitMib(context, slot)) return true;
        const Holding holding = findHolders(context);
        return !holding.blockers.empty() || !holding.unreadable.empty();
    };
    const std::int64_t end = context.clock.bootMs() + kRemainsMs;
    while (context.clock.bootMs() < end && !context.cancelled && !context.timeIsOver() && remains()) std::this_thread::sleep_for(kLookEvery);
}

} // namespace busbar::agent
