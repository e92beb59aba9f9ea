#include "busbar-agent/compute/gemm_product.h"

namespace busbar::agent {
namespace {

constexpr std::uint64_t kSmallest = 512, kLargest = 8192;
constexpr double kLongEnoughMs = 4; // A product that takes this long is large enough to be timed.

} // namespace

StatusOr<Product> Product::make(const CudaDevice& device, std::uint64_t size, std::uint64_t seed) {
    auto a = device.allocate(size * size * sizeof(kernels::Bf16)), b = device.allocate(size * size * sizeof(kernels::Bf16)), c = device.allocate(size * size * sizeof(float));
    for (const auto* buffer : {&a, &b, &c})
        if (!buffer->ok()) return buffer->status();
    Product product{device, size, seed, *std::move(a), *std::move(b), *std::move(c)};
    for (std::uint32_t side = 0; side < 2; ++side)
        if (const Status filled = device.launch("busbarGemmInput", (side == 0 ? product.a : product.bTransposed).address(), size, size, side, seed); !filled.ok()) return filled;
    return product;
}

Status Product::queue(std::uint32_t repeat) const { return device.launch("busbarGemm", a.address(), bTransposed.address(), c.address(), size, size, size, repeat); }

StatusOr<FaultReport> Product::check(const StopCheck& stop) const {
    const auto counter = FaultCounter::make(device);
    if (!counter.ok()) return counter.status();
    if (const Status queued = device.launch("busbarGemmCheck", c.address(), size, size, size, seed, counter->address()); !queued.ok()) return queued;
    return counter->read(device, stop);
}

StatusOr<double> Product::time(std::uint32_t repeat, const StopCheck& stop) const {
    return device.time([&] { return queue(repeat); }, stop);
}

double Product::teraflops(double milliseconds, double repeat) const {
    const auto n = static_cast<double>(size);
    return milliseconds > 0 ? 2 * n * n * n * repeat / milliseconds / 1e9 : 0;
}

StatusOr<Product> makeFittingProduct(const CudaDevice& device, std::uint64_t seed, const StopCheck& stop) {
    const auto memory = device.memory();
    if (!memory.ok()) return memory.status();
    for (std::uint64_t size = kSmallest;; size *= 2) {
        auto product = Product::make(device, size, seed);
        if (!product.ok()) return product;
        const Stopwatch watch;
        if (const auto took = product->time(1, stop); !took.ok()) return took.status();
        const bool fits = size * size * 4 * (sizeof(float) + 2 * sizeof(kernels::Bf16)) < memory->free / 2;
        if (watch.milliseconds() >= kLongEnoughMs || size >= kLargest || !fits) return product;
    }
}

} // namespace busbar::agent
