#include "busbar-agent/compute/memory_tests.h"

#include "busbar-agent/compute/test_area.h"
#include "busbar-agent/kernels/memory.h"

#include <algorithm>
#include <array>

namespace busbar::agent {
namespace {

using kernels::Faults;
using Piece = TestArea::Piece;

constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 30;
constexpr std::size_t kPiecesQueued = 8; // Between two looks at the stop check: some 20 ms on a GPU.
constexpr std::size_t kRateBytes = std::size_t{512} << 20;
constexpr double kRateMs = 150; // How long a rate is measured at least.
constexpr int kMostRounds = 4096;

/// One pass over the whole area; adds the GPU's own time.
struct Pass {
    const CudaDevice& device;
    const std::vector<Piece>& pieces;
    const StopCheck& stop;
    double milliseconds = 0;

    Status run(const std::function<Status(const Piece&)>& queue) {
        for (std::size_t first = 0; first < pieces.size(); first += kPiecesQueued) {
            const auto some = device.time(
                [&]() -> Status {
                    for (std::size_t i = first; i < std::min(first + kPiecesQueued, pieces.size()); ++i) {
                        if (const Status go = stop(); !go.ok()) return go; // The buffers' release waits for what is queued.
                        if (const Status queued = queue(pieces[i]); !queued.ok()) return queued;
                    }
                    return absl::OkStatus();
                },
                stop);
            if (!some.ok()) return some.status();
            milliseconds += *some;
            if (const Status go = stop(); !go.ok()) return go;
        }
        return absl::OkStatus();
    }
    Status fill(std::uint32_t kind, std::uint64_t seed) {
        return run([&](const Piece& piece) { return device.launch("busbarFill", piece.address, piece.bytes, piece.offset, kind, seed); });
    }
    Status check(std::uint32_t kind, std::uint64_t seed, Faults* faults) {
        return run([&](const Piece& piece) { return device.launch("busbarCheck", piece.address, piece.bytes, piece.offset, kind, seed, faults); });
    }
    Status checkInvert(std::uint32_t kind, std::uint64_t seed, Faults* faults) {
        return run([&](const Piece& piece) { return device.launch("busbarCheckInvert", piece.address, piece.bytes, piece.offset, kind, seed, faults); });
    }
};

/// GB/s moved on the GPU's clock: `bytes` per call of `queue`, repeated until it took kRateMs of ours.
StatusOr<double> rateOf(const CudaDevice& device, double bytes, const StopCheck& stop, const std::function<Status()>& queue) {
    if (const auto warm = device.time(queue, stop); !warm.ok()) return warm.status();
    int rounds = 1;
    for (;;) {
        const Stopwatch watch;
        const auto took = device.time(queue, stop, rounds);
        if (!took.ok()) return took.status();
        const double wallMs = watch.milliseconds();
        if (wallMs >= kRateMs || rounds >= kMostRounds) return gigabytesPerSecond(bytes * rounds, *took);
        rounds = std::clamp(static_cast<int>(rounds * kRateMs * 1.2 / std::max(wallMs, 0.01)), rounds + 1, kMostRounds);
    }
}

/// What the device's own copy engine moves: each byte is read and written.
StatusOr<double> copyEngineRate(const CudaDevice& device, cuda::Address to, cuda::Address from, std::size_t bytes, const StopCheck& stop) {
    return rateOf(device, 2.0 * static_cast<double>(bytes), stop, [&] { return device.copyOnDevice(to, from, bytes); });
}

double percentOf(double part, double whole) { return whole > 0 ? part / whole * 100 : 0; }

void addCoverage(TestOutcome& outcome, const TestArea& area) {
    outcome.figures.push_back({"bytes covered", static_cast<double>(area.bytes()), "bytes"});
    outcome.figures.push_back({"memory covered", area.covered() * 100, "%"});
    outcome.figures.push_back({"memory covered of total", percentOf(static_cast<double>(area.bytes()), static_cast<double>(area.totalBytes())), "%"});
}

/// The device's own copy and its own fill, over part of the area.
struct EngineRates {
    double copy = 0, fill = 0;
};
StatusOr<EngineRates> engineRates(const CudaDevice& device, cuda::Address to, cuda::Address from, std::size_t bytes, const StopCheck& stop) {
    const auto copy = copyEngineRate(device, to, from, bytes, stop);
    if (!copy.ok()) return copy.status();
    const auto fill = rateOf(device, static_cast<double>(bytes), stop, [&] { return device.zero(to, bytes); });
    if (!fill.ok()) return fill.status();
    return EngineRates{*copy, *fill};
}
StatusOr<EngineRates> engineRatesWithin(const CudaDevice& device, const TestArea& area, const StopCheck& stop) {
    const Piece first = area.pieces(area.bytes()).front();
    const std::size_t half = std::min<std::size_t>(kRateBytes, first.bytes / 2) / 16 * 16;
    return engineRates(device, first.address, first.address + half, half, stop);
}
void addEngineRates(TestOutcome& outcome, const EngineRates& engine) {
    outcome.figures.push_back({"copy engine", engine.copy, "GB/s"});
    outcome.figures.push_back({"fill engine", engine.fill, "GB/s"});
}

} // namespace

StatusOr<TestOutcome> scrubMemory(const CudaDevice& device, std::uint64_t seed, const StopCheck& stop, const ProgressCall& progress, int rounds) {
    const auto counter = FaultCounter::make(device);
    if (!counter.ok()) return counter.status();
    const auto area = TestArea::take(device);
    if (!area.ok()) return area.status();
    const auto engine = engineRatesWithin(device, *area, stop);
    if (!engine.ok()) return engine.status();
    const auto pieces = area->pieces(kPieceBytes);
    Pass pass{device, pieces, stop};
    std::vector<std::pair<const char*, std::function<Status()>>> parts;
    for (std::uint64_t round = 0; round < static_cast<std::uint64_t>(rounds); ++round) {
        parts.emplace_back("filling with a random pattern", [&, round] { return pass.fill(kernels::kRandom, seed + round); });
        parts.emplace_back("reading the pattern back", [&, round] { return pass.check(kernels::kRandom, seed + round, counter->address()); });
    }
    parts.emplace_back("zeroing", [&] { return pass.fill(kernels::kZero, 0); });
    parts.emplace_back("reading the zeros back", [&] { return pass.check(kernels::kZero, 0, counter->address()); });
    for (std::size_t i = 0; i < parts.size(); ++i) {
        progress(static_cast<double>(i) / static_cast<double>(parts.size()), parts[i].first);
        if (const Status done = parts[i].second(); !done.ok()) return done;
    }
    TestOutcome outcome;
    auto faults = counter->read(device, stop);
    if (!faults.ok()) return faults.status();
    outcome.faults = *std::move(faults);
    const double rate = gigabytesPerSecond(static_cast<double>(parts.size()) * static_cast<double>(area->bytes()), pass.milliseconds);
    addCoverage(outcome, *area);
    outcome.figures.push_back({"scrub rate", rate, "GB/s"});
    addEngineRates(outcome, *engine);
    outcome.figures.push_back({"scrub of copy engine", percentOf(rate, engine->copy), "%"});
    return outcome;
}

StatusOr<TestOutcome> testPatterns(const CudaDevice& device, int rounds, std::uint64_t seed, const StopCheck& stop, const ProgressCall& progress) {
    // Each constant is tested with its complement: all zeros and ones, alternating bits, alternating pairs, a walking bit.
    const std::array<std::uint64_t, 4> constants{0, 0x5555'5555'5555'5555ULL, 0x3333'3333'3333'3333ULL, 0x8040'2010'0804'0201ULL};
    const auto counter = FaultCounter::make(device);
    if (!counter.ok()) return counter.status();
    const auto area = TestArea::take(device);
    if (!area.ok()) return area.status();
    const auto pieces = area->pieces(kPieceBytes);
    Pass pass{device, pieces, stop};
    struct Pattern {
        std::uint32_t kind;
        std::uint64_t seed;
    };
    std::vector<Pattern> patterns;
    for (int round = 0; round < rounds; ++round) {
        for (const std::uint64_t constant : constants) patterns.push_back({kernels::kConstant, constant});
        patterns.push_back({kernels::kRandom, seed + static_cast<std::uint64_t>(round)});
        patterns.push_back({kernels::kAddress, 0});
    }
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        progress(static_cast<double>(i) / static_cast<double>(patterns.size()), fmt::format("pattern {} of {}", i + 1, patterns.size()));
        const auto [kind, value] = patterns[i];
        for (const auto& part : {std::function<Status()>([&] { return pass.fill(kind, value); }), std::function<Status()>([&] { return pass.checkInvert(kind, value, counter->address()); }),
                                 std::function<Status()>([&] { return pass.check(kind | kernels::kInverted, value, counter->address()); })})
            if (const Status done = part(); !done.ok()) return done;
    }
    TestOutcome outcome;
    auto faults = counter->read(device, stop);
    if (!faults.ok()) return faults.status();
    outcome.faults = *std::move(faults);
    addCoverage(outcome, *area);
    // Fill writes, check and invert reads and writes, check reads.
    outcome.figures.push_back({"pattern rate", gigabytesPerSecond(4.0 * static_cast<double>(area->bytes()) * static_cast<double>(patterns.size()), pass.milliseconds), "GB/s"});
    outcome.figures.push_back({"patterns", static_cast<double>(patterns.size()), "count"});
    return outcome;
}

StatusOr<TestOutcome> measureMemory(const CudaDevice& device, const StopCheck& stop) {
    const auto memory = device.memory();
    if (!memory.ok()) return memory.status();
    const std::uint64_t bytes = std::min<std::uint64_t>(kRateBytes, memory->free / 4) / 4096 * 4096;
    const auto from = device.allocate(bytes), to = device.allocate(bytes), sum = device.allocate(sizeof(std::uint64_t));
    for (const auto* buffer : {&from, &to, &sum})
        if (!buffer->ok()) return buffer->status();
    if (const Status cleared = device.zero(sum->address(), sum->bytes()); !cleared.ok()) return cleared;
    const auto moved = static_cast<double>(bytes);
    const std::uint32_t kind = kernels::kConstant;
    const std::uint64_t offset = 0, seed = 0x0123'4567'89AB'CDEFULL;
    const auto write = rateOf(device, moved, stop, [&] { return device.launch("busbarFill", from->address(), bytes, offset, kind, seed); });
    const auto read = rateOf(device, moved, stop, [&] { return device.launch("busbarRead", from->address(), bytes, sum->address()); });
    const auto copy = rateOf(device, 2 * moved, stop, [&] { return device.launch("busbarCopy", to->address(), from->address(), bytes); });
    for (const auto* rate : {&write, &read, &copy})
        if (!rate->ok()) return rate->status();
    const auto engine = engineRates(device, to->address(), from->address(), bytes, stop);
    if (!engine.ok()) return engine.status();
    TestOutcome outcome;
    outcome.figures = {{"HBM read", *read, "GB/s"}, {"HBM write", *write, "GB/s"}, {"HBM copy", *copy, "GB/s"}, {"HBM copy of copy engine", percentOf(*copy, engine->copy), "%"}};
    addEngineRates(outcome, *engine);
    return outcome;
}

} // namespace busbar::agent
