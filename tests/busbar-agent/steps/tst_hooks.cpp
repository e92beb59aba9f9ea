// hooks.d: who may own them, their order, their input, what is kept of them, their time limit, and that none is run twice.
#include "tests/busbar-agent/steps/step_kit.h"

#include "busbar-agent/journal/keys.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <csignal>
#include <sys/stat.h>

using namespace busbar;
using namespace busbar::agent;
using test::evidenceIn;
using test::StepKit;

class TestHooks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); } // As the agent's own main does.
    void init();
    void orderAndOutput();
    void inputIsJson();
    void whoseLeaseItIsIsTold();
    void terminateTellsFirst_data();
    void terminateTellsFirst();
    void aWaitAsksTheScheduler();
    void verifyAsksWhetherTheSchedulerIsClosed();
    void aFailureEndsTheStep();
    void refusedFiles_data();
    void refusedFiles();
    void refusedFolder();
    void foreignOwner();
    void leavingsAreSkipped();
    void timeLimitEndsTheGroup();
    void hooksThatTalkTooMuch();
    void outputThatIsNoText();
    void closedOutputDoesNotEndIt();
    void cutOffIsNotRunAgain();
    void returnHooks();

private:
    QString add(const QString& name, const QByteArray& body, int mode = 0755, const QString& event = QStringLiteral("close"));
    QByteArray logged() const {
        QFile file(m_kit->fake.path(QStringLiteral("log")));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QByteArray log(const QByteArray& words) const { return "echo " + words + " >>" + m_kit->fake.path(QStringLiteral("log")).toUtf8(); }
    std::unique_ptr<StepKit> m_kit;
};

void TestHooks::init() {
    m_kit = std::make_unique<StepKit>();
    m_kit->parts.hooksDir = m_kit->fake.path(QStringLiteral("hooks.d")).toStdString();
    m_kit->start();
}

QString TestHooks::add(const QString& name, const QByteArray& body, int mode, const QString& event) {
    const QString folder = m_kit->fake.path(QStringLiteral("hooks.d/") + event);
    QDir().mkpath(folder);
    for (const QString& dir : {m_kit->fake.path(QStringLiteral("hooks.d")), folder}) chmod(dir.toUtf8().constData(), 0755);
    QFile file(folder + QLatin1Char('/') + name);
    if (!file.open(QIODevice::WriteOnly)) qFatal("no hook");
    file.write("#!/bin/sh\n" + body + "\n");
    file.close();
    chmod(file.fileName().toUtf8().constData(), static_cast<mode_t>(mode));
    return file.fileName();
}

