// What must not go through, each ending in the right refusal that says so: tenants that stay, memory that is bad, drivers that hang.
#include "tests/e2e/verb_flow.h"

#include <QTest>

using namespace busbar::test;

namespace {

const QStringList kTenant{QStringLiteral("--tenant"), QStringLiteral("acme")};

/// A tenant's process on GPU 1, as long as this lives.
class Tenant {
public:
    Tenant(SiteFixture& site, const VerbFlow& flow) {
        m_process.start(QStringLiteral("sleep"), {QStringLiteral("600")});
        if (m_process.waitForStarted()) m_there = site.driver(flow.name(), {QStringLiteral("add-process"), QStringLiteral("1"), QString::number(m_process.processId()), QStringLiteral("16")});
    }
    ~Tenant() { end(); }
    bool isThere() const { return m_there; }
    qint64 pid() const { return m_process.processId(); }
    bool hasEnded() { return m_process.waitForFinished(1) || m_process.state() == QProcess::NotRunning; }
    void end() {
        m_process.kill();
        m_process.waitForFinished();
    }

private:
    QProcess m_process;
    bool m_there = false;
};

} // namespace

class TestRefusals : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY2(m_site.start(), qPrintable(m_site.error())); }
    void aTenantThatStaysIsWaitedFor_data();
    void aTenantThatStaysIsWaitedFor();
    void forceEndsTheTenantWhereTheAgentAllows();
    void forceIsRefusedWhereTheAgentForbids();
    void badMemoryAtALeaseIsNeverLeasedBeforeRepair();
    void badMemoryAtAReleaseKeepsTheNodeClosed();
    void aProcessThatComesAfterThePlanIsRefusedByTheAgent();
    void aDriverThatHangsAtThePrecheck();
    void aDriverThatHangsAtTheReleasesVerify();
    void aComputeCallThatHangsIsEnded();

private:
    bool lease(VerbFlow& flow, const AgentOptions& options = {});
    /// Begins VERB on an agent that ends as it gets its command number `after`; `change` is made before it starts again.
    template <typename Change>
    ActionView atCommand(VerbFlow& flow, const QString& verb, const QStringList& words, int after, Change change, const QString& until);
    QJsonObject node(const VerbFlow& flow) const { return m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("node"), flow.node()}).json().object(); }
    bool telemetryIsFresh(const VerbFlow& flow, int gpu) const;

    SiteFixture m_site;
    int m_nodes = 0;
};

bool TestRefusals::lease(VerbFlow& flow, const AgentOptions& options) {
    if (!flow.addNode(QStringLiteral("r%1").arg(++m_nodes), options)) return false;
    (void)flow.act(QStringLiteral("lease"), kTenant);
    return flow.exitCode() == 0 && flow.fact(QStringLiteral("occupancy")) == QStringLiteral("leased");
}

