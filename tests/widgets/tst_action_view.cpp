// The action view: who may approve and why not, what pause and resume ask and send, waves and their words, the evidence of a target with
// figures against thresholds, and that nothing is cut in a small window.
#include "shell_samples.h"
#include "widgets/views/action/action_banner.h"
#include "widgets/views/action/action_list.h"
#include "widgets/views/action/action_view.h"
#include "widgets/views/action/stop_dialog.h"
#include "widgets/views/action/target_evidence.h"
#include "widgets/views/action/targets_model.h"
#include "widgets/views/action/waves_bar.h"
#include "widgets/views/evidence/evidence_rows.h"
#include "widgets/views/parts/cell_table.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QTimer>

using namespace busbar;
using namespace busbar::views;

namespace {

constexpr std::int64_t kNowMs = 1'764'000'000'000;

Action awaiting() {
    Action action = samples::runningDrain(kNowMs);
    action.state = ActionState::awaitingApproval;
    action.approvalWhy = "34 nodes are more than 32";
    for (TargetRecord& target : action.targets) target.state = TargetState::waiting;
    return action;
}

Action paused(const char* why) {
    Action action = samples::runningDrain(kNowMs);
    action.state = ActionState::paused;
    action.pausedWhy = why;
    return action;
}

/// A burn-in of one node: one figure too low, one that holds, one without a rule.
TargetRecord burnedIn() {
    TargetRecord target{.nodeId = "lga1/b07-r05-u08", .state = TargetState::failed, .sentence = "HBM copy is too slow on one GPU"};
    StepRecord inspect{.kind = StepKind::inspect, .state = StepState::succeeded, .startedWallMs = kNowMs - 10'000, .endedWallMs = kNowMs - 4'000};
    inspect.evidence = {{.subject = "node", .fact = "driver", .before = "", .after = "580.1", .expected = "580.1", .source = "kernel", .verdict = Verdict::asSet, .readWallMs = kNowMs}};
    StepRecord burn{.kind = StepKind::burnIn, .state = StepState::failed, .startedWallMs = kNowMs - 4'000, .endedWallMs = kNowMs};
    burn.evidence = {{.subject = "GPU-00000000-1111", .fact = "XIDs", .before = "0", .after = "2", .expected = "0", .source = "simulated nvml", .verdict = Verdict::notAsSet, .readWallMs = kNowMs}};
    using Rule = TestFigure::Rule;
    burn.figures = {{.subject = "GPU-00000000-1111", .name = "bf16 GEMM", .unit = "TFLOP/s", .value = 612.5, .rule = Rule::atLeast, .threshold = 600, .thresholdSource = "thresholds.toml: H200", .fleetMedian = 612.5, .fleetRank = 1, .fleetCount = 1},
                    {.subject = "GPU-00000000-1111", .name = "HBM copy", .unit = "GB/s", .value = 1200, .rule = Rule::atLeast, .threshold = 2000, .thresholdSource = "thresholds.toml: H200", .fleetMedian = 2903.4, .fleetRank = 1'127, .fleetCount = 1'128},
                    {.subject = "GPU-00000000-1111 > GPU-22222222-3333", .name = "peer copy", .unit = "GB/s", .value = 90.25}};
    target.steps = {inspect, burn};
    return target;
}

struct Fixture {
    explicit Fixture(Action action, const QString& user = QStringLiteral("a.okafor")) {
        view.setDesk({.title = [](const QString& site) { return site + QStringLiteral(" New York"); }, .offReason = [this](const QString&, Right right) { return off.value(static_cast<int>(right)); }, .user = [user] { return user; }});
        view.setNow(kNowMs);
        view.setActions({std::make_shared<const Action>(std::move(action))});
        view.resize(1500, 900);
        view.show();
    }
    QPushButton* button(const char* name) { return view.findChild<QPushButton*>(QLatin1String(name)); }
    ActionBanner* banner() { return view.findChild<ActionBanner*>(); }
    QString said() { return banner()->findChild<Line*>()->text(); }
    DecideDialog* asked() { return view.findChild<DecideDialog*>(); }
    QHash<int, QString> off;
    ActionView view;
    QSignalSpy decided{&view, &ActionView::decided};
};

} // namespace

class TestActionView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void submitterIsToldThatAnotherPersonHasTo();
    void secondPersonApprovesWithAReason();
    void enterPressesTheButtonThatHasTheFocus();
    void everyTenantIsCounted();
    void anAnswerGivesItsLineBack();
    void anAnswerStandsFromWhenItIsSeen_data();
    void anAnswerStandsFromWhenItIsSeen();
    void aConfirmedStopIsSent_data();
    void aConfirmedStopIsSent();
    void aVerbThatWaitsForNobodyHasNoDeadline();
    void whatBlocksANodeHasRoom_data();
    void whatBlocksANodeHasRoom();
    void withoutTheRoleApproveIsOffAndSaysWhy();
    void escapeDecidesNothing();
    void breakerReasonStandsInTheBanner();
    void pauseAsksAndSends();
    void holdAndStopAreOffWithTheReason();
    void endedActionHasNothingToHold();
    void wavesSayHowTheyStand();
    void allEvidenceOpensByKey();
    void figuresStandAgainstTheirThresholds();
    void whatDoesNotApplyProvesNothing();
    void failingComesFirst();
    void evidenceWithoutFactsSaysSo();
    void evidenceThatWasLeftOutIsNotCalledNone_data();
    void evidenceThatWasLeftOutIsNotCalledNone();
    void troubleOfTheActionsStandsOverThem();
    void signatureStatesAreTold();
    void modelsKeepTheRules();
    void nothingIsCutInASmallWindow();
    void wayBackFollowsTheVerb();
    void aSwapNamesBothNodes();
    void theWorstIsOnShowUntilAPersonChooses();
    void aPieceWithoutWordsHidesNone();
    void everyStepHasItsBox();
    void aNarrowListPaintsNoWordsOverOthers();
    void aDeadlineThatPassedIsNotAhead();
    void whatIsAskedAtADeadlineIsDecided_data();
    void whatIsAskedAtADeadlineIsDecided();
    void forceAtADeadlineIsForWhoMay();
    void whoWasRefusedIsInNoWave();
    void nothingLeftToPauseSaysSo();
    void workHasTheMarkOfItsVerb();
    void breakerStandsAgainstItsLimits();
    void queuedActionLeadsToTheOneBeforeIt();
    void aSilentSiteStopsTheClocks_data();
    void aSilentSiteStopsTheClocks();
    void theListSaysWhatItLacks_data();
    void theListSaysWhatItLacks();
};

