// GPU reset and reboot as the agent does them: on the simulated driver with its own reset tool, and with a reboot command that only notes.
#include "domain/gpu_reset.h"
#include "tests/busbar-agent/steps/step_kit.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <atomic>
#include <thread>

using namespace busbar;
using namespace busbar::test;

namespace {

#define SAYS(text, words) QVERIFY2(std::string(text).find(words) != std::string::npos, std::string(text).c_str())

/// The simulated driver's state of a GPU.
QJsonObject gpu(const StepKit& kit, int index) {
    QFile file(kit.fake.path(QStringLiteral("driver.json")));
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object()[QStringLiteral("gpus")][index].toObject() : QJsonObject();
}
int resets(const StepKit& kit, int index) { return gpu(kit, index)[QStringLiteral("resets")].toInt(); }

StepCommand resetOf(const StepKit& kit, std::size_t slot, const std::string& id = "r1") {
    StepCommand command = StepKit::command(StepKind::resetGpu, id);
    command.gpuUuids = {kit.driver->gpus()[slot].uuid};
    return command;
}

QByteArray linesOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A node that can be rebooted; the command notes itself in a file.
void allowReboot(StepKit& kit, const std::string& bootId, const QString& script = QStringLiteral("echo down >> '%1'")) {
    kit.parts.policy.rebootAllowed = true;
    kit.parts.boot = [bootId] { return agent::BootId{bootId, "simulated"}; };
    kit.parts.rebootCommand = {"/bin/sh", "-c", script.arg(kit.fake.path(QStringLiteral("reboots"))).toStdString()};
}
QByteArray reboots(const StepKit& kit) { return linesOf(kit.fake.path(QStringLiteral("reboots"))); }

StepCommand rebootOf(const std::string& bootId, int seconds = 600) {
    StepCommand command = StepKit::command(StepKind::reboot, "b1");
    command.secondsLeft = seconds;
    Evidence before;
    before.subject = "node";
    before.fact = kBootIdFact;
    before.before = bootId;
    command.expected = {before};
    return command;
}

} // namespace

class TestMaintenanceSteps : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void resetReadsBack();
    void collectorsGoOnAfterwards();
    void ourOwnHandleIsAClient();
    void wholeNode();
    void refused_data();
    void refused();
    void toolFails_data();
    void toolFails();
    void hangingToolIsUnknown();
    void neverASecondTime();
    void subsetOfASwitchedBoard();
    void rebootNeedsLeave();
    void rebootIsProvenAfterwards();
    void rebootIsIssuedOnce();
    void anotherBootIdNeedsNoReboot();
    void rebootCommandFails();
    void holderStopsTheReboot();
};

void TestMaintenanceSteps::resetReadsBack() {
    StepKit kit;
    kit.start();
    for (const char* set : {"set 2 ecc_uncorrected 3", "set 2 remap_pending 1", "set 2 compute_mode 2", "set 2 power_limit_w 500", "set 3 ecc_uncorrected 7"}) QVERIFY(kit.fake.control(set));
    const StepReport report = kit.run(resetOf(kit, 2));
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QCOMPARE(resets(kit, 2), 1);
    QCOMPARE(resets(kit, 3), 0);
    const std::string uuid = kit.driver->gpus()[2].uuid;
    QCOMPARE(evidenceIn(report, "answers after the reset", uuid).after, uuid);
    QCOMPARE(evidenceIn(report, "uncorrected ECC errors", uuid).before, std::string("3"));
    QCOMPARE(evidenceIn(report, "uncorrected ECC errors", uuid).after, std::string("0"));
    QCOMPARE(evidenceIn(report, "row remap pending", uuid).after, std::string("0"));
    QCOMPARE(evidenceIn(report, "drain state", uuid).after, std::string("off"));
    QCOMPARE(evidenceIn(report, "persistence mode", uuid).after, std::string("on"));
    QCOMPARE(evidenceIn(report, "power limit", uuid).after, std::string("500 W"));
    QCOMPARE(evidenceIn(report, "compute mode", uuid).after, std::string("prohibited")); // As close had set it.
    QCOMPARE(gpu(kit, 2)[QStringLiteral("drains")].toInt(), 1);
    QTest::qWait(100); // The runner takes the same command again only once it is through with it.
    QCOMPARE(kit.run(resetOf(kit, 2)).sentence, report.sentence); // The report is repeated, the step is not.
    QCOMPARE(resets(kit, 2), 1);
}

void TestMaintenanceSteps::collectorsGoOnAfterwards() {
    StepKit kit;
    kit.start();
    std::atomic<bool> stop{false};
    std::atomic<int> putDown{0};
    std::thread collector([&] {
        while (!stop) {
            const auto mode = kit.driver->computeMode(4);
            if (!mode.ok() && mode.status().message().find("put down while a GPU is reset") != std::string::npos) ++putDown;
            (void)kit.driver->waitForXids(20);
        }
    });
    const StepReport report = kit.run(resetOf(kit, 2));
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    stop = true;
    collector.join();
    QVERIFY(putDown > 0);
    for (std::size_t slot = 0; slot < 8; ++slot) QVERIFY(kit.driver->read(slot, agent::GpuDriver::Depth::all).at(Metric::temperature).value > 0);
    QVERIFY(kit.driver->waitForXids(0).ok());
}

