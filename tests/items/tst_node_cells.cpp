// Cells of the node table: what is not known is never 0, blank or healthy; a cell's filter is what a person would type; the exported file.
#include "items/cell_filter.h"
#include "items/node_export.h"
#include "items/node_selection.h"
#include "items/node_table_model.h"
#include "store/query/query.h"
#include "tests/support/synthetic_fleet.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace busbar;
using namespace busbar::items;

namespace {

constexpr std::int64_t kNow = test::kSyntheticNowMs;

/// A site of one node with `gpus` slots of which nothing was read, without a place, model or fact.
store::FleetPtr blankFleet(std::uint8_t gpus) {
    store::FleetStore shard("site");
    const auto apply = [&](WatchBatch batch) {
        batch.epoch = 1;
        batch.revision = 1;
        const Status status = shard.apply(batch);
        QVERIFY2(status.ok(), std::string(sentenceOf(status)).c_str());
    };
    WatchBatch begin{.kind = WatchBatch::Kind::snapshotBegin};
    begin.nodeTotal = 1;
    begin.rowTotal = gpus;
    apply(begin);
    WatchBatch nodes{.kind = WatchBatch::Kind::nodes};
    nodes.nodes = {0, {"n1"}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {gpus}, {0}, {}};
    apply(nodes);
    apply({.kind = WatchBatch::Kind::snapshotEnd});
    shard.setState(store::SiteState::live, "");
    auto fleet = std::make_shared<store::FleetSnapshot>();
    fleet->sites.push_back(shard.publish());
    fleet->sequence = 1;
    return fleet;
}

std::vector<std::string> idsOf(const store::FleetSnapshot& fleet, const std::string& text) {
    const query::Parsed parsed = query::parse(text);
    std::vector<std::string> ids;
    if (!parsed.query) return ids;
    const auto result = query::run(fleet, *parsed.query, kNow);
    if (!result.ok()) return ids;
    for (const store::RowRef& ref : result->nodes) ids.push_back(nodeId(*fleet.sites[ref.site], ref.row));
    return ids;
}

bool contains(const std::vector<std::string>& ids, const std::string& id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

} // namespace

class TestNodeCells : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void unknownIsNeverZeroBlankOrHealthy_data();
    void unknownIsNeverZeroBlankOrHealthy();
    void missingValuesSayWhy();
    void modelsAreShort_data();
    void modelsAreShort();
    void cellFiltersEqualTyping_data();
    void cellFiltersEqualTyping();
    void everyCellFilterKeepsItsNodeAndExcludeDropsIt();
    void csvFieldsAreQuoted_data();
    void csvFieldsAreQuoted();
    void exportWritesWhatIsShown();
    void exportSaysWhyItFailed();
};

void TestNodeCells::unknownIsNeverZeroBlankOrHealthy_data() {
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("text");
    const QString unknown = QStringLiteral("?"), word = QStringLiteral("unknown");
    for (const NodeColumn column : {NodeColumn::model, NodeColumn::leaf, NodeColumn::hall, NodeColumn::row, NodeColumn::rack, NodeColumn::rackClass, NodeColumn::unit, NodeColumn::pdu, NodeColumn::driver, NodeColumn::age,
                                    NodeColumn::utilisation, NodeColumn::power, NodeColumn::temperature, NodeColumn::xid, NodeColumn::lease, NodeColumn::tenant})
        QTest::newRow(infoOf(column).key.data()) << static_cast<int>(column) << unknown;
    for (const NodeColumn column : {NodeColumn::state, NodeColumn::service, NodeColumn::occupancy, NodeColumn::health, NodeColumn::link}) QTest::newRow(infoOf(column).key.data()) << static_cast<int>(column) << word;
    QTest::newRow("source") << static_cast<int>(NodeColumn::source) << QStringLiteral("UNKNOWN");
    QTest::newRow("gpus") << static_cast<int>(NodeColumn::gpus) << QStringLiteral("? ?");
}

void TestNodeCells::unknownIsNeverZeroBlankOrHealthy() {
    QFETCH(int, column);
    QFETCH(QString, text);
    const auto fleet = blankFleet(2);
    const NodeAt at{*fleet->sites[0], 0, kNow, {}};
    QCOMPARE(cellText(static_cast<NodeColumn>(column), at), text);
    if (static_cast<NodeColumn>(column) != NodeColumn::gpus && static_cast<NodeColumn>(column) != NodeColumn::lease && static_cast<NodeColumn>(column) != NodeColumn::tenant)
        QVERIFY(!cellRaw(static_cast<NodeColumn>(column), at).isValid());
}

