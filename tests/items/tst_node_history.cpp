// What strips are drawn from: no extreme is lost on the way to pixel columns, gaps stay gaps, the controller's window and live samples
// are one line, and answers about another node do not come in.
#include "items/neighbour_band.h"
#include "items/node_history.h"
#include "tests/support/synthetic_fleet.h"

#include <QTest>

#include <random>

using namespace busbar;
using namespace busbar::items;

namespace {

constexpr std::int64_t kStartMs = 1'795'444'000'000;
const std::string kNode = "lga1/n1";

HistorySeries seriesOf(std::vector<std::int64_t> values, std::int64_t stepMs = 1'000, std::int64_t startMs = kStartMs) {
    HistorySeries series{.nodeId = kNode, .gpu = 0, .metric = Metric::gpuUtil, .startWallMs = startMs, .stepMs = stepMs};
    series.min = series.avg = series.max = std::move(values);
    return series;
}

Trace wholeTrace(const NodeHistory& history, double msPerColumn, std::int64_t fromMs, std::int64_t untilMs, int gpu = 0) {
    return history.trace(gpu, Metric::gpuUtil, msPerColumn, columnOf(fromMs, msPerColumn), columnOf(untilMs, msPerColumn));
}

int gapsIn(const Trace& trace) {
    int gaps = 0;
    for (std::size_t i = 1; i < trace.size(); ++i) gaps += trace[i].joined ? 0 : 1;
    return gaps;
}

} // namespace

/// First node whose first GPU's utilisation is known.
std::uint32_t firstReporting(const store::SiteSnapshot& site) {
    std::uint32_t node = 0;
    while (site.gpuCount(node) == 0 || site.value(Metric::gpuUtil, site.firstRow(node)) < 0) ++node;
    return node;
}

class TestNodeHistory : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void extremesSurviveEveryColumnWidth_data();
    void extremesSurviveEveryColumnWidth();
    void columnsStayWhileTheWindowMoves();
    void missingValuesLeaveAGap();
    void anEmptyStepIsNoGap();
    void notSupportedIsNoLine();
    void coarseStepsOnlyBeforeFineOnes();
    void otherNodesAndUnknownGpusStayOut();
    void liveSamplesContinueTheWindow();
    void liveRingForgetsTheOldest();
    void liveSamplesComeAtMostTenASecond();
    void clockSetBackStartsTheRingAnew();
    void meanLowAndHighOfAWindow();
    void bandIsThePercentilesOfTheNeighbours();
    void bandNeedsEnoughNeighbours();
};

void TestNodeHistory::extremesSurviveEveryColumnWidth_data() {
    QTest::addColumn<double>("msPerColumn");
    QTest::newRow("many columns a step") << 130.0;
    QTest::newRow("a column a step") << 1'000.0;
    QTest::newRow("15 min on 884 px") << 900'000.0 / 884;
    QTest::newRow("15 min on 100 px") << 9'000.0;
    QTest::newRow("one column") << 10'000'000.0;
}