template <typename Change>
ActionView TestRefusals::atCommand(VerbFlow& flow, const QString& verb, const QStringList& words, int after, Change change, const QString& until) {
    AgentOptions options = flow.options();
    options.environment = QStringList{QStringLiteral("BUSBAR_CRASH_AT=agent.command.received"), QStringLiteral("BUSBAR_CRASH_AFTER=%1").arg(after)};
    m_site.killAgent(flow.name());
    if (!m_site.startAgent(flow.name(), options) || !m_site.waitForLink(flow.name(), QStringLiteral("connected"))) return ActionView({});
    const ActionView begun = flow.begin(verb, words);
    if (flow.exitCode() != 0 || !m_site.process(flow.name())->waitForFinished(60'000)) return ActionView({});
    change();
    if (!m_site.startAgent(flow.name(), flow.options())) return ActionView({});
    [&] { QTRY_COMPARE_WITH_TIMEOUT(flow.action(begun.id()).state(), until, 60'000); }();
    return flow.action(begun.id());
}

bool TestRefusals::telemetryIsFresh(const VerbFlow& flow, int gpu) const {
    const QJsonObject temperature = node(flow).value(QStringLiteral("gpus")).toArray().at(gpu).toObject().value(QStringLiteral("metrics")).toObject().value(QStringLiteral("temp")).toObject();
    return temperature.contains(QStringLiteral("value")) && temperature.value(QStringLiteral("age_ms")).toInt(99'999) < 5'000;
}

void TestRefusals::aTenantThatStaysIsWaitedFor_data() {
    QTest::addColumn<QString>("policy");
    QTest::addColumn<QString>("state");
    QTest::addColumn<QString>("says");
    QTest::newRow("wait") << QStringLiteral("wait") << QStringLiteral("running") << QStringLiteral("stays draining and waits on");
    QTest::newRow("ask") << QStringLiteral("ask") << QStringLiteral("paused") << QStringLiteral("decide; give it more time, wait or force, cancel the action, or end the processes");
}

void TestRefusals::aTenantThatStaysIsWaitedFor() {
    QFETCH(QString, policy);
    QFETCH(QString, state);
    QFETCH(QString, says);
    VerbFlow flow(m_site);
    QVERIFY2(lease(flow), flow.said());
    Tenant tenant(m_site, flow);
    QVERIFY(tenant.isThere());
    const ActionView begun = flow.begin(QStringLiteral("release"), {QStringLiteral("--deadline"), QStringLiteral("1s"), QStringLiteral("--at-deadline"), policy});
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QTRY_VERIFY2_WITH_TIMEOUT(flow.action(begun.id()).sentence().contains(says), flow.action(begun.id()).text(), 15'000);
    const ActionView waiting = flow.action(begun.id());
    QCOMPARE(waiting.state(), state);
    QCOMPARE(waiting.target().value(QStringLiteral("blockers")).toArray().at(0).toObject().value(QStringLiteral("pid")).toInteger(), tenant.pid());
    QCOMPARE(flow.fact(QStringLiteral("service")), QStringLiteral("draining"));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("expiring"));
    QVERIFY(!tenant.hasEnded());
    QVERIFY2(flow.hooksRun() == QStringList({QStringLiteral("open")}), waiting.text());
    tenant.end();
    QTRY_COMPARE_WITH_TIMEOUT(flow.action(begun.id()).state(), QStringLiteral("succeeded"), 30'000);
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
}

void TestRefusals::forceEndsTheTenantWhereTheAgentAllows() {
    VerbFlow flow(m_site);
    QVERIFY2(lease(flow), flow.said());
    Tenant tenant(m_site, flow);
    QVERIFY(tenant.isThere());
    const ActionView begun = flow.begin(QStringLiteral("release"), {QStringLiteral("--deadline"), QStringLiteral("1s"), QStringLiteral("--at-deadline"), QStringLiteral("force")});
    QTRY_VERIFY_WITH_TIMEOUT(tenant.hasEnded(), 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(flow.action(begun.id()).state(), QStringLiteral("succeeded"), 30'000);
    QVERIFY(flow.action(begun.id()).steps().contains(QStringLiteral("terminate succeeded")));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
}

void TestRefusals::forceIsRefusedWhereTheAgentForbids() {
    VerbFlow flow(m_site);
    AgentOptions options;
    options.terminate = QStringLiteral("never");
    QVERIFY2(lease(flow, options), flow.said());
    Tenant tenant(m_site, flow);
    (void)flow.act(QStringLiteral("release"), {QStringLiteral("--at-deadline"), QStringLiteral("force")});
    QCOMPARE(flow.exitCode(), 1);
    QVERIFY2(flow.said().contains("terminate = never"), flow.said());
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("leased"));
    QVERIFY(!tenant.hasEnded());
}

void TestRefusals::badMemoryAtALeaseIsNeverLeasedBeforeRepair() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("r%1").arg(++m_nodes)), qPrintable(m_site.error()));
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("bad_memory"), QStringLiteral("{\"offset\": 1048576, \"mask\": 256}")}));
    const ActionView leased = flow.act(QStringLiteral("lease"), kTenant);
    QCOMPARE(flow.exitCode(), 1);
    QVERIFY2(leased.steps().contains(QStringLiteral("scrub failed")), leased.text());
    QVERIFY2(leased.sentence().contains(QStringLiteral("first at byte 0x100000: expected 0x")) && leased.sentence().contains(QStringLiteral("got 0x")) && leased.sentence().contains(QStringLiteral("not leased again before repair")), qPrintable(leased.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("scrub-failed"));
    QVERIFY(flow.hooksRun().isEmpty());
    const auto refused = [&] {
        (void)flow.act(QStringLiteral("lease"), kTenant);
        return flow.exitCode() == 1 && flow.said().contains("it is scrub-failed: repair its GPUs");
    };
    QVERIFY2(refused(), flow.said());
    // Neither a restart of the controller nor a burn-in that finds the same error makes it clean.
    m_site.killController();
    QVERIFY2(m_site.startController() && m_site.waitForLink(flow.name(), QStringLiteral("connected")), qPrintable(m_site.error()));
    QVERIFY2(refused(), flow.said());
    (void)flow.act(QStringLiteral("provision"), {QStringLiteral("--burn-in"), QStringLiteral("quick")});
    QCOMPARE(flow.exitCode(), 1);
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("scrub-failed"));
    // Repaired, and proven.
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("bad_memory"), QStringLiteral("{\"offset\": 99999999999}")}));
    (void)flow.act(QStringLiteral("provision"), {QStringLiteral("--burn-in"), QStringLiteral("quick")});
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
}

