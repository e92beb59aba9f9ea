// What comes over the wire is bounded: each bad message is refused with a sentence that names the field; random bytes never crash.
#include "busbar/v1/actions.pb.h"
#include "busbar/v1/agent_link.pb.h"
#include "busbar/v1/fleet.pb.h"
#include "wire/codec.h"

#include <QTest>

#include <functional>
#include <limits>
#include <random>

using namespace busbar;

class TestCodecHostile : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void helloIsRefused_data();
    void helloIsRefused();
    void telemetryIsRefused_data();
    void telemetryIsRefused();
    void unknownEnumIsUnknown();
    void columnLengthsMustAgree();
    void randomBytesNeverCrash();
};

namespace {

v1::Hello goodHello() {
    v1::Hello hello;
    hello.set_protocol(kAgentProtocol);
    hello.set_node_id("pdx1/a");
    hello.set_instance_id("i1");
    hello.set_source(1);
    return hello;
}

using HelloEdit = std::function<void(v1::Hello&)>;
using TelemetryEdit = std::function<void(v1::Telemetry&)>;

} // namespace
Q_DECLARE_METATYPE(HelloEdit)
Q_DECLARE_METATYPE(TelemetryEdit)

void TestCodecHostile::helloIsRefused_data() {
    QTest::addColumn<HelloEdit>("edit");
    QTest::addColumn<QByteArray>("names");
    QTest::newRow("version") << HelloEdit([](v1::Hello& m) { m.set_protocol(99); }) << QByteArray("protocol 99");
    QTest::newRow("id without site") << HelloEdit([](v1::Hello& m) { m.set_node_id("a"); }) << QByteArray("node id");
    QTest::newRow("id with spaces") << HelloEdit([](v1::Hello& m) { m.set_node_id("pdx1/a b"); }) << QByteArray("node id");
    QTest::newRow("no instance") << HelloEdit([](v1::Hello& m) { m.set_instance_id(""); }) << QByteArray("instance id");
    QTest::newRow("65 GPUs") << HelloEdit([](v1::Hello& m) { for (int i = 0; i < 65; ++i) m.mutable_inventory()->add_gpus(); }) << QByteArray("gpus has 65");
    QTest::newRow("long text") << HelloEdit([](v1::Hello& m) { m.mutable_inventory()->set_vendor(std::string(10'000, 'x')); }) << QByteArray("vendor");
    QTest::newRow("unit 61") << HelloEdit([](v1::Hello& m) { m.mutable_place()->set_unit(61); }) << QByteArray("unit is 61");
    QTest::newRow("bad rack") << HelloEdit([](v1::Hello& m) { m.mutable_place()->set_rack("a\nb"); }) << QByteArray("rack");
    QTest::newRow("negative cores") << HelloEdit([](v1::Hello& m) { m.mutable_inventory()->set_cpu_cores(-1); }) << QByteArray("cpu cores");
    QTest::newRow("carrier 7") << HelloEdit([](v1::Hello& m) { m.mutable_inventory()->add_nics()->set_carrier(7); }) << QByteArray("nic carrier");
}

void TestCodecHostile::helloIsRefused() {
    QFETCH(HelloEdit, edit);
    QFETCH(QByteArray, names);
    QVERIFY(wire::decode(goodHello()).ok());
    v1::Hello hello = goodHello();
    edit(hello);
    const auto decoded = wire::decode(hello);
    QVERIFY(!decoded.ok());
    QVERIFY2(decoded.status().ToString().find(names.toStdString()) != std::string::npos, decoded.status().ToString().c_str());
}

void TestCodecHostile::telemetryIsRefused_data() {
    QTest::addColumn<TelemetryEdit>("edit");
    QTest::addColumn<QByteArray>("names");
    QTest::newRow("short column") << TelemetryEdit([](v1::Telemetry& m) { auto* c = m.add_columns(); c->set_metric(1); c->set_values("ab"); }) << QByteArray("column util has 2 values");
    QTest::newRow("odd bytes") << TelemetryEdit([](v1::Telemetry& m) { auto* c = m.add_columns(); c->set_metric(6); c->set_values("abc"); }) << QByteArray("power");
    QTest::newRow("time before 2000") << TelemetryEdit([](v1::Telemetry& m) { m.set_observed_wall_ms(5); }) << QByteArray("time");
    QTest::newRow("NaN load") << TelemetryEdit([](v1::Telemetry& m) { m.mutable_host()->set_load1(std::numeric_limits<double>::quiet_NaN()); }) << QByteArray("load");
    QTest::newRow("300 °C") << TelemetryEdit([](v1::Telemetry& m) { m.mutable_host()->add_temperatures()->set_celsius(300); }) << QByteArray("temperature");
    QTest::newRow("leases for other GPUs") << TelemetryEdit([](v1::Telemetry& m) { m.mutable_gpu_leases()->add_lease_ids("L"); }) << QByteArray("1 leases for 8 GPUs");
    QTest::newRow("pid 2^40") << TelemetryEdit([](v1::Telemetry& m) { m.mutable_processes()->add_processes()->set_pid(std::int64_t{1} << 40); }) << QByteArray("pid");
    QTest::newRow("GPU 64") << TelemetryEdit([](v1::Telemetry& m) { m.mutable_processes()->add_processes()->set_gpu(64); }) << QByteArray("gpu");
}

void TestCodecHostile::telemetryIsRefused() {
    QFETCH(TelemetryEdit, edit);
    QFETCH(QByteArray, names);
    v1::Telemetry message;
    edit(message);
    const auto decoded = wire::decode(message, 8);
    QVERIFY(!decoded.ok());
    QVERIFY2(decoded.status().ToString().find(names.toStdString()) != std::string::npos, decoded.status().ToString().c_str());
}

void TestCodecHostile::unknownEnumIsUnknown() {
    v1::Hello hello = goodHello();
    hello.set_source(200);
    QVERIFY(wire::decode(hello)->source == Source::unknown);
    v1::StepReport report;
    report.set_kind(77);
    report.set_state(77);
    QVERIFY(wire::decode(report)->kind == StepKind::unknown && wire::decode(report)->state == StepState::unknown);
    v1::Telemetry telemetry;
    telemetry.add_columns()->set_metric(4000);
    QVERIFY(wire::decode(telemetry, 8)->columns.empty());
}

void TestCodecHostile::columnLengthsMustAgree() {
    v1::WatchEvent event;
    event.mutable_column()->set_metric(1);
    event.mutable_column()->set_rows(std::string(8, '\0'));
    event.mutable_column()->set_values("abc");
    QVERIFY(!wire::decode(event).ok());
    v1::WatchEvent nodes;
    nodes.mutable_nodes()->set_count(2);
    nodes.mutable_nodes()->set_names("only-one\n");
    QVERIFY(!wire::decode(nodes).ok());
    v1::WatchEvent facts;
    facts.mutable_facts()->set_nodes(std::string(4, '\0'));
    facts.mutable_facts()->set_facts("ab");
    QVERIFY(!wire::decode(facts).ok());
}

void TestCodecHostile::randomBytesNeverCrash() {
    std::mt19937 random(7);
    int parsed = 0;
    for (int i = 0; i < 50'000; ++i) {
        std::string bytes(random() % 64, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        v1::Telemetry telemetry;
        v1::Hello hello;
        v1::WatchEvent event;
        v1::Action action;
        if (telemetry.ParseFromString(bytes)) parsed += wire::decode(telemetry, 8).ok() ? 1 : 0;
        if (hello.ParseFromString(bytes)) parsed += wire::decode(hello).ok() ? 1 : 0;
        if (event.ParseFromString(bytes)) parsed += wire::decode(event).ok() ? 1 : 0;
        if (action.ParseFromString(bytes)) parsed += wire::decode(action).ok() ? 1 : 0;
    }
    QVERIFY(parsed > 0);
}

QTEST_APPLESS_MAIN(TestCodecHostile)
#include "tst_codec_hostile.moc"
