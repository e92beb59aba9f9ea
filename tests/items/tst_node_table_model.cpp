// The node table's model: what it promises to views under any change, order and freeze, epochs, and its worker.
#include "items/node_selection.h"
#include "items/node_table_model.h"
#include "tests/support/synthetic_fleet.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <random>

using namespace busbar;
using namespace busbar::items;

namespace {

constexpr std::int64_t kNow = test::kSyntheticNowMs;

query::QueryPtr parsed(std::string_view text) { return query::parse(text).query; }

std::vector<std::string> idsOf(const NodeTableModel& model) {
    std::vector<std::string> ids;
    for (int row = 0; row < model.rowCount(); ++row) ids.push_back(model.id(row));
    return ids;
}

bool settled(const NodeTableModel& model) {
    return QTest::qWaitFor([&] { return !model.busy(); }, 20'000);
}

/// A whole new life of a site's controller, with other nodes when `seed` or `gpus` differ.
void restart(test::SyntheticFleet& fleet, std::size_t index, std::uint64_t epoch, std::uint32_t gpus, std::uint32_t seed) {
    const test::SyntheticSite site(fleet.site(index).site(), gpus, seed);
    for (WatchBatch batch : site.snapshotBatches()) {
        batch.epoch = epoch;
        batch.heartbeat.epoch = epoch;
        const Status status = fleet.shard(index).apply(batch);
        QVERIFY2(status.ok(), std::string(sentenceOf(status)).c_str());
    }
}

NodeOrderPtr orderOf(std::vector<std::uint32_t> nodes) {
    auto order = std::make_shared<NodeOrder>();
    for (const std::uint32_t node : nodes) order->nodes.push_back({0, node});
    order->epochs = {1};
    return order;
}

} // namespace

class TestNodeTableModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void promisesHoldUnderRandomChanges();
    void sortsByWhatTheCellsShow_data();
    void sortsByWhatTheCellsShow();
    void worstNodesComeFirst();
    void frozenRowsStayAndValuesGoOn();
    void aPersonsWishIsShownWhileFrozen();
    void frozenRowsAreFoundAgainInANewEpoch();
    void staleSiteIsStaleByTheClock();
    void changeBetweenOrders_data();
    void changeBetweenOrders();
    void newestRequestWins();
    void workerEndsWhileItWorks();
    void failedQueryKeepsTheRows();
    void emptyResultSaysWhichPartsHaveNodes();
    void summaryCountsEveryRowOnce();
};

