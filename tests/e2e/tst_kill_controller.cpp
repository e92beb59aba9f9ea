// kill -9 of the controller at every border of a drain and its return: no action is lost, no step is run twice; and of both programs at
// any moment.
#include "tests/e2e/kill_flow.h"

#include <QDeadlineTimer>
#include <QJsonArray>
#include <QRandomGenerator>
#include <QTest>

using namespace busbar::test;

Q_DECLARE_METATYPE(busbar::test::Border)

namespace {

const QStringList kAllSteps{QStringLiteral("1.close.1"), QStringLiteral("2.wait.1"), QStringLiteral("3.verify.1"), QStringLiteral("1.inspect.1"), QStringLiteral("2.reopen.1")};

} // namespace

class TestKillController : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY2(m_site.start(), qPrintable(m_site.error())); }
    void drainAndReturn_data();
    void drainAndReturn();
    void beforeTheActionIsJournaledThereIsNone();
    void theTermRisesAtEachStart();
    void historyOutlivesTheController();
    void bothAtAnyMoment_data();
    void bothAtAnyMoment();

private:
    SiteFixture m_site;
    int m_nodes = 0;
};

void TestKillController::drainAndReturn_data() {
    QTest::addColumn<Border>("border");
    const char* const kSteps[] = {"close", "wait", "verify", "inspect", "reopen"};
    const std::pair<const char*, const char*> kPoints[] = {
        {"sent", "sent the command of %1"}, {"report-received", "has the report of %1, journal not yet"}, {"report-journaled", "journaled the report of %1, nothing sent yet"}};
    for (const auto& [point, words] : kPoints)
        for (int step = 0; step < 5; ++step)
            QTest::newRow(qPrintable(QString::fromLatin1(words).arg(QString::fromLatin1(kSteps[step])))) << Border{"controller", point, step + 1};
    QTest::newRow("journaled the action, not answered") << Border{"controller", "submitted", 1};
    QTest::newRow("journaled the return, not answered") << Border{"controller", "submitted", 2};
    const char* const kWrites[] = {"the drain's start", "close", "wait", "verify", "the return's start", "inspect", "reopen"};
    for (int write = 0; write < 7; ++write)
        QTest::newRow(qPrintable(QStringLiteral("before the journal has %1").arg(QString::fromLatin1(kWrites[write])))) << Border{"controller", "before-journal", write + 1};
    QTest::newRow("journaled the drain's start, nothing sent yet") << Border{"controller", "journaled", 1};
    QTest::newRow("journaled the return's start, nothing sent yet") << Border{"controller", "journaled", 2};
}

void TestKillController::drainAndReturn() {
    QFETCH(Border, border);
    KillFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("c%1").arg(++m_nodes)), qPrintable(m_site.error()));
    QVERIFY2(flow.restartController(border.environment()), qPrintable(m_site.error()));
    for (const QString& verb : {QStringLiteral("drain"), QStringLiteral("return")}) {
        const CtlResult result = flow.run(QStringLiteral("%1 %2 --reason kill --yes --wait").arg(verb, flow.node()));
        QVERIFY2(result.exitCode == 0, result.out + result.err);
        QVERIFY(flow.settle());
    }
    QCOMPARE(flow.revivals(), 1);
    QCOMPARE(flow.actions().size(), 2);
    // A node that the restarted controller does not remember yet is there again with its agent.
    QTRY_COMPARE_WITH_TIMEOUT(flow.service(), QStringLiteral("open"), 10'000);
    QCOMPARE(flow.journaledSteps(), kAllSteps);
    QCOMPARE(flow.hooksRun(), QStringList({QStringLiteral("close"), QStringLiteral("return")}));
    QCOMPARE(flow.mostModeSets(), 2);
}

// Nobody was told that the action began, and it did not: plans end with their controller, so the repeated submit is refused.
void TestKillController::beforeTheActionIsJournaledThereIsNone() {
    KillFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("c%1").arg(++m_nodes)), qPrintable(m_site.error()));
    QVERIFY2(flow.restartController(Border{"controller", "before-submit", 1}.environment()), qPrintable(m_site.error()));
    const CtlResult result = flow.run(QStringLiteral("drain %1 --reason kill --yes").arg(flow.node()));
    QVERIFY2(result.exitCode == 1 && result.err.contains("plan again"), result.out + result.err);
    QCOMPARE(flow.revivals(), 1);
    QVERIFY(flow.actions().isEmpty());
    QTRY_COMPARE_WITH_TIMEOUT(flow.service(), QStringLiteral("open"), 10'000);
    QVERIFY(flow.journaledSteps().isEmpty());
}

