// The trace readers: broken lines are counted, named and skipped; distributions are read right; the real recordings (when they are at
// hand) give the figures that their README states.
#include "busbar-replay/sources/cdf.h"
#include "busbar-replay/sources/csv.h"
#include "busbar-replay/sources/trace.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <zlib.h>

using namespace busbar;
using namespace busbar::replay;

class TestReplayTraces : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void brokenLinesAreSkipped();
    void refusals();
    void distributions();
    void smallTracePlaysAndLoops();
    void recordedFleet();

private:
    std::string write(const char* name, const QByteArray& text);
    QTemporaryDir m_dir;
};

std::string TestReplayTraces::write(const char* name, const QByteArray& text) {
    const QString path = m_dir.filePath(QString::fromUtf8(name));
    QDir().mkpath(QFileInfo(path).path());
    gzFile file = gzopen(path.toUtf8().constData(), "wb");
    gzwrite(file, text.constData(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return path.toStdString();
}

void TestReplayTraces::brokenLinesAreSkipped() {
    const std::string path = write("a.csv.gz", "x,y\n1,2\nbroken\n3,4,5\nnan,4\n5,6\r\n\n");
    std::int64_t sum = 0;
    const auto report = readCsv(path, {"y", "x"}, [&](const Row& row) {
        std::int64_t x = 0, y = 0;
        if (!toNumber(row[0], y) || !toNumber(row[1], x)) return false;
        sum += x * 10 + y;
        return true;
    });
    QVERIFY2(report.ok(), report.status().ToString().c_str());
    QCOMPARE(report->rows, 2);
    QCOMPARE(report->broken, 3);
    QCOMPARE(sum, 12 + 56);
    QCOMPARE(report->sentence(), std::string("a.csv.gz: 2 rows, 3 broken lines skipped (lines 3, 4, 5)"));
}

void TestReplayTraces::refusals() {
    const auto any = [](const Row&) { return true; };
    QVERIFY(readCsv("/nonexistent.csv.gz", {"x"}, any).status().ToString().find("/nonexistent.csv.gz") != std::string::npos);
    QVERIFY(readCsv(write("b.csv.gz", "x,y\n1,2\n"), {"z"}, any).status().ToString().find("no column 'z'") != std::string::npos);
    QVERIFY(!readCsv(write("c.csv.gz", ""), {"x"}, any).ok());
    std::unique_ptr<Trace> none;
    TraceOptions options;
    options.data = "/nonexistent";
    QVERIFY(Trace::open(options, 0).status().ToString().find("openb_node_list_gpu_node") != std::string::npos);
}

void TestReplayTraces::distributions() {
    QByteArray text("cluster,metric,value,cdf_percent\n");
    for (const char* metric : {"gpu_util_pct", "sm_active_pct", "gpu_power_w", "gpu_temp_c", "gpu_mem_temp_c", "gpu_mem_used_pct"}) text += QByteArray("seren,") + metric + ",10,0\nseren," + metric + ",20,50\nseren," + metric + ",40,100\n";
    ReadReport report;
    const auto drawn = Distributions::read(write("gpu-telemetry/acme_cdf.csv.gz", text), report);
    QVERIFY2(drawn.ok(), drawn.status().ToString().c_str());
    QCOMPARE(drawn->at("gpu_power_w", 0), 10.0);
    QCOMPARE(drawn->at("gpu_power_w", 0.25), 15.0);
    QCOMPARE(drawn->at("gpu_power_w", 0.75), 30.0);
    QCOMPARE(drawn->at("gpu_power_w", 1), 40.0);
}

void TestReplayTraces::smallTracePlaysAndLoops() {
    write("traces/openb_node_list_gpu_node.csv.gz", "sn,cpu_milli,memory_mib,gpu,model\nnode-0,1,1,8,G2\nnode-1,1,1,2,T4\nnode-2,1,1,nine,T4\n");
    write("traces/disaggregated_DLRM_trace.csv.gz", "role,app_name,max_instance_per_node,creation_time,scheduled_time,deletion_time\nHN,app_0,8,,,\nHN,app_0,8,100,,200\nCN,app_0,8,,,\n");
    write("traces/philly_jobs.csv.gz", "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-03 00:00:50,100.0,2,200.0,abc\n2016-01-01 00:00:00,5.0,1,5.0,abc\nyesterday,5.0,1,5.0,abc\n");
    TraceOptions options;
    options.data = m_dir.path().toStdString();
    options.speed = 1000;
    options.startSeconds = 60;
    const auto trace = Trace::open(options, 0);
    QVERIFY2(trace.ok(), trace.status().ToString().c_str());
    FleetModel& fleet = (*trace)->fleet();
    QCOMPARE(fleet.nodes.size(), 2u);
    QCOMPARE((*trace)->reports().at(0).broken, 1);
    QCOMPARE((*trace)->reports().at(2).broken, 1);
    QCOMPARE(fleet.busyGpus(), 3); // one lease from the start, one job of 2
    std::vector<FleetEvent> events;
    std::vector<LinkFault> faults;
    (*trace)->advance(60, events, faults); // second 120
    QCOMPARE(fleet.busyGpus(), 4);
    (*trace)->advance(200, events, faults); // second 260
    QCOMPARE(fleet.busyGpus(), 1);
    (*trace)->advance(kTraceSeconds + 60 - 60, events, faults); // the second lap, second 60
    QCOMPARE(fleet.busyGpus(), 3);
}

void TestReplayTraces::recordedFleet() {
    const QString data = qEnvironmentVariable("BUSBAR_DATA", QStringLiteral(BUSBAR_SOURCE_DIR "/../shared/data"));
    if (!QFile::exists(data + QStringLiteral("/traces/disaggregated_DLRM_trace.csv.gz"))) QSKIP("the recordings are not at hand (BUSBAR_DATA)");
    TraceOptions options;
    options.data = data.toStdString();
    options.startSeconds = 0;
    options.speed = 1'000; // a turn of 1 ms is 1 s: each second of the recording is looked at
    const auto trace = Trace::open(options, 0);
    QVERIFY2(trace.ok(), trace.status().ToString().c_str());
    QCOMPARE((*trace)->fleet().nodes.size(), 1213u);
    std::size_t gpus = 0;
    for (const ModelNode& node : (*trace)->fleet().nodes) gpus += node.gpus.size();
    QCOMPARE(gpus, 6212u);
    for (const ReadReport& report : (*trace)->reports()) QCOMPARE(report.broken, 0);
    QCOMPARE((*trace)->fleet().running(), 3123 + 166); // leases and jobs that run at second 0
    std::vector<FleetEvent> events;
    std::vector<LinkFault> faults;
    std::int64_t peak = 0;
    for (std::int64_t ms = 1; ms < kTraceSeconds; ++ms) {
        (*trace)->advance(ms, events, faults);
        peak = std::max(peak, (*trace)->fleet().busyGpus());
    }
    QCOMPARE(peak, 4468);
    QCOMPARE((*trace)->unplaced(), 0);
}

QTEST_APPLESS_MAIN(TestReplayTraces)
#include "tst_replay_traces.moc"
