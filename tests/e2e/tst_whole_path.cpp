// The whole path with real programs: busbarctl → controller → agent → simulated driver library, and the proof on the way back.
#include "tests/support/site_fixture.h"

#include <QDeadlineTimer>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>
#include <QThread>

using namespace busbar::test;

namespace {

QJsonObject firstAction(const CtlResult& result) {
    const QJsonDocument json = result.json();
    if (json.isArray()) return json.array().at(0).toObject();
    const QJsonObject object = json.object();
    return object.contains(QStringLiteral("actions")) ? object.value(QStringLiteral("actions")).toArray().at(0).toObject() : object;
}

QJsonObject firstTarget(const QJsonObject& action) { return action.value(QStringLiteral("targets")).toArray().at(0).toObject(); }

QStringList json(const QStringList& arguments) { return QStringList{QStringLiteral("-o"), QStringLiteral("json")} + arguments; }

} // namespace

class TestWholePath : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void nodeShowsItsGpus();
    void thisMachineTellsItsDriver();
    void drainEndsInEvidenceAndReturnUndoesIt();
    void drainWaitsForAProcessAndNamesIt();
    void cancelReopens();
    void readOnlyPolicySkipsSettings();
    void nodeWithoutDriverDrainsByTheKernel();
    void filtersAreJudgedByTheController();
    void drainByFilter();
    void viewerMayNotDrain();
    void unknownIdRefusesTheWholePlan();
    void noTerminalNeedsYes();
    void unreachableIsExitCode3();

private:
    QJsonObject node(const QString& name) const;
    bool waitForAction(const QString& id, const QString& state, QJsonObject* action, int timeoutMs = 30'000) const;

    SiteFixture m_site;
};

void TestWholePath::initTestCase() {
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    AgentOptions readOnly;
    readOnly.settings = QStringLiteral("read-only");
    readOnly.terminate = QStringLiteral("never");
    AgentOptions live = readOnly;
    live.simulatedDriver = false;
    QVERIFY2(m_site.startAgent(QStringLiteral("sim1")), qPrintable(m_site.error()));
    QVERIFY2(m_site.startAgent(QStringLiteral("ro1"), readOnly), qPrintable(m_site.error()));
    QVERIFY2(m_site.startAgent(QStringLiteral("host1"), live), qPrintable(m_site.error()));
    for (const QString& name : {QStringLiteral("sim1"), QStringLiteral("ro1"), QStringLiteral("host1")})
        QVERIFY2(m_site.waitForLink(name, QStringLiteral("connected")), m_site.logOf(name) + m_site.logOf(QStringLiteral("controller")));
}

QJsonObject TestWholePath::node(const QString& name) const {
    return m_site.ctl(json({QStringLiteral("node"), m_site.nodeId(name)})).json().object();
}

bool TestWholePath::waitForAction(const QString& id, const QString& state, QJsonObject* action, int timeoutMs) const {
    for (QDeadlineTimer limit(timeoutMs); !limit.hasExpired(); QThread::msleep(100)) {
        *action = firstAction(m_site.ctl(json({QStringLiteral("action"), id})));
        if (action->value(QStringLiteral("state")).toString() == state) return true;
    }
    return false;
}

