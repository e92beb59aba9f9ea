// What can be set on a GPU, one word and one unit each: for the agent that sets it, the plan that refuses it and the people who read of it.
// Pure values.
#pragma once

#include "domain/action.h"

#include <array>

namespace busbar {

enum class Setting : std::uint8_t { persistence, computeMode, powerLimitWatts, lockedClockMhz, mig, ecc };

/// In the order in which they are set: persistence first, since settings vanish when the driver unloads (lifecycle.md §4).
inline constexpr std::array kSettings{Setting::persistence, Setting::ecc, Setting::mig, Setting::powerLimitWatts, Setting::lockedClockMhz, Setting::computeMode};

/// "persistence mode", "power limit" … also on the wire.
const char* nameOf(Setting setting);
/// "default", "prohibited", "exclusive process" … of an NVML compute mode.
std::string computeModeName(unsigned mode);
/// "on", "exclusive process", "650 W" …
std::string valueText(Setting setting, std::int64_t value);
/// What a lease asks of a setting; nullopt: leave it.
std::optional<std::int64_t> wantedOf(const GpuSettings& settings, Setting setting);
/// The settings without MIG mode on: what a lease sets before it proves its GPUs, which CUDA does not show in that mode.
GpuSettings beforeMig(GpuSettings settings);
/// "persistence mode on, power limit 650 W"; empty when nothing is asked.
std::string textOf(const GpuSettings& settings);

} // namespace busbar
