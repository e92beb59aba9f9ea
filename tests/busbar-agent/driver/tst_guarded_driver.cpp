// A driver that hangs costs its own GPU only: calls come back with "stuck since", the others go on, and all is well after it lets go.
// Opening a driver that hangs or comes later.
#include "busbar-agent/driver/driver_opener.h"
#include "busbar-agent/driver/guarded_driver.h"
#include "busbar-agent/driver/nvml_abi.h"
#include "tests/busbar-agent/driver_kit.h"
#include "tests/support/fake_clock.h"

#include <QElapsedTimer>
#include <QTest>

#include <future>

using namespace busbar;
using namespace busbar::agent;

namespace {

constexpr auto kAll = GpuDriver::Depth::all;
constexpr std::int64_t kLimitMs = 300;

std::shared_ptr<GpuDriver> open() {
    auto driver = openNvmlDriver(FAKE_NVML);
    if (!driver.ok()) qFatal("%s", driver.status().ToString().c_str());
    return *std::move(driver);
}

} // namespace

class TestGuardedDriver : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_fake = std::make_unique<test::FakeDriver>(); }
    void passesOn();
    void oneGpuHangs();
    void letsGoAgain();
    void endsWithAHangingCall();
    void eventsThatNeverCameAreNoStuckCollector();
    void callersOnOneLaneTakeTurns();
    void opensLater();
    void aDriverThatFailsIsTriedAgainSoon();
    void aDriverThatFailsForLongIsNotWaitedFor();
    void openingHangs();

private:
    std::unique_ptr<test::FakeDriver> m_fake;
};

void TestGuardedDriver::passesOn() {
    GuardedDriver driver(open(), systemClock(), kLimitMs);
    QVERIFY(driver.simulated());
    QCOMPARE(driver.gpus().size(), 8u);
    QVERIFY(driver.read(0, kAll).at(Metric::temperature).value > 0);
    QVERIFY(driver.clients(0)->empty());
    QVERIFY(driver.setComputeMode(0, nvml::kComputeModeProhibited).ok());
    QCOMPARE(*driver.computeMode(0), nvml::kComputeModeProhibited);
    QCOMPARE(*driver.memoryUsedMib(0), 0);
    QVERIFY(driver.waitForXids(0).ok());
    QVERIFY(driver.stuck().empty());
}

void TestGuardedDriver::oneGpuHangs() {
    GuardedDriver driver(open(), systemClock(), kLimitMs);
    QVERIFY(m_fake->control("fail 3 nvmlDeviceGetPowerUsage hang"));
    const GpuReadings readings = driver.read(3, kAll);
    QCOMPARE(readings.at(Metric::temperature).value, kNotRead);
    QVERIFY2(readings.at(Metric::power).why.find("stuck since") != std::string::npos, readings.at(Metric::power).why.c_str());
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!driver.clients(3).ok());
    QVERIFY(!driver.setComputeMode(3, 0).ok());
    QVERIFY2(timer.elapsed() < kLimitMs, "nobody waits a second time for a lane that hangs");
    QVERIFY(driver.read(2, kAll).at(Metric::temperature).value > 0);
    QCOMPARE(driver.stuck().size(), 1u);
    QVERIFY2(driver.stuck()[0].find("GPU 3 (GPU-") == 0, driver.stuck()[0].c_str());
}