void TestActionView::submitterIsToldThatAnotherPersonHasTo() {
    Fixture f(awaiting(), QStringLiteral("m.chen"));
    QVERIFY(f.banner()->isVisible());
    QVERIFY2(f.said().contains(QStringLiteral("34 nodes are more than 32")) && f.said().contains(QStringLiteral("you submitted it, so another person has to approve it")), qPrintable(f.said()));
    QVERIFY(f.button("approve")->isVisible());
    QVERIFY(!f.button("approve")->isEnabled());
    QTest::keyClick(&f.view, Qt::Key_V);
    QVERIFY(f.asked() == nullptr);
}

void TestActionView::secondPersonApprovesWithAReason() {
    Fixture f(awaiting());
    QVERIFY(f.button("approve")->isEnabled());
    f.button("approve")->click();
    QVERIFY(f.asked());
    auto* confirm = f.asked()->findChild<QPushButton*>(QStringLiteral("confirmDecision"));
    auto* cancel = f.asked()->findChild<QPushButton*>(QStringLiteral("cancelDecision"));
    QVERIFY(cancel->isDefault());
    QVERIFY(!confirm->isEnabled()); // an approval says why
    QString words;
    for (const QLabel* label : f.asked()->findChildren<QLabel*>()) words += label->text() + QLatin1Char('\n');
    QVERIFY2(words.contains(QStringLiteral("m.chen submitted it")) && words.contains(QStringLiteral("272 GPUs")) && words.contains(QStringLiteral("4 leases")), qPrintable(words));
    QTest::keyClicks(f.asked()->findChild<QLineEdit*>(), QStringLiteral("seen"));
    QVERIFY(confirm->isEnabled());
    QTest::mouseClick(confirm, Qt::LeftButton);
    QCOMPARE(f.decided.count(), 1);
    QVERIFY(f.decided.at(0).at(0).value<DecideDialog::Kind>() == DecideDialog::Kind::approve);
    QCOMPARE(f.decided.at(0).at(2).toString(), QStringLiteral("seen"));
}

void TestActionView::enterPressesTheButtonThatHasTheFocus() {
    Fixture f(awaiting());
    f.button("approve")->click();
    auto* confirm = f.asked()->findChild<QPushButton*>(QStringLiteral("confirmDecision"));
    auto* reason = f.asked()->findChild<QLineEdit*>();
    QVERIFY(QTest::qWaitForWindowActive(f.asked()));
    QTest::keyClick(reason, Qt::Key_Return);
    QVERIFY(f.asked()->isVisible() && reason->hasFocus()); // nothing is decided or lost by it
    QTest::keyClicks(reason, QStringLiteral("seen"));
    QTest::keyClick(reason, Qt::Key_Return);
    QCOMPARE(f.decided.count(), 0);
    QVERIFY(f.asked()->isVisible() && confirm->hasFocus());
    reason->setFocus();
    QTest::keyClick(reason, Qt::Key_Tab);
    QVERIFY(confirm->hasFocus());
    QTest::keyClick(confirm, Qt::Key_Return);
    QCOMPARE(f.decided.count(), 1);
}

void TestActionView::everyTenantIsCounted() {
    Action action = awaiting();
    action.blast.tenants.clear();
    for (const char* name : {"t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"}) action.blast.tenants.push_back({name, 8, 8});
    Fixture f(action);
    f.button("approve")->click();
    QString words;
    for (const QLabel* label : f.asked()->findChildren<QLabel*>()) words += label->text() + QLatin1Char('\n');
    QVERIFY2(words.contains(QStringLiteral("tenants t1, t2, t3, t4, t5, t6 and 2 more")), qPrintable(words));
}

