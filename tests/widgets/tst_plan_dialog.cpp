// The plan dialog: what is default and focused, what keeps Submit closed, what survives an error, what a confirm click sends.
#include "domain/lifecycle.h"
#include "shell_samples.h"
#include "base/clock.h"
#include "widgets/views/plan/form_values.h"
#include "widgets/views/plan/friction.h"
#include "widgets/views/plan/plan_decision.h"
#include "widgets/views/plan/plan_dialog.h"
#include "widgets/views/plan/plan_strip.h"
#include "widgets/views/plan/tenant_text.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRadioButton>
#include <QScrollArea>
#include <QSet>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace busbar;
using namespace busbar::views;

namespace {

constexpr std::int64_t kNowMs = 1'764'000'000'000;
const QString kNotSubmitted = QStringLiteral("Not submitted");

struct Fixture {
    explicit Fixture(const Plan& plan) : dialog(QStringLiteral("lga1 New York"), plan.request) {
        dialog.setNow(kNowMs);
        dialog.start();
        dialog.setPlan(plan, dialog.question());
        dialog.show();
    }
    void planAgain(const Plan& plan) {
        dialog.findChild<QPushButton*>(QStringLiteral("preview"))->click();
        dialog.setPlan(plan, dialog.question());
    }
    QPushButton* submit() { return dialog.findChild<QPushButton*>(QStringLiteral("submit")); }
    QPushButton* cancel() { return dialog.findChild<QPushButton*>(QStringLiteral("cancel")); }
    QLineEdit* count() { return dialog.findChild<QLineEdit*>(QStringLiteral("typedCount")); }
    QPlainTextEdit* reason() { return dialog.findChild<QPlainTextEdit*>(QStringLiteral("reason")); }
    QString whyNot() { return dialog.findChild<Line*>(QStringLiteral("whyNot"))->text(); }
    QString notice() { return dialog.findChild<PlanStrip*>()->notice(); }
    void fill() {
        reason()->setPlainText(QStringLiteral("leaf is dead"));
        count()->setText(QStringLiteral("34"));
    }
    PlanDialog dialog;
};

} // namespace

class TestPlanDialog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        qRegisterMetaType<SubmitIntent>();
        qRegisterMetaType<PlanRequest>();
    }
    void frictionGrowsWithTheBlastRadius_data();
    void frictionGrowsWithTheBlastRadius();
    void cancelIsDefaultFromLevelB();
    void enterInAFieldOnlyMovesOn();
    void levelAIsOneEnter();
    void submitOpensWithReasonAndCount();
    void confirmSendsPlanReasonAndKey();
    void sameBodyKeepsItsKey();
    void refusedPlanShowsTheDifferences();
    void expiredPlanIsNotSubmitted();
    void changedDeadlineAsksForANewPlan();
    void blockedSiteClosesSubmit();
    void nothingEligibleCannotBeSubmitted();
    void leaseAsksBeforeItPlans();
    void wrongFieldsSayWhatIsWrong_data();
    void wrongFieldsSayWhatIsWrong();
    void editedFormNeedsAnotherPreview();
    void settingsReachTheRequest();
    void burnInProfilesSayWhatTheyTake();
    void lateAnswerToAnEarlierFormIsNotShown();
    void onlyTheNewestQuestionIsAnswered_data();
    void onlyTheNewestQuestionIsAnswered();
    void whileASubmitIsOutNothingElseIsAsked_data();
    void whileASubmitIsOutNothingElseIsAsked();
    void forceIsOffForWhoMayNot();
    void aFailedCheckIsOverriddenByWhoMay();
    void wholeSiteIsNotForTheConsole();
    void oneKeyPlansAgain();
    void readOnlyNodesSayWhatIsSkipped();
    void everyVerbHasARow();
    void fitsASmallWindow_data();
    void fitsASmallWindow();
    void aSwapTellsTheStepsOfEachNode();
    void lastStart_data();
    void lastStart();
    void startReachesTheRequestAndThePreview();
    void leaseIsNotQueued();
    void aLeaseMayBeAllOrNothing();
    void wavesStandInThePlan();
    void aSwapNamesBothNodes();
    void aReturnTakesNothingOut();
    void anApproverIsDescribed();
    void eachTenantHasItsOwnText();
    void tenantTextsFollowThePlan_data();
    void tenantTextsFollowThePlan();
    void aPlanCanBeExportedOnceItIsThere();
    void anOpenQuestionForTheFileHoldsNothingUp_data();
    void anOpenQuestionForTheFileHoldsNothingUp();
    void theHeatmapGetsTheNodesThatWillRun();
};

void TestPlanDialog::frictionGrowsWithTheBlastRadius_data() {
    QTest::addColumn<int>("nodes");
    QTest::addColumn<int>("leases");
    QTest::addColumn<int>("racks");
    QTest::addColumn<bool>("force");
    QTest::addColumn<QString>("level");
    QTest::newRow("one free node") << 1 << 0 << 1 << false << QStringLiteral("A");
    QTest::newRow("eight free nodes") << 8 << 0 << 1 << false << QStringLiteral("A");
    QTest::newRow("nine free nodes of a rack") << 9 << 0 << 1 << false << QStringLiteral("B");
    QTest::newRow("one leased node") << 1 << 1 << 1 << false << QStringLiteral("B");
    QTest::newRow("over a rack") << 20 << 0 << 3 << false << QStringLiteral("C");
    QTest::newRow("ends processes") << 1 << 1 << 1 << true << QStringLiteral("C");
}

void TestPlanDialog::frictionGrowsWithTheBlastRadius() {
    QFETCH(int, nodes);
    QFETCH(int, leases);
    QFETCH(int, racks);
    QFETCH(bool, force);
    QFETCH(QString, level);
    Plan plan = samples::drainPlan(kNowMs);
    plan.targets.resize(static_cast<std::size_t>(nodes));
    plan.needsApproval = false;
    plan.blast = {.leases = leases, .processes = force ? 3 : 0};
    for (int i = 0; i < racks; ++i)
        plan.blast.failureDomains.push_back({"rack r" + std::to_string(i), 1, 4});
    plan.request.atDeadline = force ? DeadlinePolicy::force : DeadlinePolicy::ask;
    QCOMPARE(toString(frictionOf(plan)), level);
    QVERIFY(!frictionWhy(plan).isEmpty());
}

void TestPlanDialog::cancelIsDefaultFromLevelB() {
    Fixture f(samples::drainPlan(kNowMs));
    QVERIFY(QTest::qWaitForWindowActive(&f.dialog));
    QVERIFY(f.cancel()->isDefault());
    QVERIFY(!f.submit()->isEnabled());
    // Who types at once types the reason: neither its spaces nor its Enter press a button.
    QVERIFY(f.reason()->hasFocus());
    f.count()->setText(QStringLiteral("34"));
    QSignalSpy submitted(&f.dialog, &PlanDialog::submitRequested);
    QTest::keyClicks(f.reason(), QStringLiteral("leaf is dead"));
    QTest::keyClick(f.reason(), Qt::Key_Return);
    QVERIFY(f.dialog.isVisible() && f.submit()->isEnabled());
    QCOMPARE(submitted.count(), 0);
}

