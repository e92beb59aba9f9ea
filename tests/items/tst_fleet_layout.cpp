// Where GPUs stand on the heatmap: no two in one place, in physical order, the same whatever the values, found again by a point.
#include "items/fleet_layout.h"
#include "items/natural_order.h"
#include "tests/support/synthetic_fleet.h"

#include <QTest>

#include <map>
#include <random>
#include <set>

using namespace busbar;
using namespace busbar::items;

namespace {

// Two sites' worth of places that are awkward: other name orders, no rack, many GPUs, none.
WatchBatch oddNodes() {
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::nodes;
    batch.epoch = 1;
    NodeBatch& nodes = batch.nodes;
    nodes.newStrings = {"h1", "a10", "a2", "r10", "r2", "lf1"};
    const auto add = [&](const char* name, std::uint32_t row, std::uint32_t rack, std::uint8_t unit, std::uint8_t gpus) {
        nodes.names.emplace_back(name);
        nodes.hall.push_back(1);
        nodes.row.push_back(row);
        nodes.rack.push_back(rack);
        nodes.leaf.push_back(rack == 0 ? 0 : 6);
        nodes.pdu.push_back(0);
        nodes.model.push_back(0);
        nodes.driver.push_back(0);
        nodes.unit.push_back(unit);
        nodes.gpuCount.push_back(gpus);
        nodes.source.push_back(3);
    };
    add("low", 3, 5, 4, 8);      // a2 r2 U4
    add("high", 3, 5, 20, 8);    // a2 r2 U20
    add("later", 3, 4, 4, 8);    // a2 r10
    add("far", 2, 5, 4, 16);     // a10 r2, two lines
    add("empty", 2, 5, 30, 0);   // a10 r2, no GPUs
    for (int i = 0; i < 20; ++i) add(qPrintable(QStringLiteral("lost%1").arg(i)), 0, 0, 0, 8);
    return batch;
}

store::FleetPtr oddFleet() {
    store::FleetStore shard("odd");
    WatchBatch begin, end;
    begin.kind = WatchBatch::Kind::snapshotBegin;
    end.kind = WatchBatch::Kind::snapshotEnd;
    const WatchBatch nodes = oddNodes();
    begin.epoch = end.epoch = 1;
    begin.nodeTotal = static_cast<std::uint32_t>(nodes.nodes.names.size());
    for (const std::uint8_t gpus : nodes.nodes.gpuCount) begin.rowTotal += gpus;
    for (const WatchBatch* batch : {static_cast<const WatchBatch*>(&begin), &nodes, static_cast<const WatchBatch*>(&end)})
        if (!shard.apply(*batch).ok()) qFatal("the odd site is not taken");
    auto fleet = std::make_shared<store::FleetSnapshot>();
    fleet->sites.push_back(shard.publish());
    return fleet;
}

} // namespace

class TestFleetLayout : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesWithNumbers_data();
    void namesWithNumbers();
    void everyGpuHasItsOwnPlaceAndIsFoundThere_data();
    void everyGpuHasItsOwnPlaceAndIsFoundThere();
    void valuesAndFactsMoveNothing();
    void nodesStandInPhysicalOrder();
    void aSiteThatComesLaterMovesNoRackWithinTheOthers();
    void fabricGroupsByLeaf();
    void anEmptyFleetHasNoPlaces();
    void theFleetFillsAWideScreen();
};

void TestFleetLayout::namesWithNumbers_data() {
    QTest::addColumn<QByteArray>("first");
    QTest::addColumn<QByteArray>("second");
    QTest::newRow("numbers by size") << QByteArray("r2") << QByteArray("r10");
    QTest::newRow("in the middle") << QByteArray("b07-r9-x") << QByteArray("b07-r12-a");
    QTest::newRow("a prefix comes first") << QByteArray("lga") << QByteArray("lga1");
    QTest::newRow("leading zeros differ at last") << QByteArray("r01") << QByteArray("r1");
    QTest::newRow("empty first") << QByteArray("") << QByteArray("a");
    QTest::newRow("longer than any integer") << QByteArray("r99999999999999999999998") << QByteArray("r99999999999999999999999");
}

