// What a proof that does not come to its end leaves of its node: cancelled, found bad in the moment of the cancel, or with an end that nobody knows.
#include "busbar-controller/state/action_records.h"
#include "domain/lifecycle.h"
#include "engine_words.h"

#include <QtTest/QTest>

using namespace busbar;
using namespace busbar::controller;

namespace {
const std::string kNode = "pdx1/n1";
} // namespace

class EngineProofTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aCancelledProofHasNotFailed_data() {
        QTest::addColumn<int>("before");
        QTest::addColumn<int>("during");
        QTest::addColumn<bool>("lost");
        QTest::addColumn<int>("after");
        QTest::addColumn<QString>("why");
        const auto row = [](const char* name, NodeState before, StepKind during, bool lost, NodeState after, const char* why) { QTest::newRow(name) << int(before) << int(during) << lost << int(after) << QString::fromLatin1(why); };
        row("burn-in", NodeState::discovered, StepKind::burnIn, false, NodeState::discovered, "burn-in cancelled by ann (pdx1/");
        row("inspection", NodeState::discovered, StepKind::inspect, false, NodeState::discovered, "inspection cancelled by ann (pdx1/");
        row("proof of a ready node", NodeState::ready, StepKind::burnIn, false, NodeState::discovered, "burn-in cancelled by ann (pdx1/");
        row("proof after a failed one", NodeState::burnInFailed, StepKind::burnIn, false, NodeState::discovered, "burn-in cancelled by ann (pdx1/");
        row("out of triage", NodeState::triage, StepKind::burnIn, false, NodeState::triage, "burn-in cancelled by ann (pdx1/");
        row("out of triage, inspection", NodeState::triage, StepKind::inspect, false, NodeState::triage, "inspection cancelled by ann (pdx1/");
        row("while its agent is lost", NodeState::discovered, StepKind::burnIn, true, NodeState::discovered, "burn-in cancelled by ann (pdx1/");
    }
    void aCancelledProofHasNotFailed() {
        QFETCH(int, before);
        QFETCH(int, during);
        QFETCH(bool, lost);
        QFETCH(int, after);
        QFETCH(QString, why);
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [before](NodeStatus& node) { node.facts.state = static_cast<NodeState>(before); });
        world.agents.with(kNode, [during](FakeNode& node) { node.endless = static_cast<StepKind>(during); });
        world.start();
        const std::string id = run(world, Verb::provision, {kNode});
        QVERIFY(world.until([&] { return world.agents.at(kNode).computing.has_value(); }));
        if (lost) world.agents.disconnect(*world.engine, kNode);
        QVERIFY(world.cancel(id).ok());
        if (!lost && !isInterruptible(static_cast<StepKind>(during))) { // Such a step comes to its own end, and is waited for.
            SAYS(world.action(id)->sentence, "stopping after");
            world.agents.with(kNode, [](FakeNode& node) { node.endless.reset(); });
        }
        QVERIFY(world.untilState(id, ActionState::cancelled));
        SAME(world.fleet.node(kNode)->facts.state, static_cast<NodeState>(after));
        const auto stored = decodeState(*world.store->get(stateKey("n1")));
        QVERIFY(stored.ok());
        SAYS(stored->why, why.toStdString());
        QCOMPARE(stored->who, std::string("ann"));
        SAYS(world.target(id).sentence, "and not proven: provision proves it");
        QVERIFY(!world.plan(requestOf(Verb::lease, {kNode})).targets.front().eligible);
        world.agents.with(kNode, [](FakeNode& node) { node.endless.reset(); });
        world.agents.connect(*world.engine, kNode);
        const std::string again = run(world, Verb::provision, {kNode});
        QVERIFY(world.untilState(again, ActionState::succeeded));
        SAME(world.fleet.node(kNode)->facts.state, NodeState::ready);
    }
    void whatABurnInFoundStandsInACancel() {
        bool inTime = false;
        for (int i = 0; i < 20 && !inTime; ++i) {
            EngineWorld world;
            world.addNode(kNode);
            world.agents.with(kNode, [](FakeNode& node) { node.failures[StepKind::burnIn] = 1; });
            world.start();
            const std::string id = run(world, Verb::provision, {kNode});
            // The report is under way when the cancel comes; where it was faster, once more.
            QVERIFY(world.until([&] { return world.target(id).steps[1].state != StepState::pending; }));
            inTime = world.cancel(id).ok();
            QVERIFY(world.untilState(id, ActionState::failed));
            SAME(world.fleet.node(kNode)->facts.state, NodeState::burnInFailed);
        }
        QVERIFY(inTime);
    }
    void aProofWhoseEndNobodyKnowsIsDoneAnew_data() {
        QTest::addColumn<int>("state");
        QTest::newRow("inspecting") << int(NodeState::inspecting);
        QTest::newRow("firmware") << int(NodeState::firmware);
        QTest::newRow("burn-in") << int(NodeState::burnIn);
    }
    void aProofWhoseEndNobodyKnowsIsDoneAnew() {
        QFETCH(int, state);
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QVERIFY(world.untilState(world.drain({kNode}), ActionState::succeeded));
        world.fleet.setState(kNode, static_cast<NodeState>(state), "", "");
        const PlanTarget back = world.plan(requestOf(Verb::giveBack, {kNode})).targets.front();
        QVERIFY(!back.eligible);
        SAYS(back.sentence, "and no action is at work on that, so nobody knows whether it would pass: provision proves it");
        SAYS(world.plan(requestOf(Verb::lease, {kNode})).targets.front().sentence, "only ready nodes are leased: provision proves it");
        QVERIFY(world.untilState(run(world, Verb::provision, {kNode}), ActionState::succeeded));
        SAME(world.fleet.node(kNode)->facts.state, NodeState::ready);
        QVERIFY(world.untilState(run(world, Verb::giveBack, {kNode}), ActionState::succeeded));
    }
};

QTEST_GUILESS_MAIN(EngineProofTest)
#include "tst_engine_proof.moc"
