// close, wait, terminate, verify, inspect and reopen on a simulated driver: what they set, what they read back, what they say when the
// driver lies, hangs, lacks something or is not there.
#include "tests/busbar-agent/steps/step_kit.h"

#include "busbar-agent/collectors/holders.h"
#include "busbar-agent/driver/nvml_abi.h"
#include "busbar-agent/journal/keys.h"
#include "busbar-agent/steps/keep_closed.h"
#include "domain/baseline_facts.h"
#include "domain/lifecycle.h"
#include "domain/reopen_facts.h"

using namespace busbar;
using namespace busbar::agent;
using test::evidenceIn;
using test::StepKit;

class TestDrainSteps : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void closeSetsAndReadsBack();
    void closeOfALyingDriverFails();
    void closeReadOnlyChangesNothing();
    void aModeThatCannotBeReadIsToldWhereNothingIsSet();
    void closeOfOneGpu();
    void closeAgainKeepsThePriorMode();
    void reopenRestores();
    void reopenWithoutClose();
    void reopenLeavesWhatIsClosedApart();
    void staysClosedOverAReboot();
    void waitSaysWhatItCannotSee();
    void anyPidHolds_data();
    void anyPidHolds();
    void anInnocentProcessIsNotNamed();
    void aClockThatWasSetBackMakesNobodyYounger();
    void hangingGpuIsDrainedByTheKernel();
    void noDriverIsDrainedByTheKernel();
    void whatTheKernelDoesNotShowIsTold_data();
    void whatTheKernelDoesNotShowIsTold();
    void precheckHoldsAgainstTheBaseline_data();
    void precheckHoldsAgainstTheBaseline();
    void terminateIsRefusedByPolicy();
    void terminateEndsHolders();
    void terminateKillsWhatDoesNotListen();
    void terminateIsNotRepeated();
    void verifyFindsLeftMemory();
    void verifyWithoutABaseline();
    void verifyWaitsForTheDriverToFree();
    void aDriverThatIsBusyForAMomentIsAskedAgain_data();
    void aDriverThatIsBusyForAMomentIsAskedAgain();
    void verifyFindsAChangedMode();
    void inspectFindsFaults_data();
    void inspectFindsFaults();
    void gpusWithoutLinksInASandboxAreFit();
    void aGpuThatLostAllItsLinksIsNot();
};

