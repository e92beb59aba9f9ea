// busbar-replay against a real controller: labels, provenance, connections, broken recordings, drains on the model.
#include "busbar-replay/sources/unpack.h"
#include "domain/metric.h"
#include "tests/support/site_fixture.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSet>
#include <QTest>

#include <functional>

using namespace busbar::test;

class TestReplayProgram : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        m_site = std::make_unique<SiteFixture>();
        QVERIFY2(m_site->start(), qPrintable(m_site->error()));
    }
    void cleanup() { m_site.reset(); }
    void simulatedNodesSaySo();
    void connections_data();
    void connections();
    void aDrainWaitsForTheModelsJobs();
    void aForcedDrainEndsThem();
    void aDrainThatWaitsIsCancelled();
    void drainedNodesStayClosedOverARestart();
    void nodesAreRememberedWithoutTheirGateway();
    void brokenLinesAreCountedReportedAndSkipped();
    void aGatewayKeepsToItsPrefix();
    void theRecordedFleet();
    void aRecordedNodePlaysTheSameValues();

private:
    QJsonArray nodes(const QString& more = {}) const { return m_site->ctl(words(QStringLiteral("-o json nodes ") + more)).json().object().value(QStringLiteral("nodes")).toArray(); }
    QJsonObject node(const QString& id) const { return m_site->ctl(words(QStringLiteral("-o json node ") + id)).json().object(); }
    static QStringList words(const QString& text) { return text.split(QLatin1Char(' '), Qt::SkipEmptyParts); }
    bool waitForNodes(int count, int timeoutMs = 30'000) const;
    int connectionsToController() const;
    bool record(const QString& words, QJsonObject* header, QHash<QString, QList<int>>* values, const std::function<void(int)>& during = {}) const;
    void write(const QString& folder, const QString& file, const QByteArray& text) const;
    QString busyNode() const;

    std::unique_ptr<SiteFixture> m_site;
};

bool TestReplayProgram::waitForNodes(int count, int timeoutMs) const {
    return QTest::qWaitFor([&] { return nodes().size() == count; }, timeoutMs);
}

// Established connections to the controller's port, from the kernel's tables: gRPC's sockets are of both families.
int TestReplayProgram::connectionsToController() const {
    const QByteArray port = ":" + QByteArray::number(m_site->address().section(QLatin1Char(':'), 1).toInt(), 16).toUpper().rightJustified(4, '0');
    int count = 0;
    for (const char* const path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        QFile table(QString::fromLatin1(path));
        if (!table.open(QIODevice::ReadOnly)) continue;
        for (const QByteArray& line : table.readAll().split('\n')) {
            const QList<QByteArray> fields = line.simplified().split(' ');
            if (fields.size() > 3 && fields[2].endsWith(port) && fields[3] == "01") ++count;
        }
    }
    return count;
}

