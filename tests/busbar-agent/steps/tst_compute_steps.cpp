// scrub and canary as the agent runs them: the real helper program on the CUDA double, beside the NVML double on the same GPUs.
#include "busbar-agent/collectors/xid_watch.h"
#include "busbar-agent/driver/nvml_abi.h"
#include "busbar-agent/steps/burn_in_xids.h"
#include "busbar-agent/steps/host_test.h"
#include "busbar-agent/steps/step.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <thread>

using namespace busbar;
using namespace busbar::agent;

namespace {

void driverctl(const QStringList& words) {
    QProcess process;
    process.start(QStringLiteral(FAKE_DRIVERCTL), words);
    QVERIFY(process.waitForFinished());
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
}

const Evidence* find(const StepReport& report, const std::string& fact) {
    for (const Evidence& evidence : report.evidence)
        if (evidence.fact == fact) return &evidence;
    return nullptr;
}

} // namespace

class TestComputeSteps : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); } // As the agent's own main does: a helper can be gone before it is told what to do.
    void init();
    void cleanup();
    void scrubProves();
    void readOnlyTouchesNoSetting();
    void refusesWhileHeld();
    void tellsWhetherNobodyElseWasThere_data();
    void tellsWhetherNobodyElseWasThere();
    void memoryOfUnseenHoldersIsFound_data();
    void memoryOfUnseenHoldersIsFound();
    void aGpuInMigModeIsRefused_data();
    void aGpuInMigModeIsRefused();
    void findsBadAddress();
    void canaryFindsWrongSum();
    void namesTheGpuThatDiffers();
    void memoryLeftBehindFails();
    void aClientThatIsJustGoneIsWaitedFor();
    void resumedWaitsUntilTheRemainsAreFreed_data();
    void resumedWaitsUntilTheRemainsAreFreed();
    void portsAreDevices();
    void cancels();
    void hangingDriverIsEnded();
    void helperThatDoesNotEndIsEnded_data();
    void helperThatDoesNotEndIsEnded();
    void helperThatDiesIsUnknown();
    void withoutDriver();
    void precheck();
    void burnIn();
    void burnInResumes();
    void burnInTellsXids_data();
    void burnInTellsXids();
    void burnInRemembersXidsOverARestart();
    void aNeighboursXidIsToldOnly();
    void eventsThatFailOnceAreAskedAgain();
    void burnInRefusesGpusThatDiffer();
    void unknownProfile();
    void configures();
    void configureNoticesStickyDriver();
    void configureIsSkippedUnderReadOnly();

private:
    StepReport run(StepKind kind, int secondsLeft = 60, const std::function<void(const StepProgress&)>& onProgress = {});
    void withContext(StepKind kind, int secondsLeft, const std::function<void(const StepProgress&)>& onProgress, const std::function<void(StepContext&)>& use);
    unsigned mode() const { return *m_driver->computeMode(0); }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<GpuDriver> m_driver;
    std::unique_ptr<Journal> m_journal;
    AgentPolicy m_policy;
    bool m_resumed = false;
    std::atomic<bool> m_cancelled{false};
    int m_number = 0;
    std::int64_t m_silenceMs = 120'000;
    std::string m_action = "a1", m_profile = "quick";
    GpuSettings m_settings;
    const XidRecord* m_xids = nullptr;
};

void TestComputeSteps::init() {
    m_dir = std::make_unique<QTemporaryDir>();
    qputenv("BUSBAR_FAKE_DRIVER", m_dir->filePath(QStringLiteral("driver.json")).toUtf8());
    qputenv("BUSBAR_GPU_TEST", BUSBAR_BIN_DIR "/busbar-gpu-test");
    driverctl({QStringLiteral("gpus"), QStringLiteral("2"), QStringLiteral("NVIDIA H100 80GB HBM3"), QStringLiteral("1700")});
    auto driver = openNvmlDriver(BUSBAR_LIB_DIR "/libfake_nvml.so");
    QVERIFY2(driver.ok(), driver.status().ToString().c_str());
    m_driver = *std::move(driver);
    auto journal = Journal::open(m_dir->filePath(QStringLiteral("journal.db")).toStdString());
    QVERIFY(journal.ok());
    m_journal = *std::move(journal);
    m_policy = {true, true};
    m_settings = {};
    m_cancelled = m_resumed = false;
    m_silenceMs = 120'000;
    m_xids = nullptr;
}