void TestDrainSteps::closeSetsAndReadsBack() {
    StepKit kit;
    kit.start();
    const StepReport report = kit.run(StepKind::close, "c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QCOMPARE(report.evidence.size(), 8u);
    for (std::size_t slot = 0; slot < 8; ++slot) {
        const Evidence evidence = evidenceIn(report, "compute mode", kit.driver->gpus()[slot].uuid);
        QCOMPARE(evidence.before, std::string("default"));
        QCOMPARE(evidence.after, std::string("prohibited"));
        QCOMPARE(evidence.source, std::string("simulated nvml"));
        QVERIFY(evidence.verdict == Verdict::asSet);
        QCOMPARE(*kit.driver->computeMode(slot), nvml::kComputeModeProhibited);
    }
}

void TestDrainSteps::closeOfALyingDriverFails() {
    StepKit kit;
    QVERIFY(kit.fake.control("set 4 sticky true"));
    kit.start();
    const StepReport report = kit.run(StepKind::close, "c1");
    QVERIFY(report.state == StepState::failed);
    const Evidence evidence = evidenceIn(report, "compute mode", kit.driver->gpus()[4].uuid);
    QCOMPARE(evidence.after, std::string("default"));
    QVERIFY(evidence.verdict == Verdict::notAsSet);
}

void TestDrainSteps::closeReadOnlyChangesNothing() {
    StepKit kit;
    kit.parts.policy = {false, false};
    kit.start();
    const StepReport report = kit.run(StepKind::close, "c1");
    QVERIFY(report.state == StepState::succeeded);
    QVERIFY2(report.sentence.find("read-only") != std::string::npos, report.sentence.c_str());
    for (std::size_t slot = 0; slot < 8; ++slot) QCOMPARE(*kit.driver->computeMode(slot), 0u);
    QVERIFY(kit.run(StepKind::verify, "c2").state == StepState::succeeded);
}

void TestDrainSteps::aModeThatCannotBeReadIsToldWhereNothingIsSet() {
    StepKit kit;
    kit.parts.policy = {false, false};
    QVERIFY(kit.fake.control(QStringList{QStringLiteral("fail"), QStringLiteral("2"), QStringLiteral("nvmlDeviceGetComputeMode"), QStringLiteral("no permission")}));
    kit.start();
    const std::string uuid = kit.driver->gpus()[2].uuid;
    for (const auto& [kind, id, alone] : {std::tuple(StepKind::close, "c1", false), {StepKind::reopen, "c2", false}, {StepKind::close, "c3", true}, {StepKind::reopen, "c4", true}}) {
        StepCommand command = StepKit::command(kind, id);
        if (alone) command.gpuUuids = {uuid};
        const StepReport report = kit.run(command);
        QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
        QVERIFY2(judge(kind, report).state == StepState::succeeded, judge(kind, report).sentence.c_str());
        QCOMPARE(evidenceIn(report, "compute mode set by close", uuid).after, std::string("none"));
        const Evidence mode = evidenceIn(report, "compute mode", uuid);
        QVERIFY(mode.verdict == Verdict::notApplicable);
        QVERIFY2(mode.after.find("Insufficient Permissions") != std::string::npos, mode.after.c_str());
    }
}

void TestDrainSteps::closeOfOneGpu() {
    StepKit kit;
    kit.start();
    StepCommand one = StepKit::command(StepKind::close, "c1");
    one.gpuUuids = {kit.driver->gpus()[5].uuid};
    QCOMPARE(kit.run(one).evidence.size(), 1u);
    QCOMPARE(*kit.driver->computeMode(5), nvml::kComputeModeProhibited);
    QCOMPARE(*kit.driver->computeMode(4), 0u);
}

void TestDrainSteps::closeAgainKeepsThePriorMode() {
    StepKit kit;
    QVERIFY(kit.driver->setComputeMode(0, nvml::kComputeModeExclusiveProcess).ok());
    kit.start();
    kit.run(StepKind::close, "c1");
    const StepReport again = kit.run(StepKind::close, "c2"); // Another attempt finds its own setting.
    QCOMPARE(evidenceIn(again, "compute mode", kit.driver->gpus()[0].uuid).before, std::string("exclusive process"));
    QVERIFY(kit.run(StepKind::reopen, "c3").state == StepState::succeeded);
    QCOMPARE(*kit.driver->computeMode(0), nvml::kComputeModeExclusiveProcess);
}

void TestDrainSteps::reopenRestores() {
    StepKit kit;
    kit.start();
    kit.run(StepKind::close, "c1");
    const StepReport report = kit.run(StepKind::reopen, "c2");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    for (std::size_t slot = 0; slot < 8; ++slot) QCOMPARE(*kit.driver->computeMode(slot), 0u);
    QCOMPARE(*kit.journal->get(priorModeKey(kit.driver->gpus()[0].uuid)), std::optional<std::string>());
    kit.run(StepKind::close, "c3");
    QVERIFY(kit.fake.control("set 1 sticky true"));
    const StepReport lying = kit.run(StepKind::reopen, "c4");
    QVERIFY(lying.state == StepState::failed);
    QVERIFY2((*kit.journal->get(priorModeKey(kit.driver->gpus()[1].uuid))).has_value(), "still needed for the next try");
}

void TestDrainSteps::reopenWithoutClose() {
    StepKit kit;
    QVERIFY(kit.driver->setComputeMode(0, nvml::kComputeModeProhibited).ok()); // An operator's own.
    kit.start();
    const StepReport report = kit.run(StepKind::reopen, "c1");
    QVERIFY(report.state == StepState::succeeded);
    QCOMPARE(*kit.driver->computeMode(0), nvml::kComputeModeProhibited);
}

void TestDrainSteps::reopenLeavesWhatIsClosedApart() {
    StepKit kit;
    kit.start();
    kit.run(StepKind::close, "c1");
    StepCommand reopen = StepKit::command(StepKind::reopen, "c2");
    const std::string uuid = kit.driver->gpus()[5].uuid;
    reopen.expected = {{uuid, kStaysClosedFact, "", "drained", "drained", "", "controller", Verdict::asSet, 0}};
    const StepReport report = kit.run(reopen);
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QCOMPARE(evidenceIn(report, "compute mode", uuid).after, std::string("prohibited"));
    for (std::size_t slot = 0; slot < 8; ++slot) QCOMPARE(*kit.driver->computeMode(slot), slot == 5 ? nvml::kComputeModeProhibited : 0u);
    StepCommand one = StepKit::command(StepKind::reopen, "c3"); // Its own return still knows the mode before.
    one.gpuUuids = {uuid};
    QVERIFY(kit.run(one).state == StepState::succeeded);
    QCOMPARE(*kit.driver->computeMode(5), 0u);
}

void TestDrainSteps::staysClosedOverAReboot() {
    StepKit kit;
    kit.start();
    StepCommand one = StepKit::command(StepKind::close, "c1");
    one.gpuUuids = {kit.driver->gpus()[2].uuid};
    kit.run(one);
    QVERIFY(keepClosed(*kit.driver, *kit.journal, {true, true}).empty());
    QVERIFY(kit.driver->setComputeMode(2, 0).ok()); // As after a reboot.
    QVERIFY(keepClosed(*kit.driver, *kit.journal, {}).front().find("settings are read-only") != std::string::npos);
    QCOMPARE(*kit.driver->computeMode(2), 0u);
    const std::vector<std::string> told = keepClosed(*kit.driver, *kit.journal, {true, true});
    QCOMPARE(told.size(), 1u);
    QVERIFY2(told.front().find("is closed again: compute mode default") != std::string::npos, told.front().c_str());
    QCOMPARE(*kit.driver->computeMode(2), nvml::kComputeModeProhibited);
    QVERIFY(kit.run(StepKind::reopen, "c2").state == StepState::succeeded);
    QCOMPARE(*kit.driver->computeMode(2), 0u);
    QVERIFY(keepClosed(*kit.driver, *kit.journal, {true, true}).empty());
    QVERIFY(kit.driver->setComputeMode(1, nvml::kComputeModeProhibited).ok());
    QVERIFY(kit.fake.control("set 1 sticky true"));
    QVERIFY(kit.journal->put(setModeKey(kit.driver->gpus()[1].uuid), "0").ok());
    QVERIFY(keepClosed(*kit.driver, *kit.journal, {true, true}).front().find("cannot be closed again") != std::string::npos);
}

void TestDrainSteps::waitSaysWhatItCannotSee() {
    StepKit kit;
    QVERIFY(kit.fake.control(QStringList{QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("processes"), QStringLiteral("[{\"pid\": 999999999, \"memory_mib\": 64, \"hidden\": true}]")}));
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::wait, "c1"));
    QTRY_VERIFY_WITH_TIMEOUT(!kit.progress("c1").blockers.empty(), 10'000);
    QCOMPARE(kit.progress("c1").blockers[0].note, std::string("the driver shows 1 client, their pids are not visible"));
    QVERIFY(kit.fake.control("set 1 processes []"));
    QVERIFY(kit.waitFor("c1").state == StepState::succeeded);
}