// gzip(1) packs it, as the recordings are.
void TestReplayProgram::write(const QString& folder, const QString& file, const QByteArray& text) const {
    QDir().mkpath(folder);
    QProcess gzip;
    gzip.setStandardOutputFile(folder + QLatin1Char('/') + file);
    gzip.start(QStringLiteral("gzip"), {QStringLiteral("-n")});
    gzip.write(text);
    gzip.closeWriteChannel();
    QVERIFY(gzip.waitForFinished(10'000) && gzip.exitCode() == 0);
}

void TestReplayProgram::simulatedNodesSaySo() {
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"simulate\"\ngpus = 400\nseed = 3\nspeed = 60\n")));
    QVERIFY(QTest::qWaitFor([&] { return nodes().size() >= 50; }, 30'000));
    QSet<QString> models;
    int gpus = 0;
    for (const QJsonValue& value : nodes()) {
        const QJsonObject one = value.toObject();
        QCOMPARE(one.value(QStringLiteral("source")).toString(), QStringLiteral("simulated"));
        QCOMPARE(one.value(QStringLiteral("driver")).toString(), QStringLiteral("model"));
        models << one.value(QStringLiteral("gpu_model")).toString();
        gpus += static_cast<int>(one.value(QStringLiteral("gpus")).toArray().size());
    }
    QCOMPARE(gpus, 400);
    for (const char* const model : {"A40", "A100-SXM4-40GB", "A100-SXM4-80GB", "L40S", "H100", "H200"})
        QVERIFY2(std::any_of(models.begin(), models.end(), [&](const QString& name) { return name.contains(QLatin1String(model)); }), model);
    QTRY_VERIFY_WITH_TIMEOUT(node(QStringLiteral("tst1/g-0001")).value(QStringLiteral("gpus")).toArray().at(0).toObject().value(QStringLiteral("metrics")).toObject().value(QStringLiteral("temp")).toObject().contains(QStringLiteral("value")), 10'000);
    const QJsonObject one = node(QStringLiteral("tst1/g-0001"));
    QVERIFY(one.value(QStringLiteral("inventory")).toObject().value(QStringLiteral("provenance")).toArray().at(0).toString().contains(QStringLiteral("computed by a seeded simulator")));
    const QJsonObject metrics = one.value(QStringLiteral("gpus")).toArray().at(0).toObject().value(QStringLiteral("metrics")).toObject();
    QCOMPARE(metrics.value(QStringLiteral("fan")).toObject().value(QStringLiteral("missing")).toString(), QStringLiteral("not modelled"));
}

void TestReplayProgram::connections_data() {
    QTest::addColumn<QString>("setting");
    QTest::addColumn<int>("count");
    QTest::newRow("shared") << QStringLiteral("connections = 2\n") << 2;
    QTest::newRow("one a node") << QStringLiteral("connections = \"per-node\"\n") << 12;
}

void TestReplayProgram::connections() {
    QFETCH(QString, setting);
    QFETCH(int, count);
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"simulate\"\ngpus = 96\nfault_rate = 0\n") + setting));
    QVERIFY(waitForNodes(12));
    QTRY_COMPARE_WITH_TIMEOUT(connectionsToController(), count, 5'000);
}

void TestReplayProgram::aDrainWaitsForTheModelsJobs() {
    // At this speed a job of hours ends within seconds.
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"simulate\"\ngpus = 64\nfault_rate = 0\nspeed = 20000\n")));
    QVERIFY(waitForNodes(8));
    const CtlResult drained = m_site->ctl(words(QStringLiteral("-o json drain tst1/g-0002 --reason r --yes --wait --timeout 60s")), QStringLiteral("operator"), 70'000);
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    const QJsonArray steps = drained.json().object().value(QStringLiteral("targets")).toArray().at(0).toObject().value(QStringLiteral("steps")).toArray();
    QCOMPARE(steps.size(), 3);
    for (const QJsonValue& step : steps)
        for (const QJsonValue& evidence : step.toObject().value(QStringLiteral("evidence")).toArray()) {
            const QString source = evidence.toObject().value(QStringLiteral("source")).toString();
            QVERIFY2(source == QStringLiteral("model") || source == QStringLiteral("controller"), qPrintable(source));
        }
    QCOMPARE(node(QStringLiteral("tst1/g-0002")).value(QStringLiteral("processes")).toArray().size(), 0);
    QCOMPARE(m_site->ctl(words(QStringLiteral("return tst1/g-0002 --reason r --yes --wait"))).exitCode, 0);
}

