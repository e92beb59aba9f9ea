// Tests of a GPU's memory: the scrub between two tenants, and the patterns of burn-in. Idempotent; destroy what is in free memory, touch
// nothing that is allocated; interruptible within 2 s; leave nothing allocated. Same thread rule as CudaDevice.
#pragma once

#include "busbar-agent/compute/figures.h"

namespace busbar::agent {

/// Told after each part: 0..1 and a sentence.
using ProgressCall = std::function<void(double share, const std::string& sentence)>;

/// Fills all free memory with a random pattern and reads it back, `rounds` times, then zeroes it and reads that back.
/// Figures: "bytes covered" (bytes), "memory covered" (% of free less what the driver keeps), "memory covered of total" (%), "scrub rate" (GB/s moved), "copy engine"
/// (GB/s moved by the device's own copies in the same run), "fill engine" (GB/s of its own fill), "scrub of copy engine" (%).
StatusOr<TestOutcome> scrubMemory(const CudaDevice& device, std::uint64_t seed, const StopCheck& stop, const ProgressCall& progress, int rounds = 1);

/// Moving inversions over constants, random words and addresses, `rounds` times.
/// Figures: "bytes covered", "memory covered", "memory covered of total", "pattern rate" (GB/s moved), "patterns" (count).
StatusOr<TestOutcome> testPatterns(const CudaDevice& device, int rounds, std::uint64_t seed, const StopCheck& stop, const ProgressCall& progress);

/// Own kernels against the copy engine. Figures: "HBM read", "HBM write", "HBM copy", "copy engine" (GB/s moved), "fill engine" (GB/s),
/// "HBM copy of copy engine" (%).
StatusOr<TestOutcome> measureMemory(const CudaDevice& device, const StopCheck& stop);

} // namespace busbar::agent
