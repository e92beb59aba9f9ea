// MIG mode of a lease as the agent runs it: set last, ended with its tenant's instances before anything else of the end. The real helper program
// on the CUDA double, beside the NVML double on the same GPUs.
#include "busbar-agent/driver/nvml_abi.h"
#include "busbar-agent/steps/settings.h"
#include "tests/busbar-agent/driver_kit.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace busbar;
using namespace busbar::agent;

namespace {

void driverctl(const QString& words) {
    QProcess process;
    process.start(QStringLiteral(FAKE_DRIVERCTL), words.split(QLatin1Char(' ')));
    QVERIFY(process.waitForFinished());
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
}

/// Of each GPU, in order: "off → on (as set)".
QStringList facts(const StepReport& report, const char* fact) {
    QStringList list;
    for (const Evidence& evidence : report.evidence)
        if (evidence.fact == fact) list << QString::fromStdString(fmt::format("{} → {} ({})", evidence.before, evidence.after, toString(evidence.verdict)));
    return list;
}

#define SUCCEEDS(report) QVERIFY2((report).state == StepState::succeeded, (report).sentence.c_str())
#define FAILS(report, words) QVERIFY2((report).state == StepState::failed && (report).sentence.find(words) != std::string::npos, (report).sentence.c_str())

} // namespace

class TestMigSteps : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }
    void init();
    void cleanup();
    void isSetAndEndedWithItsTenantsInstances();
    void computeModeIsAsBefore();
    void whatConfigureHadSetIsReadBack();
    void readOnlyTouchesNothing();
    void resetNeededIsNotSet_data();
    void resetNeededIsNotSet();
    void goesOnAfterACrash_data();
    void goesOnAfterACrash();
    void nothingIsScrubbedOverWhatStays_data();
    void nothingIsScrubbedOverWhatStays();
    void theWayBackEndsIt();
    void whatNoLeaseTurnedOnIsLeftAlone_data();
    void whatNoLeaseTurnedOnIsLeftAlone();
    void closeLeavesTheComputeModeAlone();
    void aGpuWithoutMigIsNotSet();

private:
    StepReport run(StepKind kind, bool resumed = false);
    bool isOn(std::size_t slot) const { return m_driver->migMode(slot)->on; }
    std::optional<std::string> baseline(std::size_t slot, Setting setting) const { return *m_journal->get(baselineKeyOf(m_driver->gpus()[slot].uuid, setting)); }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<GpuDriver> m_driver;
    std::unique_ptr<Journal> m_journal;
    AgentPolicy m_policy;
    GpuSettings m_settings;
    std::atomic<bool> m_cancelled{false};
    int m_number = 0;
};

void TestMigSteps::init() {
    m_dir = std::make_unique<QTemporaryDir>();
    qputenv("BUSBAR_FAKE_DRIVER", m_dir->filePath(QStringLiteral("driver.json")).toUtf8());
    qputenv("BUSBAR_GPU_TEST", BUSBAR_BIN_DIR "/busbar-gpu-test");
    QProcess::execute(QStringLiteral(FAKE_DRIVERCTL), {QStringLiteral("gpus"), QStringLiteral("2"), QStringLiteral("NVIDIA H100 80GB HBM3"), QStringLiteral("1700")});
    m_driver = *openNvmlDriver(BUSBAR_LIB_DIR "/libfake_nvml.so");
    m_journal = *Journal::open(m_dir->filePath(QStringLiteral("journal.db")).toStdString());
    m_policy = {true, true};
    m_settings = {};
    m_settings.mig = true;
}

void TestMigSteps::cleanup() {
    m_driver.reset();
    m_journal.reset();
}

