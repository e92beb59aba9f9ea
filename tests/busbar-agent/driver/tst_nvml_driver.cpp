// The NVML table on the simulated library: identities, readings with reasons, settings read back, clients, failures on demand.
#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_abi.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace busbar;
using namespace busbar::agent;

class TestNvmlDriver : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void noDriverIsSaid();
    void otherPathIsNamed();
    void identities();
    void readings();
    void lackingIsNotZero();
    void lostGpuIsNotRead();
    void computeModeIsReadBack();
    void clientsAndMemory();

private:
    void control(const QStringList& words);
    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestNvmlDriver::init() {
    m_dir = std::make_unique<QTemporaryDir>();
    qputenv("BUSBAR_FAKE_DRIVER", m_dir->filePath(QStringLiteral("driver.json")).toUtf8());
}

void TestNvmlDriver::control(const QStringList& words) { QCOMPARE(QProcess::execute(QStringLiteral(FAKE_DRIVERCTL), words), 0); }

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

void TestNvmlDriver::identities() {
    const auto driver = openNvmlDriver(FAKE_NVML);
    QVERIFY2(driver.ok(), driver.status().ToString().c_str());
    QVERIFY((*driver)->simulated());
    QCOMPARE((*driver)->description(), std::string("simulated NVML 580.95.05"));
    QCOMPARE((*driver)->gpus().size(), 8u);
    QCOMPARE((*driver)->gpus()[0].pciAddress, std::string("00000000:1B:00.0"));
    QCOMPARE((*driver)->gpus()[0].memoryMib, 81559);
    QVERIFY((*driver)->gpus()[0].uuid != (*driver)->gpus()[1].uuid);
}

void TestNvmlDriver::readings() {
    const auto driver = openNvmlDriver(FAKE_NVML);
    const GpuReadings readings = (*driver)->read(0);
    for (const MetricInfo& info : allMetrics()) {
        const bool judgedElsewhere = info.metric == Metric::health || info.metric == Metric::occupancy || info.metric == Metric::lease || info.metric == Metric::lastXid ||
                                     info.metric == Metric::processCount;
        if (judgedElsewhere) continue;
        QVERIFY2(readings.count(info.metric) == 1, std::string(info.key).c_str());
        const GpuReading& reading = readings.at(info.metric);
        QVERIFY2(reading.value >= 0 || !reading.why.empty(), std::string(info.key).c_str());
    }
    QCOMPARE(readings.at(Metric::powerLimit).value, 700);
    QCOMPARE(readings.at(Metric::nvlinksUp).value, 18);
    QVERIFY(readings.at(Metric::temperature).value >= 20);
}

void TestNvmlDriver::lackingIsNotZero() {
    const auto driver = openNvmlDriver(FAKE_NVML);
    const GpuReading fan = (*driver)->read(0).at(Metric::fanPercent);
    QCOMPARE(fan.value, kNotSupported);
    QCOMPARE(fan.why, std::string("Not Supported"));
}

void TestNvmlDriver::lostGpuIsNotRead() {
    const auto driver = openNvmlDriver(FAKE_NVML);
    control({QStringLiteral("fail"), QStringLiteral("3"), QStringLiteral("*"), QStringLiteral("lost")});
    const GpuReading temperature = (*driver)->read(3).at(Metric::temperature);
    QCOMPARE(temperature.value, kNotRead);
    QCOMPARE(temperature.why, std::string("GPU is lost"));
    QVERIFY((*driver)->read(2).at(Metric::temperature).value > 0);
}

void TestNvmlDriver::computeModeIsReadBack() {
    const auto driver = openNvmlDriver(FAKE_NVML);
    QVERIFY((*driver)->setComputeMode(1, nvml::kComputeModeProhibited).ok());
    QCOMPARE(*(*driver)->computeMode(1), nvml::kComputeModeProhibited);
    QCOMPARE(*(*driver)->computeMode(0), nvml::kComputeModeDefault);
    control({QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("sticky"), QStringLiteral("true")});
    QVERIFY((*driver)->setComputeMode(0, nvml::kComputeModeProhibited).ok());
    QCOMPARE(*(*driver)->computeMode(0), nvml::kComputeModeDefault); // Success was a lie; only the read-back tells.
    control({QStringLiteral("fail"), QStringLiteral("2"), QStringLiteral("nvmlDeviceSetComputeMode"), QStringLiteral("no permission")});
    QVERIFY((*driver)->setComputeMode(2, nvml::kComputeModeProhibited).ToString().find("Insufficient Permissions") != std::string::npos);
}

void TestNvmlDriver::clientsAndMemory() {
    const auto driver = openNvmlDriver(FAKE_NVML);
    QCOMPARE(*(*driver)->memoryUsedMib(0), 0);
    control({QStringLiteral("add-process"), QStringLiteral("0"), QString::number(getpid()), QStringLiteral("2048")});
    const auto clients = (*driver)->clients(0);
    QCOMPARE(clients->size(), 1u);
    QCOMPARE(clients->at(0).pid, static_cast<std::int64_t>(getpid()));
    QCOMPARE(clients->at(0).memoryMib, 2048);
    QCOMPARE(*(*driver)->memoryUsedMib(0), 2048);
    QVERIFY((*driver)->read(0).at(Metric::gpuUtil).value > 50);
    QVERIFY((*driver)->clients(1)->empty());
}

QTEST_APPLESS_MAIN(TestNvmlDriver)
#include "tst_nvml_driver.moc"
