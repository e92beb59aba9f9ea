// lease, release and provision from plan to books; approval, waves, failure domains, breaker and pause.
#include "base/refusal.h"
#include "domain/lifecycle.h"
#include "engine_words.h"

#include <QtTest/QTest>

#include <future>

using namespace busbar;
using namespace busbar::controller;

namespace {

const std::string kNode = "pdx1/n1";

using Decide = void (Engine::*)(DecideRequest, Engine::Reply);
Status decide(EngineWorld& world, Decide what, const std::string& id, const std::string& actor) {
    std::promise<Status> promise;
    (world.engine.get()->*what)({id, "because", actor}, [&](const StatusOr<ActionPtr>& reply) { promise.set_value(reply.status()); });
    return promise.get_future().get();
}

std::vector<std::string> addNodes(EngineWorld& world, int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
        ids.push_back(fmt::format("pdx1/n{:03}", i));
        world.addNode(ids.back());
    }
    return ids;
}

StepRecord recordOf(EngineWorld& world, const std::string& id, StepKind kind) {
    TargetRecord target = world.target(id);
    const auto step = std::find_if(target.steps.begin(), target.steps.end(), [kind](const StepRecord& s) { return s.kind == kind; });
    return step == target.steps.end() ? StepRecord{} : *step;
}

/// The agent has the command of that step, and has not worked on it.
bool isWith(EngineWorld& world, const std::string& id, StepKind kind) {
    bool sent = false;
    world.agents.with(kNode, [&](FakeNode& node) { sent = !node.queue.empty() && node.queue.front().kind == kind; });
    return sent && recordOf(world, id, kind).state == StepState::running;
}

using Asked = void (*)(GpuSettings&);

PlanRequest migRequest() {
    PlanRequest request = requestOf(Verb::lease, {kNode});
    request.details.settings.mig = true;
    request.details.settings.powerLimitWatts = 450;
    return request;
}

