// What a person decides: a return over a failed check, what follows at a deadline that asks (lifecycle.md §3), a lease of all its nodes or none (§4).
#include "domain/lifecycle.h"
#include "engine_words.h"

#include <QtTest/QTest>

#include <algorithm>
#include <future>

using namespace busbar;
using namespace busbar::controller;

namespace {

const std::string kNode = "pdx1/n1";

enum Fails { nothing, theCheck, health, evidence };

/// Breaks the node in one way, or heals it.
void breakNode(EngineWorld& world, Fails what) {
    world.fleet.change(kNode, [what](NodeStatus& node) { node.facts.health = what == health ? Health::failed : Health::ok; });
    world.agents.with(kNode, [what](FakeNode& node) {
        node.failures[StepKind::inspect] = what == theCheck ? 100 : 0;
        node.noEvidence = what == evidence;
    });
}

PlanRequest returnOf(bool overrides) {
    PlanRequest request = requestOf(Verb::giveBack, {kNode});
    request.overrideFailed = overrides;
    return request;
}

/// Drains the node, breaks it and returns it over the failed check.
std::string returnBroken(EngineWorld& world, Fails what, bool overrides = true) {
    if (!world.untilState(world.drain({kNode}), ActionState::succeeded)) QTest::qFail("it was not drained", __FILE__, __LINE__);
    breakNode(world, what);
    return run(world, returnOf(overrides), "rack is short");
}

Status resume(EngineWorld& world, const std::string& id, const std::string& actor, const DeadlineDecision& deadline) {
    std::promise<Status> promise;
    world.engine->resume({id, "because", actor, {}, deadline}, [&](const StatusOr<ActionPtr>& reply) { promise.set_value(reply.status()); });
    return promise.get_future().get();
}

bool ends(EngineWorld& world, const std::string& id, ActionState state) { return world.untilState(id, state, 20); }
/// For what takes minutes.
bool endsLater(EngineWorld& world, const std::string& id, ActionState state) { return world.untilState(id, state, 500); }

} // namespace

class EngineDecisionsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFailedCheckIsOverridden_data() {
        QTest::addColumn<int>("fails");
        QTest::addColumn<bool>("overrides");
        QTest::addColumn<int>("ends");
        QTest::addColumn<QString>("stands"); // On the node; empty: nothing.
        const auto row = [](const char* name, Fails fails, bool overrides, ActionState ends, const char* stands) { QTest::newRow(name) << int(fails) << overrides << int(ends) << QString::fromUtf8(stands); };
        row("the check fails", theCheck, true, ActionState::succeeded, "rack is short (inspect: made to fail; pdx1/");
        row("the health is failed", health, true, ActionState::succeeded, "rack is short (its health is failed; pdx1/");
        row("nothing fails", nothing, true, ActionState::succeeded, "");
        row("the check finds out nothing", evidence, true, ActionState::unknown, "");
        row("nobody overrides it", theCheck, false, ActionState::failed, "");
    }
    void aFailedCheckIsOverridden() {
        QFETCH(int, fails);
        QFETCH(bool, overrides);
        QFETCH(int, ends);
        QFETCH(QString, stands);
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string id = returnBroken(world, static_cast<Fails>(fails), overrides);
        QVERIFY(::ends(world, id, static_cast<ActionState>(ends)));
        const bool opens = static_cast<ActionState>(ends) == ActionState::succeeded;
        SAME(world.fleet.serviceOf(kNode), opens ? Service::open : Service::drained);
        const TargetRecord target = world.target(id);
        QVERIFY(checkSuccess(Verb::giveBack, target, overrides).ok());
        if (fails == theCheck && opens) {
            // The step is what it was, and without the override the target would be called better than its steps.
            SAME(target.steps.front().state, StepState::failed);
            SAYS(target.steps.front().sentence, "made to fail; overridden by ann: rack is short");
            QVERIFY(!checkSuccess(Verb::giveBack, target).ok());
        }
        const std::string standing = world.fleet.overrideOf(kNode);
        QCOMPARE(standing.empty(), stands.isEmpty());
        if (stands.isEmpty()) return;
        SAYS(standing, "a failed check was overridden by ann at ");
        SAYS(standing, stands.toStdString());
        SAYS(target.sentence, "open: its close was undone and read back; a failed check was overridden by ann");
        const auto events = world.fleet.events();
        QVERIFY(std::any_of(events.begin(), events.end(), [](const FleetEvent& event) { return event.severity == 2 && event.text.find("goes past a failed check, overridden by ann: rack is short") != std::string::npos; }));
        world.stop();
        world.fleet.setOverride(kNode, "", "");
        world.start();
        QCOMPARE(world.fleet.overrideOf(kNode), standing); // It survives the controller.
    }

    void anOverrideStandsUntilACheckPasses_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<int>("breaks"); // A kind of step that fails.
        QTest::addColumn<bool>("stands");
        const auto row = [](const char* name, Verb verb, StepKind breaks, bool stands) { QTest::newRow(name) << int(verb) << int(breaks) << stands; };
        row("a drain checks nothing", Verb::drain, StepKind::unknown, true);
        row("a return that passes", Verb::giveBack, StepKind::unknown, false);
        row("a return that fails", Verb::giveBack, StepKind::inspect, true);
        row("a reboot that passes", Verb::reboot, StepKind::unknown, false);
        row("a provision that passes", Verb::provision, StepKind::unknown, false);
        row("a provision that fails at its burn-in", Verb::provision, StepKind::burnIn, true);
    }
    void anOverrideStandsUntilACheckPasses() {
        QFETCH(int, verb);
        QFETCH(int, breaks);
        QFETCH(bool, stands);
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [](NodeStatus& node) { node.policy.rebootAllowed = true; });
        world.start();
        QVERIFY(ends(world, returnBroken(world, theCheck), ActionState::succeeded));
        breakNode(world, nothing);
        world.agents.with(kNode, [&](FakeNode& node) { node.failures[static_cast<StepKind>(breaks)] = 100; });
        if (static_cast<Verb>(verb) == Verb::giveBack) QVERIFY(ends(world, world.drain({kNode}), ActionState::succeeded));
        const std::string id = run(world, static_cast<Verb>(verb), {kNode});
        if (static_cast<Verb>(verb) == Verb::reboot) {
            QVERIFY(world.until([&] { return !world.agents.at(kNode).rebootCommands.empty(); }));
            world.agents.disconnect(*world.engine, kNode);
            world.agents.with(kNode, [](FakeNode& node) { node.bootId = "another boot"; });
            world.fleet.change(kNode, [](NodeStatus& node) { node.bootId = "another boot"; });
            world.agents.connect(*world.engine, kNode);
        }
        QVERIFY(world.until([&] { return isFinal(world.action(id)->state); }, 20));
        QCOMPARE(!world.fleet.overrideOf(kNode).empty(), stands);
        world.stop();
        world.fleet.setOverride(kNode, "", "");
        world.start();
        QCOMPARE(!world.fleet.overrideOf(kNode).empty(), stands);
    }

    void whatHasItsOwnRoadIsNotOverridden_data() {
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("occupancy");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, NodeState state, Occupancy occupancy, const char* says) { QTest::newRow(name) << int(state) << int(occupancy) << QString::fromUtf8(says); };
        row("triage", NodeState::triage, Occupancy::free, "refused: it is in triage and stays closed until it is repaired");
        row("repair", NodeState::repair, Occupancy::free, "refused: it is in repair and stays closed until it is repaired");
        row("scrub-failed", NodeState::ready, Occupancy::scrubFailed, "refused: its GPUs failed their scrub, and no override goes past that");
        row("burn-in failed", NodeState::burnInFailed, Occupancy::free, "refused: it is burn-in failed");
    }
    void whatHasItsOwnRoadIsNotOverridden() {
        QFETCH(int, state);
        QFETCH(int, occupancy);
        QFETCH(QString, says);
        EngineWorld world;
        world.addNode(kNode);
        world.fleet.change(kNode, [&](NodeStatus& node) { node.facts = {static_cast<NodeState>(state), Service::drained, static_cast<Occupancy>(occupancy), Health::failed, Link::connected}; });
        world.start();
        const PlanTarget target = world.plan(returnOf(true)).targets.front();
        QVERIFY(!target.eligible);
        SAYS(target.sentence, says.toStdString());
    }

    void aLeaseIsAllOrNothing_data() {
        QTest::addColumn<bool>("all");
        QTest::addColumn<bool>("lacks"); // One of the three is sick.
        QTest::addColumn<int>("leased");
        QTest::newRow("all, all free") << true << false << 3;
        QTest::newRow("all, one lacks") << true << true << 0;
        QTest::newRow("as many as fit, one lacks") << false << true << 2;
    }
    void aLeaseIsAllOrNothing() {
        QFETCH(bool, all);
        QFETCH(bool, lacks);
        QFETCH(int, leased);
        EngineWorld world;
        const std::vector<std::string> ids{"pdx1/n1", "pdx1/n2", "pdx1/n3"};
        for (const std::string& id : ids) world.addNode(id);
        if (lacks) world.fleet.change(ids[1], [](NodeStatus& node) { node.facts.health = Health::failed; });
        world.start();
        PlanRequest request = requestOf(Verb::lease, ids);
        request.allOrNothing = all;
        const Plan plan = world.plan(request);
        QCOMPARE(plan.blast.nodes, std::int64_t{leased});
        if (leased == 0) {
            for (const PlanTarget& target : plan.targets) QVERIFY(!target.eligible && target.steps.empty());
            SAYS(plan.targets[0].sentence, "refused: all or nothing, and pdx1/n2 is refused: its health is failed");
            QCOMPARE(plan.targets[1].sentence, std::string("refused: its health is failed"));
            const auto made = world.submit(plan);
            QVERIFY(!made.ok());
            SAYS(made.status().message(), "the plan has nothing to do: refused: all or nothing");
            for (const std::string& id : ids) SAME(occupancyOf(world, id), Occupancy::free);
            return;
        }
        const auto made = world.submit(plan);
        QVERIFY2(made.ok(), made.status().ToString().c_str());
        QVERIFY(world.until([&] { return isFinal(world.action((*made)->id)->state); }));
        for (std::size_t i = 0; i < ids.size(); ++i) SAME(occupancyOf(world, ids[i]), lacks && i == 1 ? Occupancy::free : Occupancy::leased);
    }
    /// What becomes of one node after the plan holds back all of them.
    void aSubmitIsAllOrNothingToo() {
        EngineWorld world;
        for (const std::string& id : {kNode, std::string("pdx1/n2")}) world.addNode(id);
        world.start();
        PlanRequest request = requestOf(Verb::lease, {kNode, "pdx1/n2"});
        request.allOrNothing = true;
        const Plan plan = world.plan(request);
        world.fleet.change("pdx1/n2", [](NodeStatus& node) { node.facts.health = Health::failed; });
        const auto made = world.submit(plan);
        QVERIFY(!made.ok());
        SAYS(made.status().message(), "pdx1/n1: refused: all or nothing, and pdx1/n2 is refused: its health is failed");
        SAME(occupancyOf(world, kNode), Occupancy::free);
        request.verb = Verb::drain;
        SAYS(world.engine->plan(request).status().message(), "only a lease is all or nothing, not drain");
    }

    void aDeadlineThatAsksIsDecided_data() {
        QTest::addColumn<qlonglong>("moreMs");
        QTest::addColumn<int>("policy");
        QTest::addColumn<QString>("says"); // Of the action's log.
        QTest::newRow("more time") << qlonglong{300'000} << int(DeadlinePolicy::unknown) << QStringLiteral("resumed, 5 min more by bob: because");
        QTest::newRow("wait") << qlonglong{0} << int(DeadlinePolicy::wait) << QStringLiteral("resumed, at the deadline wait from now on by bob: because");
        QTest::newRow("force") << qlonglong{0} << int(DeadlinePolicy::force) << QStringLiteral("resumed, at the deadline force from now on by bob: because");
    }
    void aDeadlineThatAsksIsDecided() {
        QFETCH(qlonglong, moreMs);
        QFETCH(int, policy);
        QFETCH(QString, says);
        const DeadlineDecision decision{moreMs, static_cast<DeadlinePolicy>(policy)};
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode}, 60'000, DeadlinePolicy::ask);
        QVERIFY(endsLater(world, id, ActionState::paused));
        SAYS(world.action(id)->sentence, "decide; give it more time, wait or force, cancel it, or end the processes");
        SAYS(resume(world, id, "bob", {}).message(), "resume it with --more TIME, --at-deadline wait or --at-deadline force");
        const std::int64_t askedMs = world.clock.wallMs();
        const Status decided = resume(world, id, "bob", decision);
        QVERIFY2(decided.ok(), decided.ToString().c_str());
        SAME(world.action(id)->state, ActionState::running); // Told with the answer.
        const auto log = world.action(id)->log;
        QVERIFY2(std::any_of(log.begin(), log.end(), [&](const LogLine& line) { return line.text == says.toStdString(); }), says.toUtf8());
        world.stop();
        world.start(); // What was decided survives the controller.
        if (decision.atDeadline == DeadlinePolicy::force) {
            QVERIFY(endsLater(world, id, ActionState::succeeded));
            QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::terminate], 1);
            SAME(world.fleet.serviceOf(kNode), Service::drained);
            return;
        }
        if (decision.atDeadline == DeadlinePolicy::wait) {
            QVERIFY(world.until([&] { return world.target(id).sentence.find("stays draining and waits on") != std::string::npos; }, 500));
            SAME(world.action(id)->state, ActionState::running);
            SAYS(resume(world, id, "bob", decision).message(), "has wait as its policy at the deadline already");
            DeadlineDecision force; // Who waited long enough may still decide otherwise.
            force.atDeadline = DeadlinePolicy::force;
            const Status forced = resume(world, id, "bob", force);
            QVERIFY2(forced.ok(), forced.ToString().c_str());
            QVERIFY(endsLater(world, id, ActionState::succeeded));
            QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::terminate], 1);
            return;
        }
        QCOMPARE(qlonglong(world.target(id).deadlineWallMs), qlonglong(askedMs + moreMs));
        QVERIFY(endsLater(world, id, ActionState::paused)); // It asks again.
        QVERIFY(world.clock.wallMs() >= askedMs + moreMs);
        SAME(world.action(id)->atDeadline, DeadlinePolicy::ask);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::terminate], 0);
    }

    void whatCannotBeDecidedIsRefused_data() {
        QTest::addColumn<int>("policy");
        QTest::addColumn<bool>("leased");
        QTest::addColumn<bool>("mayTerminate");
        QTest::addColumn<QString>("who");
        QTest::addColumn<QString>("says"); // Empty: it is done.
        const auto row = [](const char* name, DeadlinePolicy policy, bool leased, bool mayTerminate, const char* who, const char* says) { QTest::newRow(name) << int(policy) << leased << mayTerminate << QString::fromUtf8(who) << QString::fromUtf8(says); };
        row("an agent that never terminates", DeadlinePolicy::force, false, false, "bob", "pdx1/n1 is not forced, its agent's own config says terminate = never: give it more time, let it wait, or set terminate = holders");
        row("such an agent lets it wait", DeadlinePolicy::wait, false, false, "bob", "");
        row("a lease, by who submitted it", DeadlinePolicy::force, true, true, "ann", "ann submitted action pdx1/");
        row("a lease, by a second person", DeadlinePolicy::force, true, true, "bob", "");
        row("no lease, by who submitted it", DeadlinePolicy::force, false, true, "ann", "");
    }
    void whatCannotBeDecidedIsRefused() {
        QFETCH(int, policy);
        QFETCH(bool, leased);
        QFETCH(bool, mayTerminate);
        QFETCH(QString, who);
        QFETCH(QString, says);
        EngineWorld world;
        world.options.approval = true;
        world.addNode(kNode, 1);
        world.fleet.change(kNode, [&](NodeStatus& node) {
            node.policy.terminateHolders = mayTerminate;
            if (!leased) node.gpuLeases.assign(node.gpus.size(), "");
        });
        world.start();
        const std::string id = world.drain({kNode}, 60'000, DeadlinePolicy::ask);
        SAYS(resume(world, id, "bob", {0, DeadlinePolicy::wait}).message(), "asks for no decision at a deadline");
        QVERIFY(endsLater(world, id, ActionState::paused));
        const Status decided = resume(world, id, who.toStdString(), {0, static_cast<DeadlinePolicy>(policy)});
        QCOMPARE(decided.ok(), says.isEmpty());
        if (!decided.ok()) SAYS(decided.message(), says.toStdString());
        SAME(world.action(id)->atDeadline, decided.ok() ? static_cast<DeadlinePolicy>(policy) : DeadlinePolicy::ask);
    }

    void thePlanSaysWhatIsOverridden() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        QVERIFY(ends(world, world.drain({kNode}), ActionState::succeeded));
        SAYS(world.plan(returnOf(true)).targets.front().sentence, "also if its check fails: then the reason stands on the node until one passes");
        breakNode(world, health);
        SAYS(world.plan(returnOf(true)).targets.front().sentence, "its health is failed: that is overridden, and the reason stands on the node until a check passes");
        SAYS(world.plan(returnOf(false)).targets.front().sentence, "refused: its health is failed");
        PlanRequest drain = requestOf(Verb::drain, {kNode});
        drain.overrideFailed = true;
        SAYS(world.engine->plan(drain).status().message(), "only a return goes past a failed check, not drain");
        SAME(rightOf(returnOf(true)), Right::override_);
        SAME(rightOf(returnOf(false)), Right::giveBack);
    }
};

QTEST_GUILESS_MAIN(EngineDecisionsTest)
#include "tst_engine_decisions.moc"
