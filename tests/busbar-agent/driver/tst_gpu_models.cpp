// The simulated GPUs measure what real ones were recorded with (tests/fixtures/nvidia-smi): through the agent's own driver table, idle and
// under load, and what the recorded device lacked is not supported.
#include "busbar-agent/driver/gpu_driver.h"
#include "tests/busbar-agent/driver_kit.h"
#include "tests/support/fake_driver/gpu_models.h"

#include <QFile>
#include <QMap>
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>

#include <cmath>

using namespace busbar;
using namespace busbar::agent;

namespace {

/// "path/of/headings" → value, of one `nvidia-smi -q` text. Headings are nested by indentation.
QMap<QString, QString> valuesOf(const QString& text) {
    QMap<QString, QString> values;
    QStringList headings;
    for (const QString& line : text.split(QLatin1Char('\n'))) {
        if (line.trimmed().isEmpty() || line.startsWith(QLatin1Char('#'))) continue;
        const auto depth = static_cast<qsizetype>(line.indexOf(QRegularExpression(QStringLiteral("\\S"))) / 4);
        const qsizetype colon = line.indexOf(QStringLiteral(" : "));
        const QString key = line.left(colon < 0 ? line.size() : colon).trimmed();
        headings = headings.mid(0, depth);
        while (headings.size() < depth) headings << QString();
        headings << key;
        if (colon >= 0) values.insert(headings.join(QLatin1Char('/')), line.mid(colon + 3).trimmed());
    }
    return values;
}

QString sectionOf(const QString& file, const QString& name) {
    QFile in(QStringLiteral(BUSBAR_FIXTURES "/nvidia-smi/") + file);
    if (!in.open(QIODevice::ReadOnly)) qFatal("%s is missing", qPrintable(file));
    const QString text = QString::fromUtf8(in.readAll());
    const qsizetype start = text.indexOf(QStringLiteral("# ") + name);
    const qsizetype end = text.indexOf(QRegularExpression(QStringLiteral("\\n#{80}\\n# ")), start);
    return start < 0 ? QString() : text.mid(start, end < 0 ? -1 : end - start);
}

/// 70 of "69.85 W"; kLacks of "N/A".
int numberOf(const QString& value) {
    bool ok = false;
    const double number = value.section(QLatin1Char(' '), 0, 0).remove(QLatin1Char('x')).toDouble(&ok);
    return ok ? static_cast<int>(std::lround(number)) : fake_driver::kLacks;
}

GpuReadings readingsOf(test::FakeDriver& fake, const char* model, double utilization) {
    if (!fake.control(QStringList{QStringLiteral("gpus"), QStringLiteral("1"), QString::fromUtf8(model)})) qFatal("fake_driverctl");
    if (!fake.control({QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("utilization"), QString::number(utilization)})) qFatal("fake_driverctl");
    const auto driver = openNvmlDriver(FAKE_NVML);
    if (!driver.ok()) qFatal("%s", driver.status().ToString().c_str());
    return (*driver)->read(0, GpuDriver::Depth::all);
}

/// What a reading should be: the number, or not supported where nothing was recorded.
std::int64_t expected(int recorded) { return recorded == fake_driver::kLacks ? kNotSupported : recorded; }

} // namespace

class TestGpuModels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void asRecorded_data();
    void asRecorded();
    void a100AsRecorded();
    void migAsRecorded();

private:
    test::FakeDriver m_fake;
};

void TestGpuModels::asRecorded_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("model");
    QTest::addColumn<bool>("computeLoad");
    QTest::newRow("H100") << QStringLiteral("h100.txt") << QByteArray("NVIDIA H100 80GB HBM3") << true;
    QTest::newRow("H200") << QStringLiteral("h200.txt") << QByteArray("NVIDIA H200") << true;
    QTest::newRow("L40S") << QStringLiteral("l40s.txt") << QByteArray("NVIDIA L40S") << false; // Its load was video: idle was hotter.
}

