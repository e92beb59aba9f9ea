#include "busbar-agent/driver/nvml_maintenance.h"

#include "busbar-agent/driver/nvml_readings.h"

#include <cstdlib>
#include <unistd.h>
#include <vector>

namespace busbar::agent {
namespace {

constexpr const char* kTool = "nvidia-smi";

StatusOr<nvml::PciInfo> pciOf(const NvmlApi& api, nvml::Device device) {
    nvml::PciInfo pci{};
    if (const int code = api.pciInfo(device, &pci); code != nvml::kSuccess) return unavailable("the GPU's PCI address cannot be read: {}", errorText(api, code));
    return pci;
}

Status drainStatus(const NvmlApi& api, int code, const char* verb) {
    if (code == nvml::kSuccess) return absl::OkStatus();
    const std::string words = errorText(api, code);
    if (isLacking(code)) return absl::UnimplementedError(fmt::format("the drain state is not supported: {}", words));
    if (code == nvml::kNoPermission) return denied("the drain state cannot be {}: {} (the agent must run as root)", verb, words);
    return unavailable("the drain state cannot be {}: {}", verb, words);
}

} // namespace

Status answers(const NvmlApi& api, nvml::Device device) {
    unsigned celsius = 0;
    const int code = api.temperature == nullptr ? static_cast<int>(nvml::kSuccess) : api.temperature(device, nvml::kTemperatureGpu, &celsius);
    // A GPU whose driver asks for a reset, or that lacks the sensor, still answers on PCIe.
    if (code == nvml::kSuccess || code == nvml::kResetRequired || code == nvml::kNotSupported) return absl::OkStatus();
    return unavailable("it does not answer on PCIe: {}", errorText(api, code));
}

StatusOr<int> migInstances(const NvmlApi& api, nvml::Device device) {
    unsigned most = 0;
    if (api.maxMigDevices == nullptr || api.migDevice == nullptr || api.maxMigDevices(device, &most) != nvml::kSuccess) return 0;
    int found = 0;
    for (unsigned index = 0; index < most; ++index) {
        nvml::Device instance = nullptr;
        const int code = api.migDevice(device, index, &instance);
        if (code == nvml::kSuccess) ++found;
        else if (code == nvml::kNotSupported) return 0; // MIG is off.
        else if (code != nvml::kNotFound) return unavailable("its MIG instances cannot be counted: {}", errorText(api, code));
    }
    return found;
}

StatusOr<bool> draining(const NvmlApi& api, nvml::Device device) {
    auto pci = pciOf(api, device);
    if (!pci.ok()) return pci.status();
    int state = nvml::kDrainOff;
    const int code = api.queryDrainState == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : api.queryDrainState(&*pci, &state);
    if (const Status read = drainStatus(api, code, "read"); !read.ok()) return read;
    return state == nvml::kDrainOn;
}

Status setDraining(const NvmlApi& api, nvml::Device device, bool on) {
    auto pci = pciOf(api, device);
    if (!pci.ok()) return pci.status();
    const int code = api.modifyDrainState == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : api.modifyDrainState(&*pci, on ? nvml::kDrainOn : nvml::kDrainOff);
    return drainStatus(api, code, "set");
}

StatusOr<std::string> resetTool(const NvmlApi& api) {
    std::vector<std::string> folders;
    if (const std::size_t slash = api.libraryPath.rfind('/'); slash != std::string::npos) folders.push_back(api.libraryPath.substr(0, slash));
    if (!api.simulated) {
        if (const char* folder = std::getenv("BUSBAR_DRIVER_PATH"); folder != nullptr && *folder == '/') folders.emplace_back(folder);
        for (const char* folder : {"/usr/bin", "/usr/local/nvidia/bin", "/opt/bin"}) folders.emplace_back(folder);
    }
    std::string looked;
    for (const std::string& folder : folders) {
        const std::string path = folder + "/" + kTool;
        if (path.front() == '/' && access(path.c_str(), X_OK) == 0) return path;
        looked += (looked.empty() ? "" : ", ") + folder;
    }
    return notFound("the driver's reset tool ({}) is not in {}: install the driver's utilities", kTool, looked);
}

} // namespace busbar::agent