void TestDrainSteps::anyPidHolds_data() {
    QTest::addColumn<QString>("process");
    QTest::addColumn<QString>("said");
    QTest::newRow("a container's first program") << QStringLiteral("{\"pid\": 1, \"memory_mib\": 64}") << QStringLiteral("(pid 1) of");
    QTest::newRow("one that the driver cannot name") << QStringLiteral("{\"pid\": 0, \"memory_mib\": 64, \"hidden\": true}") << QStringLiteral("the driver shows 1 client, their pids are not visible");
}

void TestDrainSteps::anyPidHolds() {
    QFETCH(QString, process);
    QFETCH(QString, said);
    const test::FastClock fast;
    StepKit kit(fast);
    QVERIFY(kit.fake.control(QStringList{QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("processes"), QStringLiteral("[%1]").arg(process)}));
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::wait, "c1"));
    QTRY_VERIFY_WITH_TIMEOUT(QString::fromStdString(kit.progress("c1").sentence).contains(said), 10'000);
    kit.runner->cancel("c1", 1);
    QVERIFY(kit.waitFor("c1").state == StepState::cancelled);
    const StepReport verify = kit.run(StepKind::verify, "c2");
    QVERIFY2(verify.state == StepState::failed, verify.sentence.c_str());
    QCOMPARE(evidenceIn(verify, "processes", kit.driver->gpus()[1].uuid).after, std::string("1"));
    const StepReport terminate = kit.run(StepKind::terminate, "c3");
    QVERIFY2(terminate.state == StepState::failed && terminate.evidence.size() == 1, "nothing of it may be ended");
    QVERIFY2(QString::fromStdString(terminate.sentence).contains(said), terminate.sentence.c_str());
}

