// Rules that turn a GPU's values into findings (design/health.md §4). Pure functions; thresholds stand beside their source.
// A rule fires on the values of one sample; how long a finding is kept after that is keepMs (thermal signs flicker).
#pragma once

#include "domain/node.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace busbar {

/// °C of the GPU core: 85 warns, 95 is critical (VESSL's figures, health.md §4).
inline constexpr std::int64_t kTemperatureWatchC = 85;
inline constexpr std::int64_t kTemperatureCriticalC = 95;
/// °C of the HBM: NVIDIA's data sheets give 95 as the highest operating value of HBM2e and HBM3 parts; 105 is a house rule.
inline constexpr std::int64_t kMemTemperatureWatchC = 95;
inline constexpr std::int64_t kMemTemperatureCriticalC = 105;
/// Rows a GPU can remap in its life (Ampere and later); DCGM fails a GPU that used them up.
inline constexpr std::int64_t kMaxRemappedRows = 512;
/// NVML clocks event reasons that are faults; the others are normal work (health.md §4).
inline constexpr std::int64_t kThrottleHwThermal = 0x40;
inline constexpr std::int64_t kThrottlePowerBrake = 0x80;
/// PCIe links down-train when idle: width and generation count only from this utilisation on.
inline constexpr std::int64_t kPcieJudgedFromUtil = 50;

/// Values of one GPU that rules look at; kNotSupported and kNotRead never fire a rule.
struct GpuSigns {
    std::int64_t util = kNotRead, temperature = kNotRead, memTemperature = kNotRead, throttleReasons = kNotRead;
    std::int64_t eccUncorrected = kNotRead, remappedRows = kNotRead, remapPending = kNotRead, remapFailed = kNotRead;
    std::int64_t pcieGen = kNotRead, pcieWidth = kNotRead, nvlinksUp = kNotRead, nvlinksTotal = kNotRead;
    int pcieMaxGen = 0, pcieMaxWidth = 0; ///< of the slot, 0 unknown
};

enum class GpuRule : std::uint8_t {
    temperatureWatch, temperatureCritical, memTemperatureWatch, memTemperatureCritical, hwThermal, powerBrake,
    eccUncorrected, remapPending, remapExhausted, remapFailed, nvlinkDown, pcieDegraded, count_
};

/// Bit 1 << rule for each rule that fires.
std::uint32_t firingRules(const GpuSigns& signs);

/// How bad, which response class (health.md §1), and how long it is kept after it last fired.
struct RuleInfo {
    std::string_view name; ///< "temp-watch" …
    Health health;
    int responseClass;
    std::int64_t keepMs;
};
const RuleInfo& infoOf(GpuRule rule);

/// The sentence of a finding: the values that fired it and what it means.
std::string sentenceOf(GpuRule rule, const GpuSigns& signs);

/// The worse of two: a known fault counts more than unknown, unknown more than ok.
constexpr Health worse(Health a, Health b) { return a < b ? b : a; }

/// Health of what a response class stands for: 0 ok, 1 watch, 2 and 3 degraded, 4 failed (health.md §1).
Health healthOfClass(int responseClass);

} // namespace busbar
