// GPUs sampled: columns at the asked rate, one hanging GPU costs only itself, stale and lost values are not read, baselines, XIDs of both
// sources once.
#include "busbar-agent/collectors/gpu_sampler.h"
#include "busbar-agent/collectors/holders.h"
#include "busbar-agent/collectors/xid_watch.h"
#include "busbar-agent/journal/keys.h"
#include "tests/busbar-agent/driver_kit.h"
#include "tests/support/fake_clock.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace busbar;
using namespace busbar::agent;

namespace {

constexpr std::int64_t kLimitMs = 300;

std::int64_t valueOf(const TelemetryFrame& frame, Metric metric, std::size_t slot) {
    for (const MetricColumn& column : frame.columns)
        if (column.metric == metric) return column.values.at(slot);
    return -99;
}

} // namespace

class TestGpuSampler : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void columnsAndReasons();
    void tenTimesASecond();
    void aHangingGpuCostsOnlyItself();
    void aLostGpuIsSaid();
    void staleValuesAreNotRead();
    void processesGoOnlyWhenTheyChange();
    void aListThatCannotBeReadIsNotEmpty_data();
    void aListThatCannotBeReadIsNotEmpty();
    void baselineIsTheFirstIdleLook();
    void holdersByTheKernel();
    void whatMayNotBeLookedAtIsTold();
    void whatIsHiddenFromRootIsTold();
    void ourOwnAreExempt();
    void aContainerIsNotTheHost();
    void aLogOfAnotherKernelIsNoSource();
    void filesOfTheDriver();
    void xidsOfTheDriver();
    void xidsOfBothSourcesOnce();
    void noDriverNoXids();

private:
    TelemetryFrame frameOf(GpuSampler& sampler) {
        TelemetryFrame frame;
        sampler.fill(frame);
        return frame;
    }
    /// The processes of the next frame that carries some.
    static std::vector<Process> nextProcesses(GpuSampler& sampler) {
        for (int i = 0; i < 100; ++i) {
            TelemetryFrame frame;
            sampler.fill(frame);
            if (frame.processes) return *frame.processes;
            QTest::qWait(50);
        }
        qFatal("no process list came");
    }
    std::unique_ptr<GuardedDriver> guarded(const Clock& clock = systemClock()) {
        auto driver = openNvmlDriver(FAKE_NVML);
        if (!driver.ok()) qFatal("%s", driver.status().ToString().c_str());
        return std::make_unique<GuardedDriver>(std::shared_ptr<GpuDriver>(*std::move(driver)), clock, kLimitMs);
    }

    std::unique_ptr<test::FakeDriver> m_fake;
    std::unique_ptr<Journal> m_journal;
};

void TestGpuSampler::init() {
    m_fake = std::make_unique<test::FakeDriver>();
    auto journal = Journal::open(m_fake->path(QStringLiteral("journal.db")).toStdString());
    QVERIFY2(journal.ok(), journal.status().ToString().c_str());
    m_journal = *std::move(journal);
}

void TestGpuSampler::columnsAndReasons() {
    const auto driver = guarded();
    GpuSampler sampler(*driver, *m_journal, systemClock());
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::temperature, 7), 41, 5'000);
    const TelemetryFrame frame = frameOf(sampler);
    for (const MetricColumn& column : frame.columns) QCOMPARE(column.values.size(), 8u);
    QCOMPARE(valueOf(frame, Metric::fanPercent, 0), kNotSupported);
    QCOMPARE(sampler.unsupported().at(Metric::fanPercent), std::string("Not Supported"));
    QVERIFY(frame.stuck.empty());
    QTRY_VERIFY_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::smActive, 0) >= 0, 5'000);
}

void TestGpuSampler::tenTimesASecond() {
    const auto driver = guarded();
    GpuSampler sampler(*driver, *m_journal, systemClock());
    QTRY_VERIFY_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::temperature, 0) > 0, 5'000);
    sampler.setPeriod(100); // While it sleeps a second: counts at once.
    QElapsedTimer timer;
    timer.start();
    int seen = 0;
    for (int i = 1; i <= 5; ++i) {
        const QString celsius = QString::number(60 + i);
        QVERIFY(m_fake->control({QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("temperature"), celsius}));
        QTRY_COMPARE_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::temperature, 0), celsius.toLongLong(), 5'000);
        ++seen;
    }
    QVERIFY2(timer.elapsed() < 4'000, "at 1 Hz five changes take more than four seconds");
    QCOMPARE(seen, 5);
}

