#include "domain/health_rules.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace busbar {
namespace {

constexpr std::int64_t kMinute = 60'000;

constexpr std::array<RuleInfo, static_cast<std::size_t>(GpuRule::count_)> kRules{{
    {"temp-watch", Health::watch, 0, kMinute},
    {"temp-critical", Health::degraded, 2, kMinute},
    {"mem-temp-watch", Health::watch, 0, kMinute},
    {"mem-temp-critical", Health::degraded, 2, kMinute},
    {"hw-thermal-slowdown", Health::degraded, 2, 10 * kMinute},
    {"power-brake", Health::degraded, 2, 10 * kMinute},
    {"ecc-uncorrected", Health::degraded, 2, 0},
    {"remap-pending", Health::watch, 2, 0},
    {"remap-exhausted", Health::failed, 4, 0},
    {"remap-failed", Health::failed, 4, 0},
    {"nvlink-down", Health::degraded, 2, kMinute},
    {"pcie-degraded", Health::watch, 2, kMinute},
}};

constexpr std::uint32_t bit(GpuRule rule) { return 1U << static_cast<unsigned>(rule); }

/// A board without an NVLink bridge reports its links and none up: that is how it was bought, not a fault.
bool nvlinkDown(const GpuSigns& s) { return s.nvlinksTotal > 0 && s.nvlinksUp > 0 && s.nvlinksUp < s.nvlinksTotal; }

bool pcieDegraded(const GpuSigns& s) {
    if (s.util < kPcieJudgedFromUtil) return false;
    return (s.pcieMaxWidth > 0 && s.pcieWidth > 0 && s.pcieWidth < s.pcieMaxWidth) ||
           (s.pcieMaxGen > 0 && s.pcieGen > 0 && s.pcieGen < s.pcieMaxGen);
}

} // namespace

std::uint32_t firingRules(const GpuSigns& s) {
    std::uint32_t rules = 0;
    const auto fire = [&rules](bool when, GpuRule rule) { rules |= when ? bit(rule) : 0U; };
    fire(s.temperature >= kTemperatureWatchC && s.temperature < kTemperatureCriticalC, GpuRule::temperatureWatch);
    fire(s.temperature >= kTemperatureCriticalC, GpuRule::temperatureCritical);
    fire(s.memTemperature >= kMemTemperatureWatchC && s.memTemperature < kMemTemperatureCriticalC, GpuRule::memTemperatureWatch);
    fire(s.memTemperature >= kMemTemperatureCriticalC, GpuRule::memTemperatureCritical);
    fire(s.throttleReasons > 0 && (s.throttleReasons & kThrottleHwThermal) != 0, GpuRule::hwThermal);
    fire(s.throttleReasons > 0 && (s.throttleReasons & kThrottlePowerBrake) != 0, GpuRule::powerBrake);
    fire(s.eccUncorrected > 0, GpuRule::eccUncorrected);
    fire(s.remapPending > 0, GpuRule::remapPending);
    fire(s.remappedRows >= kMaxRemappedRows, GpuRule::remapExhausted);
    fire(s.remapFailed > 0, GpuRule::remapFailed);
    fire(nvlinkDown(s), GpuRule::nvlinkDown);
    fire(pcieDegraded(s), GpuRule::pcieDegraded);
    return rules;
}

const RuleInfo& infoOf(GpuRule rule) { return kRules[static_cast<std::size_t>(rule) % kRules.size()]; }

std::string sentenceOf(GpuRule rule, const GpuSigns& s) {
    switch (rule) {
    case GpuRule::temperatureWatch: return fmt::format("GPU at {} °C, watched from {} °C on", s.temperature, kTemperatureWatchC);
    case GpuRule::temperatureCritical: return fmt::format("GPU at {} °C, critical from {} °C on", s.temperature, kTemperatureCriticalC);
    case GpuRule::memTemperatureWatch:
        return fmt::format("memory at {} °C, watched from {} °C on", s.memTemperature, kMemTemperatureWatchC);
    case GpuRule::memTemperatureCritical:
        return fmt::format("memory at {} °C, critical from {} °C on", s.memTemperature, kMemTemperatureCriticalC);
    case GpuRule::hwThermal: return fmt::format("hardware thermal slowdown (throttle reasons {:#x}): check cooling", s.throttleReasons);
    case GpuRule::powerBrake: return fmt::format("hardware power brake (throttle reasons {:#x}): check power supply", s.throttleReasons);
    case GpuRule::eccUncorrected: return fmt::format("{} uncorrected ECC errors since the driver was loaded", s.eccUncorrected);
    case GpuRule::remapPending: return "row remap pending: takes effect at the next GPU reset";
    case GpuRule::remapExhausted: return fmt::format("{} rows remapped of {}: no spare rows are left", s.remappedRows, kMaxRemappedRows);
    case GpuRule::remapFailed: return "row remap failed: confirm with a field diagnostic, then exchange the GPU";
    case GpuRule::nvlinkDown: return fmt::format("{} of {} NVLinks are up", s.nvlinksUp, s.nvlinksTotal);
    case GpuRule::pcieDegraded:
        return fmt::format("PCIe gen {} x{} under load, the slot can do gen {} x{}", s.pcieGen, s.pcieWidth, s.pcieMaxGen, s.pcieMaxWidth);
    case GpuRule::count_: break;
    }
    return {};
}

Health healthOfClass(int responseClass) {
    if (responseClass <= 0) return Health::ok;
    if (responseClass == 1) return Health::watch;
    return responseClass >= 4 ? Health::failed : Health::degraded;
}

} // namespace busbar
