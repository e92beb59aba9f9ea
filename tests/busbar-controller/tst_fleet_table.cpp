// The controller's fleet in memory: identity, links, columns, findings, what a watcher at a revision has missed.
#include "busbar-controller/fanout/fleet_delta.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "tests/busbar-controller/fleet_kit.h"
#include "tests/support/fake_clock.h"

#include <QtTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::controller;
using busbar::test::FakeClock;
using busbar::test::frameOf;
using busbar::test::helloOf;

namespace {

constexpr std::array kColumns{Metric::gpuUtil, Metric::temperature, Metric::health, Metric::lease};

FleetDelta deltaSince(FleetTable& table, std::uint64_t since, bool snapshot = false) {
    FleetDelta delta;
    table.cutAndRead([&](const FleetState& state) { delta = collectFleet(state, kColumns, since, snapshot); });
    return delta;
}

bool hasFinding(const NodeDetail& detail, const std::string& rule) {
    return std::ranges::any_of(detail.findings, [&](const Finding& finding) { return finding.rule == rule; });
}

FleetEvent xidOf(int gpu, int xid, std::int64_t wallMs) {
    FleetEvent event;
    event.kind = EventKind::xid;
    event.gpu = gpu;
    event.xid = xid;
    event.wallMs = wallMs;
    event.text = "NVRM: Xid";
    return event;
}

} // namespace

class TstFleetTable : public QObject {
    Q_OBJECT

