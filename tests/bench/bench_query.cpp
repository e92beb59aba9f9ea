// What queries cost. A row is a node, as in the node table; each has 8 GPUs, whose values the filters scan. `gpus` in a name: 1,000,000 GPUs
// are 125,000 rows (the fleet of design.md §10); 8,000,000 GPUs are 1,000,000 rows. One thread, cold caches between kinds.
#include "store/query/completion.h"
#include "store/query/query.h"
#include "tests/support/synthetic_fleet.h"

#include <benchmark/benchmark.h>

#include <map>

using namespace busbar;

namespace {

constexpr int kSites = 14;

const store::FleetSnapshot& fleetOf(std::int64_t gpus) {
    static std::map<std::int64_t, store::FleetPtr> fleets;
    store::FleetPtr& fleet = fleets[gpus];
    if (!fleet) fleet = test::makeSyntheticFleet(kSites, static_cast<std::uint32_t>(gpus / kSites), 1);
    return *fleet;
}

void runQuery(benchmark::State& state, const char* text, const std::string& sortField) {
    const store::FleetSnapshot& fleet = fleetOf(state.range(0));
    const query::QueryPtr parsed = query::parse(text).query;
    std::uint64_t rows = 0, found = 0, rounds = 0;
    for (auto _ : state) {
        const auto result = query::run(fleet, *parsed, test::kSyntheticNowMs, sortField);
        rows += result->total;
        found = result->nodes.size();
        ++rounds;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(rows));
    state.counters["rows"] = static_cast<double>(rows) / static_cast<double>(rounds);
    state.counters["found"] = static_cast<double>(found);
}

void typeCharacter(benchmark::State& state, const char* text) {
    const store::FleetSnapshot& fleet = fleetOf(state.range(0));
    query::CompletionRequest request;
    request.text = text;
    request.cursor = request.text.size();
    request.nowWallMs = test::kSyntheticNowMs;
    for (auto _ : state) benchmark::DoNotOptimize(query::complete(fleet, request));
}

void parseText(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(query::parse("tenant:acme model:H100 all(gpu.util<10%) -health:failed,degraded ends:..14d | sort -gpu.power | top 20"));
}

#define BUSBAR_SIZES Arg(1'000'000)->Arg(8'000'000)->ArgName("gpus")->Unit(benchmark::kMillisecond)

BENCHMARK(parseText)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(runQuery, everything, "", "")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, fact, "health!=ok", "")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, gpuMetric, "gpu.temp>60C", "")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, place, "rack:*-r1*", "")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, tenantIdle, "tenant:acme all(gpu.util<10%)", "")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, word, "r07-n3", "")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, pattern, "node~r0[1-5]-n[12]$", "")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, sortPower, "", "-gpu.power")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, sortHealth, "", "-health")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, sortRack, "", "-rack")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, sortName, "", "-node")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, sortTenant, "", "tenant")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, filterAndSort, "occupancy:leased gpu.temp>50C", "-gpu.power")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(runQuery, groupLeaf, "prio:1,2 | group leaf", "")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(typeCharacter, health, "model:H100 health:")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(typeCharacter, tenant, "tenant:")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(typeCharacter, rack, "rack:")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(typeCharacter, temperature, "gpu.temp>")->BUSBAR_SIZES;
BENCHMARK_CAPTURE(typeCharacter, anything, "ga")->BUSBAR_SIZES;

} // namespace

BENCHMARK_MAIN();