void TestHooks::orderAndOutput() {
    add(QStringLiteral("20-second"), log("second"));
    add(QStringLiteral("10-first"), log("first") + "; echo node1 is now drained");
    const StepReport report = m_kit->run(StepKind::close, "c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QCOMPARE(logged(), QByteArray("first\nsecond\n"));
    QCOMPARE(evidenceIn(report, "hook close/10-first").after, std::string("exit 0: node1 is now drained"));
    QCOMPARE(evidenceIn(report, "hook close/10-first").source, std::string("hook"));
    QCOMPARE(evidenceIn(report, "hook close/20-second").after, std::string("exit 0"));
    QCOMPARE(*m_kit->journal->get(hookPrefix("c1") + m_kit->parts.hooksDir + "/close/10-first"), std::optional<std::string>()); // Done with.
}

void TestHooks::inputIsJson() {
    add(QStringLiteral("10-read"), "cat >" + m_kit->fake.path(QStringLiteral("input")).toUtf8());
    StepCommand command = StepKit::command(StepKind::close, "c1");
    command.reason = "say \"no\"; $(reboot)";
    m_kit->run(command);
    QFile file(m_kit->fake.path(QStringLiteral("input")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QJsonObject input = QJsonDocument::fromJson(file.readAll()).object();
    QCOMPARE(input.value(QStringLiteral("event")).toString(), QStringLiteral("close"));
    QCOMPARE(input.value(QStringLiteral("node")).toString(), QStringLiteral("tst1/n1"));
    QCOMPARE(input.value(QStringLiteral("action")).toString(), QStringLiteral("tst1/ACTION"));
    QCOMPARE(input.value(QStringLiteral("reason")).toString(), QStringLiteral("say \"no\"; $(reboot)"));
    QCOMPARE(input.value(QStringLiteral("scope")).toString(), QStringLiteral("node"));
    QCOMPARE(input.value(QStringLiteral("gpus")).toArray().size(), 8);
    QVERIFY(!input.contains(QStringLiteral("lease")));
}

void TestHooks::whoseLeaseItIsIsTold() {
    add(QStringLiteral("10-read"), "cat >" + m_kit->fake.path(QStringLiteral("input")).toUtf8(), 0755, QStringLiteral("open"));
    StepCommand command = StepKit::command(StepKind::openLease, "c1");
    command.details.leaseId = "L-1";
    command.details.tenant = "acme";
    command.details.untilWallMs = 1'796'000'000'000;
    const StepReport report = m_kit->run(command);
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QFile file(m_kit->fake.path(QStringLiteral("input")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QJsonObject lease = QJsonDocument::fromJson(file.readAll()).object().value(QStringLiteral("lease")).toObject();
    QCOMPARE(lease, QJsonObject({{QStringLiteral("id"), QStringLiteral("L-1")}, {QStringLiteral("tenant"), QStringLiteral("acme")}, {QStringLiteral("until"), 1'796'000'000}}));
}

// A tenant is told before its processes are ended, and cannot hold them by that.
void TestHooks::terminateTellsFirst_data() {
    QTest::addColumn<QByteArray>("exit");
    QTest::newRow("well") << QByteArray("exit 0");
    QTest::newRow("its hook fails") << QByteArray("exit 3");
}

void TestHooks::terminateTellsFirst() {
    QFETCH(QByteArray, exit);
    const test::Tenant tenant;
    QVERIFY(m_kit->addProcess(0, tenant.pid()));
    add(QStringLiteral("10-tell"), "kill -0 " + QByteArray::number(static_cast<qlonglong>(tenant.pid())) + " && " + log("alive") + "; " + exit, 0755, QStringLiteral("terminate"));
    const StepReport report = m_kit->run(StepKind::terminate, "c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QCOMPARE(logged(), QByteArray("alive\n"));
    QVERIFY(evidenceIn(report, "hook terminate/10-tell").after.starts_with(exit.toStdString()));
    QTRY_VERIFY_WITH_TIMEOUT(!tenant.alive(), 5'000);
}

// The GPUs are free between two jobs of one run too.
void TestHooks::aWaitAsksTheScheduler() {
    const QByteArray idle = m_kit->fake.path(QStringLiteral("idle")).toUtf8();
    add(QStringLiteral("10-jobs"), "test -e '" + idle + "' || { echo job 7 is next; exit 1; }", 0755, QStringLiteral("idle"));
    m_kit->runner->submit(StepKit::command(StepKind::wait, "c1"));
    QTRY_COMPARE_WITH_TIMEOUT(m_kit->progress("c1").sentence, std::string("the scheduler is not idle: hook idle/10-jobs: exit 1: job 7 is next"), 10'000);
    QCOMPARE(m_kit->progress("c1").blockers.size(), std::size_t{1});
    QFile file(QString::fromUtf8(idle));
    QVERIFY(file.open(QIODevice::WriteOnly));
    const StepReport report = m_kit->waitFor("c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    QCOMPARE(evidenceIn(report, "hook idle/10-jobs").after, std::string("exit 0"));
}

void TestHooks::verifyAsksWhetherTheSchedulerIsClosed() {
    QVERIFY(m_kit->run(StepKind::close, "c1").state == StepState::succeeded);
    add(QStringLiteral("10-state"), "echo IDLE; exit 1", 0755, QStringLiteral("closed"));
    const StepReport open = m_kit->run(StepKind::verify, "c2");
    QVERIFY(open.state == StepState::failed);
    QVERIFY2(open.sentence.find("hook closed/10-state") != std::string::npos, open.sentence.c_str());
    add(QStringLiteral("10-state"), "echo DRAINED", 0755, QStringLiteral("closed"));
    const StepReport closed = m_kit->run(StepKind::verify, "c3");
    QVERIFY2(closed.state == StepState::succeeded, closed.sentence.c_str());
    QCOMPARE(evidenceIn(closed, "hook closed/10-state").after, std::string("exit 0: DRAINED"));
}

void TestHooks::aFailureEndsTheStep() {
    add(QStringLiteral("10-bad"), "echo scontrol: invalid node name >&2; exit 3");
    add(QStringLiteral("20-after"), log("after"));
    const StepReport report = m_kit->run(StepKind::close, "c1");
    QVERIFY(report.state == StepState::failed);
    QCOMPARE(report.sentence, std::string("hook close/10-bad: exit 3: scontrol: invalid node name"));
    QVERIFY(logged().isEmpty());
    QCOMPARE(*m_kit->driver->computeMode(0), 0u); // Settings come after the scheduler is closed.
}

void TestHooks::refusedFiles_data() {
    QTest::addColumn<int>("mode");
    QTest::addColumn<QByteArray>("why");
    QTest::newRow("writable by all") << 0757 << QByteArray("writable by others");
    QTest::newRow("writable by a group") << 0775 << QByteArray("writable by others");
    QTest::newRow("not executable") << 0644 << QByteArray("not executable");
}

void TestHooks::refusedFiles() {
    QFETCH(int, mode);
    QFETCH(QByteArray, why);
    add(QStringLiteral("10-hook"), log("ran"), mode);
    const StepReport report = m_kit->run(StepKind::close, "c1");
    QVERIFY(report.state == StepState::failed);
    QCOMPARE(evidenceIn(report, "hook close/10-hook").after, "refused: " + why.toStdString());
    QVERIFY(logged().isEmpty());
}

void TestHooks::refusedFolder() {
    add(QStringLiteral("10-hook"), log("ran"));
    chmod(m_kit->fake.path(QStringLiteral("hooks.d/close")).toUtf8().constData(), 0777);
    const StepReport report = m_kit->run(StepKind::close, "c1");
    QVERIFY(report.state == StepState::failed);
    QVERIFY2(report.sentence.find("hooks.d/close: writable by others") != std::string::npos, report.sentence.c_str());
    QVERIFY(logged().isEmpty());
}

void TestHooks::foreignOwner() {
    const QString path = add(QStringLiteral("10-hook"), log("ran"));
    if (chown(path.toUtf8().constData(), 65534, 65534) != 0) QSKIP("giving a file away needs root");
    const StepReport report = m_kit->run(StepKind::close, "c1");
    QCOMPARE(evidenceIn(report, "hook close/10-hook").after, std::string("refused: not owned by root"));
    QVERIFY(logged().isEmpty());
}

void TestHooks::leavingsAreSkipped() {
    add(QStringLiteral("10-hook"), log("ran"));
    add(QStringLiteral("10-hook~"), log("backup"));
    add(QStringLiteral(".10-hook.swp"), log("swap"));
    QVERIFY(m_kit->run(StepKind::close, "c1").state == StepState::succeeded);
    QCOMPARE(logged(), QByteArray("ran\n"));
}

void TestHooks::timeLimitEndsTheGroup() {
    add(QStringLiteral("10-slow"), "sleep 301 & echo $! >" + m_kit->fake.path(QStringLiteral("pid")).toUtf8() + "; wait");
    m_kit->parts.hookLimitMs = 1'000;
    m_kit->restart();
    QElapsedTimer timer;
    timer.start();
    const StepReport report = m_kit->run(StepKind::close, "c1");
    QVERIFY(report.state == StepState::failed);
    QVERIFY(timer.elapsed() < 20'000);
    QCOMPARE(evidenceIn(report, "hook close/10-slow").after, std::string("no exit code: ended after 1 s without an answer"));
    QFile file(m_kit->fake.path(QStringLiteral("pid")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const pid_t pid = file.readAll().trimmed().toInt();
    QVERIFY(pid > 1);
    QTRY_VERIFY_WITH_TIMEOUT(kill(pid, 0) != 0, 5'000); // What it started is gone too.
}

void TestHooks::hooksThatTalkTooMuch() {
    add(QStringLiteral("10-loud"), "head -c 1000000 /dev/zero | tr '\\0' x; exit 0");
    const StepReport report = m_kit->run(StepKind::close, "c1");
    QVERIFY(report.state == StepState::succeeded);
    QCOMPARE(evidenceIn(report, "hook close/10-loud").after.size(), std::string("exit 0: ").size() + 400);
}

void TestHooks::outputThatIsNoText() {
    add(QStringLiteral("10-binary"), "printf '\\377\\376a\\033[2Jb\\n'");
    const StepReport report = m_kit->run(StepKind::close, "c1");
    QCOMPARE(evidenceIn(report, "hook close/10-binary").after, std::string("exit 0: ??a [2Jb"));
}

void TestHooks::closedOutputDoesNotEndIt() {
    add(QStringLiteral("10-quiet"), "exec >&- 2>&-; sleep 1; " + log("ran on"));
    QVERIFY(m_kit->run(StepKind::close, "c1").state == StepState::succeeded);
    QCOMPARE(logged(), QByteArray("ran on\n"));
}

void TestHooks::cutOffIsNotRunAgain() {
    const QString path = add(QStringLiteral("10-hook"), log("ran"));
    const StepCommand command = StepKit::command(StepKind::close, "c1");
    QVERIFY(m_kit->journal->begin(command, 1).ok()); // An agent started the hook and died.
    QVERIFY(m_kit->journal->put(hookPrefix("c1") + path.toStdString(), "started").ok());
    const StepReport report = m_kit->run(command);
    QVERIFY(report.state == StepState::unknown);
    QCOMPARE(evidenceIn(report, "hook close/10-hook").after, std::string("cut off by a restart of the agent; not run again"));
    QVERIFY(logged().isEmpty());
}

void TestHooks::returnHooks() {
    add(QStringLiteral("10-open"), log("opened"), 0755, QStringLiteral("return"));
    m_kit->run(StepKind::close, "c1");
    QVERIFY(logged().isEmpty());
    QVERIFY(m_kit->run(StepKind::reopen, "c2").state == StepState::succeeded);
    QCOMPARE(logged(), QByteArray("opened\n"));
}

QTEST_GUILESS_MAIN(TestHooks)
#include "tst_hooks.moc"