// The driver names a pid of another namespace, which here is a process that has nothing to do with it.
void TestDrainSteps::anInnocentProcessIsNotNamed() {
    StepKit kit;
    kit.parts.devices = kit.fake.path(QStringLiteral("nvidia")).toStdString();
    for (const char* name : {"nvidiactl", "nvidia0"}) QVERIFY(QFile(kit.fake.path(QLatin1String(name))).open(QIODevice::WriteOnly));
    const test::Tenant innocent, holder(QStringLiteral("exec 3<%1; exec sleep 300").arg(kit.fake.path(QStringLiteral("nvidia0"))));
    QTRY_VERIFY_WITH_TIMEOUT(opensDriver(holder.pid(), kit.parts.devices) == true, 5'000);
    QVERIFY(kit.addProcess(0, innocent.pid()) && kit.addProcess(1, holder.pid()));
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::wait, "c1"));
    QTRY_COMPARE_WITH_TIMEOUT(kit.progress("c1").blockers.size(), 2u, 10'000);
    const std::vector<Blocker> blockers = kit.progress("c1").blockers;
    QCOMPARE(blockers[0].pid, 0);
    QCOMPARE(blockers[0].note, std::string("the driver shows 1 client, their pids are not visible"));
    QCOMPARE(blockers[1].pid, static_cast<std::int64_t>(holder.pid()));
    kit.runner->cancel("c1", 1);
    kit.waitFor("c1");
}

void TestDrainSteps::aClockThatWasSetBackMakesNobodyYounger() {
    class SetBack final : public Clock {
    public:
        std::int64_t wallMs() const override { return systemClock().wallMs() - 3'600'000; }
        std::int64_t bootMs() const override { return systemClock().bootMs(); }
    } const clock;
    StepKit kit(clock);
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(1, tenant.pid()));
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::wait, "c1"));
    QTRY_VERIFY_WITH_TIMEOUT(!kit.progress("c1").blockers.empty(), 10'000);
    QCOMPARE(kit.progress("c1").blockers[0].ageMs, 0);
    kit.runner->cancel("c1", 1);
    kit.waitFor("c1");
}