void TestNodeHistory::extremesSurviveEveryColumnWidth() {
    QFETCH(double, msPerColumn);
    std::mt19937 random(7);
    HistorySeries series = seriesOf({});
    for (int i = 0; i < 900; ++i) {
        const std::int64_t value = 40 + static_cast<std::int64_t>(random() % 20);
        series.avg.push_back(value);
        series.min.push_back(i == 411 ? 3 : value - 2);
        series.max.push_back(i == 700 ? 100 : value + 2);
    }
    NodeHistory history;
    history.reset(kNode, 1);
    history.takePast({series});
    const Trace trace = wholeTrace(history, msPerColumn, kStartMs, kStartMs + 900'000);
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> expected;
    for (int i = 0; i < 900; ++i) {
        const auto [at, isNew] = expected.try_emplace(columnOf(kStartMs + i * 1'000 + 500, msPerColumn), INT64_MAX, INT64_MIN);
        at->second.first = std::min(at->second.first, series.min[static_cast<std::size_t>(i)]);
        at->second.second = std::max(at->second.second, series.max[static_cast<std::size_t>(i)]);
    }
    QCOMPARE(trace.size(), expected.size());
    for (const TracePoint& point : trace) {
        QVERIFY(expected.count(point.column) == 1);
        QCOMPARE(std::int64_t{point.low}, expected[point.column].first);
        QCOMPARE(std::int64_t{point.high}, expected[point.column].second);
    }
    QCOMPARE(gapsIn(trace), 0);
}

void TestNodeHistory::columnsStayWhileTheWindowMoves() {
    std::vector<std::int64_t> values;
    for (int i = 0; i < 900; ++i) values.push_back(i * 7 % 101);
    NodeHistory history;
    history.reset(kNode, 1);
    history.takePast({seriesOf(values)});
    constexpr double kWidth = 3'217.5;
    const Trace early = wholeTrace(history, kWidth, kStartMs + 100'000, kStartMs + 500'000);
    const Trace late = wholeTrace(history, kWidth, kStartMs + 101'000, kStartMs + 501'000);
    int same = 0;
    for (const TracePoint& one : early)
        for (const TracePoint& other : late)
            if (one.column == other.column && one.column > late.front().column && one.column < early.back().column) {
                QCOMPARE(other.low, one.low);
                QCOMPARE(other.high, one.high);
                ++same;
            }
    QVERIFY(same > 100);
}

void TestNodeHistory::missingValuesLeaveAGap() {
    std::vector<std::int64_t> values(60, 50);
    for (std::size_t i = 20; i < 30; ++i) values[i] = kNotRead;
    NodeHistory history;
    history.reset(kNode, 1);
    history.takePast({seriesOf(values)});
    const Trace trace = wholeTrace(history, 1'000, kStartMs, kStartMs + 60'000);
    QCOMPARE(trace.size(), std::size_t{50});
    QCOMPARE(gapsIn(trace), 1);
    QVERIFY(!trace[20].joined);
    for (const TracePoint& point : trace) QCOMPARE(point.low, 50);
}

void TestNodeHistory::anEmptyStepIsNoGap() {
    std::vector<std::int64_t> values(60, 50);
    values[31] = kNotRead;
    NodeHistory history;
    history.reset(kNode, 1);
    history.takePast({seriesOf(values)});
    QCOMPARE(gapsIn(wholeTrace(history, 1'000, kStartMs, kStartMs + 60'000)), 0);
}

void TestNodeHistory::notSupportedIsNoLine() {
    NodeHistory history;
    history.reset(kNode, 1);
    history.takePast({seriesOf(std::vector<std::int64_t>(60, kNotSupported))});
    QVERIFY(history.hasPast());
    QVERIFY(wholeTrace(history, 1'000, kStartMs, kStartMs + 60'000).empty());
    QVERIFY(!history.over(0, Metric::gpuUtil, kStartMs, kStartMs + 60'000));
}

void TestNodeHistory::coarseStepsOnlyBeforeFineOnes() {
    NodeHistory history;
    history.reset(kNode, 1);
    history.takePast({seriesOf(std::vector<std::int64_t>(120, 10), 30'000, kStartMs - 3'000'000)});
    history.takePast({seriesOf(std::vector<std::int64_t>(600, 80))});
    const Trace trace = wholeTrace(history, 30'000, kStartMs - 3'000'000, kStartMs + 600'000);
    QCOMPARE(gapsIn(trace), 0);
    for (const TracePoint& point : trace) {
        const bool before = point.column < columnOf(kStartMs, 30'000);
        if (point.column != columnOf(kStartMs, 30'000)) QCOMPARE(point.low, before ? 10 : 80);
    }
}

void TestNodeHistory::otherNodesAndUnknownGpusStayOut() {
    NodeHistory history;
    history.reset(kNode, 1);
    HistorySeries other = seriesOf(std::vector<std::int64_t>(60, 50));
    other.nodeId = "lga1/n2";
    HistorySeries ninth = seriesOf(std::vector<std::int64_t>(60, 50));
    ninth.gpu = 9;
    HistorySeries torn = seriesOf(std::vector<std::int64_t>(60, 50));
    torn.max.resize(10);
    history.takePast({other, ninth, torn});
    QVERIFY(wholeTrace(history, 1'000, kStartMs, kStartMs + 60'000).empty());
}

void TestNodeHistory::liveSamplesContinueTheWindow() {
    test::SyntheticFleet fleet(1, 64, 3);
    const auto snapshot = fleet.snapshot();
    const store::SiteSnapshot& site = *snapshot->sites[0];
    const std::uint32_t node = firstReporting(site);
    const std::int64_t now = site.value(Metric::gpuUtil, site.firstRow(node));
    NodeHistory history;
    history.reset(kNode, site.gpuCount(node));
    history.takePast({seriesOf(std::vector<std::int64_t>(60, 50))});
    for (int i = 0; i < 100; ++i) history.takeLive(site, node, kStartMs + 60'000 + i * 100);
    const Trace trace = wholeTrace(history, 500, kStartMs, kStartMs + 70'000);
    QCOMPARE(gapsIn(trace), 0);
    QCOMPARE(trace.front().low, 50);
    QCOMPARE(std::int64_t{trace.back().high}, now);
    QCOMPARE(trace.back().column, columnOf(kStartMs + 69'900, 500));
}

void TestNodeHistory::liveRingForgetsTheOldest() {
    test::SyntheticFleet fleet(1, 64, 3);
    const auto snapshot = fleet.snapshot();
    const store::SiteSnapshot& site = *snapshot->sites[0];
    const std::uint32_t node = firstReporting(site);
    NodeHistory history;
    history.reset(kNode, 8);
    const auto samples = static_cast<std::int64_t>(kLiveSamples) + 1'000;
    for (std::int64_t i = 0; i < samples; ++i) history.takeLive(site, node, kStartMs + i * kLivePeriodMs);
    const Trace trace = wholeTrace(history, 100, kStartMs, kStartMs + samples * kLivePeriodMs);
    QCOMPARE(trace.size(), kLiveSamples);
    QCOMPARE(trace.front().column, columnOf(kStartMs + 1'000 * kLivePeriodMs, 100));
    QCOMPARE(gapsIn(trace), 0);
}

void TestNodeHistory::liveSamplesComeAtMostTenASecond() {
    test::SyntheticFleet fleet(1, 64, 3);
    const auto snapshot = fleet.snapshot();
    NodeHistory history;
    history.reset(kNode, 8);
    std::uint32_t node = 0;
    while (snapshot->sites[0]->gpuCount(node) == 0) ++node;
    const std::uint64_t before = history.version();
    for (int i = 0; i < 60; ++i) history.takeLive(*snapshot->sites[0], node, kStartMs + i * 16);
    QCOMPARE(history.version() - before, std::uint64_t{9}); // 944 ms in steps of 16: one each 112 ms
}

void TestNodeHistory::clockSetBackStartsTheRingAnew() {
    test::SyntheticFleet fleet(1, 64, 3);
    const auto snapshot = fleet.snapshot();
    const store::SiteSnapshot& site = *snapshot->sites[0];
    const std::uint32_t node = firstReporting(site);
    NodeHistory history;
    history.reset(kNode, 8);
    for (int i = 0; i < 20; ++i) history.takeLive(site, node, kStartMs + 600'000 + i * 100);
    history.takeLive(site, node, kStartMs);
    QCOMPARE(wholeTrace(history, 100, kStartMs, kStartMs + 700'000).size(), std::size_t{1});
}

void TestNodeHistory::meanLowAndHighOfAWindow() {
    std::vector<std::int64_t> values(60, 50);
    for (std::size_t i = 30; i < 60; ++i) values[i] = 90;
    values[40] = kNotRead;
    values[41] = 7;
    NodeHistory history;
    history.reset(kNode, 2);
    history.takePast({seriesOf(values)});
    const auto late = history.over(-1, Metric::gpuUtil, kStartMs + 30'000, kStartMs + 60'000);
    QVERIFY(late.has_value());
    QCOMPARE(late->low, std::int64_t{7});
    QCOMPARE(late->high, std::int64_t{90});
    QCOMPARE(qRound(late->mean), qRound((28 * 90.0 + 7) / 29));
    const auto early = history.over(0, Metric::gpuUtil, kStartMs, kStartMs + 30'000);
    QCOMPARE(early->mean, 50.0);
    QVERIFY(!history.over(1, Metric::gpuUtil, kStartMs, kStartMs + 60'000));
}

void TestNodeHistory::bandIsThePercentilesOfTheNeighbours() {
    test::SyntheticFleet fleet(1, 512, 3);
    const auto snapshot = fleet.snapshot();
    const store::SiteSnapshot& site = *snapshot->sites[0];
    std::vector<std::uint32_t> rows;
    std::vector<std::int64_t> values;
    for (std::uint32_t row = 0; row < site.rowCount(); ++row) {
        rows.push_back(row);
        if (site.value(Metric::power, row) >= 0) values.push_back(site.value(Metric::power, row));
    }
    std::sort(values.begin(), values.end());
    const auto rank = [&](double share) { return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)]; };
    NeighbourBand band;
    band.setRows(rows);
    for (int i = 0; i < 30; ++i) band.take(site, kStartMs + i * 500); // twice a second
    const auto usual = band.at(Metric::power, kStartMs + 3'000);
    QVERIFY(usual.has_value());
    QCOMPARE(usual->first, rank(0.1));
    QCOMPARE(usual->second, rank(0.9));
    QVERIFY(!band.at(Metric::power, kStartMs + 20'000));
    const Trace trace = band.trace(Metric::power, 1'000, columnOf(kStartMs, 1'000), columnOf(kStartMs + 60'000, 1'000));
    QCOMPARE(trace.size(), std::size_t{15});
    QCOMPARE(gapsIn(trace), 0);
    band.clear();
    QVERIFY(band.trace(Metric::power, 1'000, 0, columnOf(kStartMs + 60'000, 1'000)).empty());
}

void TestNodeHistory::bandNeedsEnoughNeighbours() {
    test::SyntheticFleet fleet(1, 64, 3);
    const auto snapshot = fleet.snapshot();
    NeighbourBand band;
    band.setRows({0, 1, 2, 1'000'000}); // the last one is gone
    band.take(*snapshot->sites[0], kStartMs);
    QVERIFY(!band.at(Metric::power, kStartMs));
}

QTEST_GUILESS_MAIN(TestNodeHistory)
#include "tst_node_history.moc"
