// History in memory: seconds, ten-second steps, gaps of silent nodes, rows that move, and the bound on memory.
#include "busbar-controller/history/history_window.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "tests/busbar-controller/fleet_kit.h"
#include "tests/support/fake_clock.h"

#include <QtTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::controller;
using busbar::test::FakeClock;
using busbar::test::frameOf;
using busbar::test::helloOf;

class TstHistoryWindow : public QObject {
    Q_OBJECT

    std::unique_ptr<FakeClock> m_clock;
    std::unique_ptr<FleetTable> m_table;
    std::unique_ptr<HistoryWindow> m_history;

    void second(std::int64_t util, bool speaks = true) {
        if (speaks) m_table->applyTelemetry(0, frameOf(m_clock->wallMs(), {{Metric::gpuUtil, {util, 50}}, {Metric::power, {util * 4, 333}}, {Metric::smClock, {1'980, 1'980}}}));
        m_table->read([this](const FleetState& state) { m_history->sample(state, m_clock->wallMs(), m_clock->bootMs()); });
        m_history->fold();
        m_clock->advance(1000);
    }
    std::vector<HistorySeries> read(Metric metric, std::int64_t span, std::int64_t step) { return m_history->read("tst1/n1", {metric}, span, step).value(); }

private Q_SLOTS:
    void init() {
        m_clock = std::make_unique<FakeClock>();
        m_table = std::make_unique<FleetTable>(*m_clock, FleetTable::Options{"tst1", nullptr});
        m_history = std::make_unique<HistoryWindow>();
        QVERIFY(m_table->applyHello(helloOf("n1")).ok());
    }

    void secondsComeBack() {
        for (int i = 0; i < 30; ++i) second(i);
        const auto series = read(Metric::gpuUtil, 10'000, 1000);
        QCOMPARE(series.size(), std::size_t{2});
        QCOMPARE(series[0].stepMs, 1000);
        QCOMPARE(series[0].avg.back(), 29);
        QCOMPARE(series[0].avg.at(series[0].avg.size() - 10), 20);
        QCOMPARE(read(Metric::smActive, 10'000, 1000)[0].avg.back(), kNotRead);
    }

    void stepsHaveMinAvgMax() {
        for (int i = 0; i < 40; ++i) second(i);
        const auto series = read(Metric::gpuUtil, 40'000, 10'000);
        const auto full = std::ranges::find_if(series[0].min, [](std::int64_t value) { return value > 0; });
        const auto at = static_cast<std::size_t>(full - series[0].min.begin());
        QCOMPARE(series[0].max[at] - series[0].min[at], 9);
        QVERIFY(series[0].avg[at] > series[0].min[at] && series[0].avg[at] < series[0].max[at]);
    }

    void hoursComeFromTenSecondSteps() {
        for (int i = 0; i < 2'000; ++i) second(i % 100);
        QVERIFY(m_history->reach().fineMs < 901'000);
        QVERIFY(m_history->reach().coarseMs > 1'900'000);
        const auto series = read(Metric::power, 2'000'000, 10'000);
        QCOMPARE(series[0].stepMs, 10'000);
        const auto known = std::ranges::count_if(series[1].avg, [](std::int64_t value) { return value == 332; }); // in steps of 4 W
        QVERIFY2(known >= 195, qPrintable(QString::number(known)));
        QVERIFY(std::ranges::max(series[0].max) >= 392 && std::ranges::max(series[0].max) <= 400);
        QCOMPARE(std::ranges::max(read(Metric::smClock, 2'000'000, 10'000)[0].max), 1984);
    }

    void aSilentNodeLeavesAGap() {
        for (int i = 0; i < 10; ++i) second(40);
        for (int i = 0; i < 10; ++i) second(0, false);
        const auto series = read(Metric::gpuUtil, 5'000, 1000);
        QCOMPARE(series[0].avg.back(), kNotRead);
        QVERIFY(std::ranges::find(read(Metric::gpuUtil, 20'000, 1000)[0].avg, 40) != read(Metric::gpuUtil, 20'000, 1000)[0].avg.end());
    }

    void rowsThatMoveKeepTheirPast() {
        for (int i = 0; i < 5; ++i) second(40);
        QVERIFY(m_table->applyHello(helloOf("n0", 4)).ok());
        QVERIFY(m_table->applyHello(helloOf("n1", 3)).ok()); // other slots: n0's rows move
        m_table->applyTelemetry(1, frameOf(m_clock->wallMs(), {{Metric::gpuUtil, {9, 9, 9, 9}}}));
        m_table->read([this](const FleetState& state) { m_history->sample(state, m_clock->wallMs(), m_clock->bootMs()); });
        const auto series = m_history->read("tst1/n1", {Metric::gpuUtil}, 10'000, 1000).value();
        QCOMPARE(series.size(), std::size_t{3});
        QVERIFY(std::ranges::find(series[0].avg, 40) != series[0].avg.end());
        QCOMPARE(m_history->read("tst1/n0", {Metric::gpuUtil}, 10'000, 1000).value()[3].avg.back(), 9);
    }

    void unknownNodesAreNamed() {
        second(1);
        QCOMPARE(m_history->read("tst1/n9", {}, 1000, 1000).status().code(), absl::StatusCode::kNotFound);
        QCOMPARE(m_history->read("nowhere", {}, 1000, 1000).status().code(), absl::StatusCode::kInvalidArgument);
    }

    void memoryIsBounded() {
        HistoryWindow big;
        FleetTable table(*m_clock, {"tst1", nullptr});
        for (int i = 0; i < 4'000; ++i) QVERIFY(table.applyHello(helloOf(fmt::format("m{}", i), 64)).ok());
        for (int i = 0; i < 70; ++i) {
            table.read([&](const FleetState& state) { big.sample(state, m_clock->wallMs(), m_clock->bootMs()); });
            m_clock->advance(1000);
        }
        QVERIFY(big.bytes() <= kFineBytes + kCoarseBytes);
        QVERIFY(big.reach().fineMs < 60'000);
    }
};

QTEST_APPLESS_MAIN(TstHistoryWindow)
#include "tst_history_window.moc"