void TestPlanDialog::enterInAFieldOnlyMovesOn() {
    Fixture f(samples::drainPlan(kNowMs));
    QVERIFY(QTest::qWaitForWindowActive(&f.dialog));
    QSignalSpy submitted(&f.dialog, &PlanDialog::submitRequested);
    f.count()->setFocus();
    QTest::keyClick(f.count(), Qt::Key_Return);
    QVERIFY2(f.dialog.isVisible() && f.count()->hasFocus(), "nothing typed is lost to a field's Enter");
    f.fill();
    QTest::keyClick(f.count(), Qt::Key_Return);
    QCOMPARE(submitted.count(), 0);
    QVERIFY(f.dialog.isVisible() && f.submit()->hasFocus()); // a second look
    QTest::keyClick(f.submit(), Qt::Key_Return);
    QCOMPARE(submitted.count(), 1);
}

void TestPlanDialog::levelAIsOneEnter() {
    Fixture f(samples::smallPlan(kNowMs));
    QVERIFY(QTest::qWaitForWindowActive(&f.dialog));
    QVERIFY(f.submit()->isDefault());
    QVERIFY(f.reason()->hasFocus());
    QVERIFY(!f.count()->isVisible());
    QVERIFY(!f.submit()->isEnabled()); // the reason is still missing
    QSignalSpy submitted(&f.dialog, &PlanDialog::submitRequested);
    QTest::keyClick(f.reason(), Qt::Key_Return);
    QCOMPARE(submitted.count(), 0);
    QTest::keyClicks(f.reason(), QStringLiteral("fan noise"));
    QTest::keyClick(f.reason(), Qt::Key_Return);
    QCOMPARE(submitted.count(), 1);
}

void TestPlanDialog::submitOpensWithReasonAndCount() {
    Fixture f(samples::drainPlan(kNowMs));
    QVERIFY(f.whyNot().contains(QStringLiteral("reason")));
    f.reason()->setPlainText(QStringLiteral("leaf is dead"));
    QVERIFY(f.whyNot().contains(QStringLiteral("34")));
    f.count()->setText(QStringLiteral("37"));
    QVERIFY(!f.submit()->isEnabled());
    f.count()->setText(QStringLiteral("34"));
    QVERIFY(f.submit()->isEnabled());
    QVERIFY(f.whyNot().isEmpty());
}

void TestPlanDialog::confirmSendsPlanReasonAndKey() {
    Fixture f(samples::drainPlan(kNowMs));
    QSignalSpy submitted(&f.dialog, &PlanDialog::submitRequested);
    f.fill();
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    QCOMPARE(submitted.count(), 1);
    const auto intent = submitted.at(0).at(0).value<SubmitIntent>();
    QCOMPARE(intent.planId, samples::drainPlan(kNowMs).id);
    QVERIFY(intent.reason.ends_with("leaf is dead"));
    QCOMPARE(intent.idempotencyKey.size(), std::size_t{26});
    QVERIFY(!f.submit()->isEnabled()); // no second click while the first is on its way
}

void TestPlanDialog::sameBodyKeepsItsKey() {
    Fixture f(samples::drainPlan(kNowMs));
    QSignalSpy submitted(&f.dialog, &PlanDialog::submitRequested);
    f.fill();
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    f.dialog.setNotSubmitted(kNotSubmitted, {QStringLiteral("lga1 does not answer: connection refused")});
    QVERIFY(f.notice().contains(QStringLiteral("does not answer")));
    QCOMPARE(f.reason()->toPlainText(), QStringLiteral("leaf is dead"));
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    f.dialog.setNotSubmitted(kNotSubmitted, {QStringLiteral("again")});
    f.reason()->setPlainText(QStringLiteral("another reason"));
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    QCOMPARE(submitted.count(), 3);
    const auto key = [&](int i) { return submitted.at(i).at(0).value<SubmitIntent>().idempotencyKey; };
    QCOMPARE(key(1), key(0));
    QVERIFY(key(2) != key(0));
}

void TestPlanDialog::refusedPlanShowsTheDifferences() {
    Fixture f(samples::drainPlan(kNowMs));
    f.fill();
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    f.dialog.setRefused(QStringLiteral("Refused: 1 thing changed"), {QStringLiteral("b07-r05-u08: service was open, is draining")});
    QVERIFY(f.notice().contains(QStringLiteral("service was open, is draining")));
    QVERIFY(!f.submit()->isEnabled());
    QVERIFY(f.cancel()->isDefault());
    QSignalSpy planned(&f.dialog, &PlanDialog::planRequested);
    QTest::mouseClick(f.dialog.findChild<QPushButton*>(QStringLiteral("planAgain")), Qt::LeftButton);
    QCOMPARE(planned.count(), 1);
    f.dialog.setPlan(samples::drainPlan(kNowMs), f.dialog.question());
    QVERIFY(f.notice().isEmpty());
    QCOMPARE(f.reason()->toPlainText(), QStringLiteral("leaf is dead")); // nothing typed is lost
}

