// Repaint of eight strips of a node with 15 minutes at 10 Hz, beside the controller's 15 minutes at 1 Hz and the neighbours' band: what a watched node costs the
// GUI thread. The pixmap is made anew about once a second at this span; in between only captions and cursor are painted.
#include "tests/support/synthetic_fleet.h"
#include "widgets/controls/strip_chart.h"

#include <QImage>
#include <benchmark/benchmark.h>

#include <cmath>
#include <numeric>

using namespace busbar;

namespace {

constexpr int kGpus = 8;
constexpr std::int64_t kNowMs = test::kSyntheticNowMs;
constexpr std::int64_t kSpanMs = 15 * 60'000;

items::NodeHistory& history() {
    static items::NodeHistory made = [] {
        items::NodeHistory one;
        test::SyntheticFleet fleet(1, 256, 5);
        auto snapshot = fleet.snapshot();
        std::uint32_t node = 0;
        while (snapshot->sites[0]->gpuCount(node) < kGpus) ++node;
        one.reset("lga1/n", kGpus);
        for (std::int64_t at = kNowMs - kSpanMs; at <= kNowMs; at += items::kLivePeriodMs) {
            if ((at / items::kLivePeriodMs) % 4 == 0) snapshot = fleet.tick(1.0);
            one.takeLive(*snapshot->sites[0], node, at);
        }
        std::vector<HistorySeries> past;
        for (int gpu = 0; gpu < kGpus; ++gpu)
            for (const Metric metric : items::kTracedMetrics) {
                HistorySeries series{.nodeId = "lga1/n", .gpu = gpu, .metric = metric, .startWallMs = kNowMs - kSpanMs, .stepMs = 1'000};
                for (int i = 0; i < 900; ++i) series.avg.push_back(50 + std::lround(20 * std::sin(i / 9.0 + gpu)));
                series.min = series.max = series.avg;
                past.push_back(std::move(series));
            }
        one.takePast(past);
        return one;
    }();
    return made;
}

/// The neighbours' band of the same 15 minutes.
items::NeighbourBand& band() {
    static items::NeighbourBand made = [] {
        items::NeighbourBand one;
        test::SyntheticFleet fleet(1, 256, 6);
        std::vector<std::uint32_t> rows(256);
        std::iota(rows.begin(), rows.end(), 0U);
        one.setRows(rows);
        for (std::int64_t at = kNowMs - kSpanMs; at <= kNowMs; at += items::NeighbourBand::kPeriodMs) one.take(*fleet.tick(1.0)->sites[0], at);
        return one;
    }();
    return made;
}

controls::StripChart& chart() {
    static controls::StripChart& made = *[] {
        auto* one = new controls::StripChart(history());
        one->resize(1010, 80 + kGpus * 75 + 20);
        one->setScales({Metric::gpuUtil, QStringLiteral("GPU utilisation"), QStringLiteral("%"), 0, 100},
                       {Metric::power, QStringLiteral("power"), QStringLiteral("W"), 0, 700});
        QVector<controls::StripCaption> captions(kGpus);
        for (int i = 0; i < kGpus; ++i)
            captions[i] = {QStringLiteral("GPU %1").arg(i), QStringLiteral("SM 93 % \u00b7 640 W"), QStringLiteral("61 \u00b0C \u00b7 NVL 18/18")};
        one->setCaptions(captions);
        one->setBand(&band());
        one->setNow(kNowMs);
        return one;
    }();
    return made;
}

void decimate(benchmark::State& state) {
    const items::NodeHistory& source = history();
    constexpr double kMsPerColumn = kSpanMs / 884.0;
    const std::int64_t last = items::columnOf(kNowMs, kMsPerColumn);
    for (auto _ : state)
        for (int gpu = 0; gpu < kGpus; ++gpu)
            for (const Metric metric : {Metric::gpuUtil, Metric::power})
                benchmark::DoNotOptimize(source.trace(gpu, metric, kMsPerColumn, last - 883, last));
    state.counters["readings/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * kGpus * 2 * 9'900, benchmark::Counter::kIsRate);
}

void repaintWhole(benchmark::State& state) {
    QImage image(chart().size(), QImage::Format_ARGB32_Premultiplied);
    for (auto _ : state) {
        chart().refresh();
        chart().render(&image);
    }
}

void repaintCursor(benchmark::State& state) {
    QImage image(chart().size(), QImage::Format_ARGB32_Premultiplied);
    chart().render(&image);
    for (auto _ : state) chart().render(&image);
}

} // namespace

BENCHMARK(decimate)->Unit(benchmark::kMillisecond);
BENCHMARK(repaintWhole)->Unit(benchmark::kMillisecond);
BENCHMARK(repaintCursor)->Unit(benchmark::kMillisecond);
