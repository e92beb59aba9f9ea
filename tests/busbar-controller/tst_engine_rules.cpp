// The engine's rules about more than one action: who waits behind whom, how long an action may start nodes, the site-wide breaker, what is
// superseded, and the end of a lease.
#include "engine_words.h"

#include <QtTest/QTest>

#include <future>

using namespace busbar;
using namespace busbar::controller;

namespace {

const std::string kNode = "pdx1/n1";
constexpr std::int64_t kHourMs = 3'600'000;

Status resume(EngineWorld& world, const std::string& id) {
    auto promise = std::make_shared<std::promise<Status>>();
    world.engine->resume({id, "seen", "bob", {}}, [promise](const StatusOr<ActionPtr>& reply) { promise->set_value(reply.status()); });
    return promise->get_future().get();
}

StatusOr<LeaseExtension> extend(EngineWorld& world, const std::string& lease, std::int64_t byMs, const std::string& reason = "longer") {
    auto promise = std::make_shared<std::promise<StatusOr<LeaseExtension>>>();
    world.engine->extendLease({lease, reason, "bob", byMs, {}}, [promise](const StatusOr<LeaseExtension>& reply) { promise->set_value(reply); });
    return promise->get_future().get();
}

int eventsWith(EngineWorld& world, const std::string& words) {
    int count = 0;
    for (const FleetEvent& event : world.fleet.events()) count += event.text.find(words) != std::string::npos ? 1 : 0;
    return count;
}

std::vector<std::string> addNodes(EngineWorld& world, int count, int holders = 0) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
        ids.push_back(fmt::format("pdx1/n{:02}", i));
        world.addNode(ids.back());
        world.agents.with(ids.back(), [holders](FakeNode& node) { node.holders = holders; });
    }
    return ids;
}

/// A node leased until `leftMs` from now; the lease's id.
std::string leaseNode(EngineWorld& world, std::int64_t leftMs) {
    PlanRequest request = requestOf(Verb::lease, {kNode});
    request.details.untilWallMs = world.clock.wallMs() + leftMs;
    const std::string id = run(world, request);
    if (!world.untilState(id, ActionState::succeeded)) QTest::qFail("not leased", __FILE__, __LINE__);
    return world.action(id)->details.leaseId;
}

std::string numbers(const BreakerCounts& counts) {
    return fmt::format("{}/{} wave {}: {}/{} {} % site {}/{} of {} in {} ms", counts.failures, counts.failureLimit, counts.wave, counts.waveFailed, counts.waveTargets, counts.wavePercent, counts.siteClosed, counts.siteLimit, counts.siteNodes, counts.siteWindowMs);
}

std::int64_t closedOf(EngineWorld& world, const std::vector<std::string>& ids) {
    return std::count_if(ids.begin(), ids.end(), [&](const auto& id) { return world.fleet.serviceOf(id) != Service::open; });
}

} // namespace

class EngineRulesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void queuedActionTakesItsTurn() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 1; });
        world.start();
        const std::string first = world.drain({kNode});
        QVERIFY(world.until([&] { return world.target(first).blockerCount == 1; }));
        PlanRequest request = requestOf(Verb::giveBack, {kNode});
        SAYS(world.plan(request).targets.front().sentence, "or queue behind it");
        request.queue = true;
        const Plan plan = world.plan(request);
        QVERIFY(plan.targets.front().eligible);
        QCOMPARE(plan.targets.front().queuedBehind, first);
        const std::string second = run(world, request);
        QVERIFY(world.until([&] { return world.action(second)->sentence.find("waits behind " + first) != std::string::npos; }));
        SAME(world.action(second)->state, ActionState::queued);
        QCOMPARE(world.action(second)->queuedBehind, first);
        world.stop();
        world.start(); // It waits on after a restart.
        QVERIFY(world.until([&] { return world.action(second)->sentence.find("waits behind " + first) != std::string::npos; }));
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.untilState(second, ActionState::succeeded));
        QVERIFY(world.action(second)->queuedBehind.empty());
        SAME(world.action(first)->state, ActionState::succeeded);
        SAME(world.fleet.serviceOf(kNode), Service::open);
    }

    void queuedActionIsJudgedAtItsTurn() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 1; });
        world.start();
        const std::string first = world.drain({kNode});
        PlanRequest again = requestOf(Verb::drain, {kNode});
        again.queue = true;
        const std::string second = run(world, again);
        PlanRequest lease = requestOf(Verb::lease, {kNode});
        lease.queue = true;
        SAYS(world.plan(lease).targets.front().sentence, "a lease is not queued");
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.untilState(first, ActionState::succeeded));
        QVERIFY(world.until([&] { return isFinal(world.action(second)->state); }));
        SAME(world.target(second).state, TargetState::skipped);
        QCOMPARE(world.agents.at(kNode).executedKinds[StepKind::close], 1);
    }

    void notAfterEndsWhatHasNotStarted() {
        EngineWorld world;
        world.options.maxConcurrent = 1;
        const auto ids = addNodes(world, 2, 1);
        world.start();
        PlanRequest request = requestOf(Verb::drain, ids);
        request.deadlineMs = 0;
        request.notAfterWallMs = world.clock.wallMs() + 60'000;
        const std::string id = run(world, request);
        QVERIFY(world.until([&] { return world.target(id, 1).state == TargetState::cancelled; }, 500));
        SAYS(world.target(id, 1).sentence, "not started by");
        SAME(world.fleet.serviceOf(ids[1]), Service::open);
        SAME(world.target(id, 0).state, TargetState::running); // What has started goes on.
        request.notAfterWallMs = world.clock.wallMs() - 1;
        SAYS(world.engine->plan(request).status().message(), "in the past");
    }

    void reservedGpusAreFreeWhenTheLeaseNeverStarts() {
        EngineWorld world;
        world.options.maxConcurrent = 1;
        const auto ids = addNodes(world, 2);
        world.start(false); // Nobody works, so the first one stays under way.
        world.agents.connect(*world.engine, ids[0]);
        world.agents.connect(*world.engine, ids[1]);
        PlanRequest request = requestOf(Verb::lease, ids);
        request.notAfterWallMs = world.clock.wallMs() + 60'000;
        const std::string id = run(world, request);
        QTRY_COMPARE(word(world.target(id, 0).state), word(TargetState::running));
        SAME(world.fleet.node(ids[1])->facts.occupancy, Occupancy::reserved);
        world.clock.advance(60'000);
        QTRY_COMPARE(word(world.target(id, 1).state), word(TargetState::cancelled));
        QTRY_COMPARE(word(world.fleet.node(ids[1])->facts.occupancy), word(Occupancy::free));
    }

    void idempotencyKeysAreKeptForAWeek() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const Plan plan = world.plan(requestOf(Verb::drain, {kNode}));
        const auto first = world.submit(plan, "test", "week");
        QVERIFY(first.ok());
        QVERIFY(world.untilState((*first)->id, ActionState::succeeded));
        world.clock.advance(7 * 24 * kHourMs - 60'000);
        QCOMPARE((*world.submit(plan, "test", "week"))->id, (*first)->id);
        world.clock.advance(120'000);
        QVERIFY(absl::IsNotFound(world.submit(plan, "test", "week").status())); // The key is free again, and the plan is long gone.
    }

    void siteBreakerPausesAllClosing() {
        EngineWorld world;
        world.options.siteBreakerNodes = 4;
        const auto ids = addNodes(world, 20, 1);
        world.start();
        const std::string id = world.drain({ids.begin(), ids.begin() + 15}, 0);
        QVERIFY(world.untilState(id, ActionState::paused));
        QCOMPARE(closedOf(world, ids), 10);
        SAYS(world.action(id)->pausedWhy, "site breaker: 10 of 20 nodes were closed within 5 min");
        const Plan other = world.plan(requestOf(Verb::drain, {ids[16]}));
        SAYS(world.submit(other).status().message(), "no further node of site pdx1 is closed now");
        QVERIFY(world.submit(world.plan(requestOf(Verb::lease, {ids[17]}))).ok()); // Others may run.
        world.stop();
        world.start();
        SAYS(world.submit(world.plan(requestOf(Verb::drain, {ids[16]}))).status().message(), "no further node of site pdx1 is closed now");
        QVERIFY(resume(world, id).ok());
        QVERIFY(world.until([&] { return closedOf(world, ids) == 15; }));
        QVERIFY(world.submit(world.plan(requestOf(Verb::drain, {ids[16]}))).ok());
    }

    void siteBreakerCountsOverARestartAndForgets() {
        EngineWorld world;
        world.options.siteBreakerNodes = 4;
        const auto ids = addNodes(world, 20);
        world.start();
        QVERIFY(world.untilState(world.drain({ids.begin(), ids.begin() + 10}), ActionState::succeeded));
        world.stop();
        world.start();
        const std::string second = world.drain({ids[10]});
        QVERIFY(world.untilState(second, ActionState::paused));
        QVERIFY(world.cancel(second).ok());
        QVERIFY(world.untilState(second, ActionState::cancelled));
        world.clock.advance(300'001);
        QVERIFY(world.untilState(world.drain({ids[10]}), ActionState::succeeded));
    }

    void breakersAreToldAgainstTheirLimits() {
        EngineWorld world;
        world.options.siteBreakerNodes = 4;
        world.options.waveNodes = 8;
        const auto ids = addNodes(world, 20); // Waves of 1, 1 and 18.
        for (const std::size_t sick : {0, 5}) world.agents.with(ids[sick], [](FakeNode& node) { node.failures[StepKind::close] = 1; });
        world.start();
        const std::string id = world.drain(ids);
        QVERIFY(world.untilState(id, ActionState::paused));
        BreakerCounts wanted{.failures = 1, .failureLimit = 3, .wave = 1, .waveFailed = 1, .waveTargets = 1, .wavePercent = 10, .siteClosed = 1, .siteLimit = 10, .siteNodes = 20, .siteWindowMs = 300'000};
        QCOMPARE(numbers(world.action(id)->breaker), numbers(wanted));
        QVERIFY(resume(world, id).ok());
        // What a person let pass counts no more, in no wave: the next failure is 1 of 18, and the site's breaker is what stops it.
        QVERIFY(world.until([&] { return world.action(id)->breaker.wave == 3; }, 50));
        SAYS(world.action(id)->pausedWhy, "site breaker: 10 of 20 nodes");
        wanted = {.failures = 1, .failureLimit = 3, .wave = 3, .waveFailed = 1, .waveTargets = 18, .wavePercent = 10, .siteClosed = 10, .siteLimit = 10, .siteNodes = 20, .siteWindowMs = 300'000};
        QCOMPARE(numbers(world.action(id)->breaker), numbers(wanted));
        world.clock.advance(300'001); // Nothing else changes: the count is told anew all the same.
        QVERIFY(world.until([&] { return world.action(id)->breaker.siteClosed == 0; }, 50));
        QVERIFY(world.cancel(id).ok());
        QVERIFY(world.until([&] { return isFinal(world.action(id)->state); }, 50));
        QVERIFY(world.action(id)->breaker == BreakerCounts{});
    }

    void siteBreakerCountsWhatAPowerEventCloses_data() {
        QTest::addColumn<int>("rebooted");
        QTest::addColumn<bool>("pauses");
        QTest::newRow("as many as may be closed") << 9 << false;
        QTest::newRow("one more") << 10 << true;
    }

    void siteBreakerCountsWhatAPowerEventCloses() {
        QFETCH(int, rebooted);
        QFETCH(bool, pauses);
        EngineWorld world;
        world.options.siteBreakerNodes = 4;
        const auto ids = addNodes(world, 20);
        world.start();
        QVERIFY(world.until([&] { return closedOf(world, ids) == 0; }));
        for (int i = 0; i < rebooted; ++i) {
            world.agents.disconnect(*world.engine, ids[static_cast<std::size_t>(i)]);
            world.agents.with(ids[static_cast<std::size_t>(i)], [](FakeNode& node) { node.bootId = "after the power came back"; });
            world.agents.connect(*world.engine, ids[static_cast<std::size_t>(i)]);
        }
        QVERIFY(world.until([&] { return closedOf(world, ids) == rebooted; }));
        const std::string id = world.drain({ids[15]});
        QVERIFY(world.untilState(id, pauses ? ActionState::paused : ActionState::succeeded));
        if (pauses) SAYS(world.action(id)->pausedWhy, "site breaker: 10 of 20 nodes were closed within 5 min");
    }

    void siteBreakerLeavesOutWhatIsOpenAgain() {
        EngineWorld world;
        world.options.siteBreakerNodes = 4;
        const auto ids = addNodes(world, 20);
        world.start();
        QVERIFY(world.untilState(world.drain({ids.begin(), ids.begin() + 10}), ActionState::succeeded));
        QVERIFY(world.untilState(run(world, requestOf(Verb::giveBack, {ids.begin(), ids.begin() + 10})), ActionState::succeeded));
        QVERIFY(world.untilState(world.drain({ids.begin() + 10, ids.begin() + 18}), ActionState::succeeded));
        world.stop();
        world.start();
        QVERIFY(world.untilState(world.drain({ids[0], ids[1]}), ActionState::succeeded));
        QVERIFY(world.untilState(world.drain({ids[2]}), ActionState::paused));
    }

    void cancelLeavesTheHopeOfAnotherAction() {
        EngineWorld world;
        const auto ids = addNodes(world, 2);
        world.agents.with(ids[1], [](FakeNode& node) { node.holders = 1; });
        world.start();
        const std::string drain = world.drain(ids, 0);
        QVERIFY(world.until([&] { return world.target(drain, 0).state == TargetState::succeeded && world.target(drain, 1).blockerCount == 1; }));
        PlanRequest request = requestOf(Verb::giveBack, {ids[0]});
        request.deadlineMs = 30'000;
        world.agents.disconnect(*world.engine, ids[0]);
        const std::string back = run(world, request);
        QVERIFY(world.untilState(back, ActionState::unknown, 500));
        QVERIFY(world.cancel(drain).ok());
        world.agents.connect(*world.engine, ids[0]);
        QVERIFY(world.untilState(back, ActionState::succeeded));
    }

    void accessThatStaysKeepsTheNodeFromTheNextTenant() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.failures = {{StepKind::canary, 1}, {StepKind::releaseLease, 1}}; });
        world.start();
        const std::string id = run(world, requestOf(Verb::lease, {kNode}));
        QVERIFY(world.untilState(id, ActionState::failed));
        SAYS(world.target(id).sentence, "acme's access could not be taken back");
        SAME(world.fleet.node(kNode)->facts.occupancy, Occupancy::expiring);
        QVERIFY(!world.plan(requestOf(Verb::lease, {kNode})).targets.front().eligible);
        QVERIFY(world.untilState(run(world, requestOf(Verb::release, {kNode})), ActionState::succeeded));
        QVERIFY(world.agents.at(kNode).tenant.empty());
        SAME(world.fleet.node(kNode)->facts.occupancy, Occupancy::free);
    }

    void scrubOfACancelledLeaseComesToItsEnd() {
        EngineWorld world;
        world.addNode(kNode);
        world.start(false);
        const std::string id = run(world, requestOf(Verb::lease, {kNode}));
        world.agents.connect(*world.engine, kNode);
        QVERIFY(world.until([&] { const auto target = world.target(id); return target.steps[1].state == StepState::running; }));
        const auto reply = world.cancel(id);
        QVERIFY(reply.ok());
        SAYS((*reply)->sentence, "stopping after scrub");
        QVERIFY(world.untilState(id, ActionState::cancelled));
        SAME(world.target(id).steps[1].state, StepState::succeeded);
        SAME(world.fleet.node(kNode)->facts.occupancy, Occupancy::free);
    }

    void leaseEndsByItself() {
        EngineWorld world;
        world.addNode(kNode);
        world.start();
        const std::string lease = leaseNode(world, 48 * kHourMs);
        world.clock.advance(24 * kHourMs + 1'000);
        QVERIFY(world.until([&] { return eventsWith(world, lease + " of acme (1 node) ends in 23 h 59 min") == 1; }));
        world.stop();
        world.start(); // The warning is not told twice.
        world.clock.advance(23 * kHourMs);
        QVERIFY(world.until([&] { return eventsWith(world, "ends in 59 min") == 1; }));
        QCOMPARE(eventsWith(world, "ends in 23 h"), 1);
        world.clock.advance(kHourMs);
        QVERIFY(world.until([&] { return world.fleet.node(kNode)->facts.occupancy == Occupancy::expiring; }));
        QVERIFY(world.engine->actions(0, true).empty()); // The grace runs.
        world.stop();
        world.start();
        world.clock.advance(kHourMs);
        QVERIFY(world.until([&] { return world.fleet.node(kNode)->facts.occupancy == Occupancy::free; }, 100));
        const ActionPtr release = world.engine->actions(0, false).front();
        SAME(release->verb, Verb::release);
        QCOMPARE(release->actor, std::string("controller"));
        QCOMPARE(release->reason, std::string("lease ended"));
        SAME(release->atDeadline, DeadlinePolicy::wait);
        QVERIFY(world.untilState(release->id, ActionState::succeeded));
        QVERIFY(world.agents.at(kNode).tenant.empty());
    }

    void leaseIsExtended() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        world.start();
        const std::string lease = leaseNode(world, 2 * kHourMs);
        QVERIFY(absl::IsNotFound(extend(world, "L-other", kHourMs).status()));
        QVERIFY(absl::IsInvalidArgument(extend(world, lease, 0).status()));
        for (const char* reason : {"", " \n"}) SAYS(extend(world, lease, kHourMs, reason).status().message(), "the extension has no reason");
        const auto first = extend(world, lease, kHourMs);
        QVERIFY2(first.ok(), first.status().ToString().c_str());
        QCOMPARE(first->tenant, std::string("acme"));
        world.clock.advance(2 * kHourMs + 30'000); // Past the first end.
        QTest::qWait(30);
        SAME(world.fleet.node(kNode)->facts.occupancy, Occupancy::leased);
        world.clock.advance(kHourMs); // In the grace of the second.
        QVERIFY(world.until([&] { return world.fleet.node(kNode)->facts.occupancy == Occupancy::expiring; }));
        QVERIFY(extend(world, lease, kHourMs).ok());
        QVERIFY(world.until([&] { return world.fleet.node(kNode)->facts.occupancy == Occupancy::leased; }));
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 1; });
        world.clock.advance(3 * kHourMs);
        QVERIFY(world.until([&] { return !world.engine->actions(0, true).empty(); }, 100));
        const auto late = extend(world, lease, 9 * kHourMs);
        SAYS(late.status().message(), "has ended");
    }

    void releaseOpensNothingThatADrainClosed_data() {
        QTest::addColumn<bool>("queued");
        QTest::newRow("drained before its release was planned") << false;
        QTest::newRow("drained while its release waited behind the drain") << true;
    }
    void releaseOpensNothingThatADrainClosed() {
        QFETCH(bool, queued);
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        world.start();
        leaseNode(world, 2 * kHourMs);
        if (queued) world.agents.with(kNode, [](FakeNode& node) { node.holders = 1; });
        const std::string drain = world.drain({kNode}, 0);
        if (!queued) QVERIFY(world.untilState(drain, ActionState::succeeded));
        PlanRequest request = requestOf(Verb::release, {kNode});
        request.queue = queued;
        const Plan plan = world.plan(request);
        QCOMPARE(plan.targets.front().sentence.find("it is drained now and stays drained") != std::string::npos, !queued);
        const std::string release = run(world, request);
        world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
        QVERIFY(world.untilState(release, ActionState::succeeded));
        SAYS(world.target(release).sentence, "stays drained");
        SAME(world.fleet.node(kNode)->facts.occupancy, Occupancy::free);
        SAME(world.fleet.serviceOf(kNode), Service::drained);
        QVERIFY(!world.plan(requestOf(Verb::lease, {kNode})).targets.front().eligible);
        QVERIFY(world.untilState(run(world, requestOf(Verb::giveBack, {kNode})), ActionState::succeeded));
        SAME(world.fleet.serviceOf(kNode), Service::open);
    }

    void extensionHandsOverNothingThatWasNotReady() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.failures = {{StepKind::canary, 1}, {StepKind::releaseLease, 1}}; });
        world.start();
        PlanRequest request = requestOf(Verb::lease, {kNode});
        request.details.untilWallMs = world.clock.wallMs() + kHourMs;
        const std::string id = run(world, request);
        QVERIFY(world.untilState(id, ActionState::failed));
        SAME(world.fleet.node(kNode)->facts.occupancy, Occupancy::expiring);
        QVERIFY(extend(world, world.action(id)->details.leaseId, kHourMs).ok());
        QTest::qWait(30);
        SAME(world.fleet.node(kNode)->facts.occupancy, Occupancy::expiring);
    }
};

QTEST_GUILESS_MAIN(EngineRulesTest)
#include "tst_engine_rules.moc"
