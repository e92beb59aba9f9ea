// The NVML table on the simulated libraries, new and old: identities, readings with reasons, settings read back, clients, XID events,
// failures on demand.
#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_abi.h"
#include "tests/busbar-agent/driver_kit.h"

#include <QElapsedTimer>
#include <QTest>

#include <unistd.h>

using namespace busbar;
using namespace busbar::agent;

namespace {

constexpr auto kAll = GpuDriver::Depth::all;

std::unique_ptr<GpuDriver> open(const char* library = FAKE_NVML) {
    auto driver = openNvmlDriver(library);
    if (!driver.ok()) qFatal("%s", driver.status().ToString().c_str());
    return *std::move(driver);
}

bool ofController(Metric metric) { return metric == Metric::health || metric == Metric::occupancy || metric == Metric::lease || metric == Metric::lastXid || metric == Metric::processCount; }

} // namespace

class TestNvmlDriver : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_fake = std::make_unique<test::FakeDriver>(); }
    void noDriverIsSaid();
    void otherPathIsNamed();
    void driverThatDoesNotStart();
    void libraryThatIsNoDriver();
    void identities();
    void everyMetricHasAValueOrAReason_data();
    void everyMetricHasAValueOrAReason();
    void lackingIsNotZero();
    void whatASandboxBlocksIsNotSupported();
    void olderNamesGiveTheSame();
    void smActivityNeedsTwoSamples();
    void migHasNoUtilisation();
    void migModeIsReadBack();
    void migInstancesAreDestroyed_data();
    void migInstancesAreDestroyed();
    void lostGpuIsNotRead();
    void lostAtTheStartCostsOnlyItself();
    void noneOfItsGpusIsNoDriverYet();
    void computeModeIsReadBack();
    void limitsOfSettingsAreTold_data();
    void limitsOfSettingsAreTold();
    void clientsAndMemory_data();
    void clientsAndMemory();
    void aPidThatIsNoneIsHidden();
    void manyClients();
    void xidsAreToldOnce_data();
    void xidsAreToldOnce();

private:
    std::unique_ptr<test::FakeDriver> m_fake;
};

void TestNvmlDriver::noDriverIsSaid() {
    const auto driver = openNvmlDriver("");
    if (driver.ok()) QSKIP("this machine has an NVIDIA driver");
    QCOMPARE(std::string(sentenceOf(driver.status())), std::string("no NVIDIA driver: libnvidia-ml.so.1 not found"));
}

void TestNvmlDriver::otherPathIsNamed() {
    const auto driver = openNvmlDriver("/nonexistent/libnvml.so");
    QVERIFY(!driver.ok());
    QVERIFY(driver.status().ToString().find("/nonexistent/libnvml.so") != std::string::npos);
}

void TestNvmlDriver::driverThatDoesNotStart() {
    QVERIFY(m_fake->control("fail-init 9"));
    const auto driver = openNvmlDriver(FAKE_NVML);
    QCOMPARE(std::string(sentenceOf(driver.status())), std::string("the NVIDIA driver does not answer: Driver Not Loaded"));
}

void TestNvmlDriver::libraryThatIsNoDriver() {
    const auto driver = openNvmlDriver("libc.so.6");
    QVERIFY2(driver.status().ToString().find("lacks NVML's basic functions") != std::string::npos, driver.status().ToString().c_str());
}

void TestNvmlDriver::identities() {
    const auto driver = open();
    QVERIFY(driver->simulated());
    QCOMPARE(driver->description(), std::string("simulated NVML 580.95.05"));
    QCOMPARE(driver->gpus().size(), 8u);
    QCOMPARE(driver->gpus()[0].pciAddress, std::string("00000000:1B:00.0"));
    QCOMPARE(driver->gpus()[0].memoryMib, 81559);
    QVERIFY(driver->gpus()[0].uuid != driver->gpus()[1].uuid);
}

void TestNvmlDriver::everyMetricHasAValueOrAReason_data() {
    QTest::addColumn<QByteArray>("library");
    QTest::newRow("new") << QByteArray(FAKE_NVML);
    QTest::newRow("old") << QByteArray(FAKE_NVML_OLD);
}