/// Only MIG has settings in its command; a configure here puts back.
StepReport TestMigSteps::run(StepKind kind, bool resumed) {
    StepCommand command;
    command.commandId = "c" + std::to_string(++m_number);
    command.kind = kind;
    command.actionId = "a1";
    if (kind == StepKind::mig) command.details.settings = m_settings;
    StepContext context{command, resumed, m_driver.get(), "", m_policy, *m_journal, systemClock(), "", m_dir->path().toStdString(), BUSBAR_LIB_DIR "/libfake_cuda.so", 1, m_cancelled, [](const StepProgress&) {}, systemClock().bootMs() + 60'000};
    return stepOf(kind)(context);
}

void TestMigSteps::isSetAndEndedWithItsTenantsInstances() {
    const StepReport set = run(StepKind::mig);
    SUCCEEDS(set);
    QCOMPARE(facts(set, "MIG mode"), QStringList({QStringLiteral("off → on (as set)"), QStringLiteral("off → on (as set)")}));
    QVERIFY(isOn(0) && isOn(1));
    FAILS(run(StepKind::canary), "is in MIG mode, in which CUDA shows no whole GPU");
    driverctl(QStringLiteral("mig-instance 0 1 2"));
    driverctl(QStringLiteral("mig-instance 0 3"));
    const StepReport scrub = run(StepKind::scrub);
    SUCCEEDS(scrub);
    QCOMPARE(facts(scrub, "MIG instances"), QStringList({QStringLiteral("2 GPU instances, 3 compute instances → none (as set)"), QStringLiteral("none → none (as set)")}));
    QCOMPARE(facts(scrub, "MIG mode"), QStringList({QStringLiteral("on → off (as set)"), QStringLiteral("on → off (as set)")}));
    QCOMPARE(facts(scrub, "memory after scrub").size(), 2);
    QVERIFY(!isOn(0) && !isOn(1) && !baseline(0, Setting::mig).has_value());
    SUCCEEDS(run(StepKind::canary));
}

void TestMigSteps::computeModeIsAsBefore() {
    QVERIFY(m_driver->setComputeMode(1, nvml::kComputeModeExclusiveProcess).ok()); // The site's own.
    SUCCEEDS(run(StepKind::mig));
    QCOMPARE(*m_driver->computeMode(1), nvml::kComputeModeDefault);
    SUCCEEDS(run(StepKind::scrub));
    const StepReport back = run(StepKind::configure);
    SUCCEEDS(back);
    QCOMPARE(facts(back, "compute mode"), QStringList{QStringLiteral("default → exclusive process (as set)")});
    QCOMPARE(*m_driver->computeMode(0), nvml::kComputeModeDefault);
    QCOMPARE(*m_driver->computeMode(1), nvml::kComputeModeExclusiveProcess);
}

void TestMigSteps::whatConfigureHadSetIsReadBack() {
    m_settings.powerLimitWatts = 500;
    for (const std::size_t slot : {0U, 1U}) QVERIFY(m_driver->writeSetting(slot, Setting::powerLimitWatts, 500).ok());
    const StepReport set = run(StepKind::mig);
    SUCCEEDS(set);
    QCOMPARE(facts(set, "power limit"), QStringList({QStringLiteral("500 W → 500 W (as set)"), QStringLiteral("500 W → 500 W (as set)")}));
    driverctl(QStringLiteral("set 1 power_limit_w 650")); // Lost on the way, and the agent with it.
    const StepReport again = run(StepKind::mig, true);
    FAILS(again, "is 650 W, expected is 500 W");
}

void TestMigSteps::readOnlyTouchesNothing() {
    m_policy = {false, false};
    const StepReport set = run(StepKind::mig);
    QVERIFY(set.state == StepState::skipped && set.evidence.empty());
    QCOMPARE(set.sentence, std::string("nothing is set: this agent's settings are read-only; asked for was MIG mode on"));
    QVERIFY(!isOn(0) && !baseline(0, Setting::mig).has_value());
    // Turned on under another policy: it stays, and so does its memory.
    m_policy = {true, true};
    SUCCEEDS(run(StepKind::mig));
    m_policy = {false, false};
    FAILS(run(StepKind::scrub), "is in MIG mode, in which CUDA shows no whole GPU");
    QVERIFY(run(StepKind::configure).state == StepState::skipped && isOn(0) && isOn(1));
}

void TestMigSteps::resetNeededIsNotSet_data() {
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QString>("why");
    QTest::newRow("the GPU asks for a reset") << QStringLiteral("set 1 mig_needs_reset true") << QStringLiteral("GPU requires reset");
    QTest::newRow("somebody holds it") << QStringLiteral("add-process 1 %1 10").arg(getpid()) << QStringLiteral("In use by another client");
}

void TestMigSteps::resetNeededIsNotSet() {
    QFETCH(QString, fault);
    QFETCH(QString, why);
    driverctl(fault);
    const StepReport set = run(StepKind::mig);
    FAILS(set, "is off, on after a GPU reset (MIG mode cannot be activated: " + why.toStdString() + "), expected is on");
    QVERIFY(isOn(0) && !isOn(1) && m_driver->migMode(1)->pending);
    driverctl(QStringLiteral("remove-process %1").arg(getpid()));
    SUCCEEDS(run(StepKind::configure)); // The way back takes what is pending with it.
    for (const std::size_t slot : {0U, 1U}) QVERIFY(!isOn(slot) && !m_driver->migMode(slot)->pending);
}

void TestMigSteps::goesOnAfterACrash_data() {
    QTest::addColumn<bool>("first");
    QTest::addColumn<bool>("second");
    QTest::newRow("before it set anything") << false << false;
    QTest::newRow("between the GPUs") << true << false;
    QTest::newRow("before it told") << true << true;
}

/// The journal has what was before, whatever of it was set.
void TestMigSteps::goesOnAfterACrash() {
    QFETCH(bool, first);
    QFETCH(bool, second);
    const bool on[] = {first, second};
    QVERIFY(m_journal->put(baselineKeyOf(m_driver->gpus()[0].uuid, Setting::mig), "0").ok());
    if (first) QVERIFY(m_journal->put(baselineKeyOf(m_driver->gpus()[1].uuid, Setting::mig), "0").ok());
    for (const std::size_t slot : {0U, 1U})
        if (on[slot]) QVERIFY(m_driver->writeSetting(slot, Setting::mig, 1).ok());
    SUCCEEDS(run(StepKind::mig, true));
    QVERIFY(isOn(0) && isOn(1) && baseline(0, Setting::mig) == "0" && baseline(1, Setting::mig) == "0");
    // At the end of the lease: instances are gone on one GPU, and it goes on with the rest.
    driverctl(QStringLiteral("mig-instance 1 1"));
    QVERIFY(m_driver->writeSetting(0, Setting::mig, 0).ok());
    SUCCEEDS(run(StepKind::scrub, true));
    SUCCEEDS(run(StepKind::configure));
    QVERIFY(!isOn(0) && !isOn(1) && !baseline(0, Setting::mig).has_value() && !baseline(1, Setting::mig).has_value());
}

void TestMigSteps::nothingIsScrubbedOverWhatStays_data() {
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QString>("says");
    QTest::newRow("an instance is not destroyed") << QStringLiteral("fail 1 nvmlGpuInstanceDestroy 19") << QStringLiteral("1 GPU instance, 0 compute instances (a GPU instance cannot be destroyed: In use by another client), expected is none: on the node");
    QTest::newRow("the driver does not list them") << QStringLiteral("fail 1 nvmlDeviceGetGpuInstances 999") << QStringLiteral("its GPU instances cannot be listed: Unknown Error, expected is none: on the node");
    QTest::newRow("the mode stays") << QStringLiteral("set 1 mig_needs_reset true") << QStringLiteral("on, off after a GPU reset (MIG mode cannot be activated: GPU requires reset), expected is off: on the node");
    QTest::newRow("the mode cannot be read") << QStringLiteral("fail 1 nvmlDeviceGetMigMode 999") << QStringLiteral("whether it is still in MIG mode is not known: MIG mode cannot be read: Unknown Error");
    QTest::newRow("its tenant is still there") << QStringLiteral("add-process 1 TENANT 10") << QStringLiteral("end it before MIG mode is turned off");
}

void TestMigSteps::nothingIsScrubbedOverWhatStays() {
    QFETCH(QString, fault);
    QFETCH(QString, says);
    const test::Tenant tenant;
    SUCCEEDS(run(StepKind::mig));
    driverctl(QStringLiteral("mig-instance 1 7"));
    driverctl(fault.replace(QStringLiteral("TENANT"), QString::number(tenant.pid())));
    for (const StepKind kind : {StepKind::scrub, StepKind::configure}) {
        const StepReport report = run(kind);
        FAILS(report, says.toStdString());
        QVERIFY2(report.sentence.starts_with(kind == StepKind::scrub ? "nothing was scrubbed: " : "nothing was put back: "), report.sentence.c_str());
        QVERIFY(facts(report, "memory after scrub").isEmpty());
    }
    driverctl(QStringLiteral("heal 1"));
    driverctl(QStringLiteral("set 1 mig_needs_reset false"));
    driverctl(QStringLiteral("remove-process %1").arg(tenant.pid()));
    SUCCEEDS(run(StepKind::scrub));
    QVERIFY(!isOn(0) && !isOn(1));
}

void TestMigSteps::theWayBackEndsIt() {
    SUCCEEDS(run(StepKind::mig));
    driverctl(QStringLiteral("mig-instance 0 2"));
    const StepReport back = run(StepKind::configure);
    SUCCEEDS(back);
    QCOMPARE(facts(back, "MIG instances"), QStringList({QStringLiteral("1 GPU instance, 1 compute instance → none (as set)"), QStringLiteral("none → none (as set)")}));
    QCOMPARE(facts(back, "MIG mode"), QStringList({QStringLiteral("on → off (as set)"), QStringLiteral("on → off (as set)")}));
    QVERIFY(!isOn(0) && !isOn(1) && !baseline(0, Setting::mig).has_value());
    QCOMPARE(run(StepKind::configure).sentence, std::string("nothing had to be set"));
}

void TestMigSteps::whatNoLeaseTurnedOnIsLeftAlone_data() {
    QTest::addColumn<bool>("leased");
    QTest::newRow("in no lease") << false;
    QTest::newRow("before a lease asked for it") << true;
}

void TestMigSteps::whatNoLeaseTurnedOnIsLeftAlone() {
    QFETCH(bool, leased);
    QVERIFY(m_driver->writeSetting(1, Setting::mig, 1).ok());
    driverctl(QStringLiteral("mig-instance 1 4"));
    if (leased) SUCCEEDS(run(StepKind::mig));
    FAILS(run(StepKind::scrub), m_driver->gpus()[1].uuid + " is in MIG mode, in which CUDA shows no whole GPU: on the node destroy its instances");
    SUCCEEDS(run(StepKind::configure));
    QVERIFY(!isOn(0) && isOn(1));
    QCOMPARE(m_driver->migLayout(1)->gpuInstances, 1);
}

void TestMigSteps::closeLeavesTheComputeModeAlone() {
    SUCCEEDS(run(StepKind::mig));
    const StepReport closed = run(StepKind::close);
    SUCCEEDS(closed);
    QCOMPARE(closed.sentence, std::string("closed; compute mode unchanged on 2 GPUs in MIG mode"));
    QCOMPARE(facts(closed, "compute mode"), QStringList({QStringLiteral("default → default (does not apply)"), QStringLiteral("default → default (does not apply)")}));
    SUCCEEDS(run(StepKind::verify));
    SUCCEEDS(run(StepKind::reopen));
    QVERIFY(isOn(0) && isOn(1));
}

void TestMigSteps::aGpuWithoutMigIsNotSet() {
    QProcess::execute(QStringLiteral(FAKE_DRIVERCTL), {QStringLiteral("gpus"), QStringLiteral("1"), QStringLiteral("NVIDIA L40S")});
    m_driver = *openNvmlDriver(BUSBAR_LIB_DIR "/libfake_nvml.so");
    FAILS(run(StepKind::mig), "MIG mode is not supported: Not Supported, expected is on");
    m_settings.mig.reset();
    FAILS(run(StepKind::mig), "does not ask for MIG mode");
}

QTEST_GUILESS_MAIN(TestMigSteps)
#include "tst_mig_steps.moc"
