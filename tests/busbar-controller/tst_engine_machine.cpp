// A machine that is not what the books say (lifecycle.md §6): installed anew, without its journal, or with another GPU in a slot. The node
// is closed until its return has inspected it, and no step that was under way is sent a second time.
#include "engine_words.h"

#include <QtTest/QTest>

using namespace busbar;
using namespace busbar::controller;

namespace {

const std::string kNode = "pdx1/n1";

void comeBack(EngineWorld& world, const std::function<void(FakeNode&)>& changed) {
    world.agents.disconnect(*world.engine, kNode);
    world.agents.with(kNode, changed);
    world.agents.connect(*world.engine, kNode);
}

void installAnew(FakeNode& node) { node.machineId = "another"; }
void loseJournal(FakeNode& node) {
    node.journal.clear();
    node.lostJournal = true;
}
void replaceGpu(FakeNode& node) { node.gpus[1].uuid = "GPU-c"; }
void nothing(FakeNode&) {}

struct Edit {
    void (*make)(FakeNode&);
};

bool alarmed(EngineWorld& world, const std::string& words) {
    const auto events = world.fleet.events();
    return std::any_of(events.begin(), events.end(), [&](const FleetEvent& event) { return event.severity == 3 && event.text.find(words) != std::string::npos; });
}

} // namespace

Q_DECLARE_METATYPE(Edit)

class EngineMachineTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aChangedMachineIsClosedAndInspected_data() {
        QTest::addColumn<Edit>("change");
        QTest::addColumn<QString>("says"); // Empty: nothing happens.
        QTest::addColumn<bool>("restarted");
        QTest::newRow("the same again") << Edit{nothing} << QString() << false;
        QTest::newRow("installed anew") << Edit{installAnew} << QStringLiteral("installed anew: machine id machine before, another now") << false;
        QTest::newRow("installed anew while the controller was away") << Edit{installAnew} << QStringLiteral("installed anew") << true;
        QTest::newRow("machine id cannot be read") << Edit{[](FakeNode& node) { node.machineId.clear(); }} << QString() << false;
        QTest::newRow("journal gone") << Edit{loseJournal} << QStringLiteral("its agent's journal is gone") << false;
        QTest::newRow("another GPU") << Edit{replaceGpu} << QStringLiteral("slot 0000:2a:00.0 holds another GPU: GPU-b before, GPU-c now") << false;
        QTest::newRow("a GPU fell off") << Edit{[](FakeNode& node) { node.gpus.pop_back(); }} << QString() << false;
    }
    void aChangedMachineIsClosedAndInspected() {
        QFETCH(const Edit, change);
        QFETCH(const QString, says);
        QFETCH(const bool, restarted);
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string lease = run(world, Verb::lease, {kNode});
        QVERIFY(world.untilState(lease, ActionState::succeeded));
        if (restarted) {
            world.stop();
            world.start(false);
        }
        comeBack(world, change.make);
        QVERIFY(world.until([&] { return says.isEmpty() || world.fleet.serviceOf(kNode) == Service::closed; }));
        SAME(world.fleet.serviceOf(kNode), says.isEmpty() ? Service::open : Service::closed);
        SAME(occupancyOf(world, kNode), Occupancy::leased); // Its tenant's lease is not ended by it.
        if (says.isEmpty()) return;
        QVERIFY(alarmed(world, says.toStdString()));
        world.agents.with(kNode, [](FakeNode& node) { node.lostJournal = false; });
        const std::string back = run(world, Verb::giveBack, {kNode});
        QVERIFY2(world.untilState(back, ActionState::succeeded), world.target(back).sentence.c_str());
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::inspect], 1);
        comeBack(world, nothing); // It counts from now on.
        QVERIFY(world.until([&] { return true; }));
        SAME(world.fleet.serviceOf(kNode), Service::open);
    }

    void aFirstContactIsNoChange() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, loseJournal); // A new agent has no journal yet.
        world.start();
        QVERIFY(world.until([&] { return world.fleet.serviceOf(kNode) == Service::open; }));
    }

    void aStepUnderWayIsNotSentAgain_data() {
        QTest::addColumn<Edit>("change");
        QTest::addColumn<bool>("lostFirst");
        QTest::newRow("installed anew") << Edit{installAnew} << false;
        QTest::newRow("journal gone") << Edit{loseJournal} << false;
        QTest::newRow("journal gone, after its deadline") << Edit{loseJournal} << true;
    }
    void aStepUnderWayIsNotSentAgain() {
        QFETCH(const Edit, change);
        QFETCH(const bool, lostFirst);
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.endless = StepKind::resetGpu; });
        world.start();
        PlanRequest request = requestOf(Verb::reset, {kNode});
        request.deadlineMs = lostFirst ? 5'000 : 600'000;
        const std::string id = run(world, request);
        QVERIFY(world.until([&] { return world.agents.at(kNode).computing.has_value(); }));
        world.agents.disconnect(*world.engine, kNode);
        if (lostFirst) QVERIFY(world.untilState(id, ActionState::unknown, 1'000));
        comeBack(world, [&](FakeNode& node) {
            node.endless.reset();
            node.computing.reset();
            change.make(node);
        });
        QVERIFY(world.until([&] { return isFinal(world.action(id)->state) && !world.target(id).sentence.starts_with("unknown at its deadline"); }));
        SAME(world.target(id).state, TargetState::unknown);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::resetGpu], 0); // The one that was cut off never came to its end, and no other was begun.
        QVERIFY(world.fleet.serviceOf(kNode) != Service::open);
    }
};

QTEST_GUILESS_MAIN(EngineMachineTest)
#include "tst_engine_machine.moc"