void TestComputeSteps::cleanup() {
    m_driver.reset();
    m_journal.reset();
}

StepReport TestComputeSteps::run(StepKind kind, int secondsLeft, const std::function<void(const StepProgress&)>& onProgress) {
    StepReport report;
    withContext(kind, secondsLeft, onProgress, [&](StepContext& context) { report = stepOf(kind)(context); });
    return report;
}

void TestComputeSteps::withContext(StepKind kind, int secondsLeft, const std::function<void(const StepProgress&)>& onProgress, const std::function<void(StepContext&)>& use) {
    StepCommand command;
    command.commandId = "c" + std::to_string(++m_number);
    command.kind = kind;
    command.actionId = m_action;
    command.details.profile = m_profile;
    command.details.settings = m_settings;
    StepContext context{command, m_resumed, m_driver.get(), "no driver: it was taken away", m_policy, *m_journal, systemClock(), "", m_dir->path().toStdString(), BUSBAR_LIB_DIR "/libfake_cuda.so", 1, m_cancelled,
                        [&](const StepProgress& progress) { if (onProgress) onProgress(progress); }, systemClock().bootMs() + secondsLeft * 1000LL};
    context.gpuSilenceMs = m_silenceMs;
    context.xids = m_xids;
    use(context);
}

void TestComputeSteps::scrubProves() {
    double last = -1;
    const StepReport report = run(StepKind::scrub, 60, [&](const StepProgress& progress) {
        QVERIFY(progress.share >= last);
        last = progress.share;
    });
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QVERIFY(last > 0.5);
    const Evidence* memory = find(report, "memory after scrub");
    QVERIFY(memory != nullptr);
    QCOMPARE(memory->source, std::string("simulated cuda"));
    QCOMPARE(memory->after, std::string("no error"));
    const Evidence* back = find(report, "compute mode after the test");
    QVERIFY(back != nullptr);
    QCOMPARE(back->after, std::string("default"));
    QCOMPARE(mode(), 0U);
    int covered = 0;
    for (const TestFigure& figure : report.figures) covered += figure.name == "bytes covered" && figure.value > 0 ? 1 : 0;
    QCOMPARE(covered, 2);
    QVERIFY(m_driver->clients(0)->empty()); // Nothing of ours stays on the GPU.
    const Evidence* used = find(report, "memory in use after the test");
    QVERIFY(used != nullptr);
    QVERIFY(used->verdict == Verdict::asSet);
    QCOMPARE(used->after, used->before);
}

void TestComputeSteps::readOnlyTouchesNoSetting() {
    m_policy = {false, false};
    driverctl({QStringLiteral("fail"), QStringLiteral("0"), QStringLiteral("nvmlDeviceSetComputeMode"), QStringLiteral("999")});
    const StepReport report = run(StepKind::scrub);
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QVERIFY(find(report, "compute mode after the test") == nullptr);
}

void TestComputeSteps::refusesWhileHeld() {
    // Detached, since the agent's own children do not count as holders.
    qint64 pid = 0;
    QVERIFY(QProcess::startDetached(QStringLiteral("sleep"), {QStringLiteral("60")}, {}, &pid));
    driverctl({QStringLiteral("add-process"), QStringLiteral("0"), QString::number(pid), QStringLiteral("100")});
    const StepReport report = run(StepKind::scrub);
    ::kill(static_cast<pid_t>(pid), SIGKILL);
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    QVERIFY2(report.sentence.find("pid " + std::to_string(pid)) != std::string::npos, report.sentence.c_str());
}

void TestComputeSteps::tellsWhetherNobodyElseWasThere_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("isRead");
    for (const StepKind kind : {StepKind::canary, StepKind::burnIn})
        for (const bool isRead : {true, false}) QTest::addRow("%s, clients %s", std::string(toString(kind)).c_str(), isRead ? "read" : "not readable") << static_cast<int>(kind) << isRead;
}