/// A node with a job of the model on it; "" when none came in time.
QString TestReplayProgram::busyNode() const {
    QString busy;
    const bool came = QTest::qWaitFor(
        [&] {
            for (const QJsonValue& value : nodes())
                if (value.toObject().value(QStringLiteral("occupancy")).toString() == QStringLiteral("leased")) busy = value.toObject().value(QStringLiteral("id")).toString();
            return !busy.isEmpty();
        },
        20'000);
    return came ? busy : QString();
}

void TestReplayProgram::aDrainThatWaitsIsCancelled() {
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"simulate\"\ngpus = 64\nfault_rate = 0\nspeed = 1\n")));
    QVERIFY(waitForNodes(8));
    const QString busy = busyNode();
    QVERIFY(!busy.isEmpty());
    const CtlResult drained = m_site->ctl(words(QStringLiteral("-o json drain %1 --reason r --yes").arg(busy)));
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    const QString id = drained.json().object().value(QStringLiteral("id")).toString();
    const auto target = [&] { return m_site->ctl(words(QStringLiteral("-o json action %1").arg(id))).json().object().value(QStringLiteral("targets")).toArray().at(0).toObject(); };
    QTRY_VERIFY_WITH_TIMEOUT(target().value(QStringLiteral("blockers")).toArray().size() > 0, 20'000);
    const CtlResult cancelled = m_site->ctl(words(QStringLiteral("cancel %1 --wait --timeout 30s").arg(id)), QStringLiteral("operator"), 40'000);
    QCOMPARE(target().value(QStringLiteral("state")).toString(), QStringLiteral("cancelled"));
    QVERIFY2(cancelled.exitCode == 0, cancelled.err + cancelled.out);
    QCOMPARE(node(busy).value(QStringLiteral("service")).toString(), QStringLiteral("open"));
}

void TestReplayProgram::aForcedDrainEndsThem() {
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"simulate\"\ngpus = 64\nfault_rate = 0\nspeed = 1\n")));
    QVERIFY(waitForNodes(8));
    const QString busy = busyNode();
    QVERIFY(!busy.isEmpty());
    const CtlResult drained = m_site->ctl(words(QStringLiteral("-o json drain %1 --reason r --deadline 1s --at-deadline force --yes --wait").arg(busy)), QStringLiteral("admin"));
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    const QJsonArray steps = drained.json().object().value(QStringLiteral("targets")).toArray().at(0).toObject().value(QStringLiteral("steps")).toArray();
    QCOMPARE(steps.at(2).toObject().value(QStringLiteral("kind")).toString(), QStringLiteral("terminate"));
    const auto time = [&](const char* name) { return QDateTime::fromString(steps.at(2).toObject().value(QLatin1String(name)).toString(), Qt::ISODateWithMs); };
    QVERIFY(time("started").msecsTo(time("ended")) >= 2'000); // The model's processes take two seconds to end.
    QCOMPARE(node(busy).value(QStringLiteral("service")).toString(), QStringLiteral("drained"));
}

