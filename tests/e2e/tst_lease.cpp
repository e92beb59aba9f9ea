// Lease and release with real programs: every step with its evidence, settings that are set, read back and put back, and what a read-only
// agent leaves out.
#include "tests/e2e/verb_flow.h"

#include <QTest>

using namespace busbar::test;

namespace {

const QString kAsSet = QStringLiteral("as set");

bool allAsSet(const QList<QJsonObject>& facts) {
    for (const QJsonObject& fact : facts)
        if (fact.value(QStringLiteral("verdict")).toString() != kAsSet || fact.value(QStringLiteral("source")).toString().isEmpty()) return false;
    return !facts.isEmpty();
}

QString after(const QList<QJsonObject>& facts) { return facts.isEmpty() ? QString() : facts.first().value(QStringLiteral("after")).toString(); }

} // namespace

class TestLease : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        m_site.setControllerLines(QStringLiteral("baseline.vbios.\"NVIDIA L40S\" = \"99.99.99\"\n"));
        QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    }
    void leaseAndReleaseEndInEvidence();
    void migIsItsTenantsAndGoneBeforeTheScrub();
    void migSurvivesTheAgentsDeath_data();
    void migSurvivesTheAgentsDeath();
    void readOnlyTouchesNothing();
    void whatTheDeviceCannotIsRefusedInThePlan_data();
    void whatTheDeviceCannotIsRefusedInThePlan();
    void whatDiffersFromTheSitesBaselineIsNotFit();
    void aSettingThatDoesNotHoldTakesTheLeaseBack();
    void aSettingLostBetweenConfigureAndOpenIsSeenAtOpen();
    void aForeignProcessIsRefused();

private:
    SiteFixture m_site;
};

void TestLease::leaseAndReleaseEndInEvidence() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("n1")), qPrintable(m_site.error()));
    const QStringList settings{QStringLiteral("--persistence"), QStringLiteral("off"), QStringLiteral("--power-limit"), QStringLiteral("500"), QStringLiteral("--lock-clock"), QStringLiteral("1500"),
                               QStringLiteral("--compute-mode"), QStringLiteral("exclusive-process"), QStringLiteral("--mig"), QStringLiteral("off"), QStringLiteral("--ecc"), QStringLiteral("on")};
    const ActionView leased = flow.act(QStringLiteral("lease"), QStringList{QStringLiteral("--tenant"), QStringLiteral("acme")} + settings);
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QCOMPARE(leased.steps(), QStringList({QStringLiteral("precheck succeeded"), QStringLiteral("scrub succeeded"), QStringLiteral("configure succeeded"), QStringLiteral("open succeeded"), QStringLiteral("canary succeeded")}));
    for (const char* step : {"precheck", "scrub", "configure", "open", "canary"}) QVERIFY2(allAsSet(leased.evidence(QString::fromLatin1(step))), leased.text());
    // Every setting at configure, and all of them again at open; both GPUs.
    for (const char* fact : {"persistence mode", "power limit", "locked SM clock", "compute mode", "MIG mode", "ECC mode"})
        for (const char* step : {"configure", "open"}) QCOMPARE(leased.evidence(QString::fromLatin1(step), QString::fromLatin1(fact)).size(), 2);
    QCOMPARE(after(leased.evidence(QStringLiteral("open"), QStringLiteral("power limit"))), QStringLiteral("500 W"));
    QCOMPARE(after(leased.evidence(QStringLiteral("open"), QStringLiteral("locked SM clock"))), QStringLiteral("1500 MHz under load"));
    QCOMPARE(leased.evidence(QStringLiteral("scrub"), QStringLiteral("memory after scrub")).size(), 2);
    QVERIFY(!leased.step(QStringLiteral("scrub")).value(QStringLiteral("figures")).toArray().isEmpty());
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("leased"));
    QCOMPARE(flow.hooksRun(), QStringList({QStringLiteral("open")}));
    QCOMPARE(flow.gpu(0).value(QStringLiteral("power_limit_w")).toInt(), 500);
    QCOMPARE(flow.gpu(1).value(QStringLiteral("compute_mode")).toInt(), 3);
    QVERIFY(flow.holders().isEmpty());

    const ActionView released = flow.act(QStringLiteral("release"));
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QCOMPARE(released.steps(), QStringList({QStringLiteral("close succeeded"), QStringLiteral("wait succeeded"), QStringLiteral("scrub succeeded"), QStringLiteral("configure succeeded"), QStringLiteral("release succeeded"),
                                            QStringLiteral("verify succeeded"), QStringLiteral("reopen succeeded")}));
    QVERIFY2(allAsSet(released.evidence(QStringLiteral("scrub"))) && allAsSet(released.evidence(QStringLiteral("verify"))), released.text());
    for (const int index : {0, 1}) {
        const QJsonObject gpu = flow.gpu(index);
        QCOMPARE(gpu.value(QStringLiteral("power_limit_w")).toInt(), 700);
        QCOMPARE(gpu.value(QStringLiteral("persistence_mode")).toInt(), 1);
        QCOMPARE(gpu.value(QStringLiteral("locked_clock_mhz")).toInt(), 0);
        QCOMPARE(gpu.value(QStringLiteral("compute_mode")).toInt(), 0);
    }
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    QCOMPARE(flow.fact(QStringLiteral("service")), QStringLiteral("open"));
    QCOMPARE(flow.hooksRun(), QStringList({QStringLiteral("open"), QStringLiteral("release")}));
    QVERIFY(flow.holders().isEmpty());
}