void TestRefusals::badMemoryAtAReleaseKeepsTheNodeClosed() {
    VerbFlow flow(m_site);
    QVERIFY2(lease(flow), flow.said());
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("bad_memory"), QStringLiteral("{\"offset\": 64, \"mask\": 1}")}));
    const ActionView released = flow.act(QStringLiteral("release"));
    QCOMPARE(flow.exitCode(), 1);
    QVERIFY2(released.sentence().contains(QStringLiteral("first at byte 0x40")) && released.sentence().contains(QStringLiteral("the node stays closed")), qPrintable(released.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("scrub-failed"));
    QCOMPARE(flow.fact(QStringLiteral("service")), QStringLiteral("drain-failed"));
    QVERIFY(!released.evidence(QStringLiteral("scrub"), QStringLiteral("memory after scrub")).isEmpty());
    QCOMPARE(flow.hooksRun(), QStringList({QStringLiteral("open"), QStringLiteral("release")})); // The tenant's access is gone all the same.
}

void TestRefusals::aProcessThatComesAfterThePlanIsRefusedByTheAgent() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("r%1").arg(++m_nodes)), qPrintable(m_site.error()));
    std::unique_ptr<Tenant> tenant;
    const ActionView ended = atCommand(flow, QStringLiteral("lease"), kTenant, 1, [&] { tenant = std::make_unique<Tenant>(m_site, flow); }, QStringLiteral("failed"));
    QVERIFY2(ended.steps().contains(QStringLiteral("precheck failed")), ended.text());
    QVERIFY2(ended.sentence().contains(QStringLiteral("it is not this lease's")) && ended.sentence().contains(QString::number(tenant->pid())), qPrintable(ended.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    QVERIFY(!tenant->hasEnded());
    // The next plan knows of it.
    QTRY_VERIFY_WITH_TIMEOUT(flow.plan(QStringLiteral("lease"), kTenant).value(QStringLiteral("sentence")).toString().contains(QStringLiteral("process is on its GPUs")), 10'000);
}

void TestRefusals::aDriverThatHangsAtThePrecheck() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("r%1").arg(++m_nodes)), qPrintable(m_site.error()));
    const ActionView ended = atCommand(flow, QStringLiteral("lease"), kTenant, 1,
                                       [&] { QVERIFY(m_site.driver(flow.name(), {QStringLiteral("fail"), QStringLiteral("1"), QStringLiteral("nvmlDeviceGetComputeRunningProcesses_v3"), QStringLiteral("hang")})); }, QStringLiteral("unknown"));
    QVERIFY2(ended.steps().contains(QStringLiteral("precheck unknown")), ended.text());
    QVERIFY2(ended.sentence().contains(QStringLiteral("cannot be read")) && ended.sentence().contains(QStringLiteral("stuck since")), qPrintable(ended.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    QTRY_VERIFY_WITH_TIMEOUT(node(flow).value(QStringLiteral("stuck")).toArray().at(0).toString().contains(QStringLiteral("stuck since")), 10'000);
    QTRY_VERIFY_WITH_TIMEOUT(telemetryIsFresh(flow, 0), 10'000);
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("heal"), QStringLiteral("1")}));
    QTRY_VERIFY_WITH_TIMEOUT(node(flow).value(QStringLiteral("stuck")).toArray().isEmpty(), 15'000);
}

void TestRefusals::aDriverThatHangsAtTheReleasesVerify() {
    VerbFlow flow(m_site);
    QVERIFY2(lease(flow), flow.said());
    // Commands of a release: close, wait, scrub, configure, release, verify.
    const ActionView ended = atCommand(flow, QStringLiteral("release"), {}, 6,
                                       [&] { QVERIFY(m_site.driver(flow.name(), {QStringLiteral("fail"), QStringLiteral("1"), QStringLiteral("nvmlDeviceGetComputeRunningProcesses_v3"), QStringLiteral("hang")})); }, QStringLiteral("unknown"));
    QVERIFY2(ended.steps().contains(QStringLiteral("verify unknown")), ended.text());
    QVERIFY2(ended.sentence().contains(QStringLiteral("stuck since")) && ended.sentence().contains(QStringLiteral("the node stays closed")), qPrintable(ended.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("service")), QStringLiteral("drain-failed"));
    QVERIFY(flow.fact(QStringLiteral("occupancy")) != QStringLiteral("free"));
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("heal"), QStringLiteral("1")}));
}