void TestWholePath::nodeShowsItsGpus() {
    // The first sample may still be on its way when the link stands.
    const auto temperatureOf = [](const QJsonObject& shown) {
        return shown.value(QStringLiteral("gpus")).toArray().at(0).toObject().value(QStringLiteral("metrics")).toObject().value(QStringLiteral("temp")).toObject();
    };
    QTRY_VERIFY_WITH_TIMEOUT(temperatureOf(node(QStringLiteral("sim1"))).contains(QStringLiteral("value")), 5'000);
    const QJsonObject sim = node(QStringLiteral("sim1"));
    QCOMPARE(sim.value(QStringLiteral("source")).toString(), QStringLiteral("simulated"));
    QVERIFY(sim.value(QStringLiteral("driver")).toString().startsWith(QStringLiteral("simulated NVML")));
    QCOMPARE(sim.value(QStringLiteral("gpus")).toArray().size(), 8);
    const QJsonObject temperature = temperatureOf(sim);
    QCOMPARE(temperature.value(QStringLiteral("unit")).toString(), QStringLiteral("C"));
    QVERIFY(temperature.value(QStringLiteral("value")).toInt() > 10);
    QVERIFY(temperature.value(QStringLiteral("age_ms")).toInt(-1) >= 0);
}

void TestWholePath::thisMachineTellsItsDriver() {
    const QJsonObject host = node(QStringLiteral("host1"));
    QCOMPARE(host.value(QStringLiteral("source")).toString(), QStringLiteral("live"));
    if (host.value(QStringLiteral("driver")).toString().startsWith(QStringLiteral("NVML"))) return;
    QCOMPARE(host.value(QStringLiteral("driver")).toString(), QStringLiteral("no NVIDIA driver: libnvidia-ml.so.1 not found"));
}

void TestWholePath::drainEndsInEvidenceAndReturnUndoesIt() {
    const QString id = m_site.nodeId(QStringLiteral("sim1"));
    CtlResult drained = m_site.ctl(json({QStringLiteral("drain"), id, QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes"), QStringLiteral("--wait")}));
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    const QJsonObject action = firstAction(drained);
    QCOMPARE(action.value(QStringLiteral("state")).toString(), QStringLiteral("succeeded"));
    int facts = 0;
    for (const QJsonValue& step : firstTarget(action).value(QStringLiteral("steps")).toArray())
        for (const QJsonValue& evidence : step.toObject().value(QStringLiteral("evidence")).toArray()) {
            QVERIFY(!evidence.toObject().value(QStringLiteral("source")).toString().isEmpty());
            if (evidence.toObject().value(QStringLiteral("source")).toString() == QStringLiteral("simulated nvml")) ++facts;
        }
    QVERIFY2(facts >= 8, drained.out);
    QCOMPARE(node(QStringLiteral("sim1")).value(QStringLiteral("service")).toString(), QStringLiteral("drained"));

    CtlResult returned = m_site.ctl(json({QStringLiteral("return"), id, QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes"), QStringLiteral("--wait")}));
    QVERIFY2(returned.exitCode == 0, returned.err + returned.out);
    QCOMPARE(node(QStringLiteral("sim1")).value(QStringLiteral("service")).toString(), QStringLiteral("open"));
}

void TestWholePath::drainWaitsForAProcessAndNamesIt() {
    QProcess tenant;
    tenant.start(QStringLiteral("sleep"), {QStringLiteral("300")});
    QVERIFY(tenant.waitForStarted());
    QVERIFY(m_site.driver(QStringLiteral("sim1"), {QStringLiteral("add-process"), QStringLiteral("0"), QString::number(tenant.processId()), QStringLiteral("1024")}));
    const QString id = m_site.nodeId(QStringLiteral("sim1"));
    const CtlResult submitted = m_site.ctl(json({QStringLiteral("drain"), id, QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes")}));
    QVERIFY2(submitted.exitCode == 0, submitted.err + submitted.out);
    const QString actionId = firstAction(submitted).value(QStringLiteral("id")).toString();
    QJsonObject action;
    bool named = false;
    for (QDeadlineTimer limit(20'000); !limit.hasExpired() && !named; QThread::msleep(100)) {
        action = firstAction(m_site.ctl(json({QStringLiteral("action"), actionId})));
        for (const QJsonValue& blocker : firstTarget(action).value(QStringLiteral("blockers")).toArray())
            named = named || blocker.toObject().value(QStringLiteral("pid")).toInteger() == tenant.processId();
    }
    QVERIFY2(named, QJsonDocument(action).toJson());
    tenant.kill();
    QVERIFY(tenant.waitForFinished());
    QVERIFY2(waitForAction(actionId, QStringLiteral("succeeded"), &action), QJsonDocument(action).toJson());
    QCOMPARE(m_site.ctl({QStringLiteral("return"), id, QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes"), QStringLiteral("--wait")}).exitCode, 0);
}

void TestWholePath::cancelReopens() {
    QProcess tenant;
    tenant.start(QStringLiteral("sleep"), {QStringLiteral("300")});
    QVERIFY(tenant.waitForStarted());
    QVERIFY(m_site.driver(QStringLiteral("sim1"), {QStringLiteral("add-process"), QStringLiteral("1"), QString::number(tenant.processId()), QStringLiteral("1024")}));
    const CtlResult submitted = m_site.ctl(json({QStringLiteral("drain"), m_site.nodeId(QStringLiteral("sim1")), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes")}));
    QVERIFY2(submitted.exitCode == 0, submitted.err + submitted.out);
    const QString actionId = firstAction(submitted).value(QStringLiteral("id")).toString();
    const CtlResult cancelled = m_site.ctl({QStringLiteral("cancel"), actionId});
    QVERIFY2(cancelled.exitCode == 0, cancelled.err + cancelled.out);
    QJsonObject action;
    QVERIFY2(waitForAction(actionId, QStringLiteral("cancelled"), &action), QJsonDocument(action).toJson());
    QTRY_COMPARE_WITH_TIMEOUT(node(QStringLiteral("sim1")).value(QStringLiteral("service")).toString(), QStringLiteral("open"), 10'000);
    tenant.kill();
    tenant.waitForFinished();
}

void TestWholePath::readOnlyPolicySkipsSettings() {
    const QString id = m_site.nodeId(QStringLiteral("ro1"));
    const CtlResult drained = m_site.ctl(json({QStringLiteral("drain"), id, QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes"), QStringLiteral("--wait")}));
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    QVERIFY2(drained.out.contains("read-only"), drained.out);
    const CtlResult forced = m_site.ctl({QStringLiteral("drain"), id, QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--at-deadline"), QStringLiteral("force"), QStringLiteral("--yes")}, QStringLiteral("admin"));
    QVERIFY2(forced.exitCode != 0, forced.out);
}

void TestWholePath::nodeWithoutDriverDrainsByTheKernel() {
    if (node(QStringLiteral("host1")).value(QStringLiteral("driver")).toString().startsWith(QStringLiteral("NVML"))) QSKIP("this machine has an NVIDIA driver");
    const CtlResult drained = m_site.ctl(json({QStringLiteral("drain"), m_site.nodeId(QStringLiteral("host1")), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes"), QStringLiteral("--wait")}));
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    QVERIFY2(drained.out.contains("\"kernel\""), drained.out);
}

void TestWholePath::filtersAreJudgedByTheController() {
    const auto found = [this](const QString& filter) {
        QStringList names;
        for (const QJsonValue& node : m_site.ctl(json({QStringLiteral("nodes"), QStringLiteral("--filter"), filter})).json().object().value(QStringLiteral("nodes")).toArray())
            names << node.toObject().value(QStringLiteral("id")).toString().section(QLatin1Char('/'), 1);
        return names;
    };
    QCOMPARE(found(QStringLiteral("source:simulated | sort node")), QStringList({QStringLiteral("ro1"), QStringLiteral("sim1")}));
    QCOMPARE(found(QStringLiteral("-source:simulated")), QStringList({QStringLiteral("host1")}));
    QStringList sick;
    for (const QString& name : {QStringLiteral("host1"), QStringLiteral("ro1"), QStringLiteral("sim1")})
        if (const QString health = node(name).value(QStringLiteral("health")).toString(); health != QStringLiteral("ok") && health != QStringLiteral("unknown")) sick << name;
    QCOMPARE(found(QStringLiteral("health!=ok | sort node")), sick);
    const QString uuid = node(QStringLiteral("sim1")).value(QStringLiteral("gpus")).toArray().at(3).toObject().value(QStringLiteral("uuid")).toString();
    QVERIFY(!uuid.isEmpty());
    QCOMPARE(found(uuid), QStringList({QStringLiteral("sim1")}));
    const CtlResult wrong = m_site.ctl({QStringLiteral("nodes"), QStringLiteral("--filter"), QStringLiteral("helth:ok")});
    QVERIFY(wrong.exitCode != 0);
    QVERIFY2(wrong.err.contains("did you mean `health`?"), wrong.err);
}

void TestWholePath::drainByFilter() {
    const QStringList reason{QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes"), QStringLiteral("--wait")};
    const CtlResult none = m_site.ctl(QStringList{QStringLiteral("drain"), QStringLiteral("--filter"), QStringLiteral("node:sim1 service:drained")} + reason);
    QVERIFY(none.exitCode != 0);
    const CtlResult drained = m_site.ctl(json(QStringList{QStringLiteral("drain"), QStringLiteral("--filter"), QStringLiteral("node:sim1 service:open")} + reason));
    QVERIFY2(drained.exitCode == 0, drained.err + drained.out);
    QCOMPARE(firstTarget(firstAction(drained)).value(QStringLiteral("node")).toString(), m_site.nodeId(QStringLiteral("sim1")));
    const CtlResult returned = m_site.ctl(QStringList{QStringLiteral("return"), QStringLiteral("--filter"), QStringLiteral("service:drained")} + reason);
    QVERIFY2(returned.exitCode == 0, returned.err + returned.out);
    QCOMPARE(node(QStringLiteral("sim1")).value(QStringLiteral("service")).toString(), QStringLiteral("open"));
}

void TestWholePath::viewerMayNotDrain() {
    const CtlResult result = m_site.ctl({QStringLiteral("drain"), m_site.nodeId(QStringLiteral("sim1")), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes")}, QStringLiteral("viewer"));
    QCOMPARE(result.exitCode, 4);
    QVERIFY2(result.err.contains("viewer"), result.err);
}

void TestWholePath::unknownIdRefusesTheWholePlan() {
    const CtlResult result = m_site.ctl({QStringLiteral("drain"), m_site.nodeId(QStringLiteral("sim1")), m_site.nodeId(QStringLiteral("no-such-node")), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes")});
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.err.contains("no-such-node"), result.err);
    QCOMPARE(node(QStringLiteral("sim1")).value(QStringLiteral("service")).toString(), QStringLiteral("open"));
}

void TestWholePath::noTerminalNeedsYes() {
    const CtlResult result = m_site.ctl({QStringLiteral("drain"), m_site.nodeId(QStringLiteral("sim1")), QStringLiteral("--reason"), QStringLiteral("test")});
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.err.contains("--yes"), result.err);
}

void TestWholePath::unreachableIsExitCode3() {
    m_site.killController();
    const CtlResult result = m_site.ctl({QStringLiteral("nodes")});
    QCOMPARE(result.exitCode, 3);
    QVERIFY2(result.err.contains(m_site.address().toUtf8()), result.err);
}

QTEST_GUILESS_MAIN(TestWholePath)
#include "tst_whole_path.moc"
