#include "busbar-agent/driver/nvml_settings.h"

#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_readings.h"

#include <algorithm>
#include <array>

namespace busbar::agent {
namespace {

Status statusOf(const NvmlApi& api, int code, Setting setting, const char* verb) {
    if (code == nvml::kSuccess) return absl::OkStatus();
    const std::string words = errorText(api, code);
    if (isLacking(code)) return absl::UnimplementedError(fmt::format("{} is not supported: {}", nameOf(setting), words));
    if (code == nvml::kNoPermission) return denied("{} cannot be {}: {} (the agent must run as root)", nameOf(setting), verb, words);
    return unavailable("{} cannot be {}: {}", nameOf(setting), verb, words);
}

template <typename Call, typename... Args>
int callOf(Call call, Args... args) {
    return call == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : call(args...);
}

} // namespace

StatusOr<std::int64_t> readSetting(const NvmlApi& api, nvml::Device device, Setting setting) {
    unsigned value = 0, pending = 0;
    int code = nvml::kFunctionNotFound;
    switch (setting) {
    case Setting::persistence: code = callOf(api.persistenceMode, device, &value); break;
    case Setting::computeMode: code = callOf(api.computeMode, device, &value); break;
    case Setting::powerLimitWatts:
        code = callOf(api.powerManagementLimit, device, &value);
        value /= 1000;
        break;
    case Setting::lockedClockMhz: return absl::UnimplementedError("NVML has no getter for locked clocks: they are observed under load");
    case Setting::mig: code = callOf(api.migMode, device, &value, &pending); break;
    case Setting::ecc: code = callOf(api.eccMode, device, &value, &pending); break;
    }
    if (const Status status = statusOf(api, code, setting, "read"); !status.ok()) return status;
    return value;
}

Status writeSetting(const NvmlApi& api, nvml::Device device, Setting setting, std::int64_t value) {
    const auto number = static_cast<unsigned>(value);
    int activation = nvml::kSuccess;
    int code = nvml::kFunctionNotFound;
    switch (setting) {
    case Setting::persistence: code = callOf(api.setPersistenceMode, device, number); break;
    case Setting::computeMode: code = callOf(api.setComputeMode, device, number); break;
    case Setting::powerLimitWatts: code = callOf(api.setPowerLimit, device, number * 1000); break;
    case Setting::lockedClockMhz: code = value == 0 ? callOf(api.resetLockedClocks, device) : callOf(api.setLockedClocks, device, number, number); break;
    case Setting::mig: code = callOf(api.setMigMode, device, number, &activation); break;
    case Setting::ecc: code = callOf(api.setEccMode, device, number); break;
    }
    if (const Status status = statusOf(api, code, setting, "set"); !status.ok()) return status;
    return statusOf(api, activation, setting, "activated");
}

Status supports(const NvmlApi& api, nvml::Device device, Setting setting) {
    if (setting != Setting::lockedClockMhz) return readSetting(api, device, setting).status();
    return api.setLockedClocks != nullptr ? absl::OkStatus() : statusOf(api, nvml::kFunctionNotFound, setting, "set");
}

StatusOr<std::pair<std::int64_t, std::int64_t>> powerLimitRange(const NvmlApi& api, nvml::Device device) {
    unsigned low = 0, high = 0;
    if (const Status status = statusOf(api, callOf(api.powerLimitConstraints, device, &low, &high), Setting::powerLimitWatts, "read"); !status.ok()) return status;
    return std::pair<std::int64_t, std::int64_t>(low / 1000, high / 1000);
}

StatusOr<std::pair<std::int64_t, std::int64_t>> lockedClockRange(const NvmlApi& api, nvml::Device device) {
    std::array<unsigned, 64> memory{};
    std::array<unsigned, 1024> graphics{}; // Steps of 7 or 15 MHz.
    unsigned memories = memory.size(), count = graphics.size();
    if (const Status status = statusOf(api, callOf(api.memoryClocks, device, &memories, memory.data()), Setting::lockedClockMhz, "looked up"); !status.ok()) return status;
    // Load runs at the highest memory clock.
    const unsigned highest = memories == 0 ? 0 : *std::max_element(memory.begin(), memory.begin() + memories);
    if (const Status status = statusOf(api, callOf(api.graphicsClocks, device, highest, &count, graphics.data()), Setting::lockedClockMhz, "looked up"); !status.ok()) return status;
    if (count == 0) return unavailable("the driver lists no clock");
    const auto [low, high] = std::minmax_element(graphics.begin(), graphics.begin() + count);
    return std::pair<std::int64_t, std::int64_t>(*low, *high);
}

} // namespace busbar::agent
