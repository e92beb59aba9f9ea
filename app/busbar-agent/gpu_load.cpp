// busbar-gpu-load: holds memory on a GPU and computes on it until it is told to end: the tenant's process of proofs and tests.
// usage: busbar-gpu-load [--gpu UUID] [--memory MIB] [--seconds N] [--cuda LIBRARY]; prints one line when it runs. Ends on SIGTERM and SIGINT.
#include "busbar-agent/compute/gemm_tests.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace busbar;
using namespace busbar::agent;

namespace {

std::atomic<bool> g_end{false};

void onSignal(int) { g_end = true; }

int fail(const Status& status) {
    std::fprintf(stderr, "busbar-gpu-load: %s\n", std::string(sentenceOf(status)).c_str());
    return 1;
}

/// UUID of the first GPU that CUDA sees.
StatusOr<std::string> firstGpu(const CudaApi& api) {
    cuda::Device device = 0;
    cuda::Uuid uuid{};
    if (const Status found = api.check(api.deviceGet(&device, 0), "cuDeviceGet"); !found.ok()) return found;
    if (const Status read = api.check(api.deviceUuid(&uuid, device), "cuDeviceGetUuid"); !read.ok()) return read;
    return uuidText(uuid);
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Holds memory on a GPU and computes on it until it is told to end");
    std::string gpu, library;
    std::size_t memoryMib = 256;
    double seconds = 3600;
    app.add_option("--gpu", gpu, "UUID (GPU-…); the first one when left out");
    app.add_option("--memory", memoryMib, "MiB to hold")->check(CLI::Range(1, 1 << 20));
    app.add_option("--seconds", seconds, "Ends by itself after so long")->check(CLI::Range(0.1, 86'400.0));
    app.add_option("--cuda", library, "Driver library; the system's libcuda.so.1 when left out");
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGTERM, onSignal);
    std::signal(SIGINT, onSignal);

    // A GPU that is named must not be hidden by what a user's shell hides from CUDA.
    if (!gpu.empty()) unsetenv("CUDA_VISIBLE_DEVICES");
    const auto api = loadCuda(library);
    if (!api.ok()) return fail(api.status());
    if (gpu.empty()) {
        auto first = firstGpu(*api);
        if (!first.ok()) return fail(first.status());
        gpu = *std::move(first);
    }
    const auto device = CudaDevice::open(*api, gpu);
    if (!device.ok()) return fail(device.status());
    const auto held = (*device)->allocate(memoryMib << 20);
    if (!held.ok()) return fail(held.status());
    std::printf("computing on %s with %zu MiB, pid %d\n", gpu.c_str(), memoryMib, getpid());
    std::fflush(stdout);
    const StopCheck stop = []() -> Status { return g_end ? absl::CancelledError("told to end") : absl::OkStatus(); };
    const auto outcome = holdPower(**device, seconds, 1, stop, [] {});
    return outcome.ok() || absl::IsCancelled(outcome.status()) ? 0 : fail(outcome.status());
}
