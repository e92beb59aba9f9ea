// Simulated NVML: the library, its devices and who they are.
#include "tests/support/fake_driver/fake_gpu.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <unistd.h>

using namespace fake_driver;
using namespace busbar::agent::nvml;
using nlohmann::json;

#define GPU_TEXT(NAME, KEY)                                                                                                                                                              \
    FAKE_API int NAME(Device device, char* text, unsigned size) {                                                                                                                        \
        return withGpu(device, #NAME, [&](const json& gpu, std::size_t) -> int { return copyText(gpu.value(KEY, ""), text, size); });                                                    \
    }

extern "C" {
__attribute__((visibility("default"))) extern const int busbar_simulated_driver = 1;
}

namespace {

std::atomic<int> inits{0};

// A process that has NVML open is a client, which the reset tool does not take.
void noteClient(bool open) {
    driver().change([open](json& state) {
        json clients = json::array();
        for (const json& pid : state.value("nvml_clients", json::array()))
            if (pid != getpid()) clients.push_back(pid);
        if (open) clients.push_back(getpid());
        state["nvml_clients"] = clients;
    });
}

// Without persistence mode the last client's end puts the GPUs down; the next one waits until they are up again.
void comeUp() {
    const auto state = driver().shared();
    for (const json& pid : state->value("nvml_clients", json::array()))
        if (alive({{"pid", pid}})) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(state->value("init_ms", 0)));
}

} // namespace

FAKE_API int nvmlInit_v2() {
    if (const int fails = driver().shared()->value("init_fails", 0); fails != 0) return fails;
    if (inits == 0) comeUp();
    if (inits++ == 0) noteClient(true);
    return kSuccess;
}
FAKE_API int nvmlShutdown() {
    if (inits == 0) return kUninitialized;
    if (--inits == 0) noteClient(false);
    return kSuccess;
}
FAKE_API const char* nvmlErrorString(int code) {
    switch (code) {
    case kSuccess: return "Success";
    case kInvalidArgument: return "Invalid Argument";
    case kNotSupported: return "Not Supported";
    case kNoPermission: return "Insufficient Permissions";
    case kTimeout: return "Timeout";
    case kGpuIsLost: return "GPU is lost";
    case kDriverNotLoaded: return "Driver Not Loaded";
    case kResetRequired: return "GPU requires reset";
    case kOperatingSystem: return "GPU access blocked by the operating system";
    case kInUse: return "In use by another client";
    default: return "Unknown Error";
    }
}
FAKE_API int nvmlSystemGetDriverVersion(char* text, unsigned size) { return copyText(driver().shared()->value("driver_version", "580.95.05"), text, size); }
FAKE_API int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = static_cast<unsigned>((*driver().shared())["gpus"].size());
    return kSuccess;
}
FAKE_API int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
    if (index >= (*driver().shared())["gpus"].size()) return kInvalidArgument;
    *device = handleOf(index);
    return failureOf(index, "nvmlDeviceGetHandleByIndex_v2");
}
GPU_TEXT(nvmlDeviceGetName, "model")
GPU_TEXT(nvmlDeviceGetUUID, "uuid")
GPU_TEXT(nvmlDeviceGetSerial, "serial")
GPU_TEXT(nvmlDeviceGetVbiosVersion, "vbios")
FAKE_API int nvmlDeviceGetPciInfo_v3(Device device, PciInfo* pci) {
    return withGpu(device, "nvmlDeviceGetPciInfo_v3", [&](const json& gpu, std::size_t) -> int {
        *pci = {};
        return copyText(gpu.value("pci", ""), pci->busId, sizeof pci->busId);
    });
}
