// busbar-gpu-test: runs one job on the GPUs for the agent: JSON on stdin, one JSON line per news on stdout (compute/gpu_job.h). Ends within
// 2 s of SIGTERM, and with its parent. usage: busbar-gpu-test [PID OF THE PARENT]
#include "busbar-agent/compute/run_job.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>

using namespace busbar;
using namespace busbar::agent;

namespace {

std::atomic<bool> g_end{false};

void onSignal(int) { g_end = true; }

/// What a user's shell sets for CUDA must not count here: the job names its GPUs, kernels are queued and timed, and the driver compiles them. All of
/// them are loaded at once, so that no test's first measure holds the loading.
void clearEnvironment() {
    for (const char* name : {"CUDA_VISIBLE_DEVICES", "CUDA_LAUNCH_BLOCKING", "CUDA_DISABLE_PTX_JIT"}) unsetenv(name);
    setenv("CUDA_MODULE_LOADING", "EAGER", 1);
}

} // namespace

int main(int argc, char** argv) {
    // Asked for before the parent is looked at: one that died in between is seen by the second line. The agent names its pid, which is 1 in
    // some containers.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc > 1 && std::to_string(getppid()) != argv[1]) return 1;
    std::signal(SIGTERM, onSignal);
    clearEnvironment();
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    const auto job = jobFromJson(text);
    if (!job.ok()) {
        std::cerr << "busbar-gpu-test: " << sentenceOf(job.status()) << '\n';
        return 2;
    }
    const StopCheck stop = []() -> Status { return g_end ? absl::CancelledError("cancelled") : absl::OkStatus(); };
    runJob(*job, stop, [](const GpuLine& line) { std::cout << toJson(line) << std::endl; });
    return 0;
}
