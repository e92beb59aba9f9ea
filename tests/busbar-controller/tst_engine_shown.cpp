// The engine's promise that an action does what its plan showed, also when its turn comes late: it touches no lease that came after the
// plan, an undo ends its own lease only, and what waits for room says so and keeps nobody else waiting for long.
#include "engine_words.h"

#include <QtTest/QTest>

#include <future>

using namespace busbar;
using namespace busbar::controller;

namespace {

const std::string kOne = "pdx1/n1", kTwo = "pdx1/n2";
constexpr std::int64_t kTenMinutesMs = 600'000;

Status approve(EngineWorld& world, const std::string& id) {
    auto promise = std::make_shared<std::promise<Status>>();
    world.engine->approve({id, "fine", "bob", {}}, [promise](const StatusOr<ActionPtr>& reply) { promise->set_value(reply.status()); });
    return promise->get_future().get();
}

std::string done(EngineWorld& world, const PlanRequest& request) {
    const std::string id = run(world, request);
    if (!world.untilState(id, ActionState::succeeded)) QTest::qFail(world.action(id)->sentence.c_str(), __FILE__, __LINE__);
    return id;
}
std::string done(EngineWorld& world, Verb verb, const std::string& node) { return done(world, requestOf(verb, {node})); }

PlanRequest endless(const std::string& node) {
    PlanRequest request = requestOf(Verb::drain, {node});
    request.deadlineMs = 0;
    return request;
}

} // namespace

class EngineShownTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aQueuedActionTouchesNoLaterLease_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<bool>("leased");
        QTest::newRow("release, leased to somebody else since") << static_cast<int>(Verb::release) << true;
        QTest::newRow("drain, leased since") << static_cast<int>(Verb::drain) << false;
    }
    void aQueuedActionTouchesNoLaterLease() {
        QFETCH(const int, verb);
        QFETCH(const bool, leased);
        EngineWorld world;
        world.options.approval = true;
        world.options.approvalNodes = 1;
        for (const std::string& node : {kOne, kTwo}) world.addNode(node);
        world.start();
        if (leased)
            for (const std::string& node : {kOne, kTwo}) done(world, Verb::lease, node);
        PlanRequest request = requestOf(static_cast<Verb>(verb), {kOne, kTwo});
        request.queue = true;
        request.atDeadline = DeadlinePolicy::force;
        const std::string late = run(world, request);
        SAME(world.action(late)->state, ActionState::awaitingApproval);
        if (leased) done(world, Verb::release, kOne);
        const std::string theirs = world.action(done(world, Verb::lease, kOne))->details.leaseId;
        const int closed = world.agents.at(kOne).executedKinds[StepKind::close];
        QVERIFY(approve(world, late).ok());
        QVERIFY(world.until([&] { return isFinal(world.action(late)->state); }));
        SAME(world.target(late, 0).state, TargetState::refused);
        SAYS(world.target(late, 0).sentence, "it is in lease " + theirs + " now, which the plan did not show");
        SAME(world.target(late, 1).state, TargetState::succeeded);
        SAME(occupancyOf(world, kOne), Occupancy::leased);
        SAME(world.fleet.serviceOf(kOne), Service::open);
        QCOMPARE(world.agents.at(kOne).executedKinds[StepKind::close], closed);
    }

    void aQueuedActionTakesTheLeaseThatItsPlanShowed() {
        EngineWorld world;
        world.addNode(kOne);
        world.start();
        done(world, Verb::lease, kOne);
        world.agents.with(kOne, [](FakeNode& node) { node.holders = 1; });
        const std::string first = world.drain({kOne});
        QVERIFY(world.until([&] { return world.target(first).blockerCount == 1; }));
        QVERIFY(world.target(first).blockers.front().lease.starts_with("L-")); // The agent does not know of leases.
        PlanRequest request = requestOf(Verb::release, {kOne});
        request.queue = true;
        const std::string second = run(world, request);
        world.stop(); // The leases that were shown are in the journal.
        world.start();
        world.agents.with(kOne, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.untilState(first, ActionState::succeeded));
        QVERIFY2(world.untilState(second, ActionState::succeeded), world.target(second).sentence.c_str());
        SAME(occupancyOf(world, kOne), Occupancy::free);
    }

    void undoOfALeaseLeavesTheNextTenantAlone() {
        EngineWorld world;
        world.addNode(kOne);
        world.start();
        const std::string first = done(world, Verb::lease, kOne);
        const auto own = world.engine->planUndo(first);
        QVERIFY(own.ok() && own->targets.front().eligible);
        done(world, Verb::release, kOne);
        const std::string theirs = world.action(done(world, Verb::lease, kOne))->details.leaseId;
        const auto undo = world.engine->planUndo(first);
        QVERIFY2(undo.ok(), undo.status().ToString().c_str());
        QVERIFY(!undo->targets.front().eligible);
        SAYS(undo->targets.front().sentence, "it is in lease " + theirs + " now, not in " + world.action(first)->details.leaseId);
        QVERIFY(!world.submit(*undo, "undo", {}, first).ok());
        SAME(occupancyOf(world, kOne), Occupancy::leased);
    }

    void aLongWaitKeepsNobodyElse() {
        EngineWorld world;
        world.options.maxConcurrent = 1;
        for (const std::string& node : {kOne, kTwo}) {
            world.addNode(node);
            world.agents.with(node, [](FakeNode& fake) { fake.holders = 1; });
        }
        world.start();
        const std::string first = run(world, endless(kOne));
        QVERIFY(world.until([&] { return world.target(first).blockerCount == 1; }));
        const std::string second = run(world, endless(kTwo));
        QVERIFY(world.until([&] { return world.action(second)->sentence.find("waits for room: 1 node is under way at the site") != std::string::npos; }));
        SAME(world.target(second).state, TargetState::waiting);
        world.clock.advance(kTenMinutesMs);
        QVERIFY(world.until([&] { return world.target(second).blockerCount == 1; }));
        // What comes after the wait needs a place again, and that is the second one's now.
        world.agents.with(kOne, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.until([&] { return world.target(first).sentence.find("waits for room") != std::string::npos; }));
        QVERIFY(world.action(second)->sentence.find("waits for room") == std::string::npos);
        world.agents.with(kTwo, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.untilState(second, ActionState::succeeded));
        QVERIFY(world.untilState(first, ActionState::succeeded));
    }
};

QTEST_GUILESS_MAIN(EngineShownTest)
#include "tst_engine_shown.moc"
