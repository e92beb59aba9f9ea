// Commands of the controller: each is run once, old fencing terms are refused, cancel and the agent's end are told apart, limits hold.
#include "domain/lifecycle.h"
#include "tests/busbar-agent/steps/step_kit.h"

#include <QFile>

using namespace busbar;
using namespace busbar::agent;
using test::StepKit;

class TestStepRunner : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFinishedCommandIsToldAgainNotRunAgain();
    void theSameCommandTwiceRunsOnce();
    void whatAStepNotedOnItsWayIsForgottenWithItsEnd();
    void oldTermsAreRefused();
    void unreadableTermsLetNobodyIn();
    void commandsOfOthersAreRefused();
    void cancelEndsAWait();
    void cancelOfAnOldControllerIsIgnored();
    void cancelBeforeItStarts();
    void theAgentsEndIsNoCancel();
    void longestTimeIsOver();
    void tooManyWait();
    void driverThatComesLater();
    void inspectWithoutDriver_data();
    void inspectWithoutDriver();
    void stepsWaitForADriverThatIsBeingOpened();
    void whatWaitsForADriverCanBeEnded();
};

void TestStepRunner::aFinishedCommandIsToldAgainNotRunAgain() {
    StepKit kit;
    kit.start();
    const StepReport first = kit.run(StepKind::close, "c1");
    QVERIFY2(first.state == StepState::succeeded, first.sentence.c_str());
    QVERIFY(kit.driver->setComputeMode(0, 0).ok()); // Somebody changed it since.
    kit.restart();
    const StepReport again = kit.run(StepKind::close, "c1");
    QVERIFY(again == first);
    QCOMPARE(*kit.driver->computeMode(0), 0u);
}

void TestStepRunner::theSameCommandTwiceRunsOnce() {
    StepKit kit;
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(0, tenant.pid()));
    kit.start();
    const StepCommand wait = StepKit::command(StepKind::wait, "c1"), verify = StepKit::command(StepKind::verify, "c2");
    kit.runner->submit(wait);
    QTRY_VERIFY_WITH_TIMEOUT(!kit.progress("c1").sentence.empty(), 10'000);
    kit.runner->submit(wait);
    kit.runner->submit(verify);
    kit.runner->submit(verify);
    QVERIFY(kit.fake.control(QStringLiteral("remove-process %1").arg(tenant.pid()).split(QLatin1Char(' '))));
    kit.waitFor("c2");
    QTest::qWait(300);
    QCOMPARE(kit.reports("c1").size(), 1u);
    QCOMPARE(kit.reports("c2").size(), 1u);
}

void TestStepRunner::whatAStepNotedOnItsWayIsForgottenWithItsEnd() {
    StepKit kit;
    kit.start();
    const StepCommand command = StepKit::command(StepKind::inspect, "c1");
    const std::string ours = burnInPrefix(command.actionId) + "memory", others = burnInPrefix("tst1/ANOTHER") + "memory";
    for (const std::string& key : {ours, others}) QVERIFY(kit.journal->put(key, "found").ok());
    QVERIFY(kit.run(command).state == StepState::succeeded);
    QTRY_VERIFY(!kit.journal->get(ours)->has_value());
    QVERIFY(kit.journal->get(others)->has_value());
}

void TestStepRunner::oldTermsAreRefused() {
    StepKit kit;
    kit.start();
    QVERIFY(kit.run(StepKit::command(StepKind::inspect, "c1", 12)).state == StepState::succeeded);
    const StepReport refused = kit.run(StepKit::command(StepKind::close, "c2", 11));
    QVERIFY(refused.state == StepState::failed);
    QCOMPARE(refused.sentence, std::string("the command has fencing term 11, this agent has seen 12: it comes from a controller that was replaced"));
    QCOMPARE(*kit.driver->computeMode(0), 0u);
    kit.restart(); // The term is remembered.
    QVERIFY(kit.run(StepKit::command(StepKind::close, "c3", 11)).state == StepState::failed);
    QVERIFY(kit.run(StepKit::command(StepKind::inspect, "c4", 12)).state == StepState::succeeded);
}

void TestStepRunner::unreadableTermsLetNobodyIn() {
    StepKit kit;
    kit.start();
    QVERIFY(kit.journal->put("term", "many").ok());
    const StepReport refused = kit.run(StepKind::close, "c1");
    QVERIFY(refused.state == StepState::failed);
    QCOMPARE(*kit.driver->computeMode(0), 0u);
}

