// Simulated NVML: GPM, which gives SM activity between two samples (Hopper and newer).
#include "tests/support/fake_driver/fake_gpu.h"

#include <memory>
#include <mutex>
#include <vector>

using namespace fake_driver;
using namespace busbar::agent::nvml;
using nlohmann::json;

namespace {

struct Sample {
    double smPercent = -1; ///< -1: not taken
};

double smActive(const json& gpu, std::size_t index) { return gpu.value("sm_active", loadOf(gpu, index) * 88); }

} // namespace

FAKE_API int nvmlGpmQueryDeviceSupport(Device device, GpmSupport* support) {
    return withGpu(device, "nvmlGpmQueryDeviceSupport", [&](const json& gpu, std::size_t) -> int {
        if (support->version != kGpmSupportVersion) return kArgumentVersionMismatch;
        support->isSupported = modelOf(gpu).gpm ? 1 : 0;
        return kSuccess;
    });
}
FAKE_API int nvmlGpmSampleAlloc(GpmSample* sample) {
    *sample = new Sample;
    return kSuccess;
}
FAKE_API int nvmlGpmSampleFree(GpmSample sample) {
    delete static_cast<Sample*>(sample);
    return kSuccess;
}
FAKE_API int nvmlGpmSampleGet(Device device, GpmSample sample) {
    return withGpu(device, "nvmlGpmSampleGet", [&](const json& gpu, std::size_t index) -> int {
        if (!modelOf(gpu).gpm || gpu.value("mig_mode", 0) != 0) return kNotSupported;
        static_cast<Sample*>(sample)->smPercent = smActive(gpu, index);
        return kSuccess;
    });
}
FAKE_API int nvmlGpmMetricsGet(GpmMetricsGet* request) {
    const auto* first = static_cast<const Sample*>(request->first);
    const auto* second = static_cast<const Sample*>(request->second);
    if (request->version != kGpmMetricsVersion || first == nullptr || second == nullptr || first->smPercent < 0 || second->smPercent < 0) return kInvalidArgument;
    for (unsigned i = 0; i < request->count; ++i) {
        GpmMetric& metric = request->metrics[i];
        metric.nvmlReturn = metric.id == kGpmSmActive ? kSuccess : kNotSupported;
        metric.value = (first->smPercent + second->smPercent) / 2;
    }
    return kSuccess;
}
