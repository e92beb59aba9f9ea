// resources/thresholds.toml: every row has the shape, names a known check, model and unit, and asks for no more than the GPU can do; and which
// figures of which GPUs are held against it.
#include "busbar-controller/health/thresholds.h"

#include <QTemporaryFile>
#include <QTest>

#include <fmt/format.h>
#include <toml++/toml.h>

#include <map>
#include <set>

namespace {

struct Check {
    const char* unit;
    std::int64_t most; ///< beyond it a value can only be a slip
};
const std::map<std::string, Check> kChecks{{"host_to_device", {"GB/s", 128}},          {"device_to_host", {"GB/s", 128}},          {"peer_to_peer", {"GB/s", 900}},
                                           {"memory_bandwidth", {"GB/s", 8'000}},      {"sm_stress_fp32", {"GFLOPS", 70'000}},     {"sm_stress_fp64", {"GFLOPS", 70'000}},
                                           {"target_power", {"W", 1'000}},             {"nccl_all_reduce_1_node", {"GB/s", 900}},  {"nccl_all_reduce_2_nodes", {"GB/s", 900}},
                                           {"ib_write_gpu", {"Gb/s", 400}},            {"ib_write_host", {"Gb/s", 400}},           {"ib_loopback_nccl", {"GB/s", 50}}};
const std::set<std::string> kModels{"A40", "A100 40GB", "A100 80GB", "H100", "H100 NVL", "H200"};

double number(const toml::node_view<const toml::node> node) { return node.is_number() ? *node.value<double>() : -1; }

} // namespace

class TestThresholds : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        m_table = toml::parse_file(BUSBAR_SOURCE_DIR "/resources/thresholds.toml");
        QCOMPARE(m_table["version"].value_or(0), 1);
    }

    void rows_data() {
        QTest::addColumn<int>("index");
        const toml::array& rows = *m_table["threshold"].as_array();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const toml::table& row = *rows[i].as_table();
            QTest::addRow("%s of %s", row["check"].value_or(""), row["model"].value_or("")) << static_cast<int>(i);
        }
    }

    void rows() {
        QFETCH(int, index);
        const toml::table& row = *std::as_const(m_table)["threshold"].as_array()->get(static_cast<std::size_t>(index))->as_table();
        QCOMPARE(row.size(), 5u); // check, model, value, unit, source: nothing else
        const auto check = kChecks.find(row["check"].value_or(std::string()));
        QVERIFY(check != kChecks.end());
        const std::string model = row["model"].value_or(std::string());
        QVERIFY(kModels.contains(model));
        QCOMPARE(std::string(row["unit"].value_or("")), std::string(check->second.unit));
        QVERIFY(!row["source"].value_or(std::string()).empty());
        const double value = number(row["value"]);
        QVERIFY(value > 0 && value <= static_cast<double>(check->second.most));
        if (check->first == "memory_bandwidth") QVERIFY(value < peakOf(model));
    }

    void noRowTwice() {
        std::set<std::pair<std::string, std::string>> seen;
        for (const toml::node& node : *m_table["threshold"].as_array())
            QVERIFY(seen.emplace((*node.as_table())["check"].value_or(std::string()), (*node.as_table())["model"].value_or(std::string())).second);
    }

    void everyModelHasAPeak() {
        for (const std::string& model : kModels) QVERIFY2(peakOf(model) > 0, model.c_str());
        QCOMPARE(m_table["peak"].as_array()->size(), kModels.size());
    }

    void figuresOfGpus_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("figure");
        QTest::addColumn<double>("threshold");
        QTest::newRow("H200") << "NVIDIA H200" << "HBM copy" << 2213.0;
        QTest::newRow("H200 NVL") << "NVIDIA H200 NVL" << "HBM copy" << 2213.0;
        QTest::newRow("A100 by both words") << "NVIDIA A100-SXM4-80GB" << "HBM copy" << 1173.0;
        QTest::newRow("H100 with its memory") << "NVIDIA H100 80GB HBM3" << "peer copy" << 335.0;
        QTest::newRow("A40") << "NVIDIA A40" << "HBM copy" << 424.0;
        QTest::newRow("another model that ends in the word") << "NVIDIA GH200 480GB" << "HBM copy" << 0.0;
        QTest::newRow("another model that begins with it") << "NVIDIA RTX A4000" << "HBM copy" << 0.0;
        QTest::newRow("half of a model's words") << "NVIDIA A100-SXM4" << "HBM copy" << 0.0;
        QTest::newRow("peers over PCIe") << "NVIDIA H100 80GB HBM3" << "peer copy over PCIe" << 0.0;
        QTest::newRow("peers through the host") << "NVIDIA H100 80GB HBM3" << "peer copy through the host" << 0.0;
    }