void TestStepRunner::commandsOfOthersAreRefused() {
    StepKit kit;
    kit.start();
    StepCommand other = StepKit::command(StepKind::close, "c1");
    other.nodeId = "tst1/n2";
    QCOMPARE(kit.run(other).sentence, std::string("the command is for tst1/n2, this is tst1/n1"));
    const StepReport unknown = kit.run(StepKind::unknown, "c2");
    QVERIFY(unknown.state == StepState::failed);
    QVERIFY2(unknown.sentence.find("knows no such step") != std::string::npos, unknown.sentence.c_str());
    QCOMPARE(*kit.driver->computeMode(0), 0u);
}

void TestStepRunner::cancelEndsAWait() {
    StepKit kit;
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(2, tenant.pid()));
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::wait, "c1"));
    QTRY_VERIFY_WITH_TIMEOUT(!kit.progress("c1").sentence.empty(), 10'000);
    QCOMPARE(kit.progress("c1").blockerCount, 1);
    QCOMPARE(kit.progress("c1").blockers.at(0).pid, static_cast<std::int64_t>(tenant.pid()));
    QCOMPARE(kit.progress("c1").blockers.at(0).gpuUuid, kit.driver->gpus()[2].uuid);
    kit.runner->cancel("c1", 1);
    const StepReport ended = kit.waitFor("c1");
    QVERIFY(ended.state == StepState::cancelled);
    QCOMPARE(ended.blockers.size(), 1u); // Whose end comes next, where the deadline forces it.
    QVERIFY(kit.run(StepKind::wait, "c1").state == StepState::cancelled); // Journaled: it is not begun anew.
}

void TestStepRunner::cancelOfAnOldControllerIsIgnored() {
    StepKit kit;
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(0, tenant.pid()));
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::wait, "c1", 5));
    QTRY_VERIFY_WITH_TIMEOUT(!kit.progress("c1").sentence.empty(), 10'000);
    kit.runner->cancel("c1", 4);
    QTest::qWait(800);
    QVERIFY(kit.reports("c1").empty());
    kit.runner->cancel("c1", 5);
    QVERIFY(kit.waitFor("c1").state == StepState::cancelled);
}

void TestStepRunner::cancelBeforeItStarts() {
    StepKit kit;
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(0, tenant.pid()));
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::wait, "c1"));
    kit.runner->submit(StepKit::command(StepKind::close, "c2"));
    kit.runner->cancel("c2", 1);
    QCOMPARE(kit.waitFor("c2").sentence, std::string("cancelled before it started"));
    kit.runner->cancel("c1", 1);
    kit.waitFor("c1");
    QCOMPARE(*kit.driver->computeMode(0), 0u);
}

void TestStepRunner::theAgentsEndIsNoCancel() {
    StepKit kit;
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(0, tenant.pid()));
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::wait, "c1"));
    QTRY_VERIFY_WITH_TIMEOUT(!kit.progress("c1").sentence.empty(), 10'000);
    kit.restart();
    QVERIFY2(kit.reports("c1").empty(), "a restart of the agent must not end a drain");
    kit.runner->submit(StepKit::command(StepKind::wait, "c1")); // The controller asks again after the reconnect.
    QVERIFY(kit.fake.control(QStringLiteral("remove-process %1").arg(tenant.pid()).split(QLatin1Char(' '))));
    QVERIFY(kit.waitFor("c1").state == StepState::succeeded);
}

void TestStepRunner::longestTimeIsOver() {
    StepKit kit;
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(0, tenant.pid()));
    kit.start();
    StepCommand wait = StepKit::command(StepKind::wait, "c1");
    wait.secondsLeft = 1;
    const StepReport report = kit.run(wait);
    QVERIFY(report.state == StepState::failed);
    QVERIFY2(report.sentence.find("the longest time is over: ") == 0, report.sentence.c_str());
    QCOMPARE(report.blockers.size(), 1u);
}

void TestStepRunner::tooManyWait() {
    StepKit kit;
    const test::Tenant tenant;
    QVERIFY(kit.addProcess(0, tenant.pid()));
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::wait, "first"));
    QTRY_VERIFY_WITH_TIMEOUT(!kit.progress("first").sentence.empty(), 10'000);
    for (int i = 0; i < 64; ++i) kit.runner->submit(StepKit::command(StepKind::verify, "c" + std::to_string(i)));
    QVERIFY(kit.reports("c63").empty());
    const StepReport refused = kit.run(StepKind::verify, "c64");
    QVERIFY(refused.state == StepState::failed);
    QCOMPARE(refused.sentence, std::string("64 commands wait already"));
    kit.runner.reset();
}

