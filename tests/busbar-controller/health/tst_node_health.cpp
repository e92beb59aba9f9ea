// One node judged: every rule and XID row from its sign to a finding; repeats, reboots, consequences, the driver's own answer.
#include "busbar-controller/health/node_health.h"

#include <QTest>

using namespace busbar;
using namespace busbar::controller;

Q_DECLARE_METATYPE(busbar::GpuSigns)

namespace {

constexpr std::int64_t kNow = 1'795'000'000'000;
constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute;

NodeHealth nodeOf(std::size_t gpus = 2) {
    NodeHealth node;
    std::vector<GpuIdentity> list(gpus);
    for (std::size_t i = 0; i < gpus; ++i) list[i].uuid = "GPU-" + std::to_string(i);
    node.setGpus(list, true, "NVML 580.1", kNow);
    return node;
}

FleetEvent xidOf(int code, std::int64_t wallMs = kNow, int gpu = 0, std::string text = "NVRM: Xid") {
    FleetEvent event;
    event.kind = EventKind::xid;
    event.xid = code;
    event.gpu = gpu;
    event.severity = 2;
    event.wallMs = wallMs;
    event.text = std::move(text);
    return event;
}

/// Class of the finding that an XID leaves; -1 none.
int tell(NodeHealth& node, FleetEvent event, const std::string& tenant = "") {
    node.onEvent(event, tenant, event.wallMs);
    const std::string rule = fmt::format("xid-{}", event.xid);
    for (const Finding& finding : node.findings())
        if (finding.rule == rule) return finding.responseClass;
    return -1;
}

GpuSigns signsOf(std::initializer_list<std::pair<Metric, std::int64_t>> values) {
    GpuSigns signs;
    for (const auto& [metric, value] : values) signs.set(metric, value);
    return signs;
}

QStringList rulesOf(const NodeHealth& node) {
    QStringList rules;
    for (const Finding& finding : node.findings()) rules << QString::fromStdString(finding.rule);
    return rules;
}

struct RuleCase {
    const char* name;
    GpuSigns harmless, signs; ///< the last values that fire nothing, and some that do
    Health health;
};

std::vector<RuleCase> ruleCases() {
    std::vector<RuleCase> cases;
    const auto row = [&cases](const char* name, GpuSigns harmless, GpuSigns signs, Health health) { cases.push_back({name, harmless, signs, health}); };
    const auto one = [](Metric metric, std::int64_t value) { return signsOf({{metric, value}}); };
    row("temp-watch", one(Metric::temperature, 84), one(Metric::temperature, 85), Health::watch);
    row("temp-critical", one(Metric::temperature, 84), one(Metric::temperature, 95), Health::degraded);
    row("mem-temp-watch", one(Metric::memTemperature, 94), one(Metric::memTemperature, 104), Health::watch);
    row("mem-temp-critical", one(Metric::memTemperature, 94), one(Metric::memTemperature, 105), Health::degraded);
    row("hw-thermal-slowdown", one(Metric::throttleReasons, 0x107), one(Metric::throttleReasons, 0x44), Health::degraded);
    row("power-brake", one(Metric::throttleReasons, 0x4), one(Metric::throttleReasons, 0x84), Health::degraded);
    row("ecc-uncorrected", one(Metric::eccUncorrected, 0), one(Metric::eccUncorrected, 1), Health::degraded);
    row("ecc-corrected-many", one(Metric::eccCorrected, 19'999'999), one(Metric::eccCorrected, 20'000'000), Health::watch);
    row("remap-pending", one(Metric::remapPending, 0), one(Metric::remapPending, 1), Health::watch);
    row("remap-exhausted", one(Metric::remappedRows, 511), one(Metric::remappedRows, 512), Health::failed);
    row("remap-failed", one(Metric::remapFailed, 0), one(Metric::remapFailed, 1), Health::failed);
    row("nvlink-down", signsOf({{Metric::nvlinksUp, 0}, {Metric::nvlinksTotal, 18}}), signsOf({{Metric::nvlinksUp, 17}, {Metric::nvlinksTotal, 18}}), Health::degraded);
    GpuSigns slow = signsOf({{Metric::pcieGen, 1}, {Metric::pcieWidth, 16}, {Metric::gpuUtil, 10}});
    slow.slotMaxGen = 5;
    slow.slotMaxWidth = 16;
    GpuSigns slowUnderLoad = slow;
    slowUnderLoad.set(Metric::gpuUtil, 90);
    row("pcie-slow", slow, slowUnderLoad, Health::watch);
    GpuSigns narrow = slowUnderLoad;
    narrow.set(Metric::pcieGen, 5);
    GpuSigns narrowUnderLoad = narrow;
    narrowUnderLoad.set(Metric::pcieWidth, 8);
    row("pcie-narrow", narrow, narrowUnderLoad, Health::watch);
    row("recovery-reset", one(Metric::recoveryAction, 0), one(Metric::recoveryAction, 1), Health::degraded);
    row("recovery-reboot", one(Metric::recoveryAction, 0), one(Metric::recoveryAction, 2), Health::degraded);
    row("recovery-drain-p2p", one(Metric::recoveryAction, 0), one(Metric::recoveryAction, 3), Health::degraded);
    row("recovery-drain-reset", one(Metric::recoveryAction, 0), one(Metric::recoveryAction, 4), Health::degraded);
    return cases;
}

} // namespace

