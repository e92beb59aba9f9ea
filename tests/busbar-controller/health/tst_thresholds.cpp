// resources/thresholds.toml: every row has the shape, names a known check, model and unit, and asks for no more than the GPU can do; and which
// figures of which GPUs are held against it.
#include "busbar-controller/health/thresholds.h"

#include <QTest>

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
const std::set<std::string> kModels{"A40", "A100 40GB", "A100 80GB", "H100", "H200"};

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
        busbar::controller::Thresholds::builtIn()->apply(model.toStdString(), judged);
        QCOMPARE(judged.threshold, threshold);
        QCOMPARE(judged.passed(), threshold == 0);
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