void TestPlanDialog::expiredPlanIsNotSubmitted() {
    Fixture f(samples::drainPlan(kNowMs));
    f.fill();
    QVERIFY(f.submit()->isEnabled());
    f.dialog.setNow(kNowMs + 600'000);
    QVERIFY(f.notice().contains(QStringLiteral("expired")));
    QVERIFY(!f.submit()->isEnabled());
}

void TestPlanDialog::changedDeadlineAsksForANewPlan() {
    Fixture f(samples::drainPlan(kNowMs));
    QSignalSpy planned(&f.dialog, &PlanDialog::planRequested);
    f.dialog.findChild<QRadioButton*>(QStringLiteral("policy-force"))->click();
    QCOMPARE(planned.count(), 1);
    QVERIFY(f.dialog.request().atDeadline == DeadlinePolicy::force);
    QVERIFY(!f.submit()->isEnabled());
}

void TestPlanDialog::blockedSiteClosesSubmit() {
    Fixture f(samples::drainPlan(kNowMs));
    f.fill();
    f.dialog.setBlocked(QStringLiteral("Actions are off: no word from lga1 for 4.0 s"));
    QVERIFY(!f.submit()->isEnabled());
    QVERIFY(f.whyNot().contains(QStringLiteral("no word from lga1")));
    f.dialog.setBlocked({});
    QVERIFY(f.submit()->isEnabled());
}

void TestPlanDialog::nothingEligibleCannotBeSubmitted() {
    Plan plan = samples::drainPlan(kNowMs);
    for (PlanTarget& target : plan.targets)
        target.eligible = false;
    Fixture f(plan);
    f.fill();
    QVERIFY(!f.submit()->isEnabled());
    QVERIFY(f.whyNot().contains(QStringLiteral("No target can run")));
}

namespace {

Plan leasePlan(const PlanRequest& request) {
    Plan plan = samples::smallPlan(kNowMs);
    const auto ids = plan.request.nodeIds;
    plan.request = request;
    plan.request.nodeIds = ids;
    plan.targets.front().steps = {StepKind::precheck, StepKind::scrub, StepKind::configure, StepKind::openLease, StepKind::canary};
    plan.targets.front().sentence = "precheck, scrub, configure, open for helix-bio, canary on 8 GPUs";
    return plan;
}

/// A dialog for a lease of one node, as it opens.
struct LeaseForm {
    LeaseForm() : dialog(QStringLiteral("lga1 New York"), {.verb = Verb::lease, .nodeIds = {"lga1/b07-r05-u08"}, .site = "lga1"}), planned(&dialog, &PlanDialog::planRequested), submitted(&dialog, &PlanDialog::submitRequested) {
        dialog.setNow(kNowMs);
        dialog.start();
        dialog.show();
    }
    QLineEdit* field(const char* name) { return dialog.findChild<QLineEdit*>(QLatin1String(name)); }
    QComboBox* choice(const char* name) { return dialog.findChild<QComboBox*>(QLatin1String(name)); }
    QString told(const char* name) { return dialog.findChild<Line*>(QLatin1String(name) + QStringLiteral("Told"))->text(); }
    QPushButton* button(const char* name) { return dialog.findChild<QPushButton*>(QLatin1String(name)); }
    QString whyNot() { return dialog.findChild<Line*>(QStringLiteral("whyNot"))->text(); }
    PlanRequest asked() { return planned.last().at(0).value<PlanRequest>(); }
    PlanDialog dialog;
    QSignalSpy planned, submitted;
};

} // namespace

void TestPlanDialog::leaseAsksBeforeItPlans() {
    LeaseForm f;
    QVERIFY(QTest::qWaitForWindowActive(&f.dialog));
    QCOMPARE(f.planned.count(), 0); // nobody is named yet
    QVERIFY(f.field("tenant")->hasFocus());
    QVERIFY(!f.button("preview")->isEnabled());
    QVERIFY(!f.button("submit")->isEnabled());
    QVERIFY2(f.whyNot().contains(QStringLiteral("Tenant")), qPrintable(f.whyNot()));
    QTest::keyClicks(f.field("tenant"), QStringLiteral("helix-bio"));
    QVERIFY(f.button("preview")->isDefault());
    // Enter in a field previews: it neither cancels nor submits.
    QTest::keyClick(f.field("tenant"), Qt::Key_Return);
    QCOMPARE(f.planned.count(), 1);
    QCOMPARE(f.asked().details.tenant, std::string("helix-bio"));
    QCOMPARE(f.asked().details.untilWallMs, std::int64_t{0});
    QVERIFY(!f.asked().details.settings.any());
    QVERIFY(f.dialog.isVisible());
    QTest::keyClick(f.field("tenant"), Qt::Key_Return); // while it is planned Enter does nothing
    QCOMPARE(f.planned.count(), 1);
    QVERIFY(f.dialog.isVisible());
    f.dialog.setPlan(leasePlan(f.asked()), f.dialog.question());
    QVERIFY(!f.button("preview")->isVisible());
    QCOMPARE(f.field("tenant")->text(), QStringLiteral("helix-bio"));
    QCOMPARE(f.whyNot(), QStringLiteral("Submit opens when a reason is given"));
    QCOMPARE(f.submitted.count(), 0);
}

void TestPlanDialog::wrongFieldsSayWhatIsWrong_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("told");
    QTest::addColumn<bool>("good");
    QTest::newRow("tenant with a blank") << QStringLiteral("tenant") << QStringLiteral("helix bio") << QStringLiteral("1 to 63 letters") << false;
    QTest::newRow("span") << QStringLiteral("until") << QStringLiteral("14d") << QStringLiteral("until 2") << true;
    QTest::newRow("open-ended") << QStringLiteral("until") << QString() << QStringLiteral("open-ended") << true;
    QTest::newRow("day") << QStringLiteral("until") << QStringLiteral("2031-12-31") << QStringLiteral("until 2032-01-01 00:00") << true;
    QTest::newRow("moment") << QStringLiteral("until") << QStringLiteral("2031-12-31 18:30") << QStringLiteral("until 2031-12-31 18:30") << true;
    QTest::newRow("past day") << QStringLiteral("until") << QStringLiteral("2020-01-01") << QStringLiteral("has passed") << false;
    QTest::newRow("no day") << QStringLiteral("until") << QStringLiteral("2031-02-30") << QStringLiteral("is no time") << false;
    QTest::newRow("too far") << QStringLiteral("until") << QStringLiteral("999999999w") << QStringLiteral("10 years") << false;
    QTest::newRow("words") << QStringLiteral("until") << QStringLiteral("tomorrow") << QStringLiteral("is no time") << false;
    QTest::newRow("power") << QStringLiteral("powerCap") << QStringLiteral("500") << QStringLiteral("per GPU") << true;
    QTest::newRow("no power") << QStringLiteral("powerCap") << QStringLiteral("0") << QStringLiteral("from 1 to 10,000") << false;
    QTest::newRow("power with unit") << QStringLiteral("powerCap") << QStringLiteral("500W") << QStringLiteral("whole number of W") << false;
    QTest::newRow("clock") << QStringLiteral("lockedClock") << QStringLiteral("10001") << QStringLiteral("whole number of MHz") << false;
}

void TestPlanDialog::wrongFieldsSayWhatIsWrong() {
    QFETCH(QString, name);
    QFETCH(QString, typed);
    QFETCH(QString, told);
    QFETCH(bool, good);
    LeaseForm f;
    f.field("tenant")->setText(QStringLiteral("helix-bio"));
    const QByteArray field = name.toLatin1();
    f.field(field)->setText(typed);
    QVERIFY2(f.told(field).contains(told), qPrintable(f.told(field)));
    QCOMPARE(f.field(field)->accessibleDescription(), f.told(field));
    QCOMPARE(f.button("preview")->isEnabled(), good);
    const QString notice = f.dialog.findChild<PlanStrip*>()->notice();
    QVERIFY2(notice.contains(QStringLiteral("Enter previews it")) == good, qPrintable(notice)); // not promised where it would not
    QTest::keyClick(f.field(field), Qt::Key_Return);
    QCOMPARE(f.planned.count(), good ? 1 : 0);
    QVERIFY(f.dialog.isVisible());
}

