// Simulated NVML: who holds a GPU.
#include "tests/support/fake_driver/fake_gpu.h"

using namespace fake_driver;
using namespace busbar::agent::nvml;
using nlohmann::json;

namespace {

template <typename Info>
int listProcesses(Device device, const char* call, const char* kind, unsigned* count, Info* infos) {
    return withGpu(device, call, [&](const json& gpu, std::size_t) -> int {
        unsigned found = 0;
        for (const json& process : gpu["processes"]) {
            if (process.value("kind", "compute") != kind || !alive(process)) continue;
            if (found < *count && infos != nullptr) {
                infos[found].pid = process.value("pid", 0U);
                infos[found].usedGpuMemory = static_cast<unsigned long long>(process.value("memory_mib", 0LL)) << 20;
            }
            ++found;
        }
        const bool fits = found <= *count;
        *count = found;
        return fits ? kSuccess : kInsufficientSize;
    });
}

} // namespace

#ifdef FAKE_NVML_OLD
FAKE_API int nvmlDeviceGetComputeRunningProcesses(Device device, unsigned* count, ProcessInfoV1* infos) {
    return listProcesses(device, "nvmlDeviceGetComputeRunningProcesses", "compute", count, infos);
}
FAKE_API int nvmlDeviceGetGraphicsRunningProcesses(Device device, unsigned* count, ProcessInfoV1* infos) {
    return listProcesses(device, "nvmlDeviceGetGraphicsRunningProcesses", "graphics", count, infos);
}
#else
FAKE_API int nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* infos) {
    return listProcesses(device, "nvmlDeviceGetComputeRunningProcesses_v3", "compute", count, infos);
}
FAKE_API int nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* infos) {
    return listProcesses(device, "nvmlDeviceGetGraphicsRunningProcesses_v3", "graphics", count, infos);
}
FAKE_API int nvmlDeviceGetMPSComputeRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* infos) {
    return listProcesses(device, "nvmlDeviceGetMPSComputeRunningProcesses_v3", "mps", count, infos);
}
#endif