void TestLease::migIsItsTenantsAndGoneBeforeTheScrub() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("mig")), qPrintable(m_site.error()));
    const ActionView leased = flow.act(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme"), QStringLiteral("--power-limit"), QStringLiteral("500"), QStringLiteral("--mig"), QStringLiteral("on")});
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QCOMPARE(leased.steps().last(), QStringLiteral("MIG succeeded"));
    QVERIFY2(allAsSet(leased.evidence(QStringLiteral("MIG"))), leased.text());
    QCOMPARE(leased.evidence(QStringLiteral("MIG"), QStringLiteral("MIG mode")).size(), 2);
    QCOMPARE(after(leased.evidence(QStringLiteral("MIG"), QStringLiteral("MIG mode"))), QStringLiteral("on"));
    for (const char* earlier : {"configure", "open"}) QVERIFY(leased.evidence(QString::fromLatin1(earlier), QStringLiteral("MIG mode")).isEmpty());
    QCOMPARE(flow.gpu(1).value(QStringLiteral("mig_mode")).toInt(), 1);

    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("mig-instance"), QStringLiteral("0"), QStringLiteral("3"), QStringLiteral("2")})); // As its tenant divides it.
    const ActionView released = flow.act(QStringLiteral("release"));
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QVERIFY2(allAsSet(released.evidence(QStringLiteral("scrub"))), released.text());
    const QJsonObject instances = released.evidence(QStringLiteral("scrub"), QStringLiteral("MIG instances")).value(0);
    QCOMPARE(instances.value(QStringLiteral("before")).toString(), QStringLiteral("1 GPU instance, 2 compute instances"));
    QCOMPARE(instances.value(QStringLiteral("after")).toString(), QStringLiteral("none"));
    QCOMPARE(released.evidence(QStringLiteral("scrub"), QStringLiteral("MIG mode")).size(), 2);
    QCOMPARE(after(released.evidence(QStringLiteral("scrub"), QStringLiteral("MIG mode"))), QStringLiteral("off"));
    QCOMPARE(released.evidence(QStringLiteral("scrub"), QStringLiteral("memory after scrub")).size(), 2);
    for (const int index : {0, 1}) {
        QCOMPARE(flow.gpu(index).value(QStringLiteral("mig_mode")).toInt(), 0);
        QVERIFY(flow.gpu(index).value(QStringLiteral("gpu_instances")).toArray().isEmpty());
        QCOMPARE(flow.gpu(index).value(QStringLiteral("power_limit_w")).toInt(), 700);
    }
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    QCOMPARE(flow.fact(QStringLiteral("service")), QStringLiteral("open"));
}

void TestLease::migSurvivesTheAgentsDeath_data() {
    QTest::addColumn<QString>("point");
    QTest::addColumn<bool>("leasing"); // Else at the lease's end.
    QTest::newRow("between the GPUs") << QStringLiteral("agent.mig.on") << true;
    QTest::newRow("between the instances and the mode") << QStringLiteral("agent.mig.destroyed") << false;
}