void TestMaintenanceSteps::ourOwnHandleIsAClient() {
    StepKit kit;
    QProcess tool;
    tool.start(QFileInfo(QStringLiteral(FAKE_NVML)).path() + QStringLiteral("/nvidia-smi"), {QStringLiteral("--gpu-reset"), QStringLiteral("-i"), QString::fromStdString(kit.driver->gpus()[2].pciAddress)});
    QVERIFY(tool.waitForFinished());
    QCOMPARE(tool.exitCode(), 19); // Hence the driver is given up for the reset.
    QVERIFY2(tool.readAllStandardError().contains("NVML, pid"), "the tool must see who has NVML open");
}

void TestMaintenanceSteps::wholeNode() {
    StepKit kit;
    kit.start();
    const StepReport report = kit.run(StepKind::resetGpu, "all");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    for (int i = 0; i < 8; ++i) QCOMPARE(resets(kit, i), 1);
    SAYS(report.sentence, "reset: 8 GPUs answer with the same UUID");
}

void TestMaintenanceSteps::refused_data() {
    QTest::addColumn<QString>("control");
    QTest::addColumn<bool>("allowed");
    QTest::addColumn<QString>("words");
    QTest::newRow("read-only") << QString() << false << QStringLiteral("settings are read-only");
    QTest::newRow("XID 79") << QStringLiteral("fail 2 * lost") << true << QStringLiteral("does not answer on PCIe: GPU is lost: a reset cannot reach it");
    QTest::newRow("hangs") << QStringLiteral("fail 2 * hang") << true << QStringLiteral("stuck since");
    QTest::newRow("MIG") << QStringLiteral("set 2 mig_instances 2") << true << QStringLiteral("has 2 MIG instances: destroy them first");
    QTest::newRow("a holder the plan did not see") << QStringLiteral("holder") << true << QStringLiteral("end it before the GPU is reset");
    QTest::newRow("settings that stick") << QStringLiteral("set 2 sticky true") << true << QStringLiteral("was set to off and is not; nothing was reset");
}

void TestMaintenanceSteps::refused() {
    QFETCH(QString, control);
    QFETCH(bool, allowed);
    QFETCH(QString, words);
    StepKit kit;
    kit.parts.policy.settingsAllowed = allowed;
    kit.start();
    Tenant tenant;
    if (control == QStringLiteral("holder")) QVERIFY(kit.addProcess(2, tenant.pid()));
    else if (!control.isEmpty()) QVERIFY(kit.fake.control(control.split(QLatin1Char(' '))));
    const StepReport report = kit.run(resetOf(kit, 2));
    QVERIFY(report.state == StepState::failed);
    SAYS(report.sentence, words.toStdString());
    QCOMPARE(resets(kit, 2), 0);
    QCOMPARE(gpu(kit, 2)[QStringLiteral("persistence_mode")].toInt(), 1);
    QVERIFY(!gpu(kit, 2)[QStringLiteral("draining")].toBool());
    QVERIFY(kit.fake.control("heal 2"));
}

void TestMaintenanceSteps::toolFails_data() {
    QTest::addColumn<QString>("how");
    QTest::addColumn<QString>("words");
    QTest::newRow("refuses") << QStringLiteral("fails") << QStringLiteral("ended with code 3: GPU Reset couldn't run");
    QTest::newRow("sees a client") << QStringLiteral("in use") << QStringLiteral("ended with code 19");
    QTest::newRow("the GPU is gone") << QStringLiteral("gone") << QStringLiteral("after the reset: no answer any more from GPU-");
}

void TestMaintenanceSteps::toolFails() {
    QFETCH(QString, how);
    QFETCH(QString, words);
    StepKit kit;
    kit.start();
    QVERIFY(kit.fake.control(QStringList{QStringLiteral("fail"), QStringLiteral("2"), QStringLiteral("reset"), how}));
    const StepReport report = kit.run(resetOf(kit, 2));
    QVERIFY(report.state == StepState::failed);
    SAYS(report.sentence, words.toStdString());
    const bool gone = how == QStringLiteral("gone");
    QVERIFY(evidenceIn(report, "answers after the reset").verdict == (gone ? Verdict::notAsSet : Verdict::asSet));
    if (!gone) QCOMPARE(gpu(kit, 2)[QStringLiteral("persistence_mode")].toInt(), 1); // Put back.
    QVERIFY(kit.driver->read(5, agent::GpuDriver::Depth::all).at(Metric::temperature).value > 0); // The others go on.
}

void TestMaintenanceSteps::hangingToolIsUnknown() {
    FastClock clock;
    StepKit kit(clock);
    kit.start();
    QVERIFY(kit.fake.control("fail 2 reset hang"));
    StepCommand command = resetOf(kit, 2);
    command.secondsLeft = 60; // Half of it is the tool's; the clock runs twenty times as fast.
    const StepReport report = kit.run(command);
    QVERIFY2(report.state == StepState::unknown, report.sentence.c_str());
    SAYS(report.sentence, "without an answer: whether the GPU was reset is not known");
    QVERIFY(kit.driver->computeMode(2).ok()); // The driver is there again.
}

