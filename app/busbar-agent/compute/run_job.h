// Runs a job on this process's GPUs: each GPU on a thread of its own, so that all work, and heat, at the same time; copies to the host and
// to peers one after another, since the GPUs share those ways.
#pragma once

#include "busbar-agent/compute/gpu_job.h"

namespace busbar::agent {

/// Calls `tell` (one call at a time, from any thread) with progress, an answer per GPU and the end.
void runJob(const GpuJob& job, const StopCheck& stop, const std::function<void(const GpuLine&)>& tell);

} // namespace busbar::agent
