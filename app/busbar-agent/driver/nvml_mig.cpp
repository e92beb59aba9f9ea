#include "busbar-agent/driver/nvml_mig.h"

#include "busbar-agent/driver/nvml_readings.h"

#include <algorithm>
#include <vector>

namespace busbar::agent {
namespace {

constexpr unsigned kLeastRoom = 16; // For a driver that allows more than its profile says.

/// What the device has not of the profiles, or MIG is off.
bool isNone(int code) { return code == nvml::kNotSupported || code == nvml::kInvalidArgument || code == nvml::kNotFound; }

/// Instances of all profiles. `profileOf(number, &info)` and `list(id, room, &count)` are NVML's calls.
template <typename Handle, typename Profile, typename ProfileOf, typename List>
StatusOr<std::vector<Handle>> instancesOf(const NvmlApi& api, unsigned profiles, const char* kind, ProfileOf profileOf, List list) {
    std::vector<Handle> all;
    for (unsigned number = 0; number < profiles; ++number) {
        Profile profile{};
        int code = profileOf(number, &profile);
        if (isNone(code)) continue;
        std::vector<Handle> room(std::max(profile.instanceCount, kLeastRoom));
        auto count = static_cast<unsigned>(room.size());
        if (code == nvml::kSuccess) code = list(profile.id, room.data(), &count);
        if (isNone(code)) continue;
        if (code != nvml::kSuccess) return unavailable("its {} instances cannot be listed: {}", kind, errorText(api, code));
        all.insert(all.end(), room.begin(), room.begin() + std::min<std::size_t>(count, room.size()));
    }
    return all;
}

Status hasCalls(const NvmlApi& api) {
    const bool all = api.gpuInstanceProfile != nullptr && api.gpuInstances != nullptr && api.gpuInstanceDestroy != nullptr && api.computeInstanceProfile != nullptr && api.computeInstances != nullptr &&
                     api.computeInstanceDestroy != nullptr;
    return all ? absl::OkStatus() : absl::UnimplementedError("the driver has no calls for MIG instances");
}

StatusOr<std::vector<nvml::GpuInstance>> gpuInstances(const NvmlApi& api, nvml::Device device) {
    if (const Status able = hasCalls(api); !able.ok()) return able;
    return instancesOf<nvml::GpuInstance, nvml::GpuInstanceProfile>(
        api, nvml::kGpuInstanceProfiles, "GPU", [&](unsigned number, nvml::GpuInstanceProfile* profile) { return api.gpuInstanceProfile(device, number, profile); },
        [&](unsigned id, nvml::GpuInstance* room, unsigned* count) { return api.gpuInstances(device, id, room, count); });
}

StatusOr<std::vector<nvml::ComputeInstance>> computeInstances(const NvmlApi& api, nvml::GpuInstance part) {
    return instancesOf<nvml::ComputeInstance, nvml::ComputeInstanceProfile>(
        api, nvml::kComputeInstanceProfiles, "compute", [&](unsigned number, nvml::ComputeInstanceProfile* profile) { return api.computeInstanceProfile(part, number, nvml::kSharedEngines, profile); },
        [&](unsigned id, nvml::ComputeInstance* room, unsigned* count) { return api.computeInstances(part, id, room, count); });
}

} // namespace

StatusOr<MigMode> migMode(const NvmlApi& api, nvml::Device device) {
    unsigned current = 0, pending = 0;
    const int code = api.migMode == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : api.migMode(device, &current, &pending);
    if (code == nvml::kSuccess) return MigMode{current != 0, pending != 0};
    if (isLacking(code)) return absl::UnimplementedError(fmt::format("MIG mode is not supported: {}", errorText(api, code)));
    return unavailable("MIG mode cannot be read: {}", errorText(api, code));
}

StatusOr<MigLayout> migLayout(const NvmlApi& api, nvml::Device device) {
    const auto parts = gpuInstances(api, device);
    if (!parts.ok()) return parts.status();
    MigLayout layout{static_cast<int>(parts->size()), 0};
    for (const nvml::GpuInstance part : *parts) {
        const auto computing = computeInstances(api, part);
        if (!computing.ok()) return computing.status();
        layout.computeInstances += static_cast<int>(computing->size());
    }
    return layout;
}

Status destroyMigInstances(const NvmlApi& api, nvml::Device device) {
    const auto parts = gpuInstances(api, device);
    if (!parts.ok()) return parts.status();
    for (const nvml::GpuInstance part : *parts) {
        const auto computing = computeInstances(api, part);
        if (!computing.ok()) return computing.status();
        for (const nvml::ComputeInstance one : *computing)
            if (const int code = api.computeInstanceDestroy(one); code != nvml::kSuccess) return unavailable("a compute instance cannot be destroyed: {}", errorText(api, code));
        if (const int code = api.gpuInstanceDestroy(part); code != nvml::kSuccess) return unavailable("a GPU instance cannot be destroyed: {}", errorText(api, code));
    }
    return absl::OkStatus();
}

} // namespace busbar::agent