void TestNodeTableModel::promisesHoldUnderRandomChanges() {
    test::SyntheticFleet fleet(3, 1'600, 3);
    NodeTableModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    std::mt19937 random(11);
    std::uint64_t epoch = 100;
    const std::vector<const char*> queries{"", "health!=ok", "site:lga1", "model:H100 gpu.util>50%", "node:nothing", "| sort -gpu.temp", "occupancy:free | top 7 gpu.power"};
    std::int64_t now = kNow;
    for (int round = 0; round < 120; ++round) {
        switch (random() % 7) {
        case 0: model.setQuery(parsed(queries[random() % queries.size()])); break;
        case 1: model.setSort(NodeSort{static_cast<NodeColumn>(random() % kNodeColumns), random() % 2 == 0}); break;
        case 2: model.setFrozen(random() % 2 == 0); break;
        case 3: model.applyOrder(); break;
        case 4: restart(fleet, random() % 3, ++epoch, 800 + 800 * (random() % 3), static_cast<std::uint32_t>(random())); break;
        case 5: fleet.shard(random() % 3).setState(random() % 3 == 0 ? store::SiteState::lost : store::SiteState::live, "cut"); break;
        default: break;
        }
        model.setFleet(random() % 20 == 0 ? std::make_shared<store::FleetSnapshot>() : fleet.tick(0.05), now += 1'000 * (random() % 2));
        if (random() % 3 == 0) QVERIFY(settled(model));
        else QTest::qWait(1);
        for (int probe = 0; probe < 5 && model.rowCount() > 0; ++probe) {
            const int row = static_cast<int>(random() % static_cast<unsigned>(model.rowCount()));
            QVERIFY(!model.data(model.index(row, static_cast<int>(NodeColumn::node))).toString().isEmpty());
            QCOMPARE(model.rowOf(model.id(row)), row);
        }
    }
}

void TestNodeTableModel::sortsByWhatTheCellsShow_data() {
    QTest::addColumn<int>("column");
    QTest::addColumn<bool>("descending");
    for (const NodeColumn column : {NodeColumn::utilisation, NodeColumn::power, NodeColumn::temperature, NodeColumn::xid, NodeColumn::unit, NodeColumn::rackClass, NodeColumn::age})
        for (const bool descending : {false, true}) QTest::newRow(qPrintable(QStringLiteral("%1 %2").arg(QLatin1String(infoOf(column).key.data())).arg(descending))) << static_cast<int>(column) << descending;
}

void TestNodeTableModel::sortsByWhatTheCellsShow() {
    QFETCH(int, column);
    QFETCH(bool, descending);
    test::SyntheticFleet fleet(2, 4'000, 3);
    NodeTableModel model;
    model.setSort(NodeSort{static_cast<NodeColumn>(column), descending});
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(settled(model));
    QVERIFY(model.rowCount() > 900);
    double last = descending ? 1e9 : -1e9;
    bool unknownSeen = false;
    for (int row = 0; row < model.rowCount(); ++row) {
        if (model.stale(row)) continue;
        const QVariant raw = model.data(model.index(row, column), NodeTableModel::kRawRole);
        if (!raw.isValid() || (static_cast<NodeColumn>(column) == NodeColumn::xid && model.siteOf(row).gpuCount(model.ref(row).row) == 0)) {
            unknownSeen = true;
            continue;
        }
        QVERIFY2(!unknownSeen, "a known value below unknown ones");
        QVERIFY2(descending ? raw.toDouble() <= last + 1e-3 : raw.toDouble() >= last - 1e-3, qPrintable(QStringLiteral("row %1: %2 after %3").arg(row).arg(raw.toDouble()).arg(last)));
        last = raw.toDouble();
    }
}

void TestNodeTableModel::worstNodesComeFirst() {
    test::SyntheticFleet fleet(2, 4'000, 3);
    NodeTableModel model;
    model.setSort(NodeSort{NodeColumn::mark, false});
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(settled(model));
    int last = 1;
    for (int row = 0; row < model.rowCount(); ++row) {
        const int priority = priorityOf(model.siteOf(row).facts(model.ref(row).row));
        const int rank = priority == 0 ? 9 : priority;
        if (model.siteOf(row).facts(model.ref(row).row).service == Service::draining) continue; // between P2 and P3
        QVERIFY(rank >= last);
        last = rank;
    }
    QCOMPARE(last, 9);
}

void TestNodeTableModel::frozenRowsStayAndValuesGoOn() {
    test::SyntheticFleet fleet(2, 4'000, 3);
    NodeTableModel model;
    model.setSort(NodeSort{NodeColumn::utilisation, true});
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(settled(model));
    model.setFrozen(true);
    const auto before = idsOf(model);
    std::vector<QVariant> cells;
    for (int row = 0; row < model.rowCount(); ++row) cells.push_back(model.index(row, static_cast<int>(NodeColumn::power)).data(NodeTableModel::kRawRole));
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    const auto changed = fleet.tick(0.6);
    model.setFleet(changed, kNow + 1'000);
    QVERIFY(settled(model));
    QCOMPARE(idsOf(model), before);
    QCOMPARE(resets.count(), 0);
    QVERIFY(model.pending().moved > 0);
    QVERIFY(model.pending().moved < before.size());
    QCOMPARE(model.pending().left + model.pending().joined, 0u);
    int differ = 0;
    for (int row = 0; row < model.rowCount(); ++row) differ += model.index(row, static_cast<int>(NodeColumn::power)).data(NodeTableModel::kRawRole) != cells[static_cast<std::size_t>(row)];
    QVERIFY(differ > model.rowCount() / 2);
    NodeTableModel free;
    free.setSort(NodeSort{NodeColumn::utilisation, true});
    free.setFleet(changed, kNow + 1'000);
    QVERIFY(settled(free));
    model.applyOrder();
    QCOMPARE(idsOf(model), idsOf(free));
    QVERIFY(settled(model));
    QVERIFY(!model.pending().any());
}

void TestNodeTableModel::aPersonsWishIsShownWhileFrozen() {
    test::SyntheticFleet fleet(2, 1'600, 3);
    NodeTableModel model;
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(settled(model));
    model.setFrozen(true);
    model.setQuery(parsed("site:pdx1"));
    QVERIFY(settled(model));
    QCOMPARE(model.rowCount(), static_cast<int>(fleet.site(1).nodeCount()));
    QCOMPARE(QString::fromStdString(model.siteOf(0).site()), QStringLiteral("pdx1"));
    QVERIFY(!model.pending().any());
}

void TestNodeTableModel::frozenRowsAreFoundAgainInANewEpoch() {
    test::SyntheticFleet fleet(2, 1'600, 3);
    NodeTableModel model;
    model.setSort(NodeSort{NodeColumn::power, true});
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(settled(model));
    model.setFrozen(true);
    auto wanted = idsOf(model);
    // The site comes back with half of its nodes.
    restart(fleet, 0, 50, 800, 3);
    const auto now = fleet.snapshot();
    model.setFleet(now, kNow + 1'000);
    QCOMPARE(idsOf(model), wanted); // nothing is shown at a wrong index while the worker looks for them
    QVERIFY(settled(model));
    std::erase_if(wanted, [&](const std::string& id) { return id.rfind("lga1/", 0) == 0 && now->sites[0]->findNode(std::string_view(id).substr(5)) >= now->sites[0]->nodeCount(); });
    QCOMPARE(idsOf(model), wanted);
    QVERIFY(model.fleetOfRows()->sites[0] == now->sites[0]);
}

void TestNodeTableModel::staleSiteIsStaleByTheClock() {
    test::SyntheticFleet fleet(1, 800, 3);
    NodeTableModel model;
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(settled(model));
    const int row = model.rowOf("lga1/" + std::string(fleet.snapshot()->sites[0]->nodeName(2)));
    QVERIFY(!model.stale(row));
    const QString value = model.index(row, static_cast<int>(NodeColumn::power)).data().toString();
    model.setFleet(fleet.snapshot(), kNow + 94'000);
    QVERIFY(model.stale(row));
    QCOMPARE(model.index(row, static_cast<int>(NodeColumn::power)).data().toString(), value);
    QCOMPARE(model.index(row, static_cast<int>(NodeColumn::age)).data().toString(), QStringLiteral("1 m 34 s"));
}

void TestNodeTableModel::changeBetweenOrders_data() {
    using List = std::vector<std::uint32_t>;
    QTest::addColumn<List>("shown");
    QTest::addColumn<List>("next");
    QTest::addColumn<QList<int>>("change");
    QTest::newRow("same") << List{1, 2, 3} << List{1, 2, 3} << QList<int>{0, 0, 0};
    QTest::newRow("one row goes to the top") << List{1, 2, 3, 4} << List{4, 1, 2, 3} << QList<int>{1, 0, 0};
    QTest::newRow("turned round") << List{1, 2, 3, 4} << List{4, 3, 2, 1} << QList<int>{3, 0, 0};
    QTest::newRow("one leaves, one joins") << List{1, 2, 3} << List{1, 3, 9} << QList<int>{0, 1, 1};
    QTest::newRow("empty") << List{} << List{5, 6} << QList<int>{0, 0, 2};
    QTest::newRow("two change places and one leaves") << List{1, 2, 3, 4, 5} << List{2, 1, 4, 5} << QList<int>{1, 1, 0};
}

void TestNodeTableModel::changeBetweenOrders() {
    QFETCH(std::vector<std::uint32_t>, shown);
    QFETCH(std::vector<std::uint32_t>, next);
    QFETCH(QList<int>, change);
    const OrderChange found = changeBetween(*orderOf(shown), *orderOf(next));
    QCOMPARE((QList<int>{static_cast<int>(found.moved), static_cast<int>(found.left), static_cast<int>(found.joined)}), change);
}

void TestNodeTableModel::newestRequestWins() {
    const auto fleet = test::makeSyntheticFleet(4, 40'000, 3);
    NodeQueryWorker worker;
    QSignalSpy spy(&worker, &NodeQueryWorker::ordered);
    std::vector<std::uint64_t> numbers;
    worker.submit({.fleet = fleet, .query = parsed("gpu.util>10%"), .nowWallMs = kNow, .sort = NodeSort{NodeColumn::node, true}});
    QTest::qSleep(2); // the first one runs
    std::uint64_t newest = 0;
    for (int i = 0; i < 20; ++i) newest = worker.submit({.fleet = fleet, .query = parsed("site:lga1"), .nowWallMs = kNow, .sort = NodeSort{NodeColumn::power, true}});
    QVERIFY(QTest::qWaitFor([&] { return !worker.busy(); }, 20'000));
    QCOMPARE(spy.count(), 1);
    const auto answer = spy.at(0).at(0).value<NodeAnswerPtr>();
    QCOMPARE(answer->request, newest);
    QCOMPARE(answer->order->nodes.size(), std::size_t{fleet->sites[0]->nodeCount()});
    QCOMPARE(answer->order->epochs, epochsOf(*fleet));
}

void TestNodeTableModel::workerEndsWhileItWorks() {
    const auto fleet = test::makeSyntheticFleet(4, 40'000, 3);
    for (int round = 0; round < 5; ++round) {
        NodeQueryWorker worker;
        worker.submit({.fleet = fleet, .query = parsed("gpu.util>10% or lease:lga1-l*"), .nowWallMs = kNow, .sort = NodeSort{NodeColumn::node, true}});
        QTest::qSleep(round);
    }
}

void TestNodeTableModel::failedQueryKeepsTheRows() {
    test::SyntheticFleet fleet(1, 800, 3);
    NodeTableModel model;
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(settled(model));
    const int rows = model.rowCount();
    model.setQuery(parsed("at -3h"));
    QVERIFY(settled(model));
    QVERIFY(!model.answer()->status.ok());
    QVERIFY(!sentenceOf(model.answer()->status).empty());
    QCOMPARE(model.rowCount(), rows);
}

void TestNodeTableModel::emptyResultSaysWhichPartsHaveNodes() {
    test::SyntheticFleet fleet(1, 4'000, 3);
    NodeTableModel model;
    model.setQuery(parsed("model:A40 site:nowhere | sort node"));
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(settled(model));
    QCOMPARE(model.rowCount(), 0);
    const PartCounts& alone = model.answer()->alone;
    QCOMPARE(alone.size(), std::size_t{2});
    QCOMPARE(alone[0].first, std::string("model:A40"));
    QVERIFY(alone[0].second > 0);
    QCOMPARE(alone[1].second, std::uint64_t{0});
}

void TestNodeTableModel::summaryCountsEveryRowOnce() {
    test::SyntheticFleet fleet(2, 8'000, 3);
    NodeTableModel model;
    model.setSort(NodeSort{NodeColumn::mark, false});
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(settled(model));
    const NodeSummary& summary = *model.summary();
    const auto rows = static_cast<std::uint32_t>(model.rowCount());
    QCOMPARE(summary.gpus, std::uint64_t{fleet.site(0).rowCount()} + fleet.site(1).rowCount());
    for (const NodeColumn column : {NodeColumn::utilisation, NodeColumn::power, NodeColumn::temperature, NodeColumn::age}) {
        const ColumnSummary& of = summary.columns[static_cast<std::size_t>(column)];
        std::uint32_t sum = of.unknown;
        for (const std::uint32_t bar : of.bars) sum += bar;
        QCOMPARE(sum, rows);
    }
    const ColumnSummary& health = summary.columns[static_cast<std::size_t>(NodeColumn::health)];
    std::uint32_t sum = 0;
    for (const auto& [word, count] : health.shares) sum += count;
    QCOMPARE(sum, rows);
    QCOMPARE(health.shares.front().first, std::string("ok"));
    QVERIFY(!summary.marks.empty());
    QCOMPARE(int(summary.marks.front().priority), 1);
    for (const MarkBin& bin : summary.marks)
        if (bin.priority > 0) QCOMPARE(int(bin.priority), priorityOf(model.siteOf(static_cast<int>(bin.row)).facts(model.ref(static_cast<int>(bin.row)).row)));
    const NodeAt at = model.at(0);
    QVERIFY(at.rack.nodes > 0 && at.rack.healthy < at.rack.nodes);
}

QTEST_GUILESS_MAIN(TestNodeTableModel)
#include "tst_node_table_model.moc"