void TestPlanDialog::editedFormNeedsAnotherPreview() {
    LeaseForm f;
    f.field("tenant")->setText(QStringLiteral("helix-bio"));
    QTest::mouseClick(f.button("preview"), Qt::LeftButton);
    f.dialog.setPlan(leasePlan(f.asked()), f.dialog.question());
    f.dialog.findChild<QPlainTextEdit*>(QStringLiteral("reason"))->setPlainText(QStringLiteral("contract 17"));
    QVERIFY(f.button("submit")->isEnabled());
    f.field("powerCap")->setText(QStringLiteral("450"));
    QVERIFY(!f.button("submit")->isEnabled());
    QVERIFY(f.button("preview")->isVisible() && f.button("preview")->isDefault());
    QCOMPARE(f.planned.count(), 1);
    QTest::keyClick(f.field("powerCap"), Qt::Key_Return);
    QCOMPARE(f.planned.count(), 2);
    QCOMPARE(f.asked().details.settings.powerLimitWatts.value_or(0), std::int64_t{450});
    f.dialog.setPlan(leasePlan(f.asked()), f.dialog.question());
    QVERIFY(f.button("submit")->isEnabled()); // the reason is still there
    QCOMPARE(f.submitted.count(), 0);
}

void TestPlanDialog::settingsReachTheRequest() {
    LeaseForm f;
    f.field("tenant")->setText(QStringLiteral("kestrel"));
    f.field("until")->setText(QStringLiteral("2031-12-31 18:30"));
    f.field("lockedClock")->setText(QStringLiteral("1400"));
    const std::pair<const char*, int> choices[] = {{"computeMode", 2}, {"persistence", 1}, {"mig", 2}, {"ecc", 1}};
    for (const auto& [name, index] : choices) f.choice(name)->setCurrentIndex(index);
    const GpuSettings expected{.persistence = true, .mig = false, .ecc = true, .computeMode = 3, .lockedClockMhz = 1400};
    QVERIFY(f.asked().details.settings.persistence == expected.persistence); // a choice previews at once
    f.dialog.setNoPlan(QStringLiteral("no answer"), f.dialog.question());
    QTest::mouseClick(f.button("preview"), Qt::LeftButton);
    QVERIFY(f.asked().details.settings == expected);
    QCOMPARE(f.asked().details.untilWallMs, std::int64_t{1'956'508'200'000});
}

void TestPlanDialog::burnInProfilesSayWhatTheyTake() {
    PlanDialog dialog(QStringLiteral("lga1"), {.verb = Verb::provision, .nodeIds = {"lga1/n1"}, .site = "lga1"});
    QSignalSpy planned(&dialog, &PlanDialog::planRequested);
    dialog.start();
    QCOMPARE(planned.last().at(0).value<PlanRequest>().details.profile, std::string("quick"));
    auto* soak = dialog.findChild<QRadioButton*>(QStringLiteral("profile-soak"));
    QVERIFY2(soak->text().contains(QStringLiteral("26 h")) || soak->text().contains(QStringLiteral("1 d 2 h")), qPrintable(soak->text()));
    soak->click();
    QCOMPARE(planned.last().at(0).value<PlanRequest>().details.profile, std::string("soak"));
}

void TestPlanDialog::lateAnswerToAnEarlierFormIsNotShown() {
    Fixture f(samples::drainPlan(kNowMs));
    f.dialog.findChild<QRadioButton*>(QStringLiteral("policy-force"))->click();
    f.dialog.setPlan(samples::drainPlan(kNowMs), f.dialog.question() - 1); // "ask": what was asked for before
    QVERIFY(!f.submit()->isEnabled());
    QVERIFY(f.dialog.findChild<QRadioButton*>(QStringLiteral("policy-force"))->isChecked());
    Plan forced = samples::drainPlan(kNowMs);
    forced.request.atDeadline = DeadlinePolicy::force;
    f.dialog.setPlan(forced, f.dialog.question());
    f.fill();
    QVERIFY(f.submit()->isEnabled());
}

void TestPlanDialog::onlyTheNewestQuestionIsAnswered_data() {
    QTest::addColumn<bool>("failed");
    QTest::addColumn<bool>("submitting");
    QTest::newRow("a late plan, before the newest") << false << false;
    QTest::newRow("a late failure, before the newest") << true << false;
    QTest::newRow("a late plan, while submitting") << false << true;
    QTest::newRow("a late failure, while submitting") << true << true;
}

void TestPlanDialog::onlyTheNewestQuestionIsAnswered() {
    QFETCH(bool, failed);
    QFETCH(bool, submitting);
    Fixture f(samples::drainPlan(kNowMs));
    QSignalSpy submitted(&f.dialog, &PlanDialog::submitRequested);
    const auto choose = [&f](const char* policy) { f.dialog.findChild<QRadioButton*>(QLatin1String(policy))->click(); };
    choose("policy-wait");
    const int late = f.dialog.question();
    choose("policy-ask");
    choose("policy-wait");
    Plan plan = samples::drainPlan(kNowMs), earlier = plan; // two that ask for the same
    plan.request.atDeadline = earlier.request.atDeadline = DeadlinePolicy::wait;
    earlier.id = "01JDPLAN00000000000000LATE";
    const auto answerLate = [&] {
        if (failed) f.dialog.setNoPlan(QStringLiteral("no answer"), late);
        else f.dialog.setPlan(earlier, late);
    };
    if (!submitting) answerLate();
    QCOMPARE(f.whyNot(), QStringLiteral("No plan yet"));
    f.dialog.setPlan(plan, f.dialog.question());
    f.fill();
    QVERIFY2(f.submit()->isEnabled(), qPrintable(f.whyNot()));
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    if (submitting) answerLate();
    QCOMPARE(f.whyNot(), QStringLiteral("Submitting \u2026"));
    QVERIFY2(!f.submit()->isEnabled() && f.notice().isEmpty(), qPrintable(f.notice()));
    QCOMPARE(f.dialog.plan()->id, plan.id);
    f.dialog.setNotSubmitted(kNotSubmitted, {QStringLiteral("no answer")});
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    QCOMPARE(submitted.count(), 2);
    QVERIFY(submitted.at(0).at(0).value<SubmitIntent>() == submitted.at(1).at(0).value<SubmitIntent>());
}

void TestPlanDialog::whileASubmitIsOutNothingElseIsAsked_data() {
    QTest::addColumn<bool>("refused");
    QTest::newRow("not submitted") << false;
    QTest::newRow("refused") << true;
}

void TestPlanDialog::whileASubmitIsOutNothingElseIsAsked() {
    QFETCH(bool, refused);
    Fixture f(samples::drainPlan(kNowMs));
    f.fill();
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    QSignalSpy planned(&f.dialog, &PlanDialog::planRequested);
    f.dialog.findChild<QRadioButton*>(QStringLiteral("policy-wait"))->click();
    QTest::keyClick(&f.dialog, Qt::Key_F5);
    QCOMPARE(planned.count(), 0); // another plan could be submitted beside the first
    QCOMPARE(f.whyNot(), QStringLiteral("Submitting \u2026"));
    if (refused) f.dialog.setRefused(QStringLiteral("Refused"), {QStringLiteral("one thing"), QStringLiteral("another")});
    else f.dialog.setNotSubmitted(kNotSubmitted, {QStringLiteral("one thing"), QStringLiteral("another")});
    QCOMPARE(f.whyNot(), refused ? QStringLiteral("Refused: one thing; another") : QStringLiteral("Not submitted: one thing; another"));
    QVERIFY2(f.notice().contains(QStringLiteral("What you ask for has changed")), qPrintable(f.notice()));
    QVERIFY(!f.submit()->isEnabled());
    f.dialog.findChild<QPushButton*>(QStringLiteral("preview"))->click();
    QCOMPARE(planned.count(), 1);
}

