// The overview's rows: worst first, frozen while a person points at one, silent sites keep their last values and are in no sum, the tester
// is content under random ticks; and the trend that the console gathers itself.
#include "items/fleet_trends.h"
#include "items/site_model.h"
#include "items/tally_watch.h"
#include "tests/support/synthetic_fleet.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <random>

using namespace busbar;
using namespace busbar::items;
using namespace busbar::test;

namespace {

constexpr std::int64_t kNow = kSyntheticNowMs;

store::FleetTallyResult tallyOf(const std::vector<std::pair<std::string, std::array<std::uint32_t, 4>>>& sites) {
    store::FleetTallyResult result;
    for (const auto& [name, priority] : sites) {
        auto site = std::make_shared<store::SiteTally>();
        site->site = name;
        site->live = true;
        site->priority = priority;
        result.sites.push_back(site);
        for (std::size_t i = 0; i < priority.size(); ++i) result.priority[i] += priority[i];
    }
    return result;
}

QStringList namesOf(const SiteModel& model) {
    QStringList names;
    for (int row = 0; row < model.rowCount(); ++row) names << model.site(row).name;
    return names;
}

} // namespace

class TestSiteModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void testerIsContentUnderRandomTicks();
    void worstComesFirst();
    void orderIsFrozenUntilAskedFor();
    void selectionFollowsItsSite();
    void silentSiteKeepsItsLastValuesAndIsInNoSum();
    void unknownIsNeverZero();
    void everyCellHasAccessibleText();
    void onlyRowsThatChangedAreAnnounced();
    void refusedSiteShowsItsSentence();
    void trendCoversAllSinceItsStart_data();
    void trendCoversAllSinceItsStart();
    void trendKeepsGapsAndExtremes();
    void tallyIsComputedAside();
};

