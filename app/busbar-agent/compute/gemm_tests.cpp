#include "busbar-agent/compute/gemm_tests.h"

#include "busbar-agent/kernels/gemm.h"

#include <algorithm>

namespace busbar::agent {
namespace {

constexpr std::uint64_t kSmallest = 512, kLargest = 8192;
constexpr double kLongEnoughMs = 4; // A product that takes this long is large enough to be timed.
constexpr double kHoldPieceMs = 100;

/// The matrices of one size and input.
struct Product {
    const CudaDevice& device;
    std::uint64_t size;
    std::uint64_t seed;
    DeviceBuffer a, b, c;

    static StatusOr<Product> make(const CudaDevice& device, std::uint64_t size, std::uint64_t seed) {
        auto a = device.allocate(size * size * sizeof(kernels::Bf16)), b = device.allocate(size * size * sizeof(kernels::Bf16)), c = device.allocate(size * size * sizeof(float));
        for (const auto* buffer : {&a, &b, &c})
            if (!buffer->ok()) return buffer->status();
        Product product{device, size, seed, *std::move(a), *std::move(b), *std::move(c)};
        for (std::uint32_t side = 0; side < 2; ++side)
            if (const Status filled = device.launch("busbarGemmInput", (side == 0 ? product.a : product.b).address(), size, size, side, seed); !filled.ok()) return filled;
        return product;
    }
    Status queue(std::uint32_t repeat) const { return device.launch("busbarGemm", a.address(), b.address(), c.address(), size, size, size, repeat); }
    StatusOr<double> time(std::uint32_t repeat, const StopCheck& stop) const {
        return device.time([&] { return queue(repeat); }, stop);
    }
    double teraflops(double milliseconds, double repeat) const {
        const auto n = static_cast<double>(size);
        return milliseconds > 0 ? 2 * n * n * n * repeat / milliseconds / 1e9 : 0;
    }
};

/// The largest product that is worth its time on this device and fits its memory.
StatusOr<Product> makeFitting(const CudaDevice& device, std::uint64_t seed, const StopCheck& stop) {
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

struct Fingerprinter {
    const CudaDevice& device;
    DeviceBuffer sum;

    StatusOr<std::uint64_t> of(const DeviceBuffer& data, const StopCheck& stop) const {
        std::uint64_t value = 0;
        if (const Status cleared = device.zero(sum.address(), sum.bytes()); !cleared.ok()) return cleared;
        const std::uint64_t words = data.bytes() / sizeof(std::uint64_t);
        if (const Status queued = device.launch("busbarFingerprint", data.address(), words, sum.address()); !queued.ok()) return queued;
        if (const Status copied = device.copyToHost(&value, sum.address(), sizeof value); !copied.ok()) return copied;
        if (const Status done = device.wait(stop); !done.ok()) return done;
        return value;
    }
};

/// How many of `repeats` further products differ from the first; `first` gets its fingerprint.
StatusOr<int> compareRepeats(const Product& product, int repeats, const StopCheck& stop, std::uint64_t& first) {
    auto sum = product.device.allocate(sizeof(std::uint64_t));
    if (!sum.ok()) return sum.status();
    const Fingerprinter fingerprinter{product.device, *std::move(sum)};
    const auto begin = fingerprinter.of(product.c, stop);
    if (!begin.ok()) return begin.status();
    first = *begin;
    int differing = 0;
    for (int i = 0; i < repeats; ++i) {
        if (const Status queued = product.queue(1); !queued.ok()) return queued;
        const auto again = fingerprinter.of(product.c, stop);
        if (!again.ok()) return again.status();
        differing += *again == first ? 0 : 1;
    }
    return differing;
}

} // namespace

StatusOr<TestOutcome> testGemm(const CudaDevice& device, int repeats, std::uint64_t seed, const StopCheck& stop, std::uint64_t* fingerprint) {
    const auto counter = FaultCounter::make(device);
    if (!counter.ok()) return counter.status();
    const auto product = makeFitting(device, seed, stop);
    if (!product.ok()) return product.status();
    const auto took = product->time(1, stop);
    if (!took.ok()) return took.status();
    if (const Status queued = device.launch("busbarGemmCheck", product->c.address(), product->size, product->size, product->size, seed, counter->address()); !queued.ok()) return queued;
    auto faults = counter->read(device, stop);
    if (!faults.ok()) return faults.status();
    std::uint64_t first = 0;
    const auto differing = compareRepeats(*product, repeats, stop, first);
    if (!differing.ok()) return differing.status();
    if (fingerprint != nullptr) *fingerprint = first;
    TestOutcome outcome;
    outcome.faults = *std::move(faults);
    outcome.figures = {{"bf16 GEMM", product->teraflops(*took, 1), "TFLOPS"},
                       {"GEMM size", static_cast<double>(product->size), "count"},
                       {"repeats", static_cast<double>(repeats), "count"},
                       {"fingerprints differing", static_cast<double>(*differing), "count"}};
    return outcome;
}

StatusOr<TestOutcome> holdPower(const CudaDevice& device, double seconds, std::uint64_t seed, const StopCheck& stop, const std::function<void()>& sample) {
    const auto product = makeFitting(device, seed, stop);
    if (!product.ok()) return product.status();
    const Stopwatch trial;
    if (const auto once = product->time(1, stop); !once.ok()) return once.status();
    const auto repeat = static_cast<std::uint32_t>(std::clamp(kHoldPieceMs / std::max(trial.milliseconds(), 0.01), 1.0, 10'000.0));
    const Stopwatch held;
    double gpuMs = 0, products = 0;
    while (held.milliseconds() < seconds * 1000) {
        const auto piece = product->time(repeat, stop);
        if (!piece.ok()) return piece.status();
        gpuMs += *piece;
        products += repeat;
        sample();
        if (const Status go = stop(); !go.ok()) return go;
    }
    TestOutcome outcome;
    outcome.figures = {{"held", held.milliseconds() / 1000, "s"}, {"bf16 GEMM", product->teraflops(gpuMs, products), "TFLOPS"}};
    return outcome;
}

} // namespace busbar::agent
