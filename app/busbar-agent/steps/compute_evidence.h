// From the helper's answers to a step's report: evidence and figures per GPU, and what they are worth. Pure but for the clock.
#pragma once

#include "busbar-agent/steps/gpu_worker.h"

namespace busbar::agent {

/// "cuda" or "simulated cuda".
std::string computeSource(const GpuRun& run);
/// Adds figures, and evidence `fact` per GPU: "no error" as expected, or where words differ, or why it could not be read. An ECC error that
/// the GPU could not correct is an error found, not a test that failed. Where the test is `optional`, NotFound (the node cannot do this) does
/// not apply, and its sentence is told.
void addAnswers(const StepContext& context, const GpuRun& run, const std::string& fact, StepReport& report, bool optional = false);
/// Evidence that GPUs of one model computed the same from the same input; one that differs from most of its model is named.
void addFingerprints(const StepContext& context, const GpuRun& run, const std::string& fact, StepReport& report);
/// State and sentence of a step that needs an answer without error of each of `gpus` GPUs.
void finishReport(const GpuRun& run, std::size_t gpus, const std::string& good, StepReport& report);

} // namespace busbar::agent
