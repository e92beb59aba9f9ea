// Fleet over real mutual TLS: snapshot, deltas, resume, watched nodes, slow watchers, Describe, List, History, and who may look.
#include "busbar/v1/access.grpc.pb.h"
#include "busbar-controller/fanout/publisher.h"
#include "busbar-controller/ingest/agent_ingest.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "tests/busbar-controller/fleet_kit.h"
#include "tests/busbar-controller/link_kit.h"
#include "transport/status_map.h"
#include "wire/codec.h"

#include <QtTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::test;

namespace {

using Batches = std::deque<WatchBatch>;

const WatchBatch* find(const Batches& batches, WatchBatch::Kind kind) {
    const auto found = std::ranges::find(batches, kind, &WatchBatch::kind);
    return found == batches.end() ? nullptr : &*found;
}

/// Newest value of a row in all column batches, or -100.
std::int64_t valueIn(const Batches& batches, Metric metric, std::uint32_t row) {
    std::int64_t value = -100;
    for (const WatchBatch& batch : batches) {
        if (batch.kind != WatchBatch::Kind::column || batch.column.metric != metric) continue;
        for (std::size_t i = 0; i < batch.column.values.size(); ++i) {
            const auto at = batch.column.rows.empty() ? batch.column.firstRow + i : batch.column.rows[i];
            if (at == row) value = batch.column.values[i];
        }
    }
    return value;
}

std::size_t valuesIn(const Batches& batches) {
    std::size_t values = 0;
    for (const WatchBatch& batch : batches) values += batch.column.values.size();
    return values;
}

TelemetryFrame utilFrame(std::int64_t value) { return frameOf(systemClock().wallMs(), {{Metric::gpuUtil, {value, value}}, {Metric::power, {100 + value, 200 + value}}}); }

} // namespace

class TstFleetService : public QObject {
    Q_OBJECT

    std::unique_ptr<TestSite> m_site;
    std::unique_ptr<TestAgent> m_agent;

    controller::FleetTable& fleet() { return m_site->server->fleet(); }

private Q_SLOTS:
    void init() {
        m_site = std::make_unique<TestSite>();
        const std::string error = m_site->start();
        QVERIFY2(error.empty(), error.c_str());
        m_agent = std::make_unique<TestAgent>(m_site->nodeChannel("n1"));
        QVERIFY(m_agent->join(helloOf("n1")).ok());
        m_agent->send(utilFrame(10));
        QTRY_COMPARE(fleet().node("tst1/n1")->gpuPowerW.at(0), 110);
    }
    void cleanup() {
        m_agent.reset();
        m_site.reset();
    }

    void snapshotThenDeltas() {
        TestWatcher watcher(m_site->userChannel(), {});
        QVERIFY(watcher.waitForSnapshot());
        const Batches snapshot = watcher.batches();
        QCOMPARE(snapshot.front().nodeTotal, 1U);
        QCOMPARE(snapshot.front().rowTotal, 2U);
        const WatchBatch* nodes = find(snapshot, WatchBatch::Kind::nodes);
        QVERIFY(nodes != nullptr);
        QCOMPARE(nodes->nodes.names, std::vector<std::string>{"n1"});
        QCOMPARE(nodes->nodes.newStrings.at(nodes->nodes.rack[0] - 1), std::string("r1"));
        QVERIFY(find(snapshot, WatchBatch::Kind::facts)->facts.facts[0].link == Link::connected);
        QCOMPARE(valueIn(snapshot, Metric::gpuUtil, 1), 10);
        QCOMPARE(valueIn(snapshot, Metric::smActive, 1), kNotRead);

        QVERIFY(watcher.waitFor([](const Batches& all) { return find(all, WatchBatch::Kind::heartbeat) != nullptr; }));
        watcher.clear();
        m_agent->send(utilFrame(77));
        QVERIFY(watcher.waitFor([](const Batches& all) { return valueIn(all, Metric::gpuUtil, 1) == 77; }));
        QVERIFY2(valuesIn(watcher.batches()) <= 4, "only what changed");

        TestAgent second(m_site->nodeChannel("n2"));
        QVERIFY(second.join(helloOf("n2")).ok());
        QVERIFY(watcher.waitFor([](const Batches& all) {
            const WatchBatch* more = find(all, WatchBatch::Kind::nodes);
            return more != nullptr && more->nodes.first == 1 && more->nodes.names.at(0) == "n2";
        }));
    }

