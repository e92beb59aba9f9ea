// The plan dialog: what is default and focused, what keeps Submit closed, what survives an error, what a confirm click sends.
#include "shell_samples.h"
#include "widgets/views/plan/friction.h"
#include "widgets/views/plan/plan_dialog.h"
#include "widgets/views/plan/plan_strip.h"

#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTest>

using namespace busbar;
using namespace busbar::views;

namespace {

constexpr std::int64_t kNowMs = 1'764'000'000'000;

struct Fixture {
    explicit Fixture(const Plan& plan) : dialog(QStringLiteral("lga1 New York"), plan.request) {
        dialog.setNow(kNowMs);
        dialog.setPlan(plan);
        dialog.show();
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
    void initTestCase() { qRegisterMetaType<SubmitIntent>(); }
    void frictionGrowsWithTheBlastRadius_data();
    void frictionGrowsWithTheBlastRadius();
    void cancelIsDefaultAndFocusedFromLevelB();
    void enterInAFieldCancels();
    void levelAIsOneEnter();
    void submitOpensWithReasonAndCount();
    void confirmSendsPlanReasonAndKey();
    void sameBodyKeepsItsKey();
    void refusedPlanShowsTheDifferences();
    void expiredPlanIsNotSubmitted();
    void changedDeadlineAsksForANewPlan();
    void blockedSiteClosesSubmit();
    void nothingEligibleCannotBeSubmitted();
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

void TestPlanDialog::cancelIsDefaultAndFocusedFromLevelB() {
    Fixture f(samples::drainPlan(kNowMs));
    QVERIFY(QTest::qWaitForWindowActive(&f.dialog));
    QVERIFY(f.cancel()->isDefault());
    QVERIFY(f.cancel()->hasFocus());
    QVERIFY(!f.submit()->isEnabled());
}

void TestPlanDialog::enterInAFieldCancels() {
    Fixture f(samples::drainPlan(kNowMs));
    QVERIFY(QTest::qWaitForWindowActive(&f.dialog));
    QSignalSpy submitted(&f.dialog, &PlanDialog::submitRequested);
    f.fill();
    f.count()->setFocus();
    QTest::keyClick(f.count(), Qt::Key_Return);
    QCOMPARE(submitted.count(), 0);
    QCOMPARE(f.dialog.result(), int(QDialog::Rejected));
    QVERIFY(!f.dialog.isVisible());
}

void TestPlanDialog::levelAIsOneEnter() {
    Fixture f(samples::smallPlan(kNowMs));
    QVERIFY(QTest::qWaitForWindowActive(&f.dialog));
    QVERIFY(f.submit()->isDefault());
    QVERIFY(f.reason()->hasFocus());
    QVERIFY(!f.count()->isVisible());
    QVERIFY(!f.submit()->isEnabled()); // the reason is still missing
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
    f.dialog.setFailed(QStringLiteral("lga1 does not answer: connection refused"));
    QVERIFY(f.notice().contains(QStringLiteral("does not answer")));
    QCOMPARE(f.reason()->toPlainText(), QStringLiteral("leaf is dead"));
    QTest::mouseClick(f.submit(), Qt::LeftButton);
    f.dialog.setFailed(QStringLiteral("again"));
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
    f.dialog.setPlan(samples::drainPlan(kNowMs));
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

QTEST_MAIN(TestPlanDialog)
#include "tst_plan_dialog.moc"
