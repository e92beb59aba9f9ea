// Rules on one GPU's values (design/health.md §4): which fire, at which value, and that missing values never do.
#include "domain/health_rules.h"

#include <QtTest>

using namespace busbar;

Q_DECLARE_METATYPE(busbar::GpuSigns)

namespace {

GpuSigns with(std::int64_t GpuSigns::*field, std::int64_t value) {
    GpuSigns signs;
    signs.*field = value;
    return signs;
}

constexpr int kNone = -1;
int rule(GpuRule value) { return static_cast<int>(value); }

} // namespace

class TstHealthRules : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fires_data() {
        QTest::addColumn<GpuSigns>("signs");
        QTest::addColumn<int>("expected");
        QTest::newRow("nothing read") << GpuSigns{} << kNone;
        QTest::newRow("84 C") << with(&GpuSigns::temperature, 84) << kNone;
        QTest::newRow("85 C") << with(&GpuSigns::temperature, 85) << rule(GpuRule::temperatureWatch);
        QTest::newRow("94 C") << with(&GpuSigns::temperature, 94) << rule(GpuRule::temperatureWatch);
        QTest::newRow("95 C") << with(&GpuSigns::temperature, 95) << rule(GpuRule::temperatureCritical);
        QTest::newRow("memory 95 C") << with(&GpuSigns::memTemperature, 95) << rule(GpuRule::memTemperatureWatch);
        QTest::newRow("memory 105 C") << with(&GpuSigns::memTemperature, 105) << rule(GpuRule::memTemperatureCritical);
        QTest::newRow("power cap is normal") << with(&GpuSigns::throttleReasons, 0x4) << kNone;
        QTest::newRow("throttle not supported") << with(&GpuSigns::throttleReasons, kNotSupported) << kNone;
        QTest::newRow("hw thermal") << with(&GpuSigns::throttleReasons, 0x44) << rule(GpuRule::hwThermal);
        QTest::newRow("power brake") << with(&GpuSigns::throttleReasons, 0x80) << rule(GpuRule::powerBrake);
        QTest::newRow("ecc") << with(&GpuSigns::eccUncorrected, 1) << rule(GpuRule::eccUncorrected);
        QTest::newRow("remap pending") << with(&GpuSigns::remapPending, 1) << rule(GpuRule::remapPending);
        QTest::newRow("remap failed") << with(&GpuSigns::remapFailed, 1) << rule(GpuRule::remapFailed);
        QTest::newRow("511 rows") << with(&GpuSigns::remappedRows, 511) << kNone;
        QTest::newRow("512 rows") << with(&GpuSigns::remappedRows, 512) << rule(GpuRule::remapExhausted);
        GpuSigns links;
        links.nvlinksTotal = 18;
        links.nvlinksUp = 17;
        QTest::newRow("one link down") << links << rule(GpuRule::nvlinkDown);
        links.nvlinksUp = 0;
        QTest::newRow("no bridge") << links << kNone;
        GpuSigns pcie;
        pcie.pcieMaxGen = 5;
        pcie.pcieMaxWidth = 16;
        pcie.pcieGen = 1;
        pcie.pcieWidth = 16;
        pcie.util = 10;
        QTest::newRow("idle link trains down") << pcie << kNone;
        pcie.util = 90;
        QTest::newRow("slow link under load") << pcie << rule(GpuRule::pcieDegraded);
    }

    void fires() {
        QFETCH(GpuSigns, signs);
        QFETCH(int, expected);
        QCOMPARE(firingRules(signs), expected == kNone ? 0U : 1U << static_cast<unsigned>(expected));
        if (expected == kNone) return;
        QVERIFY(!sentenceOf(static_cast<GpuRule>(expected), signs).empty());
        QVERIFY(infoOf(static_cast<GpuRule>(expected)).health > Health::unknown);
    }

    void knownFaultsCountMoreThanUnknown() {
        QVERIFY(worse(Health::ok, Health::unknown) == Health::unknown);
        QVERIFY(worse(Health::watch, Health::unknown) == Health::watch);
        QVERIFY(healthOfClass(0) == Health::ok);
        QVERIFY(healthOfClass(4) == Health::failed);
    }
};

QTEST_APPLESS_MAIN(TstHealthRules)
#include "tst_health_rules.moc"