void TestGpuModels::asRecorded() {
    QFETCH(QString, file);
    QFETCH(QByteArray, model);
    QFETCH(bool, computeLoad);
    const auto idle = valuesOf(sectionOf(file, QStringLiteral("idle :: query (-q)"))), load = valuesOf(sectionOf(file, QStringLiteral("load :: query (-q)")));
    const QString gpu = idle.keys().filter(QStringLiteral("/Product Name")).value(0).section(QLatin1Char('/'), 0, 0);
    const auto at = [&gpu](const QMap<QString, QString>& values, const char* key) { return numberOf(values.value(gpu + QLatin1Char('/') + QLatin1String(key))); };
    QCOMPARE(idle.value(gpu + QStringLiteral("/Product Name")).toUtf8(), model);

    const GpuReadings cold = readingsOf(m_fake, model.constData(), 0), hot = readingsOf(m_fake, model.constData(), 100);
    QCOMPARE(cold.at(Metric::memTotal).value, at(idle, "FB Memory Usage/Total"));
    QCOMPARE(cold.at(Metric::powerLimit).value, at(idle, "GPU Power Readings/Current Power Limit"));
    QCOMPARE(cold.at(Metric::memClock).value, at(idle, "Clocks/Memory"));
    QCOMPARE(cold.at(Metric::smClock).value, at(idle, "Clocks/SM"));
    QCOMPARE(hot.at(Metric::smClock).value, at(load, "Clocks/SM"));
    QCOMPARE(cold.at(Metric::pcieGen).value, at(idle, "PCI/GPU Link Info/PCIe Generation/Current"));
    QCOMPARE(cold.at(Metric::pcieWidth).value, at(idle, "PCI/GPU Link Info/Link Width/Current"));
    QCOMPARE(cold.at(Metric::fanPercent).value, expected(at(idle, "Fan Speed")));
    QCOMPARE((computeLoad ? cold : hot).at(Metric::temperature).value, at(idle, "Temperature/GPU Current Temp"));
    QCOMPARE((computeLoad ? hot : cold).at(Metric::temperature).value, at(load, "Temperature/GPU Current Temp"));
    QCOMPARE(cold.at(Metric::memTemperature).value, expected(at(idle, "Temperature/Memory Current Temp")));
    QCOMPARE(cold.at(Metric::recoveryAction).value, 0); // "None"
    if (computeLoad) {
        QCOMPARE(cold.at(Metric::power).value, at(idle, "GPU Power Readings/Average Power Draw"));
        QCOMPARE(hot.at(Metric::power).value, at(load, "GPU Power Readings/Average Power Draw"));
        QCOMPARE(hot.at(Metric::memTemperature).value, at(load, "Temperature/Memory Current Temp"));
    } else {
        QCOMPARE(hot.at(Metric::power).value, at(idle, "GPU Power Readings/Average Power Draw"));
        QCOMPARE(cold.at(Metric::power).value, at(load, "GPU Power Readings/Instantaneous Power Draw"));
    }
    const auto links = sectionOf(file, QStringLiteral("capabilities :: nvlink -s")).count(QRegularExpression(QStringLiteral("Link \\d+: [\\d.]+ GB/s")));
    QCOMPARE(cold.at(Metric::nvlinksTotal).value, links == 0 ? kNotSupported : static_cast<std::int64_t>(links));
}

void TestGpuModels::a100AsRecorded() {
    QFile file(QStringLiteral(BUSBAR_FIXTURES "/nvidia-smi/a100.xml"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QMap<QString, QString> values;
    QStringList path;
    QXmlStreamReader xml(&file);
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isStartElement()) path << xml.name().toString();
        if (xml.isCharacters() && !xml.isWhitespace()) values.insert(path.mid(2).join(QLatin1Char('/')), xml.text().toString().trimmed());
        if (xml.isEndElement()) path.removeLast();
    }
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    QCOMPARE(values.value(QStringLiteral("product_name")), QStringLiteral("NVIDIA A100-SXM4-80GB"));
    const GpuReadings readings = readingsOf(m_fake, "NVIDIA A100-SXM4-80GB", 0);
    const auto number = [&values](const char* key) { return static_cast<std::int64_t>(numberOf(values.value(QLatin1String(key)))); };
    QCOMPARE(readings.at(Metric::memTotal).value, number("fb_memory_usage/total"));
    QCOMPARE(readings.at(Metric::powerLimit).value, number("gpu_power_readings/current_power_limit"));
    QCOMPARE(readings.at(Metric::power).value, number("gpu_power_readings/power_draw"));
    QCOMPARE(readings.at(Metric::temperature).value, number("temperature/gpu_temp"));
    QCOMPARE(readings.at(Metric::memTemperature).value, number("temperature/memory_temp"));
    QCOMPARE(readings.at(Metric::smClock).value, number("clocks/sm_clock"));
    QCOMPARE(readings.at(Metric::memClock).value, number("clocks/mem_clock"));
    QCOMPARE(readings.at(Metric::pcieGen).value, number("pci/pci_gpu_link_info/pcie_gen/current_link_gen"));
    QCOMPARE(readings.at(Metric::smActive).value, kNotSupported);
    QCOMPARE(readings.at(Metric::recoveryAction).value, kNotSupported);
    QFile links(QStringLiteral(BUSBAR_FIXTURES "/nvidia-smi/a100-nvlink.txt"));
    QVERIFY(links.open(QIODevice::ReadOnly));
    QCOMPARE(readings.at(Metric::nvlinksTotal).value, static_cast<std::int64_t>(QString::fromUtf8(links.readAll()).count(QStringLiteral("GB/s"))));
}

void TestGpuModels::migAsRecorded() {
    const auto recorded = valuesOf(sectionOf(QStringLiteral("h200-mig.txt"), QStringLiteral("idle :: query (-q)")));
    const QString gpu = recorded.keys().filter(QStringLiteral("/Product Name")).value(0).section(QLatin1Char('/'), 0, 0);
    QCOMPARE(recorded.value(gpu + QStringLiteral("/MIG Mode/Current")), QStringLiteral("Enabled"));
    QCOMPARE(recorded.value(gpu + QStringLiteral("/Utilization/GPU")), QStringLiteral("N/A"));
    readingsOf(m_fake, "NVIDIA H200", 0);
    QVERIFY(m_fake.control("set 0 mig_mode 1"));
    const auto driver = openNvmlDriver(FAKE_NVML);
    QCOMPARE((*driver)->read(0, GpuDriver::Depth::all).at(Metric::gpuUtil).value, kNotSupported);
}

QTEST_GUILESS_MAIN(TestGpuModels)
#include "tst_gpu_models.moc"