void TestPlanDialog::forceIsOffForWhoMayNot() {
    Fixture f(samples::drainPlan(kNowMs));
    auto* force = f.dialog.findChild<QRadioButton*>(QStringLiteral("policy-force"));
    QVERIFY(force->isEnabled());
    f.dialog.setForceOff(QStringLiteral("force is not for you at lga1: your role there is operator. Ask an admin"));
    QVERIFY(!force->isEnabled());
    auto* why = f.dialog.findChild<QLabel*>(QStringLiteral("forceWhy"));
    QVERIFY(why->isVisibleTo(&f.dialog));
    QCOMPARE(why->text(), QStringLiteral("force is not for you at lga1: your role there is operator"));
    f.dialog.setForceOff({});
    QVERIFY(force->isEnabled());
    QVERIFY(!why->isVisibleTo(&f.dialog));
}

void TestPlanDialog::aFailedCheckIsOverriddenByWhoMay() {
    Plan plan = samples::smallPlan(kNowMs);
    plan.request.verb = Verb::giveBack;
    plan.targets.front().facts.health = Health::failed;
    plan.targets.front().eligible = false;
    Fixture f(plan);
    QSignalSpy planned(&f.dialog, &PlanDialog::planRequested);
    auto* past = f.dialog.findChild<QCheckBox*>(QStringLiteral("overrideFailed"));
    const auto told = [&] { return f.dialog.findChild<QLabel*>(QStringLiteral("overrideTold"))->text(); };
    QVERIFY(!past->isChecked() && past->isEnabled());
    QVERIFY2(told().startsWith(QStringLiteral("1 of them is failed now. Who did it and why stands on the node")), qPrintable(told()));
    f.dialog.setOverrideOff(QStringLiteral("override is not for you at lga1: your role there is operator. Ask an admin"));
    QVERIFY(!past->isEnabled());
    QVERIFY2(told().endsWith(QStringLiteral("override is not for you at lga1: your role there is operator")), qPrintable(told()));
    f.dialog.setOverrideOff({});
    past->setFocus();
    QTest::keyClick(past, Qt::Key_Space);
    QCOMPARE(planned.count(), 1); // Another plan at once: this one refuses the node.
    plan.request = planned.last().at(0).value<PlanRequest>();
    QVERIFY(plan.request.overrideFailed && rightOf(plan.request) == Right::override_);
    QCOMPARE(toString(frictionOf(plan)), QStringLiteral("B")); // Never one Enter.
    plan.targets.front().eligible = true;
    f.dialog.setPlan(plan, f.dialog.question());
    QVERIFY(f.cancel()->isDefault() && past->isChecked());
    QStringList facts;
    for (const QWidget* fact : f.dialog.findChild<PlanStrip*>()->findChildren<QWidget*>()) facts << fact->accessibleName();
    QVERIFY2(facts.contains(QStringLiteral("failed checks: overridden, the reason stands on the node")), qPrintable(facts.join(QLatin1Char('|'))));
    Fixture drain(samples::smallPlan(kNowMs));
    QVERIFY(drain.dialog.findChild<QCheckBox*>(QStringLiteral("overrideFailed")) == nullptr);
}

void TestPlanDialog::wholeSiteIsNotForTheConsole() {
    Fixture f(samples::drainPlan(kNowMs));
    f.dialog.setSiteNodes(34);
    f.planAgain(samples::drainPlan(kNowMs));
    f.fill();
    QVERIFY(!f.submit()->isEnabled());
    QVERIFY2(f.whyNot().contains(QStringLiteral("every node of the site")), qPrintable(f.whyNot()));
    QCOMPARE(toString(frictionOf(samples::drainPlan(kNowMs), 34)), QStringLiteral("D"));
}

void TestPlanDialog::oneKeyPlansAgain() {
    Fixture f(samples::drainPlan(kNowMs));
    QVERIFY(QTest::qWaitForWindowActive(&f.dialog));
    QSignalSpy planned(&f.dialog, &PlanDialog::planRequested);
    f.fill();
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    f.dialog.setRefused(QStringLiteral("Refused: 1 thing changed"), {QStringLiteral("b07-r05-u08: service was open, is draining")});
    QTest::keyClick(&f.dialog, Qt::Key_F5);
    QCOMPARE(planned.count(), 1);
}

void TestPlanDialog::readOnlyNodesSayWhatIsSkipped() {
    LeaseForm f;
    f.field("tenant")->setText(QStringLiteral("helix-bio"));
    QTest::mouseClick(f.button("preview"), Qt::LeftButton);
    f.dialog.setPlan(leasePlan(f.asked()), f.dialog.question());
    auto* skipped = f.dialog.findChild<Line*>(QStringLiteral("skippedSteps"));
    QVERIFY(!skipped->isVisible());
    Plan plan = leasePlan(f.asked());
    plan.targets.front().sentence += "; the settings asked for are skipped: its agent's settings are read-only";
    f.button("preview")->click();
    f.dialog.setPlan(plan, f.dialog.question());
    QVERIFY(skipped->isVisible());
    QVERIFY2(skipped->text().contains(QStringLiteral("configure on 1 of 1 node")), qPrintable(skipped->text()));
    plan.request.details.settings.mig = true;
    plan.targets.front().steps.push_back(StepKind::mig);
    f.button("preview")->click();
    f.dialog.setPlan(plan, f.dialog.question());
    QVERIFY2(skipped->text().contains(QStringLiteral("configure and MIG on 1 of 1 node")), qPrintable(skipped->text()));
}

void TestPlanDialog::everyVerbHasARow() {
    QSet<QChar> keys;
    for (const VerbInfo& info : verbTable()) {
        QVERIFY(!keys.contains(info.key));
        keys << info.key;
        QVERIFY(info.title.contains(info.key, Qt::CaseInsensitive)); // the menu underlines it
        QCOMPARE(info.title.toLower().toStdString(), std::string(toString(info.verb)));
        QVERIFY(info.right != Right::read);
        PlanDialog dialog(QStringLiteral("lga1"), {.verb = info.verb, .nodeIds = {"lga1/n1"}, .site = "lga1"});
        QVERIFY(dialog.windowTitle().startsWith(info.title));
    }
    for (int verb = 1; parseVerb(toString(static_cast<Verb>(verb))); ++verb) QVERIFY2(infoOf(static_cast<Verb>(verb)).right != Right::read, qPrintable(infoOf(static_cast<Verb>(verb)).title));
    PlanRequest request{.verb = Verb::release, .atDeadline = DeadlinePolicy::force};
    QVERIFY(rightOf(request) == Right::force);
    request.atDeadline = DeadlinePolicy::ask;
    QVERIFY(rightOf(request) == Right::release);
}

