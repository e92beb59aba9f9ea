// The five facts: every value against every event is either a move of the table or a refusal with a sentence; and what must never happen.
#include "domain/fact_tables.h"

#include <QFile>
#include <QTest>

#include <set>

using namespace busbar;

namespace {

template <typename Value, typename Event>
struct Fact {
    std::span<const FactMove<Value, Event>> moves;
    Value lastValue;
    Event lastEvent;

    /// Each pair: next() agrees with the table, and refuses with both names in the sentence otherwise.
    void checkAll() const {
        std::set<std::pair<Value, Event>> known;
        for (const auto& move : moves) QVERIFY2(known.insert({move.from, move.event}).second, "a value and an event lead to two places");
        for (int value = 0; value <= static_cast<int>(lastValue); ++value)
            for (int event = 0; event <= static_cast<int>(lastEvent); ++event) {
                const auto from = static_cast<Value>(value);
                const auto what = static_cast<Event>(event);
                const auto to = next(from, what);
                QCOMPARE(to.ok(), known.count({from, what}) > 0);
                if (to.ok()) continue;
                const std::string sentence = to.status().ToString();
                QVERIFY2(sentence.find(toString(from)) != std::string::npos && sentence.find(toString(what)) != std::string::npos, sentence.c_str());
            }
    }
    std::set<Value> reachableFrom(Value start) const {
        std::set<Value> seen{start};
        for (bool grew = true; grew;) {
            grew = false;
            for (const auto& move : moves)
                if (seen.count(move.from) > 0 && seen.insert(move.to).second) grew = true;
        }
        return seen;
    }
};

const Fact<NodeState, StateEvent> kState{stateMoves(), NodeState::burnInFailed, StateEvent::retiredOut};
const Fact<Service, ServiceEvent> kService{serviceMoves(), Service::opening, ServiceEvent::reopened};
const Fact<Occupancy, OccupancyEvent> kOccupancy{occupancyMoves(), Occupancy::mixed, OccupancyEvent::repaired};
const Fact<Link, LinkEvent> kLink{linkMoves(), Link::lost, LinkEvent::silentTooLong};

} // namespace

class TestFactTables : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyPair() {
        kState.checkAll();
        kService.checkAll();
        kOccupancy.checkAll();
        kLink.checkAll();
    }
    void everyValueIsReached() {
        QCOMPARE(kState.reachableFrom(NodeState::unknown).size(), std::size_t(NodeState::burnInFailed) + 1);
        QCOMPARE(kService.reachableFrom(Service::unknown).size(), std::size_t(Service::opening) + 1);
        QCOMPARE(kOccupancy.reachableFrom(Occupancy::unknown).size(), std::size_t(Occupancy::mixed)); // `mixed` is a node's sum, no GPU's value.
        QCOMPARE(kLink.reachableFrom(Link::unknown).size(), std::size_t(Link::lost) + 1);
    }
    void repairHasNoShortCut() {
        // From repair every road to ready goes through discovered, inspecting and burn-in.
        for (const NodeState left : {NodeState::discovered, NodeState::inspecting, NodeState::burnIn}) {
            std::set<NodeState> seen{NodeState::repair};
            for (bool grew = true; grew;) {
                grew = false;
                for (const StateMove& move : stateMoves())
                    if (move.to != left && seen.count(move.from) > 0 && seen.insert(move.to).second) grew = true;
            }
            QVERIFY2(seen.count(NodeState::ready) == 0, std::string(toString(left)).c_str());
        }
    }
    void onlyAcceptanceMakesReady() {
        for (const StateMove& move : stateMoves())
            if (move.to == NodeState::ready) QVERIFY(move.event == StateEvent::accepted && (move.from == NodeState::burnIn || move.from == NodeState::unknown));
    }
    void dirtyMemoryIsNeverLeased() {
        // What leads to leased comes from preparing (scrubbed) or from a lease that goes on; scrub-failed leads to repair only.
        for (const OccupancyMove& move : occupancyMoves()) {
            if (move.to == Occupancy::leased) QVERIFY(move.from == Occupancy::preparing || move.from == Occupancy::expiring);
            if (move.from == Occupancy::scrubFailed) QVERIFY(move.event == OccupancyEvent::repaired);
            if (move.from == Occupancy::leased) QVERIFY(move.to == Occupancy::expiring);
        }
    }
    void lostContactIsNeverOk() {
        for (const Health worst : {Health::ok, Health::watch, Health::degraded, Health::failed, Health::unknown}) {
            for (const Link link : {Link::unknown, Link::connected, Link::late}) QVERIFY(healthOf(worst, link) == worst);
            QVERIFY(healthOf(worst, Link::lost) == Health::unknown);
        }
    }
    void longestTimes() {
        QCOMPARE(longestSecondsIn(NodeState::inspecting), 300);
        QCOMPARE(longestSecondsIn(NodeState::firmware), 6 * 3600);
        QCOMPARE(longestSecondsIn(NodeState::ready), 0);
        QCOMPARE(longestSecondsIn(Service::closing), 1800);
        QCOMPARE(longestSecondsIn(Occupancy::scrubbing), 1800);
    }
    void diagramsAreThoseOfTheTables() {
        QFile file(QStringLiteral(BUSBAR_SOURCE_DIR "/resources/docs/node-facts.md"));
        const QByteArray made = QByteArray::fromStdString(factDiagrams());
        if (qEnvironmentVariableIsSet("BUSBAR_WRITE_DOCS")) {
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(made);
            return;
        }
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(file.readAll() == made, "write it again: BUSBAR_WRITE_DOCS=1 tst_fact_tables");
    }
};

QTEST_GUILESS_MAIN(TestFactTables)
#include "tst_fact_tables.moc"