/// For what the engine does by itself: the agents do nothing meanwhile.
bool wait(const std::function<bool()>& condition) { return QTest::qWaitFor(condition, 10'000); }

} // namespace

Q_DECLARE_METATYPE(Asked)

class EngineVerbsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void leaseAndRelease() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        PlanRequest request = requestOf(Verb::lease, {kNode});
        request.details.settings.powerLimitWatts = 450;
        const auto leased = world.submit(world.plan(request));
        QVERIFY(leased.ok());
        QVERIFY(occupancyOf(world, kNode) != Occupancy::free); // Promised with the submit.
        QVERIFY(world.untilState((*leased)->id, ActionState::succeeded));
        SAME(occupancyOf(world, kNode), Occupancy::leased);
        const NodeStatus status = *world.fleet.node(kNode);
        QCOMPARE(status.gpuTenants.front(), std::string("acme"));
        QCOMPARE(status.gpuLeases.front(), (*leased)->details.leaseId);
        QCOMPARE(world.agents.at(kNode).tenant, std::string("acme"));
        QCOMPARE(world.agents.at(kNode).settings.powerLimitWatts, std::optional<std::int64_t>(450));
        SAYS(world.target((*leased)->id).sentence, "leased to acme");

        PlanRequest end = requestOf(Verb::release, {});
        end.details.leaseId = (*leased)->details.leaseId; // Resolved to the lease's nodes.
        const auto released = world.submit(world.plan(end));
        QVERIFY2(released.ok(), std::string(released.status().message()).c_str());
        QVERIFY(world.untilState((*released)->id, ActionState::succeeded));
        SAME(occupancyOf(world, kNode), Occupancy::free);
        SAME(world.fleet.serviceOf(kNode), Service::open);
        QVERIFY(world.agents.at(kNode).tenant.empty());
        QVERIFY(!world.agents.at(kNode).settings.any());
        SAYS(world.engine->planUndo((*released)->id).status().message(), "cannot be undone: what is released is leased anew: make a new lease");
    }

    void sameGpuIsNotSoldTwice() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const Plan first = world.plan(requestOf(Verb::lease, {kNode})), second = world.plan(requestOf(Verb::lease, {kNode}));
        QVERIFY(world.submit(first).ok());
        const auto again = world.submit(second);
        QVERIFY(!again.ok());
        SAYS(again.status().message(), "no longer holds");
        // What changed is told one by one, not only in the sentence.
        QCOMPARE(headOf(again.status()), std::string("the plan no longer holds, plan again"));
        const std::vector<std::string> reasons = reasonsOf(again.status());
        QVERIFY(reasons.size() > 1);
        SAYS(reasons.front(), kNode + ": occupancy was free, is ");
    }

    void leaseSurvivesARestart() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string id = run(world, Verb::lease, {kNode});
        world.stop();
        world.start();
        QVERIFY(world.untilState(id, ActionState::succeeded));
        world.stop();
        world.fleet.setOccupancy(kNode, Occupancy::unknown, std::nullopt, "", "");
        world.start();
        SAME(occupancyOf(world, kNode), Occupancy::leased);
        QCOMPARE(world.fleet.node(kNode)->gpuTenants.front(), std::string("acme"));
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::scrub], 1);
    }

    void badMemoryIsNeverLeased() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.badMemory = true; });
        world.start();
        const std::string id = run(world, Verb::lease, {kNode});
        QVERIFY(world.untilState(id, ActionState::failed));
        SAME(occupancyOf(world, kNode), Occupancy::scrubFailed);
        QVERIFY(world.fleet.node(kNode)->gpuLeases.front().empty());
        const Plan next = world.plan(requestOf(Verb::lease, {kNode}));
        QVERIFY(!next.targets.front().eligible);
        SAYS(next.targets.front().sentence, "scrub-failed");
    }

    void scrubWithoutEvidenceIsUnknownAndFreesTheNode() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.noEvidence = true; });
        world.start();
        const std::string id = run(world, Verb::lease, {kNode});
        QVERIFY(world.untilState(id, ActionState::unknown, 500));
        SAME(occupancyOf(world, kNode), Occupancy::free);
    }

    void failedCanaryTakesTheAccessBack() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.failures[StepKind::canary] = 1; });
        world.start();
        const std::string id = run(world, Verb::lease, {kNode});
        QVERIFY(world.untilState(id, ActionState::failed));
        QVERIFY(world.agents.at(kNode).tenant.empty());
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::releaseLease], 1);
        SAME(occupancyOf(world, kNode), Occupancy::free);
        SAYS(world.target(id).sentence, "canary: made to fail; what it had granted was taken back");
        SAYS(world.target(id).sentence, "the node stays closed until somebody has looked: return opens it");
        SAME(world.fleet.serviceOf(kNode), Service::closed);
    }

    void readOnlyAgentSkipsSettings() {
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [](NodeStatus& node) { node.policy = {false, false}; });
        world.agents.with(kNode, [](FakeNode& node) { node.readOnly = true; });
        world.start();
        PlanRequest request = requestOf(Verb::lease, {kNode});
        request.details.settings.powerLimitWatts = 450;
        const Plan plan = world.plan(request);
        SAYS(plan.targets.front().sentence, "skipped: its agent's settings are read-only");
        const auto action = world.submit(plan);
        QVERIFY(world.untilState((*action)->id, ActionState::succeeded));
        SAME(world.target((*action)->id).steps[2].state, StepState::skipped);
    }

    void settingsAreHeldAgainstTheDevice_data() {
        QTest::addColumn<int>("watts");
        QTest::addColumn<int>("mhz");
        QTest::addColumn<bool>("told");
        QTest::addColumn<bool>("eligible");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, int watts, int mhz, bool told, bool eligible, const char* says) { QTest::newRow(name) << watts << mhz << told << eligible << QString::fromLatin1(says); };
        row("power too high", 900, 0, true, false, "refused: a power limit of 900 W is not within what its GPUs take, 200 to 700 W");
        row("clock too low", 0, 9, true, false, "refused: a locked SM clock of 9 MHz is not within what its GPUs take, 210 to 1980 MHz");
        row("clock too high", 0, 1'981, true, false, "refused: a locked SM clock of 1981 MHz is not within");
        row("lowest clock", 0, 210, true, true, "canary on 2 GPUs");
        row("highest clock", 0, 1'980, true, true, "canary on 2 GPUs");
        row("clock, range not told", 0, 9, false, true, "canary on 2 GPUs; its driver does not tell the range of its locked SM clock: not checked here");
        row("both, range not told", 900, 9, false, true, "; its driver does not tell the range of its power limit and locked SM clock: not checked here");
    }
    void settingsAreHeldAgainstTheDevice() {
        QFETCH(int, watts);
        QFETCH(int, mhz);
        QFETCH(bool, told);
        QFETCH(bool, eligible);
        QFETCH(QString, says);
        EngineWorld world;
        world.addNode(kNode);
        if (!told) world.fleet.change(kNode, [](NodeStatus& node) { node.settingLimits = {}; });
        world.start();
        PlanRequest request = requestOf(Verb::lease, {kNode});
        if (watts > 0) request.details.settings.powerLimitWatts = watts;
        if (mhz > 0) request.details.settings.lockedClockMhz = mhz;
        const PlanTarget target = world.plan(request).targets.front();
        QCOMPARE(target.eligible, eligible);
        SAYS(target.sentence, says.toStdString());
        QCOMPARE(target.sentence.find("not checked") == std::string::npos, told);
    }

    void migInThePlan_data() {
        QTest::addColumn<Asked>("asked");
        QTest::addColumn<bool>("readOnly");
        QTest::addColumn<bool>("lacking");
        QTest::addColumn<bool>("eligible");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, Asked asked, bool readOnly, bool lacking, bool eligible, const char* says) { QTest::newRow(name) << asked << readOnly << lacking << eligible << QString::fromLatin1(says); };
        row("on", [](GpuSettings& s) { s.mig = true; }, false, false, true, "precheck, scrub, open for acme, canary on 2 GPUs, MIG mode on, in which no utilisation is measured");
        row("on, with others", [](GpuSettings& s) { s.mig = true; s.powerLimitWatts = 450; }, false, false, true, "configure (power limit 450 W), open for acme, canary on 2 GPUs, MIG mode on");
        row("off", [](GpuSettings& s) { s.mig = false; }, false, false, true, "configure (MIG mode off)");
        row("on, where nothing is set", [](GpuSettings& s) { s.mig = true; }, true, false, true, "; configure and MIG are skipped: its agent's settings are read-only");
        row("on, where there is none", [](GpuSettings& s) { s.mig = true; }, false, true, false, "refused: its GPUs cannot have MIG mode on: GPU-a: MIG mode is not supported");
        row("on, with default compute mode", [](GpuSettings& s) { s.mig = true; s.computeMode = 0; }, false, false, true, "MIG mode on");
        row("on, with exclusive compute mode", [](GpuSettings& s) { s.mig = true; s.computeMode = 3; }, false, false, false, "refused: in MIG mode the driver keeps the compute mode at default, exclusive process was asked");
        row("on, with a locked clock", [](GpuSettings& s) { s.mig = true; s.lockedClockMhz = 1'500; }, false, false, false, "refused: a locked clock is read back under load, which no whole GPU takes in MIG mode");
    }
    void migInThePlan() {
        QFETCH(Asked, asked);
        QFETCH(bool, readOnly);
        QFETCH(bool, lacking);
        QFETCH(bool, eligible);
        QFETCH(QString, says);
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [&](NodeStatus& node) {
            node.policy.settingsAllowed = !readOnly;
            if (lacking) node.settingLimits.unsupported["MIG mode"] = "GPU-a: MIG mode is not supported";
        });
        world.start();
        PlanRequest request = requestOf(Verb::lease, {kNode});
        asked(request.details.settings);
        const PlanTarget target = world.plan(request).targets.front();
        QCOMPARE(target.eligible, eligible);
        SAYS(target.sentence, says.toStdString());
        const bool last = !target.steps.empty() && target.steps.back() == StepKind::mig;
        QCOMPARE(last, eligible && request.details.settings.mig.value_or(false)); // The agent that may not set it skips the step.
    }

    void migIsTurnedOnLastAndOffBeforeTheScrub() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string id = run(world, migRequest());
        QVERIFY(world.untilState(id, ActionState::succeeded));
        SAYS(world.target(id).sentence, "leased to acme: 1 fact read back as set; MIG mode on: 1 fact read back as set");
        SAME(world.target(id).steps.back().kind, StepKind::mig);
        QVERIFY(world.agents.at(kNode).mig);
        QVERIFY((world.agents.at(kNode).settings == GpuSettings{.powerLimitWatts = 450})); // Configure turns no MIG on.
        QVERIFY(world.untilState(run(world, Verb::release, {kNode}), ActionState::succeeded));
        QVERIFY(!world.agents.at(kNode).mig);
        SAME(occupancyOf(world, kNode), Occupancy::free);
    }

    void migIsSkippedWhereNothingIsSet() {
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [](NodeStatus& node) { node.policy = {false, false}; });
        world.agents.with(kNode, [](FakeNode& node) { node.readOnly = true; });
        world.start();
        const std::string id = run(world, migRequest());
        QVERIFY(world.untilState(id, ActionState::succeeded));
        SAYS(world.target(id).sentence, "; MIG skipped: nothing is set: this agent's settings are read-only");
        SAME(recordOf(world, id, StepKind::mig).state, StepState::skipped);
        QVERIFY(!world.agents.at(kNode).mig);
    }

    void migThatDoesNotHoldTakesTheLeaseBack_data() {
        QTest::addColumn<bool>("stays");
        QTest::addColumn<bool>("unproven");
        QTest::addColumn<int>("ends");
        QTest::newRow("turned off again") << false << false << int(ActionState::failed);
        QTest::newRow("without evidence") << false << true << int(ActionState::unknown);
        QTest::newRow("cannot be turned off") << true << false << int(ActionState::failed);
    }
    void migThatDoesNotHoldTakesTheLeaseBack() {
        QFETCH(bool, stays);
        QFETCH(bool, unproven);
        QFETCH(int, ends);
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        if (!unproven) world.agents.with(kNode, [&](FakeNode& node) { node.failures[StepKind::mig] = 1; });
        world.agents.with(kNode, [&](FakeNode& node) { node.migStays = stays; });
        const std::string id = run(world, migRequest());
        QVERIFY(world.until([&] { return isWith(world, id, StepKind::mig); }));
        world.agents.with(kNode, [&](FakeNode& node) { node.noEvidence = unproven; });
        QVERIFY(world.untilState(id, static_cast<ActionState>(ends)));
        SAYS(world.target(id).sentence, unproven ? "MIG: the agent sent no evidence" : "MIG: made to fail");
        QVERIFY(world.agents.at(kNode).tenant.empty());
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::releaseLease], 1);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::configure], 2);
        QCOMPARE(world.agents.at(kNode).mig, stays);
        SAME(occupancyOf(world, kNode), stays ? Occupancy::expiring : Occupancy::free);
        if (!stays) return;
        // Nobody gets it before it is out of the mode, and a release that cannot do that keeps it closed.
        SAYS(world.target(id).sentence, "MIG mode may still be on: release the node");
        QVERIFY(!world.plan(requestOf(Verb::lease, {kNode})).targets.front().eligible);
        const std::string release = run(world, Verb::release, {kNode});
        QVERIFY(world.untilState(release, ActionState::failed));
        SAYS(world.target(release).sentence, "scrub: it is in MIG mode; the node stays closed");
        SAME(occupancyOf(world, kNode), Occupancy::expiring);
        SAME(world.fleet.serviceOf(kNode), Service::drainFailed);
        world.agents.with(kNode, [](FakeNode& node) { node.migStays = false; });
        QVERIFY(world.untilState(run(world, Verb::release, {kNode}), ActionState::succeeded));
        QVERIFY(!world.agents.at(kNode).mig);
        SAME(occupancyOf(world, kNode), Occupancy::free);
    }

    void cancelUnderMigTurnsItOff() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string id = run(world, migRequest());
        QVERIFY(world.until([&] { return isWith(world, id, StepKind::mig); }));
        QVERIFY(world.cancel(id).ok());
        QVERIFY(world.untilState(id, ActionState::cancelled));
        SAME(recordOf(world, id, StepKind::mig).state, StepState::succeeded); // It comes to its end, and is undone.
        QVERIFY(!world.agents.at(kNode).mig && world.agents.at(kNode).tenant.empty());
        SAME(occupancyOf(world, kNode), Occupancy::free);
    }

    void cancelledLeaseFreesTheNode() {
        EngineWorld world;
        world.addNode(kNode);
        world.start(false);
        const std::string id = run(world, Verb::lease, {kNode});
        QVERIFY(world.cancel(id).ok());
        QVERIFY(world.untilState(id, ActionState::cancelled));
        SAME(occupancyOf(world, kNode), Occupancy::free);
    }

    void cancelWaitsForTheStepUnderWay_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<int>("kind");
        QTest::addColumn<bool>("proves");
        const auto row = [](const char* name, Verb verb, StepKind kind, bool proves) { QTest::newRow(name) << static_cast<int>(verb) << static_cast<int>(kind) << proves; };
        row("precheck of a lease", Verb::lease, StepKind::precheck, true);
        row("configure of a lease", Verb::lease, StepKind::configure, false);
        row("open of a lease", Verb::lease, StepKind::openLease, true);
        row("inspect of a provision", Verb::provision, StepKind::inspect, true);
        row("inspect of a return", Verb::giveBack, StepKind::inspect, true);
        row("verify of a reset", Verb::reset, StepKind::verify, true);
        row("verify of a reboot", Verb::reboot, StepKind::verify, true);
    }

    /// What its agent has begun is not recorded as cancelled while it runs: its report is taken, what it did is undone, nothing follows.
    void cancelWaitsForTheStepUnderWay() {
        QFETCH(int, verb);
        QFETCH(int, kind);
        QFETCH(bool, proves);
        const auto step = static_cast<StepKind>(kind);
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [](NodeStatus& node) { node.policy.rebootAllowed = true; });
        world.start();
        if (static_cast<Verb>(verb) == Verb::giveBack) QVERIFY(world.untilState(world.drain({kNode}), ActionState::succeeded));
        const std::string id = run(world, static_cast<Verb>(verb), {kNode});
        QVERIFY(world.until([&] { return isWith(world, id, step); }));
        const auto reply = world.cancel(id);
        QVERIFY(reply.ok());
        SAYS((*reply)->sentence, fmt::format("stopping after {} of 1 node", toString(step)));
        SAME(recordOf(world, id, step).state, StepState::running);
        QVERIFY(world.untilState(id, ActionState::cancelled));
        const StepRecord ended = recordOf(world, id, step);
        SAME(ended.state, StepState::succeeded);
        QCOMPARE(std::any_of(ended.evidence.begin(), ended.evidence.end(), [](const Evidence& fact) { return fact.source != "controller"; }), proves);
        QCOMPARE(world.agents.at(kNode).executedKinds[step], step == StepKind::configure ? 2 : 1); // A lease's settings are put back by the same.
        QVERIFY(world.agents.at(kNode).tenant.empty());
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::releaseLease], step == StepKind::openLease ? 1 : 0);
    }

    /// Bounded by the longest time of the step, also where its agent goes away meanwhile.
    void cancelDoesNotWaitForEverForAnAgentThatWentAway() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string id = run(world, Verb::lease, {kNode});
        QVERIFY(world.until([&] { return isWith(world, id, StepKind::openLease); }));
        QVERIFY(world.cancel(id).ok());
        world.agents.disconnect(*world.engine, kNode);
        QVERIFY(wait([&] { return world.target(id).sentence.starts_with("waiting for the agent, lost since"); }));
        const std::int64_t longestMs = longestSeconds(StepKind::openLease, "") * 1'000 + world.options.reportGraceMs;
        world.clock.advance(longestMs - 1'000);
        QTest::qWait(20);
        SAME(recordOf(world, id, StepKind::openLease).state, StepState::running);
        world.clock.advance(2'000);
        QVERIFY(wait([&] { return recordOf(world, id, StepKind::openLease).state == StepState::cancelled; }));
        SAYS(recordOf(world, id, StepKind::openLease).sentence, "what it did of this step is not known");
        world.agents.connect(*world.engine, kNode);
        QVERIFY(world.untilState(id, ActionState::cancelled));
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::releaseLease], 1); // It was granted after all, and is taken back.
        QVERIFY(world.agents.at(kNode).tenant.empty());
    }

    void releaseOfBadMemoryKeepsTheNodeClosed() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QVERIFY(world.untilState(run(world, Verb::lease, {kNode}), ActionState::succeeded));
        world.agents.with(kNode, [](FakeNode& node) { node.badMemory = true; });
        const std::string id = run(world, Verb::release, {kNode});
        QVERIFY(world.untilState(id, ActionState::failed));
        SAME(occupancyOf(world, kNode), Occupancy::scrubFailed);
        SAME(world.fleet.serviceOf(kNode), Service::drainFailed);
        QVERIFY(world.agents.at(kNode).tenant.empty());
        SAYS(world.target(id).sentence, "access was taken back");
        world.agents.with(kNode, [](FakeNode& node) { node.badMemory = false; }); // Repaired, and proven again.
        QVERIFY(world.untilState(run(world, Verb::provision, {kNode}), ActionState::succeeded));
        SAME(occupancyOf(world, kNode), Occupancy::free);
    }

    void releaseNeedsWhatTheDriverTells_data() {
        QTest::addColumn<QString>("unread");
        QTest::addColumn<bool>("isFree");
        QTest::newRow("a list of the driver") << QStringLiteral("nvml") << false;
        QTest::newRow("what the kernel shows to root alone") << QStringLiteral("kernel") << true;
    }

    void releaseNeedsWhatTheDriverTells() {
        QFETCH(QString, unread);
        QFETCH(bool, isFree);
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QVERIFY(world.untilState(run(world, Verb::lease, {kNode}), ActionState::succeeded));
        world.agents.with(kNode, [&](FakeNode& node) { node.unreadSource = unread.toStdString(); });
        const std::string id = run(world, Verb::release, {kNode});
        QVERIFY(world.untilState(id, isFree ? ActionState::succeeded : ActionState::unknown, 20));
        QCOMPARE(occupancyOf(world, kNode) == Occupancy::free, isFree);
    }

    void provisionMakesReady() {
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [](NodeStatus& node) { node.facts.state = NodeState::discovered; });
        world.start();
        QVERIFY(!world.plan(requestOf(Verb::lease, {kNode})).targets.front().eligible); // Not before it is proven.
        QVERIFY(world.untilState(run(world, Verb::provision, {kNode}), ActionState::succeeded));
        SAME(world.fleet.node(kNode)->facts.state, NodeState::ready);
        QVERIFY(world.plan(requestOf(Verb::lease, {kNode})).targets.front().eligible);
    }

    void burnInUnderThresholdFails() {
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [](NodeStatus& node) { node.facts.state = NodeState::discovered; });
        world.agents.with(kNode, [](FakeNode& node) { node.copyRate = 1200; });
        world.options.thresholds = [](const NodeStatus&, std::vector<TestFigure>& figures) {
            for (TestFigure& figure : figures) {
                figure.rule = TestFigure::Rule::atLeast;
                figure.threshold = 1905;
                figure.thresholdSource = "thresholds.toml: HBM copy of H100";
            }
        };
        world.start();
        const std::string id = run(world, Verb::provision, {kNode});
        QVERIFY(world.untilState(id, ActionState::failed));
        SAME(world.fleet.node(kNode)->facts.state, NodeState::burnInFailed);
        SAYS(world.target(id).sentence, "1200 GB/s, at least 1905 is asked (thresholds.toml");
        QCOMPARE(world.target(id).steps[1].figures.front().threshold, 1905.0);
    }

    void secondPersonApproves() {
        EngineWorld world;
        world.options.approval = true;
        const auto ids = addNodes(world, 2); // Rack r1 as a whole.
        world.start();
        PlanRequest request;
        request.verb = Verb::drain;
        request.nodeIds = ids;
        const auto answer = world.submit(world.plan(request));
        QVERIFY(answer.ok());
        SAME((*answer)->state, ActionState::awaitingApproval); // Told at once, not as queued.
        const std::string id = (*answer)->id;
        QVERIFY(world.untilState(id, ActionState::awaitingApproval));
        SAYS(world.action(id)->sentence, "waits for a second person");
        SAYS(decide(world, &Engine::approve, id, "ann").message(), "a second person");
        QVERIFY(decide(world, &Engine::approve, id, "bob").ok());
        QVERIFY(world.untilState(id, ActionState::succeeded));
        QCOMPARE(world.action(id)->approvedBy, std::string("bob"));
        QVERIFY(!decide(world, &Engine::approve, id, "bob").ok());
    }

    void approvalSurvivesARestart() {
        EngineWorld world;
        world.options.approval = true;
        const auto ids = addNodes(world, 2);
        world.start();
        const std::string id = world.drain(ids);
        QVERIFY(world.untilState(id, ActionState::awaitingApproval));
        world.stop();
        world.start();
        QTest::qWait(20);
        SAME(world.action(id)->state, ActionState::awaitingApproval);
        QVERIFY(world.cancel(id).ok());
        QVERIFY(world.untilState(id, ActionState::cancelled));
        SAME(world.fleet.serviceOf(ids[0]), Service::open);
    }

    void wavesOneThenFivePercentThenTheRest() {
        EngineWorld world;
        world.options.waveNodes = 8;
        const auto ids = addNodes(world, 40);
        world.start();
        const Plan plan = world.plan(requestOf(Verb::drain, ids));
        QVERIFY((plan.waves == std::vector<std::int64_t>{1, 2, 37}));
        QVERIFY((plan.breaker == BreakerCounts{.failureLimit = 3, .wavePercent = 10}));
        const std::string id = world.drain(ids);
        std::map<int, int> sizes;
        for (const TargetRecord& target : world.action(id)->targets) ++sizes[target.wave];
        QCOMPARE(sizes[1], 1);
        QCOMPARE(sizes[2], 2);
        QCOMPARE(sizes[3], 37);
        world.agents.with(ids[0], [](FakeNode& node) { node.holders = 1; });
        const auto closed = [&] { return std::count_if(ids.begin(), ids.end(), [&](const auto& node) { return world.fleet.serviceOf(node) != Service::open; }); };
        QVERIFY(world.until([&] { return closed() == 1 && world.target(id).blockerCount == 1; }));
        for (int i = 0; i < 20; ++i) world.agents.pump(*world.engine);
        QCOMPARE(closed(), 1); // The first one holds back the others.
        world.agents.with(ids[0], [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.untilState(id, ActionState::succeeded));
    }

    void failureDomainsAreBounded() {
        EngineWorld world;
        world.options.maxPerPdu = 2;
        const auto ids = addNodes(world, 6);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            world.fleet.change(ids[i], [i](NodeStatus& node) { node.place.pdu = i < 4 ? "p1" : "p2"; });
            world.agents.with(ids[i], [](FakeNode& node) { node.holders = 1; });
        }
        world.start();
        const std::string id = world.drain(ids);
        const auto closed = [&](std::size_t from, std::size_t to) { return std::count_if(ids.begin() + static_cast<long>(from), ids.begin() + static_cast<long>(to), [&](const auto& node) { return world.fleet.serviceOf(node) != Service::open; }); };
        QVERIFY(world.until([&] { return closed(0, 4) == 2 && closed(4, 6) == 2; }));
        for (int i = 0; i < 20; ++i) world.agents.pump(*world.engine);
        QCOMPARE(closed(0, 4), 2);
        for (const auto& node : ids) world.agents.with(node, [](FakeNode& fake) { fake.holders = 0; });
        QVERIFY(world.untilState(id, ActionState::succeeded));
    }

    void breakerPausesAndAPersonResumes() {
        EngineWorld world;
        world.options.waveNodes = 8;
        const auto ids = addNodes(world, 20);
        world.agents.with(ids[0], [](FakeNode& node) { node.failures[StepKind::close] = 1; });
        world.start();
        const std::string id = world.drain(ids);
        QVERIFY(world.untilState(id, ActionState::paused));
        SAYS(world.action(id)->pausedWhy, "1 of 1 targets of wave 1 failed");
        SAME(world.fleet.serviceOf(ids[1]), Service::open);
        world.stop();
        world.start(); // A pause outlives the controller.
        QTest::qWait(20);
        SAME(world.action(id)->state, ActionState::paused);
        QVERIFY(decide(world, &Engine::resume, id, "bob").ok());
        QVERIFY(world.untilState(id, ActionState::partlySucceeded));
    }

    void pauseHoldsWhatHasNotStarted() {
        EngineWorld world;
        world.options.maxConcurrent = 1;
        const auto ids = addNodes(world, 3);
        world.agents.with(ids[0], [](FakeNode& node) { node.holders = 1; });
        world.start();
        const std::string id = world.drain(ids);
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        QVERIFY(decide(world, &Engine::pause, id, "ann").ok());
        world.agents.with(ids[0], [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.until([&] { return world.target(id).state == TargetState::succeeded; })); // What runs comes to its end.
        SAYS(decide(world, &Engine::pause, id, "ann").message(), "is paused already: by ann: because");
        QTest::qWait(20);
        SAME(world.fleet.serviceOf(ids[1]), Service::open);
        SAME(world.action(id)->state, ActionState::paused);
        QVERIFY(!decide(world, &Engine::pause, id, "ann").ok());
        QVERIFY(decide(world, &Engine::resume, id, "ann").ok());
        QVERIFY(world.untilState(id, ActionState::succeeded));
        QVERIFY(!decide(world, &Engine::resume, id, "ann").ok());
    }

    void pauseOfWhatHasStartedSaysThatNothingIsLeft() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode});
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        SAYS(decide(world, &Engine::pause, id, "ann").message(), "nothing is left to pause");
        QVERIFY(world.action(id)->pausedWhy.empty());
    }

    void pauseBeforeApprovalIsTold() {
        EngineWorld world;
        world.options.approval = true;
        world.options.approvalNodes = 1;
        const auto ids = addNodes(world, 2);
        world.start();
        const std::string id = run(world, Verb::drain, ids);
        SAME(world.action(id)->state, ActionState::awaitingApproval);
        QVERIFY(decide(world, &Engine::pause, id, "ann").ok());
        SAYS(world.action(id)->sentence, "once approved it stays paused (by ann: because) until it is resumed");
        QVERIFY(decide(world, &Engine::approve, id, "bob").ok());
        QVERIFY(world.untilState(id, ActionState::paused));
    }

    void resumeDoesNotLiftADeadline() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode}, 60'000, DeadlinePolicy::ask);
        QVERIFY(world.untilState(id, ActionState::paused, 500));
        const Status refused = decide(world, &Engine::resume, id, "ann");
        SAYS(refused.message(), "has no pause that resume could lift");
        SAYS(refused.message(), world.action(id)->sentence);
        const auto cancelled = world.cancel(id);
        QVERIFY(cancelled.ok());
        QVERIFY2((*cancelled)->state != ActionState::paused, (*cancelled)->sentence.c_str()); // Its nodes open again meanwhile.
        QVERIFY(world.untilState(id, ActionState::cancelled));
    }

    void provedButDrainedNamesReturn() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QVERIFY(world.untilState(world.drain({kNode}), ActionState::succeeded));
        const std::string id = run(world, Verb::provision, {kNode});
        QVERIFY(world.untilState(id, ActionState::succeeded));
        SAYS(world.target(id).sentence, "it is drained as before: return opens it");
        SAYS(world.engine->planUndo(id).status().message(), "cannot be undone: what burn-in found stays on the node's record: to close the node, drain it");
    }

    void refusalsSayWhy_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<int>("edit");
        QTest::addColumn<QString>("words");
        QTest::newRow("no driver") << int(Verb::lease) << 0 << QStringLiteral("libnvidia-ml.so.1 not found");
        QTest::newRow("process on it") << int(Verb::lease) << 1 << QStringLiteral("1 process is on its GPUs");
        QTest::newRow("sick") << int(Verb::lease) << 2 << QStringLiteral("its health is failed");
        QTest::newRow("nothing to release") << int(Verb::release) << 3 << QStringLiteral("there is no lease to end");
        QTest::newRow("lost") << int(Verb::provision) << 4 << QStringLiteral("its agent is lost");
        QTest::newRow("recorded") << int(Verb::provision) << 5 << QStringLiteral("a recorded node computes nothing");
        QTest::newRow("leased") << int(Verb::lease) << 6 << QStringLiteral("it is leased to ann (lease L1): release it first");
        QTest::newRow("leased, to be proven") << int(Verb::provision) << 6 << QStringLiteral("it is leased to ann (lease L1): release it first");
        QTest::newRow("drained") << int(Verb::lease) << 7 << QStringLiteral("it is drained, not open: return opens it");
        QTest::newRow("not proven") << int(Verb::lease) << 8 << QStringLiteral("only ready nodes are leased: provision proves it");
        QTest::newRow("not proven, returned") << int(Verb::giveBack) << 8 << QStringLiteral("it is burn-in failed, its last inspection and burn-in were not passed to the end");
        QTest::newRow("not inspected, returned") << int(Verb::giveBack) << 9 << QStringLiteral("it stays closed until they are: provision proves it again");
        QTest::newRow("recorded, not proven") << int(Verb::lease) << 11 << QStringLiteral("only ready nodes are leased: a recorded node computes nothing, so it cannot be proven");
        QTest::newRow("recorded, in triage, returned") << int(Verb::giveBack) << 12 << QStringLiteral("until it is repaired: a recorded node computes nothing, so it cannot be proven");
        QTest::newRow("modelled, not proven") << int(Verb::lease) << 13 << QStringLiteral("only ready nodes are leased: a modelled node computes nothing, so it cannot be proven");
        QTest::newRow("no GPU") << int(Verb::lease) << 10 << QStringLiteral("it has no GPU");
        QTest::newRow("drained, in no lease") << int(Verb::swap) << 7 << QStringLiteral("in no lease, and drained already");
    }
    void refusalsSayWhy() {
        QFETCH(int, verb);
        QFETCH(int, edit);
        QFETCH(QString, words);
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [edit](NodeStatus& node) {
            if (edit == 0) {
                node.driverPresent = false;
                node.driver = "no NVIDIA driver: libnvidia-ml.so.1 not found";
            }
            if (edit == 1) node.processes.push_back({});
            if (edit == 2) node.facts.health = Health::failed;
            if (edit == 4) node.facts.link = Link::lost;
            if (edit == 5) node.source = Source::replayed;
            if (edit == 6) {
                node.facts.occupancy = Occupancy::leased;
                node.gpuLeases.assign(node.gpus.size(), "L1");
                node.gpuTenants.assign(node.gpus.size(), "ann");
            }
            if (edit >= 7 && edit <= 9) node.facts.service = Service::drained;
            if (edit == 8) node.facts.state = NodeState::burnInFailed;
            if (edit == 9) node.facts.state = NodeState::inspectingFailed;
            if (edit == 11 || edit == 13) node.facts.state = NodeState::discovered;
            if (edit == 11 || edit == 12) node.source = Source::replayed;
            if (edit == 12) node.facts = {NodeState::triage, Service::drained, Occupancy::free, Health::ok, Link::connected};
            if (edit == 13) node.driver = "model";
            if (edit == 10) {
                node.gpus.clear();
                node.facts.occupancy = Occupancy::unknown;
            }
        });
        world.start();
        const Plan plan = world.plan(requestOf(static_cast<Verb>(verb), {kNode}));
        QVERIFY(!plan.targets.front().eligible);
        SAYS(plan.targets.front().sentence, words.toStdString());
        QVERIFY(!world.submit(plan).ok());
    }

    void badRequests() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        PlanRequest noTenant = requestOf(Verb::lease, {kNode});
        noTenant.details.tenant.clear();
        SAYS(world.engine->plan(noTenant).status().message(), "names no tenant");
        PlanRequest noProfile = requestOf(Verb::provision, {kNode});
        noProfile.details.profile = "fast";
        SAYS(world.engine->plan(noProfile).status().message(), "quick, standard or soak");
        PlanRequest noLease = requestOf(Verb::release, {});
        noLease.details.leaseId = "L-nobody";
        SAYS(world.engine->plan(noLease).status().message(), "no node of site pdx1 is under lease L-nobody");
    }
};

QTEST_GUILESS_MAIN(EngineVerbsTest)
#include "tst_engine_verbs.moc"
