// What queries find on the synthetic fleet: against hand-written conditions, against a plain evaluator for thousands of random queries,
// the order of results, what is unknown, and that a running query can be stopped.
#include "store/query/ast.h"
#include "store/query/order.h"
#include "store/query/query.h"
#include "store/query/rows.h"
#include "tests/store/query_reference.h"
#include "tests/support/synthetic_fleet.h"

#include <QTest>

#include <array>
#include <functional>
#include <random>

using namespace busbar;
using namespace busbar::query;
using busbar::test::kSyntheticNowMs;

namespace {

using Condition = std::function<Outcome(const store::SiteSnapshot&, std::uint32_t)>;

Outcome yesOrNo(bool yes) { return yes ? Outcome::yes : Outcome::no; }
bool live(const store::SiteSnapshot& site) { return site.state() == store::SiteState::live; }

QueryPtr parsed(const std::string& text) {
    const Parsed result = parse(text);
    if (!result.query) qFatal("%s: %s", text.c_str(), result.error->sentence.c_str());
    return result.query;
}

std::string nameOf(const store::FleetSnapshot& fleet, store::RowRef node) { return std::string(fleet.sites[node.site]->nodeName(node.row)); }

/// The largest value of the node's GPUs, -1 when none is known.
std::int64_t largest(const store::FleetSnapshot& fleet, store::RowRef node, Metric metric) {
    const store::SiteSnapshot& site = *fleet.sites[node.site];
    if (!live(site) || site.facts(node.row).link != Link::connected) return -1;
    std::int64_t value = -1;
    for (int gpu = 0; gpu < site.gpuCount(node.row); ++gpu) value = std::max(value, site.value(metric, site.firstRow(node.row) + static_cast<std::uint32_t>(gpu)));
    return value;
}

} // namespace

Q_DECLARE_METATYPE(Condition)

class TestQueryEngine : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void conditions_data();
    void conditions();
    void randomQueriesAgreeWithThePlainEvaluator();
    void unknownsAreLeftOutAndCounted();
    void sortsByValueUnknownLast();
    void sortFieldOfTheViewYields();
    void topLeavesUnknownOut();
    void groupsAreRunsOfTheOrder();
    void namesInNaturalOrder();
    void noPastYet();
    void canBeCancelled();

private:
    void compare(const std::string& text, const Condition& condition) const;
    Result result(const std::string& text, const std::string& sortField = {}) const;

    store::FleetPtr m_fleet;
};