void TestComputeSteps::tellsWhetherNobodyElseWasThere() {
    QFETCH(int, kind);
    QFETCH(bool, isRead);
    const bool isShort = static_cast<StepKind>(kind) == StepKind::canary; // A burn-in need not end for it.
    if (!isRead) driverctl({QStringLiteral("fail"), QStringLiteral("0"), QStringLiteral("nvmlDeviceGetComputeRunningProcesses_v3"), QStringLiteral("999")});
    const StepReport report = run(static_cast<StepKind>(kind), 240, [&](const StepProgress&) { m_cancelled = !isShort; });
    const Evidence* const others = find(report, "processes before the test");
    QVERIFY(others != nullptr);
    const auto unread = std::count_if(report.evidence.begin(), report.evidence.end(), [](const Evidence& fact) { return fact.fact == "processes before the test" && fact.verdict == Verdict::notReadable; });
    QCOMPARE(static_cast<int>(unread), isRead ? 0 : 1);
    if (!isShort) return;
    QVERIFY2(report.state == (isRead ? StepState::succeeded : StepState::unknown), report.sentence.c_str());
    if (!isRead) QVERIFY2(report.sentence.find("processes before the test: the driver's compute clients cannot be read") != std::string::npos, report.sentence.c_str());
}

void TestComputeSteps::memoryOfUnseenHoldersIsFound_data() {
    QTest::addColumn<QByteArray>("baseline");
    QTest::addColumn<int>("usedMib");
    QTest::addColumn<int>("limitMib");
    QTest::newRow("as when it was seen free") << QByteArray("500") << 500 << 564;
    QTest::newRow("a little more") << QByteArray("500") << 564 << 564;
    QTest::newRow("more than that") << QByteArray("500") << 565 << 564;
    QTest::newRow("a driver's own, baseline not known") << QByteArray() << 600 << 2'048;
    QTest::newRow("somebody's, baseline not known") << QByteArray() << 3'000 << 2'048;
    QTest::newRow("baseline taken while somebody held it") << QByteArray("3000") << 3'000 << 2'048;
}

// As of another container's processes, which no list shows here.
void TestComputeSteps::memoryOfUnseenHoldersIsFound() {
    QFETCH(QByteArray, baseline);
    QFETCH(int, usedMib);
    QFETCH(int, limitMib);
    driverctl({QStringLiteral("gpus"), QStringLiteral("1"), QStringLiteral("NVIDIA H100 80GB HBM3"), QStringLiteral("6000")});
    m_driver = *openNvmlDriver(BUSBAR_LIB_DIR "/libfake_nvml.so");
    const std::string uuid = m_driver->gpus()[0].uuid;
    if (!baseline.isEmpty()) QVERIFY(m_journal->put(baselineKey(uuid), baseline.toStdString()).ok());
    driverctl({QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("leaked_mib"), QString::number(usedMib)});
    const bool isFree = usedMib <= limitMib;
    const StepReport precheck = run(StepKind::precheck);
    const Evidence* const memory = find(precheck, "memory in use");
    QVERIFY(memory != nullptr);
    QCOMPARE(memory->after, fmt::format("{} MiB", usedMib));
    QCOMPARE(memory->expected, fmt::format("at most {} MiB while nobody holds it", limitMib));
    QVERIFY2((precheck.state == StepState::succeeded) == isFree, precheck.sentence.c_str());
    for (const StepKind kind : {StepKind::scrub, StepKind::burnIn, StepKind::canary}) {
        if (isFree && kind != StepKind::canary) continue; // What they do with a free GPU the others show.
        const StepReport report = run(kind);
        QVERIFY2((report.state == StepState::succeeded) == isFree, report.sentence.c_str());
        if (!isFree) QCOMPARE(report.sentence, fmt::format("{} has {} MiB of its memory in use, at most {} MiB are while nobody holds it: a process that cannot be seen from here holds it (another container?), end it", uuid, usedMib, limitMib));
    }
}

void TestComputeSteps::aGpuInMigModeIsRefused_data() {
    QTest::addColumn<int>("kind");
    for (const StepKind kind : {StepKind::scrub, StepKind::canary, StepKind::burnIn}) QTest::newRow(std::string(toString(kind)).c_str()) << static_cast<int>(kind);
}

void TestComputeSteps::aGpuInMigModeIsRefused() {
    QFETCH(int, kind);
    driverctl({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("mig_mode"), QStringLiteral("1")});
    const StepReport report = run(static_cast<StepKind>(kind));
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    const GpuIdentity& gpu = m_driver->gpus()[1];
    QVERIFY2(report.sentence.starts_with(gpu.uuid + " is in MIG mode") && report.sentence.find("nvidia-smi -i " + gpu.pciAddress + " -mig 0") != std::string::npos, report.sentence.c_str());
    QCOMPARE(mode(), 0U);
}

