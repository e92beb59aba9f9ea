// What one controller's own work costs at its full size: 8,192 nodes of 8 GPUs, each telling 14 metrics a second, 30 % of the GPUs
// changing. gRPC's and TLS's share is not in these figures. Each figure is the work of one second: 10 ms are 1 % of a core.
#include "busbar-controller/fanout/fleet_delta.h"
#include "busbar-controller/history/history_window.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar-controller/services/watch_encoder.h"
#include "busbar/v1/agent_link.pb.h"
#include "tests/busbar-controller/fleet_kit.h"
#include "wire/codec.h"

#include <benchmark/benchmark.h>

#include <array>
#include <random>

using namespace busbar;
using namespace busbar::controller;

namespace {

constexpr std::uint32_t kNodes = 8'192;
constexpr int kGpus = 8;
constexpr std::array kMetrics{Metric::gpuUtil, Metric::smActive, Metric::memUsedPercent, Metric::temperature, Metric::memTemperature,
                              Metric::power, Metric::smClock, Metric::memUsed, Metric::throttleReasons, Metric::eccUncorrected,
                              Metric::remapPending, Metric::nvlinksUp, Metric::pcieGen, Metric::pcieWidth};

std::vector<Metric> fleetColumns() {
    std::vector<Metric> columns;
    for (const MetricInfo& info : allMetrics())
        if (info.fleetColumn) columns.push_back(info.metric);
    return columns;
}

/// The whole fleet and, for each node, two seconds of telemetry as bytes from the wire.
class Fleet {
public:
    Fleet() : m_table(systemClock(), {"tst1", nullptr}) {
        std::mt19937 random(7);
        for (std::uint32_t i = 0; i < kNodes; ++i) {
            const auto added = m_table.applyHello(test::helloOf(fmt::format("node-{:05}", i), kGpus));
            if (!added.ok()) std::abort();
            for (auto& frames : m_frames) frames.push_back(frameBytes(random));
        }
    }
    FleetTable& table() { return m_table; }
    /// One second: every agent's message is parsed, checked and applied.
    void second(std::size_t which) {
        for (std::uint32_t i = 0; i < kNodes; ++i) {
            m_message.ParseFromString(m_frames[which % 2][i]);
            m_table.applyTelemetry(i, *wire::decode(m_message, kGpus));
        }
    }

private:
    std::string frameBytes(std::mt19937& random) {
        TelemetryFrame frame;
        frame.observedWallMs = systemClock().wallMs();
        for (const Metric metric : kMetrics) {
            MetricColumn column{metric, {}};
            for (int gpu = 0; gpu < kGpus; ++gpu) {
                const bool moves = metric <= Metric::smClock && random() % 10 < 3;
                column.values.push_back(metric == Metric::pcieGen ? 5 : metric == Metric::pcieWidth ? 16 : metric > Metric::smClock ? 0 : moves ? random() % 80 : 40);
            }
            frame.columns.push_back(std::move(column));
        }
        v1::Telemetry message;
        wire::encode(frame, &message);
        return message.SerializeAsString();
    }

    FleetTable m_table;
    std::array<std::vector<std::string>, 2> m_frames;
    v1::Telemetry m_message;
};

Fleet& fleet() {
    static Fleet instance;
    return instance;
}

void ingestOneSecond(benchmark::State& state) {
    std::size_t which = 0;
    for (auto _ : state) fleet().second(which++);
    state.SetItemsProcessed(state.iterations() * kNodes * kGpus * static_cast<std::int64_t>(kMetrics.size()));
}
BENCHMARK(ingestOneSecond)->Unit(benchmark::kMillisecond);

void deltaOneSecond(benchmark::State& state) {
    const std::vector<Metric> columns = fleetColumns();
    std::size_t which = 0;
    std::int64_t values = 0, bytes = 0;
    for (auto _ : state) {
        state.PauseTiming();
        std::uint64_t before = 0;
        fleet().table().cutAndRead([&](const FleetState& now) { before = now.revision; });
        fleet().second(which++);
        state.ResumeTiming();
        FleetDelta delta;
        fleet().table().cutAndRead([&](const FleetState& now) { delta = collectFleet(now, columns, before, false); });
        const FramesPtr frames = encodeFrames(delta);
        for (const ColumnDelta& column : delta.columns) values += static_cast<std::int64_t>(column.values.size()) / infoOf(column.metric).wireBytes;
        for (const grpc::ByteBuffer& message : frames->messages) bytes += static_cast<std::int64_t>(message.Length());
    }
    state.SetItemsProcessed(values);
    state.counters["bytes"] = static_cast<double>(bytes) / static_cast<double>(state.iterations());
}
BENCHMARK(deltaOneSecond)->Unit(benchmark::kMillisecond);

void wholeSnapshot(benchmark::State& state) {
    const std::vector<Metric> columns = fleetColumns();
    for (auto _ : state) {
        FleetDelta delta;
        fleet().table().cutAndRead([&](const FleetState& now) { delta = collectFleet(now, columns, 0, true); });
        benchmark::DoNotOptimize(encodeFrames(delta));
    }
}
BENCHMARK(wholeSnapshot)->Unit(benchmark::kMillisecond);

void historyOneSecond(benchmark::State& state) {
    HistoryWindow history;
    std::int64_t wallMs = systemClock().wallMs();
    for (auto _ : state) {
        fleet().table().read([&](const FleetState& now) { history.sample(now, wallMs, systemClock().bootMs()); });
        history.fold();
        wallMs += 1000;
    }
    state.counters["MiB"] = static_cast<double>(history.bytes()) / (1 << 20);
}
BENCHMARK(historyOneSecond)->Unit(benchmark::kMillisecond)->Iterations(650);

void tickOneRound(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(fleet().table().tick());
}
BENCHMARK(tickOneRound)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
