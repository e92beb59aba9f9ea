// What a proof that does not come to its end leaves of its node: cancelled, found bad in the moment of the cancel, or with an end that nobody
// knows. And where the figures of those that do stand among the site's.
#include "busbar-controller/state/action_records.h"
#include "domain/lifecycle.h"
#include "engine_words.h"

#include <QtTest/QTest>

using namespace busbar;
using namespace busbar::controller;

namespace {
const std::string kNode = "pdx1/n1";

/// The copy rate of the first GPU of a node.
TestFigure copyRate(const std::string& node, double value) { return {.subject = "GPU-" + node + "-0", .name = "HBM copy", .unit = "GB/s", .value = value}; }

/// Provisions the node, which measures that, to that end; what the action has of it: "2800 GB/s, median 2850, 2 of 2".
QString proven(EngineWorld& world, const std::string& node, const TestFigure& measured, ActionState end = ActionState::succeeded) {
    world.agents.with(node, [&](FakeNode& fake) { fake.figures = {measured}; });
    const std::string id = run(world, Verb::provision, {node});
    if (!world.untilState(id, end)) return QStringLiteral("it did not end as %1").arg(word(end));
    const auto figures = world.target(id).steps[1].figures;
    if (figures.empty()) return QStringLiteral("no figures");
    const TestFigure& figure = figures.front();
    return QStringLiteral("%1 %2, median %3, %4 of %5").arg(figure.value).arg(QString::fromStdString(figure.unit)).arg(figure.fleetMedian).arg(figure.fleetRank).arg(figure.fleetCount);
}
QString proven(EngineWorld& world, const std::string& node, double value, ActionState end = ActionState::succeeded) { return proven(world, node, copyRate(node, value), end); }
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

    void figuresStandAmongTheFleets() {
        EngineWorld world;
        for (const char* node : {"pdx1/n1", "pdx1/n2", "pdx1/n3", "pdx1/live", "pdx1/half"}) world.addNode(node);
        for (const char* node : {"pdx1/live", "pdx1/half"}) world.fleet.change(node, [](NodeStatus& status) { status.source = Source::live; });
        world.agents.with("pdx1/live", [](FakeNode& node) { node.driver = "cuda"; });
        world.options.thresholds = [](const NodeStatus&, std::vector<TestFigure>& figures) {
            for (TestFigure& figure : figures) {
                figure.rule = TestFigure::Rule::atLeast;
                figure.threshold = 2500;
            }
        };
        world.start();
        QCOMPARE(proven(world, "pdx1/n1", 2900), QStringLiteral("2900 GB/s, median 2900, 1 of 1"));
        QCOMPARE(proven(world, "pdx1/n2", 2800), QStringLiteral("2800 GB/s, median 2850, 2 of 2"));
        QCOMPARE(proven(world, "pdx1/live", 9000), QStringLiteral("9000 GB/s, median 9000, 1 of 1")); // Never among simulated ones.
        // A low place changes no verdict; a bad verdict takes no place away.
        QCOMPARE(proven(world, "pdx1/n3", 2000, ActionState::failed), QStringLiteral("2000 GB/s, median 2800, 3 of 3"));
        QCOMPARE(proven(world, "pdx1/n1", 2700), QStringLiteral("2700 GB/s, median 2700, 2 of 3")); // In place of its 2900.
        QCOMPARE(proven(world, "pdx1/half", 2750), QStringLiteral("2750 GB/s, median 2725, 2 of 4")); // Says that it is live; a library of it is not.
    }
    void figuresAreKnownAfterARestart() {
        EngineWorld world;
        for (const char* node : {"pdx1/n1", "pdx1/n2", "pdx1/n3", "pdx1/gone"}) world.addNode(node);
        world.options.endedInMemory = 1;
        world.start();
        QCOMPARE(proven(world, "pdx1/gone", 1000), QStringLiteral("1000 GB/s, median 1000, 1 of 1"));
        QCOMPARE(proven(world, "pdx1/n1", 2600), QStringLiteral("2600 GB/s, median 1800, 1 of 2"));
        QCOMPARE(proven(world, "pdx1/n1", 2900), QStringLiteral("2900 GB/s, median 1950, 1 of 2"));
        QCOMPARE(proven(world, "pdx1/n2", 2800), QStringLiteral("2800 GB/s, median 2800, 2 of 3"));
        const std::string last = world.engine->actions(1, false).front()->id;
        world.stop();
        world.fleet.change("pdx1/gone", [](NodeStatus& node) { node.gpus.clear(); }); // Other hardware since.
        world.start();
        QCOMPARE(world.target(last).steps[1].figures.front().fleetRank, std::int64_t{2});
        QCOMPARE(world.target(last).steps[1].figures.front().fleetMedian, 2800.0);
        QCOMPARE(proven(world, "pdx1/n3", 3000), QStringLiteral("3000 GB/s, median 2900, 1 of 3")); // Beside 2900 and 2800.
    }
    void whatAnAgentSaysOfItsPlaceCountsForNothing() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        TestFigure claimed = copyRate(kNode, 2000);
        claimed.rule = TestFigure::Rule::atMost;
        claimed.threshold = 9'000;
        claimed.thresholdSource = "thresholds.toml";
        claimed.fleetMedian = 1'000;
        claimed.fleetRank = 1;
        claimed.fleetCount = 128;
        QCOMPARE(proven(world, kNode, claimed), QStringLiteral("2000 GB/s, median 2000, 1 of 1"));
        claimed.unit = "W"; // Of which no more is better.
        QCOMPARE(proven(world, kNode, claimed), QStringLiteral("2000 W, median 0, 0 of 0"));
        const TestFigure kept = world.target(world.engine->actions(1, false).front()->id).steps[1].figures.front();
        QVERIFY(kept.rule == TestFigure::Rule::none && kept.threshold == 0 && kept.thresholdSource.empty());
    }
    void figuresThatNobodySignedAreNotCompared() {
        EngineWorld world;
        for (const char* node : {"pdx1/n1", "pdx1/n2", "pdx1/n3"}) world.addNode(node);
        world.start();
        QCOMPARE(proven(world, "pdx1/n1", 2900), QStringLiteral("2900 GB/s, median 2900, 1 of 1")); // Taken as it is: signatures are not asked for yet.
        world.stop();
        world.options.signerOf = [](const std::string& node, const StepReport& report) -> StatusOr<std::string> {
            if (node == "pdx1/n2" && report.kind == StepKind::burnIn) return absl::UnauthenticatedError("it is signed by nobody");
            return "busbar://node/" + node;
        };
        world.start();
        QCOMPARE(proven(world, "pdx1/n2", 2800, ActionState::unknown), QStringLiteral("no figures"));
        QCOMPARE(proven(world, "pdx1/n3", 2700), QStringLiteral("2700 GB/s, median 2700, 1 of 1"));
    }
};

QTEST_GUILESS_MAIN(EngineProofTest)
#include "tst_engine_proof.moc"