void TestGpuSampler::aHangingGpuCostsOnlyItself() {
    const auto driver = guarded();
    GpuSampler sampler(*driver, *m_journal, systemClock());
    QTRY_VERIFY_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::temperature, 7) > 0, 5'000);
    QVERIFY(m_fake->control("fail 3 nvmlDeviceGetUtilizationRates hang"));
    QTRY_COMPARE_WITH_TIMEOUT(frameOf(sampler).stuck.size(), 1u, 5'000);
    QVERIFY2(frameOf(sampler).stuck[0].find("GPU 3 (GPU-") == 0 && frameOf(sampler).stuck[0].find("stuck since") != std::string::npos, frameOf(sampler).stuck[0].c_str());
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::temperature, 3), kNotRead, 5'000);
    QVERIFY(m_fake->control("set 4 temperature 77"));
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::temperature, 4), 77, 5'000);
    QCOMPARE(valueOf(frameOf(sampler), Metric::fanPercent, 3), kNotSupported); // Known before, and no measurement.
    QVERIFY(m_fake->control("heal 3"));
    QTRY_VERIFY_WITH_TIMEOUT(frameOf(sampler).stuck.empty() && valueOf(frameOf(sampler), Metric::temperature, 3) > 0, 10'000);
}

void TestGpuSampler::aLostGpuIsSaid() {
    const auto driver = guarded();
    GpuSampler sampler(*driver, *m_journal, systemClock());
    QVERIFY(m_fake->control("fail 2 * lost"));
    QTRY_COMPARE_WITH_TIMEOUT(frameOf(sampler).stuck.size(), 1u, 5'000);
    const std::string said = frameOf(sampler).stuck[0];
    QVERIFY2(said.find("GPU 2 (GPU-") == 0 && said.find("cannot be read: GPU is lost") != std::string::npos, said.c_str());
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::processCount, 2), kNotRead, 5'000);
}

void TestGpuSampler::staleValuesAreNotRead() {
    test::FakeClock clock;
    const auto driver = guarded(clock);
    GpuSampler sampler(*driver, *m_journal, clock);
    QTRY_VERIFY_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::temperature, 0) > 0, 5'000);
    for (int gpu = 0; gpu < 8; ++gpu) QVERIFY(m_fake->control(QStringLiteral("fail %1 * hang").arg(gpu).split(QLatin1Char(' '))));
    clock.advance(3'001);
    QCOMPARE(valueOf(frameOf(sampler), Metric::temperature, 0), kNotRead);
    for (int gpu = 0; gpu < 8; ++gpu) QVERIFY(m_fake->control(QStringLiteral("heal %1").arg(gpu).split(QLatin1Char(' '))));
}

void TestGpuSampler::processesGoOnlyWhenTheyChange() {
    const auto driver = guarded();
    GpuSampler sampler(*driver, *m_journal, systemClock());
    QVERIFY(nextProcesses(sampler).empty());
    QVERIFY(!frameOf(sampler).processes.has_value());
    // Its own process is no holder, another one is.
    QVERIFY(m_fake->control(QStringLiteral("add-process 1 %1 512").arg(getpid()).split(QLatin1Char(' '))));
    QVERIFY(m_fake->control(QStringLiteral("add-process 1 %1 512").arg(getppid()).split(QLatin1Char(' '))));
    const std::vector<Process> processes = nextProcesses(sampler);
    QCOMPARE(processes.size(), 1u);
    QCOMPARE(processes[0].gpu, 1);
    QCOMPARE(processes[0].pid, static_cast<std::int64_t>(getppid()));
    QVERIFY(processes[0].startTicks > 0);
    sampler.forgetSent();
    QVERIFY(frameOf(sampler).processes.has_value());
}

void TestGpuSampler::aListThatCannotBeReadIsNotEmpty_data() {
    QTest::addColumn<bool>("isHidden");
    QTest::addColumn<bool>("ends");
    QTest::addColumn<int>("left");
    QTest::newRow("it goes on") << false << false << 1;
    QTest::newRow("it ends, by /proc") << false << true << 0;
    QTest::newRow("its pid is not visible") << true << true << 1;
}