void TestStepRunner::driverThatComesLater() {
    StepKit kit;
    kit.parts.driver = nullptr;
    kit.parts.driverWhy = "no NVIDIA driver: libnvidia-ml.so.1 not found";
    kit.start();
    const StepReport without = kit.run(StepKind::close, "c1");
    QVERIFY(without.state == StepState::succeeded);
    QCOMPARE(without.sentence, std::string("closed; nothing is set on GPUs: no NVIDIA driver: libnvidia-ml.so.1 not found"));
    kit.runner->useDriver(kit.driver.get());
    QCOMPARE(kit.run(StepKind::close, "c2").evidence.size(), 8u);
}

void TestStepRunner::inspectWithoutDriver_data() {
    QTest::addColumn<QStringList>("onBus");
    QTest::addColumn<QStringList>("before");
    QTest::addColumn<bool>("passes");
    QTest::addColumn<QString>("sentence");
    const QString why = QStringLiteral("no NVIDIA driver: its module is not loaded");
    QTest::newRow("never had GPUs") << QStringList() << QStringList() << true << QStringLiteral("nothing on GPUs can be checked: ") + why;
    QTest::newRow("has GPUs") << QStringList{QStringLiteral("0000:3b:00.0")} << QStringList() << false << QStringLiteral("driver of node is %1, expected is one for the 1 GPU of this node").arg(why);
    QTest::newRow("had GPUs") << QStringList() << QStringList{QStringLiteral("00000000:3B:00.0"), QStringLiteral("00000000:5E:00.0")} << false
                              << QStringLiteral("driver of node is %1, expected is one for the 2 GPUs of this node").arg(why);
    QTest::newRow("has what it had") << QStringList{QStringLiteral("0000:3b:00.0"), QStringLiteral("0000:5e:00.0")} << QStringList{QStringLiteral("00000000:3B:00.0"), QStringLiteral("00000000:5E:00.0")} << false
                                     << QStringLiteral("driver of node is %1, expected is one for the 2 GPUs of this node").arg(why);
}

/// A kernel update broke the driver: the node is not opened as one whose GPUs were checked.
void TestStepRunner::inspectWithoutDriver() {
    QFETCH(QStringList, onBus);
    QFETCH(QStringList, before);
    QFETCH(bool, passes);
    QFETCH(QString, sentence);
    StepKit kit;
    kit.parts.driver = nullptr;
    kit.parts.driverWhy = "no NVIDIA driver: its module is not loaded";
    kit.parts.gpusOnBus = [&onBus] {
        std::vector<std::string> addresses;
        for (const QString& address : onBus) addresses.push_back(address.toStdString());
        return addresses;
    };
    for (const QString& address : before) QVERIFY(kit.journal->put(slotKey(address.toStdString()), "GPU-1").ok());
    kit.start();
    const StepReport report = kit.run(StepKind::inspect, "c1");
    QCOMPARE(report.state == StepState::succeeded, passes);
    QCOMPARE(judge(StepKind::inspect, report).state == StepState::failed, !passes);
    QCOMPARE(QString::fromStdString(report.sentence), sentence);
}

void TestStepRunner::stepsWaitForADriverThatIsBeingOpened() {
    StepKit kit;
    std::atomic<bool> coming = true;
    kit.parts.driver = nullptr;
    kit.parts.driverWhy = "no driver";
    kit.parts.driverIsComing = [&coming] { return coming.load(); };
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::precheck, "c1"));
    QTest::qWait(400);
    QCOMPARE(kit.reports("c1").size(), 0u);
    kit.runner->useDriver(kit.driver.get());
    const StepReport report = kit.waitFor("c1");
    QVERIFY2(report.state == StepState::succeeded, report.sentence.c_str());
    coming = false; // It does not come: the step goes on with what there is.
    kit.runner->useDriver(nullptr);
    QVERIFY(kit.run(StepKind::precheck, "c2").sentence.find("no driver") != std::string::npos);
}

void TestStepRunner::whatWaitsForADriverCanBeEnded() {
    StepKit kit;
    kit.parts.driver = nullptr;
    kit.parts.driverIsComing = [] { return true; };
    kit.start();
    kit.runner->submit(StepKit::command(StepKind::scrub, "c1"));
    QTest::qWait(100);
    kit.runner->cancel("c1", StepKit::command(StepKind::scrub, "c1").term);
    QVERIFY(kit.waitFor("c1").state == StepState::cancelled);
    kit.runner->submit(StepKit::command(StepKind::scrub, "c2"));
    QTest::qWait(100);
    kit.runner.reset(); // The agent's end is no outcome: it goes on after the restart.
    QCOMPARE(kit.reports("c2").size(), 0u);
}

QTEST_GUILESS_MAIN(TestStepRunner)
#include "tst_step_runner.moc"
