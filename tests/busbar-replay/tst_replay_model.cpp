// Nodes without hardware: no GPU is given twice, drains run against the model, repeats and old terms are refused or repeated.
#include "busbar-replay/model/node_steps.h"
#include "busbar-replay/sources/simulator.h"

#include <QTest>

#include <random>
#include <set>

using namespace busbar;
using namespace busbar::replay;

namespace {

class StepClock final : public Clock {
public:
    std::int64_t wallMs() const override { return 1'764'000'000'000 + now; }
    std::int64_t bootMs() const override { return now; }
    std::int64_t now = 1'000;
};

FleetModel smallFleet(int nodes, int gpus) {
    FleetModel fleet;
    for (int i = 0; i < nodes; ++i) {
        ModelNode node;
        node.name = "n" + std::to_string(i);
        node.gpus.resize(static_cast<std::size_t>(gpus));
        fleet.nodes.push_back(node);
    }
    return fleet;
}

Job jobOf(int gpus) {
    Job job;
    job.gpus = gpus;
    job.lease = "L";
    job.tenant = "t";
    return job;
}

StepCommand commandOf(StepKind kind, const char* id, std::uint64_t term = 5) {
    StepCommand command;
    command.commandId = id;
    command.nodeId = "s/n0";
    command.kind = kind;
    command.term = term;
    command.secondsLeft = 60;
    return command;
}

struct Heard {
    std::vector<StepReport> reports;
    std::vector<StepProgress> progress;
    NodeSteps::Out out{[this](const StepProgress& p) { progress.push_back(p); }, [this](const StepReport& r) { reports.push_back(r); }};
};

} // namespace

class TestReplayModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void noGpuIsGivenTwice();
    void bigJobsNeedEmptyNodes();
    void limitPerNodeHolds();
    void drainWaitsForTheJob();
    void endedWaitTellsWhoHolds();
    void terminateEndsAfterTwoSeconds();
    void repeatedCommandRepeatsTheReport();
    void oldTermIsRefused();
    void closedNodeTakesNoJob();
    void simulatorIsSeeded();
    void simulatorStaysInRange();
};

void TestReplayModel::noGpuIsGivenTwice() {
    FleetModel fleet = smallFleet(20, 8);
    std::mt19937 random(3);
    std::vector<std::int32_t> running;
    for (int i = 0; i < 5000; ++i) {
        if (!running.empty() && random() % 2 == 0) {
            fleet.end(running.back());
            running.pop_back();
        } else if (const std::int32_t number = fleet.start(jobOf(1 << (random() % 5)), 0); number >= 0) {
            running.push_back(number);
        }
        std::int64_t count = 0;
        std::set<std::pair<std::uint32_t, std::uint32_t>> used;
        for (const std::int32_t number : running)
            for (const auto& slot : fleet.job(number)->held) {
                ++count;
                QVERIFY(used.insert(slot).second);
                QCOMPARE(fleet.nodes[slot.first].gpus[slot.second].job, number);
            }
        QCOMPARE(fleet.busyGpus(), count);
    }
}

void TestReplayModel::bigJobsNeedEmptyNodes() {
    FleetModel fleet = smallFleet(3, 8);
    QVERIFY(fleet.start(jobOf(1), 0) >= 0);
    QVERIFY(fleet.start(jobOf(24), 0) < 0);
    QVERIFY(fleet.start(jobOf(16), 0) >= 0);
    QCOMPARE(fleet.busyGpus(), 17);
}

void TestReplayModel::limitPerNodeHolds() {
    FleetModel fleet = smallFleet(2, 8);
    for (int i = 0; i < 4; ++i) {
        Job job = jobOf(1);
        job.maxPerNode = 2;
        job.groupKey = "tenant";
        QVERIFY(fleet.start(job, 0) >= 0);
    }
    Job fifth = jobOf(1);
    fifth.maxPerNode = 2;
    fifth.groupKey = "tenant";
    QVERIFY(fleet.start(fifth, 0) < 0);
}

void TestReplayModel::drainWaitsForTheJob() {
    FleetModel fleet = smallFleet(1, 8);
    const std::int32_t job = fleet.start(jobOf(8), 0);
    NodeSteps steps(fleet, 0, "s/n0");
    StepClock clock;
    Heard heard;
    steps.submit(commandOf(StepKind::close, "c"), clock, heard.out);
    QCOMPARE(heard.reports.size(), 1u);
    QCOMPARE(heard.reports[0].evidence.at(0).source, std::string("model"));
    steps.submit(commandOf(StepKind::wait, "w"), clock, heard.out);
    QCOMPARE(heard.progress.size(), 1u);
    QCOMPARE(heard.progress[0].blockerCount, 8);
    fleet.end(job);
    steps.tick(clock, heard.out);
    QCOMPARE(heard.reports.size(), 2u);
    QVERIFY(heard.reports[1].state == StepState::succeeded);
    QCOMPARE(heard.reports[1].evidence.at(0).before, std::string("8"));
    steps.submit(commandOf(StepKind::verify, "v"), clock, heard.out);
    QVERIFY(heard.reports[2].state == StepState::succeeded);
    QCOMPARE(heard.reports[2].evidence.size(), 9u);
}

