// Matrix products: the exact check that no unit computes wrongly (silent data corruption), the rate, and the steady load of a power hold.
// Idempotent, interruptible within 2 s, leave nothing allocated. Same thread rule as CudaDevice.
#pragma once

#include "busbar-agent/compute/gemm_product.h"
#include "busbar-agent/compute/memory_tests.h"

namespace busbar::agent {

/// Product with whole-numbered inputs (kernels/gemm.h), all sums checked bit by bit against ordinary whole-number arithmetic, then repeated `repeats`
/// times and compared by fingerprint. Figures, of bf16: "bf16 GEMM" (TFLOPS), "GEMM size" (count), "repeats" (count), "fingerprints
/// differing" (count); of fp8 the same beginning with "fp8". `fingerprint`, when given, gets the number of this input on this GPU: the same on
/// every GPU that computes rightly. fp8: NotFound where the GPU or its driver cannot.
StatusOr<TestOutcome> testGemm(CudaDevice& device, Precision precision, int repeats, std::uint64_t seed, const StopCheck& stop, std::uint64_t* fingerprint = nullptr);

/// Computes without pause for `seconds`; `sample` is called about every 100 ms and may read power and temperatures.
/// Figures: "held" (s), "bf16 GEMM held" (TFLOPS), the rate over all of it.
StatusOr<TestOutcome> holdPower(const CudaDevice& device, double seconds, std::uint64_t seed, const StopCheck& stop, const std::function<void()>& sample);

} // namespace busbar::agent