void TestNvmlDriver::everyMetricHasAValueOrAReason() {
    QFETCH(QByteArray, library);
    const GpuReadings readings = open(library.constData())->read(0, kAll);
    for (const MetricInfo& info : allMetrics()) {
        if (ofController(info.metric)) continue;
        QVERIFY2(readings.count(info.metric) == 1, std::string(info.key).c_str());
        const GpuReading& reading = readings.at(info.metric);
        QVERIFY2(reading.value >= 0 || !reading.why.empty(), std::string(info.key).c_str());
    }
    QCOMPARE(readings.at(Metric::powerLimit).value, 700);
    QCOMPARE(readings.at(Metric::nvlinksUp).value, 18);
    QCOMPARE(readings.at(Metric::temperature).value, 41); // Idle, as recorded.
}

void TestNvmlDriver::lackingIsNotZero() {
    const GpuReading fan = open()->read(0, kAll).at(Metric::fanPercent);
    QCOMPARE(fan.value, kNotSupported);
    QCOMPARE(fan.why, std::string("Not Supported"));
    const GpuReading rows = open(FAKE_NVML_OLD)->read(0, kAll).at(Metric::remappedRows);
    QCOMPARE(rows.value, kNotSupported);
    QCOMPARE(rows.why, std::string("Function Not Found"));
}

void TestNvmlDriver::whatASandboxBlocksIsNotSupported() {
    for (const char* call : {"nvmlDeviceGetRemappedRows", "nvmlDeviceGetTotalEccErrors", "nvmlDeviceGetPcieReplayCounter", "nvmlDeviceGetFieldValues", "nvmlGpmQueryDeviceSupport"})
        QVERIFY(m_fake->control(QStringList{QStringLiteral("fail"), QStringLiteral("0"), QString::fromLatin1(call), QStringLiteral("17")}));
    QVERIFY(m_fake->control("fail 0 nvmlDeviceGetPowerUsage 999"));
    const auto driver = open();
    const GpuReadings readings = driver->read(0, kAll);
    for (const Metric metric : {Metric::remappedRows, Metric::remapFailed, Metric::eccUncorrected, Metric::pcieReplays, Metric::recoveryAction, Metric::smActive}) {
        QCOMPARE(readings.at(metric).value, kNotSupported);
        QCOMPARE(readings.at(metric).why, std::string("GPU access blocked by the operating system"));
    }
    QCOMPARE(readings.at(Metric::power).value, kNotRead); // An error that says nothing of the sort stays one.
    QVERIFY(readings.at(Metric::temperature).value > 0);
    for (const char* list : {"nvmlDeviceGetMPSComputeRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v3"}) QVERIFY(m_fake->control(QStringList{QStringLiteral("fail"), QStringLiteral("0"), QString::fromLatin1(list), QStringLiteral("17")}));
    QVERIFY(driver->clients(0).ok());
    QVERIFY(m_fake->control("fail 0 nvmlDeviceGetComputeRunningProcesses_v3 17"));
    QVERIFY(!driver->clients(0).ok()); // Who computes is not known then.
}

void TestNvmlDriver::olderNamesGiveTheSame() {
    QVERIFY(m_fake->control("set 0 throttle_reasons 64"));
    const GpuReadings fresh = open()->read(0, kAll), old = open(FAKE_NVML_OLD)->read(0, kAll);
    for (const Metric metric : {Metric::temperature, Metric::throttleReasons, Metric::gpuUtil, Metric::memTotal, Metric::power, Metric::smClock, Metric::pcieGen})
        QCOMPARE(old.at(metric).value, fresh.at(metric).value);
    QCOMPARE(fresh.at(Metric::throttleReasons).value, 64);
    // The older call counts what the driver reserves as used: that is all it knows.
    QCOMPARE(old.at(Metric::memUsed).value - fresh.at(Metric::memUsed).value, 479);
}