void TestQueryEngine::initTestCase() {
    test::SyntheticFleet fleet(3, 16'384, 11);
    fleet.shard(2).setState(store::SiteState::stale, "no heartbeat for 4 s");
    m_fleet = fleet.snapshot();
}

void TestQueryEngine::compare(const std::string& text, const Condition& condition) const {
    const auto outcomes = match(*m_fleet, *parsed(text), kSyntheticNowMs);
    QVERIFY(outcomes.ok());
    std::array<std::uint32_t, 3> seen{};
    for (std::size_t s = 0; s < m_fleet->sites.size(); ++s) {
        const store::SiteSnapshot& site = *m_fleet->sites[s];
        QCOMPARE((*outcomes)[s].size(), std::size_t{site.nodeCount()});
        for (std::uint32_t node = 0; node < site.nodeCount(); ++node) {
            const Outcome expected = condition(site, node);
            ++seen[static_cast<std::size_t>(expected)];
            if ((*outcomes)[s][node] == expected) continue;
            QFAIL(qPrintable(QStringLiteral("%1: node %2 of %3 is %4, not %5").arg(QString::fromStdString(text)).arg(node).arg(QString::fromStdString(site.site())).arg(static_cast<int>((*outcomes)[s][node])).arg(static_cast<int>(expected))));
        }
    }
    const Result counted = result(text);
    QCOMPARE(counted.nodes.size(), std::size_t{seen[2]});
    QCOMPARE(counted.unknown, std::uint64_t{seen[1]});
    QCOMPARE(counted.total, std::uint64_t{seen[0]} + seen[1] + seen[2]);
}

Result TestQueryEngine::result(const std::string& text, const std::string& sortField) const {
    const StatusOr<Result> found = run(*m_fleet, *parsed(text), kSyntheticNowMs, sortField);
    if (!found.ok()) qFatal("%s", std::string(found.status().message()).c_str());
    return *found;
}

void TestQueryEngine::conditions_data() {
    QTest::addColumn<Condition>("condition");
    const auto row = [](const char* text, Condition condition) { QTest::newRow(text) << condition; };
    const auto fact = [](auto get, auto value, bool equal) {
        return [=](const store::SiteSnapshot& site, std::uint32_t node) {
            using Fact = std::decay_t<decltype(value)>;
            const Fact found = live(site) ? get(site.facts(node)) : Fact::unknown;
            return found == Fact::unknown ? Outcome::unknown : yesOrNo((found == value) == equal);
        };
    };
    const auto health = [](const NodeFacts& facts) { return facts.health; };
    const auto anyTemperatureAbove = [](std::int64_t limit) {
        return [=](const store::SiteSnapshot& site, std::uint32_t node) {
            if (!live(site) || site.facts(node).link != Link::connected || site.gpuCount(node) == 0) return Outcome::unknown;
            bool any = false;
            for (int gpu = 0; gpu < site.gpuCount(node); ++gpu) any |= site.value(Metric::temperature, site.firstRow(node) + static_cast<std::uint32_t>(gpu)) > limit;
            return yesOrNo(any);
        };
    };
    row("", [](const auto&, std::uint32_t) { return Outcome::yes; });
    row("site:pdx1", [](const store::SiteSnapshot& site, std::uint32_t) { return yesOrNo(site.site() == "pdx1"); });
    row("site!=pdx1", [](const store::SiteSnapshot& site, std::uint32_t) { return yesOrNo(site.site() != "pdx1"); });
    row("health:ok", fact(health, Health::ok, true));
    row("health!=ok", fact(health, Health::ok, false));
    row("-health:ok", fact(health, Health::ok, false));
    row("health:unknown", [](const store::SiteSnapshot& site, std::uint32_t node) { return yesOrNo(!live(site) || site.facts(node).health == Health::unknown); });
    row("has:health", [](const store::SiteSnapshot& site, std::uint32_t node) { return yesOrNo(live(site) && site.facts(node).health != Health::unknown); });
    row("link:lost", fact([](const NodeFacts& facts) { return facts.link; }, Link::lost, true));
    row("stale:yes", [](const store::SiteSnapshot& site, std::uint32_t node) { return yesOrNo(!live(site) || site.facts(node).link != Link::connected); });
    row("gpu.temp>60", anyTemperatureAbove(60));
    row("any(gpu.temp>60C)", anyTemperatureAbove(60));
    row("none(gpu.temp>60C)", [=](const store::SiteSnapshot& site, std::uint32_t node) { return static_cast<Outcome>(2 - static_cast<int>(anyTemperatureAbove(60)(site, node))); });
    row("model:H100", [](const store::SiteSnapshot& site, std::uint32_t node) { return site.model(node).empty() ? Outcome::unknown : yesOrNo(site.model(node).find("H100") != std::string_view::npos); });
    row("source:replayed", [](const store::SiteSnapshot& site, std::uint32_t node) { return yesOrNo(site.source(node) == Source::replayed); });
    row("since>3d", [](const auto&, std::uint32_t) { return Outcome::unknown; });
    row("-shelved:yes", [](const auto&, std::uint32_t) { return Outcome::unknown; });
    row("has:cable", [](const auto&, std::uint32_t) { return Outcome::no; });
    row("age>5s", [](const store::SiteSnapshot& site, std::uint32_t node) { return !live(site) ? Outcome::unknown : yesOrNo(site.facts(node).link != Link::connected); });
    row("lease:*", [](const store::SiteSnapshot& site, std::uint32_t node) {
        return !live(site) || site.gpuCount(node) == 0 ? Outcome::unknown : yesOrNo(site.value(Metric::lease, site.firstRow(node)) > 0);
    });
}

void TestQueryEngine::conditions() {
    QFETCH(Condition, condition);
    compare(QTest::currentDataTag(), condition);
}

void TestQueryEngine::randomQueriesAgreeWithThePlainEvaluator() {
    static const std::vector<std::string> leaves{
        "site:lga1", "site:pdx1,fra1", "site!=lga1", "hall:b01", "row:\"row a\"", "rack:*-r1*", "rack:lga1-b01-r02", "u:4", "u>=12", "node~r0[1-5]", "node!~n1$", "node:lga1/lga1-b01-r01-n1", "model:H100",
        "model:A100,L40S", "model:H*", "model!=\"NVIDIA A40\"", "driver:580.1", "driver:NVML", "leaf:lga1-b01-lf1", "pdu:*pdu1", "state:ready", "state:triage,unknown", "state!=ready", "service:open", "service:draining,drained",
        "occupancy:leased", "occupancy!=free", "health:ok", "health:watch,degraded", "health!=ok", "health:unknown", "health:*", "link:lost", "link!=connected", "source:live", "source:replayed,simulated", "prio:1,2", "prio:3",
        "prio!=1", "stale:yes", "stale:no", "lease:*", "lease:lga1-l00003", "lease!=lga1-l00003", "tenant:acme", "tenant!=acme", "tenant~^[a-d]", "ends:..14d", "ends:2026-12-01..", "ends>20d", "age>5s", "age<1s",
        "rack.healthy>=3", "rack.healthy:4", "gpu.util<10%", "gpu.util:40..60", "gpu.util!=0", "gpu.temp>60C", "gpu.temp:..45,70..", "gpu.power>0.4kW", "gpu.power>300.5W", "gpu.sm_active>50", "gpu.xid=79", "gpu.xid!=0", "gpu.idx:0..3",
        "gpu.health:failed", "gpu.occupancy:leased", "gpu.mem_temp>70", "gpu.ecc>0", "has:gpu.xid", "has:gpu.util", "has:lease", "has:ends", "has:tenant", "has:model", "has:health", "has:prio", "has:rack.healthy", "has:gpu.sm_active",
        "has:since", "since>3d", "serial:x", "shelved:yes", "cable:mismatch", "lga1-b01", "l00003", "*-n2", "\"r02-n\""};
    static const std::vector<std::string> gpuTests{"gpu.util<10%", "gpu.util>90", "gpu.temp>60", "gpu.xid=79", "gpu.idx<4", "gpu.health:ok", "health:failed", "occupancy:leased", "tenant:acme", "has:gpu.power", "gpu.sm_active:0..50", "lease:*",
                                                   "site:lga1", "ends:..30d", "tenant!=acme"};
    static const std::vector<std::string> quantifiers{"any", "all", "none", "count>2", "count=8", "count<1", "count!=4", "count>=7", "count<=3"};
    std::mt19937 random(5);
    const auto pick = [&](const auto& list) { return list[random() % list.size()]; };
    const std::function<std::string(int)> make = [&](int depth) -> std::string {
        switch (random() % (depth > 3 ? 3 : 6)) {
        case 0: return pick(quantifiers) + "(" + pick(gpuTests) + (random() % 2 == 0 ? " " : " or ") + (random() % 3 == 0 ? "-" : "") + pick(gpuTests) + ")";
        case 1:
        case 2: return pick(leaves);
        case 3: return "-(" + make(depth + 1) + ")";
        case 4: return make(depth + 1) + " (" + make(depth + 1) + ")";
        default: return "(" + make(depth + 1) + " or " + make(depth + 1) + ")";
        }
    };
    std::array<std::uint64_t, 3> seen{};
    const auto check = [&](const std::string& text) {
        const QueryPtr query = parsed(text);
        for (const store::SitePtr& site : m_fleet->sites) {
            const SnapshotRows rows(*site, kSyntheticNowMs);
            const std::vector<Outcome> outcomes = matchNodes(rows, *query, kSyntheticNowMs);
            const test::QueryReference reference(*site, kSyntheticNowMs);
            for (std::uint32_t node = random() % 8; node < site->nodeCount(); node += 1 + random() % 60) {
                const Outcome expected = reference.judge(query->condition, node);
                ++seen[static_cast<std::size_t>(expected)];
                if (outcomes[node] != expected) {
                    const std::string where = text + ": " + site->site() + "/" + std::string(site->nodeName(node)) + " is " + std::to_string(static_cast<int>(outcomes[node])) + ", expected " + std::to_string(static_cast<int>(expected));
                    QFAIL(where.c_str());
                }
            }
        }
    };
    for (const std::string& text : leaves) {
        check(text);
        if (QTest::currentTestFailed()) return;
    }
    for (int i = 0; i < 500; ++i) {
        check(make(0));
        if (QTest::currentTestFailed()) return;
    }
    for (const std::uint64_t count : seen) QVERIFY(count > 1000);
}

void TestQueryEngine::unknownsAreLeftOutAndCounted() {
    const Result all = result(""), hot = result("gpu.util>50"), cold = result("-gpu.util>50");
    QCOMPARE(hot.nodes.size() + cold.nodes.size() + hot.unknown, std::size_t{all.total});
    QCOMPARE(hot.unknown, cold.unknown);
    QVERIFY(hot.unknown >= m_fleet->sites[2]->nodeCount());
    QCOMPARE(all.sequenceOfSites.size(), m_fleet->sites.size());
    QCOMPARE(all.sequenceOfSites[0], m_fleet->sites[0]->epoch());
}

void TestQueryEngine::sortsByValueUnknownLast() {
    for (const bool descending : {false, true}) {
        const Result sorted = result(descending ? "| sort -gpu.power" : "| sort gpu.power");
        QCOMPARE(sorted.nodes.size(), std::size_t{sorted.total});
        bool known = true;
        for (std::size_t i = 1; i < sorted.nodes.size(); ++i) {
            const std::int64_t before = largest(*m_fleet, sorted.nodes[i - 1], Metric::power), now = largest(*m_fleet, sorted.nodes[i], Metric::power);
            QVERIFY(known || now < 0);
            known = now >= 0;
            if (known) QVERIFY(descending ? before >= now : before <= now);
            // Equal ones stay in the fleet's order.
            if (before == now) QVERIFY(sorted.nodes[i - 1].site < sorted.nodes[i].site || sorted.nodes[i - 1].row < sorted.nodes[i].row);
        }
        QVERIFY(!known);
    }
    const Result byRack = result("site:lga1 | sort -rack");
    for (std::size_t i = 1; i < byRack.nodes.size(); ++i)
        QVERIFY(compareNames(m_fleet->sites[0]->rack(byRack.nodes[i - 1].row), m_fleet->sites[0]->rack(byRack.nodes[i].row)) >= 0);
}

void TestQueryEngine::sortFieldOfTheViewYields() {
    const Result byView = result("site:lga1", "-gpu.temp"), same = result("site:lga1 | sort -gpu.temp"), own = result("site:lga1 | sort node", "-gpu.temp");
    QCOMPARE(byView.nodes, same.nodes);
    QVERIFY(nameOf(*m_fleet, own.nodes.front()) == "lga1-b01-r01-n1");
    QVERIFY(!run(*m_fleet, *parsed("site:lga1"), kSyntheticNowMs, "no_such_field").ok());
}

void TestQueryEngine::topLeavesUnknownOut() {
    const Result top = result("| top 20 gpu.temp");
    QCOMPARE(top.nodes.size(), std::size_t{20});
    const Result all = result("| sort -gpu.temp");
    QCOMPARE(top.nodes, std::vector<store::RowRef>(all.nodes.begin(), all.nodes.begin() + 20));
    QVERIFY(top.unknown >= m_fleet->sites[2]->nodeCount());
    const Result idle = result("tenant:acme | top 20 idle_hours");
    QVERIFY(idle.nodes.empty());
    QCOMPARE(result("site:lga1 | top 3").nodes.size(), std::size_t{3});
}

void TestQueryEngine::groupsAreRunsOfTheOrder() {
    const Result grouped = result("site:lga1,fra1 | group model | sort -gpu.temp");
    QVERIFY(grouped.groups.size() > 3);
    std::uint32_t next = 0;
    for (const Result::Group& group : grouped.groups) {
        QCOMPARE(group.first, next);
        next += group.count;
        for (std::uint32_t i = group.first; i < next; ++i) {
            const store::SiteSnapshot& site = *m_fleet->sites[grouped.nodes[i].site];
            QCOMPARE(group.label, site.model(grouped.nodes[i].row).empty() ? std::string("?") : std::string(site.model(grouped.nodes[i].row)));
            if (i > group.first) QVERIFY(largest(*m_fleet, grouped.nodes[i - 1], Metric::temperature) >= largest(*m_fleet, grouped.nodes[i], Metric::temperature));
        }
    }
    QCOMPARE(std::size_t{next}, grouped.nodes.size());
    QCOMPARE(grouped.groups.back().label, std::string("?"));
    QVERIFY(result("site:lga1 | group tenant").groups.size() > 2);
}

void TestQueryEngine::namesInNaturalOrder() {
    QVERIFY(compareNames("node-9", "node-10") < 0);
    QVERIFY(compareNames("Node-9", "node-009") == 0);
    QVERIFY(compareNames("a", "a1") < 0);
    QVERIFY(compareNames("r2-n10", "r10-n2") < 0);
    QVERIFY(compareNames("99999999999999999999999", "100000000000000000000000") < 0);
}

void TestQueryEngine::noPastYet() {
    const StatusOr<Result> found = run(*m_fleet, *parsed("health:ok at -3h"), kSyntheticNowMs);
    QCOMPARE(found.status().code(), absl::StatusCode::kUnimplemented);
    QVERIFY(std::string(found.status().message()).find("at -3h") != std::string::npos);
}

void TestQueryEngine::canBeCancelled() {
    const std::atomic<bool> cancel{true};
    QCOMPARE(run(*m_fleet, *parsed("gpu.temp>60"), kSyntheticNowMs, {}, &cancel).status().code(), absl::StatusCode::kCancelled);
    QCOMPARE(match(*m_fleet, *parsed("gpu.temp>60"), kSyntheticNowMs, &cancel).status().code(), absl::StatusCode::kCancelled);
}

QTEST_APPLESS_MAIN(TestQueryEngine)
#include "tst_query_engine.moc"
