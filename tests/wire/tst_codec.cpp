// Values survive encode → bytes → decode; missing values stay missing.
#include "busbar/v1/actions.pb.h"
#include "busbar/v1/agent_link.pb.h"
#include "busbar/v1/fleet.pb.h"
#include "wire/codec.h"

#include <QTest>

#include <functional>
#include <limits>

using namespace busbar;

namespace {

template <typename Message, typename Value>
StatusOr<Value> overTheWire(const Value& value) {
    Message out, in;
    wire::encode(value, &out);
    if (!in.ParseFromString(out.SerializeAsString())) return invalid("not parseable");
    return wire::decode(in);
}

Evidence evidence() { return {"GPU-1", "memory used", "4", "3", "<= 68", "MiB", "nvml", Verdict::asSet, 1'764'000'000'000}; }

} // namespace

class TestCodec : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void telemetryKeepsMissingValues();
    void telemetryKeepsMissingValues_data();
    void hello();
    void report();
    void figuresAreBounded_data();
    void figuresAreBounded();
    void signedBytesAreBounded();
    void watchColumn();
    void watchNodesAndFacts();
    void plan();
    void action();
    void detailsOfVerbs();
    void faultReportsAreBounded();
    void history();
};

void TestCodec::telemetryKeepsMissingValues_data() {
    QTest::addColumn<int>("metric");
    for (const MetricInfo& info : allMetrics()) QTest::newRow(std::string(info.key).c_str()) << static_cast<int>(info.metric);
}

void TestCodec::telemetryKeepsMissingValues() {
    QFETCH(int, metric);
    const auto which = static_cast<Metric>(metric);
    TelemetryFrame frame;
    frame.observedWallMs = 1'764'000'000'123;
    frame.columns.push_back({which, {0, 1, maxValue(which), kNotSupported, kNotRead}});
    v1::Telemetry message;
    wire::encode(frame, &message);
    const auto back = wire::decode(message, 5);
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QCOMPARE(back->columns.size(), 1u);
    QVERIFY(back->columns[0].values == frame.columns[0].values);
}

void TestCodec::hello() {
    AgentHello hello;
    hello.nodeId = "pdx1/n-1";
    hello.instanceId = "abc";
    hello.source = Source::simulated;
    hello.place = {"h1", "b07", "r12", 14, "lf2", "rail2", "pdu3", "a", "l1"};
    hello.inventory.gpus.push_back({"00000000:9b:00.0", "GPU-1", "NVIDIA H100 80GB HBM3", "165", "96.00", 81559, 0});
    hello.inventory.unsupported[Metric::fanPercent] = "Not Supported";
    hello.inventory.settingLimits = {{{"MIG mode", "GPU-1: MIG mode is not supported: Not Supported"}}, 200, 700, 345, 1980};
    hello.inventory.nics.push_back({"eth0", "mlx5_core", "0000:01:00.0", -1, 0});
    hello.policy = {true, false, true};
    hello.leases.push_back({1, "L-1", "tenant", 1'764'000'000'000, 0});
    const auto back = overTheWire<v1::Hello>(hello);
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QCOMPARE(back->nodeId, hello.nodeId);
    QVERIFY(back->place == hello.place);
    QVERIFY(back->inventory.gpus == hello.inventory.gpus);
    QCOMPARE(back->inventory.unsupported.at(Metric::fanPercent), std::string("Not Supported"));
    QVERIFY(back->inventory.settingLimits == hello.inventory.settingLimits);
    QCOMPARE(back->inventory.nics[0].speedMbps, -1);
    QVERIFY(back->policy.settingsAllowed && !back->policy.terminateHolders && back->policy.rebootAllowed);
    QCOMPARE(back->leases[0].tenant, std::string("tenant"));
}

