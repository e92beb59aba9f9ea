// Deltas of a site from the wire's bytes to a published snapshot: decode, apply, publish. Argument: GPUs of the site. Counter: values a
// second; one value is one cell of a column. 30 % of the GPUs change in each round (design.md §10).
#include "busbar/v1/fleet.pb.h"
#include "store/fleet_store.h"
#include "tests/support/synthetic_fleet.h"
#include "wire/codec.h"

#include <benchmark/benchmark.h>

namespace {

using namespace busbar;

constexpr double kChanging = 0.3;
constexpr int kRounds = 8; // Made beforehand and played in turn.

std::string bytesOf(const WatchBatch& batch) {
    v1::WatchEvent event;
    wire::encode(batch, &event);
    return event.SerializeAsString();
}

void applyDeltas(benchmark::State& state) {
    test::SyntheticSite site("bench", static_cast<std::uint32_t>(state.range(0)), 7);
    store::FleetStore shard("bench");
    for (const WatchBatch& batch : site.snapshotBatches())
        if (const Status applied = shard.apply(batch); !applied.ok()) return state.SkipWithError(std::string(sentenceOf(applied)).c_str());
    std::vector<std::vector<std::string>> rounds(kRounds);
    for (auto& round : rounds)
        for (const WatchBatch& batch : site.tick(kChanging)) round.push_back(bytesOf(batch));
    std::uint64_t next = 0;
    const std::uint64_t before = shard.counters().values;
    for (auto _ : state) {
        for (const std::string& bytes : rounds[next++ % kRounds]) {
            v1::WatchEvent event;
            event.ParseFromString(bytes);
            const auto batch = wire::decode(event);
            if (!batch.ok() || !shard.apply(*batch).ok()) return state.SkipWithError("a delta was refused");
        }
        benchmark::DoNotOptimize(shard.publish());
    }
    state.counters["values/s"] = benchmark::Counter(static_cast<double>(shard.counters().values - before), benchmark::Counter::kIsRate);
}
BENCHMARK(applyDeltas)->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
