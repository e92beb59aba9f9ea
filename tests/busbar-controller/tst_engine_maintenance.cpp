// One GPU as the scope of a drain; GPU reset, reboot and identify from plan to books; nodes that reboot unasked; lost and driverless nodes.
#include "engine_words.h"

#include <QtTest/QTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::controller;

namespace {

const std::string kNode = "pdx1/n1";
const std::string kGpu0 = "GPU-pdx1/n1-0", kGpu1 = "GPU-pdx1/n1-1";

PlanRequest ofNode(Verb verb, std::vector<std::string> gpus = {}) {
    PlanRequest request = requestOf(verb, {kNode});
    request.gpuUuids = std::move(gpus);
    return request;
}

/// The GPU's own service, open where it follows its node.
Service gpuService(EngineWorld& world, const std::string& uuid) {
    const NodeStatus node = *world.fleet.node(kNode);
    for (const GpuClose& gpu : node.closedGpus)
        if (gpu.uuid == uuid) return gpu.service;
    return Service::open;
}

bool told(EngineWorld& world, const std::string& words) {
    for (const FleetEvent& event : world.fleet.events())
        if (event.text.find(words) != std::string::npos) return true;
    return false;
}

int stepsWith(EngineWorld& world, const std::string& id, StepKind kind) {
    const auto& steps = world.target(id).steps;
    return static_cast<int>(std::count_if(steps.begin(), steps.end(), [kind](const StepRecord& step) { return step.kind == kind; }));
}

bool faultless(EngineWorld& world) { return !told(world, "internal fault"); }

void allowReboot(EngineWorld& world) {
    world.fleet.change(kNode, [](NodeStatus& node) {
        node.policy.rebootAllowed = true;
        node.bootId = "boot";
    });
}

/// The node is back, in that life of its machine.
void comeBack(EngineWorld& world, const std::string& bootId) {
    world.agents.with(kNode, [&](FakeNode& node) { node.bootId = bootId; });
    world.fleet.change(kNode, [&](NodeStatus& node) { node.bootId = bootId; });
    world.agents.connect(*world.engine, kNode);
}

} // namespace

class EngineMaintenanceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void oneGpuDrainsAndReturns() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string id = run(world, ofNode(Verb::drain, {"1"})); // By its slot.
        QVERIFY(world.untilState(id, ActionState::succeeded));
        QCOMPARE(world.action(id)->gpuUuids, std::vector<std::string>{kGpu1});
        for (const StepKind kind : {StepKind::close, StepKind::verify}) QCOMPARE(world.agents.at(kNode).scopes[kind], std::vector<std::string>{kGpu1});
        SAME(world.fleet.serviceOf(kNode), Service::open);
        SAME(gpuService(world, kGpu1), Service::drained);
        SAME(gpuService(world, kGpu0), Service::open);
        QCOMPARE(world.action(id)->targets.front().steps.front().evidence.front().subject, kGpu1); // The node did not close.

        const Plan lease = world.plan(ofNode(Verb::lease));
        QVERIFY(!lease.targets.front().eligible);
        SAYS(lease.targets.front().sentence, "its GPU 1 (GPU-pdx1/n1-1) is drained apart from it, and a lease takes the whole node: return that GPU first");
        SAYS(world.plan(ofNode(Verb::drain, {kGpu1})).targets.front().sentence, "skipped: it is drained already");
        SAYS(world.plan(ofNode(Verb::giveBack)).targets.front().sentence, "it is open already; its GPU 1");

        world.stop(); // The books outlive the controller.
        world.fleet.setClosedGpus(kNode, {});
        world.start();
        SAME(gpuService(world, kGpu1), Service::drained);
        const std::string back = run(world, ofNode(Verb::giveBack, {kGpu1}));
        QVERIFY(world.untilState(back, ActionState::succeeded));
        SAME(gpuService(world, kGpu1), Service::open);
        QVERIFY(world.plan(ofNode(Verb::lease)).targets.front().eligible);
        QVERIFY(faultless(world));
    }

    void undoOfAGpuDrainIsTheReturnOfThatGpu() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string id = run(world, ofNode(Verb::drain, {kGpu0}));
        QVERIFY(world.untilState(id, ActionState::succeeded));
        const auto undo = world.engine->planUndo(id);
        QVERIFY2(undo.ok(), undo.status().ToString().c_str());
        QCOMPARE(undo->request.gpuUuids, std::vector<std::string>{kGpu0});
        const auto action = world.submit(*undo, "undo", {}, id);
        QVERIFY(world.untilState((*action)->id, ActionState::succeeded));
        SAME(gpuService(world, kGpu0), Service::open);
    }

    void blastRadiusCountsTheScopeOnly() {
        EngineWorld world;
        world.addNode(kNode, 2);
        world.fleet.change(kNode, [](NodeStatus& node) {
            node.processes[0].gpu = 0;
            node.processes[1].gpu = 1;
            node.gpuLeases = {"L1", "L2"};
        });
        world.start();
        const Plan one = world.plan(ofNode(Verb::drain, {kGpu0})), all = world.plan(ofNode(Verb::drain));
        QCOMPARE(one.blast.gpus, 1);
        QCOMPARE(one.blast.processes, 1);
        QCOMPARE(one.blast.leases, 1);
        QCOMPARE(one.blast.powerStepKw, 0.3);
        QVERIFY(one.blast.failureDomains.empty());
        QCOMPARE(one.targets.front().leases, std::vector<std::string>{"L1"});
        QCOMPARE(all.blast.gpus, 2);
        QCOMPARE(all.blast.processes, 2);
        QCOMPARE(all.blast.failureDomains.size(), 1u);
    }

    void cancelledGpuDrainOpensIt() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 1; });
        world.start();
        const std::string id = run(world, ofNode(Verb::drain, {kGpu0}));
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        SAME(gpuService(world, kGpu0), Service::draining);
        QVERIFY(world.cancel(id).ok());
        QVERIFY(world.untilState(id, ActionState::cancelled));
        SAME(gpuService(world, kGpu0), Service::open);
        SAYS(world.target(id).sentence, "the GPU is open again");
        QVERIFY(faultless(world));
    }

    void failedGpuDrainKeepsOnlyTheGpuClosed() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.failures[StepKind::close] = 1; });
        world.start();
        const std::string id = run(world, ofNode(Verb::drain, {kGpu0}));
        QVERIFY(world.untilState(id, ActionState::failed));
        SAME(gpuService(world, kGpu0), Service::drainFailed);
        SAME(world.fleet.serviceOf(kNode), Service::open);
        SAYS(world.target(id).sentence, "the GPU stays closed");
    }

    void returnOfTheWholeNodeOpensItsGpus() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QVERIFY(world.untilState(run(world, ofNode(Verb::drain, {kGpu0})), ActionState::succeeded));
        QVERIFY(world.untilState(run(world, ofNode(Verb::drain)), ActionState::succeeded));
        SAYS(world.plan(ofNode(Verb::giveBack, {kGpu0})).targets.front().sentence, "the node as a whole is drained");
        SAYS(world.plan(ofNode(Verb::giveBack)).targets.front().sentence, "its GPUs that were closed apart too");
        QVERIFY(world.untilState(run(world, ofNode(Verb::giveBack)), ActionState::succeeded));
        SAME(world.fleet.serviceOf(kNode), Service::open);
        SAME(gpuService(world, kGpu0), Service::open);
        QVERIFY(faultless(world));
    }

    void otherActionsLeaveAGpuClosed() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QVERIFY(world.untilState(run(world, ofNode(Verb::drain, {kGpu0})), ActionState::succeeded));
        QVERIFY(world.untilState(run(world, ofNode(Verb::reset)), ActionState::succeeded));
        SAME(world.fleet.serviceOf(kNode), Service::open);
        SAME(gpuService(world, kGpu0), Service::drained);
    }

    void badScopesAreRefused() {
        EngineWorld world;
        world.addNode(kNode);
        world.addNode("pdx1/n2");
        world.start();
        SAYS(world.engine->plan(ofNode(Verb::drain, {"7"})).status().message(), "has no GPU '7', it has 2");
        SAYS(world.engine->plan(ofNode(Verb::reboot, {kGpu0})).status().message(), "reboot takes the whole node");
        PlanRequest two = ofNode(Verb::drain, {kGpu0});
        two.nodeIds.push_back("pdx1/n2");
        SAYS(world.engine->plan(two).status().message(), "GPUs are those of one node");
    }

    void resetRunsAllItsStepsAndOpensAgain() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const Plan plan = world.plan(ofNode(Verb::reset, {kGpu1}));
        SAYS(plan.targets.front().sentence, "GPU reset (destructive), canary, open again");
        QVERIFY(!plan.blast.reversible);
        const auto action = world.submit(plan);
        QVERIFY(world.untilState((*action)->id, ActionState::succeeded));
        const TargetRecord target = world.target((*action)->id);
        QCOMPARE(target.steps.size(), 6u);
        QVERIFY(target.steps[3].kind == StepKind::resetGpu && target.steps[3].destructive);
        for (const StepKind kind : {StepKind::resetGpu, StepKind::canary, StepKind::reopen}) QCOMPARE(world.agents.at(kNode).scopes[kind], std::vector<std::string>{kGpu1});
        SAME(gpuService(world, kGpu1), Service::open);
        SAYS(target.sentence, "reset, proven by a canary, and open again");
        QVERIFY(!world.engine->planUndo((*action)->id).ok());
        QVERIFY(faultless(world));
    }

    void resetUnderMigIsRefused() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        PlanRequest lease = ofNode(Verb::lease);
        lease.details.settings.mig = true;
        QVERIFY(world.untilState(run(world, lease), ActionState::succeeded));
        const std::string words = fmt::format("refused: its lease {} of acme has MIG mode on, in which the canary after a reset cannot run: release it first", world.fleet.node(kNode)->gpuLeases.front());
        SAYS(world.plan(ofNode(Verb::reset, {kGpu1})).targets.front().sentence, words);
        SAYS(world.plan(ofNode(Verb::reset)).targets.front().sentence, words);
        QVERIFY(world.untilState(run(world, ofNode(Verb::release)), ActionState::succeeded));
        QVERIFY(world.untilState(run(world, ofNode(Verb::reset)), ActionState::succeeded));
    }

    void resetOfADrainedNodeLeavesItDrained() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QVERIFY(world.untilState(world.drain({kNode}), ActionState::succeeded));
        const std::string id = run(world, ofNode(Verb::reset));
        QVERIFY(world.untilState(id, ActionState::succeeded));
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::reopen], 0);
        SAME(world.fleet.serviceOf(kNode), Service::drained);
        SAYS(world.target(id).sentence, "the node stays drained");
    }

    void resetThatIsNotProvenKeepsTheNodeClosed_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<bool>("evidence");
        QTest::newRow("the reset fails") << int(StepKind::resetGpu) << true;
        QTest::newRow("the canary fails") << int(StepKind::canary) << true;
        QTest::newRow("nothing is read back") << int(StepKind::unknown) << false;
    }
    void resetThatIsNotProvenKeepsTheNodeClosed() {
        QFETCH(int, kind);
        QFETCH(bool, evidence);
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [&](FakeNode& node) { node.failures[static_cast<StepKind>(kind)] = 1; });
        world.start();
        const std::string id = run(world, ofNode(Verb::reset));
        if (!evidence) {
            QVERIFY(world.until([&] { return world.agents.at(kNode).executedKinds[StepKind::verify] == 1; }));
            world.agents.with(kNode, [](FakeNode& node) { node.noEvidence = true; });
        }
        QVERIFY(world.untilState(id, evidence ? ActionState::failed : ActionState::unknown));
        SAME(world.fleet.serviceOf(kNode), Service::closed);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::resetGpu], 1); // Never a second time.
        SAYS(world.target(id).sentence, "the node stays closed");
        QVERIFY(faultless(world));
        QVERIFY(world.untilState(run(world, ofNode(Verb::giveBack)), evidence ? ActionState::succeeded : ActionState::unknown, 50));
    }

    void refusals_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<int>("edit");
        QTest::addColumn<QString>("words");
        QTest::newRow("reset under read-only") << int(Verb::reset) << 0 << QStringLiteral("set settings = allowed in agent.toml on the node, or reboot it");
        QTest::newRow("reset without driver") << int(Verb::reset) << 1 << QStringLiteral("libnvidia-ml.so.1 not found: reboot it instead");
        QTest::newRow("reset of a lost node") << int(Verb::reset) << 2 << QStringLiteral("its agent is lost");
        QTest::newRow("reset of a recorded node") << int(Verb::reset) << 3 << QStringLiteral("a recorded node has nothing to reset");
        QTest::newRow("subset of an NVSwitch board") << int(Verb::reset) << 4 << QStringLiteral("reset all together: reset the whole node");
        QTest::newRow("reboot = never") << int(Verb::reboot) << 5 << QStringLiteral("reboot = never");
        QTest::newRow("reboot of a lost node") << int(Verb::reboot) << 2 << QStringLiteral("its agent is lost");
        QTest::newRow("identify a lost node") << int(Verb::identify) << 2 << QStringLiteral("its agent is lost");
    }
    void refusals() {
        QFETCH(int, verb);
        QFETCH(int, edit);
        QFETCH(QString, words);
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [edit](NodeStatus& node) {
            if (edit == 0) node.policy.settingsAllowed = false;
            if (edit == 1) {
                node.driverPresent = false;
                node.driver = "no NVIDIA driver: libnvidia-ml.so.1 not found";
            }
            if (edit == 2) node.facts.link = Link::lost;
            if (edit == 3) node.source = Source::replayed;
            if (edit == 4) {
                node.gpus.assign(8, GpuIdentity{"", kGpu0, "NVIDIA A100-SXM4-80GB", "", "", 0, 0});
                for (std::size_t i = 1; i < 8; ++i) node.gpus[i].uuid = "other" + std::to_string(i);
            }
        });
        world.start();
        const Plan plan = world.plan(ofNode(static_cast<Verb>(verb), edit == 4 ? std::vector<std::string>{"0"} : std::vector<std::string>()));
        QVERIFY(!plan.targets.front().eligible);
        SAYS(plan.targets.front().sentence, words.toStdString());
        QVERIFY(!world.submit(plan).ok());
    }

    void rebootIsProvenByAnotherBootId() {
        EngineWorld world;
        world.addNode(kNode);
        allowReboot(world);
        world.start();
        const std::string id = run(world, ofNode(Verb::reboot));
        QVERIFY(world.until([&] { return world.agents.at(kNode).rebootCommands.size() == 1; }));
        SAME(world.fleet.serviceOf(kNode), Service::drained);
        world.agents.disconnect(*world.engine, kNode);
        QVERIFY(world.until([&] { return world.target(id).sentence.find("rebooting: waiting for the agent") == 0; }));
        world.clock.advance(120'000);
        world.stop(); // A controller restart meanwhile changes nothing.
        world.start(false);
        comeBack(world, "boot2");
        QVERIFY(world.untilState(id, ActionState::succeeded));
        SAME(world.fleet.serviceOf(kNode), Service::open);
        const TargetRecord target = world.target(id);
        QCOMPARE(target.steps[3].evidence.back().after, std::string("boot2"));
        QCOMPARE(world.agents.at(kNode).rebootCommands.size(), 1u);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::inspect], 1);
        QVERIFY(!told(world, "rebooted unexpectedly"));
        QVERIFY(faultless(world));
    }

    void sameBootIdIsNoReboot() {
        EngineWorld world;
        world.addNode(kNode);
        allowReboot(world);
        world.start();
        const std::string id = run(world, ofNode(Verb::reboot));
        QVERIFY(world.until([&] { return world.agents.at(kNode).rebootCommands.size() == 1; }));
        world.agents.disconnect(*world.engine, kNode);
        comeBack(world, "boot");
        QVERIFY(world.untilState(id, ActionState::failed));
        QCOMPARE(world.agents.at(kNode).rebootCommands.size(), 1u);
        SAME(world.fleet.serviceOf(kNode), Service::closed);
        SAYS(world.target(id).sentence, "did not reboot");
        QVERIFY(faultless(world));
    }

    void nodeThatDoesNotComeBackIsUnknownAndGoesOn() {
        EngineWorld world;
        world.addNode(kNode);
        allowReboot(world);
        world.start();
        const std::string id = run(world, ofNode(Verb::reboot));
        QVERIFY(world.until([&] { return world.agents.at(kNode).rebootCommands.size() == 1; }));
        world.agents.disconnect(*world.engine, kNode);
        world.clock.advance(800'000);
        QTest::qWait(20);
        QVERIFY(!isFinal(world.action(id)->state)); // Within its time.
        QVERIFY(world.untilState(id, ActionState::unknown, 10'000));
        SAME(world.fleet.serviceOf(kNode), Service::closed);
        QVERIFY(faultless(world));
        comeBack(world, "boot2");
        QVERIFY(world.untilState(id, ActionState::succeeded));
        QCOMPARE(world.agents.at(kNode).rebootCommands.size(), 1u);
        SAME(world.fleet.serviceOf(kNode), Service::open);
        QVERIFY(faultless(world));
    }

    void rebootUnaskedClosesTheNode() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QTest::qWait(100);
        world.agents.disconnect(*world.engine, kNode);
        world.stop(); // The boot id seen last is in the books.
        world.start(false);
        comeBack(world, "boot2");
        QVERIFY(world.until([&] { return world.fleet.serviceOf(kNode) == Service::closed; }));
        QVERIFY(told(world, "rebooted unexpectedly (boot id boot2): return it after a look"));
        QVERIFY(world.untilState(run(world, ofNode(Verb::giveBack)), ActionState::succeeded));
        world.agents.disconnect(*world.engine, kNode);
        comeBack(world, "boot2"); // A restart of the agent alone is none.
        QTest::qWait(20);
        SAME(world.fleet.serviceOf(kNode), Service::open);
        QVERIFY(faultless(world));
    }

    void rebootOfADrainedNodeIsNoSurprise() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QVERIFY(world.untilState(world.drain({kNode}), ActionState::succeeded));
        world.agents.disconnect(*world.engine, kNode);
        comeBack(world, "boot2");
        QTest::qWait(20);
        SAME(world.fleet.serviceOf(kNode), Service::drained);
        QVERIFY(!told(world, "rebooted unexpectedly"));
    }

    void identifyChangesNothing() {
        EngineWorld world;
        world.addNode(kNode, 1); // Also of a node in use.
        world.start();
        const Plan plan = world.plan(ofNode(Verb::identify));
        QCOMPARE(plan.blast.gpuHours, 0.0);
        const auto action = world.submit(plan);
        QVERIFY(world.untilState((*action)->id, ActionState::succeeded));
        SAME(world.fleet.serviceOf(kNode), Service::open);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::identify], 1);
    }

    void cancelBeforeTheResetOpensAgain() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 1; });
        world.start();
        const std::string id = run(world, ofNode(Verb::reset));
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        QVERIFY(world.cancel(id).ok());
        QVERIFY(world.untilState(id, ActionState::cancelled));
        SAME(world.fleet.serviceOf(kNode), Service::open);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::resetGpu], 0);
        QVERIFY(faultless(world));
    }

    void lostNodeDrainsWhenItIsBack() {
        EngineWorld world;
        world.addNode(kNode);
        world.start(false);
        world.fleet.change(kNode, [](NodeStatus& node) { node.facts.link = Link::lost; });
        const Plan plan = world.plan(ofNode(Verb::drain));
        SAYS(plan.targets.front().sentence, "the node closes at once in the controller, its steps wait for the agent");
        const auto action = world.submit(plan);
        QVERIFY(world.untilState((*action)->id, ActionState::unknown, 10'000)); // At its deadline.
        SAME(world.fleet.serviceOf(kNode), Service::drainFailed);
        SAYS(world.target((*action)->id).sentence, "goes on when the agent is back");
        world.agents.connect(*world.engine, kNode);
        QVERIFY(world.untilState((*action)->id, ActionState::succeeded));
        SAME(world.fleet.serviceOf(kNode), Service::drained);
    }

    void nodeWithoutDriverDrainsByTheKernel() {
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [](NodeStatus& node) {
            node.driverPresent = false;
            node.driver = "no NVIDIA driver: libnvidia-ml.so.1 not found";
        });
        world.start();
        const Plan plan = world.plan(ofNode(Verb::drain));
        SAYS(plan.targets.front().sentence, "so the evidence is the kernel's");
        const auto action = world.submit(plan);
        QVERIFY(world.untilState((*action)->id, ActionState::succeeded));
    }

    void aQueuedResetOpensWhatIsOpenAtItsTurn_data() {
        QTest::addColumn<bool>("drainedFirst");
        QTest::newRow("behind a drain it stays drained") << false;
        QTest::newRow("behind a return it opens again") << true;
    }
    void aQueuedResetOpensWhatIsOpenAtItsTurn() {
        QFETCH(bool, drainedFirst);
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        if (drainedFirst) QVERIFY(world.untilState(world.drain({kNode}), ActionState::succeeded));
        world.agents.disconnect(*world.engine, kNode);
        if (!drainedFirst) run(world, ofNode(Verb::identify)); // It waits for its agent, and the drain for it: the node is open when the reset is planned.
        PlanRequest request = ofNode(drainedFirst ? Verb::giveBack : Verb::drain);
        request.queue = true;
        const std::string first = run(world, request);
        request.verb = Verb::reset;
        const std::string id = run(world, request);
        QCOMPARE(stepsWith(world, id, StepKind::reopen), drainedFirst ? 0 : 1);
        world.agents.connect(*world.engine, kNode);
        QVERIFY(world.untilState(first, ActionState::succeeded));
        QVERIFY(world.untilState(id, ActionState::succeeded));
        QCOMPARE(stepsWith(world, id, StepKind::reopen), drainedFirst ? 1 : 0);
        SAME(world.fleet.serviceOf(kNode), drainedFirst ? Service::open : Service::drained);
        QVERIFY(faultless(world));
    }

};

QTEST_GUILESS_MAIN(EngineMaintenanceTest)
#include "tst_engine_maintenance.moc"