void TestFleetLayout::namesWithNumbers() {
    QFETCH(QByteArray, first);
    QFETCH(QByteArray, second);
    QVERIFY(compareNaturally(first.constData(), second.constData()) < 0);
    QVERIFY(compareNaturally(second.constData(), first.constData()) > 0);
    QCOMPARE(compareNaturally(first.constData(), first.constData()), 0);
}

void TestFleetLayout::everyGpuHasItsOwnPlaceAndIsFoundThere_data() {
    QTest::addColumn<int>("sites");
    QTest::addColumn<int>("gpus");
    QTest::addColumn<bool>("fabric");
    QTest::newRow("one small site") << 1 << 64 << false;
    QTest::newRow("14 sites") << 14 << 800 << false;
    QTest::newRow("14 sites by fabric") << 14 << 800 << true;
    QTest::newRow("one site cut into columns") << 1 << 60'000 << false;
    QTest::newRow("odd places") << 0 << 0 << false;
    QTest::newRow("odd places by fabric") << 0 << 0 << true;
}

void TestFleetLayout::everyGpuHasItsOwnPlaceAndIsFoundThere() {
    QFETCH(int, sites);
    QFETCH(int, gpus);
    QFETCH(bool, fabric);
    const store::FleetPtr fleet = sites == 0 ? oddFleet() : test::makeSyntheticFleet(sites, static_cast<std::uint32_t>(gpus), 3);
    const LayoutPtr layout = FleetLayout::build(*fleet, fabric ? Arrangement::fabric : Arrangement::physical);
    std::set<std::pair<int, int>> places;
    for (std::uint32_t site = 0; site < fleet->sites.size(); ++site) {
        for (std::uint32_t node = 0; node < fleet->sites[site]->nodeCount(); ++node) {
            const int count = fleet->sites[site]->gpuCount(node);
            for (int gpu = 0; gpu < count; ++gpu) {
                const Box box = layout->gpuBox(site, node, gpu);
                QVERIFY2(places.emplace(box.x, box.y).second, "two GPUs in one place");
                QVERIFY(layout->world().contains(box.x, box.y) && box.right() <= layout->world().right() && box.bottom() <= layout->world().bottom());
                const auto hit = layout->hit(box.x + 0.5, box.y + 0.5);
                QVERIFY(hit.has_value());
                QCOMPARE(*hit, (LayoutHit{site, node, gpu}));
            }
            const Box box = layout->nodeBox(site, node);
            QVERIFY(places.emplace(box.x, box.y).second == (count == 0));
            const auto hit = layout->hit(box.x + 0.5, box.y + 0.5);
            QVERIFY(hit.has_value());
            QCOMPARE(hit->node, node);
        }
    }
    QVERIFY(!layout->hit(-5, -5).has_value());
    QVERIFY(!layout->hit(layout->world().right() + 5, 5).has_value());
}