void TestDrainSteps::hangingGpuIsDrainedByTheKernel() {
    StepKit kit;
    kit.start();
    QVERIFY(kit.fake.control("fail 3 * hang"));
    const std::string uuid = kit.driver->gpus()[3].uuid;
    const StepReport close = kit.run(StepKind::close, "c1");
    QVERIFY2(evidenceIn(close, "compute mode", uuid).verdict == Verdict::notReadable, close.sentence.c_str());
    StepCommand alone = StepKit::command(StepKind::close, "c5"); // No other GPU's mode proves its close.
    alone.gpuUuids = {uuid};
    const StepReport closed = kit.run(alone);
    QVERIFY2(judge(StepKind::close, closed).state == StepState::succeeded, judge(StepKind::close, closed).sentence.c_str());
    QCOMPARE(evidenceIn(closed, "GPUs whose compute mode was set").after, std::string("none of 1"));
    const StepReport wait = kit.run(StepKind::wait, "c2");
    QVERIFY2(wait.state == StepState::succeeded, wait.sentence.c_str());
    QVERIFY(evidenceIn(wait, "processes", uuid).verdict == Verdict::notReadable);
    QVERIFY2(evidenceIn(wait, "processes", uuid).after.find("stuck since") != std::string::npos, evidenceIn(wait, "processes", uuid).after.c_str());
    const StepReport verify = kit.run(StepKind::verify, "c3");
    QVERIFY(verify.state == StepState::succeeded);
    QCOMPARE(verify.sentence, std::string("drained by the kernel's account; not every GPU could be read"));
    QCOMPARE(evidenceIn(verify, "holders of /dev/nvidia*").source, std::string("kernel"));
    QVERIFY(kit.run(StepKind::inspect, "c4").state == StepState::failed); // But it is not opened again like that.
    QVERIFY(kit.fake.control("heal 3"));
}

void TestDrainSteps::noDriverIsDrainedByTheKernel() {
    StepKit kit;
    kit.parts.driver = nullptr;
    kit.parts.driverWhy = "no NVIDIA driver: libnvidia-ml.so.1 not found";
    kit.start();
    const StepReport verify = kit.run(StepKind::verify, "c1");
    QVERIFY(verify.state == StepState::succeeded);
    QCOMPARE(verify.sentence, "drained by the kernel's account: " + kit.parts.driverWhy);
    QCOMPARE(verify.evidence.size(), 1u);
    QCOMPARE(verify.evidence[0].source, std::string("kernel"));
}

void TestDrainSteps::whatTheKernelDoesNotShowIsTold_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("lacks");
    QTest::addColumn<bool>("isShown");
    for (const StepKind kind : {StepKind::wait, StepKind::verify}) {
        const auto row = [kind](const char* what) -> QTestData& { return QTest::addRow("%s, %s", std::string(toString(kind)).c_str(), what) << static_cast<int>(kind); };
        row("each GPU tells its clients") << QString() << true;
        row("one GPU hangs") << QStringLiteral("GPU") << false;
        row("no driver") << QStringLiteral("driver") << false;
    }
    QTest::newRow("precheck, each GPU tells its clients") << static_cast<int>(StepKind::precheck) << QString() << true;
}

void TestDrainSteps::whatTheKernelDoesNotShowIsTold() {
    QFETCH(int, kind);
    QFETCH(QString, lacks);
    QFETCH(bool, isShown);
    StepKit kit;
    kit.parts.devices = kit.fake.path(QStringLiteral("nvidia")).toStdString();
    QFile control(kit.fake.path(QStringLiteral("nvidiactl")));
    QVERIFY(control.open(QIODevice::WriteOnly));
    if (lacks == QStringLiteral("GPU")) QVERIFY(kit.fake.control("fail 3 * hang"));
    if (lacks == QStringLiteral("driver")) {
        kit.parts.driver = nullptr;
        kit.parts.driverWhy = "no NVIDIA driver";
    }
    {
        const test::Unprivileged now;
        if (deviceHolders(kit.parts.devices).gap.empty()) QSKIP("this user may look at every process");
        kit.start();
    }
    const StepReport report = kit.run(static_cast<StepKind>(kind), "c1");
    QVERIFY2(report.state == (isShown ? StepState::succeeded : StepState::unknown), report.sentence.c_str());
    if (!isShown) QVERIFY2(report.sentence.starts_with("whether anything holds a GPU could not be shown: "), report.sentence.c_str());
    const Evidence kernel = evidenceIn(report, "holders of /dev/nvidia*");
    QVERIFY2(kernel.verdict == Verdict::notReadable && kernel.after.find("may not be looked at") != std::string::npos, kernel.after.c_str());
    if (!lacks.isEmpty()) QVERIFY(kit.fake.control("heal 3"));
}