void TestCodec::report() {
    StepReport report{"cmd", StepKind::close, StepState::succeeded, "closed", {evidence()}, {{7, "root", "train", "L-1", "GPU-1", 12, 3, ""}}, 1'764'000'000'000, 1'764'000'000'900};
    const auto back = overTheWire<v1::StepReport>(report);
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QVERIFY(*back == report);
    // Signed: the bytes are carried as they are, and the report is what they say; what stands beside them does not count.
    StepReport signedReport = report;
    signedReport.origin = {wire::reportBytes(report), "signature", {"leaf", "intermediate"}};
    v1::StepReport message;
    wire::encode(signedReport, &message);
    message.set_sentence("another sentence");
    const auto origin = wire::decode(message);
    QVERIFY2(origin.ok(), origin.status().ToString().c_str());
    QVERIFY(*origin == signedReport);
    QVERIFY(wire::reportBytes(*origin) == signedReport.origin.bytes);
}

void TestCodec::figuresAreBounded_data() {
    QTest::addColumn<std::function<void(TestFigure&)>>("change");
    QTest::addColumn<QString>("refused");
    using Change = std::function<void(TestFigure&)>;
    const auto row = [](const char* name, Change change, const char* refused) { QTest::newRow(name) << change << QString::fromLatin1(refused); };
    row("as it is", [](TestFigure&) {}, "");
    row("not compared", [](TestFigure& f) { f.fleetMedian = 0; f.fleetRank = f.fleetCount = 0; }, "");
    row("a place beyond the last", [](TestFigure& f) { f.fleetRank = 129; }, "fleet rank is 129, allowed is 1 to 128");
    row("no place among some", [](TestFigure& f) { f.fleetRank = 0; }, "fleet rank is 0, allowed is 1 to 128");
    row("a place among none", [](TestFigure& f) { f.fleetCount = 0; }, "fleet rank is 3, allowed is 0 to 0");
    row("a fleet of less than none", [](TestFigure& f) { f.fleetCount = -1; }, "fleet count is -1");
    row("a fleet beyond reason", [](TestFigure& f) { f.fleetCount = 10'000'001; }, "fleet count is 10000001");
    row("a median that is no number", [](TestFigure& f) { f.fleetMedian = std::numeric_limits<double>::quiet_NaN(); }, "fleet median is nan");
}