void TestNodeCells::missingValuesSayWhy() {
    const auto none = blankFleet(0);
    const NodeAt without{*none->sites[0], 0, kNow, {}};
    QCOMPARE(cellText(NodeColumn::power, without), QStringLiteral("none"));
    QCOMPARE(cellText(NodeColumn::model, without), QStringLiteral("no GPU"));
    const auto fleet = test::makeSyntheticFleet(1, 4'000, 3);
    const store::SiteSnapshot& site = *fleet->sites[0];
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node) {
        const NodeAt at{site, node, kNow, {}};
        if (site.gpuCount(node) == 0) continue;
        // Every 1,009th GPU's power is not read: the sum is a least sum, and says of how many.
        const bool unread = site.firstRow(node) % 1009 == 0 || site.firstRow(node) / 1009 != (site.firstRow(node) + 7) / 1009;
        QCOMPARE(cellText(NodeColumn::power, at).startsWith(QChar(0x2265)), unread);
        QCOMPARE(cellTip(NodeColumn::power, at).contains(QStringLiteral("not read from 1 of 8 GPUs")), unread);
    }
}

void TestNodeCells::modelsAreShort_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("shown");
    QTest::newRow("H100") << QStringLiteral("NVIDIA H100 80GB HBM3") << QStringLiteral("H100 80GB");
    QTest::newRow("A100") << QStringLiteral("NVIDIA A100-SXM4-80GB") << QStringLiteral("A100-SXM4-80GB");
    QTest::newRow("other maker") << QStringLiteral("Tesla P100") << QStringLiteral("Tesla P100");
    QTest::newRow("nothing") << QString() << QString();
}

void TestNodeCells::modelsAreShort() {
    QFETCH(QString, model);
    QFETCH(QString, shown);
    const std::string text = model.toStdString();
    QCOMPARE(QString::fromStdString(std::string(shortModel(text))), shown);
}

void TestNodeCells::cellFiltersEqualTyping_data() {
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("typed"); // with the cell's value for %1
    QTest::newRow("health") << static_cast<int>(NodeColumn::health) << QStringLiteral("health:%1");
    QTest::newRow("service") << static_cast<int>(NodeColumn::service) << QStringLiteral("service:%1");
    QTest::newRow("site") << static_cast<int>(NodeColumn::site) << QStringLiteral("site:%1");
    QTest::newRow("leaf") << static_cast<int>(NodeColumn::leaf) << QStringLiteral("leaf:%1");
    QTest::newRow("tenant") << static_cast<int>(NodeColumn::tenant) << QStringLiteral("tenant:%1");
    QTest::newRow("temperature") << static_cast<int>(NodeColumn::temperature) << QStringLiteral("gpu.temp >= %1C");
    QTest::newRow("unit") << static_cast<int>(NodeColumn::unit) << QStringLiteral("u = %1");
}

