// Runs busbar-gpu-test as a child and reads what it says. Blocks the runner's thread, looks at the step's cancel and time limit at least
// every 200 ms; a helper that does not end within 5 s of being told to is killed, which frees what it held. One that says nothing for
// StepContext::gpuSilenceMs hangs in the driver: people are told since when, and it is ended.
#pragma once

#include "busbar-agent/compute/gpu_job.h"
#include "busbar-agent/steps/step.h"

namespace busbar::agent {

/// Name of the helper, beside the agent's own program.
inline constexpr const char* kGpuTestProgram = "busbar-gpu-test";

struct GpuRun {
    Status status;                  ///< OK: all answers are there; Cancelled, DeadlineExceeded, or why the helper could not do its work
    std::vector<GpuAnswer> answers;
    std::string library;
    bool simulated = false;
};

/// `tick` is called about once a second while it runs; progress goes to the step's progress call, scaled into [from, to].
GpuRun runGpuJob(StepContext& context, GpuJob job, double from = 0, double to = 1, const std::function<void()>& tick = {});

} // namespace busbar::agent
