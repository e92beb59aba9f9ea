// kill -9 of the agent at every border of every step of a drain and its return: no action is lost, no step is run twice.
#include "tests/e2e/kill_flow.h"

#include <QTest>

using namespace busbar::test;

Q_DECLARE_METATYPE(busbar::test::Border)

class TestKillAgent : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY2(m_site.start(), qPrintable(m_site.error())); }
    void drainAndReturn_data();
    void drainAndReturn();
    void forcedDrain_data();
    void forcedDrain();
    void gpuReset_data();
    void gpuReset();

private:
    SiteFixture m_site;
    int m_nodes = 0;
};

void TestKillAgent::drainAndReturn_data() {
    QTest::addColumn<Border>("border");
    const char* const kSteps[] = {"close", "wait", "verify", "inspect", "reopen"};
    const std::pair<const char*, const char*> kPoints[] = {{"command.received", "has the command of %1, journal not yet"},
                                                           {"command.journaled", "journaled the command of %1, did nothing yet"},
                                                           {"step.done", "did %1, outcome not journaled"},
                                                           {"outcome.journaled", "journaled the outcome of %1, report not sent"},
                                                           {"reported", "handed the report of %1 to the link"}};
    for (const auto& [point, words] : kPoints)
        for (int step = 0; step < 5; ++step)
            QTest::newRow(qPrintable(QString::fromLatin1(words).arg(QString::fromLatin1(kSteps[step])))) << Border{"agent", point, step + 1};
    QTest::newRow("close: hooks ran, settings not yet") << Border{"agent", "close.hooks", 1};
    QTest::newRow("reopen: settings are back, hooks not yet") << Border{"agent", "reopen.settings", 1};
}

void TestKillAgent::drainAndReturn() {
    QFETCH(Border, border);
    KillFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("k%1").arg(++m_nodes), border.environment()), qPrintable(m_site.error()));
    for (const QString& verb : {QStringLiteral("drain"), QStringLiteral("return")}) {
        const CtlResult result = flow.run(QStringLiteral("%1 %2 --reason kill --yes --wait").arg(verb, flow.node()));
        QVERIFY2(result.exitCode == 0, result.out + result.err);
        QVERIFY(flow.settle());
    }
    QCOMPARE(flow.revivals(), 1); // The border was there, and only once.
    QCOMPARE(flow.actions().size(), 2);
    QCOMPARE(flow.service(), QStringLiteral("open"));
    QCOMPARE(flow.journaledSteps(), QStringList({QStringLiteral("1.close.1"), QStringLiteral("2.wait.1"), QStringLiteral("3.verify.1"), QStringLiteral("1.inspect.1"), QStringLiteral("2.reopen.1")}));
    QCOMPARE(flow.hooksRun(), QStringList({QStringLiteral("close"), QStringLiteral("return")}));
    QCOMPARE(flow.mostModeSets(), 2); // to prohibited, and back
}

void TestKillAgent::forcedDrain_data() {
    QTest::addColumn<Border>("border");
    QTest::newRow("terminate: journaled, no signal sent") << Border{"agent", "command.journaled", 3};
    QTest::newRow("terminate: signals sent, not waited for") << Border{"agent", "terminate.signalled", 1};
    QTest::newRow("terminate: done, outcome not journaled") << Border{"agent", "step.done", 3};
    QTest::newRow("terminate: outcome journaled, report not sent") << Border{"agent", "outcome.journaled", 3};
}

// Ending processes is the one step that is never tried again: after a crash the agent looks, and says what it finds.
void TestKillAgent::forcedDrain() {
    QFETCH(Border, border);
    KillFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("k%1").arg(++m_nodes), border.environment()), qPrintable(m_site.error()));
    QVERIFY(flow.hold());
    const CtlResult result = flow.run(QStringLiteral("drain %1 --reason kill --deadline 1s --at-deadline force --yes --wait").arg(flow.node()));
    QVERIFY(flow.settle());
    QCOMPARE(flow.revivals(), 1);
    QCOMPARE(flow.actions().size(), 1);
    const bool signalled = border.point != "command.journaled";
    QCOMPARE(flow.signalsSeen(), signalled ? 1 : 0);
    QCOMPARE(result.exitCode, signalled ? 0 : 5);
    QCOMPARE(flow.service(), signalled ? QStringLiteral("drained") : QStringLiteral("drain-failed"));
    if (!signalled) QVERIFY2(result.out.contains("does not repeat that"), result.out);
    QCOMPARE(flow.hooksRun(), QStringList({QStringLiteral("close")}));
    const QStringList steps = flow.journaledSteps();
    QCOMPARE(steps.mid(0, 3), QStringList({QStringLiteral("1.close.1"), QStringLiteral("2.wait.1"), QStringLiteral("3.terminate.1")}));
    QCOMPARE(steps.count(QStringLiteral("3.terminate.1")), 1);
}

void TestKillAgent::gpuReset_data() {
    QTest::addColumn<Border>("border");
    QTest::addColumn<int>("resets");
    QTest::addColumn<bool>("known");
    QTest::newRow("reset: journaled, nothing done") << Border{"agent", "command.journaled", 4} << 1 << true;
    QTest::newRow("reset: about to be issued") << Border{"agent", "reset.issued", 1} << 0 << false;
    QTest::newRow("reset: done, driver not opened again") << Border{"agent", "reset.ran", 1} << 1 << false;
    QTest::newRow("reset: read back, outcome not journaled") << Border{"agent", "step.done", 4} << 1 << false;
    QTest::newRow("reset: outcome journaled, report not sent") << Border{"agent", "outcome.journaled", 4} << 1 << true;
}

// A reset is never repeated: after a crash in the middle the agent looks, and the node stays closed until a person has looked too.
void TestKillAgent::gpuReset() {
    QFETCH(Border, border);
    QFETCH(int, resets);
    QFETCH(bool, known);
    KillFlow flow(m_site);
    QVERIFY2(flow.addNode(QStringLiteral("k%1").arg(++m_nodes), border.environment()), qPrintable(m_site.error()));
    const CtlResult result = flow.run(QStringLiteral("reset %1 --gpu 2 --reason kill --yes --wait").arg(flow.node()));
    QVERIFY(flow.settle());
    QCOMPARE(flow.revivals(), 1);
    QCOMPARE(flow.mostResets(), resets);
    QVERIFY2(result.exitCode == (known ? 0 : 5), result.out + result.err);
    if (!known) QVERIFY2(result.out.contains("does not repeat that"), result.out);
    QCOMPARE(flow.service(), QStringLiteral("open")); // Only the GPU is closed.
    QCOMPARE(flow.journaledSteps().count(QStringLiteral("4.GPU reset.1")), 1);
}

QTEST_GUILESS_MAIN(TestKillAgent)
#include "tst_kill_agent.moc"