void TestDrainSteps::precheckHoldsAgainstTheBaseline_data() {
    QTest::addColumn<bool>("ofDriver");
    QTest::addColumn<bool>("same");
    QTest::newRow("the driver it should run") << true << true;
    QTest::newRow("another driver") << true << false;
    QTest::newRow("the VBIOS it should have") << false << true;
    QTest::newRow("another VBIOS") << false << false;
}

void TestDrainSteps::precheckHoldsAgainstTheBaseline() {
    QFETCH(bool, ofDriver);
    QFETCH(bool, same);
    StepKit kit;
    kit.start();
    const GpuIdentity& gpu = kit.driver->gpus()[1];
    const std::string running = kit.driver->description().substr(kit.driver->description().rfind(' ') + 1), has = ofDriver ? running : gpu.vbios;
    QVERIFY(!has.empty());
    const Evidence asked{.subject = ofDriver ? "node" : gpu.uuid, .fact = ofDriver ? kDriverFact : kVbiosFact, .expected = same ? has : has.substr(1)};
    StepCommand command = StepKit::command(StepKind::precheck, "c1");
    command.expected = {asked};
    const StepReport report = kit.run(command);
    const Evidence told = evidenceIn(report, asked.fact, asked.subject);
    QCOMPARE(told.after, ofDriver ? kit.driver->description() : gpu.vbios);
    QVERIFY(told.verdict == (same ? Verdict::asSet : Verdict::notAsSet));
    QVERIFY2(report.state == (same ? StepState::succeeded : StepState::failed), report.sentence.c_str());
    if (!same) QVERIFY2(report.sentence.starts_with(asked.fact + " of " + asked.subject + " is "), report.sentence.c_str());
}

void TestDrainSteps::terminateIsRefusedByPolicy() {
    StepKit kit;
    kit.parts.policy = {true, false};
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(0, tenant.pid()));
    kit.start();
    StepCommand forced = StepKit::command(StepKind::terminate, "c1");
    forced.force = true; // No command can widen the policy.
    const StepReport report = kit.run(forced);
    QVERIFY(report.state == StepState::failed);
    QVERIFY2(report.sentence.find("terminate = never") != std::string::npos, report.sentence.c_str());
    QVERIFY(tenant.alive());
}

