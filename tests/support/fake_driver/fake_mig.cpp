// Simulated NVML: MIG mode, and the instances into which a GPU in it is divided. "gpu_instances": [{"id", "slices", "compute": [ids]}], made by
// fake_driverctl; "mig_needs_reset": the mode changes with the next reset only; "mig_mode_pending": what that makes of it.
#include "tests/support/fake_driver/fake_gpu.h"

#include <algorithm>
#include <iterator>

using namespace fake_driver;
using namespace busbar::agent::nvml;
using nlohmann::json;

#ifndef FAKE_NVML_OLD
namespace {

constexpr unsigned kNumbers = 17, kComputeNumbers = 8; // As many as a driver of 2025 knows; this one's devices have the first of them.
struct Profile {
    unsigned slices, id, most;
};
constexpr Profile kProfiles[] = {{1, 19, 7}, {2, 14, 3}, {3, 9, 2}, {4, 5, 1}, {7, 0, 1}}; // As an H100 lists them.
constexpr unsigned kComputeId = 7; // One kind of compute instance: as large as its GPU instance allows.

bool hasMig(const json& gpu) { return modelOf(gpu).nvlinks != 0; }
bool isOn(const json& gpu) { return gpu.value("mig_mode", 0U) != 0; }
bool isHeld(const json& gpu) {
    return std::any_of(gpu["processes"].begin(), gpu["processes"].end(), [](const json& process) { return alive(process); });
}
json instances(const json& gpu) { return gpu.value("gpu_instances", json::array()); }

// A handle: GPU, GPU instance, compute instance, a byte each.
struct Part {
    std::size_t gpu = 0;
    unsigned id = 0, compute = 0;
};
void* handleOf(const Part& part) { return reinterpret_cast<void*>((part.gpu + 1) << 16 | part.id << 8 | part.compute); }
Part partOf(void* handle) {
    const auto bits = reinterpret_cast<std::size_t>(handle);
    return {(bits >> 16) - 1, static_cast<unsigned>(bits >> 8 & 0xff), static_cast<unsigned>(bits & 0xff)};
}

template <typename Instances>
auto find(Instances& all, unsigned id) {
    return std::find_if(all.begin(), all.end(), [id](const json& one) { return one.value("id", 0U) == id; });
}

/// Runs `use` on the GPU instance.
template <typename Use>
int withPart(void* handle, const char* call, Use&& use) {
    const Part part = partOf(handle);
    return withGpu(fake_driver::handleOf(part.gpu), call, [&](const json& gpu, std::size_t) -> int {
        const json all = instances(gpu);
        const auto found = find(all, part.id);
        return found == all.end() ? static_cast<int>(kInvalidArgument) : use(gpu, *found, part);
    });
}

template <typename Change>
int changeParts(void* handle, Change&& change) {
    driver().change([&](json& state) { change(state["gpus"][partOf(handle).gpu]["gpu_instances"]); });
    return kSuccess;
}

/// 0, or why the mode cannot change now.
int activationOf(const json& gpu, unsigned mode) {
    if (isHeld(gpu) || (mode == 0 && !instances(gpu).empty())) return kInUse;
    return gpu.value("mig_needs_reset", false) ? kResetRequired : kSuccess;
}

void setMode(json& gpu, unsigned mode, int activation) {
    countSet(gpu, "nvmlDeviceSetMigMode");
    if (gpu.value("sticky", false)) return;
    gpu.erase("mig_mode_pending");
    if (gpu.value("mig_mode", 0U) == mode) return;
    if (activation != kSuccess) gpu["mig_mode_pending"] = mode;
    else gpu.update({{"mig_mode", mode}, {"compute_mode", 0}});
}

} // namespace