    void figuresOfGpus() {
        QFETCH(QString, model);
        QFETCH(QString, figure);
        QFETCH(double, threshold);
        busbar::TestFigure judged{.subject = "GPU-1", .name = figure.toStdString(), .unit = "GB/s", .value = 10};
        busbar::controller::Thresholds::builtIn()->apply({model.toStdString()}, judged);
        QCOMPARE(judged.threshold, threshold);
        QCOMPARE(judged.passed(), threshold == 0);
    }

    void peaksAndPower_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<int>("powerLimit");
        QTest::addColumn<QString>("figure");
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("rule");
        QTest::addColumn<bool>("passed");
        QTest::addColumn<QString>("source");
        const auto row = [](const char* name, const char* model, int powerLimit, const char* figure, double value, const char* rule, bool passed, const char* source) {
            QTest::newRow(name) << QString::fromLatin1(model) << powerLimit << QString::fromLatin1(figure) << value << QString::fromLatin1(rule) << passed << QString::fromLatin1(source);
        };
        const char* const peak = "thresholds.toml: peak memory_gb_s of H200 (a higher value is a fault of the measurement)";
        row("more than its memory can do", "NVIDIA H200", 700, "HBM copy", 4801, "at most 4800", false, peak);
        row("as much as its memory can do", "NVIDIA H200", 700, "HBM copy", 4800, "at least 2213", true, "thresholds.toml: memory_bandwidth of H200 (DCGM");
        row("a rate that has no other row", "NVIDIA H200", 700, "HBM read", 4300, "at most 4800", true, peak);
        row("writes", "NVIDIA H200", 700, "HBM write", 5000, "at most 4800", false, peak);
        row("products", "NVIDIA A40", 300, "bf16 GEMM", 151, "at most 150", false, "thresholds.toml: peak bf16_tflops of A40");
        row("products of the hold", "NVIDIA A40", 300, "bf16 GEMM held", 120, "at most 150", true, "thresholds.toml: peak bf16_tflops of A40");
        row("the row with more of the name's words", "NVIDIA H100 NVL", 400, "HBM copy", 3500, "at least 1905", true, "thresholds.toml: memory_bandwidth of H100 (DCGM)");
        row("a model without a row", "NVIDIA L40S", 350, "HBM read", 1e6, "none", true, "");
        row("no measured rate of memory or products", "NVIDIA H200", 700, "copy engine", 1e6, "none", true, "");
        row("power under load", "NVIDIA H200", 700, "highest power", 455, "at least 450", true, "thresholds.toml: 75 % of target_power of H200, 600 W (DCGM: 600 to 700)");
        row("too little of it", "NVIDIA H200", 600, "highest power", 440, "at least 450", false, "thresholds.toml: 75 % of target_power of H200, 600 W (DCGM: 600 to 700)");
        row("slowed down by its hardware", "NVIDIA H200", 700, "looks with hardware slowdown", 1, "at most 0", false, "bar of every model: neither heat nor a power brake slows it down");
        row("never slowed down", "NVIDIA H200", 700, "looks with hardware slowdown", 0, "at most 0", true, "bar of every model: neither heat nor a power brake slows it down");
        row("too little under a lower limit", "NVIDIA H200", 599, "highest power", 440, "none", true, "");
        row("under a limit that is not known", "NVIDIA H200", -2, "highest power", 440, "none", true, "");
        row("the mean is told", "NVIDIA H200", 700, "power", 100, "none", true, "");
    }
    void peaksAndPower() {
        QFETCH(QString, model);
        QFETCH(int, powerLimit);
        QFETCH(QString, figure);
        QFETCH(double, value);
        QFETCH(QString, rule);
        QFETCH(bool, passed);
        QFETCH(QString, source);
        using Rule = busbar::TestFigure::Rule;
        busbar::TestFigure judged{.subject = "GPU-1", .name = figure.toStdString(), .value = value};
        busbar::controller::Thresholds::builtIn()->apply({model.toStdString(), powerLimit}, judged);
        QCOMPARE(judged.rule == Rule::none ? QStringLiteral("none") : QStringLiteral("%1 %2").arg(judged.rule == Rule::atLeast ? QStringLiteral("at least") : QStringLiteral("at most")).arg(judged.threshold), rule);
        QCOMPARE(judged.passed(), passed);
        QVERIFY2(source.isEmpty() ? judged.thresholdSource.empty() : judged.thresholdSource.starts_with(source.toStdString()), judged.thresholdSource.c_str());
    }

    void aSitesOwnFile_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("a peak and a threshold") << QByteArray("peak = [{ model = \"H200\", memory_gb_s = 5000, bf16_tflops = 1000 }]\nthreshold = [{ check = \"memory_bandwidth\", model = \"H200\", value = 4000, source = \"ours\" }]") << QStringLiteral("at most 5000");
        QTest::newRow("a peak alone") << QByteArray("peak = [{ model = \"H200 NVL\", memory_gb_s = 4900, bf16_tflops = 1000 }]") << QStringLiteral("at most 4900");
        QTest::newRow("neither list") << QByteArray("bars = []") << QStringLiteral("it has neither a list `threshold` nor a list `peak`");
        QTest::newRow("half a peak") << QByteArray("peak = [{ model = \"H200\", memory_gb_s = 5000 }]") << QStringLiteral("row 1 of `peak` needs model, memory_gb_s and bf16_tflops over 0");
        QTest::newRow("half a threshold") << QByteArray("threshold = [{ check = \"memory_bandwidth\", value = 1 }]") << QStringLiteral("row 1 of `threshold` needs check, model and a value over 0");
        QTest::newRow("no table") << QByteArray("peak = [3]") << QStringLiteral("row 1 of `peak` is no table");
    }
    void aSitesOwnFile() {
        QFETCH(QByteArray, text);
        QFETCH(QString, says);
        QTemporaryFile file;
        QVERIFY(file.open() && file.write(text) == text.size() && file.flush());
        const auto made = busbar::controller::Thresholds::withSiteFile(file.fileName().toStdString());
        std::string said = made.status().ToString();
        if (made.ok()) {
            busbar::TestFigure judged{.subject = "GPU-1", .name = "HBM copy", .unit = "GB/s", .value = 9000};
            (*made)->apply({"NVIDIA H200 NVL"}, judged);
            said = fmt::format("{} {}", judged.rule == busbar::TestFigure::Rule::atMost ? "at most" : "at least", judged.threshold);
        }
        QVERIFY2(said.find(says.toStdString()) != std::string::npos, said.c_str());
    }

private:
    double peakOf(const std::string& model) const {
        for (const toml::node& node : *m_table["peak"].as_array()) {
            const toml::table& row = *node.as_table();
            if (row["model"].value_or(std::string()) == model) return number(row["memory_gb_s"]);
        }
        return -1;
    }

    toml::table m_table;
};

QTEST_APPLESS_MAIN(TestThresholds)
#include "tst_thresholds.moc"
