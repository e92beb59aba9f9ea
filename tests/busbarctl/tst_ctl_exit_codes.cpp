// Exit codes of busbarctl against real controllers of two sites: one number that a script can rely on, and a sentence beside it.
#include "tests/busbarctl/two_sites.h"

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <csignal>

using namespace busbar::test;

namespace {

constexpr int kDone = 0, kFailed = 1, kUsage = 2, kUnreachable = 3, kDenied = 4, kPartly = 5, kWaiting = 6;

} // namespace

class TestCtlExitCodes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY2(m_sites.start(), qPrintable(m_sites.error())); }
    void cleanup() {
        if (m_twoSitesRun) QVERIFY(m_sites.reset());
    }
    void atRest_data();
    void atRest();
    void whileANodeIsHeld_data();
    void whileANodeIsHeld();
    void filesThatCannotBeWritten();
    void outputThatCannotBeWritten_data();
    void outputThatCannotBeWritten();
    void oneNodeRefusedIsPartly();
    void aFailedDrainFails();
    void deniedAtOneSiteIsTheWorst();
    void cancelAndUndo();
    void cancelAtTheDeadlineWaitsForItsEnd();
    void whatIsAskedAtADeadlineIsDecided();
    void controlCDetachesAndCancelsNothing();
    void aTerminalIsAsked_data();
    void aTerminalIsAsked();
    void oneSiteDown();

private:
    TwoSites m_sites;
    bool m_twoSitesRun = true;
};

void TestCtlExitCodes::atRest_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("profile");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* words, const char* profile, int code, const char* says) {
        QTest::newRow(name) << QString::fromUtf8(words) << QString::fromUtf8(profile) << code << QString::fromUtf8(says);
    };
    row("sites", "sites", "viewer", kDone, "bet1");
    row("nodes of all sites", "nodes", "viewer", kDone, "bet1/sim2");
    row("node", "node alp1/sim1", "viewer", kDone, "simulated NVML");
    row("actions", "actions", "viewer", kDone, "ACTION");
    row("whoami", "whoami", "operator", kDone, "busbar://user/operator");
    row("completion", "completion bash", "viewer", kDone, "complete -F");
    row("version", "--version", "viewer", kDone, "0.");
    row("help", "drain --help", "viewer", kDone, "--at-deadline");
    row("plan of two sites", "drain alp1/sim1 bet1/sim2 --plan", "viewer", kDone, "Blast radius");
    row("drain and return at once", "drain alp1/sim1,bet1/sim2 --reason r --yes --wait", "admin", kDone, "drained");
    row("unknown node", "node alp1/nobody", "viewer", kFailed, "no node alp1/nobody");
    row("unknown ids in a drain", "drain alp1/sim1 alp1/nobody alp1/none --reason r --yes", "operator", kFailed, "alp1/nobody, alp1/none");
    row("unknown action", "action alp1/01ARZ3NDEKTSV4RRFFQ69G5FAV", "viewer", kFailed, "no action");
    row("lease that no node is under", "release --lease L-NOPE --reason r --yes", "operator", kFailed, "no node is under lease L-NOPE");
    row("filter that matches nothing", "drain --filter nobody-has-this --reason r --yes", "operator", kFailed, "no node matches 'nobody-has-this'");
    row("extended lease with its site", "lease extend alp1/L-NOPE --for 1d --reason r", "admin", kFailed, "no node of site alp1 is under lease L-NOPE");
    row("extended lease with another site", "lease extend alp1/L-NOPE --for 1d --reason r --site bet1", "operator", kUsage, "is a lease of site alp1");
    row("return of an open node", "return alp1/sim1 --reason r --yes", "operator", kFailed, "open already");
    row("undo of nothing", "undo alp1/01ARZ3NDEKTSV4RRFFQ69G5FAV --yes", "operator", kFailed, "no action");
    row("no command", "", "viewer", kUsage, "subcommand");
    row("unknown command", "explode", "viewer", kUsage, "explode");
    row("unknown option", "nodes --colour", "viewer", kUsage, "--colour");
    row("unknown format", "-o yaml nodes", "viewer", kUsage, "yaml");
    row("unknown profile", "nodes", "nobody", kUsage, "nobody");
    row("bad node id", "node sim1", "viewer", kUsage, "site/name");
    row("bad action id", "action sim1", "viewer", kUsage, "site/ULID");
    row("site not in the profile", "drain xyz1/a --reason r --yes", "operator", kUsage, "no site 'xyz1'");
    row("neither ids nor filter", "drain --reason r --yes", "operator", kUsage, "--filter");
    row("ids and filter", "drain alp1/sim1 --filter x --reason r --yes", "operator", kUsage, "one of the two");
    row("no terminal and no --yes", "drain alp1/sim1 --reason r", "operator", kUsage, "--yes");
    row("no reason", "drain alp1/sim1 --yes", "operator", kUsage, "reason");
    row("bad deadline", "drain alp1/sim1 --reason r --yes --deadline soon", "operator", kUsage, "--deadline");
    row("deadline over the bound", "drain alp1/sim1 --reason r --yes --deadline 90d", "operator", kUsage, "30 days");
    row("bad policy", "drain alp1/sim1 --reason r --yes --at-deadline panic", "operator", kUsage, "wait, ask or force");
    row("bad timeout", "drain alp1/sim1 --reason r --yes --wait --timeout x", "operator", kUsage, "--timeout");
    row("viewer drains", "drain alp1/sim1 --reason r --yes", "viewer", kDenied, "drain needs operator or admin");
    row("operator forces", "drain alp1/sim1 --reason r --yes --at-deadline force", "operator", kDenied, "force needs admin");
    row("power limit of nothing", "lease alp1/sim1 --tenant t --power-limit 0 --plan", "operator", kUsage, "--power-limit");
    row("clock below nothing", "lease alp1/sim1 --tenant t --lock-clock -5 --plan", "operator", kUsage, "--lock-clock");
    row("no reason for an extension", "lease extend alp1/L-NOPE --for 1d", "admin", kUsage, "--reason is required");
    row("recording that cannot be made", "record alp1/sim1 --seconds 1 --out /dev/null/a.ndjson.zst", "viewer", kUsage, "cannot be made: Not a directory");
    row("CA that cannot be made", "pki init --dir /dev/null/ca", "viewer", kUsage, "cannot be made: Not a directory");
    row("enrolment whose files cannot be made", "pki enrol --token t --serial S1 --out /dev/null/agent", "viewer", kUsage, "cannot be made: Not a directory");
    row("viewer makes a token", "pki token alp1/new1 --serial S1", "viewer", kDenied, "pki needs admin");
}

