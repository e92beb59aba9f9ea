#include "busbar-agent/steps/burn_in_watch.h"

#include "busbar-agent/steps/gpu_facts.h"

#include <algorithm>

namespace busbar::agent {
namespace {

// Reasons that say something is wrong (health.md §4): hardware slowdown, hardware thermal, power brake. Software power capping under full
// load is normal.
constexpr std::int64_t kBadReasons = 0x8 | 0x40 | 0x80;
constexpr std::int64_t kPowerCap = 0x4;

void keepLowest(std::int64_t& lowest, std::int64_t value) {
    if (value >= 0) lowest = lowest < 0 ? value : std::min(lowest, value);
}

} // namespace

const std::vector<BurnInWatch::Counter>& BurnInWatch::counters() {
    static const std::vector<Counter> kCounters{{Metric::eccUncorrected, "uncorrected ECC errors"}, {Metric::eccCorrected, "corrected ECC errors"},
                                                {Metric::remappedRows, "remapped rows"}, {Metric::pcieReplays, "PCIe replays"}};
    return kCounters;
}

BurnInWatch::BurnInWatch(StepContext& context) : m_context(context) {
    const std::vector<std::size_t> slots = context.slots();
    const std::vector<GpuReadings> all = readEach(context);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        Gpu gpu;
        gpu.slot = slots[i];
        for (const Counter& counter : counters()) gpu.before.push_back(readingOf(all[i], counter.metric).value);
        m_gpus.push_back(std::move(gpu));
    }
}

void BurnInWatch::lookAtLoad(Gpu& gpu, std::int64_t power, std::int64_t clock, std::int64_t reasons) {
    if (power >= 0) {
        gpu.load.powerSum += static_cast<double>(power);
        ++gpu.load.looks;
        if (reasons >= 0 && (reasons & kPowerCap) != 0) ++gpu.load.capped;
    }
    if (clock < 0) return;
    gpu.load.clockSum += static_cast<double>(clock);
    ++gpu.load.clockLooks;
    keepLowest(gpu.load.clockMin, clock);
}

void BurnInWatch::look(bool fullLoad) {
    for (Gpu& gpu : m_gpus) {
        const GpuReadings readings = m_context.driver->read(gpu.slot, GpuDriver::Depth::all);
        const auto valueOf = [&](Metric metric) { return readingOf(readings, metric).value; };
        const std::int64_t power = valueOf(Metric::power);
        if (power >= 0) {
            gpu.powerSum += static_cast<double>(power);
            ++gpu.looks;
        }
        gpu.powerMax = std::max(gpu.powerMax, power);
        gpu.temperatureMax = std::max(gpu.temperatureMax, valueOf(Metric::temperature));
        gpu.memoryTemperatureMax = std::max(gpu.memoryTemperatureMax, valueOf(Metric::memTemperature));
        const std::int64_t reasons = valueOf(Metric::throttleReasons);
        if (fullLoad) {
            lookAtLoad(gpu, power, valueOf(Metric::smClock), reasons);
            keepLowest(gpu.load.pcieGenMin, valueOf(Metric::pcieGen));
            keepLowest(gpu.load.pcieWidthMin, valueOf(Metric::pcieWidth));
        }
        if (reasons >= 0 && (reasons & kBadReasons) != 0) ++gpu.throttled;
    }
}

void BurnInWatch::finish(StepReport& report) const {
    const std::vector<GpuReadings> all = readEach(m_context);
    for (std::size_t number = 0; number < m_gpus.size(); ++number) {
        const Gpu& gpu = m_gpus[number];
        const std::string& uuid = m_context.uuid(gpu.slot);
        const auto tell = [&](const char* name, double value, const char* unit) { report.figures.push_back({.subject = uuid, .name = name, .unit = unit, .value = value}); };
        if (gpu.looks > 0) {
            tell("power", gpu.powerSum / static_cast<double>(gpu.looks), "W");
            tell("highest power", static_cast<double>(gpu.powerMax), "W");
            tell("looks with hardware slowdown", static_cast<double>(gpu.throttled), "count");
        }
        if (gpu.load.looks > 0) {
            tell("power under full load", gpu.load.powerSum / static_cast<double>(gpu.load.looks), "W");
            tell("time at the power limit", 100.0 * static_cast<double>(gpu.load.capped) / static_cast<double>(gpu.load.looks), "%");
        }
        if (gpu.load.clockLooks > 0) {
            tell("SM clock under full load", gpu.load.clockSum / static_cast<double>(gpu.load.clockLooks), "MHz");
            tell("lowest SM clock under full load", static_cast<double>(gpu.load.clockMin), "MHz");
        }
        if (gpu.load.pcieGenMin > 0) tell("lowest PCIe generation under full load", static_cast<double>(gpu.load.pcieGenMin), "");
        if (gpu.load.pcieWidthMin > 0) tell("lowest PCIe width under full load", static_cast<double>(gpu.load.pcieWidthMin), "lanes");
        if (gpu.temperatureMax >= 0) tell("highest temperature", static_cast<double>(gpu.temperatureMax), "C");
        if (gpu.memoryTemperatureMax >= 0) tell("highest memory temperature", static_cast<double>(gpu.memoryTemperatureMax), "C");
        for (std::size_t i = 0; i < counters().size(); ++i) {
            const std::int64_t before = gpu.before[i], after = readingOf(all[number], counters()[i].metric).value;
            if (before == kNotSupported || after == kNotSupported) continue; // What a device does not count cannot grow.
            const bool known = before >= 0 && after >= 0;
            // Corrected errors may happen; the others are reasons to refuse a GPU (health.md §4).
            const bool may = counters()[i].metric == Metric::eccCorrected || counters()[i].metric == Metric::pcieReplays;
            if (may && known) {
                tell(counters()[i].fact, static_cast<double>(after - before), "count");
                continue;
            }
            report.evidence.push_back(evidenceOf(m_context, uuid, counters()[i].fact, before >= 0 ? std::to_string(before) : "?", after >= 0 ? std::to_string(after) : "?", "not grown", m_context.source(),
                                                 !known ? Verdict::notReadable : after <= before ? Verdict::asSet : Verdict::notAsSet));
        }
    }
}

} // namespace busbar::agent
