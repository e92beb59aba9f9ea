// From Fleet.Watch's batches to a file and back: what busbarctl records is what busbar-replay plays.
#include "busbar-replay/sources/recording.h"
#include "busbarctl/output/recorder.h"
#include "busbarctl/output/recording_file.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace busbar;
using replay::Recording;

namespace {

constexpr std::int64_t kStart = 1'795'915'200'000;

NodeDetail nodeOf(Source source) {
    NodeDetail node;
    node.id = "tst1/n2";
    node.source = source;
    node.asOfWallMs = kStart;
    node.inventory.driver = "NVML 580.95";
    node.inventory.unsupported[Metric::fanPercent] = "Not Supported";
    for (int slot = 0; slot < 2; ++slot) node.gpus.push_back({{fmt::format("00000000:{:02X}:00.0", 0x1b + slot), fmt::format("GPU-{}", slot), "NVIDIA H200", "SERIAL", "96.00", 143'771, slot}, {}, "", ""});
    return node;
}

WatchBatch nodesBatch(std::uint8_t gpus = 2) {
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::nodes;
    batch.nodes.names = {"n1", "n2", "n3"};
    batch.nodes.gpuCount = {4, gpus, 8};
    return batch;
}

WatchBatch columnBatch(Metric metric, std::int64_t ms, std::vector<std::int64_t> values, std::uint32_t firstRow = 4) {
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::column;
    batch.column = {metric, kStart + ms, firstRow, {}, std::move(values)};
    return batch;
}

WatchBatch xidBatch(std::int64_t ms, const std::string& node) {
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::event;
    batch.event.wallMs = kStart + ms;
    batch.event.nodeId = node;
    batch.event.kind = EventKind::xid;
    batch.event.gpu = 1;
    batch.event.xid = 63;
    batch.event.text = "row remap";
    return batch;
}

std::vector<std::int64_t> at(Recording& recording, Metric metric, std::int64_t ms) {
    for (const MetricColumn& column : recording.columns(0, ms))
        if (column.metric == metric) return column.values;
    return {};
}

using Values = std::vector<std::int64_t>;

} // namespace

class TestRecording : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_path = m_dir.filePath(QString::number(++m_count)).toStdString(); }
    void whatWasRecordedIsPlayed();
    void sourcesKeepTheirLabel_data();
    void sourcesKeepTheirLabel();
    void aSlowerRateMergesChanges();
    void aNodeWithOtherGpusEndsIt();
    void eventsHappenOncePerRound();
    void aFileCutOffIsPlayedToThere();
    void brokenLinesAreCounted();
    void noRecordingIsRefused_data();
    void noRecordingIsRefused();
    void aRecordingIsNotMadeTwice();

private:
    std::unique_ptr<ctl::Recorder> record(int everyMs = 100, Source source = Source::live) {
        m_file = *ctl::RecordingFile::create(m_path);
        auto recorder = std::make_unique<ctl::Recorder>(nodeOf(source), everyMs, [this](const ctl::Json& line) { QVERIFY(m_file->add(line).ok()); });
        recorder->take(nodesBatch());
        return recorder;
    }
    StatusOr<std::unique_ptr<Recording>> play(double speed = 1) {
        m_file.reset();
        return Recording::open({m_path, "g-", speed}, 0);
    }
    void write(const std::vector<std::string>& lines) {
        m_file = *ctl::RecordingFile::create(m_path);
        for (const std::string& line : lines) QVERIFY(m_file->add(ctl::Json::parse(line)).ok());
    }

    QTemporaryDir m_dir;
    int m_count = 0;
    std::string m_path;
    std::unique_ptr<ctl::RecordingFile> m_file;
};

void TestRecording::whatWasRecordedIsPlayed() {
    auto recorder = record();
    for (int tick = 0; tick < 50; ++tick) {
        recorder->take(columnBatch(Metric::power, tick * 100, {600 + tick, 500}));
        recorder->take(columnBatch(Metric::energy, tick * 100, {INT64_MAX - 100 + tick, tick}));
        recorder->take(columnBatch(Metric::power, tick * 100, {1, 2}, 0));            // another node's
        recorder->take(columnBatch(Metric::health, tick * 100, {1, 1}));              // the controller's own
    }
    recorder->take(columnBatch(Metric::temperature, 5'000, {kNotRead, kNotSupported}));
    recorder->end("5 s are over");
    QCOMPARE(recorder->changes(), 51);
    const auto recording = play();
    QVERIFY2(recording.ok(), recording.status().ToString().c_str());
    QCOMPARE((*recording)->lengthMs(), 5'000);
    for (int tick = 0; tick < 50; ++tick) {
        QCOMPARE(at(**recording, Metric::power, tick * 100), (Values{600 + tick, 500}));
        QCOMPARE(at(**recording, Metric::energy, tick * 100 + 49), (Values{INT64_MAX - 100 + tick, tick}));
    }
    QCOMPARE(at(**recording, Metric::temperature, 4'999), (Values{kNotRead, kNotRead})); // not yet known
    QCOMPARE(at(**recording, Metric::temperature, 5'000), (Values{kNotRead, kNotSupported}));
    QCOMPARE(at(**recording, Metric::power, 5'001), (Values{600, 500})); // it begins again
    QCOMPARE(at(**recording, Metric::health, 0), Values{});
    const auto lacks = (*recording)->unsupported(0);
    QCOMPARE(lacks.at(Metric::fanPercent), std::string("Not Supported"));
    QCOMPARE(lacks.at(Metric::smClock), std::string("not in the recording"));
    QVERIFY(!lacks.contains(Metric::power) && !lacks.contains(Metric::health));
    const auto& node = (*recording)->fleet().nodes.at(0);
    QCOMPARE(node.name, std::string("g-n2"));
    QCOMPARE(node.gpus.at(1).identity.uuid, std::string("GPU-1"));
    QCOMPARE(node.gpus.at(1).identity.memoryMib, 143'771);
    QVERIFY(node.gpus.at(1).identity.serial.empty());
    QCOMPARE((*recording)->driver(), std::string("NVML 580.95"));
}

void TestRecording::sourcesKeepTheirLabel_data() {
    QTest::addColumn<int>("recorded");
    QTest::addColumn<int>("played");
    QTest::newRow("live") << static_cast<int>(Source::live) << static_cast<int>(Source::replayed);
    QTest::newRow("replayed") << static_cast<int>(Source::replayed) << static_cast<int>(Source::replayed);
    QTest::newRow("simulated") << static_cast<int>(Source::simulated) << static_cast<int>(Source::simulated);
}

void TestRecording::sourcesKeepTheirLabel() {
    QFETCH(int, recorded);
    QFETCH(int, played);
    auto recorder = record(100, static_cast<Source>(recorded));
    recorder->take(columnBatch(Metric::power, 0, {600, 500}));
    recorder->end("enough");
    const auto recording = play();
    QCOMPARE(static_cast<int>((*recording)->source()), played);
    QCOMPARE(QString::fromStdString((*recording)->provenance(0).at(0)).contains(QStringLiteral("no such hardware was measured")), played == static_cast<int>(Source::simulated));
}

void TestRecording::aSlowerRateMergesChanges() {
    auto recorder = record(1'000);
    for (int tick = 0; tick < 50; ++tick) recorder->take(columnBatch(Metric::power, tick * 100, {600 + tick, 500}));
    recorder->end("enough");
    QCOMPARE(recorder->changes(), 5);
}

void TestRecording::aNodeWithOtherGpusEndsIt() {
    const auto recorder = record();
    WatchBatch begin;
    begin.kind = WatchBatch::Kind::snapshotBegin; // a new epoch
    recorder->take(begin);
    recorder->take(nodesBatch(3));
    QVERIFY(absl::IsFailedPrecondition(recorder->trouble()));
    QCOMPARE(sentenceOf(recorder->trouble()), std::string_view("tst1/n2 has 3 GPUs now, 2 at the start of the recording"));
}

void TestRecording::eventsHappenOncePerRound() {
    auto recorder = record();
    recorder->take(columnBatch(Metric::power, 0, {600, 500}));
    recorder->take(xidBatch(-5'000, "tst1/n2")); // before the recording
    recorder->take(xidBatch(500, "tst1/n1"));    // another node's
    recorder->take(xidBatch(1'500, "tst1/n2"));
    recorder->take(columnBatch(Metric::power, 3'000, {600, 501}));
    recorder->end("enough");
    const auto recording = play(2); // twice as fast
    std::vector<FleetEvent> events;
    std::vector<replay::LinkFault> faults;
    std::vector<std::int64_t> times;
    for (std::int64_t ms = 0; ms < 3'000; ms += 100) {
        events.clear();
        (*recording)->advance(ms, events, faults);
        for (const FleetEvent& event : events) {
            QCOMPARE(event.xid, 63);
            QCOMPARE(event.gpu, 1);
            QCOMPARE(event.nodeId, std::string("0"));
            times.push_back(ms);
        }
    }
    QCOMPARE(times, (std::vector<std::int64_t>{800, 2'300})); // second 1.5 of each round of 3 s, at the next tick
}

void TestRecording::aFileCutOffIsPlayedToThere() {
    auto recorder = record();
    for (int tick = 0; tick < 20'000; ++tick) recorder->take(columnBatch(Metric::power, tick * 100, {tick * 7919 % 700, tick * 104'729 % 700}));
    recorder->end("enough");
    QVERIFY(m_file->close().ok());
    QFile file(QString::fromStdString(m_path));
    QVERIFY(file.resize(file.size() / 2));
    const auto recording = play();
    QVERIFY2(recording.ok(), recording.status().ToString().c_str());
    QVERIFY((*recording)->sentence().find("its end is missing") != std::string::npos);
    QVERIFY((*recording)->lengthMs() > 100'000);
    for (const std::int64_t tick : {0, 1, 500}) QCOMPARE(at(**recording, Metric::power, tick * 100), (Values{tick * 7919 % 700, tick * 104'729 % 700}));
}

void TestRecording::brokenLinesAreCounted() {
    const std::string header = R"({"busbar_recording":1,"node":"a/b","source":"live","gpus":[{"model":"X"}]})";
    write({header, R"({"t":0,"values":{"power":[5]}})", R"({"t":100,"values":{"power":[5,6]}})", R"({"t":100,"values":{"power":[-3]}})", R"({"t":100,"values":{"power":[70000]}})", R"({"values":{}})", R"("x")",
           R"({"t":200,"values":{"power":[7],"of_tomorrow":[1]}})", R"({"t":150,"values":{"power":[8]}})", R"({"t":300,"end":"enough"})"});
    const auto recording = play();
    QVERIFY2(recording.ok(), recording.status().ToString().c_str());
    QVERIFY2((*recording)->sentence().find("2 changes of a/b (replayed), 0.3 s; 6 broken lines skipped, the first is line 3") != std::string::npos, (*recording)->sentence().c_str());
    QCOMPARE(at(**recording, Metric::power, 250), Values{7});
}

void TestRecording::noRecordingIsRefused_data() {
    QTest::addColumn<QString>("header");
    QTest::addColumn<QString>("why");
    QTest::newRow("another file") << QStringLiteral(R"({"hello": 1})") << QStringLiteral("not the header");
    QTest::newRow("a later version") << QStringLiteral(R"({"busbar_recording": 2})") << QStringLiteral("version 1");
    QTest::newRow("no source") << QStringLiteral(R"({"busbar_recording":1,"node":"a/b","gpus":[{}]})") << QStringLiteral("neither live, replayed nor simulated");
    QTest::newRow("a bad name") << QStringLiteral(R"({"busbar_recording":1,"node":"a/../b","source":"live","gpus":[{}]})") << QStringLiteral("no valid name");
    QTest::newRow("no GPU") << QStringLiteral(R"({"busbar_recording":1,"node":"a/b","source":"live","gpus":[]})") << QStringLiteral("no GPU");
    QTest::newRow("no values") << QStringLiteral(R"({"busbar_recording":1,"node":"a/b","source":"live","gpus":[{}]})") << QStringLiteral("holds no values");
}

void TestRecording::noRecordingIsRefused() {
    QFETCH(QString, header);
    QFETCH(QString, why);
    write({header.toStdString()});
    const auto recording = play();
    QVERIFY(!recording.ok());
    QVERIFY2(recording.status().ToString().find(why.toStdString()) != std::string::npos, recording.status().ToString().c_str());
}

void TestRecording::aRecordingIsNotMadeTwice() {
    write({"{}"});
    QVERIFY(absl::IsFailedPrecondition(ctl::RecordingFile::create(m_path).status()));
    QVERIFY(absl::IsInvalidArgument(ctl::RecordingFile::create("/nonexistent/x").status()));
    QVERIFY(absl::IsNotFound(Recording::open({"/nonexistent/x", "", 1}, 0).status()));
}

QTEST_APPLESS_MAIN(TestRecording)
#include "tst_recording.moc"
