// The overview at 125,000 and 1,000,000 GPUs of 14 sites, offscreen at 1856 × 950: from a snapshot to the end of the paint of a view that
// never saw it, each second's work on the GUI thread, and the tables that a worker computes when everything or nothing changed.
#include "items/node_selection.h"
#include "store/fleet_tally.h"
#include "tests/support/synthetic_fleet.h"
#include "widgets/views/overview/overview_view.h"

#include <QApplication>
#include <QImage>
#include <QPainter>

#include <benchmark/benchmark.h>

#include <map>
#include <memory>

using namespace busbar;

namespace {

constexpr int kSites = 14;
constexpr std::int64_t kNow = test::kSyntheticNowMs;

test::SyntheticFleet& fleetOf(const benchmark::State& state) {
    static std::map<std::int64_t, std::unique_ptr<test::SyntheticFleet>> fleets;
    auto& fleet = fleets[state.range(0)];
    if (!fleet) fleet = std::make_unique<test::SyntheticFleet>(kSites, static_cast<std::uint32_t>(state.range(0) / kSites), 7);
    return *fleet;
}

/// All sites live at `nowMs`.
test::SyntheticFleet& heard(test::SyntheticFleet& fleet, std::int64_t nowMs) {
    for (std::size_t i = 0; i < kSites; ++i) fleet.shard(i).setReceived(nowMs);
    return fleet;
}

struct Window {
    Window() : view(selection), image(1856, 950, QImage::Format_RGB32) {
        view.resize(image.size());
        view.show();
        QApplication::processEvents();
    }
    void paint() { view.render(&image); }
    items::NodeSelection selection;
    views::OverviewView view;
    QImage image;
};

/// A view that never saw this fleet, all of it painted (tables of the worker come a moment later).
void snapshotToPaint(benchmark::State& state) {
    const store::FleetPtr snapshot = heard(fleetOf(state), kNow).snapshot();
    for (auto _ : state) {
        state.PauseTiming();
        auto window = std::make_unique<Window>();
        state.ResumeTiming();
        window->view.setFleet(snapshot, kNow);
        window->paint();
        state.PauseTiming();
        window.reset();
        state.ResumeTiming();
    }
}

/// A second's work on the GUI thread: every site changed, the whole view painted.
void secondOnTheGuiThread(benchmark::State& state) {
    test::SyntheticFleet& fleet = fleetOf(state);
    Window window;
    std::int64_t now = kNow;
    for (auto _ : state) {
        state.PauseTiming();
        now += 1'000;
        const store::FleetPtr snapshot = heard(fleet, now).tick(0.3);
        state.ResumeTiming();
        window.view.setFleet(snapshot, now);
        window.paint();
    }
}

void tallyAllChanged(benchmark::State& state) {
    const store::FleetPtr snapshot = heard(fleetOf(state), kNow).snapshot();
    for (auto _ : state) {
        store::FleetTally tally;
        benchmark::DoNotOptimize(tally.update(*snapshot, kNow));
    }
}

void tallyNothingChanged(benchmark::State& state) {
    const store::FleetPtr snapshot = heard(fleetOf(state), kNow).snapshot();
    store::FleetTally tally;
    tally.update(*snapshot, kNow);
    for (auto _ : state) benchmark::DoNotOptimize(tally.update(*snapshot, kNow));
}

BENCHMARK(snapshotToPaint)->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(secondOnTheGuiThread)->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(20);
BENCHMARK(tallyAllChanged)->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(tallyNothingChanged)->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

} // namespace