void TestComputeSteps::findsBadAddress() {
    driverctl({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("bad_memory"), QStringLiteral("{\"offset\": 8192, \"mask\": 16}")});
    const StepReport report = run(StepKind::scrub);
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    QVERIFY2(report.sentence.find("0x2000") != std::string::npos, report.sentence.c_str());
    QVERIFY2(report.sentence.find(m_driver->gpus()[1].uuid) != std::string::npos, report.sentence.c_str());
    QCOMPARE(mode(), 0U);
}

void TestComputeSteps::canaryFindsWrongSum() {
    const StepReport good = run(StepKind::canary);
    QVERIFY2(good.state == StepState::succeeded, good.sentence.c_str());
    driverctl({QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("bad_gemm"), QStringLiteral("77")});
    const StepReport report = run(StepKind::canary);
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    QVERIFY2(report.sentence.find("not as expected; first at sum 0x4d: ") != std::string::npos, report.sentence.c_str());
}

void TestComputeSteps::namesTheGpuThatDiffers() {
    driverctl({QStringLiteral("gpus"), QStringLiteral("3"), QStringLiteral("NVIDIA H100 80GB HBM3"), QStringLiteral("1700")});
    m_driver.reset();
    m_driver = *openNvmlDriver(BUSBAR_LIB_DIR "/libfake_nvml.so");
    driverctl({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("bad_gemm"), QStringLiteral("77")});
    const StepReport report = run(StepKind::canary);
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    std::vector<std::string> named;
    for (const Evidence& evidence : report.evidence)
        if (evidence.fact.starts_with("fingerprint of bf16 product") && evidence.subject != "node") named.push_back(evidence.subject + ": " + evidence.after);
    QCOMPARE(named.size(), 1U);
    QVERIFY2(named.front().starts_with(m_driver->gpus()[1].uuid), named.front().c_str());
    QVERIFY2(named.front().find("2 other GPUs have") != std::string::npos, named.front().c_str());
}

void TestComputeSteps::memoryLeftBehindFails() {
    const StepReport report = run(StepKind::canary, 60, [](const StepProgress&) { driverctl({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("leaked_mib"), QStringLiteral("300")}); });
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    QVERIFY2(report.sentence.find("memory in use after the test") != std::string::npos, report.sentence.c_str());
}

void TestComputeSteps::aClientThatIsJustGoneIsWaitedFor() {
    driverctl({QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("processes"), QStringLiteral("[{\"pid\": 999999999, \"memory_mib\": 64, \"hidden\": true}]")});
    std::jthread ends([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        driverctl({QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("processes"), QStringLiteral("[]")});
    });
    const StepReport report = run(StepKind::precheck);
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    driverctl({QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("processes"), QStringLiteral("[{\"pid\": 999999999, \"memory_mib\": 64, \"hidden\": true}]")});
    const StepReport held = run(StepKind::scrub);
    QVERIFY2(held.state == StepState::failed, held.sentence.c_str());
    QVERIFY2(held.sentence.find("their pids are not visible") != std::string::npos, held.sentence.c_str());
}

void TestComputeSteps::resumedWaitsUntilTheRemainsAreFreed_data() {
    QTest::addColumn<QStringList>("remains");
    QTest::addColumn<QStringList>("freed");
    const auto words = [](const char* text) { return QString::fromLatin1(text).split(QLatin1Char(' ')); };
    QTest::newRow("memory is in use") << words("set 0 leaked_mib 900") << words("set 0 leaked_mib 0");
    QTest::newRow("memory cannot be read") << words("fail 0 nvmlDeviceGetMemoryInfo 999") << words("heal 0");
    QTest::newRow("the clients cannot be read") << words("fail 0 nvmlDeviceGetComputeRunningProcesses_v3 999") << words("heal 0");
}

