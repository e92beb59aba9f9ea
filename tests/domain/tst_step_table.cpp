// The table of the steps: a row for every kind, what the engine takes from it, and the documentation made from it.
#include "domain/lifecycle.h"
#include "domain/step_table.h"

#include <QFile>
#include <QTest>

using namespace busbar;

class TestStepTable : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyKindHasARow() {
        QCOMPARE(stepTable().size(), static_cast<std::size_t>(kLastStepKind));
        for (int kind = 1; kind <= static_cast<int>(kLastStepKind); ++kind) {
            const StepFacts& row = factsOf(static_cast<StepKind>(kind));
            QVERIFY(row.kind == static_cast<StepKind>(kind));
            QVERIFY(!std::string_view(row.does).empty() && !std::string_view(row.readsBack).empty());
            QVERIFY(row.longestSeconds >= 60 && row.longestSeconds <= 86'400);
            // What only reads can be repeated and takes nothing away.
            if (row.reads) QVERIFY2(row.idempotent && !row.destructive, row.does);
        }
        QVERIFY(!factsOf(StepKind::unknown).reads && !factsOf(StepKind::unknown).interruptible);
    }
    void whatCannotBeTakenBackRunsOnce() {
        for (const StepKind kind : {StepKind::terminate, StepKind::resetGpu, StepKind::reboot}) QVERIFY(isDestructive(kind) && !factsOf(kind).idempotent && !isInterruptible(kind) && !isRead(kind));
    }
    void everyVerbsStepsAreKnown() {
        for (int verb = 1; verb <= static_cast<int>(kLastVerb); ++verb) {
            QVERIFY2(!stepsOf(static_cast<Verb>(verb)).empty(), std::string(toString(static_cast<Verb>(verb))).c_str());
            QVERIFY(parseVerb(toString(static_cast<Verb>(verb))) == static_cast<Verb>(verb));
        }
    }
    void whatEndsProcessesNeedsTheRightToForce_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<bool>("force");
        QTest::addColumn<int>("right");
        const auto row = [](const char* name, Verb verb, bool force, Right right) { QTest::newRow(name) << static_cast<int>(verb) << force << static_cast<int>(right); };
        row("drain", Verb::drain, false, Right::drain);
        row("drain by force", Verb::drain, true, Right::force);
        row("release by force", Verb::release, true, Right::force);
        row("reset by force", Verb::reset, true, Right::force);
        row("reboot by force", Verb::reboot, true, Right::force);
        row("a return ends nothing", Verb::giveBack, true, Right::giveBack);
        row("a lease ends nothing", Verb::lease, true, Right::lease);
        row("a verb that nobody knows", Verb::unknown, false, Right::force);
    }
    void whatEndsProcessesNeedsTheRightToForce() {
        QFETCH(int, verb);
        QFETCH(bool, force);
        QFETCH(int, right);
        PlanRequest request;
        request.verb = static_cast<Verb>(verb);
        request.atDeadline = force ? DeadlinePolicy::force : DeadlinePolicy::wait;
        QCOMPARE(static_cast<int>(rightOf(request)), right);
    }
    void whatSuccessTakes_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<QList<QPair<int, int>>>("steps");
        QTest::addColumn<QString>("fault"); // Empty: it may be called succeeded.
        const auto row = [](const char* name, Verb verb, std::initializer_list<std::pair<StepKind, StepState>> steps, const char* fault) {
            QList<QPair<int, int>> list;
            for (const auto& [kind, state] : steps) list << QPair<int, int>(static_cast<int>(kind), static_cast<int>(state));
            QTest::newRow(name) << static_cast<int>(verb) << list << QString::fromUtf8(fault);
        };
        using K = StepKind;
        using S = StepState;
        row("each one done", Verb::drain, {{K::close, S::succeeded}, {K::wait, S::succeeded}, {K::verify, S::succeeded}}, "");
        row("no steps", Verb::drain, {}, "without a step");
        row("one failed", Verb::drain, {{K::close, S::succeeded}, {K::wait, S::succeeded}, {K::verify, S::failed}}, "step 3 (verify) is failed");
        row("one unknown", Verb::provision, {{K::inspect, S::succeeded}, {K::burnIn, S::unknown}}, "step 2 (burn-in) is unknown");
        row("one still to come", Verb::giveBack, {{K::inspect, S::succeeded}, {K::reopen, S::pending}}, "step 2 (reopen) is pending");
        row("a wait ended by force", Verb::drain, {{K::close, S::succeeded}, {K::wait, S::cancelled}, {K::terminate, S::succeeded}, {K::wait, S::succeeded}, {K::verify, S::succeeded}}, "");
        row("no other wait after it", Verb::drain, {{K::close, S::succeeded}, {K::wait, S::cancelled}, {K::verify, S::succeeded}}, "step 2 (wait) is cancelled");
        row("settings skipped by the node's policy", Verb::lease, {{K::scrub, S::succeeded}, {K::configure, S::skipped}, {K::canary, S::succeeded}}, "");
        row("MIG skipped by the node's policy", Verb::lease, {{K::canary, S::succeeded}, {K::mig, S::skipped}}, "");
        row("MIG that failed", Verb::lease, {{K::canary, S::succeeded}, {K::mig, S::failed}}, "step 2 (MIG) is failed");
        row("a verify skipped", Verb::drain, {{K::close, S::succeeded}, {K::verify, S::skipped}}, "step 2 (verify) is skipped");
        row("a reopen that its node skipped", Verb::release, {{K::verify, S::succeeded}, {K::reopen, S::skipped}}, "step 2 (reopen) is skipped");
    }
    void whatSuccessTakes() {
        QFETCH(int, verb);
        using Steps = QList<QPair<int, int>>;
        QFETCH(Steps, steps);
        QFETCH(QString, fault);
        TargetRecord target;
        for (const auto& [kind, state] : steps) target.steps.push_back({.kind = static_cast<StepKind>(kind), .state = static_cast<StepState>(state), .commandId = "sent"});
        target.state = TargetState::failed;
        QVERIFY(checkSuccess(static_cast<Verb>(verb), target).ok()); // Nothing is claimed.
        target.state = TargetState::succeeded;
        const Status status = checkSuccess(static_cast<Verb>(verb), target);
        QVERIFY2(fault.isEmpty() ? status.ok() : !status.ok() && sentenceOf(status).find(fault.toStdString()) != std::string::npos, status.ToString().c_str());
    }
    void whatAnOverrideGoesPast_data() {
        QTest::addColumn<int>("verb");
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("state");
        QTest::addColumn<bool>("past");
        const auto row = [](const char* name, Verb verb, StepKind kind, StepState state, bool past) { QTest::newRow(name) << int(verb) << int(kind) << int(state) << past; };
        row("the failed check of a return", Verb::giveBack, StepKind::inspect, StepState::failed, true);
        row("a check that found out nothing", Verb::giveBack, StepKind::inspect, StepState::unknown, false);
        row("another step of a return", Verb::giveBack, StepKind::reopen, StepState::failed, false);
        row("the check of a provision", Verb::provision, StepKind::inspect, StepState::failed, false);
        row("the check of a reboot", Verb::reboot, StepKind::inspect, StepState::failed, false);
    }
    void whatAnOverrideGoesPast() {
        QFETCH(int, verb);
        QFETCH(int, kind);
        QFETCH(int, state);
        QFETCH(bool, past);
        TargetRecord target;
        target.state = TargetState::succeeded;
        target.steps = {{.kind = static_cast<StepKind>(kind), .state = static_cast<StepState>(state), .commandId = "sent"}};
        QCOMPARE(checkSuccess(static_cast<Verb>(verb), target, true).ok(), past);
        QVERIFY(!checkSuccess(static_cast<Verb>(verb), target, false).ok());
    }
    void whatTheControllerLeavesOut() {
        for (const StepKind kind : {StepKind::reopen, StepKind::scrub, StepKind::verify})
            for (const Verb verb : {Verb::release, Verb::giveBack, Verb::lease}) {
                TargetRecord target;
                target.state = TargetState::succeeded;
                target.steps.push_back({.kind = StepKind::close, .state = StepState::succeeded});
                target.steps.push_back({.kind = kind, .state = StepState::skipped}); // Without a command: never sent.
                QCOMPARE(checkSuccess(verb, target).ok(), verb == Verb::release && kind == StepKind::reopen);
            }
    }
    void burnInLastsByProfile() {
        QCOMPARE(longestSeconds(StepKind::burnIn, "quick"), 300);
        QCOMPARE(longestSeconds(StepKind::burnIn, "standard"), 7200);
        QCOMPARE(longestSeconds(StepKind::burnIn, "soak"), 26 * 3600);
        QCOMPARE(longestSeconds(StepKind::reboot, "soak"), 900);
    }
    void aSuccessIsWorthNothingWithoutEvidence() {
        for (const StepFacts& facts : stepTable()) {
            const StepKind kind = facts.kind;
            StepReport report;
            report.state = StepState::succeeded;
            QVERIFY2(judge(kind, report).state == (kind == StepKind::configure ? StepState::succeeded : StepState::unknown), std::string(toString(kind)).c_str()); // There may be nothing to set.
            report.evidence = {{"node", "boot id", "a", "", "another", "", "kernel", Verdict::notReadable, 0}};
            QVERIFY2(judge(kind, report).state == StepState::unknown, std::string(toString(kind)).c_str());
            report.evidence = {{"node", "boot id", "a", "b", "another", "", "kernel", Verdict::asSet, 0}};
            QVERIFY(judge(kind, report).state == StepState::succeeded);
        }
    }
    void onlyWhatWasReadBackCounts_data() {
        QTest::addColumn<QList<int>>("verdicts");
        QTest::addColumn<int>("state");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, std::initializer_list<Verdict> verdicts, StepState state, const char* sentence) {
            QList<int> values;
            for (const Verdict verdict : verdicts) values << static_cast<int>(verdict);
            QTest::newRow(name) << values << static_cast<int>(state) << QString::fromLatin1(sentence);
        };
        using enum Verdict;
        row("all", {asSet, asSet}, StepState::succeeded, "2 facts read back as set");
        row("one GPU", {asSet, notApplicable, asSet}, StepState::succeeded, "2 facts read back as set, 1 does not apply here");
        row("both gaps", {asSet, notReadable, notApplicable, notApplicable}, StepState::succeeded, "1 fact read back as set, 1 could not be read, 2 do not apply here");
        row("nothing applies", {notApplicable, notApplicable}, StepState::unknown, "none of 2 facts could be read");
        row("one wrong", {asSet, notApplicable, notAsSet}, StepState::failed, "node: fact is is, expected should");
    }
    void onlyWhatWasReadBackCounts() {
        QFETCH(const QList<int>, verdicts);
        StepReport report;
        report.state = StepState::succeeded;
        for (const int verdict : verdicts) report.evidence.push_back({"node", "fact", "", "is", "should", "", "kernel", static_cast<Verdict>(verdict), 0});
        const StepJudgement judgement = judge(StepKind::burnIn, report);
        QTEST(static_cast<int>(judgement.state), "state");
        QTEST(QString::fromStdString(judgement.sentence), "sentence");
    }
    void documentationIsThatOfTheTable() {
        QFile file(QStringLiteral(BUSBAR_SOURCE_DIR "/resources/docs/steps.md"));
        const QByteArray made = QByteArray::fromStdString(stepTableText());
        if (qEnvironmentVariableIsSet("BUSBAR_WRITE_DOCS")) {
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(made);
            return;
        }
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(file.readAll() == made, "write it again: BUSBAR_WRITE_DOCS=1 tst_step_table");
    }
};

QTEST_GUILESS_MAIN(TestStepTable)
#include "tst_step_table.moc"