void TestKillController::theTermRisesAtEachStart() {
    KillFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("c%1").arg(++m_nodes)), qPrintable(m_site.error()));
    const auto term = [&] {
        const QByteArray log = m_site.logOf(QStringLiteral("c%1").arg(m_nodes));
        return log.mid(log.lastIndexOf("fencing term ") + 13).split('\n').first().toULongLong();
    };
    const quint64 before = term();
    QVERIFY(before > 0);
    QVERIFY2(flow.restartController(), qPrintable(m_site.error()));
    QTRY_VERIFY_WITH_TIMEOUT(term() > before, 10'000);
}

void TestKillController::historyOutlivesTheController() {
    KillFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("c%1").arg(++m_nodes)), qPrintable(m_site.error()));
    QVERIFY(flow.run(QStringLiteral("drain %1 --reason kill --yes --wait").arg(flow.node())).exitCode == 0);
    const auto moves = [&] {
        QStringList list;
        for (const QJsonValue& change : m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("node"), flow.node()}).json().object().value(QStringLiteral("history")).toArray())
            if (change[QStringLiteral("fact")] == QStringLiteral("service")) list << change[QStringLiteral("from")].toString() + QLatin1Char('>') + change[QStringLiteral("to")].toString() + QLatin1Char(' ') + change[QStringLiteral("who")].toString();
        return list;
    };
    const QStringList before = moves();
    QVERIFY2(!before.isEmpty() && before.last().endsWith(QStringLiteral(">drained admin")), qPrintable(before.join(QLatin1Char('\n'))));
    QTest::qWait(1'000); // It is written by then.
    QVERIFY2(flow.restartController(), qPrintable(m_site.error()));
    QTRY_COMPARE_WITH_TIMEOUT(moves(), before, 10'000);
}

void TestKillController::bothAtAnyMoment_data() {
    QTest::addColumn<quint32>("seed");
    for (const quint32 seed : {1U, 2U, 3U}) QTest::newRow(qPrintable(QStringLiteral("seed %1").arg(seed))) << seed;
}

void TestKillController::bothAtAnyMoment() {
    QFETCH(quint32, seed);
    QRandomGenerator random(seed);
    KillFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("c%1").arg(++m_nodes)), qPrintable(m_site.error()));
    for (const QString& verb : {QStringLiteral("drain"), QStringLiteral("return")}) {
        const CtlResult submitted = flow.run(QStringLiteral("%1 %2 --reason kill --yes").arg(verb, flow.node()));
        QVERIFY2(submitted.exitCode == 0, QByteArray::number(submitted.exitCode) + submitted.out + submitted.err);
        for (int kills = 0; kills < 3; ++kills) {
            QTest::qWait(random.bounded(250));
            QProcess* const victim = m_site.process(random.bounded(2) == 0 ? QStringLiteral("controller") : QStringLiteral("c%1").arg(m_nodes));
            victim->kill();
            victim->waitForFinished();
            QVERIFY(flow.settle(kills == 2 ? 60'000 : 1) || kills < 2);
        }
        QVERIFY(flow.settle());
    }
    QCOMPARE(flow.actions().size(), 2);
    for (const QJsonObject& action : flow.actions()) {
        // A kill in the middle of a hook leaves that hook's end unknown, and this is said; all else succeeds.
        const QString state = action.value(QStringLiteral("state")).toString();
        QVERIFY2(state == QStringLiteral("succeeded") || (state == QStringLiteral("unknown") && QJsonDocument(action).toJson().contains("cut off by a restart")), QJsonDocument(action).toJson());
    }
    const QStringList hooks = flow.hooksRun();
    QVERIFY2(hooks.count(QStringLiteral("close")) <= 1 && hooks.count(QStringLiteral("return")) <= 1, qPrintable(hooks.join(QLatin1Char(' '))));
    QVERIFY2(flow.mostModeSets() <= 2, QByteArray::number(flow.mostModeSets()) + " sets: " + flow.journaledSteps().join(QLatin1Char(' ')).toUtf8() + QJsonDocument(QJsonArray{flow.actions().first(), flow.actions().last()}).toJson());
    QStringList steps = flow.journaledSteps();
    QCOMPARE(steps.removeDuplicates(), 0);
}

QTEST_GUILESS_MAIN(TestKillController)
#include "tst_kill_controller.moc"