void TestActionView::anAnswerGivesItsLineBack() {
    const Action action = samples::runningDrain(kNowMs);
    Fixture f(action);
    auto* line = f.view.findChild<Line*>(QStringLiteral("deadline"));
    const QString before = line->text();
    QVERIFY2(before.contains(QStringLiteral("first deadline")), qPrintable(before));
    f.view.setAnswer(action.id, QStringLiteral("Not asked: you submitted it"));
    f.view.setNow(kNowMs + 20'000);
    QCOMPARE(line->text(), QStringLiteral("Not asked: you submitted it"));
    f.view.setNow(kNowMs + 21'000);
    QVERIFY2(line->text().contains(QStringLiteral("first deadline")), qPrintable(line->text()));
}

namespace {

/// Another one beside the running drain.
Action another() {
    Action action = samples::runningDrain(kNowMs);
    action.id = "lga1/01JDACTION0000000000008899";
    return action;
}

} // namespace

void TestActionView::anAnswerStandsFromWhenItIsSeen_data() {
    QTest::addColumn<bool>("hidden");
    QTest::newRow("the view was away") << true;
    QTest::newRow("another action was on show") << false;
}

void TestActionView::anAnswerStandsFromWhenItIsSeen() {
    QFETCH(bool, hidden);
    const Action action = samples::runningDrain(kNowMs);
    Fixture f(action);
    f.view.setActions({std::make_shared<const Action>(action), std::make_shared<const Action>(another())});
    f.view.showAction(hidden ? action.id : another().id);
    if (hidden) f.view.hide();
    const QString answer = QStringLiteral("Not stopped at 14:32:07 UTC: lga1 does not answer");
    f.view.setAnswer(action.id, answer);
    if (!hidden) f.view.setNow(kNowMs + 60'000);
    f.view.show();
    f.view.setNow(kNowMs + 60'000); // the first word after it was away
    f.view.showAction(action.id);
    auto* line = f.view.findChild<Line*>(QStringLiteral("deadline"));
    QCOMPARE(line->text(), answer);
    f.view.setNow(kNowMs + 80'000);
    QCOMPARE(line->text(), answer);
    f.view.setNow(kNowMs + 81'000);
    QVERIFY2(line->text().contains(QStringLiteral("first deadline")), qPrintable(line->text()));
}

void TestActionView::aConfirmedStopIsSent_data() {
    QTest::addColumn<bool>("other");
    QTest::addColumn<bool>("ended");
    QTest::newRow("as it was") << false << false;
    QTest::newRow("another action has come on show") << true << false;
    QTest::newRow("it has ended: the controller says so") << false << true;
    QTest::newRow("it is not listed any more") << true << true;
}

void TestActionView::aConfirmedStopIsSent() {
    QFETCH(bool, other);
    QFETCH(bool, ended);
    Action action = samples::runningDrain(kNowMs);
    Fixture f(action);
    f.view.setActions({std::make_shared<const Action>(action), std::make_shared<const Action>(another())});
    f.view.showAction(action.id);
    QSignalSpy stops(&f.view, &ActionView::cancelRequested);
    QTimer::singleShot(0, &f.view, [&] {
        auto* dialog = f.view.findChild<StopDialog*>();
        if (ended) action.state = ActionState::succeeded;
        std::vector<ActionPtr> now{std::make_shared<const Action>(another())};
        if (!other || !ended) now.push_back(std::make_shared<const Action>(action));
        f.view.setActions(now);
        if (other) f.view.showAction(another().id);
        dialog->findChild<QPushButton*>(QStringLiteral("confirmStop"))->click();
    });
    f.button("stop")->click();
    QTRY_COMPARE(stops.count(), 1);
    QCOMPARE(stops.at(0).at(0).value<std::string>(), action.id);
    QCOMPARE(f.view.current()->id, other ? another().id : action.id);
}

void TestActionView::aVerbThatWaitsForNobodyHasNoDeadline() {
    Action action = samples::runningDrain(kNowMs);
    action.verb = Verb::lease; // its targets have a limit all the same, for an agent that is lost
    Fixture f(action);
    QCOMPARE(f.view.findChild<Line*>(QStringLiteral("deadline"))->text(), QStringLiteral("waits for processes on 6 nodes"));
}

void TestActionView::whatBlocksANodeHasRoom_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<bool>("steps");
    QTest::newRow("small window") << 1116 << false;
    QTest::newRow("1600 x 1000") << 1536 << true;
    QTest::newRow("whole screen") << 1856 << true;
}

void TestActionView::whatBlocksANodeHasRoom() {
    QFETCH(int, width);
    QFETCH(bool, steps);
    Fixture f(samples::runningDrain(kNowMs));
    f.view.resize(width, 900);
    QTest::qWait(50);
    auto* table = f.view.findChild<CellTable*>(QStringLiteral("targets"));
    const int room = table->columnWidth(TargetsModel::kBlocker);
    QVERIFY2(room >= 170, qPrintable(QString::number(room))); // 200 less the scroll bar and the view's own edges
    QCOMPARE(!table->isColumnHidden(TargetsModel::kSteps), steps);
}

void TestActionView::withoutTheRoleApproveIsOffAndSaysWhy() {
    Fixture f(awaiting());
    f.off[static_cast<int>(Right::approve)] = QStringLiteral("approve is not for you at lga1: your role there is viewer");
    f.view.setNow(kNowMs + 1'000);
    QVERIFY(!f.button("approve")->isEnabled());
    QVERIFY2(f.said().contains(QStringLiteral("your role there is viewer")), qPrintable(f.said()));
}

void TestActionView::escapeDecidesNothing() {
    Fixture f(paused("by m.chen: lunch"));
    f.button("resume")->click();
    QVERIFY(f.asked());
    QVERIFY(f.asked()->findChild<QPushButton*>(QStringLiteral("cancelDecision"))->isDefault());
    QTest::keyClick(f.asked(), Qt::Key_Escape);
    QTRY_VERIFY(f.asked() == nullptr);
    QCOMPARE(f.decided.count(), 0);
}

void TestActionView::breakerReasonStandsInTheBanner() {
    Fixture f(paused("breaker: 3 targets failed"));
    QVERIFY2(f.said().contains(QStringLiteral("breaker: 3 targets failed")) && f.said().contains(QStringLiteral("2 nodes not started")), qPrintable(f.said()));
    QVERIFY(f.button("resume")->isVisible() && f.button("resume")->isEnabled());
    QVERIFY(!f.button("approve")->isVisible());
    QCOMPARE(f.button("pause")->text(), QStringLiteral("Resume\u2026"));
}

void TestActionView::pauseAsksAndSends() {
    Fixture f(samples::runningDrain(kNowMs));
    QVERIFY(QTest::qWaitForWindowActive(&f.view));
    f.view.setFocus();
    QTest::keyClick(&f.view, Qt::Key_P);
    QVERIFY(f.asked());
    QCOMPARE(f.decided.count(), 0); // the key only asks
    auto* confirm = f.asked()->findChild<QPushButton*>(QStringLiteral("confirmDecision"));
    QVERIFY(confirm->isDefault()); // holding is the safe direction
    QTest::keyClick(f.asked(), Qt::Key_Return);
    QCOMPARE(f.decided.count(), 1);
    QVERIFY(f.decided.at(0).at(0).value<DecideDialog::Kind>() == DecideDialog::Kind::pause);
}

void TestActionView::holdAndStopAreOffWithTheReason() {
    Fixture f(samples::runningDrain(kNowMs));
    f.off[static_cast<int>(Right::cancel)] = QStringLiteral("cancel is not for you at lga1: your role there is viewer");
    f.view.setNow(kNowMs + 1'000);
    for (const char* name : {"pause", "stop"}) {
        QVERIFY(!f.button(name)->isEnabled());
        QVERIFY(f.button(name)->toolTip().contains(QStringLiteral("viewer")));
    }
}

void TestActionView::endedActionHasNothingToHold() {
    Fixture f(samples::finishedDrain(kNowMs));
    QVERIFY(!f.button("pause")->isVisible());
    QVERIFY(!f.button("stop")->isVisible());
    QVERIFY(!f.banner()->isVisible());
}

void TestActionView::wavesSayHowTheyStand() {
    const Action running = samples::runningDrain(kNowMs);
    QCOMPARE(waveWords(running, countTargets(running, 1)), QStringLiteral("done"));
    QCOMPARE(waveWords(running, countTargets(running, 3)), QStringLiteral("running"));
    TargetCounts waiting{.waiting = 5, .total = 5};
    QCOMPARE(waveWords(running, waiting), QStringLiteral("not started"));
    QCOMPARE(waveWords(paused("by x"), waiting), QStringLiteral("paused"));
    QCOMPARE(waveWords(awaiting(), waiting), QStringLiteral("awaits approval"));
    TargetCounts bad{.succeeded = 3, .failed = 1, .total = 4};
    QCOMPARE(waveWords(running, bad), QStringLiteral("done, 1 not well"));
    Fixture f(running);
    QVERIFY2(f.view.findChild<WavesBar*>()->accessibleName().contains(QStringLiteral("wave 3, running")), qPrintable(f.view.findChild<WavesBar*>()->accessibleName()));
}

void TestActionView::allEvidenceOpensByKey() {
    Fixture f(samples::finishedDrain(kNowMs));
    QVERIFY(QTest::qWaitForWindowActive(&f.view));
    QSignalSpy opened(&f.view, &ActionView::evidenceOpened);
    f.view.findChild<QAbstractItemView*>(QStringLiteral("targets"))->setCurrentIndex(f.view.findChild<QAbstractItemView*>(QStringLiteral("targets"))->model()->index(0, 0));
    f.view.setFocus();
    QTest::keyClick(&f.view, Qt::Key_E);
    QCOMPARE(opened.count(), 1);
    auto* evidence = f.view.findChild<EvidenceView*>();
    QVERIFY(evidence && evidence->isVisible());
    QCOMPARE(QString::fromStdString(evidence->actionId()), QStringLiteral("lga1/01JDACTION0000000000008806"));
    // What comes later is shown in the open window, too.
    Action changed = samples::finishedDrain(kNowMs);
    for (TargetRecord& target : changed.targets) target.steps.clear();
    f.view.setActions({std::make_shared<const Action>(changed)});
    QVERIFY2(evidence->findChild<Line*>(QStringLiteral("proof"))->text().contains(QStringLiteral("nothing was read back")), qPrintable(evidence->findChild<Line*>(QStringLiteral("proof"))->text()));
}

void TestActionView::figuresStandAgainstTheirThresholds() {
    const auto rows = figureRows(burnedIn(), kAllSteps);
    QCOMPARE(rows.size(), 3);
    const auto& low = rows[0]; // what fails comes first
    QCOMPARE(low[1].text, QStringLiteral("HBM copy"));
    QCOMPARE(low[2].text, QStringLiteral("1,200 GB/s"));
    QCOMPARE(low[4].text, QStringLiteral("\u2265 2,000 GB/s"));
    QCOMPARE(low[5].text, QStringLiteral("thresholds.toml: H200"));
    QCOMPARE(low[6].text, QStringLiteral("median 2,903, 1,127 of 1,128"));
    QCOMPARE(low[7].text, QStringLiteral("too low"));
    QVERIFY(low[7].sign == Sign::p2);
    QVERIFY(low[3].bar && !low[3].bar->good);
    QVERIFY(qAbs(low[3].bar->share / low[3].bar->mark - 0.6) < 1e-9); // in proportion
    QCOMPARE(low[3].text, QStringLiteral("60 % of the threshold"));
    const auto& good = rows[1];
    QCOMPARE(good[2].text, QStringLiteral("612.5 TFLOP/s"));
    QCOMPARE(good[6].text, QStringLiteral("the first of its kind"));
    QCOMPARE(good[7].text, QStringLiteral("holds"));
    QVERIFY(good[7].sign == Sign::check && good[3].bar->good);
    const auto& told = rows[2];
    QCOMPARE(told[0].text, QStringLiteral("GPU-00000000\u20261111 \u2192 GPU-22222222\u20263333"));
    QCOMPARE(told[6].text, QStringLiteral("not compared"));
    QCOMPARE(told[7].text, QStringLiteral("told, not judged"));
    QVERIFY(told[3].bar->mark < 0);
    QCOMPARE(proofSentence(burnedIn()), QStringLiteral("1 of 2 facts as set \u00b7 1 of 2 figures within their thresholds \u00b7 1 figure without a threshold"));
}

void TestActionView::whatDoesNotApplyProvesNothing() {
    TargetRecord target = burnedIn();
    target.steps[0].evidence.insert(target.steps[0].evidence.begin(), {.subject = "GPU-00000000-1111", .fact = "peer copies", .after = "one GPU has no peer to copy to", .expected = "no error", .source = "cuda", .verdict = Verdict::notApplicable, .readWallMs = kNowMs});
    QVERIFY2(proofSentence(target).startsWith(QStringLiteral("1 of 2 facts as set \u00b7 1 fact that does not apply here \u00b7 ")), qPrintable(proofSentence(target)));
    const auto rows = evidenceRows(target, kAllSteps);
    QCOMPARE(rows.size(), 3);
    QCOMPARE(rows[2][1].text, QStringLiteral("peer copies"));
    QCOMPARE(rows[2][6].text, QStringLiteral("does not apply"));
    QVERIFY(rows[2][6].sign == Sign::absent);
    QCOMPARE(foldEvidence(target).back().fact, QStringLiteral("peer copies"));
}

void TestActionView::failingComesFirst() {
    const auto rows = evidenceRows(burnedIn(), kAllSteps);
    QCOMPARE(rows.size(), 2);
    QCOMPARE(rows[0][1].text, QStringLiteral("XIDs"));
    QCOMPARE(rows[0][5].text, QStringLiteral("nvml \u00b7 SIMULATED"));
    QVERIFY(rows[0][6].sign == Sign::p2);
    QCOMPARE(rows[1][2].text, QStringLiteral("none"));
    QCOMPARE(evidenceRows(burnedIn(), 0).size(), 1);
    QCOMPARE(figureRows(burnedIn(), 0).size(), 0);
    QCOMPARE(figureText(1'348'468'736, "bytes"), QStringLiteral("1.3 GiB"));
    QCOMPARE(sourceText("nvml"), QStringLiteral("nvml \u00b7 live"));
    QCOMPARE(sourceText("hook"), QStringLiteral("hook"));
    const auto steps = stepRows(burnedIn());
    QCOMPARE(steps.size(), 3);
    QCOMPARE(steps[2][1].text, QStringLiteral("2 burn-in"));
    QCOMPARE(steps[2][4].text, QStringLiteral("3"));
}

void TestActionView::evidenceWithoutFactsSaysSo() {
    auto action = std::make_shared<Action>(samples::finishedDrain(kNowMs));
    action->targets.front().steps.clear();
    EvidenceView view;
    view.resize(1000, 600);
    view.setTarget(action, action->targets.front().nodeId);
    view.show();
    QStringList words;
    for (const QLabel* label : view.findChildren<QLabel*>())
        if (label->isVisible()) words << label->text();
    QVERIFY2(words.contains(QStringLiteral("Nothing was read back here.")) && words.contains(QStringLiteral("Nothing was measured here.")), qPrintable(words.join(QLatin1Char('|'))));
    view.setTarget(action, "lga1/another");
    QVERIFY(view.findChild<Line*>(QStringLiteral("proof"))->text().contains(QStringLiteral("no target of this action")));
    view.setTarget(nullptr, "lga1/another");
    QVERIFY(view.findChild<Line*>(QStringLiteral("proof"))->text().contains(QStringLiteral("not known any more")));
}

void TestActionView::evidenceThatWasLeftOutIsNotCalledNone_data() {
    QTest::addColumn<quint32>("leftOut");
    QTest::addColumn<bool>("told");
    QTest::newRow("the evidence") << quint32(bitOf(ActionPart::evidence)) << true;
    QTest::newRow("only the log") << quint32(bitOf(ActionPart::log)) << false;
    QTest::newRow("nothing") << quint32(0) << false;
}

void TestActionView::evidenceThatWasLeftOutIsNotCalledNone() {
    QFETCH(quint32, leftOut);
    QFETCH(bool, told);
    auto action = std::make_shared<Action>(samples::finishedDrain(kNowMs));
    action->leftOut = leftOut;
    for (TargetRecord& target : action->targets)
        for (StepRecord& step : target.steps) step.evidence.clear(), step.figures.clear();
    const TargetRecord& target = action->targets.front();
    EvidenceView view;
    view.setTarget(action, target.nodeId);
    QString words = verdictSentence(*action, target) + view.findChild<Line*>(QStringLiteral("proof"))->text();
    for (const Paragraph* paragraph : view.findChildren<Paragraph*>()) words += paragraph->text();
    QCOMPARE(words.count(QStringLiteral("opens with the signed evidence")), told ? 4 : 0);
    QCOMPARE(words.contains(QStringLiteral("o evidence was read back")) || words.contains(QStringLiteral("othing was ")), !told);
}

void TestActionView::troubleOfTheActionsStandsOverThem() {
    Fixture f(paused("by demo: fan noise"));
    auto* line = f.view.findChild<Paragraph*>(QStringLiteral("actionTrouble"));
    QVERIFY(!line->isVisible());
    f.view.setTrouble(QStringLiteral("What is shown of the actions of pdx1 may be old"));
    QVERIFY(line->isVisible() && line->text().contains(QStringLiteral("pdx1 may be old")));
    f.view.setTrouble({});
    QVERIFY(!line->isVisible());
}

void TestActionView::signatureStatesAreTold() {
    EvidenceView view;
    auto* line = view.findChild<Line*>(QStringLiteral("signature"));
    QVERIFY(view.findChild<QPushButton*>(QStringLiteral("export"))->isHidden()); // nobody is there who could
    view.allowExport();
    QVERIFY(!view.findChild<QPushButton*>(QStringLiteral("export"))->isHidden());
    QVERIFY(line->text().contains(QStringLiteral("not checked")));
    view.setSignature({SignatureState::Kind::verified, QStringLiteral("signed by node lga1/n1")});
    QVERIFY(line->text().contains(QStringLiteral("verified")) && line->text().contains(QStringLiteral("node lga1/n1")));
    view.setSignature({SignatureState::Kind::wrong, QStringLiteral("the manifest was changed")});
    QVERIFY(line->text().contains(QStringLiteral("do NOT verify")));
    view.setExport(QStringLiteral("written"), Sign::check, false);
    QVERIFY(view.findChild<QPushButton*>(QStringLiteral("export"))->isEnabled());
    view.setExport(QStringLiteral("writing"), Sign::none, true);
    QVERIFY(!view.findChild<QPushButton*>(QStringLiteral("export"))->isEnabled());
}

void TestActionView::modelsKeepTheRules() {
    ActionListModel list;
    TargetsModel targets;
    const QAbstractItemModelTester checkList(&list), checkTargets(&targets);
    const auto running = std::make_shared<const Action>(samples::runningDrain(kNowMs)), ended = std::make_shared<const Action>(samples::finishedDrain(kNowMs));
    list.setActions({ended, running});
    list.setActions({running});
    list.setActions({});
    for (const ActionPtr& action : {running, ended, running, ActionPtr()}) targets.setAction(action, kNowMs);
    EvidenceView view;
    std::vector<std::unique_ptr<QAbstractItemModelTester>> checks;
    for (QTableView* table : view.findChildren<QTableView*>())
        checks.push_back(std::make_unique<QAbstractItemModelTester>(table->model()));
    QCOMPARE(checks.size(), std::size_t{3});
    view.setTarget(running, running->targets.front().nodeId);
    view.setTarget(ended, ended->targets.back().nodeId);
    view.setTarget(nullptr, {});
    QCOMPARE(targets.rowCount(), 0);
}

void TestActionView::nothingIsCutInASmallWindow() {
    Fixture f(paused("breaker: 3 targets failed"));
    f.view.resize(1116, 600); // 1180 x 700 less the frame
    QTest::qWait(50);
    QVERIFY2(f.view.width() <= 1116, qPrintable(QString::number(f.view.width())));
    for (const char* name : {"pause", "stop", "resume", "allEvidence", "undo"}) QCOMPARE(f.button(name)->visibleRegion().boundingRect().size(), f.button(name)->size());
    auto* table = f.view.findChild<CellTable*>(QStringLiteral("targets"));
    int width = 0;
    for (int column = 0; column < table->model()->columnCount(); ++column) width += table->isColumnHidden(column) ? 0 : table->columnWidth(column);
    QVERIFY2(width <= table->viewport()->width() + 1, qPrintable(QStringLiteral("%1 of %2").arg(width).arg(table->viewport()->width())));
}

void TestActionView::wayBackFollowsTheVerb() {
    Action action = samples::finishedDrain(kNowMs);
    action.verb = Verb::lease;
    QVERIFY(canUndo(action));
    action.verb = Verb::provision;
    QVERIFY(!canUndo(action));
    Fixture f(action);
    QVERIFY(!f.button("undo")->isVisible()); // there is no undo to press, but what is done instead
    const auto said = [&f] {
        QString words;
        for (const Paragraph* part : f.view.findChildren<Paragraph*>()) words += part->text();
        return words;
    };
    QVERIFY(!said().contains(QStringLiteral("Nodes that failed"))); // none did
    action.targets.front().state = TargetState::failed;
    f.view.setActions({std::make_shared<const Action>(action)});
    QVERIFY(!said().contains(QStringLiteral("stay closed"))); // a burn-in closes nothing
    QVERIFY2(said().contains(QStringLiteral("Provision has no inverse: what burn-in found stays on the node's record: to close the node, drain it.")), qPrintable(said()));
    action.verb = Verb::drain;
    f.view.setActions({std::make_shared<const Action>(action)});
    QVERIFY(said().contains(QStringLiteral("Nodes that failed stay closed")));
    QVERIFY(f.button("undo")->isVisible() && f.button("undo")->isEnabled());
}

void TestActionView::workHasTheMarkOfItsVerb() {
    QVERIFY(signOf(TargetState::running, Verb::drain) == Sign::draining);
    QVERIFY(signOf(TargetState::running, Verb::provision) == Sign::provisioning);
    QVERIFY(signOf(ActionState::running, Verb::giveBack) != Sign::draining); // it opens
    QVERIFY(signOf(TargetState::failed, Verb::giveBack) == Sign::p2);
    QCOMPARE(stopWords(awaiting()), QStringLiteral("stopping: none is at work, 34 recalled"));
}

void TestActionView::whoWasRefusedIsInNoWave() {
    Action action = awaiting();
    action.targets.front().state = TargetState::refused;
    action.targets.front().steps.clear();
    const TargetCounts counts = countTargets(action, 1);
    QCOMPARE(counts.total, 0);
    for (TargetRecord& target : action.targets) target.wave = 1;
    QCOMPARE(countTargets(action, 1).total, 33);
    QCOMPARE(waveWords(action, countTargets(action, 1)), QStringLiteral("awaits approval")); // not "running": nothing has started
    Fixture f(action);
    const auto* table = f.view.findChild<QTableView*>(QStringLiteral("targets"));
    for (const int column : {TargetsModel::kSteps, TargetsModel::kNow}) QCOMPARE(table->model()->index(33, column).data().toString(), QString()); // it has no step, not "0 of 0"
}

void TestActionView::nothingLeftToPauseSaysSo() {
    Action action = samples::runningDrain(kNowMs);
    for (TargetRecord& target : action.targets)
        if (target.state == TargetState::waiting) target.state = TargetState::running;
    Fixture f(action);
    QVERIFY(!f.button("pause")->isEnabled() && f.button("stop")->isEnabled());
    QVERIFY2(f.button("pause")->toolTip().contains(QStringLiteral("all its nodes have started")), qPrintable(f.button("pause")->toolTip()));
    QVERIFY(QTest::qWaitForWindowActive(&f.view));
    f.view.setFocus();
    QTest::keyClick(&f.view, Qt::Key_P);
    QVERIFY(f.asked() == nullptr);
    QVERIFY(f.view.findChild<Line*>(QStringLiteral("deadline"))->text().contains(QStringLiteral("nothing is left to pause")));
}

void TestActionView::aDeadlineThatPassedIsNotAhead() {
    Action action = samples::runningDrain(kNowMs);
    action.state = ActionState::paused;
    action.sentence = "paused: the deadline passed and 6 nodes are still held: decide; give it more time, wait or force, cancel it, or end the processes, and it goes on";
    for (TargetRecord& target : action.targets) {
        if (target.state == TargetState::failed) target.state = TargetState::succeeded;
        target.deadlineWallMs = kNowMs - 120'000;
    }
    Fixture f(action);
    const QString line = f.view.findChild<Line*>(QStringLiteral("deadline"))->text();
    QVERIFY2(line.endsWith(QStringLiteral("UTC passed 2 m 00 s ago a person decides")), qPrintable(line));
    QVERIFY2(f.said().endsWith(QStringLiteral("Paused: the deadline passed and 6 nodes are still held: decide; give it more time, wait or force, cancel it, or end the processes, and it goes on")), qPrintable(f.said()));
}

void TestActionView::whatIsAskedAtADeadlineIsDecided_data() {
    QTest::addColumn<QString>("choice"); // Name of its button; empty: as the dialog opens.
    QTest::addColumn<qlonglong>("moreMs");
    QTest::addColumn<int>("policy");
    QTest::newRow("more time") << QString() << qlonglong{600'000} << static_cast<int>(DeadlinePolicy::unknown);
    QTest::newRow("wait") << QStringLiteral("decideWait") << qlonglong{0} << static_cast<int>(DeadlinePolicy::wait);
    QTest::newRow("force") << QStringLiteral("decideForce") << qlonglong{0} << static_cast<int>(DeadlinePolicy::force);
}

void TestActionView::whatIsAskedAtADeadlineIsDecided() {
    QFETCH(QString, choice);
    QFETCH(qlonglong, moreMs);
    QFETCH(int, policy);
    Action action = samples::runningDrain(kNowMs);
    action.state = ActionState::paused;
    action.sentence = "paused: the deadline passed and 6 nodes are still held: decide";
    for (TargetRecord& target : action.targets) target.blockerCount = target.state == TargetState::running ? 2 : 0;
    Fixture f(action);
    QVERIFY(f.button("pause")->text().startsWith(QStringLiteral("Decide")) && f.button("pause")->isEnabled());
    QVERIFY(f.button("resume")->isVisible() && f.button("resume")->text().startsWith(QStringLiteral("Decide")));
    QVERIFY(QTest::qWaitForWindowActive(&f.view));
    f.view.setFocus();
    QTest::keyClick(&f.view, Qt::Key_P);
    QVERIFY(f.asked() && f.asked()->kind() == DecideDialog::Kind::decide);
    auto* more = f.asked()->findChild<QRadioButton*>(QStringLiteral("decideMore"));
    auto* force = f.asked()->findChild<QRadioButton*>(QStringLiteral("decideForce"));
    QTRY_VERIFY(more->hasFocus());
    QVERIFY(more->isChecked() && force->isEnabled());
    QVERIFY2(force->text().endsWith(QStringLiteral("ends 12 processes")), qPrintable(force->text()));
    if (!choice.isEmpty()) QTest::keyClick(f.asked()->findChild<QRadioButton*>(choice), Qt::Key_Space);
    auto* reason = f.asked()->findChild<QLineEdit*>(QStringLiteral("decideReason"));
    QTest::keyClicks(reason, QStringLiteral("they save"));
    reason->setFocus();
    QTest::keyClick(f.asked(), Qt::Key_Return); // On to the button that decides, and no further.
    QCOMPARE(f.decided.count(), 0);
    QTest::keyClick(f.asked()->findChild<QPushButton*>(QStringLiteral("confirmDecision")), Qt::Key_Return);
    QCOMPARE(f.decided.count(), 1);
    QVERIFY(f.decided.at(0).at(0).value<DecideDialog::Kind>() == DecideDialog::Kind::decide);
    QCOMPARE(f.decided.at(0).at(2).toString(), QStringLiteral("they save"));
    QVERIFY((f.decided.at(0).at(3).value<DeadlineDecision>() == DeadlineDecision{moreMs, static_cast<DeadlinePolicy>(policy)}));
}

void TestActionView::forceAtADeadlineIsForWhoMay() {
    Action action = samples::runningDrain(kNowMs);
    action.state = ActionState::paused;
    Fixture f(action);
    f.off[static_cast<int>(Right::force)] = QStringLiteral("force is not for you at lga1: your role there is operator");
    f.view.setNow(kNowMs + 1'000);
    f.button("pause")->click();
    auto* force = f.asked()->findChild<QRadioButton*>(QStringLiteral("decideForce"));
    QVERIFY(!force->isEnabled());
    QVERIFY(f.asked()->findChild<QLabel*>(QStringLiteral("decideForceWhy"))->text().contains(QStringLiteral("operator")));
    auto* span = f.asked()->findChild<QComboBox*>(QStringLiteral("decideSpan"));
    f.asked()->findChild<QRadioButton*>(QStringLiteral("decideWait"))->click();
    span->setFocus();
    QTest::keyClick(span, Qt::Key_Down); // Whoever chooses a time means it.
    QVERIFY((f.asked()->deadline() == DeadlineDecision{1'800'000, DeadlinePolicy::unknown}));
}

void TestActionView::aNarrowListPaintsNoWordsOverOthers() {
    Action action = samples::finishedDrain(kNowMs);
    action.state = ActionState::partlySucceeded;
    const auto painted = [](const Action& one, int width) {
        ActionListModel model;
        model.setActions({std::make_shared<const Action>(one)});
        ActionList list(&model);
        list.resize(width, 90);
        list.show();
        return list.grab().toImage();
    };
    Action more = action;
    more.targets.resize(1);
    // Where the state needs the room the count of nodes is not painted under it: images differ in the counts of the first line and the bar alone.
    const QRect second(0, 26, 212, 18);
    QVERIFY(painted(action, 288).copy(0, 26, 288, 18) != painted(more, 288).copy(0, 26, 288, 18));
    QVERIFY(painted(action, 190).copy(second) == painted(more, 190).copy(second));
}

void TestActionView::everyStepHasItsBox() {
    // Boxes of 7 steps in the column's width: the last one is painted, too.
    const auto painted = [](const QByteArray& boxes) {
        ListCellModel model({{QStringLiteral("steps"), 84}});
        CellTable table(&model, 24);
        table.resize(84, 60);
        model.setRows({{Cell{.boxes = boxes}}});
        table.show();
        return table.grab().toImage();
    };
    QVERIFY(painted("#######") != painted("######."));
    QVERIFY(painted("########") != painted("#######."));
}

void TestActionView::aPieceWithoutWordsHidesNone() {
    // An event of a whole site has no node: its sentence was not painted.
    const auto painted = [](const Runs& runs) {
        Line line(nullptr, runs);
        line.resize(300, 20);
        QImage image(300, 20, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::black);
        line.render(&image, {}, {}, QWidget::DrawChildren);
        return image;
    };
    QVERIFY(painted({strong(QStringLiteral("14:15:26")), strong(QString()), plain(QStringLiteral("site breaker"))}) != painted({strong(QStringLiteral("14:15:26"))}));
}

void TestActionView::theWorstIsOnShowUntilAPersonChooses() {
    Action action = samples::runningDrain(kNowMs);
    Fixture f(action);
    auto* table = f.view.findChild<QTableView*>(QStringLiteral("targets"));
    const auto shown = [table] { return table->model()->index(table->currentIndex().row(), TargetsModel::kNode).data().toString(); };
    const QString first = shown();
    for (TargetRecord& target : action.targets)
        if (target.state == TargetState::failed) target.state = TargetState::succeeded;
    f.view.setActions({std::make_shared<const Action>(action)});
    QCOMPARE(table->currentIndex().row(), 0); // it does not follow the one that is well now, past those at work
    QVERIFY(shown() != first);
    table->setCurrentIndex(table->model()->index(3, 0));
    const QString chosen = shown();
    for (TargetRecord& target : action.targets)
        if (QString::fromStdString(target.nodeId).endsWith(chosen)) target.state = TargetState::succeeded;
    f.view.setActions({std::make_shared<const Action>(action)});
    QCOMPARE(shown(), chosen); // a person's choice stays
    QVERIFY(table->currentIndex().row() > 3);
}

void TestActionView::aSwapNamesBothNodes() {
    Action action = samples::finishedDrain(kNowMs);
    action.verb = Verb::swap;
    QCOMPARE(actionTitle(action), QStringLiteral("Swap b07-r05-u14 for b07-r05-u08"));
}

void TestActionView::breakerStandsAgainstItsLimits() {
    Action action = samples::runningDrain(kNowMs);
    Fixture f(action);
    auto* line = f.view.findChild<Line*>(QStringLiteral("breakerLine"));
    auto* meter = f.view.findChild<QWidget*>(QStringLiteral("breaker"));
    QVERIFY(meter->isVisible());
    QCOMPARE(line->text(), QStringLiteral("Breaker 1 of 3 failures \u00b7 wave 3: 1 of 31, 3.2 % of 10 % \u00b7 site: 34 of at most 320 nodes closed in 5 m"));
    QCOMPARE(meter->accessibleName().toLower(), line->text().replace(QStringLiteral("Breaker "), QStringLiteral("breaker: ")));
    action.breaker = {.failureLimit = 3, .wavePercent = 10};
    f.view.setActions({std::make_shared<const Action>(action)});
    QCOMPARE(line->text(), QStringLiteral("Breaker pauses at 3 failures or 10 % of a wave"));
    action.breaker = {}; // an older controller tells none
    f.view.setActions({std::make_shared<const Action>(action)});
    QVERIFY(!meter->isVisible());
    QCOMPARE(line->text(), QString());
}

void TestActionView::queuedActionLeadsToTheOneBeforeIt() {
    const Action first = samples::runningDrain(kNowMs);
    Action second = first;
    second.id = "lga1/01JDACTION0000000000008899";
    second.verb = Verb::giveBack;
    second.state = ActionState::queued;
    second.queuedBehind = first.id;
    second.createdWallMs = kNowMs;
    second.notAfterWallMs = kNowMs + 3'600'000;
    for (TargetRecord& target : second.targets) target = {.nodeId = target.nodeId, .sentence = "queued behind the drain"};
    Fixture f(second);
    f.view.setActions({std::make_shared<const Action>(first), std::make_shared<const Action>(second)});
    QCOMPARE(f.view.current()->id, second.id);
    auto* line = f.view.findChild<Line*>(QStringLiteral("deadline"));
    QVERIFY2(line->text().startsWith(QStringLiteral("queued behind A-08815 not started by 17:00 UTC: cancelled")), qPrintable(line->text()));
    Q_EMIT line->linkActivated(QString::fromStdString(first.id));
    QCOMPARE(f.view.current()->id, first.id);
    QVERIFY2(!line->text().contains(QStringLiteral("queued behind")), qPrintable(line->text()));
}

void TestActionView::aSilentSiteStopsTheClocks_data() {
    QTest::addColumn<QString>("word");
    QTest::addColumn<bool>("ended");
    QTest::addColumn<bool>("stopped");
    QTest::newRow("heard") << QString() << false << false;
    QTest::newRow("stale") << QStringLiteral("stale") << false << true;
    QTest::newRow("lost") << QStringLiteral("lost") << false << true;
    QTest::newRow("what has ended stays so") << QStringLiteral("lost") << true << false;
}

void TestActionView::aSilentSiteStopsTheClocks() {
    QFETCH(QString, word);
    QFETCH(bool, ended);
    QFETCH(bool, stopped);
    Action action = ended ? samples::finishedDrain(kNowMs) : samples::runningDrain(kNowMs);
    action.atDeadline = DeadlinePolicy::force;
    for (TargetRecord& target : action.targets) target.deadlineWallMs = kNowMs + 60'000;
    Fixture f(action);
    auto* line = f.view.findChild<Line*>(QStringLiteral("deadline"));
    auto* table = f.view.findChild<CellTable*>(QStringLiteral("targets"));
    const auto elapsed = [table] {
        QStringList texts;
        for (int row = 0; row < table->model()->rowCount(); ++row) texts << table->model()->index(row, TargetsModel::kElapsed).data().toString();
        return texts;
    };
    const auto listed = [&f] { return f.view.findChild<ActionList*>()->currentIndex().data().toString(); };
    const auto painted = [](QWidget* part) { return part->grab().toImage(); };
    const QString before = line->text();
    const QStringList elapsedBefore = elapsed();
    const QImage tableBefore = painted(table), listBefore = painted(f.view.findChild<ActionList*>()).copy(0, 0, 200, 60);
    f.view.setDesk({.silence = [word](const QString&) { return SiteSilence{word, kNowMs}; }});
    f.view.setNow(kNowMs + 3'600'000);
    if (!ended) QCOMPARE(elapsed() == elapsedBefore, stopped);
    QCOMPARE(listed().contains(QStringLiteral("was running")), stopped);
    QCOMPARE(line->text().startsWith(QStringLiteral("lga1 is %1: as of 16:00:00 UTC, 1 h 00 m ago: ").arg(word)), stopped);
    QCOMPARE(line->text().contains(QStringLiteral("what still runs is being ended")), !stopped && !ended); // an hour later that is only known of a site that is heard
    if (stopped) QVERIFY2(line->text().endsWith(before), qPrintable(line->text()));
    QCOMPARE(painted(f.view.findChild<ActionList*>()).copy(0, 0, 200, 60) != listBefore, stopped);
    if (stopped) QVERIFY(painted(table) != tableBefore); // hatched: its texts are the same
}

void TestActionView::theListSaysWhatItLacks_data() {
    QTest::addColumn<QString>("loading");
    QTest::addColumn<QString>("word");
    QTest::addColumn<QString>("head");
    QTest::addColumn<QString>("gaps");
    const QString waits = QStringLiteral("Waiting for the actions of pdx1 \u2026"), lost = QStringLiteral("lga1 is lost: its actions as of 16:00:00 UTC, 1 m 34 s ago");
    QTest::newRow("all is there") << QString() << QString() << QStringLiteral("1 in all") << QString();
    QTest::newRow("a site was never reached") << waits << QString() << QStringLiteral("1 so far") << waits;
    QTest::newRow("a site is silent") << QString() << QStringLiteral("lost") << QStringLiteral("1 in all") << lost;
    QTest::newRow("both") << waits << QStringLiteral("lost") << QStringLiteral("1 so far") << QStringLiteral("%1\n%2").arg(waits, lost);
}

void TestActionView::theListSaysWhatItLacks() {
    QFETCH(QString, loading);
    QFETCH(QString, word);
    QFETCH(QString, head);
    QFETCH(QString, gaps);
    const Action action = samples::runningDrain(kNowMs);
    Fixture f(action);
    f.view.setDesk({.silence = [word](const QString&) { return SiteSilence{word, kNowMs}; }});
    f.view.setLoading(loading);
    f.view.setActions({std::make_shared<const Action>(action)});
    f.view.setNow(kNowMs + 94'000);
    auto* told = f.view.findChild<Paragraph*>(QStringLiteral("listGaps"));
    QCOMPARE(told->text(), gaps);
    QCOMPARE(told->isVisible(), !gaps.isEmpty());
    QStringList lines;
    for (const Line* line : f.view.findChildren<Line*>()) lines << line->text();
    QVERIFY2(lines.contains(QStringLiteral("Actions 1 open \u00b7 %1").arg(head)), qPrintable(lines.join(QLatin1Char('|'))));
}

QTEST_MAIN(TestActionView)
#include "tst_action_view.moc"