void TestPlanDialog::fitsASmallWindow_data() {
    QTest::addColumn<Plan>("plan");
    QTest::newRow("drain") << samples::drainPlan(kNowMs);
    Plan full = samples::drainPlan(kNowMs); // as many facts as a strip can have
    full.request.queue = true;
    full.request.notAfterWallMs = kNowMs + 7'200'000;
    full.request.details.tenant = "northwind-ai";
    full.request.details.untilWallMs = kNowMs + 86'400'000;
    full.blast.freeByModel = {{"NVIDIA H100 80GB HBM3", 8, 1'112}, {"H100 (simulated, 1.7 GB)", 8, 8}};
    QTest::newRow("every fact") << full;
    Plan lease = samples::smallPlan(kNowMs);
    lease.request.verb = Verb::lease;
    lease.request.details.tenant = "northwind-ai";
    QTest::newRow("lease") << lease;
}

void TestPlanDialog::fitsASmallWindow() {
    QFETCH(Plan, plan);
    QWidget window;
    window.resize(1180, 700);
    window.show();
    PlanDialog dialog(QStringLiteral("lga1 New York"), plan.request, &window);
    dialog.setNow(kNowMs);
    dialog.start();
    dialog.setPlan(plan, dialog.question());
    dialog.setForceOff(QStringLiteral("force is not for you at lga1: your role there is operator, planner, technician. Ask an admin of the site for another one"));
    dialog.show();
    const auto* area = dialog.findChild<PlanDecision*>()->findChild<QScrollArea*>();
    QVERIFY2(area->widget()->minimumSizeHint().width() <= area->viewport()->width(), qPrintable(QStringLiteral("%1 in %2").arg(area->widget()->minimumSizeHint().width()).arg(area->viewport()->width())));
    QVERIFY2(dialog.width() <= 1180 && dialog.height() <= 700, qPrintable(QStringLiteral("%1 x %2").arg(dialog.width()).arg(dialog.height())));
    QCOMPARE(dialog.findChild<QPushButton*>(QStringLiteral("cancel"))->visibleRegion().boundingRect().size(), dialog.findChild<QPushButton*>(QStringLiteral("cancel"))->size());
}

void TestPlanDialog::aSwapTellsTheStepsOfEachNode() {
    Plan plan = samples::smallPlan(kNowMs);
    plan.request.verb = Verb::swap;
    PlanTarget comes = plan.targets.front(), leaves = comes;
    comes.steps = {StepKind::precheck, StepKind::scrub};
    leaves.nodeId = "lga1/b07-r05-u99";
    leaves.steps = {StepKind::close, StepKind::wait};
    plan.targets = {comes, leaves};
    Fixture f(plan);
    const auto told = [&f] {
        QString words;
        for (const Line* line : f.dialog.findChildren<Line*>()) words += line->text() + QLatin1Char('\n');
        return words;
    };
    auto* targets = f.dialog.findChild<QTableView*>(QStringLiteral("planTargets"));
    QVERIFY2(told().contains(QStringLiteral("1 precheck 2 scrub")), qPrintable(told()));
    targets->setCurrentIndex(targets->model()->index(1, 0));
    QVERIFY2(told().contains(QStringLiteral("What is done on b07-r05-u99")) && told().contains(QStringLiteral("1 close* 2 wait")), qPrintable(told()));
}

void TestPlanDialog::lastStart_data() {
    QTest::addColumn<QString>("typed");
    QTest::addColumn<qlonglong>("ms");
    QTest::addColumn<QString>("wrong");
    // kNowMs is 2025-11-24 16:00 UTC.
    constexpr qlonglong kHour = 3'600'000;
    QTest::newRow("none") << QString() << qlonglong{0} << QString();
    QTest::newRow("span") << QStringLiteral("2h") << qlonglong{kNowMs + 2 * kHour} << QString();
    QTest::newRow("later today") << QStringLiteral("18:30") << qlonglong{kNowMs + 5 * kHour / 2} << QString();
    QTest::newRow("tomorrow") << QStringLiteral("9:00") << qlonglong{kNowMs + 17 * kHour} << QString();
    QTest::newRow("now is over") << QStringLiteral("16:00") << qlonglong{kNowMs + 24 * kHour} << QString();
    QTest::newRow("moment") << QStringLiteral("2025-11-25 16:00") << qlonglong{kNowMs + 24 * kHour} << QString();
    QTest::newRow("past") << QStringLiteral("2025-11-23 16:00") << qlonglong{0} << QStringLiteral("has passed");
    QTest::newRow("no span") << QStringLiteral("0h") << qlonglong{0} << QStringLiteral("has passed");
    QTest::newRow("no time") << QStringLiteral("25:00") << qlonglong{0} << QStringLiteral("is no time");
    QTest::newRow("a day is not a start") << QStringLiteral("2025-11-25") << qlonglong{0} << QStringLiteral("is no time");
    QTest::newRow("too far") << QStringLiteral("999999999w") << qlonglong{0} << QStringLiteral("10 years");
}

void TestPlanDialog::lastStart() {
    QFETCH(QString, typed);
    QFETCH(qlonglong, ms);
    QFETCH(QString, wrong);
    const auto last = parseLastStart(typed, kNowMs);
    QCOMPARE(last.ok(), wrong.isEmpty());
    if (last.ok()) QCOMPARE(qlonglong{*last}, ms);
    else QVERIFY2(QString::fromStdString(std::string(sentenceOf(last.status()))).contains(wrong), std::string(sentenceOf(last.status())).c_str());
}

void TestPlanDialog::startReachesTheRequestAndThePreview() {
    Fixture f(samples::smallPlan(kNowMs));
    QSignalSpy planned(&f.dialog, &PlanDialog::planRequested);
    const auto asked = [&] { return planned.last().at(0).value<PlanRequest>(); };
    auto* queue = f.dialog.findChild<QCheckBox*>(QStringLiteral("queue"));
    QVERIFY(!queue->isChecked());
    queue->click();
    QVERIFY(asked().queue && asked().notAfterWallMs == 0);
    Plan plan = samples::smallPlan(kNowMs);
    f.dialog.setPlan(plan, f.dialog.question() - 1); // not queued: what was asked for before
    QVERIFY(!f.notice().isEmpty());
    plan.request = asked();
    plan.targets.front().queuedBehind = "lga1/01JDACTION0000000000008815";
    f.dialog.setPlan(plan, f.dialog.question());
    const auto facts = [&] {
        QStringList words;
        for (const QWidget* fact : f.dialog.findChild<PlanStrip*>()->findChildren<QWidget*>()) words << fact->accessibleName();
        return words.join(QLatin1Char('\n'));
    };
    QVERIFY2(facts().contains(QStringLiteral("starts: queued, behind A-08815")), qPrintable(facts()));
    auto* last = f.dialog.findChild<QLineEdit*>(QStringLiteral("notAfter"));
    last->setText(QStringLiteral("yesterday"));
    QVERIFY2(f.whyNot().startsWith(QStringLiteral("Not after:")), qPrintable(f.whyNot()));
    last->setText(QStringLiteral("2h"));
    QTest::keyClick(last, Qt::Key_Return);
    const std::int64_t twoHours = systemClock().wallMs() + 2 * 3'600'000;
    QVERIFY(asked().queue && std::abs(asked().notAfterWallMs - twoHours) < 60'000);
    plan.request = asked();
    f.dialog.setPlan(plan, f.dialog.question());
    QVERIFY2(facts().contains(QStringLiteral("not after ")), qPrintable(facts()));
}

void TestPlanDialog::leaseIsNotQueued() {
    LeaseForm f;
    auto* queue = f.dialog.findChild<QCheckBox*>(QStringLiteral("queue"));
    QVERIFY(!queue->isEnabled());
    QVERIFY2(queue->text().contains(QStringLiteral("a lease is not queued")), qPrintable(queue->text()));
    QVERIFY(f.field("notAfter")->isEnabled());
}

void TestPlanDialog::aLeaseMayBeAllOrNothing() {
    LeaseForm f;
    auto* all = f.dialog.findChild<QCheckBox*>(QStringLiteral("allOrNothing"));
    QVERIFY(!all->isChecked());
    QTest::keyClicks(f.field("tenant"), QStringLiteral("helix-bio"));
    f.button("preview")->click();
    QVERIFY(!f.asked().allOrNothing);
    const auto facts = [&] {
        QStringList words;
        for (const QWidget* fact : f.dialog.findChild<PlanStrip*>()->findChildren<QWidget*>()) words << fact->accessibleName();
        return words.join(QLatin1Char('|'));
    };
    Plan plan = leasePlan(f.asked());
    plan.targets.push_back(plan.targets.front());
    plan.targets.back().eligible = false;
    f.dialog.setPlan(plan, f.dialog.question());
    QVERIFY2(facts().contains(QStringLiteral("takes: as many as fit, 1 of 2 nodes")), qPrintable(facts()));
    QTest::keyClick(all, Qt::Key_Space);
    QVERIFY(f.asked().allOrNothing);
    plan.request = f.asked();
    plan.targets.front().eligible = false;
    f.dialog.setPlan(plan, f.dialog.question());
    QVERIFY(all->isChecked());
    QVERIFY2(facts().contains(QStringLiteral("takes: all or nothing, 0 of 2 nodes")), qPrintable(facts()));
}

void TestPlanDialog::wavesStandInThePlan() {
    Fixture f(samples::drainPlan(kNowMs));
    auto* waves = f.dialog.findChild<QWidget*>(QStringLiteral("planWaves"));
    QVERIFY(waves->isVisible());
    QStringList names;
    for (const QWidget* part : waves->findChildren<QWidget*>()) names << part->accessibleName();
    QVERIFY2(names.contains(QStringLiteral("wave 1: 1 node, wave 2: 2 nodes, wave 3: 31 nodes")), qPrintable(names.join(QLatin1Char('|'))));
    QVERIFY(f.dialog.findChild<Line*>(QStringLiteral("planBreaker"))->text().contains(QStringLiteral("3 failures or 10 % of a wave")));
    Fixture one(samples::smallPlan(kNowMs)); // one node has nothing to wait for
    QVERIFY(!one.dialog.findChild<QWidget*>(QStringLiteral("planWaves"))->isVisible());
}

void TestPlanDialog::aSwapNamesBothNodes() {
    Plan plan = samples::smallPlan(kNowMs);
    plan.request.verb = Verb::swap;
    plan.targets.insert(plan.targets.begin(), plan.targets.front());
    plan.targets.front().nodeId = "lga1/b07-r05-u99";
    PlanDialog dialog(QStringLiteral("lga1 New York"), plan.request);
    QVERIFY2(dialog.windowTitle().startsWith(QStringLiteral("Swap b07-r05-u08 at")), qPrintable(dialog.windowTitle()));
    plan.request.details.replacement = "lga1/b07-r05-u99"; // the controller has chosen
    dialog.start();
    dialog.setPlan(plan, dialog.question());
    QCOMPARE(dialog.windowTitle(), QStringLiteral("Swap b07-r05-u08 for b07-r05-u99 at lga1 New York"));
}

void TestPlanDialog::aReturnTakesNothingOut() {
    Plan plan = samples::smallPlan(kNowMs);
    const auto said = [](const PlanDialog& dialog) {
        QString words;
        for (const Line* line : dialog.findChildren<Line*>()) words += line->text() + QLatin1Char('\n');
        return words;
    };
    Fixture drain(plan);
    QVERIFY(said(drain.dialog).contains(QStringLiteral("share taken out")));
    plan.request.verb = Verb::giveBack;
    Fixture back(plan);
    QVERIFY2(said(back.dialog).contains(QStringLiteral("share that comes back")) && !said(back.dialog).contains(QStringLiteral("taken out")), qPrintable(said(back.dialog)));
}

void TestPlanDialog::anApproverIsDescribed() {
    Fixture f(samples::drainPlan(kNowMs));
    const auto said = [&f] {
        QString words;
        for (const Paragraph* part : f.dialog.findChild<PlanDecision*>()->findChildren<Paragraph*>()) words += part->text();
        return words;
    };
    QVERIFY2(said().contains(QStringLiteral("an operator or admin of lga1, never who submits")), qPrintable(said()));
    f.planAgain(samples::smallPlan(kNowMs));
    QVERIFY(!said().contains(QStringLiteral("approve")));
}

void TestPlanDialog::eachTenantHasItsOwnText() {
    Plan plan = samples::drainPlan(kNowMs);
    plan.targets[1].leases = {"LS-4388"};
    Fixture f(plan);
    auto* text = f.dialog.findChild<QPlainTextEdit*>(QStringLiteral("tenantText"));
    QVERIFY2(text->toPlainText().contains(QStringLiteral("To the holder of lease LS-4388:")), qPrintable(text->toPlainText())); // nobody has said whose it is
    f.dialog.setHolds([](const std::string& nodeId) { return std::vector<LeaseHold>{nodeId == "lga1/b07-r05-u14" ? LeaseHold{"LS-4388", "northwind-ai", 4} : LeaseHold{"LS-4402", "helix-bio", 8}}; });
    const QStringList texts = text->toPlainText().split(QStringLiteral("\n\n"));
    QCOMPARE(texts.size(), 2);
    QVERIFY2(texts[0].startsWith(QStringLiteral("To helix-bio:\nWe take 33 of your nodes at lga1 New York out of use.")), qPrintable(texts[0]));
    QVERIFY2(texts[0].contains(QStringLiteral("Lease LS-4402 (33 nodes, 264 GPUs): b07-r05-u08, b07-r05-u20")), qPrintable(texts[0]));
    QVERIFY2(!texts[0].contains(QStringLiteral("northwind")) && !texts[0].contains(QStringLiteral("b07-r05-u14")), qPrintable(texts[0])); // no tenant is told of another
    QVERIFY2(texts[1].endsWith(QStringLiteral("Lease LS-4388 (1 node, 4 GPUs): b07-r05-u14")), qPrintable(texts[1]));
    QTest::mouseClick(f.dialog.findChild<QPushButton*>(QStringLiteral("copyTenantText")), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), text->toPlainText());
}

void TestPlanDialog::tenantTextsFollowThePlan_data() {
    QTest::addColumn<PlanRequest>("request");
    QTest::addColumn<QString>("words"); // empty: there is no text
    const auto request = [](Verb verb, DeadlinePolicy policy, std::int64_t deadlineMs) { return PlanRequest{.verb = verb, .deadlineMs = deadlineMs, .atDeadline = policy}; };
    QTest::newRow("drain that asks") << request(Verb::drain, DeadlinePolicy::ask, 600'000) << QStringLiteral("have 10 m from the close of their node; then we decide about those still running");
    QTest::newRow("drain that forces") << request(Verb::drain, DeadlinePolicy::force, 600'000) << QStringLiteral("those still running then are ended");
    QTest::newRow("drain without a deadline") << request(Verb::drain, DeadlinePolicy::force, 0) << QStringLiteral("we end none");
    QTest::newRow("release") << request(Verb::release, DeadlinePolicy::ask, 600'000) << QStringLiteral("We end your lease on 1 of your nodes");
    QTest::newRow("reboot") << request(Verb::reboot, DeadlinePolicy::ask, 600'000) << QStringLiteral("We reboot 1 of your nodes");
    QTest::newRow("return takes nothing") << request(Verb::giveBack, DeadlinePolicy::ask, 600'000) << QString();
}

void TestPlanDialog::tenantTextsFollowThePlan() {
    QFETCH(PlanRequest, request);
    QFETCH(QString, words);
    Plan plan = samples::smallPlan(kNowMs);
    plan.request = request;
    const auto texts = tenantTexts(plan, {}, QStringLiteral("lga1"));
    QCOMPARE(texts.isEmpty(), words.isEmpty());
    if (!texts.isEmpty()) QVERIFY2(texts.front().text.contains(words), qPrintable(texts.front().text));
    plan.targets.front().eligible = false; // stays as it is
    QVERIFY(tenantTexts(plan, {}, QStringLiteral("lga1")).isEmpty());
}

void TestPlanDialog::aPlanCanBeExportedOnceItIsThere() {
    const Plan plan = samples::drainPlan(kNowMs);
    PlanDialog dialog(QStringLiteral("lga1 New York"), plan.request);
    const auto* button = dialog.findChild<QPushButton*>(QStringLiteral("exportPlan"));
    QVERIFY(!button->isEnabled() && !button->toolTip().isEmpty());
    dialog.setNow(kNowMs);
    dialog.start();
    dialog.setPlan(plan, dialog.question());
    QVERIFY(button->isEnabled());
    const auto* why = dialog.findChild<Line*>(QStringLiteral("whyNot"));
    const QString before = why->text();
    dialog.tell(QStringLiteral("/tmp/plan.json written"), Sign::check);
    QCOMPARE(why->text(), QStringLiteral("/tmp/plan.json written"));
    dialog.setNow(kNowMs + 11'000); // why Submit is closed has its line again
    QCOMPARE(why->text(), before);
}

void TestPlanDialog::anOpenQuestionForTheFileHoldsNothingUp_data() {
    QTest::addColumn<QString>("then");
    QTest::addColumn<int>("exports");
    QTest::newRow("a file is named") << QStringLiteral("named") << 1;
    QTest::newRow("cancelled") << QStringLiteral("cancelled") << 0;
    QTest::newRow("the dialog is gone before") << QStringLiteral("gone") << 0; // the controller accepted, or the console ends
}

void TestPlanDialog::anOpenQuestionForTheFileHoldsNothingUp() {
    QFETCH(QString, then);
    QFETCH(int, exports);
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("plan.json"));
    auto f = std::make_unique<Fixture>(samples::drainPlan(kNowMs));
    int asked = 0;
    QString named;
    connect(&f->dialog, &PlanDialog::exportWanted, this, [&](const QString& chosen) {
        ++asked;
        named = chosen;
    });
    auto* button = f->dialog.findChild<QPushButton*>(QStringLiteral("exportPlan"));
    bool waited = false;
    // A question with an event loop of its own would end here only.
    QTimer::singleShot(2'000, this, [&] {
        waited = true;
        if (auto* modal = qobject_cast<QDialog*>(QApplication::activeModalWidget())) modal->reject();
    });
    QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(!waited);
    const QPointer<QFileDialog> question = f->dialog.findChild<QFileDialog*>();
    QVERIFY(question && question->isVisible());
    QVERIFY2(question->selectedFiles().value(0).endsWith(QStringLiteral(".json")) && QFileInfo(question->selectedFiles().value(0)).path() == QDir::homePath(), qPrintable(question->selectedFiles().join(QLatin1Char(' '))));
    question->selectFile(path);
    if (then == QStringLiteral("named")) static_cast<QDialog*>(question)->accept();
    else if (then == QStringLiteral("cancelled")) question->reject();
    else f.reset();
    QTRY_VERIFY(!question);
    QCOMPARE(asked, exports);
    if (exports > 0) QCOMPARE(named, path);
    if (!f) return;
    f->fill();
    QVERIFY(button->isEnabled());
    QTest::mouseClick(f->submit(), Qt::LeftButton);
    QVERIFY(!button->isEnabled() && button->toolTip() == QStringLiteral("it is being submitted"));
    f->dialog.setNotSubmitted(kNotSubmitted, {QStringLiteral("lga1 does not answer")});
    QVERIFY(button->isEnabled());
}

void TestPlanDialog::theHeatmapGetsTheNodesThatWillRun() {
    Fixture f(samples::drainPlan(kNowMs));
    QSignalSpy wanted(&f.dialog, &PlanDialog::heatmapWanted);
    QTest::mouseClick(f.dialog.findChild<QPushButton*>(QStringLiteral("showOnHeatmap")), Qt::LeftButton);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted.at(0).at(0).toStringList().size(), 34);
    QVERIFY(f.dialog.isVisible()); // who opened it sets it aside
}

QTEST_MAIN(TestPlanDialog)
#include "tst_plan_dialog.moc"
