// The shard: what is published, what is refused, that snapshots never change, that roll-ups equal a plain count.
#include "store/fleet_store.h"
#include "tests/support/synthetic_fleet.h"

#include <QTest>

#include <random>
#include <thread>

using namespace busbar;
using namespace busbar::store;
using busbar::test::SyntheticFleet;
using busbar::test::SyntheticSite;

namespace {

WatchBatch columnOf(Metric metric, std::uint32_t first, std::vector<std::uint32_t> rows, std::vector<std::int64_t> values) {
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::column;
    batch.column = {metric, 1, first, std::move(rows), std::move(values)};
    return batch;
}

std::unique_ptr<FleetStore> liveStore(const SyntheticSite& site) {
    auto shard = std::make_unique<FleetStore>(site.site());
    for (const WatchBatch& batch : site.snapshotBatches())
        if (!shard->apply(batch).ok()) return nullptr;
    shard->setState(SiteState::live, "");
    return shard;
}

/// The roll-up counted plainly from a snapshot.
SiteRollup countedFrom(const SiteSnapshot& site) {
    SiteRollup sum;
    double util = 0, power = 0;
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node) {
        ++sum.nodes;
        const NodeFacts facts = site.facts(node);
        sum.nodesNotOk += facts.health > Health::unknown ? 1 : 0;
        sum.nodesLost += facts.link == Link::lost ? 1 : 0;
        for (std::uint32_t row = site.firstRow(node); row < site.firstRow(node) + static_cast<std::uint32_t>(site.gpuCount(node)); ++row) {
            ++sum.installed;
            const std::int64_t watts = site.value(Metric::power, row);
            if (facts.link == Link::connected && watts >= 0) power += static_cast<double>(watts) / 1000;
            if (facts.link != Link::connected || watts < 0) ++sum.powerUnknown;
            const auto health = site.value(Metric::health, row);
            if (facts.link != Link::connected || health < 0 || health == 1) { ++sum.unknown; continue; }
            if (health >= 3) { ++sum.notHealthy; continue; }
            ++sum.healthy;
            const auto use = static_cast<Occupancy>(site.value(Metric::occupancy, row));
            const bool leased = use == Occupancy::leased || use == Occupancy::expiring;
            sum.reserved += leased || use == Occupancy::reserved || use == Occupancy::preparing ? 1 : 0;
            sum.free += use == Occupancy::free && facts.service == Service::open ? 1 : 0;
            sum.closed += use == Occupancy::free && facts.service != Service::open ? 1 : 0;
            if (!leased) continue;
            ++sum.inUse;
            std::int64_t percent = site.value(Metric::smActive, row);
            if (percent == kNotSupported) percent = site.value(Metric::gpuUtil, row);
            if (percent < 0) continue;
            ++sum.utilisationKnown;
            util += static_cast<double>(percent);
            sum.busy += percent >= kBusyFromPercent ? 1 : 0;
        }
    }
    sum.powerKw = power;
    if (sum.utilisationKnown > 0) sum.utilisationOfInUse = util / sum.utilisationKnown;
    return sum;
}

void compare(const SiteRollup& a, const SiteRollup& b) {
    QCOMPARE(a.nodes, b.nodes);
    QCOMPARE(a.installed, b.installed);
    QCOMPARE(a.healthy, b.healthy);
    QCOMPARE(a.reserved, b.reserved);
    QCOMPARE(a.inUse, b.inUse);
    QCOMPARE(a.busy, b.busy);
    QCOMPARE(a.free, b.free);
    QCOMPARE(a.notHealthy, b.notHealthy);
    QCOMPARE(a.closed, b.closed);
    QCOMPARE(a.unknown, b.unknown);
    QCOMPARE(a.nodesNotOk, b.nodesNotOk);
    QCOMPARE(a.nodesLost, b.nodesLost);
    QCOMPARE(a.powerUnknown, b.powerUnknown);
    QVERIFY(std::abs(a.powerKw - b.powerKw) < 0.01);
    QVERIFY(std::abs(a.utilisationOfInUse - b.utilisationOfInUse) < 1e-6);
}

} // namespace

class TestFleetStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void snapshotHoldsWhatWasSent();
    void rollupEqualsAPlainCount();
    void snapshotsNeverChange();
    void onlyChangedChunksMove();
    void badRowsAreRefusedAndCounted();
    void brokenOrderIsAnError();
    void newEpochReplacesAtItsEnd();
    void nodesAreAppended();
    void watchedValues();
    void staleSiteCountsNothing();
    void readersAndWriterAtOnce();
    void atMost27BytesAGpu();
};