void TestMaintenanceSteps::neverASecondTime() {
    StepKit kit;
    const StepCommand command = resetOf(kit, 2);
    QVERIFY(kit.journal->begin(command, 1).ok()); // An agent that ended in the middle left this.
    QVERIFY(kit.journal->put("reset/" + command.commandId + "/issued", "issued").ok());
    kit.start();
    const StepReport report = kit.run(command);
    QVERIFY(report.state == StepState::unknown);
    SAYS(report.sentence, "does not repeat that");
    QVERIFY(evidenceIn(report, "answers after the reset").verdict == Verdict::asSet);
    QCOMPARE(resets(kit, 2), 0);
}

void TestMaintenanceSteps::subsetOfASwitchedBoard() {
    std::vector<GpuIdentity> gpus(8);
    for (std::size_t i = 0; i < gpus.size(); ++i) gpus[i] = {"", "GPU-" + std::to_string(i), "NVIDIA A100-SXM4-80GB", "", "", 0, static_cast<int>(i)};
    SAYS(checkResetScope(gpus, {"GPU-3"}).message(), "reset all together: reset the whole node");
    QVERIFY(checkResetScope(gpus, {}).ok());
    for (GpuIdentity& each : gpus) each.model = "NVIDIA H100 80GB HBM3";
    QVERIFY(checkResetScope(gpus, {"GPU-3"}).ok());
    gpus.resize(4); // Four A100 are wired to each other without a switch.
    for (GpuIdentity& each : gpus) each.model = "NVIDIA A100-SXM4-80GB";
    QVERIFY(checkResetScope(gpus, {"GPU-3"}).ok());
}

void TestMaintenanceSteps::rebootNeedsLeave() {
    StepKit kit;
    allowReboot(kit, "one");
    kit.parts.policy.rebootAllowed = false;
    kit.start();
    const StepReport report = kit.run(rebootOf("one"));
    QVERIFY(report.state == StepState::failed);
    SAYS(report.sentence, "reboot = never");
    QVERIFY(reboots(kit).isEmpty());
}

void TestMaintenanceSteps::rebootIsProvenAfterwards() {
    StepKit kit;
    allowReboot(kit, "one");
    kit.start();
    kit.runner->submit(rebootOf("one"));
    QTRY_COMPARE_WITH_TIMEOUT(reboots(kit), QByteArray("down\n"), 10'000);
    allowReboot(kit, "two");
    kit.restart(); // Comes up in another life of the machine.
    QVERIFY(kit.reports("b1").empty());
    const StepReport report = kit.run(rebootOf("one"));
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    const Evidence proof = evidenceIn(report, kBootIdFact);
    QCOMPARE(proof.before, std::string("one"));
    QCOMPARE(proof.after, std::string("two"));
    QCOMPARE(reboots(kit), QByteArray("down\n"));
}

void TestMaintenanceSteps::rebootIsIssuedOnce() {
    FastClock clock;
    StepKit kit(clock);
    allowReboot(kit, "one");
    kit.start();
    kit.runner->submit(rebootOf("one", 60));
    QTRY_COMPARE_WITH_TIMEOUT(reboots(kit), QByteArray("down\n"), 10'000);
    kit.restart(); // The agent alone was restarted.
    const StepReport report = kit.run(rebootOf("one", 60));
    QVERIFY(report.state == StepState::failed);
    SAYS(report.sentence, "did not reboot within 60 s");
    QVERIFY(evidenceIn(report, kBootIdFact).verdict == Verdict::notAsSet);
    QCOMPARE(reboots(kit), QByteArray("down\n"));
}

void TestMaintenanceSteps::anotherBootIdNeedsNoReboot() {
    StepKit kit; // Its journal knows nothing of the command: it was lost, or the node re-imaged.
    allowReboot(kit, "two");
    kit.start();
    const StepReport report = kit.run(rebootOf("one"));
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QVERIFY(reboots(kit).isEmpty());
}

void TestMaintenanceSteps::rebootCommandFails() {
    StepKit kit;
    allowReboot(kit, "one", QStringLiteral("echo not permitted; : '%1'; exit 1"));
    kit.start();
    const StepReport report = kit.run(rebootOf("one"));
    QVERIFY(report.state == StepState::failed);
    SAYS(report.sentence, "/bin/sh ended with code 1: not permitted");
}

void TestMaintenanceSteps::holderStopsTheReboot() {
    StepKit kit;
    allowReboot(kit, "one");
    kit.start();
    Tenant tenant;
    QVERIFY(kit.addProcess(1, tenant.pid()));
    const StepReport report = kit.run(rebootOf("one"));
    QVERIFY(report.state == StepState::failed);
    QCOMPARE(report.blockers.size(), 1u);
    QVERIFY(reboots(kit).isEmpty());
}

QTEST_GUILESS_MAIN(TestMaintenanceSteps)
#include "tst_maintenance_steps.moc"