void TestNvmlDriver::smActivityNeedsTwoSamples() {
    QVERIFY(m_fake->control("set 0 sm_active 73.4"));
    const auto driver = open();
    QCOMPARE(driver->read(0, kAll).at(Metric::smActive).value, kNotRead);
    QCOMPARE(driver->read(0, kAll).at(Metric::smActive).value, kNotRead); // Too soon: NVML asks for 100 ms.
    QTest::qWait(120);
    QCOMPARE(driver->read(0, GpuDriver::Depth::fast).at(Metric::smActive).value, 73);
    QVERIFY(m_fake->control(QStringList{QStringLiteral("gpus"), QStringLiteral("1"), QStringLiteral("NVIDIA L40S")}));
    const GpuReading ada = open()->read(0, kAll).at(Metric::smActive);
    QCOMPARE(ada.value, kNotSupported);
    QCOMPARE(ada.why, std::string("Not Supported"));
    QCOMPARE(open(FAKE_NVML_OLD)->read(0, kAll).at(Metric::smActive).why, std::string("Function Not Found"));
}

void TestNvmlDriver::migHasNoUtilisation() {
    QVERIFY(m_fake->control("set 2 mig_mode 1"));
    const auto driver = open();
    const GpuReadings readings = driver->read(2, kAll);
    for (const Metric metric : {Metric::gpuUtil, Metric::memCopyUtil, Metric::encUtil, Metric::smActive}) QCOMPARE(readings.at(metric).value, kNotSupported);
    QCOMPARE(readings.at(Metric::migMode).value, 1);
}

void TestNvmlDriver::migModeIsReadBack() {
    const auto driver = open();
    QVERIFY(driver->setComputeMode(2, nvml::kComputeModeExclusiveProcess).ok());
    QVERIFY(driver->writeSetting(2, Setting::mig, 1).ok());
    QVERIFY(driver->migMode(2)->on && driver->migMode(2)->pending && !driver->migMode(3)->on);
    QCOMPARE(*driver->computeMode(2), nvml::kComputeModeDefault); // And cannot be set in it.
    QVERIFY(!driver->setComputeMode(2, nvml::kComputeModeProhibited).ok());
    QVERIFY(driver->writeSetting(2, Setting::mig, 0).ok() && !driver->migMode(2)->on);
    // One that takes effect with a reset only, and one that somebody holds: told, and pending.
    QVERIFY(m_fake->control("set 3 mig_needs_reset true") && m_fake->control(QStringLiteral("add-process 4 %1 100").arg(getpid()).split(QLatin1Char(' '))));
    for (const std::size_t slot : {3U, 4U}) {
        const Status set = driver->writeSetting(slot, Setting::mig, 1);
        QCOMPARE(std::string(sentenceOf(set)), fmt::format("MIG mode cannot be activated: {}", slot == 3 ? "GPU requires reset" : "In use by another client"));
        QVERIFY(!driver->migMode(slot)->on && driver->migMode(slot)->pending);
        QVERIFY(driver->writeSetting(slot, Setting::mig, 0).ok() && !driver->migMode(slot)->pending);
    }
    QVERIFY(absl::IsUnimplemented(open(FAKE_NVML_OLD)->migMode(0).status()));
}

void TestNvmlDriver::migInstancesAreDestroyed_data() {
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QString>("says");
    QTest::addColumn<int>("gpuInstances");
    QTest::addColumn<int>("computeInstances");
    QTest::newRow("all") << QString() << QString() << 0 << 0;
    QTest::newRow("a GPU instance stays") << QStringLiteral("fail 2 nvmlGpuInstanceDestroy 19") << QStringLiteral("a GPU instance cannot be destroyed: In use by another client") << 2 << 1;
    QTest::newRow("a compute instance stays") << QStringLiteral("fail 2 nvmlComputeInstanceDestroy no permission") << QStringLiteral("a compute instance cannot be destroyed: Insufficient Permissions") << 2 << 3;
    QTest::newRow("the driver does not list them") << QStringLiteral("fail 2 nvmlDeviceGetGpuInstances 999") << QStringLiteral("its GPU instances cannot be listed: Unknown Error") << -1 << -1;
}

