// Parts of the node view on their own: rows of its tables, words of its values, what changed most, neighbours, lifecycle, the enlarged
// chart's points.
#include "node_site.h"
#include "shell_samples.h"
#include "widgets/charts/strip_plot.h"
#include "widgets/views/node/changed_most.h"
#include "widgets/views/node/lifecycle_path.h"
#include "widgets/views/node/neighbours.h"
#include "widgets/views/node/node_rows.h"
#include "widgets/views/node/node_words.h"

#include <QTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::views;

namespace {

constexpr std::int64_t kNowMs = 1'795'444'327'000;

QString allText(const CellRows& rows) {
    QStringList words;
    for (const auto& row : rows)
        for (const Cell& cell : row) words << cell.text;
    return words.join(QLatin1Char('|'));
}

} // namespace

class TestNodeParts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void changedMostOrdersBySize();
    void missingMetricsNameTheirReason();
    void kernelLinesBeforeTheAgentAreMarked();
    void stuckCollectorsStandAmongFindings();
    void gpuClosedApartSaysWhy();
    void neighboursLift();
    void lifecycleTicksOnlyWhatIsRecorded();
    void wordsOfValues_data();
    void wordsOfValues();
    void chartHasNoMorePointsThanPixels();
};

void TestNodeParts::changedMostOrdersBySize() {
    items::NodeHistory history;
    history.reset("lga1/n", 2);
    const auto series = [](int gpu, Metric metric, std::int64_t before, std::int64_t after) {
        HistorySeries one{.nodeId = "lga1/n", .gpu = gpu, .metric = metric, .startWallMs = kNowMs - 600'000, .stepMs = 1'000};
        for (int i = 0; i < 600; ++i) one.avg.push_back(i < 300 ? before : after);
        one.min = one.max = one.avg;
        return one;
    };
    history.takePast({series(0, Metric::power, 600, 300), series(1, Metric::power, 400, 200), series(0, Metric::temperature, 60, 54),
                      series(0, Metric::gpuUtil, 80, 0)});
    const auto changes = changedMost(history, kNowMs - 300'000, kNowMs, kNowMs - 600'000);
    QCOMPARE(changes.size(), std::size_t{3});
    QVERIFY(changes[0].metric == Metric::gpuUtil);
    QCOMPARE(qRound(changes[0].percent), -100);
    QVERIFY(changes[1].metric == Metric::power);
    QCOMPARE(qRound(changes[1].before), 500);
    QCOMPARE(qRound(changes[1].within), 250);
    QVERIFY(changedMost(history, kNowMs - 600'000, kNowMs, kNowMs - 600'000).empty()); // nothing before it
}

void TestNodeParts::missingMetricsNameTheirReason() {
    const NodeDetail detail = samples::busyNode(kNowMs);
    const QString text = allText(metricRows(detail, kNowMs));
    QVERIFY(text.contains(QStringLiteral("n/s")));
    QVERIFY(!text.contains(QStringLiteral("-1")) && !text.contains(QStringLiteral("-2")));
    QCOMPARE(missingSentences(detail), QStringList{QStringLiteral("the device lacks GPM: SM active (GPU 7)")});
    NodeDetail none = detail;
    for (GpuDetail& gpu : none.gpus)
        for (GpuDetail::Value& value : gpu.metrics)
            if (value.metric == Metric::smActive) value = {Metric::smActive, kNotRead, -1, ""};
    QCOMPARE(missingSentences(none), QStringList{QStringLiteral("not read: SM active")});
    QVERIFY(!allText(metricRows(none, kNowMs)).contains(QStringLiteral("SM active")));
}

void TestNodeParts::kernelLinesBeforeTheAgentAreMarked() {
    NodeDetail detail = samples::busyNode(kNowMs);
    detail.events = {{.id = 9,
                      .wallMs = kNowMs - 500,
                      .nodeId = detail.id,
                      .kind = EventKind::kernel,
                      .beforeAgent = true,
                      .text = "nvidia: loading out-of-tree module"}};
    const CellRows rows = eventRows(detail, kNowMs);
    QCOMPARE(rows.size(), 1);
    QCOMPARE(rows[0][3].second, QStringLiteral("before the agent"));
}

void TestNodeParts::gpuClosedApartSaysWhy() {
    NodeDetail detail = samples::busyNode(kNowMs);
    QVERIFY(!allText(metricRows(detail, kNowMs)).contains(QStringLiteral("service"))); // all as their node: nothing to tell
    detail.facts.service = Service::open;
    for (GpuDetail& gpu : detail.gpus) gpu.service = Service::open;
    detail.gpus[3].service = Service::drained;
    detail.gpus[3].serviceWhy = "drain lga1/01JDACTION0000000000008815: ECC errors";
    const CellRows metrics = metricRows(detail, kNowMs), gpus = gpuRows(detail);
    QCOMPARE(metrics.first().size(), metricColumns(detail).size());
    QCOMPARE(metrics.first()[2 + 3].text, QStringLiteral("drained"));
    QVERIFY2(metrics.first()[2 + 3].tip.contains(QStringLiteral("01JDACTION0000000000008815: ECC errors")), qPrintable(metrics.first()[2 + 3].tip));
    QCOMPARE(metrics.first()[2 + 4].text, QStringLiteral("open"));
    QCOMPARE(gpus.first().size(), gpuColumns().size());
    QCOMPARE(gpus[3][2].text, QStringLiteral("drained"));
    QCOMPARE(gpus[3][2].second, QStringLiteral("drain lga1/01JDACTION0000000000008815: ECC errors"));
    QVERIFY(gpus[4][2].second.isEmpty());
}