void TestCtlExitCodes::atRest() {
    QFETCH(QString, words);
    QFETCH(QString, profile);
    QFETCH(int, code);
    QFETCH(QString, says);
    const CtlResult result = m_sites.ctl(words, profile);
    const QByteArray said = result.out + result.err;
    QVERIFY2(said.contains(says.toUtf8()), said);
    QVERIFY2(result.exitCode == code, QByteArray::number(result.exitCode) + ": " + said);
}

void TestCtlExitCodes::whileANodeIsHeld_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("says");
    QTest::newRow("submitted, no wait: 0") << QStringLiteral("drain alp1/sim1 --reason r --yes") << QStringLiteral("0 of 1 nodes ended");
    QTest::newRow("--wait timed out: 6") << QStringLiteral("drain alp1/sim1 --reason r --yes --wait --timeout 1s") << QStringLiteral("the wait timed out");
    QTest::newRow("paused at the deadline: 6") << QStringLiteral("drain alp1/sim1 --reason r --yes --wait --deadline 1s --at-deadline ask") << QStringLiteral("paused");
    QTest::newRow("two sites, one paused: 6") << QStringLiteral("drain alp1/sim1 bet1/sim2 --reason r --yes --wait --deadline 1s --at-deadline ask") << QStringLiteral("paused");
    QTest::newRow("ended by force: 0") << QStringLiteral("drain alp1/sim1 --reason r --yes --wait --deadline 1s --at-deadline force") << QStringLiteral("gone");
}

void TestCtlExitCodes::whileANodeIsHeld() {
    QFETCH(QString, words);
    QFETCH(QString, says);
    QVERIFY(m_sites.hold());
    const CtlResult result = m_sites.ctl(words);
    const QByteArray said = result.out + result.err;
    QVERIFY2(said.contains(says.toUtf8()), said);
    QVERIFY2(QByteArray(QTest::currentDataTag()).endsWith(QByteArray::number(result.exitCode)), QByteArray::number(result.exitCode) + ": " + said);
}