void TestRefusals::aComputeCallThatHangsIsEnded() {
    VerbFlow flow(m_site);
    AgentOptions options;
    options.silenceSeconds = 4;
    QVERIFY2(flow.addNode(QStringLiteral("r%1").arg(++m_nodes), options), qPrintable(m_site.error()));
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("fail"), QStringLiteral("1"), QStringLiteral("cuLaunchKernel"), QStringLiteral("hang")}));
    const ActionView begun = flow.begin(QStringLiteral("lease"), kTenant);
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QTRY_VERIFY2_WITH_TIMEOUT(flow.action(begun.id()).sentence().contains(QStringLiteral("says nothing since")), flow.action(begun.id()).text(), 20'000);
    QVERIFY(telemetryIsFresh(flow, 0) && telemetryIsFresh(flow, 1));
    QTRY_COMPARE_WITH_TIMEOUT(flow.action(begun.id()).state(), QStringLiteral("unknown"), 30'000);
    const ActionView ended = flow.action(begun.id());
    QVERIFY2(ended.steps().contains(QStringLiteral("scrub unknown")), ended.text());
    QVERIFY2(ended.sentence().contains(QStringLiteral("stuck since")), qPrintable(ended.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    QVERIFY(flow.holders().isEmpty());
    QVERIFY(flow.hooksRun().isEmpty());
    QCOMPARE(flow.gpu(1).value(QStringLiteral("compute_mode")).toInt(), 0); // Exclusive process for the scrub only.
}

QTEST_GUILESS_MAIN(TestRefusals)
#include "tst_refusals.moc"
