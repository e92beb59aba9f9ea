#include "busbar-agent/compute/gemm_product.h"

#include <algorithm>
#include <bit>

namespace busbar::agent {
namespace {

constexpr std::uint64_t kSmallest = 512, kLargest = 8192;
constexpr std::uint64_t kRowsPerProcessor = 80; // Some ten blocks of sums a multiprocessor.

std::uint64_t inputBytes(Precision precision) { return precision == Precision::bf16 ? sizeof(kernels::Bf16) : sizeof(kernels::Fp8); }

} // namespace

StatusOr<Product> Product::make(const CudaDevice& device, Precision precision, std::uint64_t size, std::uint64_t seed) {
    const std::uint64_t depth = precision == Precision::bf16 ? size : kernels::kFp8Depth, bytes = size * depth * inputBytes(precision);
    auto a = device.allocate(bytes), b = device.allocate(bytes), c = device.allocate(size * size * sizeof(float));
    for (const auto* buffer : {&a, &b, &c})
        if (!buffer->ok()) return buffer->status();
    Product product{device, precision, size, depth, seed, *std::move(a), *std::move(b), *std::move(c)};
    const char* const kernel = precision == Precision::bf16 ? "busbarGemmInput" : "busbarGemmInputFp8";
    for (std::uint32_t side = 0; side < 2; ++side)
        if (const Status filled = device.launch(kernel, (side == 0 ? product.a : product.bTransposed).address(), size, depth, side, seed); !filled.ok()) return filled;
    return product;
}

Status Product::queue(std::uint32_t repeat) const {
    const char* const kernel = precision == Precision::bf16 ? "busbarGemm" : "busbarGemmFp8";
    return device.launchShared(kernel, kernels::kSharedBytes, a.address(), bTransposed.address(), c.address(), size, size, depth, repeat);
}

StatusOr<FaultReport> Product::check(const StopCheck& stop) const {
    const auto counter = FaultCounter::make(device);
    if (!counter.ok()) return counter.status();
    if (const Status queued = device.launch("busbarGemmCheck", c.address(), size, size, depth, seed, counter->address()); !queued.ok()) return queued;
    return counter->read(device, stop);
}

StatusOr<double> Product::time(std::uint32_t repeat, const StopCheck& stop) const {
    return device.time([&] { return queue(repeat); }, stop);
}

double Product::teraflops(double milliseconds, double repeat) const {
    const auto n = static_cast<double>(size);
    return milliseconds > 0 ? 2 * n * n * static_cast<double>(depth) * repeat / milliseconds / 1e9 : 0;
}

std::uint64_t productSize(int processors) { return std::clamp(std::bit_floor(static_cast<std::uint64_t>(std::max(processors, 1)) * kRowsPerProcessor), kSmallest, kLargest); }

StatusOr<Product> makeFittingProduct(const CudaDevice& device, Precision precision, std::uint64_t seed) { return Product::make(device, precision, productSize(device.processors()), seed); }

} // namespace busbar::agent
