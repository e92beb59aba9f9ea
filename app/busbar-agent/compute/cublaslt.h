// NVIDIA's own matrix product, where the node has the library: the peak rate beside our kernel's, over the same exact inputs, so that its
// sums are checked bit by bit too. Loaded by dlopen with our own declarations (docs.nvidia.com/cuda/cublas, cuBLASLt API).
#pragma once

#include "busbar-agent/compute/figures.h"

namespace busbar::agent {

/// Figures: "cuBLASLt bf16 GEMM" (TFLOPS), "cuBLASLt version" (count). NotFound: the node has no cuBLASLt, or none that
/// works with its driver. Interruptible within 2 s.
StatusOr<TestOutcome> measureCublasLt(const CudaDevice& device, std::uint64_t seed, const StopCheck& stop);

} // namespace busbar::agent