void TestCtlExitCodes::filesThatCannotBeWritten() {
    const QTemporaryDir folder;
    const auto says = [&](const QString& words, int code, const char* sentence) {
        const CtlResult result = m_sites.ctl(words.arg(folder.path()));
        QVERIFY2(result.exitCode == code && result.err.contains(sentence), QByteArray::number(result.exitCode) + ": " + result.err);
    };
    QVERIFY(QDir(folder.path()).mkpath(QStringLiteral("parts")) && QDir(folder.path()).mkpath(QStringLiteral("proof.json/in-the-way")));
    says(QStringLiteral("proof %1"), kUsage, "proof.json' cannot be written: Is a directory");
    says(QStringLiteral("pki init --dir %1/ca"), kDone, "");
    says(QStringLiteral("pki issue user ann --dir %1/ca --out /dev/null/ann"), kUsage, "cannot be made: Not a directory");
    QVERIFY(QDir(folder.path()).mkpath(QStringLiteral("ann/key.pem/in-the-way")));
    says(QStringLiteral("pki issue user ann --dir %1/ca --out %1/ann"), kUsage, "key.pem' cannot be written: Is a directory");
}

void TestCtlExitCodes::outputThatCannotBeWritten_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<int>("code");
    QTest::newRow("JSON") << QStringLiteral("-o json nodes") << kFailed;
    QTest::newRow("text") << QStringLiteral("nodes") << kFailed;
    QTest::newRow("help") << QStringLiteral("drain --help") << kFailed;
    QTest::newRow("completion") << QStringLiteral("completion bash") << kFailed;
    QTest::newRow("what is worse stays") << QStringLiteral("explode") << kUsage;
}

