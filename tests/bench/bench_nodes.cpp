// The node table at its largest: 1,000,000 rows, a row being a node of 8 GPUs (8,000,000 GPUs at 14 sites; the design's fleet of 1,000,000
// GPUs is 125,000 rows, measured beside it). Filter + sort + repaint is the time from a new query to the end of the paint event that shows
// its order; the header's charts come later, and are told apart. Needs a display or QT_QPA_PLATFORM=offscreen.
#include "items/node_selection.h"
#include "tests/support/synthetic_fleet.h"
#include "widgets/controls/node_table.h"
#include "widgets/views/nodes/nodes_view.h"

#include <benchmark/benchmark.h>

#include <QApplication>
#include <QScrollBar>

#include <map>
#include <memory>

using namespace busbar;

namespace {

constexpr int kSites = 14;

/// A view of `rows` nodes, made once for each size.
struct Scene {
    explicit Scene(std::uint32_t rows) : fleet(test::makeSyntheticFleet(kSites, rows / kSites * 8, 3)), view(selection) {
        view.resize(1'844, 950);
        view.show();
        view.setFleet(fleet, test::kSyntheticNowMs);
        settle();
    }
    void ordered(const char* text, items::NodeSort sort) {
        const std::uint64_t before = view.model().answer()->request;
        const query::QueryPtr query = query::parse(text).query;
        if (sort == view.model().sort() && query::print(*query) == query::print(*view.model().query())) return; // shown already
        view.model().setSort(sort);
        view.setQuery(query, QString::fromUtf8(text));
        while (view.model().answer()->request == before || !view.model().answer()->order) QApplication::processEvents(QEventLoop::WaitForMoreEvents);
        view.table().viewport()->repaint();
    }
    void settle() {
        while (view.model().busy()) QApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
    }
    store::FleetPtr fleet;
    items::NodeSelection selection;
    views::NodesView view;
};

Scene& scene(benchmark::State& state) {
    static std::map<std::int64_t, std::unique_ptr<Scene>> scenes;
    auto& made = scenes[state.range(0)];
    if (!made) made = std::make_unique<Scene>(static_cast<std::uint32_t>(state.range(0)));
    return *made;
}

void filterSortRepaint(benchmark::State& state, const char* first, const char* second, items::NodeColumn column) {
    Scene& on = scene(state);
    on.ordered("", {items::NodeColumn::node, false});
    on.settle();
    bool turn = false;
    for (auto _ : state) {
        turn = !turn;
        on.ordered(turn ? first : second, {column, turn});
        state.PauseTiming();
        on.settle();
        state.ResumeTiming();
    }
    state.counters["rows left"] = on.view.model().rowCount();
    state.counters["engine ms"] = on.view.model().answer()->milliseconds;
}

void scrollRepaint(benchmark::State& state) {
    Scene& on = scene(state);
    on.ordered("has:site", {items::NodeColumn::mark, false});
    on.settle();
    QScrollBar& bar = *on.view.table().verticalScrollBar();
    int step = 0;
    for (auto _ : state) {
        bar.setValue(step++ * 3 * controls::NodeTable::kRowHeight % bar.maximum());
        on.view.table().viewport()->repaint(); // the whole page: worse than what a scroll leaves to be painted
    }
}

void summaryOfAll(benchmark::State& state) {
    Scene& on = scene(state);
    on.settle();
    const std::atomic<bool> go = false;
    for (auto _ : state) benchmark::DoNotOptimize(items::summaryOf(on.fleet, *on.view.model().order(), *on.view.model().order(), test::kSyntheticNowMs, go));
}

#define BUSBAR_SIZES ->Arg(125'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)
BENCHMARK_CAPTURE(filterSortRepaint, health_by_temperature, "health!=ok", "health:ok", items::NodeColumn::temperature) BUSBAR_SIZES;
BENCHMARK_CAPTURE(filterSortRepaint, model_by_power, "model:H100", "model:H200", items::NodeColumn::power) BUSBAR_SIZES;
BENCHMARK_CAPTURE(filterSortRepaint, all_worst_first, "", "has:node", items::NodeColumn::mark) BUSBAR_SIZES;
BENCHMARK(scrollRepaint) BUSBAR_SIZES;
BENCHMARK(summaryOfAll) BUSBAR_SIZES;

} // namespace