void TestReplayProgram::drainedNodesStayClosedOverARestart() {
    const QString settings = QStringLiteral("mode = \"simulate\"\ngpus = 64\nfault_rate = 0\nspeed = 20000\n");
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), settings));
    QVERIFY(waitForNodes(8));
    // Its jobs come and go so fast that one may start between plan and submit, which is refused: then it is planned again.
    CtlResult drained;
    for (int tries = 0; tries < 5 && (tries == 0 || drained.exitCode != 0); ++tries) drained = m_site->ctl(words(QStringLiteral("drain tst1/g-0003 --reason r --yes --wait --timeout 60s")), QStringLiteral("operator"), 70'000);
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    QTest::qWait(1'500); // The model's closed nodes are saved each second.
    m_site->killAgent(QStringLiteral("replay"));
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), settings));
    QTRY_COMPARE_WITH_TIMEOUT(node(QStringLiteral("tst1/g-0003")).value(QStringLiteral("link")).toString(), QStringLiteral("connected"), 30'000);
    QTest::qWait(2'000); // Long enough for a job to start there if it could.
    QCOMPARE(node(QStringLiteral("tst1/g-0003")).value(QStringLiteral("service")).toString(), QStringLiteral("drained"));
    QCOMPARE(node(QStringLiteral("tst1/g-0003")).value(QStringLiteral("processes")).toArray().size(), 0);
}

// A controller that restarts while the gateway is away knows its nodes: they are late, and an action that waits on one says on whom.
void TestReplayProgram::nodesAreRememberedWithoutTheirGateway() {
    const QString settings = QStringLiteral("mode = \"simulate\"\ngpus = 64\nfault_rate = 0\n");
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), settings));
    QVERIFY(waitForNodes(8));
    QTest::qWait(500); // Written at the controller's next tick.
    m_site->killAgent(QStringLiteral("replay"));
    m_site->killController();
    QVERIFY2(m_site->startController(), qPrintable(m_site->error()));
    QCOMPARE(nodes().size(), 8);
    QCOMPARE(node(QStringLiteral("tst1/g-0003")).value(QStringLiteral("link")).toString(), QStringLiteral("late"));
    QCOMPARE(node(QStringLiteral("tst1/g-0003")).value(QStringLiteral("source")).toString(), QStringLiteral("simulated"));
    const CtlResult begun = m_site->ctl(words(QStringLiteral("-o json drain tst1/g-0003 --reason r --yes")));
    QVERIFY2(begun.exitCode == 0, begun.err);
    const QString id = begun.json().object().value(QStringLiteral("id")).toString();
    const auto sentence = [&] { return m_site->ctl(words(QStringLiteral("-o json action ") + id)).json().object().value(QStringLiteral("targets")).toArray().at(0).toObject().value(QStringLiteral("sentence")).toString(); };
    QTRY_VERIFY2_WITH_TIMEOUT(sentence().contains(QStringLiteral("waiting for the agent")), qPrintable(sentence()), 5'000);
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), settings));
    QTRY_COMPARE_WITH_TIMEOUT(node(QStringLiteral("tst1/g-0003")).value(QStringLiteral("link")).toString(), QStringLiteral("connected"), 30'000);
    QCOMPARE(nodes().size(), 8);
}

void TestReplayProgram::brokenLinesAreCountedReportedAndSkipped() {
    const QString data = m_site->path(QStringLiteral("data"));
    write(data + QStringLiteral("/traces"), QStringLiteral("openb_node_list_gpu_node.csv.gz"), "sn,cpu_milli,memory_mib,gpu,model\nnode-0,1,1,8,G2\nnode-1,1,1,2,T4\nnode-2,1,1,nine,T4\nnode-3,1\n");
    write(data + QStringLiteral("/traces"), QStringLiteral("disaggregated_DLRM_trace.csv.gz"), "role,app_name,max_instance_per_node,creation_time,scheduled_time,deletion_time\nHN,app_0,8,,,\n");
    write(data + QStringLiteral("/traces"), QStringLiteral("philly_jobs.csv.gz"), "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-03 00:00:00,9000000.0,2,200.0,abc\nyesterday,5.0,1,5.0,abc\n");
    QByteArray drawn("cluster,metric,value,cdf_percent\n");
    for (const char* const metric : {"gpu_util_pct", "sm_active_pct", "gpu_power_w", "gpu_temp_c", "gpu_mem_temp_c", "gpu_mem_used_pct"})
        drawn += QByteArray("seren,") + metric + ",10,0\nseren," + metric + ",90,100\n";
    write(data + QStringLiteral("/gpu-telemetry"), QStringLiteral("acme_cdf.csv.gz"), drawn);
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"trace\"\ndata = \"%1\"\n").arg(data)));
    QVERIFY(waitForNodes(2));
    const QByteArray log = m_site->logOf(QStringLiteral("replay"));
    QVERIFY2(log.contains("openb_node_list_gpu_node.csv.gz: 2 rows, 2 broken lines skipped (lines 4, 5)"), log);
    QVERIFY2(log.contains("philly_jobs.csv.gz: 1 rows, 1 broken line skipped (line 3)"), log);
    const QJsonObject one = node(QStringLiteral("tst1/g-node-0"));
    QCOMPARE(one.value(QStringLiteral("source")).toString(), QStringLiteral("replayed"));
    QCOMPARE(one.value(QStringLiteral("driver")).toString(), QStringLiteral("model"));
}