void TestCodec::figuresAreBounded() {
    QFETCH(std::function<void(TestFigure&)>, change);
    QFETCH(QString, refused);
    TestFigure figure{.subject = "GPU-1", .name = "HBM copy", .unit = "GB/s", .value = 2'950, .rule = TestFigure::Rule::atLeast, .threshold = 2'213, .thresholdSource = "thresholds.toml", .fleetMedian = 2'903, .fleetRank = 3, .fleetCount = 128};
    change(figure);
    const auto back = overTheWire<v1::TestFigure>(figure);
    QCOMPARE(back.ok(), refused.isEmpty());
    if (back.ok()) QVERIFY(*back == figure);
    else QVERIFY2(QString::fromStdString(back.status().ToString()).contains(refused), back.status().ToString().c_str());
}

/// Each is refused by a sentence that names what is wrong.
void TestCodec::signedBytesAreBounded() {
    StepReport report{"cmd", StepKind::close, StepState::succeeded, "closed", {evidence()}};
    const auto refusal = [&](const std::function<void(v1::StepReport&)>& change) {
        StepReport whole = report;
        whole.origin = {wire::reportBytes(report), "signature", {"leaf"}};
        v1::StepReport message;
        wire::encode(whole, &message);
        change(message);
        return QString::fromStdString(wire::decode(message).status().ToString());
    };
    const auto contains = [](const QString& text, const char* part) { return text.contains(QLatin1String(part)); };
    QVERIFY(contains(refusal([](v1::StepReport& m) { m.mutable_origin()->set_bytes(std::string(5'000'000, 'x')); }), "bytes"));
    QVERIFY(contains(refusal([](v1::StepReport& m) { m.mutable_origin()->set_signature(std::string(200, 'x')); }), "signature"));
    QVERIFY(contains(refusal([](v1::StepReport& m) { for (int i = 0; i < 5; ++i) m.mutable_origin()->add_certificates("x"); }), "certificates"));
    QVERIFY(contains(refusal([](v1::StepReport& m) { m.mutable_origin()->add_certificates(std::string(9'000, 'x')); }), "certificate"));
    QVERIFY(contains(refusal([](v1::StepReport& m) { m.mutable_origin()->set_bytes(""); }), "there are none"));
    QVERIFY(contains(refusal([](v1::StepReport& m) { m.mutable_origin()->set_bytes("\xff\xff\xff"); }), "no report"));
    QVERIFY(contains(refusal([](v1::StepReport& m) { m.mutable_origin()->set_bytes(v1::StepReport(m).SerializeAsString()); }), "holds another"));
}

void TestCodec::watchColumn() {
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::column;
    batch.epoch = 3;
    batch.revision = 9;
    batch.column = {Metric::power, 1'764'000'000'000, 0, {5, 9, 70'000}, {700, kNotSupported, kNotRead}};
    const auto back = overTheWire<v1::WatchEvent>(batch);
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QVERIFY(back->kind == WatchBatch::Kind::column && back->epoch == 3 && back->revision == 9);
    QVERIFY(back->column.rows == batch.column.rows && back->column.values == batch.column.values);
}

void TestCodec::watchNodesAndFacts() {
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::nodes;
    batch.nodes = {4, {"a", "b"}, {1, 1}, {2, 2}, {3, 3}, {0, 0}, {0, 0}, {4, 4}, {5, 5}, {14, 16}, {8, 0}, {1, 3}, {"h1", "b07", "r12", "H100", "NVML"}};
    auto back = overTheWire<v1::WatchEvent>(batch);
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QVERIFY(back->nodes.names == batch.nodes.names && back->nodes.gpuCount == batch.nodes.gpuCount && back->nodes.rack == batch.nodes.rack);
    QVERIFY(back->nodes.newStrings == batch.nodes.newStrings && back->nodes.first == 4);

    WatchBatch facts;
    facts.kind = WatchBatch::Kind::facts;
    facts.facts = {{1, 2}, {{NodeState::ready, Service::open, Occupancy::free, Health::ok, Link::connected}, {NodeState::ready, Service::drained, Occupancy::mixed, Health::failed, Link::lost}}, {5, 6}};
    back = overTheWire<v1::WatchEvent>(facts);
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QVERIFY(back->facts.facts == facts.facts.facts && back->facts.lastSeenWallMs == facts.facts.lastSeenWallMs);
}

void TestCodec::plan() {
    Plan plan;
    plan.id = "01H";
    plan.site = "pdx1";
    plan.request.verb = Verb::drain;
    plan.request.nodeIds = {"pdx1/a"};
    plan.request.atDeadline = DeadlinePolicy::force;
    plan.request.queue = true;
    plan.request.notAfterWallMs = 1'800'000'000'000;
    plan.targets.push_back({"pdx1/a", {NodeState::ready, Service::open, Occupancy::leased, Health::ok, Link::connected}, Source::replayed, true, "will drain", {StepKind::close, StepKind::wait}, {"L-1"}, 3});
    plan.blast.tenants.push_back({"acme", 8, 64});
    plan.blast.gpuHours = 1.5;
    plan.waves = {1, 2, 37};
    plan.breaker = {.failureLimit = 3, .wavePercent = 10};
    const auto back = overTheWire<v1::PlanReply>(plan);
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QVERIFY(back->blast == plan.blast);
    QVERIFY(back->waves == plan.waves && back->breaker == plan.breaker);
    QVERIFY(back->targets[0].facts == plan.targets[0].facts && back->targets[0].steps == plan.targets[0].steps && back->targets[0].eligible);
    QVERIFY(back->request.queue && back->request.notAfterWallMs == 1'800'000'000'000);
    QVERIFY(back->request.atDeadline == DeadlinePolicy::force && back->request.nodeIds == plan.request.nodeIds);
}

void TestCodec::action() {
    Action action;
    action.id = "pdx1/01HXYZ";
    action.verb = Verb::drain;
    action.state = ActionState::running;
    action.queue = true;
    action.notAfterWallMs = 1'800'000'000'000;
    action.reason = "leaf replacement";
    TargetRecord target;
    target.nodeId = "pdx1/a";
    target.state = TargetState::running;
    StepRecord step;
    step.kind = StepKind::close;
    step.state = StepState::succeeded;
    step.commandId = "c1";
    step.evidence = {evidence()};
    target.steps = {step};
    target.deadlineWallMs = 1'764'000'600'000;
    target.leases = {"01JLEASE1", "01JLEASE2"};
    action.targets = {target};
    action.log = {{1'764'000'000'000, "pdx1/a", "closed"}};
    action.breaker = {.failures = 1, .failureLimit = 3, .wave = 2, .waveFailed = 1, .waveTargets = 31, .wavePercent = 10, .siteClosed = 7, .siteLimit = 12, .siteNodes = 24, .siteWindowMs = 300'000};
    action.queuedBehind = "pdx1/01HABC";
    action.leftOut = bitOf(ActionPart::evidence) | bitOf(ActionPart::log);
    const auto back = overTheWire<v1::Action>(action);
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QVERIFY(back->targets[0].steps[0].evidence[0] == evidence());
    QCOMPARE(back->targets[0].deadlineWallMs, target.deadlineWallMs);
    QCOMPARE(back->targets[0].leases, target.leases);
    QCOMPARE(back->log[0].text, std::string("closed"));
    QVERIFY(back->state == ActionState::running && back->queue);
    QCOMPARE(back->notAfterWallMs, action.notAfterWallMs);
    QVERIFY(back->breaker == action.breaker);
    QCOMPARE(back->queuedBehind, action.queuedBehind);
    QCOMPARE(back->leftOut, action.leftOut);
    action.breaker.wavePercent = 101;
    QVERIFY(overTheWire<v1::Action>(action).status().message().find("breaker: wave percent") != std::string_view::npos);
}

void TestCodec::detailsOfVerbs() {
    VerbDetails details;
    details.tenant = "acme";
    details.leaseId = "L-1";
    details.untilWallMs = 1'764'000'000'000;
    details.profile = "quick";
    details.replacement = "pdx1/n-2";
    details.faultyNodes = {"pdx1/n-1", "pdx1/n-3"};
    details.faultText = "GPU 3 hangs in every job";
    const auto back = overTheWire<v1::VerbDetails>(details);
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QVERIFY(*back == details);
}

void TestCodec::faultReportsAreBounded() {
    v1::VerbDetails message;
    for (std::size_t i = 0; i <= kMaxFaultyNodes; ++i) message.add_faulty_nodes("pdx1/n-1");
    QVERIFY(absl::IsInvalidArgument(wire::decode(message).status()));
    message.clear_faulty_nodes();
    message.add_faulty_nodes("not a node");
    QVERIFY(absl::IsInvalidArgument(wire::decode(message).status()));
    message.clear_faulty_nodes();
    message.set_replacement("nor this");
    QVERIFY(absl::IsInvalidArgument(wire::decode(message).status()));
}

void TestCodec::history() {
    v1::HistoryReply message;
    wire::encode(std::vector<HistorySeries>{{"pdx1/a", 2, Metric::power, 1'764'000'000'000, 1000, {1, -2}, {2, -2}, {3, -2}}}, &message);
    const auto back = wire::decode(message, "pdx1/a");
    QVERIFY2(back.ok(), back.status().ToString().c_str());
    QVERIFY((*back)[0].max == (std::vector<std::int64_t>{3, -2}));
}

QTEST_APPLESS_MAIN(TestCodec)
#include "tst_codec.moc"
