// One GPU of a node, GPU reset, reboot and drains of failure domains over real programs. The reboot command only notes that it ran; the test
// plays the machine that goes down and comes up in another life.
#include "tests/support/site_fixture.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>
#include <QThread>

using namespace busbar::test;

namespace {

const QString kName = QStringLiteral("sim1");

QStringList words(const QString& text) { return text.split(QLatin1Char(' '), Qt::SkipEmptyParts); }

QByteArray read(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestMaintenance : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void oneGpuDrainsBesideATenant();
    void resetOfThatGpu();
    void holderStopsAReset();
    void rebootWithProof();
    void rebootUnaskedClosesTheNode();
    void failureDomainsDrain_data();
    void failureDomainsDrain();
    void sickNodeDrainsByTheKernel();
    void identifyWithoutAHookFails();
    void viewerMayDoNoneOfIt();
    void killedInAReboot_data();
    void killedInAReboot();

private:
    void bootAs(const QByteArray& id, const QString& node = {}) const {
        QFile file(m_site.path(node + QStringLiteral("boot-id")));
        if (!file.open(QIODevice::WriteOnly) || file.write(id) < 0) qFatal("no boot id");
    }
    /// Lines of an agent whose reboot command only notes that it ran, and whose boot id is a file of the test's.
    QString rebootLines(const QString& node = {}) const {
        return QStringLiteral("[reboot]\ncommand = [\"/bin/sh\", \"-c\", \"echo down >> '%1'\"]\n[simulated]\nboot_id = \"%2\"\n").arg(m_site.path(node + QStringLiteral("reboots")), m_site.path(node + QStringLiteral("boot-id")));
    }
    /// Runs busbarctl with the node's id behind the verb.
    CtlResult ctl(const QString& verb, const QString& more, const QString& profile = QStringLiteral("operator")) {
        return m_site.ctl(words(QStringLiteral("-o json %1 %2 --reason test --yes %3").arg(verb, m_site.nodeId(kName), more)), profile, 60'000);
    }
    QJsonObject node() { return m_site.ctl(words(QStringLiteral("-o json node ") + m_site.nodeId(kName))).json().object(); }
    QString service() { return node()[QStringLiteral("service")].toString(); }
    QString gpuService(int gpu) { return node()[QStringLiteral("gpus")][gpu][QStringLiteral("service")].toString(); }
    QByteArray reboots(const QString& node = {}) const { return read(m_site.path(node + QStringLiteral("reboots"))); }

    SiteFixture m_site;
    AgentOptions m_options;
    QProcess m_tenant;
};

void TestMaintenance::initTestCase() {
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    bootAs("first-life");
    m_options.reboot = QStringLiteral("allowed");
    m_options.more = rebootLines();
    QVERIFY(QDir().mkpath(m_site.path(QStringLiteral("agents/sim1"))));
    QVERIFY(m_site.driver(kName, words(QStringLiteral("gpus 8 H100 1024")))); // Small memory: what computes is done on the CPU here.
    QVERIFY2(m_site.startAgent(kName, m_options), qPrintable(m_site.error()));
    QVERIFY2(m_site.waitForLink(kName, QStringLiteral("connected")), qPrintable(m_site.error()));
    QCOMPARE(node()[QStringLiteral("policy")][QStringLiteral("reboot")].toString(), QStringLiteral("allowed"));
    QCOMPARE(node()[QStringLiteral("inventory")][QStringLiteral("boot_id")].toString(), QStringLiteral("first-life"));
}

void TestMaintenance::oneGpuDrainsBesideATenant() {
    m_tenant.start(QStringLiteral("sleep"), {QStringLiteral("600")});
    QVERIFY(m_tenant.waitForStarted());
    QVERIFY(m_site.driver(kName, words(QStringLiteral("add-process 0 %1 64").arg(m_tenant.processId()))));
    const CtlResult drained = ctl(QStringLiteral("drain"), QStringLiteral("--gpu 3 --wait"));
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    QCOMPARE(drained.json()[QStringLiteral("gpus")].toArray().size(), 1);
    QCOMPARE(service(), QStringLiteral("open"));
    QCOMPARE(gpuService(3), QStringLiteral("drained"));
    QVERIFY(node()[QStringLiteral("gpus")][0][QStringLiteral("service")].isNull());
    QVERIFY2(m_site.ctl({QStringLiteral("node"), m_site.nodeId(kName)}).out.contains("GPU 3 is drained apart from the node"), "the words for people say so too");
    const CtlResult lease = m_site.ctl(words(QStringLiteral("lease %1 --tenant acme --for 1h --reason test --yes").arg(m_site.nodeId(kName))), QStringLiteral("admin"));
    QVERIFY(lease.exitCode != 0);
    QVERIFY2((lease.out + lease.err).contains("a lease takes the whole node: return that GPU first"), lease.out + lease.err);
}

void TestMaintenance::resetOfThatGpu() {
    QVERIFY(m_site.driver(kName, words(QStringLiteral("set 3 ecc_uncorrected 2"))));
    const CtlResult reset = ctl(QStringLiteral("reset"), QStringLiteral("--gpu 3 --wait"));
    QVERIFY2(reset.exitCode == 0, reset.err + reset.out);
    QVERIFY2(reset.out.contains("answers after the reset"), reset.out);
    QCOMPARE(gpuService(3), QStringLiteral("drained")); // As it was before.
    const CtlResult back = ctl(QStringLiteral("return"), QStringLiteral("--gpu 3 --wait"));
    QVERIFY2(back.exitCode == 0, back.err + back.out);
    QVERIFY(node()[QStringLiteral("gpus")][3][QStringLiteral("service")].isNull());
}

void TestMaintenance::holderStopsAReset() {
    const CtlResult reset = ctl(QStringLiteral("reset"), QStringLiteral("--gpu 0 --deadline 1s --wait --timeout 8s"));
    QCOMPARE(reset.exitCode, 6); // Waits for the tenant, and asks at the deadline.
    const QString id = reset.json()[QStringLiteral("id")].toString();
    QVERIFY2(!id.isEmpty(), reset.out + reset.err);
    QCOMPARE(m_site.ctl({QStringLiteral("cancel"), id}).exitCode, 0);
    m_tenant.kill();
    QVERIFY(m_tenant.waitForFinished());
    QTRY_VERIFY_WITH_TIMEOUT(node()[QStringLiteral("gpus")][0][QStringLiteral("service")].isNull(), 10'000);
}

void TestMaintenance::rebootWithProof() {
    const auto reboot = m_site.startCtl(words(QStringLiteral("-o json reboot %1 --reason test --yes --wait").arg(m_site.nodeId(kName))), QStringLiteral("operator"));
    QTRY_COMPARE_WITH_TIMEOUT(reboots(), QByteArray("down\n"), 30'000);
    m_site.killAgent(kName);
    bootAs("second-life");
    QVERIFY2(m_site.startAgent(kName, m_options), qPrintable(m_site.error()));
    const CtlResult result = SiteFixture::resultOf(*reboot, 60'000);
    QVERIFY2(result.exitCode == 0, result.err + result.out);
    QVERIFY2(result.out.contains("second-life"), result.out);
    QCOMPARE(reboots(), QByteArray("down\n"));
    QCOMPARE(service(), QStringLiteral("open"));
}

void TestMaintenance::rebootUnaskedClosesTheNode() {
    m_site.killAgent(kName);
    bootAs("third-life");
    QVERIFY2(m_site.startAgent(kName, m_options), qPrintable(m_site.error()));
    QTRY_COMPARE_WITH_TIMEOUT(service(), QStringLiteral("closed"), 20'000);
    QVERIFY2(m_site.ctl({QStringLiteral("node"), m_site.nodeId(kName)}).out.contains("rebooted unexpectedly (boot id third-life)"), "the reason is told");
    const CtlResult back = ctl(QStringLiteral("return"), QStringLiteral("--wait"));
    QVERIFY2(back.exitCode == 0, back.err + back.out);
    QCOMPARE(service(), QStringLiteral("open"));
}

void TestMaintenance::failureDomainsDrain_data() {
    QTest::addColumn<QString>("filter");
    for (const char* filter : {"pdu:p1", "rack:r01", "leaf:lf1"}) QTest::newRow(filter) << QString::fromLatin1(filter);
}

void TestMaintenance::failureDomainsDrain() {
    QFETCH(QString, filter);
    const auto all = [&](const QString& verb) { return m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), verb, QStringLiteral("--filter"), filter, QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes"), QStringLiteral("--wait")}, QStringLiteral("operator"), 60'000); };
    const CtlResult drained = all(QStringLiteral("drain"));
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    QCOMPARE(service(), QStringLiteral("drained"));
    QCOMPARE(drained.json()[QStringLiteral("targets")].toArray().size(), 1);
    QCOMPARE(all(QStringLiteral("return")).exitCode, 0);
}

void TestMaintenance::sickNodeDrainsByTheKernel() {
    for (int gpu = 0; gpu < 8; ++gpu) QVERIFY(m_site.driver(kName, words(QStringLiteral("fail %1 * lost").arg(gpu))));
    CtlResult drained = ctl(QStringLiteral("drain"), QStringLiteral("--wait"));
    for (int i = 0; i < 5 && drained.err.contains("plan again"); ++i) drained = ctl(QStringLiteral("drain"), QStringLiteral("--wait")); // Its health sinks meanwhile.
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    QVERIFY2(drained.out.contains("\"not readable\"") && drained.out.contains("\"kernel\""), drained.out); // What could not be read, and who answered instead.
    for (int gpu = 0; gpu < 8; ++gpu) QVERIFY(m_site.driver(kName, words(QStringLiteral("heal %1").arg(gpu))));
    const CtlResult reset = ctl(QStringLiteral("reset"), QStringLiteral("--wait"));
    QVERIFY2(reset.exitCode == 0, reset.err + reset.out);
    QCOMPARE(service(), QStringLiteral("drained"));
    const CtlResult back = ctl(QStringLiteral("return"), QStringLiteral("--wait"));
    QVERIFY2(back.exitCode == 0, back.err + back.out);
}

void TestMaintenance::identifyWithoutAHookFails() {
    const CtlResult result = ctl(QStringLiteral("identify"), QStringLiteral("--wait"));
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.out.contains("no hook is installed"), result.out);
    QCOMPARE(service(), QStringLiteral("open"));
}

void TestMaintenance::viewerMayDoNoneOfIt() {
    for (const QString& verb : {QStringLiteral("reset"), QStringLiteral("reboot"), QStringLiteral("identify")}) QCOMPARE(ctl(verb, QString(), QStringLiteral("viewer")).exitCode, 4);
    QCOMPARE(reboots(), QByteArray("down\n"));
}

// kill -9 at the borders of the one step that takes the agent with it: the command is given once or not at all, and the boot id proves it.
void TestMaintenance::killedInAReboot_data() {
    QTest::addColumn<QString>("program");
    QTest::addColumn<QString>("point");
    QTest::addColumn<int>("after");
    QTest::addColumn<QByteArray>("commands");
    QTest::newRow("the agent has the command") << QStringLiteral("agent") << QStringLiteral("agent.command.journaled") << 4 << QByteArray("down\n");
    QTest::newRow("the agent noted that it gives it") << QStringLiteral("agent") << QStringLiteral("agent.reboot.issued") << 1 << QByteArray();
    QTest::newRow("the controller sent it") << QStringLiteral("controller") << QStringLiteral("controller.sent") << 4 << QByteArray("down\n");
}

void TestMaintenance::killedInAReboot() {
    QFETCH(QString, program);
    QFETCH(QString, point);
    QFETCH(int, after);
    QFETCH(QByteArray, commands);
    const QString name = QStringLiteral("kill-%1").arg(QString::fromLatin1(QTest::currentDataTag()).section(QLatin1Char(' '), -1)), node = m_site.nodeId(name);
    const QStringList crash{QStringLiteral("BUSBAR_CRASH_AT=") + point, QStringLiteral("BUSBAR_CRASH_AFTER=%1").arg(after)};
    const bool ofAgent = program == QStringLiteral("agent");
    AgentOptions options = m_options;
    options.more = rebootLines(name);
    if (ofAgent) options.environment = crash;
    bootAs("first-life", name);
    QVERIFY2(m_site.startAgent(name, options) && m_site.waitForLink(name, QStringLiteral("connected")), qPrintable(m_site.error()));
    options.environment.clear();
    if (!ofAgent) {
        m_site.killController();
        QVERIFY2(m_site.startController(crash) && m_site.waitForLink(name, QStringLiteral("connected")), qPrintable(m_site.error()));
    }
    const CtlResult submitted = m_site.ctl(words(QStringLiteral("-o json reboot %1 --reason test --yes").arg(node)));
    QVERIFY2(submitted.exitCode == 0, submitted.out + submitted.err);
    const QString id = submitted.json()[QStringLiteral("id")].toString();
    QTRY_COMPARE_WITH_TIMEOUT(m_site.process(ofAgent ? name : program)->state(), QProcess::NotRunning, 30'000);
    QVERIFY2(ofAgent ? m_site.startAgent(name, options) : m_site.startController(), qPrintable(m_site.error()));
    QVERIFY2(m_site.waitForLink(name, QStringLiteral("connected")), qPrintable(m_site.error()));
    QTRY_COMPARE_WITH_TIMEOUT(reboots(name), commands, 30'000);
    QTest::qWait(1'500); // For a second one.
    m_site.killAgent(name);
    bootAs("second-life", name);
    QVERIFY2(m_site.startAgent(name, options), qPrintable(m_site.error()));
    QJsonObject action;
    const auto isOver = [&] { return (action = m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("action"), id}).json().object())[QStringLiteral("state")] == QStringLiteral("succeeded"); };
    QTRY_VERIFY2_WITH_TIMEOUT(isOver(), QJsonDocument(action).toJson(), 60'000);
    QVERIFY(QJsonDocument(action).toJson().contains("second-life"));
    QCOMPARE(reboots(name), commands);
}

QTEST_GUILESS_MAIN(TestMaintenance)
#include "tst_maintenance.moc"