void TestNodeParts::stuckCollectorsStandAmongFindings() {
    NodeDetail detail = samples::busyNode(kNowMs);
    detail.stuck = {"nvml stuck since 14:20:05 on GPU 3"};
    const CellRows rows = findingRows(detail, kNowMs);
    QCOMPARE(rows.size(), 3);
    QVERIFY(rows.last()[1].text.contains(QStringLiteral("stuck since 14:20:05")));
    QVERIFY(rows.first()[0].sign == Sign::p2); // worst first
}

void TestNodeParts::neighboursLift() {
    samples::NodeSite site(samples::busyNode(kNowMs), {}, kNowMs);
    const auto fleet = site.fleet();
    const Neighbours neighbours = neighboursOf(*fleet->sites[0], 0);
    QCOMPARE(neighbours.known, 37U);
    QCOMPARE(neighbours.sick, 6U); // the node and five more
    QCOMPARE(neighbours.rackNodes, 4U);
    QCOMPARE(neighbours.rackHealthy, 0U);
    QCOMPARE(QString::fromStdString(neighbours.domains.front().kind), QStringLiteral("rack"));
    QCOMPARE(neighbours.domains.front().lift, 37.0 / 6.0);
    const auto leaf =
        std::find_if(neighbours.domains.begin(), neighbours.domains.end(), [](const NeighbourDomain& domain) { return domain.kind == "leaf"; });
    QCOMPARE(leaf->nodes, 12U);
    QCOMPARE(leaf->sick, 6U);
    QCOMPARE(leaf->lift, 0.5 / (6.0 / 37.0));
    QCOMPARE(rowsNear(*fleet->sites[0], 0).size(), std::size_t{11 * 8}); // the others on its leaf
}

void TestNodeParts::lifecycleTicksOnlyWhatIsRecorded() {
    using Mark = LifecycleStep::Mark;
    const std::vector<FactChange> history{{.fact = "state", .from = "racked", .to = "discovered", .wallMs = kNowMs - 5'000},
                                          {.fact = "service", .from = "open", .to = "ready", .wallMs = kNowMs}};
    const auto steps = lifecycleSteps(NodeState::inspectingFailed, history);
    QCOMPARE(steps.size(), 7);
    QVERIFY(steps[0].mark == Mark::unrecorded);
    QVERIFY(steps[2].mark == Mark::passed);
    QVERIFY(steps[3].mark == Mark::failed);
    QVERIFY(steps[6].mark == Mark::ahead);
    QVERIFY(steps[6].when.isEmpty());
    for (const LifecycleStep& step : lifecycleSteps(NodeState::triage, history)) QVERIFY(step.mark != Mark::current);
}

void TestNodeParts::wordsOfValues_data() {
    QTest::addColumn<int>("metric");
    QTest::addColumn<qint64>("value");
    QTest::addColumn<QString>("words");
    QTest::newRow("clock") << int(Metric::smClock) << qint64{1'830} << QStringLiteral("1,830");
    QTest::newRow("not supported") << int(Metric::fanPercent) << qint64{kNotSupported} << QStringLiteral("n/s");
    QTest::newRow("not read") << int(Metric::power) << qint64{kNotRead} << QStringLiteral("?");
    QTest::newRow("health") << int(Metric::health) << qint64(Health::degraded) << QStringLiteral("degraded");
    QTest::newRow("no throttle") << int(Metric::throttleReasons) << qint64{0} << QStringLiteral("none");
    QTest::newRow("two reasons") << int(Metric::throttleReasons) << qint64{0x44} << QStringLiteral("SW power cap, HW thermal");
    QTest::newRow("reason of tomorrow") << int(Metric::throttleReasons) << qint64{0x4000} << QStringLiteral("0x4000");
    QTest::newRow("compute mode") << int(Metric::computeMode) << qint64{3} << QStringLiteral("exclusive process");
}

void TestNodeParts::wordsOfValues() {
    QFETCH(int, metric);
    QFETCH(qint64, value);
    QFETCH(QString, words);
    QCOMPARE(valueText(static_cast<Metric>(metric), value), words);
}

void TestNodeParts::chartHasNoMorePointsThanPixels() {
    items::NodeHistory history;
    history.reset("lga1/n", 1);
    HistorySeries series{.nodeId = "lga1/n", .gpu = 0, .metric = Metric::power, .startWallMs = kNowMs - 86'400'000, .stepMs = 1'000};
    for (int i = 0; i < 86'400; ++i) {
        series.min.push_back(i % 97);
        series.avg.push_back(i % 97 + 100);
        series.max.push_back(i == 40'000 ? 900 : i % 97 + 200);
    }
    history.takePast({series});
    charts::StripPlot plot(history);
    plot.resize(900, 400);
    plot.show();
    controls::TimeWindow window;
    window.setNow(kNowMs);
    window.setSpan(86'400'000);
    plot.setWindow(window);
    plot.setStrip(0, {Metric::power, QStringLiteral("power"), QStringLiteral("W"), 0, 700});
    QVERIFY(plot.points() > 200);
    QVERIFY2(plot.points() <= plot.width(), qPrintable(QString::number(plot.points())));
    QCOMPARE(plot.strokes(), 1);
}

QTEST_MAIN(TestNodeParts)
#include "tst_node_parts.moc"
