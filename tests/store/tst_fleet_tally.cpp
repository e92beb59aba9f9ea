// The overview's tables: parts and standings sum to what is installed whatever happens, blocks and fits are right, silent sites are in
// no count but their own, and an update that found nothing new gives the same site back.
#include "store/capacity.h"
#include "store/fleet_tally.h"
#include "store/query/query.h"
#include "tests/support/synthetic_fleet.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

using namespace busbar;
using namespace busbar::store;
using namespace busbar::test;

namespace {

std::uint32_t sumOfReasons(const TallyPart& part) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < kStandings; ++i) sum += isReason(static_cast<Standing>(i)) ? part.standings[i].gpus : 0;
    return sum;
}

std::uint32_t gpusOf(const TallyPart& part, Standing standing) { return part.standings[static_cast<std::size_t>(standing)].gpus; }

NodeFacts randomFacts(std::mt19937& random) {
    const auto draw = [&random](int last) { return static_cast<int>(random() % static_cast<unsigned>(last + 1)); };
    return {static_cast<NodeState>(draw(13)), static_cast<Service>(draw(7)), static_cast<Occupancy>(draw(8)), static_cast<Health>(draw(4)), static_cast<Link>(draw(3))};
}

/// One column of all rows of a site.
WatchBatch columnOf(const SyntheticSite& site, Metric metric, const std::function<std::int64_t(std::uint32_t)>& value) {
    WatchBatch batch = site.factsBatch(0, site.facts()[0]);
    batch.kind = WatchBatch::Kind::column;
    batch.column.metric = metric;
    for (std::uint32_t row = 0; row < site.rowCount(); ++row) batch.column.values.push_back(value(row));
    return batch;
}

} // namespace

class TestFleetTally : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void standingOfAGpu_data();
    void standingOfAGpu();
    void sumsAreExactUnderRandomFacts();
    void silentSiteIsInNoOtherCount();
    void blocksAreLeavesAndFitsAreWhole();
    void urgentNodesComeWorstFirst();
    void eventsOfOneMinuteAreOneLine();
    void unchangedSiteIsNotReadAgain();
    void everyStandingIsFoundByItsQuery();
};

void TestFleetTally::standingOfAGpu_data() {
    QTest::addColumn<NodeFacts>("facts");
    QTest::addColumn<int>("health");
    QTest::addColumn<int>("occupancy");
    QTest::addColumn<int>("standing");
    const NodeFacts good{NodeState::ready, Service::open, Occupancy::free, Health::ok, Link::connected};
    const auto row = [](const char* name, NodeFacts facts, Health health, Occupancy occupancy, Standing standing) { QTest::newRow(name) << facts << int(health) << int(occupancy) << int(standing); };
    const auto with = [&good](auto NodeFacts::*member, auto value) {
        NodeFacts facts = good;
        facts.*member = value;
        return facts;
    };
    row("leased", good, Health::ok, Occupancy::leased, Standing::inUse);
    row("leased and to be watched", good, Health::watch, Occupancy::expiring, Standing::inUse);
    row("reserved", good, Health::ok, Occupancy::preparing, Standing::reserved);
    row("free", good, Health::ok, Occupancy::free, Standing::free);
    row("lost wins over failed", with(&NodeFacts::link, Link::lost), Health::failed, Occupancy::leased, Standing::nodeLost);
    row("late", with(&NodeFacts::link, Link::late), Health::ok, Occupancy::leased, Standing::nodeLate);
    row("link never reported", with(&NodeFacts::link, Link::unknown), Health::ok, Occupancy::free, Standing::linkUnknown);
    row("failed under a lease", good, Health::failed, Occupancy::leased, Standing::failed);
    row("degraded", good, Health::degraded, Occupancy::free, Standing::degraded);
    row("failed in triage", with(&NodeFacts::state, NodeState::triage), Health::failed, Occupancy::free, Standing::triage);
    row("health unknown is not ok", good, Health::unknown, Occupancy::free, Standing::healthUnknown);
    row("value out of the enum", good, static_cast<Health>(254), Occupancy::free, Standing::healthUnknown);
    row("draining", with(&NodeFacts::service, Service::draining), Health::ok, Occupancy::free, Standing::draining);
    row("draining but still leased", with(&NodeFacts::service, Service::draining), Health::ok, Occupancy::leased, Standing::inUse);
    row("drained", with(&NodeFacts::service, Service::drained), Health::ok, Occupancy::free, Standing::drained);
    row("scrubbing", good, Health::ok, Occupancy::scrubbing, Standing::scrubbing);
    row("occupancy unknown", good, Health::ok, static_cast<Occupancy>(254), Standing::occupancyUnknown);
    NodeFacts burning = with(&NodeFacts::state, NodeState::burnIn);
    burning.service = Service::closed;
    row("burn-in", burning, Health::ok, Occupancy::free, Standing::bringUp);
    row("closed", with(&NodeFacts::service, Service::closed), Health::ok, Occupancy::free, Standing::closed);
}

