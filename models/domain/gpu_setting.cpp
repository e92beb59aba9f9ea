#include "domain/gpu_setting.h"

#include <fmt/format.h>

namespace busbar {

const char* nameOf(Setting setting) {
    switch (setting) {
    case Setting::persistence: return "persistence mode";
    case Setting::computeMode: return "compute mode";
    case Setting::powerLimitWatts: return "power limit";
    case Setting::lockedClockMhz: return "locked SM clock";
    case Setting::mig: return "MIG mode";
    case Setting::ecc: return "ECC mode";
    }
    return "setting";
}

std::string computeModeName(unsigned mode) {
    switch (mode) {
    case 0: return "default";
    case 1: return "exclusive thread";
    case 2: return "prohibited";
    case 3: return "exclusive process";
    default: return fmt::format("unknown mode {}", mode);
    }
}

std::string valueText(Setting setting, std::int64_t value) {
    switch (setting) {
    case Setting::computeMode: return computeModeName(static_cast<unsigned>(value));
    case Setting::powerLimitWatts: return fmt::format("{} W", value);
    case Setting::lockedClockMhz: return value == 0 ? "not locked" : fmt::format("{} MHz", value);
    default: return value != 0 ? "on" : "off";
    }
}

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

GpuSettings beforeMig(GpuSettings settings) {
    if (settings.mig.value_or(false)) settings.mig.reset();
    return settings;
}

std::string textOf(const GpuSettings& settings) {
    std::string text;
    for (const Setting setting : kSettings)
        if (const auto wanted = wantedOf(settings, setting)) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", nameOf(setting), valueText(setting, *wanted));
    return text;
}

} // namespace busbar