void TestDrainSteps::terminateEndsHolders() {
    StepKit kit;
    const test::Tenant holder, other;
    QVERIFY(kit.addProcess(0, holder.pid()));
    kit.start();
    const StepReport report = kit.run(StepKind::terminate, "c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QTRY_VERIFY_WITH_TIMEOUT(!holder.alive(), 5'000);
    QVERIFY(other.alive());
    QCOMPARE(evidenceIn(report, "holders").before, std::string("1"));
    QCOMPARE(evidenceIn(report, "holders").after, std::string("0"));
}

void TestDrainSteps::terminateKillsWhatDoesNotListen() {
    const test::FastClock fast;
    StepKit kit(fast);
    const test::Tenant deaf(QStringLiteral("trap \"\" TERM; while :; do sleep 1; done"));
    QTest::qWait(300); // Until it is deaf.
    QVERIFY(kit.addProcess(0, deaf.pid()));
    kit.start();
    StepCommand command = StepKit::command(StepKind::terminate, "c1");
    command.secondsLeft = 6'000;
    const StepReport report = kit.run(command);
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QTRY_VERIFY_WITH_TIMEOUT(!deaf.alive(), 5'000);
}

void TestDrainSteps::terminateIsNotRepeated() {
    StepKit kit;
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(0, tenant.pid()));
    const StepCommand command = StepKit::command(StepKind::terminate, "c1");
    QVERIFY(kit.journal->begin(command, 1).ok()); // An agent began it and died.
    kit.start();
    const StepReport report = kit.run(command);
    QVERIFY(report.state == StepState::unknown);
    QVERIFY2(report.sentence.find("does not repeat that") != std::string::npos, report.sentence.c_str());
    QVERIFY(tenant.alive());
}

void TestDrainSteps::verifyFindsLeftMemory() {
    StepKit kit;
    QVERIFY(kit.journal->put(baselineKey(kit.driver->gpus()[2].uuid), "10").ok());
    kit.start();
    QVERIFY(kit.fake.control("set 2 leaked_mib 74"));
    QVERIFY(kit.run(StepKind::verify, "c1").state == StepState::succeeded); // Its value at acceptance and 64 MiB.
    QVERIFY(kit.fake.control("set 2 leaked_mib 75"));
    const StepReport report = kit.run(StepKind::verify, "c2");
    QVERIFY(report.state == StepState::failed);
    QVERIFY2(report.sentence.find("memory used of " + kit.driver->gpus()[2].uuid + " is 75, expected is at most 74") == 0, report.sentence.c_str());
}

void TestDrainSteps::verifyWithoutABaseline() {
    StepKit kit;
    kit.start();
    QVERIFY(kit.fake.control("set 2 leaked_mib 600")); // A driver's own.
    const StepReport report = kit.run(StepKind::verify, "c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QCOMPARE(evidenceIn(report, "memory used", kit.driver->gpus()[2].uuid).before, std::string());
    QVERIFY(kit.fake.control("set 2 leaked_mib 3000"));
    QVERIFY(kit.run(StepKind::verify, "c2").state == StepState::failed);
}

void TestDrainSteps::verifyWaitsForTheDriverToFree() {
    StepKit kit;
    QVERIFY(kit.journal->put(baselineKey(kit.driver->gpus()[2].uuid), "0").ok());
    kit.start();
    QVERIFY(kit.fake.control("set 2 leaked_mib 1500"));
    kit.runner->submit(StepKit::command(StepKind::verify, "c1"));
    QTest::qWait(500);
    QVERIFY(kit.reports("c1").empty());
    QVERIFY(kit.fake.control("set 2 leaked_mib 0"));
    const StepReport report = kit.waitFor("c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QCOMPARE(evidenceIn(report, "memory used", kit.driver->gpus()[2].uuid).after, std::string("0"));
}

void TestDrainSteps::aDriverThatIsBusyForAMomentIsAskedAgain_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("wait") << static_cast<int>(StepKind::wait);
    QTest::newRow("verify") << static_cast<int>(StepKind::verify);
    QTest::newRow("precheck") << static_cast<int>(StepKind::precheck);
    QTest::newRow("inspect") << static_cast<int>(StepKind::inspect);
}

void TestDrainSteps::aDriverThatIsBusyForAMomentIsAskedAgain() {
    QFETCH(int, kind);
    StepKit kit;
    kit.start();
    QVERIFY(kit.fake.control("fail 2 * hang")); // Longer than a call's limit, as while a whole GPU's memory is given back.
    kit.runner->submit(StepKit::command(static_cast<StepKind>(kind), "c1"));
    QTest::qWait(1'500);
    QVERIFY(kit.fake.control("heal 2"));
    const StepReport report = kit.waitFor("c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    for (const Evidence& fact : report.evidence) QVERIFY2(fact.verdict == Verdict::asSet, (fact.subject + ": " + fact.fact + ": " + fact.after).c_str());
}

void TestDrainSteps::verifyFindsAChangedMode() {
    StepKit kit;
    kit.start();
    kit.run(StepKind::close, "c1");
    QVERIFY(kit.driver->setComputeMode(6, 0).ok());
    const StepReport report = kit.run(StepKind::verify, "c2");
    QVERIFY(report.state == StepState::failed);
    QVERIFY(evidenceIn(report, "compute mode", kit.driver->gpus()[6].uuid).verdict == Verdict::notAsSet);
}

void TestDrainSteps::inspectFindsFaults_data() {
    QTest::addColumn<QString>("change");
    QTest::addColumn<bool>("passes");
    QTest::newRow("nothing wrong") << QStringLiteral("set 0 temperature 50") << true;
    QTest::newRow("row remap pending") << QStringLiteral("set 0 remap_pending 1") << false;
    QTest::newRow("row remap failed") << QStringLiteral("set 0 remap_failed 1") << false;
    QTest::newRow("uncorrected ECC") << QStringLiteral("set 0 ecc_uncorrected 2") << false;
    QTest::newRow("NVLink down") << QStringLiteral("set 0 nvlinks_up 17") << false;
    QTest::newRow("driver asks for a reset") << QStringLiteral("set 0 recovery_action 1") << false;
    QTest::newRow("lost") << QStringLiteral("fail 0 * lost") << false;
    QTest::newRow("no remapper") << QStringLiteral("fail 0 nvmlDeviceGetRemappedRows 3") << true;
}

void TestDrainSteps::inspectFindsFaults() {
    QFETCH(QString, change);
    QFETCH(bool, passes);
    StepKit kit;
    QVERIFY(kit.fake.control(change.split(QLatin1Char(' '))));
    kit.start();
    const StepReport report = kit.run(StepKind::inspect, "c1");
    QVERIFY2((report.state == StepState::succeeded) == passes, report.sentence.c_str());
    if (!passes) QVERIFY2(report.sentence.find(kit.driver->gpus()[0].uuid) != std::string::npos, report.sentence.c_str());
}

void TestDrainSteps::gpusWithoutLinksInASandboxAreFit() {
    StepKit kit;
    for (int gpu = 0; gpu < 8; ++gpu) {
        QVERIFY(kit.fake.control(QStringLiteral("set %1 nvlinks_up 0").arg(gpu).split(QLatin1Char(' '))));
        for (const char* call : {"nvmlDeviceGetRemappedRows", "nvmlDeviceGetTotalEccErrors"}) QVERIFY(kit.fake.control(QStringLiteral("fail %1 %2 17").arg(gpu).arg(QLatin1String(call)).split(QLatin1Char(' '))));
    }
    kit.start();
    for (const auto& [kind, id, fact] : {std::tuple(StepKind::precheck, "c1", "pending row remap"), std::tuple(StepKind::inspect, "c2", "row remap pending")}) {
        const StepReport report = kit.run(kind, id);
        QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
        QCOMPARE(evidenceIn(report, "NVLinks up").after, std::string("0"));
        QCOMPARE(evidenceIn(report, "NVLinks up").expected, std::string("18, or 0 where nothing is linked"));
        QCOMPARE(evidenceIn(report, fact).after, std::string("not supported: GPU access blocked by the operating system"));
        QCOMPARE(toString(evidenceIn(report, fact).verdict), std::string_view("does not apply"));
    }
}

void TestDrainSteps::aGpuThatLostAllItsLinksIsNot() {
    StepKit kit;
    QVERIFY(kit.fake.control("set 3 nvlinks_up 0"));
    kit.start();
    for (const auto& [kind, id] : {std::pair(StepKind::precheck, "c1"), std::pair(StepKind::inspect, "c2")}) {
        const StepReport report = kit.run(kind, id);
        QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
        QVERIFY2(report.sentence.find("NVLinks up") != std::string::npos && report.sentence.find(kit.driver->gpus()[3].uuid) != std::string::npos, report.sentence.c_str());
    }
}

QTEST_GUILESS_MAIN(TestDrainSteps)
#include "tst_drain_steps.moc"