void TestFleetTally::standingOfAGpu() {
    QFETCH(NodeFacts, facts);
    QFETCH(int, health);
    QFETCH(int, occupancy);
    QFETCH(int, standing);
    QCOMPARE(int(standingOf(facts, static_cast<Health>(health), static_cast<Occupancy>(occupancy))), standing);
}

void TestFleetTally::sumsAreExactUnderRandomFacts() {
    SyntheticFleet fleet(3, 10'000, 11);
    FleetTally tally;
    std::mt19937 random(5);
    for (int round = 0; round < 20; ++round) {
        for (std::size_t site = 0; site < 3; ++site) {
            for (int i = 0; i < 100; ++i) QVERIFY(fleet.shard(site).apply(fleet.site(site).factsBatch(static_cast<std::uint32_t>(random() % fleet.site(site).nodeCount()), randomFacts(random))).ok());
            if (round % 5 == 0) QVERIFY(fleet.shard(site).apply(columnOf(fleet.site(site), Metric::occupancy, [&random](std::uint32_t) { return static_cast<std::int64_t>(random() % 8); })).ok());
            if (round % 5 == 1) QVERIFY(fleet.shard(site).apply(columnOf(fleet.site(site), Metric::health, [&random](std::uint32_t) { return static_cast<std::int64_t>(random() % 5); })).ok());
        }
        const FleetPtr now = fleet.snapshot();
        const TallyPtr result = tally.update(*now, kSyntheticNowMs);
        const SiteRollup sum = sumAt(*now, kSyntheticNowMs);
        QCOMPARE(gpusOf(*result, Standing::inUse), sum.inUse);
        QCOMPARE(gpusOf(*result, Standing::reserved), sum.reserved - sum.inUse);
        QCOMPARE(gpusOf(*result, Standing::free), sum.free);
        QCOMPARE(sumOfReasons(*result), sum.installed - sum.reserved - sum.free);
        const auto parts = partsOf(sum);
        QCOMPARE(std::accumulate(parts.begin(), parts.end(), 0u), sum.installed);
        std::uint32_t freeByModel = 0, installedByModel = 0;
        for (const ModelTally& model : result->models) {
            freeByModel += model.free;
            installedByModel += model.installed;
        }
        QCOMPARE(freeByModel, sum.free);
        QCOMPARE(installedByModel, sum.installed);
        std::uint32_t nodes = 0;
        for (const std::uint32_t count : result->priority) nodes += count;
        QCOMPARE(nodes, sum.nodes);
    }
}

void TestFleetTally::silentSiteIsInNoOtherCount() {
    SyntheticFleet fleet(2, 1'000, 3);
    FleetTally tally;
    const TallyPtr before = tally.update(*fleet.snapshot(), kSyntheticNowMs);
    fleet.shard(1).setReceived(kSyntheticNowMs - 94'000); // no state set: the clock alone must do
    const FleetPtr now = fleet.snapshot();
    const TallyPtr after = tally.update(*now, kSyntheticNowMs);
    QVERIFY(!after->sites[1]->live);
    QCOMPARE(gpusOf(*after, Standing::siteUnknown), now->sites[1]->rowCount());
    QCOMPARE(gpusOf(*after, Standing::inUse), gpusOf(*before->sites[0], Standing::inUse));
    QCOMPARE(after->priority, before->sites[0]->priority);
    QVERIFY(std::none_of(after->urgent.begin(), after->urgent.end(), [](const UrgentNode& node) { return node.id.starts_with("pdx1/"); }));
    const auto silence = std::find_if(after->happenings.begin(), after->happenings.end(), [](const Happening& line) { return line.nodeId.empty(); });
    QVERIFY(silence != after->happenings.end());
    QCOMPARE(QString::fromStdString(silence->site), QStringLiteral("pdx1"));
    QCOMPARE(silence->wallMs, kSyntheticNowMs - 94'000);
    const SiteRollup sum = sumAt(*now, kSyntheticNowMs);
    QCOMPARE(sum.installed, now->sites[0]->rowCount() + now->sites[1]->rowCount());
    QCOMPARE(sum.healthy, now->sites[0]->rollup().healthy);
    QCOMPARE(sum.utilisationOfInUse, now->sites[0]->rollup().utilisationOfInUse);
}

void TestFleetTally::blocksAreLeavesAndFitsAreWhole() {
    SyntheticFleet fleet(1, 2'000, 3);
    const SyntheticSite& site = fleet.site(0);
    const NodeFacts open{NodeState::ready, Service::open, Occupancy::free, Health::ok, Link::connected};
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node) QVERIFY(fleet.shard(0).apply(site.factsBatch(node, open)).ok());
    QVERIFY(fleet.shard(0).apply(columnOf(site, Metric::health, [](std::uint32_t) { return 0; })).ok());
    QVERIFY(fleet.shard(0).apply(columnOf(site, Metric::occupancy, [](std::uint32_t row) { return row < 60 ? 1 : 4; })).ok());
    FleetTally tally;
    const TallyPtr result = tally.update(*fleet.snapshot(), kSyntheticNowMs);
    // The first 8 nodes are the two racks of one leaf, all of one model: 60 free GPUs in one block.
    const auto model = std::find_if(result->models.begin(), result->models.end(), [](const ModelTally& known) { return known.free > 0; });
    QVERIFY(model != result->models.end());
    QCOMPARE(model->free, 60u);
    QCOMPARE(model->largestBlock, 60u);
    QCOMPARE(QString::fromStdString(model->largestPlace), QStringLiteral("lga1-b01-lf1"));
    QCOMPARE(model->fits, (std::array<std::uint32_t, 3>{7, 0, 0}));
}

void TestFleetTally::urgentNodesComeWorstFirst() {
    SyntheticFleet fleet(1, 20'000, 9);
    NodeFacts facts = fleet.site(0).facts()[7];
    facts.service = Service::drainFailed;
    facts.link = Link::connected;
    QVERIFY(fleet.shard(0).apply(fleet.site(0).factsBatch(7, facts)).ok());
    FleetTally tally;
    const TallyPtr result = tally.update(*fleet.snapshot(), kSyntheticNowMs);
    QCOMPARE(result->urgent.size(), kShownUrgent);
    QVERIFY(std::is_sorted(result->urgent.begin(), result->urgent.end(), [](const UrgentNode& a, const UrgentNode& b) { return a.priority < b.priority; }));
    QCOMPARE(result->urgent.front().priority, 1);
    for (const UrgentNode& node : result->urgent) QCOMPARE(priorityOf(node.facts), node.priority);
}

void TestFleetTally::eventsOfOneMinuteAreOneLine() {
    SyntheticFleet fleet(1, 500, 9);
    WatchBatch batch = fleet.site(0).factsBatch(0, {});
    batch.kind = WatchBatch::Kind::event;
    for (int i = 0; i < 10; ++i) {
        batch.event = {.id = 1'000u + static_cast<unsigned>(i), .wallMs = kSyntheticNowMs - 9'000 + i * 1'000, .nodeId = "lga1/n" + std::to_string(i), .kind = EventKind::link, .severity = 2, .text = "agent lost at once"};
        QVERIFY(fleet.shard(0).apply(batch).ok());
    }
    batch.event.id = 2'000;
    batch.event.wallMs = kSyntheticNowMs + 120'000;
    QVERIFY(fleet.shard(0).apply(batch).ok());
    FleetTally tally;
    const auto& lines = tally.update(*fleet.snapshot(), kSyntheticNowMs)->happenings;
    QVERIFY(lines.size() >= 2);
    QCOMPARE(lines.back().count, 1u);
    QCOMPARE(lines[lines.size() - 2].count, 10u);
    QCOMPARE(QString::fromStdString(lines[lines.size() - 2].nodeId), QStringLiteral("lga1/n9"));
}

void TestFleetTally::unchangedSiteIsNotReadAgain() {
    SyntheticFleet fleet(2, 1'000, 3);
    FleetTally tally;
    const TallyPtr first = tally.update(*fleet.snapshot(), kSyntheticNowMs);
    const TallyPtr second = tally.update(*fleet.tick(0.5), kSyntheticNowMs + 1'000); // utilisation, power and temperature only
    QCOMPARE(second->sites[0], first->sites[0]);
    NodeFacts facts = fleet.site(1).facts()[3];
    facts.service = facts.service == Service::open ? Service::closed : Service::open;
    QVERIFY(fleet.shard(1).apply(fleet.site(1).factsBatch(3, facts)).ok());
    const TallyPtr third = tally.update(*fleet.snapshot(), kSyntheticNowMs + 2'000);
    QCOMPARE(third->sites[0], first->sites[0]);
    QVERIFY(third->sites[1] != first->sites[1]);
}

/// Every node with a GPU in a standing is found by that standing's query, whatever the facts; and no other where facts do not overlap.
void TestFleetTally::everyStandingIsFoundByItsQuery() {
    SyntheticFleet fleet(1, 8'000, 13);
    const SyntheticSite& site = fleet.site(0);
    for (int round = 0; round < 2; ++round) {
        std::mt19937 random(7);
        if (round == 1) {
            for (std::uint32_t node = 0; node < site.nodeCount(); ++node) QVERIFY(fleet.shard(0).apply(site.factsBatch(node, randomFacts(random))).ok());
            QVERIFY(fleet.shard(0).apply(columnOf(site, Metric::occupancy, [&random](std::uint32_t) { return static_cast<std::int64_t>(random() % 8); })).ok());
            QVERIFY(fleet.shard(0).apply(columnOf(site, Metric::health, [&random](std::uint32_t) { return static_cast<std::int64_t>(random() % 5); })).ok());
        }
        const FleetPtr now = fleet.snapshot();
        FleetTally tally;
        const TallyPtr result = tally.update(*now, kSyntheticNowMs);
        for (std::size_t i = 0; i < kStandings; ++i) {
            const auto standing = static_cast<Standing>(i);
            QVERIFY(!toString(standing).empty());
            const query::Parsed parsed = query::parse(queryOf(standing));
            QVERIFY2(parsed.query != nullptr, queryOf(standing).data());
            const auto found = query::run(*now, *parsed.query, kSyntheticNowMs);
            QVERIFY(found.ok());
            std::uint32_t withGpus = 0;
            for (const RowRef& node : found->nodes) withGpus += now->sites[0]->gpuCount(node.row) > 0 ? 1 : 0;
            if (standing == Standing::siteUnknown) continue; // the site is live
            QVERIFY2(withGpus >= result->standings[i].nodes, queryOf(standing).data());
            // A closed node in triage has healthy GPUs too: they stand in triage, but closed it is.
            const bool overlaps = round == 1 || standing == Standing::failed || standing == Standing::degraded || standing == Standing::triage || standing == Standing::closed;
            if (!overlaps) QVERIFY2(withGpus == result->standings[i].nodes, qPrintable(QStringLiteral("%1: %2 found, %3 counted").arg(QString::fromUtf8(queryOf(standing).data())).arg(withGpus).arg(result->standings[i].nodes)));
        }
    }
}

QTEST_APPLESS_MAIN(TestFleetTally)
#include "tst_fleet_tally.moc"
