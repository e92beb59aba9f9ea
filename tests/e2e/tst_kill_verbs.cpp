// kill -9 of the agent and of the controller at the borders of the steps of lease, release and provision, and in the middle of scrub and
// burn-in: nothing is lost, nothing is done twice, the truth is told, and no helper is left on a GPU.
// A few borders of each kind by default; BUSBAR_ALL_BORDERS=1 runs every border of every step (some 15 min).
#include "tests/e2e/verb_flow.h"

#include <QDeadlineTimer>
#include <QTest>
#include <QThread>

#include <sqlite3.h>

using namespace busbar::test;

namespace {

const QStringList kTenant{QStringLiteral("--tenant"), QStringLiteral("acme"), QStringLiteral("--power-limit"), QStringLiteral("500")};
const QStringList kLease{QStringLiteral("precheck"), QStringLiteral("scrub"), QStringLiteral("configure"), QStringLiteral("open"), QStringLiteral("canary")};
const QStringList kRelease{QStringLiteral("close"), QStringLiteral("wait"), QStringLiteral("scrub"), QStringLiteral("configure"), QStringLiteral("release"), QStringLiteral("verify"), QStringLiteral("reopen")};
const QStringList kProvision{QStringLiteral("inspect"), QStringLiteral("burn-in")};

QStringList stepsOf(const QString& verb) { return verb == QStringLiteral("lease") ? kLease : verb == QStringLiteral("release") ? kRelease : kProvision; }

/// One program ends as by kill -9 at the `after`-th passing of a point during `verb`.
void addRow(const char* program, const QString& verb, const char* point, int after, const QString& words) {
    QTest::newRow(qPrintable(QStringLiteral("%1 of %2: %3").arg(QString::fromLatin1(program), verb, words))) << QByteArray(program) << verb << QByteArray(point) << after;
}

bool wantsAll() { return qEnvironmentVariableIntValue("BUSBAR_ALL_BORDERS") != 0; }

} // namespace

class TestKillVerbs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void killed_data();
    void killed();

private:
    /// Starts again what died; counts it.
    bool revive(const VerbFlow& flow);
    /// Waits for the action's end, whatever dies meanwhile.
    ActionView ending(const VerbFlow& flow, const QString& id);
    ActionView run(VerbFlow& flow, const QString& verb);
    QStringList journaledSteps(const VerbFlow& flow, const QString& actionId) const;
    void checkNode(const VerbFlow& flow, const QString& verb) const;

    SiteFixture m_site;
    int m_nodes = 0, m_revivals = 0;
};

void TestKillVerbs::initTestCase() {
    m_site.setControllerLines(QStringLiteral("new_nodes = \"ready\"\n"));
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
}

void TestKillVerbs::killed_data() {
    QTest::addColumn<QByteArray>("program");
    QTest::addColumn<QString>("verb");
    QTest::addColumn<QByteArray>("point");
    QTest::addColumn<int>("after");
    // In the middle: while the helper computes.
    addRow("agent", QStringLiteral("lease"), "gpu.progress", 1, QStringLiteral("in the middle of scrub"));
    addRow("agent", QStringLiteral("provision"), "gpu.progress", 6, QStringLiteral("in the middle of burn-in"));
    addRow("controller", QStringLiteral("provision"), "progress-received", 3, QStringLiteral("in the middle of burn-in"));
    addRow("agent", QStringLiteral("lease"), "configure.set", 1, QStringLiteral("a setting is set, not read back"));
    const std::pair<const char*, const char*> kAgent[] = {{"command.received", "has the command of %1, journal not yet"}, {"command.journaled", "journaled the command of %1, did nothing yet"},
                                                          {"step.done", "did %1, outcome not journaled"}, {"outcome.journaled", "journaled the outcome of %1, report not sent"}, {"reported", "handed the report of %1 to the link"}};
    const std::pair<const char*, const char*> kController[] = {{"sent", "sent the command of %1"}, {"report-received", "has the report of %1, journal not yet"}, {"report-journaled", "journaled the report of %1, nothing sent yet"},
                                                               {"before-journal", "before the journal has what follows %1"}};
    int number = 0;
    for (const QString& verb : {QStringLiteral("lease"), QStringLiteral("release"), QStringLiteral("provision")})
        for (int step = 0; step < stepsOf(verb).size(); ++step) {
            // By default every third step for the agent and every fourth for the controller, with another point each time.
            int point = 0;
            for (const auto& [name, words] : kAgent)
                if (const bool turn = number % 3 == 0 && number % 5 == point++; wantsAll() || turn) addRow("agent", verb, name, step + 1, QString::fromLatin1(words).arg(stepsOf(verb).at(step)));
            point = 0;
            for (const auto& [name, words] : kController)
                if (const bool turn = number % 4 == 1 && number / 4 % 4 == point++; wantsAll() || turn) addRow("controller", verb, name, step + 1, QString::fromLatin1(words).arg(stepsOf(verb).at(step)));
            ++number;
        }
}