void TestGpuSampler::aListThatCannotBeReadIsNotEmpty() {
    QFETCH(bool, isHidden);
    QFETCH(bool, ends);
    QFETCH(int, left);
    test::FakeClock clock;
    auto tenant = std::make_unique<test::Tenant>();
    QVERIFY(m_fake->control({QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("processes"),
                             QStringLiteral("[{\"pid\": %1, \"memory_mib\": 64, \"hidden\": %2}]").arg(isHidden ? 999'999'999 : tenant->pid()).arg(isHidden ? "true" : "false")}));
    const auto driver = guarded(clock);
    GpuSampler sampler(*driver, *m_journal, clock);
    QCOMPARE(nextProcesses(sampler).size(), 1u);
    QVERIFY(m_fake->control("fail 1 nvmlDeviceGetComputeRunningProcesses_v3 999"));
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(frameOf(sampler), Metric::processCount, 1), kNotRead, 5'000);
    QVERIFY2(frameOf(sampler).stuck.empty(), "a moment is not worth a word");
    if (ends) tenant.reset();
    QTest::qWait(1'500); // It is looked at again.
    sampler.forgetSent();
    QCOMPARE(static_cast<int>(nextProcesses(sampler).size()), left);
    clock.advance(3'000);
    QTRY_COMPARE_WITH_TIMEOUT(frameOf(sampler).stuck.size(), 1u, 5'000);
    const std::string said = frameOf(sampler).stuck[0];
    QVERIFY2(said.starts_with("the processes on GPU 1 (GPU-") && said.find("those shown were there at ") != std::string::npos, said.c_str());
    QVERIFY(m_fake->control("heal 1"));
    QTRY_VERIFY_WITH_TIMEOUT(frameOf(sampler).stuck.empty(), 5'000);
}

void TestGpuSampler::baselineIsTheFirstIdleLook() {
    QVERIFY(m_fake->control("set 0 leaked_mib 120"));
    const auto driver = guarded();
    const std::string key = baselineKey(driver->gpus()[0].uuid);
    {
        GpuSampler sampler(*driver, *m_journal, systemClock());
        QTRY_VERIFY_WITH_TIMEOUT((*m_journal->get(key)).has_value(), 5'000);
    }
    QVERIFY(m_fake->control("set 0 leaked_mib 900")); // What a crashed tenant left must not become normal.
    GpuSampler again(*driver, *m_journal, systemClock());
    nextProcesses(again);
    QCOMPARE(*m_journal->get(key), std::optional<std::string>("120"));
}

void TestGpuSampler::holdersByTheKernel() {
    const QString devices = m_fake->path(QStringLiteral("nvidia"));
    const auto find = [&devices] { return deviceHolders(devices.toStdString()).processes; };
    QVERIFY(find().empty());
    for (const char* name : {"ctl", "0"}) {
        QFile file(devices + QLatin1String(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    test::Tenant holder(QStringLiteral("exec 3<") + devices + QStringLiteral("0; exec sleep 300"));
    test::Tenant asks(QStringLiteral("exec 3<") + devices + QStringLiteral("ctl; exec sleep 300"));
    QTRY_COMPARE_WITH_TIMEOUT(find().size(), 1u, 5'000);
    const Process found = find()[0];
    QCOMPARE(found.pid, static_cast<std::int64_t>(holder.pid()));
    QCOMPARE(found.kind, std::string("holder"));
    QVERIFY2(found.command.find("sleep 300") != std::string::npos, found.command.c_str());
    QVERIFY(!found.user.empty() && found.startTicks > 0);
}

void TestGpuSampler::whatMayNotBeLookedAtIsTold() {
    const std::string devices = m_fake->path(QStringLiteral("nvidia")).toStdString();
    const test::Unprivileged now;
    QVERIFY2(deviceHolders(devices).gap.empty(), "without a driver nobody can hold its devices");
    QFile control(QString::fromStdString(devices) + QStringLiteral("ctl"));
    QVERIFY(control.open(QIODevice::WriteOnly));
    const DeviceHolders holders = deviceHolders(devices);
    if (const QFileInfo first(QStringLiteral("/proc/1/ns/mnt")); !first.symLinkTarget().isEmpty()) QSKIP("this user may look at every process");
    QVERIFY(holders.processes.empty());
    QVERIFY2(holders.gap.find(" may not be looked at: run the agent as root") != std::string::npos, holders.gap.c_str());
    const auto kernelThreads = [] { return factsOf(2).visible && factsOf(2).parent == 0; };
    if (kernelThreads()) QVERIFY2(factsOf(2).ofKernel, "kthreadd holds no files");
    QVERIFY(!factsOf(getpid()).ofKernel);
}

void TestGpuSampler::whatIsHiddenFromRootIsTold() {
    QFile control(m_fake->path(QStringLiteral("nvidiactl")));
    QVERIFY(control.open(QIODevice::WriteOnly));
    if (::geteuid() != 0 || !QFileInfo(QStringLiteral("/proc/1/exe")).symLinkTarget().isEmpty()) QSKIP("this user is not root, or the system lets root look at the first process");
    const DeviceHolders holders = deviceHolders(m_fake->path(QStringLiteral("nvidia")).toStdString());
    QVERIFY2(holders.gap.ends_with(" may not be looked at: the system does not let it, also not root with CAP_SYS_PTRACE (Permission denied)"), holders.gap.c_str());
}

void TestGpuSampler::ourOwnAreExempt() {
    QVERIFY2(!isExempt(1, factsOf(1)) && !isExempt(0, factsOf(0)), "a container's first program may be the tenant's");
    QVERIFY(isExempt(getpid(), factsOf(getpid())));
    QProcess child; // A hook of ours, and what it started.
    child.start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("sleep 300 & echo $!; wait")});
    QVERIFY(child.waitForReadyRead());
    const std::int64_t grandchild = child.readAllStandardOutput().trimmed().toLongLong();
    QVERIFY(isExempt(child.processId(), factsOf(child.processId())));
    QVERIFY(isExempt(grandchild, factsOf(grandchild)));
    ::kill(static_cast<pid_t>(grandchild), SIGKILL);
    child.waitForFinished();
    const test::Tenant tenant;
    ProcessFacts facts = factsOf(tenant.pid());
    QVERIFY(!isExempt(tenant.pid(), facts));
    facts.command = "/usr/bin/nvidia-persistenced"; // A name that anybody can take.
    QVERIFY(!isExempt(tenant.pid(), facts));
    for (const char* daemon : {"/usr/bin/nvidia-persistenced", "/usr/sbin/nv-fabricmanager", "/usr/local/nvidia/bin/nvidia-imex"}) {
        facts.program = daemon;
        QVERIFY(isExempt(tenant.pid(), facts));
    }
    facts.program = "/usr/bin/nvidia-persistenced";
    facts.isHosts = false; // A container may have anything at that path.
    QVERIFY(!isExempt(tenant.pid(), facts));
    facts.isHosts = true;
    for (const char* other : {"/home/anna/nvidia-persistenced", "/usr/bin/python3", "nvidia-persistenced", "/usr/bin/", ""}) {
        facts.program = other;
        QVERIFY(!isExempt(tenant.pid(), facts));
    }
}

void TestGpuSampler::aContainerIsNotTheHost() {
    const QStringList apart{QStringLiteral("--mount"), QStringLiteral("--propagation"), QStringLiteral("unchanged")};
    if (QProcess::execute(QStringLiteral("unshare"), apart + QStringList{QStringLiteral("true")}) != 0) QSKIP("another mount namespace needs root, and to be allowed it");
    QTemporaryDir files;
    const QString program = files.filePath(QStringLiteral("nvidia-persistenced"));
    QVERIFY(QFile::copy(QStringLiteral("/bin/sleep"), program));
    QProcess container, beside;
    container.start(QStringLiteral("unshare"), apart + QStringList{program, QStringLiteral("300")});
    beside.start(program, {QStringLiteral("300")});
    QVERIFY(container.waitForStarted() && beside.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(factsOf(container.processId()).program.ends_with("/nvidia-persistenced"), 5'000);
    // It sees other mounts, but what it runs is the very file of that path; in a chroot the kernel tells its path from elsewhere.
    if (factsOf(container.processId()).program == program.toStdString()) QVERIFY(factsOf(container.processId()).isHosts);
    QVERIFY(QFile::remove(program));
    QVERIFY(QFile::copy(QStringLiteral("/bin/true"), program));
    QVERIFY(!factsOf(container.processId()).isHosts);
    QVERIFY(factsOf(beside.processId()).isHosts);
    for (QProcess* process : {&container, &beside}) {
        process->kill();
        process->waitForFinished();
    }
}

void TestGpuSampler::xidsOfTheDriver() {
    test::FakeClock clock;
    const auto driver = guarded();
    XidRecord record(absl::NotFoundError("no kernel log"));
    XidWatch watch(driver.get(), clock, record);
    QTest::qWait(200);
    QVERIFY(m_fake->control("xid 5 79"));
    QTest::qWait(700);
    QVERIFY2(watch.merge({}).empty(), "the kernel log may still say more");
    clock.advance(XidWatch::kWaitForLogMs);
    const auto events = watch.merge({});
    QCOMPARE(events.size(), 1u);
    QCOMPARE(events[0].xid, 79);
    QCOMPARE(events[0].gpu, 5);
    QVERIFY(watch.merge({}).empty());
    QVERIFY(watch.supported().ok());
}

void TestGpuSampler::xidsOfBothSourcesOnce() {
    test::FakeClock clock;
    const auto driver = guarded();
    XidRecord record(absl::NotFoundError("no kernel log"));
    XidWatch watch(driver.get(), clock, record);
    QTest::qWait(200);
    QVERIFY(m_fake->control("xid 5 79"));
    QVERIFY(m_fake->control("xid 6 79"));
    QTest::qWait(700);
    FleetEvent line;
    line.kind = EventKind::xid;
    line.gpu = 5;
    line.xid = 79;
    line.wallMs = clock.wallMs() - 300;
    line.text = "NVRM: Xid (PCI:0000:6b:00): 79, GPU has fallen off the bus.";
    QCOMPARE(watch.merge({line}).size(), 1u);
    clock.advance(XidWatch::kWaitForLogMs);
    const auto rest = watch.merge({});
    QCOMPARE(rest.size(), 1u);
    QCOMPARE(rest[0].gpu, 6);
}

void TestGpuSampler::noDriverNoXids() {
    test::FakeClock clock;
    XidRecord record(absl::NotFoundError("no kernel log"));
    XidWatch watch(nullptr, clock, record);
    FleetEvent line;
    line.kind = EventKind::xid;
    QCOMPARE(watch.merge({line}).size(), 1u);
    for (int gpu = 0; gpu < 8; ++gpu) QVERIFY(m_fake->control(QStringLiteral("fail %1 nvmlDeviceRegisterEvents 3").arg(gpu).split(QLatin1Char(' '))));
    const auto driver = guarded();
    XidWatch none(driver.get(), clock, record);
    QTRY_VERIFY_WITH_TIMEOUT(absl::IsUnimplemented(none.supported()), 5'000);
}

void TestGpuSampler::aLogOfAnotherKernelIsNoSource() {
    XidRecord record(absl::OkStatus(), m_fake->path(QStringLiteral("no such folder")).toStdString());
    QVERIFY2(absl::IsUnimplemented(record.readable()) && record.readable().message().find("which runs in another kernel: there is no ") != std::string::npos, record.readable().ToString().c_str());
    record.noteDriver(absl::OkStatus());
    QVERIFY(record.readable().ok());
    QVERIFY(XidRecord(absl::OkStatus(), m_fake->path(QString()).toStdString()).readable().ok());
}

void TestGpuSampler::filesOfTheDriver() {
    const std::string devices = m_fake->path(QStringLiteral("nvidia")).toStdString();
    const test::Tenant other;
    QCOMPARE(opensDriver(other.pid(), devices), std::optional<bool>()); // No driver here.
    for (const char* name : {"nvidiactl", "nvidia0"}) QVERIFY(QFile(m_fake->path(QLatin1String(name))).open(QIODevice::WriteOnly));
    const test::Tenant holder(QStringLiteral("exec 3<%1; exec sleep 300").arg(m_fake->path(QStringLiteral("nvidia0")))), asks(QStringLiteral("exec 3<%1; exec sleep 300").arg(m_fake->path(QStringLiteral("nvidiactl"))));
    QCOMPARE(opensDriver(other.pid(), devices), std::optional(false));
    for (const test::Tenant* one : {&holder, &asks}) QTRY_COMPARE_WITH_TIMEOUT(opensDriver(one->pid(), devices), std::optional(true), 5'000);
    QVERIFY(m_fake->control(QStringLiteral("add-process 1 %1 64").arg(other.pid()).split(QLatin1Char(' '))));
    QVERIFY(m_fake->control(QStringLiteral("add-process 1 %1 64").arg(holder.pid()).split(QLatin1Char(' '))));
    const auto driver = guarded();
    GpuSampler sampler(*driver, *m_journal, systemClock(), devices);
    const std::vector<Process> listed = nextProcesses(sampler);
    QCOMPARE(listed.size(), 2u);
    QCOMPARE(listed[0].command, std::string("(pid not visible)"));
    QVERIFY2(listed[1].command.find("sleep 300") != std::string::npos, listed[1].command.c_str());
    const test::Unprivileged now;
    if (QFileInfo(QStringLiteral("/proc/1/ns/mnt")).symLinkTarget().isEmpty()) QCOMPARE(opensDriver(1, devices), std::optional<bool>());
}

QTEST_GUILESS_MAIN(TestGpuSampler)
#include "tst_gpu_sampler.moc"