void TestLease::migSurvivesTheAgentsDeath() {
    QFETCH(QString, point);
    QFETCH(bool, leasing);
    VerbFlow flow(m_site);
    AgentOptions options;
    options.environment = QStringList{QStringLiteral("BUSBAR_CRASH_AT=") + point};
    QVERIFY2(flow.addNode(leasing ? QStringLiteral("mig-on") : QStringLiteral("mig-off"), options), qPrintable(m_site.error()));
    const QStringList words{QStringLiteral("--tenant"), QStringLiteral("acme"), QStringLiteral("--mig"), QStringLiteral("on")};
    if (!leasing) (void)flow.act(QStringLiteral("lease"), words);
    if (!leasing) QVERIFY(m_site.driver(flow.name(), {QStringLiteral("mig-instance"), QStringLiteral("0"), QStringLiteral("7")}));
    const ActionView begun = leasing ? flow.begin(QStringLiteral("lease"), words) : flow.begin(QStringLiteral("release"));
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QVERIFY(m_site.process(flow.name())->waitForFinished(60'000));
    QCOMPARE(flow.gpu(0).value(QStringLiteral("mig_mode")).toInt(), 1);
    QCOMPARE(flow.gpu(1).value(QStringLiteral("mig_mode")).toInt(), leasing ? 0 : 1);
    options = flow.options();
    options.environment.clear();
    QVERIFY2(m_site.startAgent(flow.name(), options), qPrintable(m_site.error()));
    QTRY_COMPARE_WITH_TIMEOUT(flow.action(begun.id()).state(), QStringLiteral("succeeded"), 60'000);
    // What was before the lease is in the journal: its end is the same.
    if (leasing) (void)flow.act(QStringLiteral("release"));
    QVERIFY2(flow.exitCode() == 0, flow.said());
    for (const int index : {0, 1}) QCOMPARE(flow.gpu(index).value(QStringLiteral("mig_mode")).toInt(), 0);
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
}

void TestLease::readOnlyTouchesNothing() {
    VerbFlow flow(m_site);
    AgentOptions options;
    options.settings = QStringLiteral("read-only");
    options.terminate = QStringLiteral("never");
    QVERIFY2(flow.addNode(QStringLiteral("ro"), options), qPrintable(m_site.error()));
    const QStringList words{QStringLiteral("--tenant"), QStringLiteral("acme"), QStringLiteral("--power-limit"), QStringLiteral("500")};
    const QString planned = flow.plan(QStringLiteral("lease"), words).value(QStringLiteral("sentence")).toString();
    QVERIFY2(planned.contains(QStringLiteral("configure (power limit 500 W) is skipped: its agent's settings are read-only")), qPrintable(planned));
    const ActionView leased = flow.act(QStringLiteral("lease"), words);
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QCOMPARE(leased.steps(), QStringList({QStringLiteral("precheck succeeded"), QStringLiteral("scrub succeeded"), QStringLiteral("configure skipped"), QStringLiteral("open succeeded"), QStringLiteral("canary succeeded")}));
    QVERIFY2(leased.step(QStringLiteral("configure")).value(QStringLiteral("sentence")).toString().contains(QStringLiteral("read-only; asked for was power limit 500 W")), leased.text());
    const QString release = flow.plan(QStringLiteral("release")).value(QStringLiteral("sentence")).toString();
    QVERIFY2(release.contains(QStringLiteral("settings are read-only on its agent and stay")), qPrintable(release));
    const ActionView released = flow.act(QStringLiteral("release"));
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QVERIFY2(released.steps().contains(QStringLiteral("configure skipped")) && released.steps().contains(QStringLiteral("scrub succeeded")), released.text());
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    QCOMPARE(flow.settersCalled(), 0);
    QCOMPARE(flow.hooksRun(), QStringList({QStringLiteral("open"), QStringLiteral("release")}));
}

void TestLease::whatTheDeviceCannotIsRefusedInThePlan_data() {
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("says");
    QTest::newRow("MIG on a GPU without it") << QStringList({QStringLiteral("--mig"), QStringLiteral("on")}) << QStringLiteral("cannot have MIG mode on");
    QTest::newRow("power limit above the device's") << QStringList({QStringLiteral("--power-limit"), QStringLiteral("900")}) << QStringLiteral("900 W is not within what its GPUs take, 100 to 350 W");
    QTest::newRow("clock below the device's") << QStringList({QStringLiteral("--lock-clock"), QStringLiteral("9")}) << QStringLiteral("a locked SM clock of 9 MHz is not within what its GPUs take, 210 to 2520 MHz");
}

void TestLease::whatTheDeviceCannotIsRefusedInThePlan() {
    QFETCH(QStringList, words);
    QFETCH(QString, says);
    VerbFlow flow(m_site);
    AgentOptions options;
    options.model = QStringLiteral("NVIDIA L40S");
    QVERIFY2(flow.addNode(QStringLiteral("l40-%1").arg(words.size() + words.first().size()), options), qPrintable(m_site.error()));
    words = QStringList{QStringLiteral("--tenant"), QStringLiteral("acme")} + words;
    const QJsonObject planned = flow.plan(QStringLiteral("lease"), words);
    QVERIFY2(planned.value(QStringLiteral("sentence")).toString().contains(says), QJsonDocument(planned).toJson());
    (void)flow.act(QStringLiteral("lease"), words);
    QCOMPARE(flow.exitCode(), 1);
    QCOMPARE(flow.settersCalled(), 0);
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
}

void TestLease::whatDiffersFromTheSitesBaselineIsNotFit() {
    VerbFlow flow(m_site);
    AgentOptions options;
    options.model = QStringLiteral("NVIDIA L40S");
    QVERIFY2(flow.addNode(QStringLiteral("old-vbios"), options), qPrintable(m_site.error()));
    const ActionView leased = flow.act(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme")});
    QCOMPARE(flow.exitCode(), 1);
    QVERIFY2(leased.steps().contains(QStringLiteral("precheck failed")), leased.text());
    QVERIFY2(leased.sentence().contains(QStringLiteral("VBIOS of GPU-")) && leased.sentence().contains(QStringLiteral("expected is 99.99.99")), qPrintable(leased.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
}

void TestLease::aSettingThatDoesNotHoldTakesTheLeaseBack() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("sticky")), qPrintable(m_site.error()));
    // The compute mode is prepared, so that the scrub's own exclusive process holds and only the lease's setting does not.
    for (const QStringList& set : {QStringList{QStringLiteral("compute_mode"), QStringLiteral("3")}, QStringList{QStringLiteral("sticky"), QStringLiteral("true")}}) QVERIFY(m_site.driver(flow.name(), QStringList{QStringLiteral("set"), QStringLiteral("1")} + set));
    const ActionView leased = flow.act(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme"), QStringLiteral("--power-limit"), QStringLiteral("500")});
    QCOMPARE(flow.exitCode(), 1);
    QVERIFY2(leased.steps().contains(QStringLiteral("configure failed")), leased.text());
    QVERIFY2(leased.sentence().contains(QStringLiteral("is 700 W, expected")) && leased.sentence().contains(QStringLiteral("taken back")), qPrintable(leased.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    QCOMPARE(flow.gpu(0).value(QStringLiteral("power_limit_w")).toInt(), 700); // The GPU that took it has it no longer.
    QVERIFY(flow.hooksRun().isEmpty());
}

// The driver loses a setting after it was read back: an open hook of an earlier number stands for what may happen there.
void TestLease::aSettingLostBetweenConfigureAndOpenIsSeenAtOpen() {
    VerbFlow flow(m_site);
    AgentOptions options;
    options.environment = QStringList{QStringLiteral("BUSBAR_CRASH_AT=agent.command.received"), QStringLiteral("BUSBAR_CRASH_AFTER=4")}; // Ends as it gets the command of open.
    QVERIFY2(flow.addNode(QStringLiteral("lost"), options), qPrintable(m_site.error()));
    const ActionView begun = flow.begin(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme"), QStringLiteral("--power-limit"), QStringLiteral("500")});
    QVERIFY2(flow.exitCode() == 0, flow.said());
    QVERIFY(m_site.process(flow.name())->waitForFinished(60'000));
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("set"), QStringLiteral("1"), QStringLiteral("power_limit_w"), QStringLiteral("650")}));
    options = flow.options();
    options.environment.clear();
    QVERIFY2(m_site.startAgent(flow.name(), options), qPrintable(m_site.error()));
    QTRY_COMPARE_WITH_TIMEOUT(flow.action(begun.id()).state(), QStringLiteral("failed"), 60'000);
    const ActionView ended = flow.action(begun.id());
    QVERIFY2(ended.steps().contains(QStringLiteral("open failed")), ended.text());
    QVERIFY2(ended.sentence().contains(QStringLiteral("nothing was granted")) && ended.sentence().contains(QStringLiteral("650 W")), qPrintable(ended.sentence()));
    QCOMPARE(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"));
    QCOMPARE(flow.gpu(1).value(QStringLiteral("power_limit_w")).toInt(), 700);
    QCOMPARE(flow.hooksRun(), QStringList({QStringLiteral("release")})); // Only the way back.
}

void TestLease::aForeignProcessIsRefused() {
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("foreign")), qPrintable(m_site.error()));
    QProcess tenant;
    tenant.start(QStringLiteral("sleep"), {QStringLiteral("600")});
    QVERIFY(tenant.waitForStarted());
    // It comes after the plan was made: only the agent can see it.
    QVERIFY(m_site.driver(flow.name(), {QStringLiteral("add-process"), QStringLiteral("1"), QString::number(tenant.processId()), QStringLiteral("16")}));
    const ActionView leased = flow.act(QStringLiteral("lease"), {QStringLiteral("--tenant"), QStringLiteral("acme")});
    QCOMPARE(flow.exitCode(), 1);
    const QByteArray says = flow.said();
    QVERIFY2(says.contains("process is on its GPUs") || leased.sentence().contains(QStringLiteral("it is not this lease's")), says);
    QTRY_COMPARE_WITH_TIMEOUT(flow.fact(QStringLiteral("occupancy")), QStringLiteral("free"), 10'000);
    tenant.kill();
    tenant.waitForFinished();
    QVERIFY(flow.hooksRun().isEmpty());
}

QTEST_GUILESS_MAIN(TestLease)
#include "tst_lease.moc"