bool TestKillVerbs::revive(const VerbFlow& flow) {
    for (const QString& name : {QStringLiteral("controller"), flow.name()}) {
        QProcess* const process = m_site.process(name);
        process->waitForFinished(1);
        if (process->state() != QProcess::NotRunning) continue;
        ++m_revivals;
        // Its helper went with it: nothing computes on the GPUs any more.
        if (name == flow.name())
            for (QDeadlineTimer limit(3'000); !flow.holders().isEmpty() && !limit.hasExpired();) QThread::msleep(20);
        if (name == flow.name() && !flow.holders().isEmpty()) return false;
        if (!(name == flow.name() ? m_site.startAgent(name, flow.options()) : m_site.startController())) return false;
    }
    return true;
}

ActionView TestKillVerbs::ending(const VerbFlow& flow, const QString& id) {
    const QStringList open{QStringLiteral("queued"), QStringLiteral("running"), QStringLiteral("verifying"), QString()};
    for (QDeadlineTimer limit(90'000); !limit.hasExpired(); QThread::msleep(100)) {
        if (!revive(flow)) break;
        const ActionView now = flow.action(id);
        if (!open.contains(now.state())) return now;
    }
    return flow.action(id);
}

/// Runs VERB to its end; a submit whose answer was lost with the controller is looked for.
ActionView TestKillVerbs::run(VerbFlow& flow, const QString& verb) {
    const QStringList words = verb == QStringLiteral("lease") ? kTenant : QStringList();
    for (QDeadlineTimer limit(20'000); !limit.hasExpired(); QThread::msleep(100)) {
        const ActionView begun = flow.begin(verb, words);
        if (flow.exitCode() == 0) return ending(flow, begun.id());
        if (!revive(flow)) break;
        const QJsonArray known = m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("actions")}).json().object().value(QStringLiteral("actions")).toArray();
        for (const QJsonValue& action : known) {
            const ActionView view(action.toObject());
            if (view.json().value(QStringLiteral("verb")).toString() == verb && view.target().value(QStringLiteral("node")).toString() == flow.node()) return ending(flow, view.id());
        }
    }
    return ActionView({});
}

QStringList TestKillVerbs::journaledSteps(const VerbFlow& flow, const QString& actionId) const {
    QStringList steps;
    sqlite3* database = nullptr;
    sqlite3_stmt* rows = nullptr;
    if (sqlite3_open_v2(m_site.path(QStringLiteral("agents/%1/journal.db").arg(flow.name())).toUtf8().constData(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
        sqlite3_prepare_v2(database, "SELECT kind, report IS NULL, id FROM commands WHERE action = ? ORDER BY sequence", -1, &rows, nullptr) == SQLITE_OK) {
        const QByteArray id = actionId.toUtf8();
        sqlite3_bind_text(rows, 1, id.constData(), -1, SQLITE_TRANSIENT);
        while (sqlite3_step(rows) == SQLITE_ROW)
            steps << QString::fromUtf8(reinterpret_cast<const char*>(sqlite3_column_text(rows, 2))).section(QLatin1Char('/'), -1).section(QLatin1Char('.'), 1, 1) + (sqlite3_column_int(rows, 1) == 1 ? QStringLiteral(" open") : QString());
    }
    sqlite3_finalize(rows);
    sqlite3_close(database);
    return steps;
}

void TestKillVerbs::checkNode(const VerbFlow& flow, const QString& verb) const {
    QVERIFY(flow.holders().isEmpty());
    const bool leased = verb == QStringLiteral("lease");
    QTRY_COMPARE_WITH_TIMEOUT(flow.fact(QStringLiteral("occupancy")), leased ? QStringLiteral("leased") : QStringLiteral("free"), 15'000);
    QTRY_COMPARE_WITH_TIMEOUT(flow.fact(QStringLiteral("service")), QStringLiteral("open"), 15'000);
    QCOMPARE(flow.fact(QStringLiteral("state")), QStringLiteral("ready"));
    for (const int index : {0, 1}) {
        QCOMPARE(flow.gpu(index).value(QStringLiteral("power_limit_w")).toInt(), leased ? 500 : 700);
        QCOMPARE(flow.gpu(index).value(QStringLiteral("compute_mode")).toInt(), 0);
        // Never set twice: once by the lease, once back by the release.
        QCOMPARE(flow.gpu(index).value(QStringLiteral("sets")).toObject().value(QStringLiteral("nvmlDeviceSetPowerManagementLimit")).toInt(), leased ? 1 : verb == QStringLiteral("release") ? 2 : 0);
    }
}

void TestKillVerbs::killed() {
    QFETCH(QByteArray, program);
    QFETCH(QString, verb);
    QFETCH(QByteArray, point);
    QFETCH(int, after);
    VerbFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("k%1").arg(++m_nodes)), qPrintable(m_site.error()));
    if (verb == QStringLiteral("release")) {
        const ActionView leased = flow.act(QStringLiteral("lease"), kTenant);
        QVERIFY2(flow.exitCode() == 0, flow.said() + leased.text());
    }
    m_revivals = 0;
    const QStringList environment{QStringLiteral("BUSBAR_CRASH_AT=%1.%2").arg(QString::fromLatin1(program), QString::fromLatin1(point)), QStringLiteral("BUSBAR_CRASH_AFTER=%1").arg(after)};
    AgentOptions options = flow.options();
    if (program == "agent") {
        options.environment = environment;
        m_site.killAgent(flow.name());
        QVERIFY2(m_site.startAgent(flow.name(), options), qPrintable(m_site.error()));
    } else {
        m_site.killController();
        QVERIFY2(m_site.startController(environment), qPrintable(m_site.error()));
    }
    QVERIFY2(m_site.waitForLink(flow.name(), QStringLiteral("connected")), qPrintable(m_site.error()));
    const ActionView ended = run(flow, verb);
    // The last report can end the action before its agent, which dies with it, is gone.
    for (QDeadlineTimer limit(5'000); m_revivals == 0 && !limit.hasExpired(); QThread::msleep(20)) QVERIFY(revive(flow));
    QCOMPARE(m_revivals, 1); // The border was there, and only once.
    QVERIFY2(ended.state() == QStringLiteral("succeeded"), ended.text());
    checkNode(flow, verb);
    QCOMPARE(journaledSteps(flow, ended.id()), stepsOf(verb));
    const QStringList hooks = verb == QStringLiteral("lease") ? QStringList{QStringLiteral("open")} : verb == QStringLiteral("release") ? QStringList{QStringLiteral("open"), QStringLiteral("release")} : QStringList();
    QCOMPARE(flow.hooksRun(), hooks);
}

QTEST_GUILESS_MAIN(TestKillVerbs)
#include "tst_kill_verbs.moc"