FAKE_API int nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending) {
    return withGpu(device, "nvmlDeviceGetMigMode", [&](const json& gpu, std::size_t) -> int {
        if (!hasMig(gpu)) return kNotSupported;
        *current = gpu.value("mig_mode", 0U);
        *pending = gpu.value("mig_mode_pending", *current);
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceSetMigMode(Device device, unsigned mode, int* activation) {
    const int may = withGpu(device, "nvmlDeviceSetMigMode", [&](const json& gpu, std::size_t) -> int {
        if (!hasMig(gpu)) return kNotSupported;
        *activation = gpu.value("mig_mode", 0U) == mode ? static_cast<int>(kSuccess) : activationOf(gpu, mode);
        return kSuccess;
    });
    return may != kSuccess ? may : changeGpu(device, "nvmlDeviceSetMigMode", [&](json& gpu) { setMode(gpu, mode, *activation); });
}

GPU_VALUE(nvmlDeviceGetMaxMigDeviceCount, unsigned, 7)
FAKE_API int nvmlDeviceGetMigDeviceHandleByIndex(Device device, unsigned index, Device* instance) {
    return withGpu(device, "nvmlDeviceGetMigDeviceHandleByIndex", [&](const json& gpu, std::size_t) -> int {
        auto devices = gpu.value("mig_instances", std::size_t{0});
        for (const json& part : instances(gpu)) devices += part["compute"].size();
        *instance = device;
        return index < devices ? kSuccess : kNotFound;
    });
}

FAKE_API int nvmlDeviceGetGpuInstanceProfileInfo(Device device, unsigned number, GpuInstanceProfile* profile) {
    return withGpu(device, "nvmlDeviceGetGpuInstanceProfileInfo", [&](const json& gpu, std::size_t) -> int {
        if (number >= kNumbers) return kInvalidArgument;
        if (!hasMig(gpu) || number >= std::size(kProfiles)) return kNotSupported;
        *profile = {};
        profile->id = kProfiles[number].id;
        profile->sliceCount = kProfiles[number].slices;
        profile->instanceCount = kProfiles[number].most;
        return kSuccess;
    });
}
FAKE_API int nvmlDeviceGetGpuInstances(Device device, unsigned id, GpuInstance* room, unsigned* count) {
    return withGpu(device, "nvmlDeviceGetGpuInstances", [&](const json& gpu, std::size_t index) -> int {
        if (!isOn(gpu)) return kNotSupported;
        const auto profile = std::find_if(std::begin(kProfiles), std::end(kProfiles), [id](const Profile& one) { return one.id == id; });
        if (profile == std::end(kProfiles)) return kInvalidArgument;
        *count = 0;
        for (const json& part : instances(gpu))
            if (part.value("slices", 0U) == profile->slices) room[(*count)++] = handleOf(Part{index, part.value("id", 0U), 0});
        return kSuccess;
    });
}
FAKE_API int nvmlGpuInstanceDestroy(GpuInstance handle) {
    const int may = withPart(handle, "nvmlGpuInstanceDestroy", [](const json& gpu, const json& part, const Part&) -> int { return isHeld(gpu) || !part["compute"].empty() ? kInUse : kSuccess; });
    return may != kSuccess ? may : changeParts(handle, [&](json& all) { all.erase(find(all, partOf(handle).id)); });
}

FAKE_API int nvmlGpuInstanceGetComputeInstanceProfileInfo(GpuInstance handle, unsigned number, unsigned, ComputeInstanceProfile* profile) {
    return withPart(handle, "nvmlGpuInstanceGetComputeInstanceProfileInfo", [&](const json&, const json&, const Part&) -> int {
        if (number >= kComputeNumbers) return kInvalidArgument;
        if (number != 0) return kNotSupported;
        *profile = {};
        profile->id = kComputeId;
        profile->instanceCount = 7;
        return kSuccess;
    });
}
FAKE_API int nvmlGpuInstanceGetComputeInstances(GpuInstance handle, unsigned id, ComputeInstance* room, unsigned* count) {
    return withPart(handle, "nvmlGpuInstanceGetComputeInstances", [&](const json&, const json& part, const Part& place) -> int {
        if (id != kComputeId) return kInvalidArgument;
        *count = 0;
        for (const json& compute : part["compute"]) room[(*count)++] = handleOf(Part{place.gpu, place.id, compute.get<unsigned>()});
        return kSuccess;
    });
}
FAKE_API int nvmlComputeInstanceDestroy(ComputeInstance handle) {
    const int may = withPart(handle, "nvmlComputeInstanceDestroy", [](const json& gpu, const json&, const Part&) -> int { return isHeld(gpu) ? kInUse : kSuccess; });
    return may != kSuccess ? may : changeParts(handle, [&](json& all) {
        json& compute = (*find(all, partOf(handle).id))["compute"];
        compute.erase(std::remove(compute.begin(), compute.end(), partOf(handle).compute), compute.end());
    });
}
#endif