void TestNvmlDriver::migInstancesAreDestroyed() {
    QFETCH(QString, fault);
    QFETCH(QString, says);
    QFETCH(int, gpuInstances);
    QFETCH(int, computeInstances);
    const auto driver = open();
    QVERIFY(driver->migLayout(2)->isEmpty()); // MIG is off.
    QVERIFY(driver->writeSetting(2, Setting::mig, 1).ok() && driver->migLayout(2)->isEmpty());
    QVERIFY(m_fake->control("mig-instance 2 1 2") && m_fake->control("mig-instance 2 3"));
    const MigLayout before = *driver->migLayout(2);
    QVERIFY(before.gpuInstances == 2 && before.computeInstances == 3);
    QCOMPARE(*driver->migInstances(2), 3);
    QVERIFY(!driver->writeSetting(2, Setting::mig, 0).ok() && driver->migMode(2)->on); // Not over its instances.
    QStringList words = fault.split(QLatin1Char(' '));
    if (words.size() > 3) words = words.mid(0, 3) + QStringList{words.mid(3).join(QLatin1Char(' '))};
    if (!fault.isEmpty()) QVERIFY(m_fake->control(words));
    QCOMPARE(QString::fromStdString(std::string(sentenceOf(driver->destroyMigInstances(2)))), says);
    const auto after = driver->migLayout(2);
    QCOMPARE(after.ok(), gpuInstances >= 0);
    if (!after.ok()) return;
    QCOMPARE(after->gpuInstances, gpuInstances);
    QCOMPARE(after->computeInstances, computeInstances);
    QCOMPARE(driver->writeSetting(2, Setting::mig, 0).ok(), gpuInstances == 0);
}

void TestNvmlDriver::lostGpuIsNotRead() {
    const auto driver = open();
    QVERIFY(m_fake->control("fail 3 * lost"));
    const GpuReading temperature = driver->read(3, kAll).at(Metric::temperature);
    QCOMPARE(temperature.value, kNotRead);
    QCOMPARE(temperature.why, std::string("GPU is lost"));
    QVERIFY(driver->read(2, kAll).at(Metric::temperature).value > 0);
    QVERIFY(!driver->clients(3).ok());
}

void TestNvmlDriver::lostAtTheStartCostsOnlyItself() {
    QVERIFY(m_fake->control("fail 3 nvmlDeviceGetHandleByIndex_v2 lost"));
    const auto driver = open();
    QCOMPARE(driver->gpus().size(), 7u);
    QCOMPARE(driver->gpus()[3].driverIndex, 4);
}

void TestNvmlDriver::noneOfItsGpusIsNoDriverYet() {
    QVERIFY(m_fake->control(QStringList{QStringLiteral("gpus"), QStringLiteral("2"), QStringLiteral("NVIDIA H200")}));
    for (const char* fails : {"fail 0 nvmlDeviceGetHandleByIndex_v2 lost", "fail 1 nvmlDeviceGetHandleByIndex_v2 lost"}) QVERIFY(m_fake->control(fails));
    const auto driver = openNvmlDriver(FAKE_NVML);
    QVERIFY(absl::IsUnavailable(driver.status()));
    QCOMPARE(std::string(sentenceOf(driver.status())), std::string("the NVIDIA driver counts 2 GPUs and gives access to none: GPU is lost"));
    QVERIFY(m_fake->control("heal 1"));
    QCOMPARE(open()->gpus().size(), 1u);
}

void TestNvmlDriver::computeModeIsReadBack() {
    const auto driver = open();
    QVERIFY(driver->setComputeMode(1, nvml::kComputeModeProhibited).ok());
    QCOMPARE(*driver->computeMode(1), nvml::kComputeModeProhibited);
    QCOMPARE(*driver->computeMode(0), nvml::kComputeModeDefault);
    QVERIFY(m_fake->control("set 0 sticky true"));
    QVERIFY(driver->setComputeMode(0, nvml::kComputeModeProhibited).ok());
    QCOMPARE(*driver->computeMode(0), nvml::kComputeModeDefault); // Success was a lie; only the read-back tells.
    QVERIFY(m_fake->control(QStringList{QStringLiteral("fail"), QStringLiteral("2"), QStringLiteral("nvmlDeviceSetComputeMode"), QStringLiteral("no permission")}));
    QVERIFY(driver->setComputeMode(2, nvml::kComputeModeProhibited).ToString().find("Insufficient Permissions") != std::string::npos);
}

void TestNvmlDriver::clientsAndMemory_data() { everyMetricHasAValueOrAReason_data(); }