void TestReplayModel::endedWaitTellsWhoHolds() {
    FleetModel fleet = smallFleet(1, 8);
    fleet.start(jobOf(3), 0);
    NodeSteps steps(fleet, 0, "s/n0");
    StepClock clock;
    Heard heard;
    steps.submit(commandOf(StepKind::wait, "w", 1), clock, heard.out);
    steps.cancel("w", 1, clock, heard.out);
    QVERIFY(heard.reports.at(0).state == StepState::cancelled);
    QCOMPARE(heard.reports[0].blockers.size(), 3u);
}

void TestReplayModel::terminateEndsAfterTwoSeconds() {
    FleetModel fleet = smallFleet(1, 8);
    fleet.start(jobOf(4), 0);
    NodeSteps steps(fleet, 0, "s/n0");
    StepClock clock;
    Heard heard;
    steps.submit(commandOf(StepKind::terminate, "t"), clock, heard.out);
    clock.now += 1'900;
    steps.tick(clock, heard.out);
    QVERIFY(heard.reports.empty());
    clock.now += 200;
    steps.tick(clock, heard.out);
    QVERIFY(heard.reports.at(0).state == StepState::succeeded);
    QCOMPARE(fleet.busyGpus(), 0);
}

void TestReplayModel::repeatedCommandRepeatsTheReport() {
    FleetModel fleet = smallFleet(1, 2);
    NodeSteps steps(fleet, 0, "s/n0");
    StepClock clock;
    Heard heard;
    steps.submit(commandOf(StepKind::close, "c"), clock, heard.out);
    steps.submit(commandOf(StepKind::reopen, "r"), clock, heard.out);
    steps.submit(commandOf(StepKind::close, "c"), clock, heard.out);
    QCOMPARE(heard.reports.size(), 3u);
    QVERIFY(heard.reports[0] == heard.reports[2]);
    QVERIFY(!fleet.nodes[0].closed); // The repeat told; it did not act.
}

void TestReplayModel::oldTermIsRefused() {
    FleetModel fleet = smallFleet(1, 2);
    NodeSteps steps(fleet, 0, "s/n0");
    StepClock clock;
    Heard heard;
    steps.submit(commandOf(StepKind::close, "c", 9), clock, heard.out);
    steps.submit(commandOf(StepKind::reopen, "r", 8), clock, heard.out);
    QVERIFY(heard.reports.at(1).state == StepState::failed);
    QVERIFY(fleet.nodes[0].closed);
}

void TestReplayModel::closedNodeTakesNoJob() {
    FleetModel fleet = smallFleet(1, 2);
    fleet.nodes[0].closed = true;
    QVERIFY(fleet.start(jobOf(1), 0) < 0);
}

void TestReplayModel::simulatorIsSeeded() {
    SimulatorOptions options;
    options.gpus = 256;
    Simulator one(options, 1'764'000'000'000), two(options, 1'764'000'000'000);
    QCOMPARE(one.fleet().nodes.size(), 32u);
    QCOMPARE(one.fleet().busyGpus(), two.fleet().busyGpus());
    for (std::uint32_t node = 0; node < 32; ++node) {
        QVERIFY(one.fleet().nodes[node].place == two.fleet().nodes[node].place);
        QCOMPARE(one.sample(node, 0, 1'764'000'000'500).power, two.sample(node, 0, 1'764'000'000'500).power);
    }
}

void TestReplayModel::simulatorStaysInRange() {
    SimulatorOptions options;
    options.gpus = 512;
    options.faultRate = 500;
    Simulator simulator(options, 1'764'000'000'000);
    std::vector<FleetEvent> events;
    std::vector<LinkFault> faults;
    for (std::int64_t wall = 1'764'000'000'000; wall < 1'764'000'300'000; wall += 1'000) simulator.advance(wall, events, faults);
    QVERIFY(!events.empty());
    QVERIFY(!faults.empty());
    for (std::uint32_t node = 0; node < simulator.fleet().nodes.size(); ++node)
        for (std::size_t slot = 0; slot < simulator.fleet().nodes[node].gpus.size(); ++slot) {
            const GpuSample sample = simulator.sample(node, slot, 1'764'000'300'000);
            QVERIFY(sample.util >= 0 && sample.util <= 100 && sample.smActive >= 0 && sample.smActive <= 100 && sample.memPercent <= 100);
            QVERIFY(sample.power > 20 && sample.power <= 710 && sample.temperature > 15 && sample.temperature < 110);
        }
}

QTEST_APPLESS_MAIN(TestReplayModel)
#include "tst_replay_model.moc"
