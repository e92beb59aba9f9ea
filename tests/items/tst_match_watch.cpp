// The query's matches for views that do not list them: right for each node, recomputed at once for another query and each second for data,
// and gone with the query.
#include "items/match_watch.h"
#include "tests/support/synthetic_fleet.h"

#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::items;

namespace {

query::QueryPtr parsed(const char* text) {
    const query::Parsed result = query::parse(text);
    if (!result.query) qFatal("the test's query is wrong");
    return result.query;
}

} // namespace

class TestMatchWatch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachNodeIsJudged();
    void anotherQueryDoesNotWaitAndTheLastOneWins();
    void dataIsLookedAtOnceASecond();
    void withoutAQueryNothingIsLeftOut();
    void aQueryThatCannotRunSaysWhy();
    void endsWhileItRuns();
};

void TestMatchWatch::eachNodeIsJudged() {
    const auto fleet = test::makeSyntheticFleet(3, 2'000, 2);
    MatchWatch watch;
    QSignalSpy updated(&watch, &MatchWatch::updated);
    watch.setFleet(fleet, test::kSyntheticNowMs);
    watch.setQuery(parsed("site:pdx1 health:degraded,failed"));
    QVERIFY(watch.matches() == nullptr);
    QVERIFY(updated.wait());
    const NodeMatches& matches = *watch.matches();
    std::uint64_t count = 0;
    for (std::size_t site = 0; site < 3; ++site) {
        QCOMPARE(matches.epochs[site], fleet->sites[site]->epoch());
        QCOMPARE(matches.found[site].size(), std::size_t{fleet->sites[site]->nodeCount()});
        for (std::uint32_t node = 0; node < fleet->sites[site]->nodeCount(); ++node) {
            const NodeFacts facts = fleet->sites[site]->facts(node);
            const bool expected = site == 1 && facts.link == Link::connected && (facts.health == Health::degraded || facts.health == Health::failed);
            QCOMPARE(matches.found[site][node] != 0, expected);
            count += expected;
        }
    }
    QVERIFY(count > 0);
    QCOMPARE(matches.count, count);
}

void TestMatchWatch::anotherQueryDoesNotWaitAndTheLastOneWins() {
    const auto fleet = test::makeSyntheticFleet(2, 20'000, 2);
    MatchWatch watch;
    QSignalSpy updated(&watch, &MatchWatch::updated);
    watch.setFleet(fleet, test::kSyntheticNowMs);
    for (const char* text : {"health:ok | sort node", "health:watch", "site:lga1", "site:pdx1"}) watch.setQuery(parsed(text));
    QVERIFY(updated.wait());
    QTRY_VERIFY(!watch.busy());
    const auto all = [](const std::vector<std::uint8_t>& found, std::uint8_t value) { return std::ranges::all_of(found, [value](std::uint8_t v) { return v == value; }); };
    QVERIFY(all(watch.matches()->found[0], 0) && all(watch.matches()->found[1], 1));
    QCOMPARE(updated.count(), 1);
}

void TestMatchWatch::dataIsLookedAtOnceASecond() {
    test::SyntheticFleet fleet(1, 800, 2);
    MatchWatch watch;
    QSignalSpy updated(&watch, &MatchWatch::updated);
    watch.setFleet(fleet.snapshot(), test::kSyntheticNowMs);
    watch.setQuery(parsed("health:failed"));
    QVERIFY(updated.wait());
    const std::uint64_t before = watch.matches()->count;
    QVERIFY(fleet.shard(0).apply(fleet.site(0).factsBatch(7, {NodeState::ready, Service::open, Occupancy::leased, Health::failed, Link::connected})).ok());
    watch.setFleet(fleet.snapshot(), test::kSyntheticNowMs + 200);
    QVERIFY(!watch.busy());
    watch.setFleet(fleet.snapshot(), test::kSyntheticNowMs + 1'200);
    QVERIFY(updated.wait());
    QCOMPARE(watch.matches()->count, before + 1);
}

void TestMatchWatch::withoutAQueryNothingIsLeftOut() {
    MatchWatch watch;
    QSignalSpy updated(&watch, &MatchWatch::updated);
    watch.setFleet(test::makeSyntheticFleet(1, 800, 2), test::kSyntheticNowMs);
    watch.setQuery(parsed(""));
    QVERIFY(!watch.busy() && watch.matches() == nullptr);
    watch.setQuery(parsed("health:ok"));
    QVERIFY(updated.wait());
    QVERIFY(watch.matches() != nullptr);
    watch.setQuery(nullptr);
    QVERIFY(watch.matches() == nullptr);
    QCOMPARE(updated.count(), 2);
}

void TestMatchWatch::aQueryThatCannotRunSaysWhy() {
    MatchWatch watch;
    QSignalSpy updated(&watch, &MatchWatch::updated);
    watch.setFleet(test::makeSyntheticFleet(1, 800, 2), test::kSyntheticNowMs);
    watch.setQuery(parsed("health:ok at -3h"));
    QVERIFY(updated.wait());
    QVERIFY(!watch.matches()->status.ok() && watch.matches()->found.empty());
}

void TestMatchWatch::endsWhileItRuns() {
    const auto fleet = test::makeSyntheticFleet(2, 40'000, 2);
    for (int i = 0; i < 20; ++i) {
        MatchWatch watch;
        watch.setFleet(fleet, test::kSyntheticNowMs);
        watch.setQuery(parsed("any(gpu.power>100W) | sort -gpu.power"));
        QVERIFY(watch.busy());
    }
}

QTEST_GUILESS_MAIN(TestMatchWatch)
#include "tst_match_watch.moc"
