#include "engine_words.h"

#include <QtTest/QTest>

using namespace busbar;
using namespace busbar::controller;

namespace {

const std::string kNode = "pdx1/n1";

bool says(const std::string& text, const char* words) { return text.find(words) != std::string::npos; }

} // namespace

class EngineTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void drainsToEvidence() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string id = world.drain({kNode});
        QVERIFY(world.untilState(id, ActionState::succeeded));
        const TargetRecord target = world.target(id);
        SAME(target.state, TargetState::succeeded);
        SAYS(target.sentence, "drained: 2 facts read back");
        QCOMPARE(target.steps.size(), 3U);
        for (const StepRecord& step : target.steps) SAME(step.state, StepState::succeeded);
        QVERIFY(target.steps[2].evidence.size() >= 3U);
        QCOMPARE(target.steps[0].evidence.front().source, std::string("controller"));
        SAME(world.fleet.serviceOf(kNode), Service::drained);
        SAYS(world.action(id)->sentence, "1 succeeded");
        QVERIFY(!world.action(id)->log.empty());
    }

    void waitsForHoldersAndTellsThem() {
        EngineWorld world;
        world.addNode(kNode, 2);
        world.start();
        const std::string id = world.drain({kNode});
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 2; }));
        QCOMPARE(world.target(id).blockers.front().command, std::string("train.py"));
        SAME(world.fleet.serviceOf(kNode), Service::draining);
        QVERIFY(world.target(id).deadlineWallMs > world.clock.wallMs());
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.untilState(id, ActionState::succeeded));
        QVERIFY(world.target(id).blockers.empty());
    }

    void successWithoutEvidenceIsUnknown() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.noEvidence = true; });
        world.start();
        const std::string id = world.drain({kNode});
        QVERIFY(world.untilState(id, ActionState::unknown, 20));
        SAYS(world.target(id).sentence, "no evidence");
        SAME(world.fleet.serviceOf(kNode), Service::drainFailed);
    }

    void readsAreTriedThreeTimesAndChangesOnce_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("failures");
        QTest::addColumn<int>("executed");
        QTest::addColumn<int>("state");
        QTest::newRow("verify fails twice") << int(StepKind::verify) << 2 << 3 << int(ActionState::succeeded);
        QTest::newRow("verify fails for good") << int(StepKind::verify) << 9 << 3 << int(ActionState::failed);
        QTest::newRow("wait fails for good") << int(StepKind::wait) << 9 << 3 << int(ActionState::failed);
        QTest::newRow("close fails once") << int(StepKind::close) << 1 << 1 << int(ActionState::failed);
    }
    void readsAreTriedThreeTimesAndChangesOnce() {
        QFETCH(int, kind);
        QFETCH(int, failures);
        QFETCH(int, executed);
        QFETCH(int, state);
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [&](FakeNode& node) { node.failures[static_cast<StepKind>(kind)] = failures; });
        world.start();
        const std::string id = world.drain({kNode});
        QVERIFY(world.untilState(id, static_cast<ActionState>(state), 20));
        QCOMPARE(world.agents.at(kNode).executedKinds[static_cast<StepKind>(kind)], executed);
        if (state == int(ActionState::failed)) {
            SAME(world.fleet.serviceOf(kNode), Service::drainFailed);
            SAYS(world.target(id).sentence, "stays closed");
        }
    }

    void deadlineAskPausesAndGoesOn() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode}, 60'000, DeadlinePolicy::ask);
        QVERIFY(world.untilState(id, ActionState::paused, 500));
        SAYS(world.action(id)->sentence, "decide");
        SAYS(world.target(id).sentence, "deadline passed");
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.untilState(id, ActionState::succeeded));
    }

    void deadlineWaitStaysDraining() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode}, 60'000, DeadlinePolicy::wait);
        QVERIFY(world.until([&] { return says(world.target(id).sentence, "waits on"); }, 500));
        SAME(world.action(id)->state, ActionState::running);
        SAME(world.fleet.serviceOf(kNode), Service::draining);
    }

    void deadlineForceEndsHolders() {
        EngineWorld world;
        world.addNode(kNode, 3);
        world.start();
        const std::string id = world.drain({kNode}, 60'000, DeadlinePolicy::force);
        QVERIFY(world.untilState(id, ActionState::succeeded, 500));
        const TargetRecord target = world.target(id);
        QCOMPARE(target.steps.size(), 5U);
        SAME(target.steps[2].kind, StepKind::terminate);
        QVERIFY(target.steps[2].destructive);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::terminate], 1);
    }

    void jobsThatCameAfterThePlan_data() {
        QTest::addColumn<int>("policy");
        QTest::addColumn<QString>("refusal");
        QTest::newRow("are waited for") << static_cast<int>(DeadlinePolicy::wait) << QString();
        QTest::newRow("are waited for, then asked about") << static_cast<int>(DeadlinePolicy::ask) << QString();
        QTest::newRow("are not ended without having been shown") << static_cast<int>(DeadlinePolicy::force) << QStringLiteral("processes touched: 1 shown, 2 now");
    }
    void jobsThatCameAfterThePlan() {
        QFETCH(const int, policy);
        QFETCH(const QString, refusal);
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const auto run = [&](std::size_t jobs) { world.fleet.change(kNode, [&](NodeStatus& node) { node.processes.assign(jobs, {}); }); };
        run(1);
        PlanRequest request;
        request.verb = Verb::drain;
        request.nodeIds = {kNode};
        request.atDeadline = static_cast<DeadlinePolicy>(policy);
        const Plan plan = world.plan(request);
        run(2);
        const auto submitted = world.submit(plan);
        QVERIFY2(submitted.ok() == refusal.isEmpty(), std::string(submitted.status().message()).c_str());
        if (!submitted.ok()) SAYS(submitted.status().message(), refusal.toStdString());
    }

    void whatWillNotDieFailsTheDrain() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.agents.with(kNode, [](FakeNode& node) { node.unkillable = true; });
        world.start();
        const std::string id = world.drain({kNode}, 60'000, DeadlinePolicy::force);
        QVERIFY(world.untilState(id, ActionState::failed, 500));
        SAYS(world.target(id).sentence, "did not end");
        SAME(world.fleet.serviceOf(kNode), Service::drainFailed);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::terminate], 1);
    }

    void lostAgentWaitsThenUnknownThenGoesOn() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode}, 60'000);
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        world.agents.disconnect(*world.engine, kNode);
        QVERIFY(world.until([&] { return says(world.target(id).sentence, "waiting for the agent, lost since"); }));
        SAME(world.target(id).state, TargetState::running);
        QVERIFY(world.untilState(id, ActionState::unknown, 500));
        SAYS(world.target(id).sentence, "goes on when the agent is back");
        SAME(world.fleet.serviceOf(kNode), Service::drainFailed);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        world.agents.connect(*world.engine, kNode);
        QVERIFY(world.untilState(id, ActionState::succeeded));
        SAME(world.fleet.serviceOf(kNode), Service::drained);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::close], 1);
    }

    void lostNodeClosesInTheBooksAtOnce() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        world.agents.disconnect(*world.engine, kNode);
        world.fleet.change(kNode, [](NodeStatus& node) { node.facts.link = Link::lost; });
        const std::string id = world.drain({kNode});
        QVERIFY(world.until([&] { return world.fleet.serviceOf(kNode) == Service::closing; }));
        world.agents.connect(*world.engine, kNode);
        QVERIFY(world.untilState(id, ActionState::succeeded));
    }

    void newActionEndsTheHopeOfAnUnknownOne() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string first = world.drain({kNode}, 30'000);
        QVERIFY(world.until([&] { return world.target(first).blockerCount == 1; }));
        world.agents.disconnect(*world.engine, kNode);
        QVERIFY(world.untilState(first, ActionState::unknown, 500));
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        const std::string second = world.drain({kNode});
        world.agents.connect(*world.engine, kNode);
        QVERIFY(world.untilState(second, ActionState::succeeded));
        SAME(world.action(first)->state, ActionState::superseded);
        SAYS(world.action(first)->sentence, second.c_str());
    }

    void whatMayGoOnIsNotForgotten_data() {
        QTest::addColumn<bool>("restart");
        QTest::newRow("in one life of the controller") << false;
        QTest::newRow("after a restart") << true;
    }

    void whatMayGoOnIsNotForgotten() {
        QFETCH(bool, restart);
        EngineWorld world;
        world.options.endedInMemory = 2;
        world.addNode(kNode, 1);
        world.addNode("pdx1/n2");
        world.start();
        const std::string id = world.drain({kNode}, 30'000);
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        world.agents.disconnect(*world.engine, kNode);
        QVERIFY(world.untilState(id, ActionState::unknown, 500));
        std::string later;
        for (int i = 0; i < 4; ++i) {
            PlanRequest request;
            request.verb = Verb::identify;
            request.nodeIds = {"pdx1/n2"};
            later = (*world.submit(world.plan(request)))->id;
            QVERIFY(world.untilState(later, ActionState::succeeded, 2));
        }
        QVERIFY(world.until([&] { return world.engine->actions(0, false).size() == 3; }, 2)); // The two newest, and the one that may go on.
        if (restart) {
            world.stop();
            world.start(false);
            QCOMPARE(world.engine->actions(0, false).size(), 3U);
        }
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        world.agents.connect(*world.engine, kNode);
        QVERIFY(world.untilState(id, ActionState::succeeded, 2));
        SAME(world.fleet.serviceOf(kNode), Service::drained);
        QVERIFY(world.until([&] { return world.engine->actions(0, false).size() == 2; }, 2));
    }

    void anEndThatIsNotJournaledYetIsNotForgotten() {
        EngineWorld world;
        world.options.endedInMemory = 0;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode});
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        world.stop();
        world.storeOptions.maxPages = 1; // No more than there is already.
        world.start();
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        for (const std::size_t size : {2000U, 200U, 1U})
            while (world.store->commit({.puts = {{"/fill/" + randomText(), std::string(size, 'x')}}}).ok()) {}
        QVERIFY(absl::IsResourceExhausted(world.cancel(id, true).status()));
        world.clock.advance(1'000);
        QTest::qWait(20);
        const auto fill = world.store->list("/fill/");
        Transaction free;
        for (const Entry& entry : *fill) free.deletes.push_back(entry.key);
        QVERIFY(world.store->commit(free).ok());
        QVERIFY(world.untilState(id, ActionState::cancelled, 2));
        world.stop();
        world.start();
        SAME(world.action(id)->state, ActionState::cancelled);
        SAME(world.fleet.serviceOf(kNode), Service::closed);
    }

    void returnOpensAgain() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string drained = world.drain({kNode});
        QVERIFY(world.untilState(drained, ActionState::succeeded));
        const auto plan = world.engine->planUndo(drained);
        QVERIFY(plan.ok());
        SAME(plan->request.verb, Verb::giveBack);
        const auto undo = world.submit(*plan, "done", {}, drained);
        QVERIFY(undo.ok());
        QCOMPARE((*undo)->undoOf, drained);
        QVERIFY(world.untilState((*undo)->id, ActionState::succeeded));
        SAME(world.fleet.serviceOf(kNode), Service::open);
        QVERIFY(!world.agents.at(kNode).closed);
    }

    void failedCheckKeepsItClosed() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string drained = world.drain({kNode});
        QVERIFY(world.untilState(drained, ActionState::succeeded));
        world.agents.with(kNode, [](FakeNode& node) { node.failures[StepKind::inspect] = 9; });
        const auto undo = world.submit(*world.engine->planUndo(drained));
        QVERIFY(world.untilState((*undo)->id, ActionState::failed, 20));
        SAME(world.fleet.serviceOf(kNode), Service::drained);
        SAYS(world.target((*undo)->id).sentence, "stays drained");
    }

    void wavesAreBounded() {
        EngineWorld world;
        world.options.maxConcurrent = 3;
        std::vector<std::string> ids;
        for (int i = 0; i < 10; ++i) {
            ids.push_back(fmt::format("pdx1/n{}", i));
            world.addNode(ids.back(), 1);
        }
        world.start();
        const std::string id = world.drain(ids);
        const auto closed = [&] { return std::count_if(ids.begin(), ids.end(), [&](const auto& node) { return world.fleet.serviceOf(node) != Service::open; }); };
        QVERIFY(world.until([&] { return closed() == 3; }));
        for (int i = 0; i < 20; ++i) world.agents.pump(*world.engine);
        QTest::qWait(20);
        QCOMPARE(closed(), 3);
        for (const auto& node : ids) world.agents.with(node, [](FakeNode& fake) { fake.holders = 0; });
        QVERIFY(world.untilState(id, ActionState::succeeded));
    }

    void cancelUndoesWhatIsUnderWay() {
        EngineWorld world;
        world.options.maxConcurrent = 2;
        for (const char* id : {"pdx1/n1", "pdx1/n2", "pdx1/n3"}) world.addNode(id, id == std::string("pdx1/n1") ? 0 : 1);
        world.start();
        const std::string id = world.drain({"pdx1/n1", "pdx1/n2", "pdx1/n3"});
        QVERIFY(world.until([&] { return world.target(id, 0).state == TargetState::succeeded && world.target(id, 1).blockerCount == 1; }));
        world.options.maxConcurrent = 1;
        const auto reply = world.cancel(id);
        QVERIFY(reply.ok());
        SAYS((*reply)->sentence, "undoing their close");
        QVERIFY(world.untilState(id, ActionState::cancelled));
        SAME(world.target(id, 0).state, TargetState::succeeded);
        SAME(world.fleet.serviceOf("pdx1/n1"), Service::drained);
        SAME(world.target(id, 1).state, TargetState::cancelled);
        SAME(world.fleet.serviceOf("pdx1/n2"), Service::open);
        QVERIFY(!world.agents.at("pdx1/n2").closed);
        QVERIFY(absl::IsFailedPrecondition(world.cancel(id).status()));
    }

    void cancelLeavesUnstartedUntouchedAndKeepsClosedWhenAsked() {
        EngineWorld world;
        world.options.maxConcurrent = 1;
        world.addNode("pdx1/n1", 1);
        world.addNode("pdx1/n2", 1);
        world.start();
        const std::string id = world.drain({"pdx1/n1", "pdx1/n2"});
        QVERIFY(world.until([&] { return world.target(id, 0).blockerCount == 1; }));
        const auto reply = world.cancel(id, true);
        SAYS((*reply)->sentence, "1 not started and left untouched");
        QVERIFY(world.untilState(id, ActionState::cancelled));
        SAME(world.fleet.serviceOf("pdx1/n1"), Service::closed);
        SAME(world.fleet.serviceOf("pdx1/n2"), Service::open);
        QVERIFY(!world.agents.at("pdx1/n2").closed);
        QVERIFY(world.agents.at("pdx1/n2").executed.empty());
    }

    void idempotencyKeyGivesTheSameAction() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        PlanRequest request;
        request.verb = Verb::drain;
        request.nodeIds = {kNode};
        const Plan plan = world.plan(request);
        const auto first = world.submit(plan, "why", "same");
        QVERIFY(first.ok());
        QVERIFY(world.untilState((*first)->id, ActionState::succeeded));
        QCOMPARE((*world.submit(plan, "why", "same"))->id, (*first)->id);
        const auto other = world.submit(plan, "another reason", "same");
        QVERIFY(absl::IsAlreadyExists(other.status()));
        world.stop();
        world.start();
        QCOMPARE((*world.submit(plan, "why", "same"))->id, (*first)->id); // After a restart the plan is gone, the key is not.
        QVERIFY(absl::IsNotFound(world.submit(plan, "why", "new").status()));
        QVERIFY(absl::IsInvalidArgument(world.submit(plan, "  ", "blank").status()));
    }

    void changedTargetsRefuseTheSubmit() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        PlanRequest request;
        request.verb = Verb::drain;
        request.nodeIds = {kNode};
        const Plan plan = world.plan(request);
        world.fleet.change(kNode, [](NodeStatus& node) {
            node.gpuLeases[0] = "L9";
            node.facts.health = Health::degraded;
            node.facts.link = Link::late;
        });
        const auto refused = world.submit(plan);
        QVERIFY(absl::IsFailedPrecondition(refused.status()));
        const std::string text(refused.status().message());
        SAYS(text, "leases were none, are L9");
        SAYS(text, "health was ok, is degraded");
        QVERIFY(!says(text, "link"));
    }

    void heldNodesAreRefused() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode});
        PlanRequest request;
        request.verb = Verb::drain;
        request.nodeIds = {kNode};
        const Plan plan = world.plan(request);
        QVERIFY(!plan.targets.front().eligible);
        SAYS(plan.targets.front().sentence, id.c_str());
        QVERIFY(absl::IsFailedPrecondition(world.submit(plan).status()));
    }

    void restartContinuesAndRepeatsNothing() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode});
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        const std::int64_t deadline = world.target(id).deadlineWallMs;
        world.stop();
        world.fleet.change(kNode, [](NodeStatus& node) { node.facts.service = Service::unknown; });
        world.clock.advance(5000);
        world.start(false);
        SAME(world.fleet.serviceOf(kNode), Service::draining);
        QCOMPARE(world.target(id).deadlineWallMs, deadline);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        world.agents.connectAll(*world.engine);
        QVERIFY(world.untilState(id, ActionState::succeeded));
        for (const auto& [command, times] : world.agents.at(kNode).executed) QCOMPARE(times, 1);
    }

    void fullDiskStopsEverythingAndLosesNothing() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.addNode("pdx1/n2");
        world.start();
        const std::string id = world.drain({kNode});
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        world.stop();
        world.storeOptions.maxPages = 1; // No more than there is already.
        world.start();
        for (const std::size_t size : {2000U, 200U, 1U})
            while (world.store->commit({.puts = {{"/fill/" + randomText(), std::string(size, 'x')}}}).ok()) {}
        PlanRequest request;
        request.verb = Verb::drain;
        request.nodeIds = {"pdx1/n2"};
        const auto refused = world.submit(world.plan(request));
        QVERIFY(absl::IsResourceExhausted(refused.status()));
        SAYS(std::string(refused.status().message()), "free space");
        SAME(world.fleet.serviceOf("pdx1/n2"), Service::open);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.until([&] { return absl::IsResourceExhausted(world.engine->health()); }));
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::verify], 0); // Nothing leaves that is not journaled.
        const auto fill = world.store->list("/fill/");
        Transaction free;
        for (const Entry& entry : *fill) free.deletes.push_back(entry.key);
        QVERIFY(world.store->commit(free).ok());
        QVERIFY(world.untilState(id, ActionState::succeeded));
        QVERIFY(world.engine->health().ok());
    }

    void clockJumpMovesDeadlines() {
        EngineWorld world;
        world.addNode(kNode, 1);
        world.start();
        const std::string id = world.drain({kNode}, 60'000);
        QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
        const std::int64_t deadline = world.target(id).deadlineWallMs;
        world.clock.jump(3'600'000);
        QVERIFY(world.until([&] { return world.target(id).deadlineWallMs == deadline + 3'600'000; }, 1));
        SAME(world.action(id)->state, ActionState::running);
        const auto events = world.fleet.events();
        QVERIFY(std::any_of(events.begin(), events.end(), [](const FleetEvent& event) { return says(event.text, "clock jumped"); }));
    }

    void watchTellsAllThenChanges() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string first = world.drain({kNode});
        QVERIFY(world.untilState(first, ActionState::succeeded));
        std::mutex mutex;
        std::vector<ActionPtr> seen;
        auto watch = world.engine->watch([&](const ActionPtr& action) {
            const std::scoped_lock lock(mutex);
            seen.push_back(action);
        });
        QCOMPARE(seen.size(), 2U);
        QCOMPARE(seen[0]->id, first);
        QVERIFY(seen[1] == nullptr);
        const auto undo = world.submit(*world.engine->planUndo(first));
        QVERIFY(world.untilState((*undo)->id, ActionState::succeeded));
        const auto last = [&] { const std::scoped_lock lock(mutex); return seen.back() != nullptr && seen.back()->state == ActionState::succeeded; };
        QTRY_VERIFY(last());
        watch.reset();
    }

private:
    static std::string randomText() {
        static int number = 0;
        return std::to_string(++number);
    }
};

QTEST_GUILESS_MAIN(EngineTest)
#include "tst_engine.moc"