    void resumeSendsOnlyWhatWasMissed() {
        std::uint64_t epoch = 0, revision = 0;
        {
            TestWatcher watcher(m_site->userChannel(), {});
            QVERIFY(watcher.waitForSnapshot());
            epoch = watcher.batches().back().epoch;
            revision = watcher.batches().back().revision;
        }
        m_agent->send(utilFrame(55));
        QTRY_COMPARE(fleet().node("tst1/n1")->gpuPowerW.at(0), 155);
        WatchInterest resume;
        resume.resumeEpoch = epoch;
        resume.resumeRevision = revision;
        TestWatcher watcher(m_site->userChannel(), resume);
        QVERIFY(watcher.waitFor([](const Batches& all) { return valueIn(all, Metric::power, 0) == 155; }));
        QVERIFY(find(watcher.batches(), WatchBatch::Kind::snapshotBegin) == nullptr);
        QVERIFY(find(watcher.batches(), WatchBatch::Kind::nodes) == nullptr);
        QCOMPARE(valuesIn(watcher.batches()), std::size_t{4});

        resume.resumeEpoch = epoch - 1; // of an earlier life of the controller
        TestWatcher stranger(m_site->userChannel(), resume);
        QVERIFY(stranger.waitForSnapshot());
    }

    void changedGpusMakeANewSnapshot() {
        TestWatcher watcher(m_site->userChannel(), {});
        QVERIFY(watcher.waitForSnapshot());
        const std::uint64_t epoch = watcher.batches().back().epoch;
        watcher.clear();
        TestAgent again(m_site->nodeChannel("n1"));
        QVERIFY(again.join(helloOf("n1", 3)).ok());
        QVERIFY(watcher.waitForSnapshot());
        QVERIFY(watcher.batches().back().epoch > epoch);
        QCOMPARE(find(watcher.batches(), WatchBatch::Kind::snapshotBegin)->rowTotal, 3U);
    }

    void watchedNodesGetEveryMetricTenTimesASecond() {
        WatchInterest interest;
        interest.periodMs = 60'000; // so that what comes, comes for the watched node
        interest.watchedNodes = {"tst1/n1"};
        {
            TestWatcher watcher(m_site->userChannel(), interest);
            QVERIFY(watcher.waitForSnapshot());
            const auto sampling = m_agent->next(v1::ControllerMessage::kSampling);
            QVERIFY(sampling.has_value());
            QCOMPARE(sampling->sampling().sample_ms(), 100U);
            watcher.clear();
            QElapsedTimer timer;
            timer.start();
            m_agent->send(frameOf(systemClock().wallMs(), {{Metric::gpuUtil, {1, 2}}, {Metric::eccCorrected, {3, 4}}}));
            QVERIFY(watcher.waitFor([](const Batches& all) { return valueIn(all, Metric::eccCorrected, 1) == 4; }));
            QVERIFY2(timer.elapsed() < 500, "flushed on arrival");
            QCOMPARE(valueIn(watcher.batches(), Metric::gpuUtil, 0), 1);
            QVERIFY(watcher.waitFor([](const Batches& all) { return find(all, WatchBatch::Kind::heartbeat) != nullptr; }));
        }
        const auto back = m_agent->next(v1::ControllerMessage::kSampling);
        QVERIFY(back.has_value());
        QCOMPARE(back->sampling().sample_ms(), 1000U);
    }