// The helper of the agent's last life is gone, its memory not yet, and no pid of it is to be seen; longer than a step without that waits.
void TestComputeSteps::resumedWaitsUntilTheRemainsAreFreed() {
    QFETCH(QStringList, remains);
    QFETCH(QStringList, freed);
    m_resumed = true;
    QVERIFY(m_journal->put(baselineKey(m_driver->gpus()[0].uuid), "0").ok());
    driverctl(remains);
    std::jthread frees([&freed] {
        std::this_thread::sleep_for(std::chrono::milliseconds(7'500));
        driverctl(freed);
    });
    const StepReport report = run(StepKind::scrub);
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QCOMPARE(find(report, "memory in use after the test")->before, std::string("0 MiB"));
}

void TestComputeSteps::portsAreDevices() {
    const Ports ports = portsOf({{"eth0", "virtio_net", "virtio0", -1, 1}, {"eth1", "mlx5_core", "0000:9b:00.0", -1, 0}, {"docker0", "", "", -1, 0}, {"tun0", "", "", -1, 1}, {"eth2", "e1000", "0000:00:03.0", -1, -1}});
    QCOMPARE(ports.up, 1);
    QCOMPARE(ports.down, std::string("eth1"));
}

void TestComputeSteps::cancels() {
    QElapsedTimer sinceCancel;
    const StepReport report = run(StepKind::scrub, 60, [&](const StepProgress&) {
        if (!m_cancelled.exchange(true)) sinceCancel.start();
    });
    QVERIFY2(report.state == StepState::cancelled, report.sentence.c_str());
    QVERIFY(sinceCancel.isValid());
    QVERIFY2(sinceCancel.elapsed() < 2'000, qPrintable(QString::number(sinceCancel.elapsed()))); // The promise, with the modes given back.
    QCOMPARE(mode(), 0U);
    QVERIFY(m_driver->clients(0)->empty());
}

void TestComputeSteps::hangingDriverIsEnded() {
    driverctl({QStringLiteral("fail"), QStringLiteral("0"), QStringLiteral("cuLaunchKernel"), QStringLiteral("hang")});
    const StepReport report = run(StepKind::canary, 1);
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    QVERIFY2(report.sentence.find("longest time is over") != std::string::npos, report.sentence.c_str());
    QCOMPARE(mode(), 0U);
}

void TestComputeSteps::helperThatDoesNotEndIsEnded_data() {
    QTest::addColumn<QString>("ends");
    QTest::addColumn<int>("secondsLeft");
    QTest::addColumn<int>("silenceMs");
    QTest::addColumn<int>("cancelAfterMs");
    QTest::addColumn<QString>("said");
    QTest::newRow("cancelled, and deaf to SIGTERM") << QStringLiteral("trap \"\" TERM") << 60 << 120'000 << 500 << QStringLiteral("cancelled");
    QTest::newRow("time is over") << QStringLiteral("true") << 1 << 120'000 << 60'000 << QStringLiteral("longest time is over");
    QTest::newRow("silent") << QStringLiteral("true") << 60 << 1'000 << 60'000 << QStringLiteral("is stuck since");
}

// As one whose exit hangs while the driver takes the GPU's memory back: its stream is closed, the process stays.
void TestComputeSteps::helperThatDoesNotEndIsEnded() {
    QFETCH(QString, ends);
    QFETCH(int, secondsLeft);
    QFETCH(int, cancelAfterMs);
    QFETCH(QString, said);
    QFETCH(int, silenceMs);
    m_silenceMs = silenceMs;
    QFile script(m_dir->filePath(QStringLiteral("helper")));
    QVERIFY(script.open(QIODevice::WriteOnly) && script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    script.write(QStringLiteral("#!/bin/sh\n%1\nexec sleep 40 >&-\n").arg(ends).toUtf8());
    script.close();
    qputenv("BUSBAR_GPU_TEST", script.fileName().toUtf8());
    QElapsedTimer took;
    took.start();
    const std::jthread cancels([&](const std::stop_token& stop) {
        while (!stop.stop_requested() && took.elapsed() < cancelAfterMs) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (!stop.stop_requested()) m_cancelled = true;
    });
    const StepReport report = run(StepKind::scrub, secondsLeft);
    QVERIFY2(QString::fromStdString(report.sentence).contains(said), report.sentence.c_str());
    QVERIFY2(took.elapsed() < 20'000, qPrintable(QString::number(took.elapsed())));
}

void TestComputeSteps::helperThatDiesIsUnknown() {
    qputenv("BUSBAR_GPU_TEST", "/bin/true");
    const StepReport died = run(StepKind::scrub);
    QVERIFY2(died.state == StepState::unknown, died.sentence.c_str());
    qputenv("BUSBAR_GPU_TEST", "/nonexistent/busbar-gpu-test");
    const StepReport absent = run(StepKind::scrub);
    QVERIFY2(absent.state == StepState::unknown, absent.sentence.c_str());
    QVERIFY2(absent.sentence.find("cannot be started") != std::string::npos, absent.sentence.c_str());
}

void TestComputeSteps::withoutDriver() {
    m_driver.reset();
    const StepReport report = run(StepKind::scrub);
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    QVERIFY(report.sentence.find("taken away") != std::string::npos);
}

void TestComputeSteps::precheck() {
    const StepReport fit = run(StepKind::precheck);
    QVERIFY2(fit.state == StepState::succeeded, fit.sentence.c_str());
    driverctl({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("remap_pending"), QStringLiteral("1")});
    const StepReport unfit = run(StepKind::precheck);
    QVERIFY2(unfit.state == StepState::failed, unfit.sentence.c_str());
    QVERIFY2(unfit.sentence.find("pending row remap") != std::string::npos, unfit.sentence.c_str());
    driverctl({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("remap_pending"), QStringLiteral("0")});
    driverctl({QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("nvlinks_up"), QStringLiteral("17")});
    const StepReport link = run(StepKind::precheck);
    QVERIFY2(link.sentence.find("NVLinks up") != std::string::npos, link.sentence.c_str());
}

void TestComputeSteps::burnIn() {
    const StepReport report = run(StepKind::burnIn, 240);
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    for (const char* fact : {"memory patterns", "bf16 products", "fp8 products", "host transfers", "peer copies", "full load", "uncorrected ECC errors", "CPU cores", "disk"}) QVERIFY2(find(report, fact) != nullptr, fact);
    for (const char* name : {"HBM copy", "bf16 GEMM", "fp8 GEMM", "SM clock under full load", "power under full load", "host to device", "peer copy", "power", "highest temperature", "held", "bf16 GEMM held"}) {
        const bool found = std::any_of(report.figures.begin(), report.figures.end(), [&](const TestFigure& figure) { return figure.name == name; });
        QVERIFY2(found, name);
    }
    const Evidence* absent = find(report, "cuBLASLt product");
    QVERIFY(absent != nullptr);
    QCOMPARE(absent->after, std::string("no cuBLASLt on a simulated GPU"));
    QCOMPARE(toString(absent->verdict), std::string_view("does not apply"));
    const Evidence* peers = find(report, "peer copies");
    QCOMPARE(peers->after, std::string("no error; direct, over NVLink"));
    QCOMPARE(mode(), 0U);
}

void TestComputeSteps::burnInResumes() {
    m_action = "cut off";
    std::vector<std::string> sentences;
    const StepReport cut = run(StepKind::burnIn, 240, [&](const StepProgress& progress) {
        if (progress.share > 0.5) m_cancelled = true;
    });
    QVERIFY2(cut.state == StepState::cancelled, cut.sentence.c_str());
    m_cancelled = false;
    m_resumed = true;
    double least = 1;
    const StepReport rest = run(StepKind::burnIn, 240, [&](const StepProgress& progress) {
        least = std::min(least, progress.share);
        sentences.push_back(progress.sentence);
    });
    QVERIFY2(rest.state == StepState::succeeded, rest.sentence.c_str());
    QVERIFY2(least >= 0.4, "a finished test was run again");
    QVERIFY(find(rest, "memory patterns") != nullptr); // From the journal.
    const Evidence* const told = find(rest, "run that was cut off by the agent's end");
    QVERIFY(told != nullptr);
    QVERIFY2(told->after.find("tests were finished and kept") != std::string::npos && !told->after.starts_with("0 of"), told->after.c_str());
    QVERIFY2(!sentences.empty() && sentences.front().starts_with("test ") && !sentences.front().starts_with("test 1 of"), sentences.empty() ? "nothing was told" : sentences.front().c_str());
    m_action = "a1";
}

void TestComputeSteps::burnInTellsXids_data() {
    QTest::addColumn<bool>("kernelLog");
    QTest::addColumn<bool>("driverTells");
    QTest::addColumn<int>("xid");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QString>("verdict");
    QTest::newRow("the driver tells one") << false << true << 74 << "XID 74: see their figures" << "as set";
    QTest::newRow("none came") << false << true << 0 << "none" << "as set";
    QTest::newRow("no source: told, not fatal") << false << false << 0 << "this node has no kernel log; the driver gives no XID events: Not Supported" << "does not apply";
    QTest::newRow("a log that is not read any further") << true << false << 0 << "the kernel's log was not read up to the end of the run" << "not readable";
}

void TestComputeSteps::burnInTellsXids() {
    QFETCH(bool, kernelLog);
    QFETCH(bool, driverTells);
    QFETCH(int, xid);
    QFETCH(QString, after);
    QFETCH(QString, verdict);
    if (!driverTells)
        for (const char* gpu : {"0", "1"}) driverctl({QStringLiteral("fail"), QString::fromLatin1(gpu), QStringLiteral("nvmlDeviceRegisterEvents"), QStringLiteral("3")});
    XidRecord record(kernelLog ? absl::OkStatus() : Status(absl::NotFoundError("this node has no kernel log")));
    GuardedDriver guarded(*openNvmlDriver(BUSBAR_LIB_DIR "/libfake_nvml.so"), systemClock());
    XidWatch watch(&guarded, systemClock(), record);
    m_xids = &record;
    StepReport report;
    withContext(StepKind::burnIn, 60, {}, [&](StepContext& context) {
        BurnInXids xids(context);
        QTRY_VERIFY_WITH_TIMEOUT(record.readable().message().find("not been asked") == std::string::npos, 5'000);
        if (xid != 0) driverctl({QStringLiteral("xid"), QStringLiteral("1"), QString::number(xid)});
        QTRY_VERIFY_WITH_TIMEOUT(record.since(0).empty() == (xid == 0), 5'000);
        xids.finish(report);
    });
    for (const std::size_t slot : {0, 1}) {
        const std::string& uuid = m_driver->gpus()[slot].uuid;
        const auto fact = std::ranges::find(report.evidence, uuid, &Evidence::subject);
        QVERIFY(fact != report.evidence.end());
        QCOMPARE(fact->fact, std::string("XIDs during the run"));
        QCOMPARE(QString::fromStdString(fact->after), xid == 0 || slot == 1 ? after : QStringLiteral("none"));
        QCOMPARE(QString::fromUtf8(toString(fact->verdict).data()), verdict);
    }
    QCOMPARE(report.figures.size(), xid == 0 ? 0u : 1u);
    if (xid != 0) QCOMPARE(report.figures[0], (TestFigure{.subject = m_driver->gpus()[1].uuid, .name = "XID " + std::to_string(xid), .unit = "count", .value = 1}));
}

// One that came before the agent's end, and one that the kernel's log holds from the time the agent was away; none from before the run.
void TestComputeSteps::burnInRemembersXidsOverARestart() {
    const auto event = [](int gpu, int xid, std::int64_t agoMs, const char* text = "") {
        FleetEvent made;
        made.kind = EventKind::xid;
        made.gpu = gpu;
        made.xid = xid;
        made.wallMs = systemClock().wallMs() - agoMs;
        made.text = text;
        return made;
    };
    m_action = "xids, cut off";
    XidRecord before(absl::NotFoundError("no log, but what was noted counts")), after(absl::NotFoundError("no log, but what was noted counts"));
    before.note(event(0, 48, 60'000)); // Not of this run.
    m_xids = &before;
    withContext(StepKind::burnIn, 60, {}, [&](StepContext& context) {
        BurnInXids xids(context);
        before.note(event(0, 94, 0));
        xids.look();
    });
    after.note(event(0, 144, 0, "NVRM: Xid (PCI:0000:6b:00): 144, NVLINK: SAW Fatal"));
    after.note(event(-1, 79, 0));
    after.note(event(1, 48, 60'000));
    m_xids = &after;
    StepReport report;
    withContext(StepKind::burnIn, 60, {}, [&](StepContext& context) { BurnInXids(context).finish(report); });
    QStringList figures;
    for (const TestFigure& figure : report.figures) figures << QString::fromStdString((figure.subject == "node" ? "node " : "") + figure.name);
    QCOMPARE(figures, QStringList({QStringLiteral("XID 144 Fatal"), QStringLiteral("XID 94"), QStringLiteral("node XID 79")}));
    m_action = "a1";
}

// As in a container with one of the host's GPUs and the host's log.
void TestComputeSteps::aNeighboursXidIsToldOnly() {
    m_action = "a neighbour's xid";
    XidRecord record(absl::OkStatus());
    record.noteLook(systemClock().bootMs() + 60'000);
    FleetEvent event;
    event.kind = EventKind::xid;
    event.xid = 79;
    event.wallMs = systemClock().wallMs() + 60'000;
    event.text = "NVRM: Xid (PCI:0000:6b:00): 79, pid=1, GPU has fallen off the bus.";
    record.note(event);
    m_xids = &record;
    for (const char* when : {"as it came", "after a restart"}) {
        StepReport report;
        withContext(StepKind::burnIn, 60, {}, [&](StepContext& context) { BurnInXids(context).finish(report); });
        QVERIFY2(report.figures.empty(), when);
        const Evidence* const told = find(report, "XIDs of devices that are none of its GPUs");
        QVERIFY2(told != nullptr, when);
        QCOMPARE(told->after, std::string("XID 79 of 0000:6b:00"));
        QVERIFY(told->verdict == Verdict::notApplicable);
        for (const Evidence& fact : report.evidence) QVERIFY2(fact.fact != "XIDs during the run" || fact.after == "none", fact.after.c_str());
    }
    m_action = "a1";
}

void TestComputeSteps::eventsThatFailOnceAreAskedAgain() {
    XidRecord record(absl::NotFoundError("this node has no kernel log"));
    record.noteDriver(absl::OkStatus());
    record.noteDriver(unavailable("XID events cannot be waited for: Unknown Error"));
    m_xids = &record;
    std::jthread again([&record] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1'000));
        record.noteDriver(absl::OkStatus());
    });
    StepReport report;
    withContext(StepKind::burnIn, 60, {}, [&](StepContext& context) { BurnInXids(context).finish(report); });
    const Evidence* const told = find(report, "XIDs during the run");
    QVERIFY(told != nullptr);
    QCOMPARE(told->after, std::string("none"));
}

void TestComputeSteps::burnInRefusesGpusThatDiffer() {
    m_action = "differing";
    driverctl({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("bad_gemm"), QStringLiteral("5")});
    const StepReport report = run(StepKind::burnIn, 240);
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    const Evidence* fingerprints = find(report, "fingerprint of bf16 products on NVIDIA H100 80GB HBM3");
    QVERIFY(fingerprints != nullptr);
    QVERIFY(fingerprints->verdict == Verdict::notAsSet);
    m_action = "a1";
}

void TestComputeSteps::unknownProfile() {
    m_profile = "quickest";
    const StepReport report = run(StepKind::burnIn);
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    QVERIFY2(report.sentence.find("quick, standard or soak") != std::string::npos, report.sentence.c_str());
    m_profile = "quick";
}

void TestComputeSteps::configures() {
    m_settings.powerLimitWatts = 450;
    m_settings.lockedClockMhz = 1200;
    m_settings.persistence = true;
    const StepReport report = run(StepKind::configure);
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    const Evidence* clock = find(report, "locked SM clock");
    QVERIFY(clock != nullptr);
    QCOMPARE(clock->source, std::string("observed"));
    QCOMPARE(clock->after, std::string("1200 MHz under load"));
    QCOMPARE(*m_driver->readSetting(1, Setting::powerLimitWatts), 450);
    m_settings = {}; // At release: back to what was.
    const StepReport back = run(StepKind::configure);
    QVERIFY2(back.state == StepState::succeeded, back.sentence.c_str());
    QCOMPARE(*m_driver->readSetting(1, Setting::powerLimitWatts), 700);
    const StepReport nothing = run(StepKind::configure);
    QCOMPARE(nothing.sentence, std::string("nothing had to be set"));
}

void TestComputeSteps::configureNoticesStickyDriver() {
    driverctl({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("sticky"), QStringLiteral("true")});
    m_settings.powerLimitWatts = 450;
    const StepReport report = run(StepKind::configure);
    QVERIFY2(report.state == StepState::failed, report.sentence.c_str());
    QVERIFY2(report.sentence.find("700 W, expected is 450 W") != std::string::npos, report.sentence.c_str());
    m_settings.powerLimitWatts = 5000;
    QVERIFY(run(StepKind::configure).state == StepState::failed);
    driverctl({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("sticky"), QStringLiteral("false")});
    m_settings = {};
    m_settings.ecc = false;
    const StepReport needsReset = run(StepKind::configure);
    QVERIFY2(needsReset.state == StepState::failed, "ECC takes effect at a reset only, and the read-back must say so");
}

void TestComputeSteps::configureIsSkippedUnderReadOnly() {
    m_policy = {false, false};
    m_settings.powerLimitWatts = 450;
    const StepReport report = run(StepKind::configure);
    QVERIFY(report.state == StepState::skipped);
    QVERIFY(report.sentence.find("read-only") != std::string::npos);
    QCOMPARE(*m_driver->readSetting(0, Setting::powerLimitWatts), 700);
}

QTEST_GUILESS_MAIN(TestComputeSteps)
#include "tst_compute_steps.moc"
