// The history of facts outlives the controller: what moved is there again after a restart, once, the newest of it, and the restart is no change.
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar-controller/services/fact_book.h"
#include "fleet_kit.h"
#include "tests/support/fake_clock.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::controller;

namespace {

/// One of flesh and blood: modelled ones have no history.
AgentHello node(const std::string& name) {
    AgentHello hello = test::helloOf(name);
    hello.inventory.driver = "NVML 570.124.06";
    return hello;
}

} // namespace

class TestFactBook : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { stop(); }
    void isThereAfterARestart() {
        start();
        m_table->setService("tst1/n1", Service::closing, "fan noise (action A)", "operator");
        m_table->setService("tst1/n1", Service::draining, "fan noise (action A)", "operator");
        QVERIFY(m_book->flush(*m_table).ok());
        const std::vector<FactChange> before = history();
        QVERIFY(before.size() >= 2 && before.back().to == "draining" && before.back().who == "operator");
        for (int restarts = 0; restarts < 3; ++restarts) {
            stop();
            start(Service::draining);
            // Its agent is here again: connected was known, and so was all else.
            QCOMPARE(history().size(), before.size());
        }
        QVERIFY(history().back().why == "fan noise (action A)");
        m_table->setService("tst1/n1", Service::drained, "verified", "controller");
        QVERIFY(m_book->flush(*m_table).ok());
        stop();
        start(Service::drained);
        QCOMPARE(history().size(), before.size() + 1);
        QCOMPARE(history().back().to, std::string("drained"));
    }
    void whatBecameOfItMeanwhileIsToldOnce() {
        start();
        m_table->setService("tst1/n1", Service::closing, "fan noise", "operator");
        QVERIFY(m_book->flush(*m_table).ok());
        const std::size_t before = history().size();
        stop();
        start(Service::open); // Its close was lost with the disk.
        m_table->heard(0);
        QCOMPARE(history().size(), before);
        m_clock.advance(kRestartGraceMs);
        m_table->heard(0);
        m_table->tick();
        QVERIFY(std::ranges::any_of(history(), [](const FactChange& change) { return change.fact == "service" && change.from == "closing" && change.to == "open" && change.why == "found so after the controller's restart"; }));
        const std::size_t settled = history().size();
        m_table->tick();
        QCOMPARE(history().size(), settled);
    }
    void onlyTheNewestAreKept() {
        start();
        const std::size_t moves = 2 * kMaxFactChanges + 7;
        for (std::size_t i = 0; i < moves; ++i) m_table->setService("tst1/n1", i % 2 == 0 ? Service::closing : Service::open, std::to_string(i), "operator");
        QVERIFY(m_book->flush(*m_table).ok());
        QCOMPARE(m_store->list("/history/n1/")->size(), kMaxFactChanges);
        stop();
        start(Service::closing);
        QCOMPARE(history().size(), kMaxFactChanges);
        const std::vector<FactChange> all = history();
        const auto last = std::find_if(all.rbegin(), all.rend(), [](const FactChange& change) { return change.fact == "service"; });
        QVERIFY(last != all.rend());
        QCOMPARE(last->why, std::to_string(moves - 1));
    }
    void aFullDiskLosesNothing() {
        start();
        QVERIFY(m_book->flush(*m_table).ok());
        m_store.reset();
        SqliteOptions small;
        small.maxPages = 30;
        open(small);
        for (int i = 0; i < 400; ++i) m_table->setService("tst1/n1", i % 2 == 0 ? Service::closing : Service::open, std::string(400, 'x') + std::to_string(i), "operator");
        FactBook book(*m_store);
        QVERIFY(!book.flush(*m_table).ok());
        QVERIFY(!book.flush(*m_table).ok()); // And it does not give up.
    }
    void recordedNodesHaveNone() {
        start();
        AgentHello recorded = node("n2");
        recorded.source = Source::replayed;
        QVERIFY(m_table->applyHello(recorded).ok());
        QVERIFY(m_book->flush(*m_table).ok());
        QVERIFY(m_store->list("/history/n2/")->empty());
        QVERIFY(!m_store->list("/history/n1/")->empty());
    }

private:
    void open(const SqliteOptions& options = {}) {
        auto store = openSqliteStore(m_dir->filePath(QStringLiteral("state.db")).toStdString(), m_clock, options);
        QVERIFY2(store.ok(), store.status().ToString().c_str());
        m_store = *std::move(store);
    }
    void start(Service stored = Service::open) {
        open();
        FleetTable::Options options;
        options.site = "tst1";
        options.storedService = [stored](const std::string&) { return stored; };
        options.keepsHistory = true;
        m_table = std::make_unique<FleetTable>(m_clock, options);
        m_book = std::make_unique<FactBook>(*m_store);
        QVERIFY(m_book->load(*m_table).ok());
        QVERIFY(m_table->applyHello(node("n1")).ok());
    }
    void stop() {
        m_book.reset();
        m_table.reset();
        m_store.reset();
    }
    std::vector<FactChange> history() const { return m_table->describe("tst1/n1")->history; }

    std::unique_ptr<QTemporaryDir> m_dir;
    test::FakeClock m_clock;
    std::unique_ptr<StateStore> m_store;
    std::unique_ptr<FleetTable> m_table;
    std::unique_ptr<FactBook> m_book;
};

QTEST_GUILESS_MAIN(TestFactBook)
#include "tst_fact_book.moc"
