// The heatmap at 125,000 and 1,000,000 GPUs on a canvas of 1548 × 990: frames while all, 1 % or none of the GPUs change, the first paint
// after a snapshot, the whole screen with its dock, and the layout alone. Prints milliseconds a frame, by the clock and (cpu_) of the GUI
// thread's own time, which is what counts on a machine that does other work beside.
#include "items/fleet_layout.h"
#include "items/node_selection.h"
#include "tests/support/synthetic_fleet.h"
#include "widgets/controls/heatmap/heat_histogram.h"
#include "widgets/controls/heatmap/heatmap_control.h"
#include "widgets/views/heatmap/heatmap_view.h"

#include <benchmark/benchmark.h>

#include <QApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <ctime>
#include <map>
#include <memory>
#include <vector>

using namespace busbar;

namespace {

constexpr int kSites = 14;

test::SyntheticFleet& fleetOf(std::int64_t gpus) {
    static std::map<std::int64_t, std::unique_ptr<test::SyntheticFleet>> fleets;
    auto& fleet = fleets[gpus];
    if (!fleet) fleet = std::make_unique<test::SyntheticFleet>(kSites, static_cast<std::uint32_t>(gpus / kSites), 1);
    return *fleet;
}

struct Canvas {
    Canvas() : control(scene, selection) {
        control.resize(1548, 990);
        control.show();
    }
    controls::HeatScene scene;
    items::NodeSelection selection;
    controls::HeatHistogram histogram;
    controls::HeatmapControl control;
};

double threadMs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// Times of frames.
struct Frames {
    template <typename Work>
    void add(Work&& work) {
        QElapsedTimer timer;
        timer.start();
        const double before = threadMs();
        work();
        cpu.push_back(threadMs() - before);
        wall.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    void report(benchmark::State& state) {
        for (auto* times : {&wall, &cpu}) std::ranges::sort(*times);
        const std::size_t p95 = std::min(wall.size() - 1, wall.size() * 95 / 100);
        state.counters["frames"] = static_cast<double>(wall.size());
        state.counters["p95_ms"] = wall[p95];
        state.counters["cpu_p95_ms"] = cpu[p95];
        state.counters["cpu_worst_ms"] = cpu.back();
    }
    std::vector<double> wall, cpu;
};

/// Snapshot taken → canvas painted and histogram counted.
void frame(benchmark::State& state) {
    auto& fleet = fleetOf(state.range(0));
    const double share = static_cast<double>(state.range(1)) / 100;
    Canvas canvas;
    canvas.scene.setFleet(fleet.snapshot(), {});
    canvas.control.refresh();
    Frames frames;
    for (auto _ : state) {
        state.PauseTiming();
        const store::FleetPtr next = share > 0 ? fleet.tick(share) : fleet.snapshot();
        state.ResumeTiming();
        frames.add([&] {
            canvas.scene.setFleet(next, {});
            canvas.histogram.update(canvas.scene);
            canvas.control.refresh();
            QApplication::processEvents();
        });
    }
    frames.report(state);
}
BENCHMARK(frame)->ArgNames({"gpus", "changing_percent"})->ArgsProduct({{125'000, 1'000'000}, {100, 1, 0}})->Unit(benchmark::kMillisecond)->Iterations(60);

void firstPaint(benchmark::State& state) {
    const store::FleetPtr fleet = fleetOf(state.range(0)).snapshot();
    Frames frames;
    for (auto _ : state) {
        state.PauseTiming();
        Canvas canvas;
        QApplication::processEvents();
        state.ResumeTiming();
        frames.add([&] {
            canvas.scene.setFleet(fleet, {});
            canvas.histogram.update(canvas.scene);
            canvas.control.refresh();
            canvas.control.repaint();
        });
    }
    frames.report(state);
}
BENCHMARK(firstPaint)->ArgName("gpus")->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(20);

/// The whole screen at 1 Hz: legend, marks, loupe, minimap and captions too.
void screen(benchmark::State& state) {
    auto& fleet = fleetOf(state.range(0));
    items::NodeSelection selection;
    views::HeatmapView view(selection);
    view.resize(1856, 1026);
    view.show();
    std::int64_t nowMs = test::kSyntheticNowMs;
    view.setFleet(fleet.snapshot(), nowMs);
    QApplication::processEvents();
    Frames frames;
    for (auto _ : state) {
        state.PauseTiming();
        const store::FleetPtr next = fleet.tick(1);
        nowMs += 1'000;
        for (std::size_t site = 0; site < kSites; ++site) fleet.shard(site).setReceived(nowMs);
        state.ResumeTiming();
        frames.add([&] {
            view.setFleet(next, nowMs);
            QApplication::processEvents();
        });
    }
    frames.report(state);
}
BENCHMARK(screen)->ArgName("gpus")->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(30);

void layout(benchmark::State& state) {
    const store::FleetPtr fleet = fleetOf(state.range(0)).snapshot();
    for (auto _ : state) benchmark::DoNotOptimize(items::FleetLayout::build(*fleet, items::Arrangement::physical));
}
BENCHMARK(layout)->ArgName("gpus")->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

} // namespace