void TestFleetLayout::valuesAndFactsMoveNothing() {
    test::SyntheticFleet fleet(3, 2'000, 11);
    const auto before = fleet.snapshot();
    const LayoutPtr layout = FleetLayout::build(*before, Arrangement::physical);
    for (int round = 0; round < 3; ++round) fleet.tick(0.5);
    QVERIFY(fleet.shard(1).apply(fleet.site(1).factsBatch(5, {NodeState::triage, Service::closed, Occupancy::free, Health::failed, Link::lost})).ok());
    fleet.shard(2).setState(store::SiteState::lost, "no word");
    const auto after = fleet.snapshot();
    QVERIFY(after->sites[1]->factsVersion() != before->sites[1]->factsVersion());
    QVERIFY(layout->fits(*after, Arrangement::physical));
    const LayoutPtr again = FleetLayout::build(*after, Arrangement::physical);
    for (std::uint32_t site = 0; site < 3; ++site)
        for (std::uint32_t node = 0; node < after->sites[site]->nodeCount(); ++node) QCOMPARE(again->nodeBox(site, node), layout->nodeBox(site, node));
}

void TestFleetLayout::nodesStandInPhysicalOrder() {
    const auto fleet = oddFleet();
    const store::SiteSnapshot& site = *fleet->sites[0];
    const LayoutPtr layout = FleetLayout::build(*fleet, Arrangement::physical);
    const auto box = [&](const char* name) { return layout->nodeBox(0, site.findNode(name)); };
    QVERIFY2(box("high").y < box("low").y, "higher units stand above");
    QCOMPARE(box("high").x, box("low").x);
    QVERIFY2(box("later").x > box("low").x, "r10 right of r2");
    QVERIFY2(box("far").y > box("later").y, "row a10 below a2");
    QVERIFY2(box("lost0").y < box("low").y, "nodes without a place come first");
    QCOMPARE(box("far").height, 2 * kLineUnits - 1);
    QVERIFY2(layout->sites()[0].racks[layout->sites()[0].spots[site.findNode("lost0")].rack].nodeCount <= 8, "nodes without a rack do not pile up");
}

void TestFleetLayout::aSiteThatComesLaterMovesNoRackWithinTheOthers() {
    test::SyntheticFleet fleet(2, 1'600, 5);
    const auto both = fleet.snapshot();
    auto first = std::make_shared<store::FleetSnapshot>();
    first->sites = {both->sites[0], store::FleetStore(both->sites[1]->site()).publish()};
    const LayoutPtr before = FleetLayout::build(*first, Arrangement::physical);
    QVERIFY(!before->fits(*both, Arrangement::physical));
    const LayoutPtr after = FleetLayout::build(*both, Arrangement::physical, before.get());
    const LayoutPtr fresh = FleetLayout::build(*both, Arrangement::physical);
    const Box origin = before->nodeBox(0, 0), moved = after->nodeBox(0, 0);
    for (std::uint32_t node = 0; node < both->sites[0]->nodeCount(); ++node) {
        QCOMPARE(after->nodeBox(0, node).x - moved.x, before->nodeBox(0, node).x - origin.x);
        QCOMPARE(after->nodeBox(0, node), fresh->nodeBox(0, node));
    }
}

void TestFleetLayout::fabricGroupsByLeaf() {
    const auto fleet = test::makeSyntheticFleet(1, 4'000, 5);
    const store::SiteSnapshot& site = *fleet->sites[0];
    const LayoutPtr layout = FleetLayout::build(*fleet, Arrangement::fabric);
    std::map<std::uint32_t, std::string_view> leafOfStrip;
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node) {
        const std::uint32_t strip = layout->rackOf(0, node).strip;
        const auto [found, isNew] = leafOfStrip.emplace(strip, site.leaf(node));
        QCOMPARE(found->second, site.leaf(node));
        QCOMPARE(layout->sites()[0].strips[strip].label, std::string(site.leaf(node)));
    }
    QVERIFY(leafOfStrip.size() > 10);
}

void TestFleetLayout::anEmptyFleetHasNoPlaces() {
    const store::FleetSnapshot none;
    const LayoutPtr layout = FleetLayout::build(none, Arrangement::physical);
    QVERIFY(layout->fits(none, Arrangement::physical));
    QVERIFY(!layout->hit(0, 0).has_value());
    store::FleetSnapshot waiting;
    waiting.sites = {store::FleetStore("lga1").publish()};
    const LayoutPtr empty = FleetLayout::build(waiting, Arrangement::physical);
    QCOMPARE(empty->sites()[0].headers.size(), std::size_t{1});
    QVERIFY2(empty->sites()[0].bodies[0].height > 0, "a site without nodes has room to say so");
}

void TestFleetLayout::theFleetFillsAWideScreen() {
    for (const auto& [sites, gpus] : {std::pair{14, 3'214U}, std::pair{1, 60'000U}, std::pair{3, 40'000U}}) {
        const LayoutPtr layout = FleetLayout::build(*test::makeSyntheticFleet(sites, gpus, 1), Arrangement::physical);
        const double aspect = static_cast<double>(layout->world().width) / layout->world().height;
        QVERIFY2(aspect > 1.2 && aspect < 2.6, qPrintable(QStringLiteral("%1 sites of %2 GPUs: %3 to 1").arg(sites).arg(gpus).arg(aspect)));
    }
}

QTEST_APPLESS_MAIN(TestFleetLayout)
#include "tst_fleet_layout.moc"