void TestGuardedDriver::letsGoAgain() {
    GuardedDriver driver(open(), systemClock(), kLimitMs);
    QVERIFY(m_fake->control("fail 3 * hang"));
    QVERIFY(!driver.clients(3).ok());
    QVERIFY(m_fake->control("heal 3"));
    QTRY_VERIFY_WITH_TIMEOUT(driver.stuck().empty(), 5'000);
    QVERIFY(driver.clients(3).ok());
}

void TestGuardedDriver::endsWithAHangingCall() {
    {
        GuardedDriver driver(open(), systemClock(), kLimitMs);
        QVERIFY(m_fake->control("fail 3 * hang"));
        QVERIFY(!driver.clients(3).ok());
    }
    QVERIFY(m_fake->control("heal 3")); // The call that was left behind ends, on a driver that it kept alive.
    QTest::qWait(300);
}

void TestGuardedDriver::eventsThatNeverCameAreNoStuckCollector() {
    QVERIFY(m_fake->control("fail 0 nvmlEventSetWait hang"));
    GuardedDriver driver(open(), systemClock(), kLimitMs);
    const auto none = driver.waitForXids(0);
    QVERIFY2(none.status().message().find("XID events: not answered yet: a driver call is stuck since") != std::string::npos, none.status().ToString().c_str());
    QVERIFY(driver.stuck().empty());
    QVERIFY(m_fake->control("heal 0"));
    QTRY_VERIFY_WITH_TIMEOUT(driver.waitForXids(0).ok(), 5'000);
    QVERIFY(m_fake->control("fail 0 nvmlEventSetWait hang")); // One that did answer.
    QVERIFY(!driver.waitForXids(0).ok());
    QCOMPARE(driver.stuck().size(), 1u);
    QVERIFY2(driver.stuck()[0].starts_with("GPU events: "), driver.stuck()[0].c_str());
    QVERIFY(m_fake->control("heal 0"));
}

void TestGuardedDriver::callersOnOneLaneTakeTurns() {
    GuardedDriver driver(open(), systemClock(), 5'000);
    std::vector<std::future<bool>> callers;
    for (int i = 0; i < 8; ++i)
        callers.push_back(std::async(std::launch::async, [&driver] {
            bool all = true;
            for (int round = 0; round < 20; ++round) all = all && driver.clients(1).ok() && driver.read(1, kAll).at(Metric::temperature).value > 0;
            return all;
        }));
    for (auto& caller : callers) QVERIFY(caller.get());
}

void TestGuardedDriver::opensLater() {
    std::atomic<bool> there = false;
    DriverOpener opener([&there]() -> StatusOr<std::unique_ptr<GpuDriver>> { return there ? openNvmlDriver(FAKE_NVML) : openNvmlDriver("/nonexistent/libnvidia-ml.so.1"); }, systemClock(), 50);
    QVERIFY(opener.take(5'000) == nullptr);
    QVERIFY(!opener.isComing());
    QVERIFY2(opener.why().find("/nonexistent/libnvidia-ml.so.1") != std::string::npos, opener.why().c_str());
    there = true;
    std::unique_ptr<GpuDriver> driver;
    QTRY_VERIFY_WITH_TIMEOUT(driver || (driver = opener.take(0)), 5'000);
    QCOMPARE(driver->gpus().size(), 8u);
    QVERIFY(opener.take(0) == nullptr);
    QVERIFY(opener.isComing());
}

void TestGuardedDriver::aDriverThatFailsIsTriedAgainSoon() {
    test::FakeClock clock;
    QVERIFY(m_fake->control("fail-init 9")); // As while its module is being loaded.
    DriverOpener opener([] { return openNvmlDriver(FAKE_NVML); }, clock);
    QVERIFY(opener.take(5'000) == nullptr);
    QVERIFY(opener.isComing());
    QVERIFY(m_fake->control("fail-init 0"));
    std::unique_ptr<GpuDriver> driver;
    QTRY_VERIFY_WITH_TIMEOUT(driver || (driver = opener.take(0)), 5'000);
}

void TestGuardedDriver::aDriverThatFailsForLongIsNotWaitedFor() {
    test::FakeClock clock;
    QVERIFY(m_fake->control("fail-init 9"));
    const DriverOpener opener([] { return openNvmlDriver(FAKE_NVML); }, clock);
    QTRY_VERIFY_WITH_TIMEOUT(opener.why().find("Driver Not Loaded") != std::string::npos, 5'000);
    QVERIFY(opener.isComing());
    clock.advance(DriverOpener::kSoonForMs);
    QTRY_VERIFY_WITH_TIMEOUT(!opener.isComing(), 5'000);
}

void TestGuardedDriver::openingHangs() {
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    {
        DriverOpener opener([released]() -> StatusOr<std::unique_ptr<GpuDriver>> {
            released.wait();
            return unavailable("late");
        }, systemClock());
        QVERIFY(opener.take(100) == nullptr);
        QVERIFY(opener.isComing()); // Not yet known to hang.
        QVERIFY2(opener.why().find("opening it is stuck since") != std::string::npos, opener.why().c_str());
    }
    release.set_value();
    QTest::qWait(50);
}

QTEST_GUILESS_MAIN(TestGuardedDriver)
#include "tst_guarded_driver.moc"
