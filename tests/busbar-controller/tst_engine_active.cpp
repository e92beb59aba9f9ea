// Facts for billing (lifecycle.md §4): what counts of the time in which a tenant has a node, what does not, and where it is told.
#include "busbar-controller/reconcile/active_time.h"
#include "busbar-controller/state/action_records.h"
#include "engine_words.h"

#include <QtTest/QTest>

#include <algorithm>
#include <functional>
#include <future>

using namespace busbar;
using namespace busbar::controller;

namespace {

const std::string kNode = "pdx1/n1", kSpare = "pdx1/n2";
constexpr std::int64_t kHourMs = 3'600'000;
constexpr int kGpus = 2;

/// A node leased to acme, with an equal one that is free; time stands still but where the test moves it.
class Leased : public EngineWorld {
public:
    explicit Leased(std::int64_t lastsMs = 0) {
        for (const std::string& id : {kNode, kSpare}) {
            addNode(id);
            fleet.change(id, [](NodeStatus& node) { node.policy.rebootAllowed = true; });
        }
        start();
        PlanRequest request = requestOf(Verb::lease, {kNode});
        if (lastsMs > 0) request.details.untilWallMs = clock.wallMs() + lastsMs;
        const std::string id = done(request);
        lease = action(id)->details.leaseId;
    }
    std::string done(const PlanRequest& request) {
        const std::string id = run(*this, request);
        if (!untilState(id, ActionState::succeeded)) QTest::qFail(action(id)->sentence.c_str(), __FILE__, __LINE__);
        return id;
    }
    std::string done(Verb verb) { return done(requestOf(verb, {kNode})); }
    void hours(int count) { clock.advance(count * kHourMs); }
    void restart() {
        stop();
        start();
    }
    LeaseRecord record(const std::string& id) {
        const auto entry = store->get(leaseKey(ulidOf(id)));
        const auto decoded = entry.ok() ? decodeLease(*entry) : StatusOr<LeaseRecord>(entry.status());
        return decoded.ok() ? *decoded : LeaseRecord{};
    }
    std::string lease;
};

/// GPU-seconds as the evidence of the close tells them; "" where it tells none.
std::string toldIn(const TargetRecord& target) {
    for (const StepRecord& step : target.steps)
        for (const Evidence& fact : step.evidence)
            if (fact.fact == kActiveFact && fact.source == "controller" && fact.subject == "node") return fact.after;
    return {};
}

std::string hoursOf(double count) { return std::to_string(static_cast<std::int64_t>(count * 3'600) * kGpus); }

PlanRequest gpuOf(Verb verb) {
    PlanRequest request = requestOf(verb, {kNode});
    request.gpuUuids = {"GPU-" + kNode + "-0"};
    return request;
}

/// A reboot whose machine comes up again after ten minutes.
void reboot(Leased& world) {
    const std::string id = run(world, Verb::reboot, {kNode});
    QVERIFY(world.until([&] { return !world.agents.at(kNode).rebootCommands.empty(); }));
    world.agents.disconnect(*world.engine, kNode);
    world.clock.advance(600'000);
    world.agents.with(kNode, [](FakeNode& node) { node.bootId = "another boot"; });
    world.fleet.change(kNode, [](NodeStatus& node) { node.bootId = "another boot"; });
    world.agents.connect(*world.engine, kNode);
    QVERIFY(world.until([&] { return world.fleet.serviceOf(kNode) == Service::open; }));
}

using Life = std::function<void(Leased&)>;

} // namespace

Q_DECLARE_METATYPE(Life)

class EngineActiveTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatCounts_data() {
        QTest::addColumn<Life>("life");
        QTest::addColumn<double>("hours");
        const auto row = [](const char* name, double hours, Life life) { QTest::newRow(name) << life << hours; };
        row("the tenant has it", 3, [](Leased& world) { world.hours(3); });
        row("over a restart", 3, [](Leased& world) { world.hours(1); world.stop(); world.hours(1); world.start(); world.hours(1); });
        row("drained by an operator, and returned", 2, [](Leased& world) { world.hours(1); world.done(Verb::drain); world.hours(5); world.done(Verb::giveBack); world.hours(1); });
        row("drained, and the controller restarts", 2, [](Leased& world) { world.hours(1); world.done(Verb::drain); world.hours(2); world.restart(); world.hours(3); world.done(Verb::giveBack); world.hours(1); });
        row("drained when it is released", 1, [](Leased& world) { world.hours(1); world.done(Verb::drain); world.hours(5); });
        row("its reboot", 2, [](Leased& world) { world.hours(1); reboot(world); world.hours(1); });
        row("one of two GPUs is drained", 2 + 0.5 * 4, [](Leased& world) { world.hours(1); world.done(gpuOf(Verb::drain)); world.hours(4); world.done(gpuOf(Verb::giveBack)); world.hours(1); });
        row("a GPU and then the node is drained", 1 + 0.5 * 2 + 1, [](Leased& world) { world.hours(1); world.done(gpuOf(Verb::drain)); world.hours(2); world.done(Verb::drain); world.hours(7); world.done(Verb::giveBack); world.hours(1); });
        row("a release that is cancelled", 3, [](Leased& world) {
            world.hours(1);
            world.agents.with(kNode, [](FakeNode& node) { node.holders = 1; });
            const std::string id = run(world, Verb::release, {kNode});
            QVERIFY(world.until([&] { return world.target(id).blockerCount == 1; }));
            world.hours(4);
            QVERIFY(world.cancel(id).ok());
            QVERIFY(world.untilState(id, ActionState::cancelled));
            world.agents.with(kNode, [](FakeNode& node) { node.holders = 0; });
            world.hours(2);
        });
    }
    void whatCounts() {
        QFETCH(Life, life);
        QFETCH(double, hours);
        Leased world;
        life(world);
        const std::string id = world.done(Verb::release);
        QCOMPARE(toldIn(world.target(id)), hoursOf(hours));
        const auto log = world.action(id)->log;
        const std::string line = fmt::format("lease {} of acme: {} GPU-seconds active here", world.lease, hoursOf(hours));
        QVERIFY2(std::any_of(log.begin(), log.end(), [&](const LogLine& said) { return said.nodeId == kNode && said.text.starts_with(line); }), line.c_str());
        SAME(occupancyOf(world, kNode), Occupancy::free);
        QVERIFY(absl::IsNotFound(world.store->get(leaseKey(ulidOf(kNode))).status())); // The next lease begins at nothing.
    }

    void itIsKeptWithTheLease() {
        Leased world;
        const LeaseRecord begun = world.record(kNode);
        QVERIFY(begun.activeMs == 0 && begun.activeSinceWallMs == world.clock.wallMs());
        world.hours(2);
        world.done(Verb::drain);
        const LeaseRecord closed = world.record(kNode);
        QVERIFY(closed.activeMs == 2 * kHourMs && closed.activeSinceWallMs == 0);
    }

    void atALeasesEndItIsTold() {
        Leased world(2 * kHourMs);
        world.hours(2);
        QVERIFY(world.until([&] { return occupancyOf(world, kNode) == Occupancy::expiring; }, 10));
        QCOMPARE(world.record(kNode).activeSinceWallMs, std::int64_t{0});
        const auto events = world.fleet.events();
        const auto told = std::find_if(events.begin(), events.end(), [&](const FleetEvent& event) { return event.text.find("has ended") != std::string::npos; });
        QVERIFY(told != events.end());
        SAYS(told->text, " GPU-seconds active; its nodes are released at ");
        const std::string seconds = told->text.substr(told->text.find("has ended, ") + 11, 5);
        QVERIFY2(std::abs(std::stoi(seconds) - 2 * 3'600 * kGpus) < 60, seconds.c_str());
        world.hours(1); // In its grace it belongs to nobody.
        QVERIFY(world.until([&] { return occupancyOf(world, kNode) == Occupancy::free; }, 10));
        QCOMPARE(toldIn(world.target(world.engine->actions(1, false).front()->id)).substr(0, 5), seconds);
    }

    void inASwapEachNodeHasItsOwn() {
        Leased world;
        world.hours(3);
        const std::string id = world.done(Verb::swap);
        const ActionPtr swap = world.action(id);
        QCOMPARE(toldIn(swap->targets[1]), hoursOf(3)); // Who leaves.
        QCOMPARE(toldIn(swap->targets[0]), std::string());
        QCOMPARE(world.record(kSpare).activeMs, std::int64_t{0}); // Who comes begins with its own hand-over.
        world.hours(2);
        QCOMPARE(toldIn(world.target(world.done(requestOf(Verb::release, {kSpare})))), hoursOf(2));
    }

    void whatWasNeverHandedOverWasNeverActive() {
        EngineWorld world;
        world.addNode(kNode);
        world.agents.with(kNode, [](FakeNode& node) { node.failures[StepKind::canary] = 1; node.failures[StepKind::releaseLease] = 1; });
        world.start();
        const std::string id = run(world, Verb::lease, {kNode});
        QVERIFY(world.until([&] { return isFinal(world.action(id)->state); }));
        SAME(occupancyOf(world, kNode), Occupancy::expiring); // Its access could not be taken back: a release does it.
        world.clock.advance(kHourMs);
        const std::string release = run(world, Verb::release, {kNode});
        QVERIFY(world.untilState(release, ActionState::succeeded));
        QCOMPARE(toldIn(world.target(release)), std::string("0"));
    }
};

QTEST_GUILESS_MAIN(EngineActiveTest)
#include "tst_engine_active.moc"