    void aSlowWatcherCatchesUpAndSlowsNobody() {
        // Big enough that a snapshot does not fit into the buffers between.
        for (int i = 0; i < 3'000; ++i) QVERIFY(fleet().applyHello(helloOf(fmt::format("many{}", i), 64)).ok());
        WatchInterest interest;
        interest.periodMs = 100;
        TestWatcher slow(m_site->userChannel(), interest), quick(m_site->userChannel("vic"), interest);
        slow.hold(true);
        QVERIFY(quick.waitForSnapshot());
        for (int value = 20; value < 30; ++value) {
            quick.clear();
            m_agent->send(utilFrame(value));
            QVERIFY(quick.waitFor([value](const Batches& all) { return valueIn(all, Metric::gpuUtil, 0) == value; }));
        }
        QCOMPARE(m_site->server->publisher().watcherCount(), std::size_t{2});
        slow.hold(false);
        QVERIFY(slow.waitFor([](const Batches& all) { return valueIn(all, Metric::gpuUtil, 0) == 29; }));
    }

    void thirtyTwoSlowWatchersAreCoalesced() {
        constexpr int kSlow = 32, kLast = 20;
        for (int i = 0; i < 1'000; ++i) QVERIFY(fleet().applyHello(helloOf(fmt::format("many{}", i), 64)).ok());
        WatchInterest interest;
        interest.periodMs = 100;
        std::vector<std::unique_ptr<TestWatcher>> slow;
        for (int i = 0; i < kSlow; ++i) {
            slow.push_back(std::make_unique<TestWatcher>(m_site->userChannel(), interest));
            slow.back()->hold(true);
        }
        TestWatcher quick(m_site->userChannel("vic"), interest);
        QVERIFY(quick.waitForSnapshot());
        for (int value = 1; value <= kLast; ++value) {
            quick.clear();
            m_agent->send(utilFrame(value));
            QVERIFY(quick.waitFor([value](const Batches& all) { return valueIn(all, Metric::gpuUtil, 0) == value; }));
        }
        QCOMPARE(m_site->server->publisher().watcherCount(), std::size_t{kSlow + 1});
        for (const auto& watcher : slow) {
            watcher->hold(false);
            QVERIFY(watcher->waitFor([](const Batches& all) { return valueIn(all, Metric::gpuUtil, 0) == kLast; }));
            const Batches all = watcher->batches();
            const auto columns = std::count_if(all.begin(), all.end(), [](const WatchBatch& batch) { return batch.kind == WatchBatch::Kind::column && batch.column.metric == Metric::gpuUtil && !batch.column.rows.empty(); });
            QVERIFY2(columns <= 3, qPrintable(QString::number(columns))); // The latest value, not each that was.
        }
    }

    void aStreamEndsWithItsCertificate() {
        TestWatcher watcher(m_site->userChannel(), {});
        QVERIFY(watcher.waitForSnapshot());
        const auto serial = m_site->serialOf("ann");
        const auto admin = v1::Access::NewStub(m_site->userChannel("adm"));
        grpc::ClientContext context;
        v1::RevokeRequest request;
        request.set_serial(serial);
        request.set_reason("left the company");
        v1::RevokeReply reply;
        const grpc::Status revoked = admin->Revoke(&context, request, &reply);
        QVERIFY2(revoked.ok(), revoked.error_message().c_str());
        QCOMPARE(reply.ended_streams(), 1U);
        const Status end = watcher.ended();
        QCOMPARE(end.code(), absl::StatusCode::kUnauthenticated);
        QVERIFY2(sentenceOf(end).find("was revoked by adm on") != std::string_view::npos, end.ToString().c_str());
    }

    void onlyUsersWithARoleMayLook() {
        TestWatcher stranger(m_site->userChannel("bob"), {});
        const Status end = stranger.ended();
        QCOMPARE(end.code(), absl::StatusCode::kPermissionDenied);
        QVERIFY2(sentenceOf(end).find("'bob' has no role") != std::string_view::npos, end.ToString().c_str());
        TestWatcher node(m_site->nodeChannel("n2"), {});
        QCOMPARE(node.ended().code(), absl::StatusCode::kPermissionDenied);
    }

    void describeListAndHistory() {
        const auto stub = v1::Fleet::NewStub(m_site->userChannel("vic"));
        grpc::ClientContext describing, missing, listing, filtering, looking;
        v1::DescribeRequest request;
        request.set_node_id("tst1/n1");
        v1::NodeDetail detail;
        QVERIFY(stub->Describe(&describing, request, &detail).ok());
        const auto node = wire::decode(detail);
        QVERIFY2(node.ok(), node.status().ToString().c_str());
        QCOMPARE(node->gpus.at(1).identity.uuid, std::string("GPU-n1-1"));
        QCOMPARE(node->gpus[1].metrics.size(), allMetrics().size());
        QVERIFY(node->gpus[1].metrics[0].ageMs >= 0);
        QCOMPARE(node->gpus[1].metrics[1].missing, std::string("not read"));

        request.set_node_id("tst1/n9");
        const grpc::Status none = stub->Describe(&missing, request, &detail);
        QCOMPARE(none.error_code(), grpc::NOT_FOUND);
        QVERIFY(none.error_message().find("tst1/n9") != std::string::npos);

        v1::ListReply list;
        QVERIFY(stub->List(&listing, {}, &list).ok());
        QCOMPARE(list.nodes_size(), 1);
        QVERIFY(list.as_of_wall_ms() > 0);

        v1::HistoryRequest history;
        history.set_node_id("tst1/n1");
        history.add_metrics(static_cast<std::uint32_t>(Metric::gpuUtil));
        history.set_span_ms(60'000);
        history.set_step_ms(1000);
        v1::HistoryReply reply;
        const auto tenSeen = [&] {
            grpc::ClientContext context;
            if (!stub->History(&context, history, &reply).ok() || reply.series_size() != 2) return false;
            return std::ranges::find(reply.series(1).avg(), 10) != reply.series(1).avg().end();
        };
        QTRY_VERIFY(tenSeen());
    }
};

QTEST_GUILESS_MAIN(TstFleetService)
#include "tst_fleet_service.moc"