void TestNodeCells::cellFiltersEqualTyping() {
    QFETCH(int, column);
    QFETCH(QString, typed);
    const auto fleet = test::makeSyntheticFleet(2, 4'000, 3);
    const auto site = fleet->sites[1];
    int compared = 0;
    for (std::uint32_t node = 0; node < site->nodeCount() && compared < 20; node += 7) {
        const NodeAt at{*site, node, kNow, {}};
        const auto term = termOfCell(static_cast<NodeColumn>(column), at);
        if (!term || isStale(*site, node, kNow) || (static_cast<NodeColumn>(column) == NodeColumn::tenant && leasesOf(*site, node).leases.empty())) continue;
        ++compared;
        const query::Parsed parsed = query::parse(term->filter);
        QVERIFY2(parsed.query, term->filter.c_str());
        QCOMPARE(query::print(*parsed.query), term->filter); // canonical
        const auto byCell = idsOf(*fleet, term->filter);
        QCOMPARE(byCell, idsOf(*fleet, typed.arg(cellText(static_cast<NodeColumn>(column), at)).toStdString()));
        QVERIFY(contains(byCell, nodeId(*site, node)));
    }
    QVERIFY(compared >= 10);
}

void TestNodeCells::everyCellFilterKeepsItsNodeAndExcludeDropsIt() {
    const auto fleet = test::makeSyntheticFleet(2, 1'600, 3);
    const store::SiteSnapshot& site = *fleet->sites[0];
    std::array<int, kNodeColumns> seen{};
    for (std::uint32_t node = 0; node < site.nodeCount(); node += 9) {
        if (isStale(site, node, kNow)) continue;
        for (const NodeColumnInfo& info : nodeColumns()) {
            NodeAt at{site, node, kNow, {}};
            if (info.column == NodeColumn::rackClass) continue; // the class comes from the model's summary
            const auto term = termOfCell(info.column, at);
            if (!term) continue;
            ++seen[static_cast<std::size_t>(info.column)];
            for (const std::string& text : {term->filter, term->exclude}) QVERIFY2(query::parse(text).query, text.c_str());
            QVERIFY2(contains(idsOf(*fleet, term->filter), nodeId(site, node)), term->filter.c_str());
            QVERIFY2(!contains(idsOf(*fleet, term->exclude), nodeId(site, node)), term->exclude.c_str());
        }
    }
    for (const NodeColumn column : {NodeColumn::node, NodeColumn::source, NodeColumn::model, NodeColumn::state, NodeColumn::lease, NodeColumn::rack, NodeColumn::pdu, NodeColumn::driver, NodeColumn::age, NodeColumn::link})
        QVERIFY2(seen[static_cast<std::size_t>(column)] > 0, infoOf(column).key.data());
}

void TestNodeCells::csvFieldsAreQuoted_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("field");
    QTest::newRow("plain") << QStringLiteral("ready") << QStringLiteral("ready");
    QTest::newRow("comma") << QStringLiteral("a,b") << QStringLiteral("\"a,b\"");
    QTest::newRow("quote") << QStringLiteral("say \"x\"") << QStringLiteral("\"say \"\"x\"\"\"");
    QTest::newRow("line") << QStringLiteral("a\nb") << QStringLiteral("\"a\nb\"");
}

void TestNodeCells::csvFieldsAreQuoted() {
    QFETCH(QString, text);
    QFETCH(QString, field);
    QCOMPARE(QString::fromStdString(csvField(text.toStdString())), field);
}

void TestNodeCells::exportWritesWhatIsShown() {
    test::SyntheticFleet fleet(2, 80'000, 3);
    NodeTableModel model;
    model.setQuery(query::parse("site:lga1 model:H100,H200").query);
    model.setFleet(fleet.snapshot(), kNow);
    QVERIFY(QTest::qWaitFor([&] { return !model.busy(); }, 20'000));
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("nodes.csv"));
    NodeExport exporter;
    QSignalSpy finished(&exporter, &NodeExport::finished), failed(&exporter, &NodeExport::failed);
    const NodeExportJob job{model.fleetOfRows(), model.order(), model.summary(), {NodeColumn::site, NodeColumn::node, NodeColumn::power, NodeColumn::rackClass}, query::print(*model.query()), kNow};
    QVERIFY(exporter.start(job, path));
    QVERIFY(!exporter.start(job, path)); // one at a time
    QVERIFY(finished.wait(20'000));
    QCOMPARE(failed.count(), 0);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QStringList lines = QString::fromUtf8(file.readAll()).split(QStringLiteral("\r\n"));
    QCOMPARE(lines.size(), model.rowCount() + 2); // head, rows, the end of the last line
    QCOMPARE(lines.front(), QStringLiteral("site,node,power_kw,rack_healthy,stale,as_of,query"));
    for (int row = 0; row < model.rowCount(); row += 97) {
        const QStringList fields = lines[row + 1].split(QLatin1Char(','));
        QCOMPARE(fields[1], model.index(row, static_cast<int>(NodeColumn::node)).data().toString());
        const QVariant raw = model.index(row, static_cast<int>(NodeColumn::power)).data(NodeTableModel::kRawRole);
        QVERIFY(raw.isValid() ? std::abs(fields[2].toDouble() - raw.toDouble()) < 0.001 : fields[2] == QStringLiteral("?"));
        QCOMPARE(fields[5], QStringLiteral("2026-11-23T14:32:07.000Z"));
    }
}

void TestNodeCells::exportSaysWhyItFailed() {
    const auto fleet = test::makeSyntheticFleet(1, 800, 3);
    auto order = std::make_shared<NodeOrder>(NodeOrder{{{0, 0}}, epochsOf(*fleet)});
    NodeExport exporter;
    QSignalSpy failed(&exporter, &NodeExport::failed);
    QVERIFY(exporter.start({fleet, order, nullptr, {NodeColumn::node}, "", kNow}, QStringLiteral("/nowhere/at/all/nodes.csv")));
    QVERIFY(failed.wait(20'000));
    const QString sentence = failed.at(0).at(1).toString();
    QVERIFY2(sentence.contains(QStringLiteral("/nowhere/at/all/nodes.csv")) && sentence.contains(QStringLiteral("No such file")), qPrintable(sentence));
    QVERIFY(!exporter.running());
}

QTEST_GUILESS_MAIN(TestNodeCells)
#include "tst_node_cells.moc"
