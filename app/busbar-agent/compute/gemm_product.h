// One product of two matrices with whole-numbered inputs on a GPU: buffers filled once, multiplied as often as asked. Internal to
// compute/. Same thread rule as CudaDevice.
#pragma once

#include "busbar-agent/compute/figures.h"
#include "busbar-agent/kernels/gemm.h"

namespace busbar::agent {

enum class Precision : std::uint8_t { bf16, fp8 };

struct Product {
    const CudaDevice& device;
    Precision precision;
    std::uint64_t size, depth; ///< size × size sums along `depth`
    std::uint64_t seed;
    DeviceBuffer a, bTransposed, c; ///< inputs of `precision`, sums as f32

    /// fp8 needs CudaDevice::loadFp8 before.
    static StatusOr<Product> make(const CudaDevice& device, Precision precision, std::uint64_t size, std::uint64_t seed);
    Status queue(std::uint32_t repeat) const;
    /// Compares each sum with whole-number arithmetic; waits.
    StatusOr<FaultReport> check(const StopCheck& stop) const;
    /// Milliseconds on the GPU.
    StatusOr<double> time(std::uint32_t repeat, const StopCheck& stop) const;
    double teraflops(double milliseconds, double repeat) const;
};

/// Enough sums for every multiprocessor, the same for all GPUs of a model, since their results are compared: 8192 squared for A100 and up.
std::uint64_t productSize(int processors);
StatusOr<Product> makeFittingProduct(const CudaDevice& device, Precision precision, std::uint64_t seed);

} // namespace busbar::agent