class TestNodeHealth : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyRuleRow_data();
    void everyRuleRow();
    void everyRuleIsTested();
    void everyXidRow_data();
    void everyXidRow();
    void xidOutsideTheTable();
    void userFaultOnTheSameUnit();
    void userFaultOnOtherTenants();
    void againAfterReboots();
    void containedErrorsDoNotEscalate();
    void theSameLineTwiceIsOneFault();
    void fatalLinesCount();
    void driversAnswerBeatsTheTable();
    void recoveryActionChanged();
    void busLostWithoutAnXid();
    void consequencesAreNoFault();
    void sxids();
    void findingsRunOut();
    void rebootCures();
    void replacedGpuForgets();
};

void TestNodeHealth::everyRuleRow_data() {
    QTest::addColumn<GpuSigns>("harmless");
    QTest::addColumn<GpuSigns>("signs");
    QTest::addColumn<int>("health");
    for (const RuleCase& rule : ruleCases()) QTest::newRow(rule.name) << rule.harmless << rule.signs << static_cast<int>(rule.health);
}

void TestNodeHealth::everyRuleRow() {
    QFETCH(GpuSigns, harmless);
    QFETCH(GpuSigns, signs);
    QFETCH(int, health);
    NodeHealth node = nodeOf();
    QVERIFY(!node.onSample(1, harmless, kNow));
    QVERIFY(node.findings().empty());
    QVERIFY(node.onSample(1, signs, kNow));
    QCOMPARE(rulesOf(node), QStringList{QString::fromLatin1(QTest::currentDataTag())});
    const Finding finding = node.findings().front();
    QCOMPARE(static_cast<int>(finding.health), health);
    QCOMPARE(finding.component, std::string("GPU-1"));
    QVERIFY2(finding.sentence.ends_with(fmt::format("(rules.toml: {})", finding.rule)), finding.sentence.c_str());
    QVERIFY2(finding.sentence.find('{') == std::string::npos, finding.sentence.c_str());
    QCOMPARE(static_cast<int>(node.gpuHealth(1)), health);
    QCOMPARE(static_cast<int>(node.gpuHealth(0)), static_cast<int>(Health::ok));
    QVERIFY2(!node.onSample(1, signs, kNow + 1'000), "the same again is no change");
}

void TestNodeHealth::everyRuleIsTested() {
    QStringList tested, rows;
    for (const RuleCase& rule : ruleCases()) tested << QString::fromLatin1(rule.name);
    for (const GpuRule& rule : HealthTables::builtIn()->rules().rules()) rows << QString::fromStdString(rule.name);
    QCOMPARE(rows, tested);
}

void TestNodeHealth::everyXidRow_data() {
    QTest::addColumn<int>("code");
    for (const auto& [code, row] : HealthTables::builtIn()->xids())
        if (code != 154) QTest::addRow("xid %d", code) << code;
}

void TestNodeHealth::everyXidRow() {
    QFETCH(int, code);
    const XidRow* row = HealthTables::builtIn()->xid(code);
    NodeHealth node = nodeOf();
    FleetEvent event = xidOf(code);
    const bool changed = node.onEvent(event, "", kNow);
    QCOMPARE(changed, row->health != Health::ok);
    QCOMPARE(static_cast<int>(node.gpuHealth(0)), static_cast<int>(row->health));
    QCOMPARE(event.severity, row->health == Health::failed ? 3 : severityOfClass(row->responseClass));
    if (!changed) return;
    const Finding finding = node.findings().front();
    QCOMPARE(finding.rule, fmt::format("xid-{}", code));
    QCOMPARE(finding.responseClass, row->responseClass);
    QCOMPARE(finding.sentence, fmt::format("XID {}: {} (xid.toml: xid {})", code, row->meaning, code));
}

void TestNodeHealth::xidOutsideTheTable() {
    NodeHealth node = nodeOf();
    FleetEvent event = xidOf(173);
    QVERIFY(!node.onEvent(event, "", kNow));
    QCOMPARE(event.severity, 1);
}

void TestNodeHealth::userFaultOnTheSameUnit() {
    const std::string unit7 = "NVRM: Xid (PCI:0000:cb:00): 13, Graphics SM Warp Exception on (GPC 7, TPC 7, SM 0): Illegal Instruction Parameter";
    const std::string unit3 = "NVRM: Xid (PCI:0000:cb:00): 13, Graphics SM Warp Exception on (GPC 3, TPC 1, SM 0): Illegal Instruction Parameter";
    NodeHealth node = nodeOf();
    QCOMPARE(tell(node, xidOf(13, kNow, 0, unit7)), 1);
    QCOMPARE(tell(node, xidOf(13, kNow + kMinute, 0, unit3)), 1);
    QCOMPARE(tell(node, xidOf(13, kNow + 2 * kMinute, 1, unit7)), 1);
    NodeHealth again = nodeOf();
    QCOMPARE(tell(again, xidOf(13, kNow, 0, unit7)), 1);
    QCOMPARE(tell(again, xidOf(13, kNow + kHour, 0, unit7)), 4);
    QVERIFY(again.findings().front().sentence.find("again on GPC 7, TPC 7") != std::string::npos);
}

void TestNodeHealth::userFaultOnOtherTenants() {
    NodeHealth node = nodeOf();
    QCOMPARE(tell(node, xidOf(31), "anna"), 1);
    QCOMPARE(tell(node, xidOf(31, kNow + kMinute), "anna"), 1);
    QCOMPARE(tell(node, xidOf(31, kNow + 2 * kMinute), "bert"), 4);
    NodeHealth many = nodeOf();
    QCOMPARE(tell(many, xidOf(69), "anna"), 1);
    QCOMPARE(tell(many, xidOf(69, kNow + kMinute), "bert"), 1);
    QCOMPARE(tell(many, xidOf(69, kNow + 2 * kMinute), "carl"), 4);
}

void TestNodeHealth::againAfterReboots() {
    NodeHealth node = nodeOf();
    QCOMPARE(tell(node, xidOf(119)), 2);
    node.onReboot();
    QCOMPARE(tell(node, xidOf(119, kNow + kHour)), 3);
    node.onReboot();
    QCOMPARE(tell(node, xidOf(119, kNow + 2 * kHour)), 4);
    NodeHealth link = nodeOf();
    QCOMPARE(tell(link, xidOf(74)), 2);
    link.onReboot();
    QCOMPARE(tell(link, xidOf(74, kNow + kHour)), 4);
    NodeHealth later = nodeOf();
    QCOMPARE(tell(later, xidOf(119)), 2);
    later.onReboot();
    QCOMPARE(tell(later, xidOf(119, kNow + 8 * 24 * kHour)), 2);
}

void TestNodeHealth::containedErrorsDoNotEscalate() {
    NodeHealth node = nodeOf();
    for (int i = 0; i < 4; ++i) {
        QCOMPARE(tell(node, xidOf(94, kNow + i * kMinute)), 1);
        node.onReboot();
    }
}

void TestNodeHealth::theSameLineTwiceIsOneFault() {
    const std::string unit = "NVRM: Xid (PCI:0000:cb:00): 13, Exception on (GPC 7, TPC 7, SM 0)";
    NodeHealth node = nodeOf();
    QCOMPARE(tell(node, xidOf(13, kNow, 0, unit)), 1);
    QCOMPARE(tell(node, xidOf(13, kNow, 0, unit)), 1); // Told again by an agent that was restarted.
    QCOMPARE(tell(node, xidOf(44)), -1);
    QCOMPARE(tell(node, xidOf(44)), -1);
    QCOMPARE(tell(node, xidOf(44, kNow + kHour)), 3);
}

void TestNodeHealth::fatalLinesCount() {
    NodeHealth node = nodeOf();
    QCOMPARE(tell(node, xidOf(145, kNow, 0, "NVRM: Xid (PCI:0018:01:00): 145, RLW_RXPIPE Nonfatal XC0 i0 Link 13")), -1);
    QCOMPARE(tell(node, xidOf(149, kNow, 0, "NVRM: Xid (PCI:0019:01:00): 149, NETIR Fatal XC0 i0 Link -1")), 2);
}

void TestNodeHealth::driversAnswerBeatsTheTable() {
    NodeHealth node = nodeOf();
    QCOMPARE(tell(node, xidOf(119)), 2);
    QVERIFY2(!node.onSample(0, signsOf({{Metric::recoveryAction, 0}}), kNow + 1'000), "read before the driver judged");
    QVERIFY(node.onSample(0, signsOf({{Metric::recoveryAction, 0}}), kNow + 6'000));
    QCOMPARE(static_cast<int>(node.gpuHealth(0)), static_cast<int>(Health::watch));
    QCOMPARE(node.findings().front().responseClass, 1);
    NodeHealth asks = nodeOf();
    QCOMPARE(tell(asks, xidOf(119)), 2);
    QVERIFY(asks.onSample(0, signsOf({{Metric::recoveryAction, 2}}), kNow + 6'000));
    QVERIFY(rulesOf(asks).contains(QStringLiteral("recovery-reboot")));
}

void TestNodeHealth::recoveryActionChanged() {
    NodeHealth node = nodeOf();
    FleetEvent event = xidOf(154, kNow, 1, "NVRM: Xid (PCI:0000:1b:00): 154, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)");
    QVERIFY(node.onEvent(event, "", kNow));
    QCOMPARE(rulesOf(node), QStringList{QStringLiteral("recovery-reset")});
    event.text = "NVRM: Xid (PCI:0000:1b:00): 154, GPU recovery action changed from 0x1 (GPU Reset Required) to 0x2 (Node Reboot Required)";
    QVERIFY(node.onEvent(event, "", kNow));
    QCOMPARE(rulesOf(node), QStringList{QStringLiteral("recovery-reboot")});
    event.text = "NVRM: Xid (PCI:0000:1b:00): 154, GPU recovery action changed from 0x2 (Node Reboot Required) to 0x0 (None)";
    QVERIFY(node.onEvent(event, "", kNow));
    QVERIFY(node.findings().empty());
    event.text = "NVRM: Xid (PCI:0000:1b:00): 154, something new";
    QVERIFY(!node.onEvent(event, "", kNow));
}

void TestNodeHealth::busLostWithoutAnXid() {
    NodeHealth node = nodeOf();
    FleetEvent event = xidOf(0, kNow, 1, "NVRM: GPU 0000:1b:00.0: GPU has fallen off the bus.");
    event.kind = EventKind::kernel;
    event.severity = 3;
    QVERIFY(node.onEvent(event, "", kNow));
    QCOMPARE(static_cast<int>(node.gpuHealth(1)), static_cast<int>(Health::failed));
    QCOMPARE(static_cast<int>(node.gpuHealth(0)), static_cast<int>(Health::ok));
    QVERIFY(node.onReboot());
}

void TestNodeHealth::consequencesAreNoFault() {
    NodeHealth node = nodeOf();
    FleetEvent event = xidOf(0, kNow, 0, "NVRM: Xid (PCI:0000:dc:00): 45, Ch 00000001 caused by previous Xid 149");
    event.kind = EventKind::kernel;
    event.severity = 0;
    QVERIFY(!node.onEvent(event, "", kNow));
    QVERIFY(node.findings().empty());
}

void TestNodeHealth::sxids() {
    NodeHealth node = nodeOf();
    FleetEvent event = xidOf(22013, kNow, -1, "nvidia-nvswitch3: SXid (PCI:0000:04:00.0): 22013, Non-fatal, Link 44 Minion Link DLREQ interrupt");
    event.kind = EventKind::sxid;
    event.severity = 1;
    QVERIFY(!node.onEvent(event, "", kNow));
    QCOMPARE(event.severity, 0);
    event.xid = 20034;
    event.text = "nvidia-nvswitch3: SXid (PCI:0000:04:00.0): 20034, Fatal, Link 30 LTSSM Fault Up";
    event.severity = 3;
    QVERIFY(node.onEvent(event, "", kNow));
    QCOMPARE(node.findings().front().component, std::string("NVSwitch 0000:04:00.0"));
    event.text = "nvidia-nvswitch1: SXid (PCI:0000:05:00.0): 20034, Fatal, Link 30 LTSSM Fault Up";
    QVERIFY2(node.onEvent(event, "", kNow), "another switch is another finding");
    QCOMPARE(node.findings().size(), 2u);
    event.xid = 23001;
    event.severity = 3;
    QVERIFY(node.onEvent(event, "", kNow));
    QCOMPARE(static_cast<int>(node.nodeHealth()), static_cast<int>(Health::failed));
    event.xid = 99; // No row: the driver's word decides.
    event.severity = 3;
    QVERIFY(node.onEvent(event, "", kNow));
    QVERIFY(node.findings().back().sentence.find("not in the table") != std::string::npos || node.findings()[1].sentence.find("not in the table") != std::string::npos);
}

void TestNodeHealth::findingsRunOut() {
    NodeHealth node = nodeOf();
    QCOMPARE(tell(node, xidOf(43)), 1);
    QVERIFY(!node.expire(kNow + kUserXidKeepMs - 1));
    QVERIFY(node.expire(kNow + kUserXidKeepMs));
    QVERIFY(node.findings().empty());
    QVERIFY(node.onSample(0, signsOf({{Metric::temperature, 90}}), kNow));
    QVERIFY2(!node.expire(kNow + kHour), "it still fires");
    QVERIFY(!node.onSample(0, signsOf({{Metric::temperature, 60}}), kNow + kMinute));
    QVERIFY(node.expire(kNow + 2 * kMinute));
    FleetEvent old = xidOf(119, kNow - 25 * kHour);
    QVERIFY2(!node.onEvent(old, "", kNow), "told late: over already");
}

void TestNodeHealth::rebootCures() {
    NodeHealth node = nodeOf();
    QCOMPARE(tell(node, xidOf(79)), 3);
    QCOMPARE(tell(node, xidOf(64)), 4);
    QVERIFY(node.onReboot());
    QCOMPARE(rulesOf(node), QStringList{QStringLiteral("xid-64")});
}

void TestNodeHealth::replacedGpuForgets() {
    NodeHealth node = nodeOf(1);
    QCOMPARE(tell(node, xidOf(64)), 4);
    GpuIdentity other;
    other.uuid = "GPU-other";
    node.setGpus({other}, true, "NVML 580.1", kNow);
    QVERIFY(node.findings().empty());
    node.setGpus({other}, false, "no NVIDIA driver: libnvidia-ml.so.1 not found", kNow);
    QCOMPARE(rulesOf(node), QStringList{QStringLiteral("no-driver")});
    QVERIFY(node.findings().front().sentence.starts_with("no NVIDIA driver: libnvidia-ml.so.1 not found"));
    node.setGpus({}, true, "NVML 580.1", kNow); // Each has fallen off the bus: no handle is left.
    QVERIFY(node.findings().front().sentence.starts_with("NVML 580.1 answers, and no GPU can be read"));
    node.setGpus({other}, true, "NVML 580.1", kNow);
    QVERIFY(node.findings().empty());
}

QTEST_APPLESS_MAIN(TestNodeHealth)
#include "tst_node_health.moc"