    FakeClock m_clock;
    FleetTable::Options options() { return {"tst1", nullptr}; }

private Q_SLOTS:
    void aPhaseThatTakesTooLongIsTold() {
        FleetTable table(m_clock, options());
        const auto index = table.applyHello(helloOf("n1"));
        QVERIFY(index.ok());
        const auto overLimit = [&] {
            const auto detail = table.describe("tst1/n1");
            return std::ranges::count_if(detail->reasons, [](const std::string& reason) { return reason.starts_with("time over limit"); });
        };
        const auto told = [&] {
            const auto detail = table.describe("tst1/n1");
            return std::ranges::count_if(detail->events, [](const FleetEvent& event) { return event.text.starts_with("time over limit: state is inspecting"); });
        };
        table.setState("tst1/n1", NodeState::inspecting, "provision", "ann");
        m_clock.advance(299'000);
        table.tick();
        QCOMPARE(overLimit(), 0);
        m_clock.advance(2'000);
        table.tick();
        table.tick();
        QCOMPARE(overLimit(), 1);
        QCOMPARE(told(), 1);
        table.setState("tst1/n1", NodeState::burnIn, "provision", "ann");
        QCOMPARE(overLimit(), 0);
    }

    void aNewNodeIsReadyOpenAndConnected() {
        FleetTable table(m_clock, options());
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        const auto node = table.node("tst1/n1");
        QVERIFY(node.has_value());
        QVERIFY(node->facts.state == NodeState::ready);
        QVERIFY(node->facts.service == Service::open);
        QVERIFY(node->facts.link == Link::connected);
        QVERIFY(node->facts.health == Health::ok);
        QVERIFY(node->facts.occupancy == Occupancy::free);
        QVERIFY(!table.node("tst1/other").has_value());
        QVERIFY(!table.node("elsewhere/n1").has_value());
    }

    void theStoredServiceIsKept() {
        FleetTable table(m_clock, {"tst1", [](const std::string&) { return Service::drained; }});
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        QVERIFY(table.node("tst1/n1")->facts.service == Service::drained);
        QVERIFY(!table.describe("tst1/n1")->reasons.empty());
    }

    void anOverrideStandsOnTheNodeUntilItIsCleared() {
        FleetTable table(m_clock, options());
        table.setOverride("tst1/n1", "a failed check was overridden by ann", ""); // Before its agent is heard, as after a restart.
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        QCOMPARE(table.describe("tst1/n1")->reasons, std::vector<std::string>{"a failed check was overridden by ann"});
        table.setOverride("tst1/n1", "", "bob");
        const auto cleared = table.describe("tst1/n1");
        QVERIFY(cleared->reasons.empty());
        const FactChange& change = cleared->history.back();
        QVERIFY(change.fact == "override" && change.from == "standing" && change.to == "none" && change.why == "a check has passed" && change.who == "bob");
        table.setOverride("tst1/n1", "by cid", "cid");
        QCOMPARE(table.describe("tst1/n1")->history.back().to, std::string("standing"));
    }

    void silentAgentsGetLateThenLost() {
        FleetTable table(m_clock, options());
        m_clock.advance(kRestartGraceMs);
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        m_clock.advance(2'999);
        QVERIFY(table.tick().empty());
        QVERIFY(table.node("tst1/n1")->facts.link == Link::connected);
        m_clock.advance(1);
        QVERIFY(table.tick().empty());
        QVERIFY(table.node("tst1/n1")->facts.link == Link::late);
        QVERIFY(table.node("tst1/n1")->facts.health == Health::ok);
        m_clock.advance(12'000);
        QCOMPARE(table.tick(), std::vector<std::string>{"tst1/n1"});
        const auto lost = table.node("tst1/n1");
        QVERIFY(lost->facts.link == Link::lost);
        QVERIFY(lost->facts.health == Health::unknown);
        QVERIFY(lost->facts.state == NodeState::ready);
        QVERIFY2(table.tick().empty(), "told once");
        table.heard(0);
        QVERIFY(table.node("tst1/n1")->facts.link == Link::connected);
        QVERIFY(table.node("tst1/n1")->facts.health == Health::ok);
    }

    void aClosedStreamCountsFromItsClose() {
        FleetTable table(m_clock, options());
        m_clock.advance(kRestartGraceMs);
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        m_clock.advance(2'000);
        table.closed(0, "test");
        m_clock.advance(2'000);
        table.tick();
        QVERIFY(table.node("tst1/n1")->facts.link == Link::connected);
        m_clock.advance(1'000);
        table.tick();
        QVERIFY(table.node("tst1/n1")->facts.link == Link::late);
    }

    void afterARestartARememberedNodeIsNotLostDuringTheGrace() {
        FleetTable table(m_clock, options());
        QVERIFY(table.remember(helloOf("n1"), 1).ok());
        QVERIFY(table.node("tst1/n1")->facts.link == Link::late);
        m_clock.advance(kRestartGraceMs - 1);
        QVERIFY(table.tick().empty());
        m_clock.advance(1);
        QCOMPARE(table.tick().size(), std::size_t{1});
    }

    void deltasHoldOnlyWhatChanged() {
        FleetTable table(m_clock, options());
        for (int i = 0; i < 10; ++i) QVERIFY(table.applyHello(helloOf(fmt::format("n{}", i), 8)).ok());
        const FleetDelta snapshot = deltaSince(table, 0, true);
        QCOMPARE(snapshot.nodeTotal, 10U);
        QCOMPARE(snapshot.rowTotal, 80U);
        QCOMPARE(snapshot.nodes.front().names.size(), std::size_t{10});
        QCOMPARE(snapshot.facts.front().nodes.size(), std::size_t{10});
        QCOMPARE(snapshot.columns.size(), kColumns.size());
        QCOMPARE(snapshot.columns.front().values.size(), std::size_t{80});

        const FleetDelta nothing = deltaSince(table, snapshot.revision);
        QVERIFY(nothing.nodes.empty() && nothing.facts.empty() && nothing.columns.empty() && nothing.events.empty() && nothing.leases.empty());

        table.applyTelemetry(3, frameOf(m_clock.wallMs(), {{Metric::gpuUtil, std::vector<std::int64_t>(8, 50)}}));
        const FleetDelta run = deltaSince(table, nothing.revision);
        QCOMPARE(run.columns.size(), std::size_t{1});
        QCOMPARE(run.columns[0].firstRow, 24U);
        QVERIFY(run.columns[0].rows.empty());
        QCOMPARE(run.columns[0].values, std::string(8, '\x32'));

        table.applyTelemetry(0, frameOf(m_clock.wallMs(), {{Metric::gpuUtil, {1, -2, -2, -2, -2, -2, -2, -2}}}));
        table.applyTelemetry(9, frameOf(m_clock.wallMs(), {{Metric::gpuUtil, {-2, -2, -2, -2, -2, -2, -2, -1}}}));
        const FleetDelta listed = deltaSince(table, run.revision);
        QCOMPARE(listed.columns.size(), std::size_t{1});
        QCOMPARE(listed.columns[0].rows, (std::vector<std::uint32_t>{0, 79}));
        QCOMPARE(listed.columns[0].values, std::string("\x01\xff"));

        // A watcher that was away gets all of it at once, the newest values only.
        const FleetDelta resumed = deltaSince(table, nothing.revision);
        QCOMPARE(resumed.columns.size(), std::size_t{1});
        QCOMPARE(resumed.columns[0].rows.size(), std::size_t{10});
    }

    void otherGpusEndTheEpoch() {
        FleetTable table(m_clock, options());
        QVERIFY(table.applyHello(helloOf("n1", 2)).ok());
        QVERIFY(table.applyHello(helloOf("n2", 2)).ok());
        table.applyTelemetry(1, frameOf(m_clock.wallMs(), {{Metric::gpuUtil, {70, 71}}}));
        const std::uint64_t epoch = deltaSince(table, 0, true).epoch;
        QVERIFY(table.applyHello(helloOf("n1", 2)).ok());
        QCOMPARE(deltaSince(table, 0, true).epoch, epoch);
        QVERIFY(table.applyHello(helloOf("n1", 4)).ok());
        const FleetDelta after = deltaSince(table, 0, true);
        QVERIFY(after.epoch > epoch);
        QCOMPARE(after.rowTotal, 6U);
        table.read([](const FleetState& state) {
            QCOMPARE(state.nodes.firstRow[1], 4U);
            QCOMPARE(state.metrics.get(Metric::gpuUtil, 4), 70);
            QCOMPARE(state.metrics.get(Metric::gpuUtil, 5), 71);
            QCOMPARE(state.metrics.get(Metric::gpuUtil, 0), kNotRead);
        });
    }

    void outOfRangeValuesAreRefusedAndCounted() {
        FleetTable table(m_clock, options());
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        table.applyTelemetry(0, frameOf(m_clock.wallMs(), {{Metric::gpuUtil, {140, 50}}, {Metric::health, {4, 4}}, {Metric::temperature, {40}}}));
        const auto detail = table.describe("tst1/n1");
        QVERIFY(detail.ok());
        const auto util = [&](std::size_t gpu) {
            return std::ranges::find(detail->gpus[gpu].metrics, Metric::gpuUtil, &GpuDetail::Value::metric)->value;
        };
        QCOMPARE(util(0), kNotRead);
        QCOMPARE(util(1), 50);
        QVERIFY(detail->facts.health == Health::ok);
        QVERIFY(std::ranges::any_of(detail->reasons, [](const std::string& reason) { return reason.find("refused") != std::string::npos; }));
    }

    void leasesMakeOccupancy() {
        FleetTable table(m_clock, options());
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        TelemetryFrame frame = frameOf(m_clock.wallMs(), {});
        frame.newLeases = {{0, "job-1", "acme", 5, 0}};
        frame.gpuLeases = {"job-1", ""};
        table.applyTelemetry(0, frame);
        auto node = table.node("tst1/n1");
        QVERIFY(node->facts.occupancy == Occupancy::mixed);
        QCOMPARE(node->gpuTenants, (std::vector<std::string>{"acme", ""}));
        frame.newLeases.clear();
        frame.gpuLeases = {"", ""};
        table.applyTelemetry(0, frame);
        QVERIFY(table.node("tst1/n1")->facts.occupancy == Occupancy::free);
        m_clock.advance(kLeaseKeepMs);
        table.tick();
        table.read([](const FleetState& state) { QCOMPARE(state.leases.size(), std::size_t{0}); });
    }

    void xidsAreJudgedAndRunOut() {
        FleetTable table(m_clock, options());
        m_clock.advance(kRestartGraceMs);
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        table.applyAgentEvent(0, xidOf(1, 31, m_clock.wallMs()));
        QVERIFY(table.node("tst1/n1")->facts.health == Health::watch);
        m_clock.advance(kUserXidKeepMs);
        table.heard(0);
        table.tick();
        QVERIFY(table.node("tst1/n1")->facts.health == Health::ok);
        table.applyAgentEvent(0, xidOf(1, 79, m_clock.wallMs()));
        QVERIFY(table.node("tst1/n1")->facts.health == Health::failed);
        table.read([](const FleetState& state) {
            QCOMPARE(state.metrics.get(Metric::lastXid, 1), 79);
            QCOMPARE(state.metrics.get(Metric::health, 0), static_cast<std::int64_t>(Health::ok));
            QCOMPARE(state.metrics.get(Metric::health, 1), static_cast<std::int64_t>(Health::failed));
        });
        AgentHello rebooted = helloOf("n1");
        rebooted.inventory.bootId = "boot-2";
        QVERIFY(table.applyHello(rebooted).ok());
        const auto detail = table.describe("tst1/n1");
        QVERIFY(!hasFinding(*detail, "xid-79"));
        QVERIFY2(hasFinding(*detail, "unexpected-reboot"), "the node was open");
        QVERIFY(detail->facts.health == Health::watch);
    }

    void xidsCountWithTheTenantAndTheirTable() {
        FleetTable table(m_clock, options());
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        const auto leaseTo = [&](const std::string& id, const std::string& tenant) {
            TelemetryFrame frame = frameOf(m_clock.wallMs(), {});
            frame.newLeases = {LeaseInfo{.id = id, .tenant = tenant}};
            frame.gpuLeases = {id, ""};
            table.applyTelemetry(0, frame);
        };
        leaseTo("L1", "acme");
        table.applyAgentEvent(0, xidOf(0, 31, m_clock.wallMs()));
        QVERIFY(table.node("tst1/n1")->facts.health == Health::watch);
        m_clock.advance(60'000);
        leaseTo("L2", "other");
        table.applyAgentEvent(0, xidOf(0, 31, m_clock.wallMs())); // A program's fault does not follow the GPU to another tenant.
        QVERIFY(table.node("tst1/n1")->facts.health == Health::failed);
        FleetEvent action = xidOf(1, 154, m_clock.wallMs());
        action.text = "NVRM: Xid (PCI:0000:11:00): 154, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)";
        table.applyAgentEvent(0, action);
        QVERIFY(hasFinding(*table.describe("tst1/n1"), "recovery-reset"));
        FleetEvent fabric = xidOf(-1, 23'001, m_clock.wallMs());
        fabric.kind = EventKind::sxid;
        fabric.text = "nvidia-nvswitch0: SXid (PCI:0000:04:00.0): 23001, Fatal, Link 3";
        table.applyAgentEvent(0, fabric);
        QVERIFY(hasFinding(*table.describe("tst1/n1"), "sxid-23001"));
        table.read([](const FleetState& state) {
            QCOMPARE(state.metrics.get(Metric::lastXid, 0), 31);
            QCOMPARE(state.metrics.get(Metric::lastXid, 1), 0); // 154 informs about another XID, and a switch is no GPU.
            QCOMPARE(state.events.back().event.severity, 3);
        });
    }

    void aNodeInstalledAnewIsTold() {
        FleetTable table(m_clock, options());
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        AgentHello again = helloOf("n1");
        QVERIFY(table.applyHello(again).ok());
        QVERIFY(!hasFinding(*table.describe("tst1/n1"), "re-imaged"));
        again.inventory.machineId = "another";
        QVERIFY(table.applyHello(again).ok());
        QVERIFY(hasFinding(*table.describe("tst1/n1"), "re-imaged"));
    }

    void aWrongClockIsToldButNotTrusted() {
        FleetTable table(m_clock, options());
        m_clock.advance(kRestartGraceMs);
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        const auto report = [&](std::int64_t skewMs) { table.applyTelemetry(0, frameOf(m_clock.wallMs() + skewMs, {})); };
        report(-600'000);
        QVERIFY2(!hasFinding(*table.describe("tst1/n1"), "clock-skew"), "one late frame may be from a link that was lost");
        for (int i = 0; i < 6; ++i) {
            m_clock.advance(1'000);
            report(-600'000);
        }
        table.tick();
        const auto skewed = table.describe("tst1/n1");
        QVERIFY(hasFinding(*skewed, "clock-skew"));
        QCOMPARE(skewed->lastSeenWallMs, m_clock.wallMs()); // The controller's clock, never the agent's.
        QVERIFY(table.node("tst1/n1")->facts.link == Link::connected);
        report(100);
        QVERIFY(!hasFinding(*table.describe("tst1/n1"), "clock-skew"));
    }

    void aClockThatIsHoursAheadGivesNoNegativeAge() {
        FleetTable table(m_clock, options());
        QVERIFY(table.applyHello(helloOf("n1")).ok());
        table.applyTelemetry(0, frameOf(m_clock.wallMs() + 6 * 3'600'000, {{Metric::gpuUtil, {1, 2}}}));
        m_clock.advance(700);
        const auto detail = table.describe("tst1/n1");
        for (const GpuDetail& gpu : detail->gpus)
            for (const auto& value : gpu.metrics) QVERIFY(value.ageMs == -1 || value.ageMs == 700);
        QVERIFY(detail->lastSeenWallMs <= m_clock.wallMs());
    }

    void aNodeWithoutDriverSaysSo() {
        FleetTable table(m_clock, options());
        AgentHello hello = helloOf("n1", 0);
        hello.inventory.driverPresent = false;
        hello.inventory.driver = "no NVIDIA driver: libnvidia-ml.so.1 not found";
        QVERIFY(table.applyHello(hello).ok());
        const auto detail = table.describe("tst1/n1");
        QVERIFY(hasFinding(*detail, "no-driver"));
        QVERIFY(detail->facts.health != Health::ok);
        QCOMPARE(detail->reasons.front(), hello.inventory.driver);
    }

    void filters_data() {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QString>("names");
        QTest::addColumn<int>("leftOut");
        const auto row = [](const char* filter, const char* names, int leftOut = 0) { QTest::newRow(filter) << QString::fromUtf8(filter) << QString::fromUtf8(names) << leftOut; };
        row("", "n1 n2 n3");
        row("| sort -node", "n3 n2 n1");
        row("node:n1,tst1/n2", "n1 n2");
        row("serial:S2", "n2");
        row("GPU-n3-1", "n3");
        row("gpu-N", "n1 n2 n3");
        row("s1", "n1");
        row("gpu.temp>80", "n2", 2); // n1 is late, n3 has told nothing
        row("-gpu.temp>80", "", 2);
        row("gpu.ecc>0", "n2", 2);
        row("health!=ok", "n2");
        row("health:unknown", "");
        row("link:late", "n1");
        row("stale:yes", "n1");
        row("age>3s", "n1");
        row("service:open site:tst1 rack:r1 u:7 leaf:leaf1 pdu:pdu1 driver:model boot:boot-1 model:H100", "n1 n2 n3");
        row("tenant:acme", "n2");
        row("lease:L-7 ends:..2d", "n2");
        row("cable:mismatch", "", 3);
    }

    void filters() {
        QFETCH(QString, filter);
        QFETCH(QString, names);
        QFETCH(int, leftOut);
        FleetTable table(m_clock, options());
        QVERIFY(table.applyHello(helloOf("n1", 2, "S1")).ok());
        m_clock.advance(kAgentLateAfterMs + 1);
        AgentHello held = helloOf("n2", 2, "S2");
        held.leases = {{0, "L-7", "acme", 0, m_clock.wallMs() + 86'400'000}};
        QVERIFY(table.applyHello(held).ok());
        QVERIFY(table.applyHello(helloOf("n3", 2, "S3")).ok());
        TelemetryFrame frame = frameOf(m_clock.wallMs(), {{Metric::temperature, {60, 85}}, {Metric::eccUncorrected, {0, 3}}});
        frame.gpuLeases = {"L-7", ""};
        table.applyTelemetry(1, frame);
        frame = frameOf(m_clock.wallMs(), {});
        frame.gpuLeases = {"", ""};
        table.applyTelemetry(2, frame);
        table.tick();
        const auto resolved = table.resolve(filter.toStdString());
        QVERIFY2(resolved.ok(), resolved.status().ToString().c_str());
        QStringList found;
        for (const std::string& id : resolved->ids) found << QString::fromStdString(id).section(QLatin1Char('/'), 1);
        QCOMPARE(found.join(QLatin1Char(' ')), names);
        QCOMPARE(resolved->leftOut, std::int64_t{leftOut});
    }

    void aWrongFilterSaysWhereAndWhatIsNear() {
        FleetTable table(m_clock, options());
        const auto wrong = table.resolve("site:tst1 helth:ok");
        QCOMPARE(wrong.status().code(), absl::StatusCode::kInvalidArgument);
        QVERIFY(wrong.status().ToString().find("character 11: unknown field `helth` - did you mean `health`?") != std::string::npos);
        QCOMPARE(table.resolve("health:ok at -3h").status().code(), absl::StatusCode::kUnimplemented);
    }
};

QTEST_APPLESS_MAIN(TstFleetTable)
#include "tst_fleet_table.moc"