void TestSiteModel::testerIsContentUnderRandomTicks() {
    SyntheticFleet fleet(5, 800, 21);
    SiteModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    store::FleetTally tally;
    std::mt19937 random(3);
    for (int round = 0; round < 60; ++round) {
        const auto now = kNow + round * 700;
        for (std::size_t site = 0; site < 5; ++site)
            if (random() % 4 != 0) fleet.shard(site).setReceived(now); // some fall silent and come back
        const store::FleetPtr snapshot = fleet.tick(0.2);
        model.setFleet(*snapshot, now);
        model.setTally(*tally.update(*snapshot, now));
        model.setFrozen(random() % 2 == 0);
        const store::SiteRollup& sum = model.total().rollup;
        QCOMPARE(sum.installed, sum.healthy + sum.notHealthy + sum.unknown);
        std::uint32_t healthy = 0, unknown = 0;
        for (int row = 0; row < model.rowCount(); ++row) {
            healthy += model.site(row).live() ? model.site(row).rollup.healthy : 0;
            unknown += model.site(row).live() ? model.site(row).rollup.unknown : model.site(row).rollup.installed;
        }
        QCOMPARE(sum.healthy, healthy);
        QCOMPARE(sum.unknown, unknown);
    }
    store::FleetSnapshot one;
    one.sites.push_back(fleet.snapshot()->sites[2]);
    model.setFleet(one, kNow + 60'000);
    QCOMPARE(model.rowCount(), 1);
    model.setFleet({}, kNow + 60'000);
    QCOMPARE(model.rowCount(), 0);
}

void TestSiteModel::worstComesFirst() {
    SyntheticFleet fleet(4, 400, 1);
    fleet.shard(2).setReceived(kNow - 5'000);
    SiteModel model;
    model.setFleet(*fleet.snapshot(), kNow);
    QCOMPARE(namesOf(model).first(), QStringLiteral("fra1")); // stale, and nothing else is known yet
    model.setTally(tallyOf({{"lga1", {9, 0, 2, 0}}, {"pdx1", {9, 0, 5, 0}}, {"ord1", {9, 1, 0, 0}}}));
    QCOMPARE(namesOf(model), (QStringList{QStringLiteral("ord1"), QStringLiteral("fra1"), QStringLiteral("pdx1"), QStringLiteral("lga1")}));
}

void TestSiteModel::orderIsFrozenUntilAskedFor() {
    SyntheticFleet fleet(3, 400, 1);
    SiteModel model;
    QSignalSpy moves(&model, &SiteModel::wouldMoveChanged);
    model.setFleet(*fleet.snapshot(), kNow);
    model.setFrozen(true);
    const QStringList before = namesOf(model);
    model.setTally(tallyOf({{"lga1", {9, 0, 0, 0}}, {"pdx1", {9, 0, 0, 1}}, {"fra1", {9, 3, 0, 0}}}));
    QCOMPARE(namesOf(model), before);
    QCOMPARE(model.wouldMove(), 2);
    QCOMPARE(moves.count(), 1);
    model.applyOrder();
    QCOMPARE(namesOf(model).first(), QStringLiteral("fra1"));
    QCOMPARE(model.wouldMove(), 0);
    model.setTally(tallyOf({{"lga1", {9, 9, 0, 0}}, {"pdx1", {9, 0, 0, 1}}, {"fra1", {9, 3, 0, 0}}}));
    QCOMPARE(namesOf(model).first(), QStringLiteral("fra1"));
    model.setFrozen(false);
    QCOMPARE(namesOf(model).first(), QStringLiteral("lga1"));
}

void TestSiteModel::selectionFollowsItsSite() {
    SyntheticFleet fleet(3, 400, 1);
    SiteModel model;
    model.setFleet(*fleet.snapshot(), kNow);
    const QPersistentModelIndex selected = model.index(model.rowOf(QStringLiteral("lga1")), SiteModel::kCapacity);
    model.setTally(tallyOf({{"lga1", {9, 0, 0, 0}}, {"pdx1", {9, 2, 0, 1}}, {"fra1", {9, 3, 0, 0}}}));
    QCOMPARE(selected.row(), model.rowOf(QStringLiteral("lga1")));
    QCOMPARE(selected.row(), 2);
    QCOMPARE(selected.column(), int(SiteModel::kCapacity));
}

void TestSiteModel::silentSiteKeepsItsLastValuesAndIsInNoSum() {
    SyntheticFleet fleet(2, 800, 1);
    SiteModel model;
    model.setFleet(*fleet.snapshot(), kNow);
    const store::SiteRollup last = model.site(model.rowOf(QStringLiteral("pdx1"))).rollup;
    QVERIFY(last.inUse > 0);
    fleet.shard(0).setReceived(kNow + 94'000);
    fleet.shard(1).setState(store::SiteState::stale, "no heartbeat for 94 s");
    model.setFleet(*fleet.snapshot(), kNow + 94'000);
    const SiteRow& row = model.site(model.rowOf(QStringLiteral("pdx1")));
    QVERIFY(row.past());
    QVERIFY(row.state == store::SiteState::lost);
    QCOMPARE(row.rollup, last);
    QCOMPARE(row.ageMs, 94'000);
    QVERIFY(siteText(row, SiteModel::kFree).endsWith(QStringLiteral("(last known)")));
    QCOMPARE(model.total().unknownGpus, last.installed);
    QCOMPARE(model.total().rollup.inUse, model.site(model.rowOf(QStringLiteral("lga1"))).rollup.inUse);
    QCOMPARE(model.total().liveSites, 1u);
}

void TestSiteModel::unknownIsNeverZero() {
    store::FleetStore shard("lga1");
    shard.setState(store::SiteState::connecting, "connecting to lga1 at lga1.example:7443");
    store::FleetSnapshot fleet;
    fleet.sites.push_back(shard.publish());
    SiteModel model;
    model.setFleet(fleet, kNow);
    for (int column = SiteModel::kInstalled; column < SiteModel::kLink; ++column) {
        QCOMPARE(model.index(0, column).data().toString(), QStringLiteral("?"));
        QVERIFY(!model.index(0, column).data(SiteModel::kValueRole).isValid());
    }
    QCOMPARE(model.index(0, SiteModel::kCapacity).data().toString(), QStringLiteral("connecting to lga1 at lga1.example:7443"));
    QCOMPARE(model.index(0, SiteModel::kLink).data().toString(), QStringLiteral("connecting"));
}

void TestSiteModel::everyCellHasAccessibleText() {
    SyntheticFleet fleet(1, 800, 1);
    SiteModel model;
    const store::FleetPtr now = fleet.snapshot();
    store::FleetTally tally;
    model.setFleet(*now, kNow);
    model.setTally(*tally.update(*now, kNow));
    for (int column = 0; column < SiteModel::kColumns; ++column) {
        const QString words = model.index(0, column).data(Qt::AccessibleTextRole).toString();
        QVERIFY2(words.size() > 4, qPrintable(words));
    }
    const QString capacity = model.index(0, SiteModel::kCapacity).data(Qt::AccessibleTextRole).toString();
    QVERIFY2(capacity.startsWith(QStringLiteral("capacity 800 installed: ")), qPrintable(capacity));
    QVERIFY(capacity.contains(QStringLiteral(" busy; ")));
    QVERIFY(model.index(0, SiteModel::kPriority).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("P1 ")));
}

void TestSiteModel::onlyRowsThatChangedAreAnnounced() {
    SyntheticFleet fleet(3, 400, 1);
    SiteModel model;
    model.setFleet(*fleet.snapshot(), kNow);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.setFleet(*fleet.snapshot(), kNow + 100);
    QCOMPARE(changed.count(), 0); // ages wait for their half second
    QVERIFY(fleet.shard(1).apply(fleet.site(1).tick(0.5).front()).ok());
    model.setFleet(*fleet.snapshot(), kNow + 200);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(changed.at(0).at(0).toModelIndex().row(), model.rowOf(QStringLiteral("pdx1")));
    model.setFleet(*fleet.snapshot(), kNow + 600);
    QCOMPARE(changed.count(), 4);
}

void TestSiteModel::refusedSiteShowsItsSentence() {
    store::FleetStore shard("lga1");
    shard.setState(store::SiteState::refused, "lga1 refused the certificate of m.chen: it expired on 2026-11-01. Renew it with: busbarctl pki enrol");
    store::FleetSnapshot fleet;
    fleet.sites.push_back(shard.publish());
    SiteModel model;
    model.setFleet(fleet, kNow);
    QVERIFY(sentenceOf(model.site(0)).contains(QStringLiteral("Renew it")));
    QCOMPARE(linkWords(model.site(0)), QStringLiteral("refused"));
}

void TestSiteModel::trendCoversAllSinceItsStart_data() {
    QTest::addColumn<int>("seconds");
    QTest::addColumn<int>("stepMs");
    QTest::addColumn<int>("spanSeconds");
    QTest::newRow("a minute") << 60 << 1'000 << 60;
    QTest::newRow("just full") << 2'048 << 2'000 << 2'048;
    QTest::newRow("a day") << 86'400 << 64'000 << 86'400;
    QTest::newRow("four days keep over 18 hours") << 345'600 << 64'000 << 83'456;
}

void TestSiteModel::trendCoversAllSinceItsStart() {
    QFETCH(int, seconds);
    QFETCH(int, stepMs);
    QFETCH(int, spanSeconds);
    Trend trend;
    for (int i = 0; i <= seconds; ++i) trend.add(kNow + i * 1'000LL, 50.0F);
    QCOMPARE(trend.stepMs(), std::int64_t{stepMs});
    QVERIFY(trend.samples().size() < Trend::kMaxSamples);
    if (seconds > 100'000) QVERIFY(trend.spanMs() >= 18 * 3'600'000LL);
    else QCOMPARE(trend.spanMs(), spanSeconds * 1'000LL);
    QVERIFY(std::all_of(trend.samples().begin(), trend.samples().end(), [](float value) { return std::abs(value - 50.0F) < 0.01F; }));
}

void TestSiteModel::trendKeepsGapsAndExtremes() {
    Trend trend;
    for (int i = 0; i < 100; ++i) trend.add(kNow + i * 1'000LL, i == 37 ? 3.0F : i == 62 ? 99.0F : 50.0F);
    trend.add(kNow + 200'000, 50.0F);
    trend.add(kNow + 100'000, 1.0F); // back in time: left out
    QCOMPARE(trend.samples().size(), std::size_t{200});
    QCOMPARE(trend.samples()[102], 50.0F); // not stale yet
    QVERIFY(std::isnan(trend.samples()[103]));
    QVERIFY(std::isnan(trend.samples()[199]));
    const auto columns = trend.columns(20);
    QCOMPARE(columns.size(), std::size_t{20});
    QCOMPARE(columns[3].low, 3.0F);
    QCOMPARE(columns[6].high, 99.0F);
    QVERIFY(std::isnan(columns[15].low));
    QVERIFY(Trend{}.columns(10).empty());
}

void TestSiteModel::tallyIsComputedAside() {
    SyntheticFleet fleet(2, 4'000, 1);
    TallyWatch watch;
    QVERIFY(watch.tally()->models.empty());
    QSignalSpy updated(&watch, &TallyWatch::updated);
    watch.setFleet(fleet.snapshot(), kNow);
    QVERIFY(updated.wait());
    QCOMPARE(watch.tally()->sites.size(), std::size_t{2});
    watch.setFleet(fleet.snapshot(), kNow + 500); // too soon: no computation
    QCoreApplication::processEvents();
    const auto before = watch.tally();
    watch.setFleet(fleet.snapshot(), kNow + 1'000);
    QVERIFY(updated.wait());
    QVERIFY(watch.tally() != before);
    QCOMPARE(updated.count(), 2);
}

QTEST_GUILESS_MAIN(TestSiteModel)
#include "tst_site_model.moc"
