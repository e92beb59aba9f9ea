// busbar-replay against a real controller: labels, provenance, connections, broken recordings, drains on the model.
#include "tests/support/site_fixture.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QSet>
#include <QTest>

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
    void drainedNodesStayClosedOverARestart();
    void brokenLinesAreCountedReportedAndSkipped();
    void aGatewayKeepsToItsPrefix();
    void theRecordedFleet();

private:
    QJsonArray nodes(const QString& more = {}) const { return m_site->ctl(words(QStringLiteral("-o json nodes ") + more)).json().object().value(QStringLiteral("nodes")).toArray(); }
    QJsonObject node(const QString& id) const { return m_site->ctl(words(QStringLiteral("-o json node ") + id)).json().object(); }
    static QStringList words(const QString& text) { return text.split(QLatin1Char(' '), Qt::SkipEmptyParts); }
    bool waitForNodes(int count, int timeoutMs = 30'000) const;
    int connectionsToController() const;
    void write(const QString& folder, const QString& file, const QByteArray& text) const;

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

void TestReplayProgram::aForcedDrainEndsThem() {
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"simulate\"\ngpus = 64\nfault_rate = 0\nspeed = 1\n")));
    QVERIFY(waitForNodes(8));
    QString busy;
    QTRY_VERIFY_WITH_TIMEOUT(([&] {
                                 for (const QJsonValue& value : nodes())
                                     if (value.toObject().value(QStringLiteral("occupancy")).toString() == QStringLiteral("leased")) busy = value.toObject().value(QStringLiteral("id")).toString();
                                 return !busy.isEmpty();
                             }()),
                             20'000);
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
    QCOMPARE(m_site->ctl(words(QStringLiteral("drain tst1/g-0003 --reason r --yes --wait --timeout 60s")), QStringLiteral("operator"), 70'000).exitCode, 0);
    QTest::qWait(1'500); // The model's closed nodes are saved each second.
    m_site->killAgent(QStringLiteral("replay"));
    QVERIFY(m_site->startReplay(QStringLiteral("replay"), settings));
    QTRY_COMPARE_WITH_TIMEOUT(node(QStringLiteral("tst1/g-0003")).value(QStringLiteral("link")).toString(), QStringLiteral("connected"), 30'000);
    QTest::qWait(2'000); // Long enough for a job to start there if it could.
    QCOMPARE(node(QStringLiteral("tst1/g-0003")).value(QStringLiteral("service")).toString(), QStringLiteral("drained"));
    QCOMPARE(node(QStringLiteral("tst1/g-0003")).value(QStringLiteral("processes")).toArray().size(), 0);
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

QTEST_GUILESS_MAIN(TestReplayProgram)
#include "tst_replay_program.moc"