void TestCtlExitCodes::outputThatCannotBeWritten() {
    QFETCH(QString, words);
    QFETCH(int, code);
    QProcess shell;
    QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
    env.insert(QStringLiteral("BUSBAR_CONFIG"), m_sites.alpha().path(QStringLiteral("config")));
    shell.setProcessEnvironment(env);
    shell.start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral(BUSBAR_BIN_DIR "/busbarctl --profile viewer %1 > /dev/full").arg(words)});
    QVERIFY(shell.waitForFinished(30'000));
    const QByteArray said = shell.readAllStandardError();
    QVERIFY2(shell.exitCode() == code, QByteArray::number(shell.exitCode()) + ": " + said);
    QCOMPARE(said.count("the standard output cannot be written: No space left on device"), code == kFailed ? 1 : 0);
}

void TestCtlExitCodes::oneNodeRefusedIsPartly() {
    const CtlResult result = m_sites.ctl(QStringLiteral("drain alp1/sim1 alp1/ro1 --reason r --yes --wait --at-deadline force"));
    QVERIFY2(result.exitCode == kPartly, QByteArray::number(result.exitCode) + result.out + result.err);
    QVERIFY2(result.out.contains("terminate = never"), result.out);
}

void TestCtlExitCodes::aFailedDrainFails() {
    QVERIFY(m_sites.alpha().driver(QStringLiteral("sim1"), {QStringLiteral("fail"), QStringLiteral("3"), QStringLiteral("nvmlDeviceSetComputeMode"), QStringLiteral("no permission")}));
    const CtlResult result = m_sites.ctl(QStringLiteral("drain alp1/sim1 --reason r --yes --wait"));
    QVERIFY(m_sites.alpha().driver(QStringLiteral("sim1"), {QStringLiteral("heal"), QStringLiteral("3")}));
    QVERIFY2(result.exitCode == kFailed, QByteArray::number(result.exitCode) + result.out + result.err);
    QVERIFY2(result.out.contains("compute mode"), result.out);
}

void TestCtlExitCodes::deniedAtOneSiteIsTheWorst() {
    const CtlResult result = m_sites.ctl(QStringLiteral("-o json drain alp1/sim1 bet1/sim2 --reason r --yes --wait"), QStringLiteral("operator"));
    QVERIFY2(result.exitCode == kDenied, QByteArray::number(result.exitCode) + result.out + result.err);
    QVERIFY2(result.err.contains("bet1: user 'operator' has role viewer"), result.err);
    // What the other site took is told, as a list, since two sites were asked.
    QVERIFY(result.json().isArray());
    QCOMPARE(actionOf(result).value(QStringLiteral("id")).toString().left(5), QStringLiteral("alp1/"));
}

void TestCtlExitCodes::cancelAndUndo() {
    QVERIFY(m_sites.hold());
    const QString id = actionOf(m_sites.ctl(QStringLiteral("-o json drain alp1/sim1 --reason r --yes"))).value(QStringLiteral("id")).toString();
    const CtlResult denied = m_sites.ctl(QStringLiteral("cancel ") + id, QStringLiteral("viewer"));
    QVERIFY2(denied.exitCode == kDenied, denied.err);
    const CtlResult cancelled = m_sites.ctl(QStringLiteral("-o json cancel %1 --wait").arg(id));
    QVERIFY2(cancelled.exitCode == kDone, cancelled.err);
    QCOMPARE(actionOf(cancelled).value(QStringLiteral("state")).toString(), QStringLiteral("cancelled"));
    const CtlResult again = m_sites.ctl(QStringLiteral("cancel ") + id);
    QVERIFY2(again.exitCode == kFailed && again.err.contains("has ended"), again.err);
    m_sites.letGo();

    const QString drained = actionOf(m_sites.ctl(QStringLiteral("-o json drain alp1/sim1 --reason r --yes --wait"))).value(QStringLiteral("id")).toString();
    const CtlResult undone = m_sites.ctl(QStringLiteral("-o json undo %1 --yes --wait").arg(drained));
    QVERIFY2(undone.exitCode == kDone, undone.err);
    QCOMPARE(actionOf(undone).value(QStringLiteral("verb")).toString(), QStringLiteral("return"));
    QCOMPARE(actionOf(undone).value(QStringLiteral("undo_of")).toString(), drained);
}

void TestCtlExitCodes::cancelAtTheDeadlineWaitsForItsEnd() {
    QVERIFY(m_sites.hold());
    const CtlResult paused = m_sites.ctl(QStringLiteral("-o json drain alp1/sim1 --reason r --yes --wait --deadline 1s --at-deadline ask"));
    QVERIFY2(paused.exitCode == kWaiting, QByteArray::number(paused.exitCode) + paused.err);
    const QString id = actionOf(paused).value(QStringLiteral("id")).toString();
    const CtlResult resumed = m_sites.ctl(QStringLiteral("resume ") + id);
    QVERIFY2(resumed.exitCode == kFailed && resumed.err.contains("cancel it, or end the processes"), resumed.err);
    const CtlResult cancelled = m_sites.ctl(QStringLiteral("-o json cancel %1 --wait").arg(id));
    QVERIFY2(cancelled.exitCode == kDone, QByteArray::number(cancelled.exitCode) + cancelled.err);
    QCOMPARE(actionOf(cancelled).value(QStringLiteral("state")).toString(), QStringLiteral("cancelled"));
}

void TestCtlExitCodes::whatIsAskedAtADeadlineIsDecided() {
    QVERIFY(m_sites.hold());
    const CtlResult paused = m_sites.ctl(QStringLiteral("-o json drain alp1/sim1 --reason r --yes --wait --deadline 1s --at-deadline ask"));
    QCOMPARE(paused.exitCode, kWaiting);
    const QString id = actionOf(paused).value(QStringLiteral("id")).toString();
    for (const auto& [words, code, says] : {std::tuple{"--more 0", kUsage, "--more: give a time span"}, std::tuple{"--more 40d", kUsage, "not between 1 ms and 30 days"}, std::tuple{"--at-deadline ask", kUsage, "ask not in"},
                                            std::tuple{"--more 1h --at-deadline wait", kUsage, "excludes"}}) {
        const CtlResult refused = m_sites.ctl(QStringLiteral("resume %1 %2").arg(id, QLatin1String(words)));
        QVERIFY2(refused.exitCode == code && refused.err.contains(says), refused.err);
    }
    const CtlResult denied = m_sites.ctl(QStringLiteral("resume %1 --at-deadline force").arg(id), QStringLiteral("operator")); // Force is the admin's, here as in a plan.
    QVERIFY2(denied.exitCode == kDenied && denied.err.contains("force"), denied.err);
    const CtlResult more = m_sites.ctl(QStringLiteral("-o json resume %1 --more 2s").arg(id), QStringLiteral("operator"));
    QVERIFY2(more.exitCode == kDone, more.err);
    QCOMPARE(actionOf(more).value(QStringLiteral("state")).toString(), QStringLiteral("running"));
    const auto state = [&] { return actionOf(m_sites.ctl(QStringLiteral("-o json action ") + id)).value(QStringLiteral("state")).toString(); };
    QTRY_COMPARE_WITH_TIMEOUT(state(), QStringLiteral("paused"), 20'000); // It asks again.
    const CtlResult forced = m_sites.ctl(QStringLiteral("-o json resume %1 --at-deadline force --reason window").arg(id));
    QVERIFY2(forced.exitCode == kDone && actionOf(forced).value(QStringLiteral("at_deadline")) == QStringLiteral("force"), forced.out + forced.err);
    QTRY_COMPARE_WITH_TIMEOUT(state(), QStringLiteral("succeeded"), 60'000);
}

void TestCtlExitCodes::controlCDetachesAndCancelsNothing() {
    QVERIFY(m_sites.hold());
    const auto waiting = m_sites.startCtl(QStringLiteral("drain alp1/sim1 --reason r --yes --wait"));
    QVERIFY(waiting->waitForStarted());
    waiting->setReadChannel(QProcess::StandardError);
    QByteArray told;
    QTRY_VERIFY2_WITH_TIMEOUT((waiting->waitForReadyRead(100), told += waiting->readAllStandardError()).contains("alp1/sim1: running"), told, 20'000);
    ::kill(static_cast<pid_t>(waiting->processId()), SIGINT);
    const CtlResult result = SiteFixture::resultOf(*waiting);
    QVERIFY2(result.exitCode == kWaiting, QByteArray::number(result.exitCode) + result.err);
    QVERIFY2(result.err.contains("detached") && result.err.contains("busbarctl cancel alp1/"), result.err);
    const QJsonObject action = actionOf(m_sites.ctl(QStringLiteral("-o json actions --open --site alp1")));
    QCOMPARE(action.value(QStringLiteral("state")).toString(), QStringLiteral("running"));
    QCOMPARE(action.value(QStringLiteral("cancel_requested")).toBool(), false);
}

void TestCtlExitCodes::aTerminalIsAsked_data() {
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("code");
    QTest::newRow("yes") << QByteArray("y\n") << kDone;
    QTest::newRow("no") << QByteArray("n\n") << kFailed;
    QTest::newRow("nothing") << QByteArray("\n") << kFailed;
}

// script(1) gives busbarctl a terminal.
void TestCtlExitCodes::aTerminalIsAsked() {
    QFETCH(QByteArray, answer);
    QFETCH(int, code);
    QProcess terminal;
    QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
    env.insert(QStringLiteral("BUSBAR_CONFIG"), m_sites.alpha().path(QStringLiteral("config")));
    terminal.setProcessEnvironment(env);
    terminal.start(QStringLiteral("script"), {QStringLiteral("-qec"), QStringLiteral(BUSBAR_BIN_DIR "/busbarctl --profile operator drain alp1/sim1 --reason r --wait"), QStringLiteral("/dev/null")});
    QVERIFY(terminal.waitForStarted());
    QByteArray told;
    QTRY_VERIFY_WITH_TIMEOUT((terminal.waitForReadyRead(100), told += terminal.readAllStandardOutput()).contains("drain 1 node? [y/N]"), 20'000);
    terminal.write(answer);
    QVERIFY(terminal.waitForFinished(30'000));
    QVERIFY2(terminal.exitCode() == code, told + terminal.readAllStandardOutput());
}

// Last: it takes the second site away.
void TestCtlExitCodes::oneSiteDown() {
    m_twoSitesRun = false;
    m_sites.beta().killController();
    for (const QString& words : {QStringLiteral("nodes"), QStringLiteral("sites"), QStringLiteral("actions"), QStringLiteral("whoami"), QStringLiteral("node bet1/sim2")}) {
        const CtlResult result = m_sites.ctl(words);
        QVERIFY2(result.exitCode == kUnreachable, words.toUtf8() + ": " + QByteArray::number(result.exitCode) + result.err);
        QVERIFY2((result.out + result.err).contains(m_sites.beta().address().toUtf8()), result.err);
    }
    const CtlResult nodes = m_sites.ctl(QStringLiteral("nodes"));
    QVERIFY2(nodes.out.contains("alp1/sim1"), nodes.out); // The site that answers is shown all the same.
    const CtlResult drain = m_sites.ctl(QStringLiteral("drain alp1/sim1 bet1/sim2 --reason r --yes"));
    QVERIFY2(drain.exitCode == kUnreachable && drain.err.contains("nothing was submitted"), drain.err);
    QVERIFY(m_sites.ctl(QStringLiteral("-o json actions --open --site alp1")).json().object().value(QStringLiteral("actions")).toArray().isEmpty());
}

QTEST_GUILESS_MAIN(TestCtlExitCodes)
#include "tst_ctl_exit_codes.moc"
