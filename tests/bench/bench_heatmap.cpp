// The heatmap at 125,000 and 1,000,000 GPUs on a canvas of 1548 × 990: frames while all, 1 % or none of the GPUs change, the first paint
// after a snapshot, and the layout alone. Prints milliseconds a frame (mean, p95) and what of it is the raster.
#include "items/fleet_layout.h"
#include "items/node_selection.h"
#include "tests/support/synthetic_fleet.h"
#include "widgets/controls/heatmap/heat_histogram.h"
#include "widgets/controls/heatmap/heatmap_control.h"
#include "widgets/controls/theme.h"

#include <benchmark/benchmark.h>

#include <QApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <map>
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

void report(benchmark::State& state, std::vector<double> frames) {
    std::ranges::sort(frames);
    state.counters["frames"] = static_cast<double>(frames.size());
    state.counters["p95_ms"] = frames[std::min(frames.size() - 1, frames.size() * 95 / 100)];
    state.counters["worst_ms"] = frames.back();
}

/// Snapshot taken → canvas painted and histogram counted.
void frame(benchmark::State& state) {
    auto& fleet = fleetOf(state.range(0));
    const double share = static_cast<double>(state.range(1)) / 100;
    Canvas canvas;
    canvas.scene.setFleet(fleet.snapshot(), {});
    canvas.control.refresh();
    std::vector<double> frames;
    double raster = 0;
    for (auto _ : state) {
        state.PauseTiming();
        const store::FleetPtr next = share > 0 ? fleet.tick(share) : fleet.snapshot();
        state.ResumeTiming();
        QElapsedTimer timer;
        timer.start();
        canvas.scene.setFleet(next, {});
        canvas.histogram.update(canvas.scene);
        canvas.control.refresh();
        raster += static_cast<double>(timer.nsecsElapsed()) / 1e6;
        QApplication::processEvents();
        frames.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    state.counters["before_paint_ms"] = raster / static_cast<double>(frames.size());
    report(state, std::move(frames));
}
BENCHMARK(frame)->ArgNames({"gpus", "changing_percent"})->ArgsProduct({{125'000, 1'000'000}, {100, 1, 0}})->Unit(benchmark::kMillisecond)->Iterations(60);

void firstPaint(benchmark::State& state) {
    const store::FleetPtr fleet = fleetOf(state.range(0)).snapshot();
    std::vector<double> frames;
    for (auto _ : state) {
        state.PauseTiming();
        Canvas canvas;
        QApplication::processEvents();
        state.ResumeTiming();
        QElapsedTimer timer;
        timer.start();
        canvas.scene.setFleet(fleet, {});
        canvas.histogram.update(canvas.scene);
        canvas.control.refresh();
        canvas.control.repaint();
        frames.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    report(state, std::move(frames));
}
BENCHMARK(firstPaint)->ArgName("gpus")->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(20);

void layout(benchmark::State& state) {
    const store::FleetPtr fleet = fleetOf(state.range(0)).snapshot();
    for (auto _ : state) benchmark::DoNotOptimize(items::FleetLayout::build(*fleet, items::Arrangement::physical));
}
BENCHMARK(layout)->ArgName("gpus")->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication app(argc, argv);
    controls::setTheme(app, controls::Theme::dark);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