void TestFleetStore::snapshotHoldsWhatWasSent() {
    SyntheticSite site("lga1", 20'000, 3);
    const auto shard = liveStore(site);
    QVERIFY(shard);
    const SitePtr now = shard->publish();
    QCOMPARE(now->nodeCount(), site.nodeCount());
    QCOMPARE(now->rowCount(), site.rowCount());
    std::uint32_t row = 0;
    for (std::uint32_t node = 0; node < now->nodeCount(); ++node) {
        QCOMPARE(now->firstRow(node), row);
        QCOMPARE(now->findNode(now->nodeName(node)), node);
        for (int gpu = 0; gpu < now->gpuCount(node); ++gpu) QCOMPARE(now->nodeOfRow(row++), node);
        QVERIFY(now->facts(node) == site.facts()[node]);
        QVERIFY(now->rack(node).starts_with("lga1-b"));
    }
    QCOMPARE(row, now->rowCount());
    QCOMPARE(now->lastSeenWallMs(0) / 1000, (busbar::test::kSyntheticNowMs - 400) / 1000);
    QCOMPARE(now->findNode("nobody"), now->nodeCount());
    for (const WatchBatch& batch : site.snapshotBatches())
        for (std::size_t i = 0; i < batch.column.values.size(); ++i)
            QCOMPARE(now->value(batch.column.metric, batch.column.firstRow + static_cast<std::uint32_t>(i)), batch.column.values[i]);
    QVERIFY(now->lease(1) != nullptr);
    QVERIFY(now->lease(0) == nullptr);
    QVERIFY(!now->events().empty());
}

void TestFleetStore::rollupEqualsAPlainCount() {
    SyntheticSite site("lga1", 30'000, 5);
    const auto shard = liveStore(site);
    std::mt19937 engine(1);
    const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
    for (int round = 0; round < 20; ++round) {
        for (const WatchBatch& batch : site.tick(round % 2 == 0 ? 0.02 : 0.9)) QVERIFY(shard->apply(batch).ok());
        for (int i = 0; i < 5; ++i) {
            NodeFacts facts{NodeState::ready, static_cast<Service>(random() % 8), Occupancy::free, static_cast<Health>(random() % 5), static_cast<Link>(random() % 4)};
            QVERIFY(shard->apply(site.factsBatch(random() % site.nodeCount(), facts)).ok());
            const std::uint32_t row = random() % site.rowCount();
            QVERIFY(shard->apply(columnOf(Metric::health, 0, {row}, {random() % 5})).ok());
            QVERIFY(shard->apply(columnOf(Metric::occupancy, 0, {row}, {random() % 8})).ok());
        }
        const SitePtr now = shard->publish();
        compare(now->rollup(), countedFrom(*now));
    }
}

void TestFleetStore::snapshotsNeverChange() {
    SyntheticSite site("lga1", 9'000, 5);
    const auto shard = liveStore(site);
    const SitePtr before = shard->publish();
    std::vector<std::int64_t> values;
    for (std::uint32_t row = 0; row < before->rowCount(); ++row) values.push_back(before->value(Metric::power, row));
    for (int i = 0; i < 30; ++i) {
        for (const WatchBatch& batch : site.tick(0.5)) QVERIFY(shard->apply(batch).ok());
        shard->publish();
    }
    for (std::uint32_t row = 0; row < before->rowCount(); ++row) QCOMPARE(before->value(Metric::power, row), values[row]);
}

void TestFleetStore::onlyChangedChunksMove() {
    SyntheticSite site("lga1", 20'000, 5);
    const auto shard = liveStore(site);
    const SitePtr before = shard->publish();
    QVERIFY(!shard->changed());
    const std::int64_t old = before->value(Metric::temperature, 5000);
    QVERIFY(shard->apply(columnOf(Metric::temperature, 0, {5000}, {old})).ok());
    SitePtr now = shard->publish();
    QCOMPARE(now->chunkVersion(Metric::temperature, 1), before->chunkVersion(Metric::temperature, 1));
    QVERIFY(shard->apply(columnOf(Metric::temperature, 0, {5000}, {old + 1})).ok());
    QVERIFY(shard->changed());
    now = shard->publish();
    QVERIFY(now->chunkVersion(Metric::temperature, 1) > before->chunkVersion(Metric::temperature, 1));
    QCOMPARE(now->chunk(Metric::temperature, 0).data(), before->chunk(Metric::temperature, 0).data());
    QCOMPARE(now->chunkVersion(Metric::power, 1), before->chunkVersion(Metric::power, 1));
    QCOMPARE(now->value(Metric::temperature, 5000), old + 1);
    QCOMPARE(now->chunk(Metric::temperature, 4).size(), std::size_t(now->rowCount() - 4 * kChunkRows));
    QVERIFY(now->chunk(Metric::temperature, 99).empty());
}

void TestFleetStore::badRowsAreRefusedAndCounted() {
    SyntheticSite site("lga1", 100, 5);
    const auto shard = liveStore(site);
    const std::uint32_t rows = site.rowCount();
    QVERIFY(shard->apply(columnOf(Metric::power, 0, {0, rows, 4'000'000'000u}, {77, 88, 99})).ok());
    QCOMPARE(shard->counters().refused, 2u);
    QVERIFY(shard->apply(columnOf(Metric::power, rows - 1, {}, {78, 79, 80})).ok());
    QCOMPARE(shard->counters().refused, 4u);
    QVERIFY(shard->apply(columnOf(Metric::gpuUtil, 0, {}, {300, -7, kNotSupported})).ok());
    QCOMPARE(shard->counters().refused, 6u);
    QVERIFY(shard->apply(columnOf(Metric::health, 0, {}, {9})).ok());
    QVERIFY(shard->apply(columnOf(Metric::unknown, 0, {}, {9})).ok());
    QVERIFY(shard->apply(columnOf(static_cast<Metric>(200), 0, {}, {9})).ok());
    QVERIFY(shard->apply(site.factsBatch(4'000'000'000u, {})).ok());
    QCOMPARE(shard->counters().refused, 10u);
    QVERIFY(!shard->counters().refusedWhy.empty());
    const SitePtr now = shard->publish();
    QCOMPARE(now->value(Metric::power, 0), 77);
    QCOMPARE(now->value(Metric::power, rows - 1), 78);
    QCOMPARE(now->value(Metric::gpuUtil, 0), kNotRead);
    QCOMPARE(now->value(Metric::gpuUtil, 2), kNotSupported);
    QCOMPARE(now->value(Metric::health, 0), kNotRead);
}

void TestFleetStore::brokenOrderIsAnError() {
    SyntheticSite site("lga1", 100, 5);
    FleetStore shard("lga1");
    QVERIFY(!shard.apply(columnOf(Metric::power, 0, {}, {1})).ok()); // before any snapshot
    WatchBatch end;
    end.kind = WatchBatch::Kind::snapshotEnd;
    QVERIFY(!shard.apply(end).ok());
    std::vector<WatchBatch> batches = site.snapshotBatches();
    QVERIFY(shard.apply(batches[0]).ok());
    QVERIFY(!shard.apply(end).ok()); // fewer nodes than announced
    WatchBatch nodes = batches[1];
    nodes.nodes.first = 5;
    QVERIFY(!shard.apply(nodes).ok());
    nodes = batches[1];
    nodes.nodes.rack[3] = 1'000'000;
    QVERIFY(!shard.apply(nodes).ok());
    nodes = batches[1];
    nodes.nodes.unit.pop_back();
    QVERIFY(!shard.apply(nodes).ok());
    QCOMPARE(shard.publish()->nodeCount(), 0u);
    for (const WatchBatch& batch : batches) QVERIFY(shard.apply(batch).ok());
    QVERIFY(!shard.apply(batches[1]).ok()); // the same nodes once more
    QCOMPARE(shard.publish()->nodeCount(), site.nodeCount());
}

void TestFleetStore::newEpochReplacesAtItsEnd() {
    SyntheticSite one("lga1", 100, 5), two("lga1", 800, 6);
    const auto shard = liveStore(one);
    QCOMPARE(shard->resumePoint().resumeEpoch, 7u);
    std::vector<WatchBatch> batches = two.snapshotBatches();
    for (std::size_t i = 0; i < batches.size(); ++i) {
        batches[i].epoch = 9;
        QVERIFY(shard->apply(batches[i]).ok());
        const SitePtr now = shard->publish();
        QCOMPARE(now->rowCount(), i + 2 < batches.size() ? one.rowCount() : two.rowCount());
    }
    QCOMPARE(shard->publish()->epoch(), 9u);
    QCOMPARE(shard->resumePoint().resumeEpoch, 9u);
}

void TestFleetStore::nodesAreAppended() {
    SyntheticSite site("lga1", 4096, 5);
    const auto shard = liveStore(site);
    const SitePtr before = shard->publish();
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::nodes;
    batch.nodes = {site.nodeCount(), {"late-comer", "twin"}, {1, 1}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {2, 2}, {0, 0}, {1, 2}, {4, 8}, {1, 9}, {"one more name"}};
    QVERIFY(shard->apply(batch).ok());
    const SitePtr now = shard->publish();
    QCOMPARE(before->nodeCount(), site.nodeCount());
    QCOMPARE(now->nodeCount(), site.nodeCount() + 2);
    QCOMPARE(now->rowCount(), site.rowCount() + 12);
    QVERIFY(now->identityVersion() != before->identityVersion());
    const std::uint32_t node = now->findNode("twin");
    QCOMPARE(node, site.nodeCount() + 1);
    QVERIFY(now->source(node) == Source::unknown); // 9 is no source
    QCOMPARE(now->value(Metric::power, now->firstRow(node)), kNotRead);
    QVERIFY(now->facts(node) == NodeFacts{});
    QCOMPARE(now->rollup().installed, site.rowCount() + 12);
}

void TestFleetStore::watchedValues() {
    SyntheticSite site("lga1", 100, 5);
    const auto shard = liveStore(site);
    QVERIFY(shard->apply(columnOf(Metric::energy, 8, {}, {10, 20, kNotSupported})).ok());
    const SitePtr now = shard->publish();
    QCOMPARE(now->watchedValue(Metric::energy, 9), 20);
    QCOMPARE(now->value(Metric::energy, 10), kNotSupported);
    QCOMPARE(now->watchedValue(Metric::energy, 11), kNotRead);
    QVERIFY(shard->apply(columnOf(Metric::energy, 3'000'000'000u, {}, {10})).ok());
    QCOMPARE(shard->counters().refused, 1u);
}

void TestFleetStore::staleSiteCountsNothing() {
    SyntheticFleet fleet(2, 500, 5);
    const SiteRollup live = sumOf(*fleet.snapshot());
    fleet.shard(0).setState(SiteState::stale, "no heartbeat for 4 s");
    const FleetPtr now = fleet.snapshot();
    const SiteRollup& stale = now->sites[0]->rollup();
    QCOMPARE(stale.unknown, stale.installed);
    QCOMPARE(stale.healthy + stale.inUse + stale.free, 0u);
    const SiteRollup sum = sumOf(*now);
    QCOMPARE(sum.installed, live.installed);
    QVERIFY(sum.healthy < live.healthy);
    QCOMPARE(QString::fromStdString(now->sites[0]->stateSentence()), QStringLiteral("no heartbeat for 4 s"));
}

void TestFleetStore::readersAndWriterAtOnce() {
    SyntheticSite site("lga1", 20'000, 5);
    const auto shard = liveStore(site);
    std::atomic<std::shared_ptr<const SiteSnapshot>> newest{shard->publish()};
    std::atomic<bool> stop{false};
    std::thread reader([&] {
        while (!stop) {
            const SitePtr now = newest.load();
            std::int64_t first = 0, second = 0;
            for (std::uint32_t row = 0; row < now->rowCount(); ++row) first += now->value(Metric::temperature, row);
            for (std::uint32_t row = 0; row < now->rowCount(); ++row) second += now->value(Metric::temperature, row);
            if (first != second) qFatal("a snapshot changed");
        }
    });
    for (int i = 0; i < 60; ++i) {
        for (const WatchBatch& batch : site.tick(0.2)) QVERIFY(shard->apply(batch).ok());
        newest = shard->publish();
    }
    stop = true;
    reader.join();
}

void TestFleetStore::atMost27BytesAGpu() {
    SyntheticSite site("lga1", 200'000, 5);
    const auto shard = liveStore(site);
    // 17 of them are columns; names and places of these nodes (15 letters each, two PDUs a rack) are the rest. The aim is 24.
    const double bytes = static_cast<double>(shard->memoryBytes()) / site.rowCount();
    QVERIFY2(bytes <= 27.0, qPrintable(QString::number(bytes)));
}

QTEST_APPLESS_MAIN(TestFleetStore)
#include "tst_fleet_store.moc"
