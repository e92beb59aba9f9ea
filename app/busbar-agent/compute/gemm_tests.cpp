#include "busbar-agent/compute/gemm_tests.h"

#include <algorithm>

namespace busbar::agent {
namespace {

constexpr double kHoldPieceMs = 100;
constexpr std::uint32_t kTimedProducts = 4; // Some 10 ms on a GPU.

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
        if (const Status go = stop(); !go.ok()) return go;
        if (const Status queued = product.queue(1); !queued.ok()) return queued;
        const auto again = fingerprinter.of(product.c, stop);
        if (!again.ok()) return again.status();
        differing += *again == first ? 0 : 1;
    }
    return differing;
}

} // namespace

StatusOr<TestOutcome> testGemm(CudaDevice& device, Precision precision, int repeats, std::uint64_t seed, const StopCheck& stop, std::uint64_t* fingerprint) {
    const bool fp8 = precision == Precision::fp8;
    if (fp8)
        if (const Status loaded = device.loadFp8(); !loaded.ok()) return loaded;
    const auto product = makeFittingProduct(device, precision, seed);
    if (!product.ok()) return product.status();
    // The first run loads the kernel and wakes the clocks: it is not the one that counts.
    if (const auto warm = product->time(1, stop); !warm.ok()) return warm.status();
    if (const Status cleared = device.zero(product->c.address(), product->c.bytes()); !cleared.ok()) return cleared;
    const auto took = product->time(kTimedProducts, stop);
    if (!took.ok()) return took.status();
    auto faults = product->check(stop);
    if (!faults.ok()) return faults.status();
    std::uint64_t first = 0;
    const auto differing = compareRepeats(*product, repeats, stop, first);
    if (!differing.ok()) return differing.status();
    if (fingerprint != nullptr) *fingerprint = first;
    TestOutcome outcome;
    outcome.faults = *std::move(faults);
    const std::string mark = fp8 ? "fp8 " : "";
    outcome.figures = {{fp8 ? "fp8 GEMM" : "bf16 GEMM", product->teraflops(*took, kTimedProducts), "TFLOPS"},
                       {mark + "GEMM size", static_cast<double>(product->size), "count"},
                       {mark + "repeats", static_cast<double>(repeats), "count"}};
    if (repeats > 0) outcome.figures.push_back({mark + "fingerprints differing", static_cast<double>(*differing), "count"}); // Else nothing was compared.
    return outcome;
}

StatusOr<TestOutcome> holdPower(const CudaDevice& device, double seconds, std::uint64_t seed, const StopCheck& stop, const std::function<void()>& sample) {
    const auto product = makeFittingProduct(device, Precision::bf16, seed);
    if (!product.ok()) return product.status();
    if (const auto warm = product->time(1, stop); !warm.ok()) return warm.status();
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
    outcome.figures = {{"held", held.milliseconds() / 1000, "s"}, {"bf16 GEMM held", product->teraflops(gpuMs, products), "TFLOPS"}};
    return outcome;
}

} // namespace busbar::agent
