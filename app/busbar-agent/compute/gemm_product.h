// One product of two square matrices with whole-numbered inputs on a GPU: buffers filled once, multiplied as often as asked. Internal to
// compute/. Same thread rule as CudaDevice.
#pragma once

#include "busbar-agent/compute/figures.h"
#include "busbar-agent/kernels/gemm.h"

namespace busbar::agent {

struct Product {
    const CudaDevice& device;
    std::uint64_t size;
    std::uint64_t seed;
    DeviceBuffer a, bTransposed, c; ///< bf16, bf16, f32

    static StatusOr<Product> make(const CudaDevice& device, std::uint64_t size, std::uint64_t seed);
    Status queue(std::uint32_t repeat) const;
    /// Compares each sum with whole-number arithmetic; waits.
    StatusOr<FaultReport> check(const StopCheck& stop) const;
    /// Milliseconds on the GPU.
    StatusOr<double> time(std::uint32_t repeat, const StopCheck& stop) const;
    double teraflops(double milliseconds, double repeat) const;
};

/// The largest product (512 to 8192 squared) that is worth its time on this device and fits its memory.
StatusOr<Product> makeFittingProduct(const CudaDevice& device, std::uint64_t seed, const StopCheck& stop);

} // namespace busbar::agent