void TestNvmlDriver::clientsAndMemory() {
    QFETCH(QByteArray, library);
    const auto driver = open(library.constData());
    const std::int64_t before = *driver->memoryUsedMib(0);
    for (const char* kind : {"compute", "graphics"}) QVERIFY(m_fake->control(QStringLiteral("add-process 0 %1 2048 %2").arg(getpid()).arg(QLatin1String(kind)).split(QLatin1Char(' '))));
    const auto clients = driver->clients(0);
    QVERIFY2(clients.ok(), clients.status().ToString().c_str());
    QCOMPARE(clients->size(), 2u);
    QCOMPARE(clients->at(0).pid, static_cast<std::int64_t>(getpid()));
    QCOMPARE(clients->at(0).memoryMib, 2048);
    QCOMPARE(std::string(clients->at(1).kind), std::string("graphics"));
    QCOMPARE(*driver->memoryUsedMib(0) - before, 4096);
    QVERIFY(driver->read(0, kAll).at(Metric::gpuUtil).value > 50);
    QVERIFY(driver->clients(1)->empty());
}

void TestNvmlDriver::aPidThatIsNoneIsHidden() {
    const auto driver = open();
    QVERIFY(m_fake->control(QStringList{QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("processes"), QStringLiteral("[{\"pid\": 4294967295, \"memory_mib\": 64, \"hidden\": true}]")}));
    QCOMPARE(driver->clients(0)->at(0).pid, 0);
}

void TestNvmlDriver::limitsOfSettingsAreTold_data() {
    QTest::addColumn<QByteArray>("library");
    QTest::addColumn<int>("lowest");
    QTest::addColumn<int>("highest");
    QTest::newRow("new") << QByteArray(FAKE_NVML) << 210 << 1'980;
    QTest::newRow("old, without the lists of clocks") << QByteArray(FAKE_NVML_OLD) << 0 << 0;
}

void TestNvmlDriver::limitsOfSettingsAreTold() {
    QFETCH(QByteArray, library);
    QFETCH(int, lowest);
    QFETCH(int, highest);
    const SettingLimits limits = open(library.constData())->settingLimits(0);
    QCOMPARE(limits.powerMinWatts, 200);
    QCOMPARE(limits.powerMaxWatts, 700);
    QCOMPARE(limits.clockMinMhz, lowest);
    QCOMPARE(limits.clockMaxMhz, highest);
    QVERIFY(m_fake->control("fail 0 nvmlDeviceGetSupportedGraphicsClocks 3"));
    QCOMPARE(open(library.constData())->settingLimits(0).clockMaxMhz, 0);
}

void TestNvmlDriver::manyClients() {
    const auto driver = open();
    for (int i = 0; i < 70; ++i) QVERIFY(m_fake->control(QStringLiteral("add-process 0 %1 1 mps").arg(getpid()).split(QLatin1Char(' '))));
    QCOMPARE(driver->clients(0)->size(), 70u); // More than the first list that is asked for.
    QCOMPARE(std::string(driver->clients(0)->at(0).kind), std::string("mps"));
}

void TestNvmlDriver::xidsAreToldOnce_data() { everyMetricHasAValueOrAReason_data(); }

void TestNvmlDriver::xidsAreToldOnce() {
    QFETCH(QByteArray, library);
    const auto driver = open(library.constData());
    QVERIFY(driver->waitForXids(0)->empty());
    QVERIFY(m_fake->control("xid 5 79"));
    QVERIFY(m_fake->control("xid 2 13"));
    const auto xids = driver->waitForXids(2'000);
    QVERIFY2(xids.ok(), xids.status().ToString().c_str());
    QCOMPARE(xids->size(), 2u);
    QCOMPARE(xids->at(0).slot, 5u);
    QCOMPARE(xids->at(0).xid, 79);
    QCOMPARE(xids->at(1).xid, 13);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(driver->waitForXids(150)->empty());
    QVERIFY(timer.elapsed() >= 140);
    for (int gpu = 0; gpu < 8; ++gpu) QVERIFY(m_fake->control(QStringLiteral("fail %1 nvmlDeviceRegisterEvents 3").arg(gpu).split(QLatin1Char(' '))));
    const auto none = open(library.constData())->waitForXids(0);
    QVERIFY2(absl::IsUnimplemented(none.status()), none.status().ToString().c_str());
}

QTEST_GUILESS_MAIN(TestNvmlDriver)
#include "tst_nvml_driver.moc"