void TestReplayProgram::aGatewayKeepsToItsPrefix() {
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"simulate\"\ngpus = 8\nprefix = \"x-\"\n")));
    QVERIFY(m_site->process(QStringLiteral("replay"))->waitForFinished(20'000));
    QCOMPARE(m_site->process(QStringLiteral("replay"))->exitCode(), 1);
    QVERIFY2(m_site->logOf(QStringLiteral("replay")).contains("may speak only for nodes whose name starts with 'g-'"), m_site->logOf(QStringLiteral("replay")));
}

void TestReplayProgram::theRecordedFleet() {
    const QString data = qEnvironmentVariable("BUSBAR_DATA", QStringLiteral(BUSBAR_SOURCE_DIR "/../shared/data"));
    if (!QFile::exists(data + QStringLiteral("/traces/disaggregated_DLRM_trace.csv.gz"))) QSKIP("the recordings are not at hand (BUSBAR_DATA)");
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"trace\"\nspeed = 60\nconnections = 4\ndata = \"%1\"\n").arg(data)));
    const auto site = [this] { return m_site->ctl(words(QStringLiteral("-o json sites"))).json().object().value(QStringLiteral("sites")).toArray().at(0).toObject(); };
    QTRY_COMPARE_WITH_TIMEOUT(site().value(QStringLiteral("nodes")).toObject().value(QStringLiteral("total")).toInt(), 1'213, 60'000);
    QCOMPARE(site().value(QStringLiteral("gpus")).toObject().value(QStringLiteral("total")).toInt(), 6'212);
    QTRY_COMPARE_WITH_TIMEOUT(connectionsToController(), 4, 5'000);
    const auto gpusOf = [](const QJsonArray& list) {
        QSet<QString> sources;
        int leased = 0;
        for (const QJsonValue& one : list) {
            sources << one.toObject().value(QStringLiteral("source")).toString();
            for (const QJsonValue& gpu : one.toObject().value(QStringLiteral("gpus")).toArray()) leased += gpu.toObject().value(QStringLiteral("lease")).isNull() ? 0 : 1;
        }
        return std::pair(sources, leased);
    };
    QTRY_VERIFY_WITH_TIMEOUT(gpusOf(nodes()).second > 2'000, 30'000);
    const auto [sources, leased] = gpusOf(nodes());
    QCOMPARE(sources, QSet<QString>{QStringLiteral("replayed")});
    QVERIFY(leased <= 4'468);
    const QJsonArray provenance = node(nodes().at(0).toObject().value(QStringLiteral("id")).toString()).value(QStringLiteral("inventory")).toObject().value(QStringLiteral("provenance")).toArray();
    QCOMPARE(provenance.size(), 4); // recorded, recorded, drawn, computed by us
}

// Records, calling `during` ten times a second, and gives the file's header and what each metric of GPU 0 was, one after the other.
bool TestReplayProgram::record(const QString& words, QJsonObject* header, QHash<QString, QList<int>>* values, const std::function<void(int)>& during) const {
    const QString file = m_site->path(QString::number(values->size()) + QStringLiteral("-%1.zst").arg(QDateTime::currentMSecsSinceEpoch()));
    const auto process = m_site->startCtl(TestReplayProgram::words(QStringLiteral("-o json record %1 --out %2").arg(words, file)), QStringLiteral("viewer"));
    for (int turn = 0; !process->waitForFinished(100) && turn < 300; ++turn)
        if (during) during(turn);
    const CtlResult made = SiteFixture::resultOf(*process);
    if (made.exitCode != 0 || made.json().object().value(QStringLiteral("changes")).toInt() < 5) {
        qWarning() << made.exitCode << made.err << made.out;
        return false;
    }
    const auto text = busbar::replay::unpackZstd(file.toStdString(), 100'000'000);
    if (!text.ok()) return false;
    const QList<QByteArray> lines = QByteArray::fromStdString(*text).split('\n');
    *header = QJsonDocument::fromJson(lines.value(0)).object();
    for (const QByteArray& line : lines) {
        const QJsonObject changed = QJsonDocument::fromJson(line).object().value(QStringLiteral("values")).toObject();
        for (auto metric = changed.begin(); metric != changed.end(); ++metric) (*values)[metric.key()] << metric->toArray().at(0).toInt();
    }
    return true;
}

void TestReplayProgram::aRecordedNodePlaysTheSameValues() {
    QVERIFY(m_site->startAgent(QStringLiteral("sim1")));
    QVERIFY(m_site->waitForLink(QStringLiteral("sim1"), QStringLiteral("connected")));
    // A drain that waits for a process that will end it: --until an action.
    QJsonObject header, again;
    QHash<QString, QList<int>> values, played;
    const CtlResult drained = m_site->ctl(words(QStringLiteral("-o json drain tst1/sim1 --reason r --yes")));
    QVERIFY2(drained.exitCode == 0, drained.err);
    QJsonObject action = drained.json().isArray() ? drained.json().array().at(0).toObject() : drained.json().object();
    if (action.contains(QStringLiteral("actions"))) action = action.value(QStringLiteral("actions")).toArray().at(0).toObject();
    QHash<QString, QList<int>> during;
    const CtlResult until = m_site->ctl(words(QStringLiteral("-o json record tst1/sim1 --until %1 --out %2").arg(action.value(QStringLiteral("id")).toString(), m_site->path(QStringLiteral("until.zst")))));
    QVERIFY2(until.exitCode == 0, until.err);
    QVERIFY2(until.json().object().value(QStringLiteral("ended")).toString().endsWith(QStringLiteral("succeeded")), until.out);

    const auto change = [this](int turn) {
        m_site->driver(QStringLiteral("sim1"), {QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("temperature"), QString::number(30 + turn % 60)});
    };
    QVERIFY(record(QStringLiteral("tst1/sim1 --seconds 4"), &header, &values, change));
    QCOMPARE(header.value(QStringLiteral("source")).toString(), QStringLiteral("simulated"));
    QCOMPARE(header.value(QStringLiteral("node")).toString(), QStringLiteral("tst1/sim1"));
    const QString file = QDir(m_site->path({})).entryInfoList({QStringLiteral("0-*.zst")}).value(0).filePath();
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"recording\"\nrecording = \"%1\"\n").arg(file)));
    QVERIFY(m_site->waitForLink(QStringLiteral("g-sim1"), QStringLiteral("connected")));
    QCOMPARE(node(QStringLiteral("tst1/g-sim1")).value(QStringLiteral("source")).toString(), QStringLiteral("simulated"));
    QVERIFY(record(QStringLiteral("tst1/g-sim1 --seconds 6"), &again, &played));
    QCOMPARE(again.value(QStringLiteral("gpus")).toArray().at(0).toObject().value(QStringLiteral("uuid")), header.value(QStringLiteral("gpus")).toArray().at(0).toObject().value(QStringLiteral("uuid")));
    QCOMPARE(QSet<QString>(played.keyBegin(), played.keyEnd()), QSet<QString>(values.keyBegin(), values.keyEnd()));
    for (auto metric = played.begin(); metric != played.end(); ++metric) {
        // Played over and over from anywhere: what came is in the recording, in its order.
        QList<int> rounds;
        for (int round = 0; round < 4; ++round) rounds += values.value(metric.key());
        qsizetype from = 0;
        for (const int value : *metric) {
            if (value == busbar::kNotRead) continue; // The recording of the played node began before this value had come.
            from = rounds.indexOf(value, from);
            QVERIFY2(from >= 0, qPrintable(QStringLiteral("%1: %2 was not recorded there").arg(metric.key()).arg(value)));
        }
    }
    QVERIFY2(values.value(QStringLiteral("temp")).size() > 10 && played.value(QStringLiteral("temp")).size() > 10, qPrintable(QStringLiteral("%1 and %2 temperatures").arg(values.value(QStringLiteral("temp")).size()).arg(played.value(QStringLiteral("temp")).size())));
}

QTEST_GUILESS_MAIN(TestReplayProgram)
#include "tst_replay_program.moc"
