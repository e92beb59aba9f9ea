// From the intent to the evidence, through the dialogs, against a real site: what a person clicks is what runs.
#include "base/refusal.h"
#include "busbar/action_coordinator.h"
#include "busbar/window.h"
#include "items/fleet_trends.h"
#include "tests/support/json_schema.h"
#include "tests/support/site_fixture.h"
#include "widgets/views/action/action_view.h"
#include "widgets/views/frame/bars.h"
#include "widgets/views/parts/text.h"
#include "widgets/views/plan/plan_strip.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::console;
using busbar::test::SiteFixture;

Q_DECLARE_METATYPE(busbar::Status)

namespace {

std::unique_ptr<LiveFleet> open(const SiteFixture& site, const QString& profile) {
    auto session = session::FleetSession::openFile(site.path(QStringLiteral("config/profiles/%1.toml").arg(profile)).toStdString());
    return session.ok() ? std::make_unique<LiveFleet>(*std::move(session)) : nullptr;
}

/// The parts of an open plan dialog that a person uses.
struct Dialog {
    views::PlanDialog* plan = nullptr;
    QPushButton* submit() const { return plan->findChild<QPushButton*>(QStringLiteral("submit")); }
    QPushButton* cancel() const { return plan->findChild<QPushButton*>(QStringLiteral("cancel")); }
    QString notice() const { return plan->findChild<views::PlanStrip*>()->notice(); }
    QString whyNot() const { return plan->findChild<views::Line*>(QStringLiteral("whyNot"))->text(); }
    void giveReason() const { QTest::keyClicks(plan->findChild<QPlainTextEdit*>(QStringLiteral("reason")), QStringLiteral("fan noise")); }
};

} // namespace

class TestActionCoordinator : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void drainThroughTheDialogEndsInEvidence();
    void undoPlansTheReturn();
    void changedNodeIsRefusedWithItsDifference();
    void cancelSubmitsNothing();
    void anExportedPlanIsTheOneOfBusbarctl();
    void aPlanSetAsideComesBackAsItWas();
    void viewerSeesThePlanAndWhyNot();
    void silentSiteIsLeftOutAndSaid();
    void stopIsAskedAndAnswered();
    void aPlanClosedWhileSubmittedSaysSo();
    void answersAreSaidInTheStatusLine_data();
    void answersAreSaidInTheStatusLine();
    void silentSiteSwitchesActionsOff();
    void refusalIsTakenApart_data();
    void refusalIsTakenApart();
    void aClosedPlanSaysWhatIsKnown_data();
    void aClosedPlanSaysWhatIsKnown();

private:
    void useWindow(const QString& profile);
    Dialog waitForDialog();
    QString node() const { return m_site.nodeId(QStringLiteral("sim1")); }
    QString serviceOf() const { return m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("node"), node()}).json().object().value(QStringLiteral("service")).toString(); }
    store::ActionPtr newest() const { return m_live->actions().all().empty() ? nullptr : m_live->actions().all().front(); }

    SiteFixture m_site;
    std::unique_ptr<LiveFleet> m_live;
    std::unique_ptr<Window> m_window;
};

void TestActionCoordinator::initTestCase() {
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    QVERIFY2(m_site.startAgent(QStringLiteral("sim1")), qPrintable(m_site.error()));
    QVERIFY(m_site.waitForLink(QStringLiteral("sim1"), QStringLiteral("connected")));
    useWindow(QStringLiteral("operator"));
}

void TestActionCoordinator::useWindow(const QString& profile) {
    m_window.reset();
    m_live = open(m_site, profile);
    QVERIFY(m_live);
    m_window = std::make_unique<Window>(0, std::make_shared<items::FleetTrends>());
    m_window->setLive(*m_live);
    m_window->frame().show();
    QTRY_VERIFY_WITH_TIMEOUT(m_live->facts().usableSites == 1 && m_live->actions().synced("tst1") && !m_live->session().roles("tst1").empty(), 15'000);
}

Dialog TestActionCoordinator::waitForDialog() {
    const auto find = [this] { return m_window->frame().findChild<views::PlanDialog*>(); };
    return {QTest::qWaitFor([&] { return find() != nullptr; }, 5'000) ? find() : nullptr};
}

void TestActionCoordinator::drainThroughTheDialogEndsInEvidence() {
    m_window->coordinator()->plan(Verb::drain, {node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    QVERIFY(!dialog.submit()->isEnabled());
    QTRY_COMPARE_WITH_TIMEOUT(dialog.whyNot(), QStringLiteral("Submit opens when a reason is given"), 10'000);
    dialog.giveReason();
    QTRY_VERIFY(dialog.submit()->isEnabled());
    QTest::mouseClick(dialog.submit(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(newest() && newest()->state == ActionState::succeeded, 30'000);
    // The action is on the glass, with what was read back from the device.
    QCOMPARE(m_window->where().view, view_id::kActions);
    const auto* view = m_window->frame().findChild<views::ActionView*>();
    QTRY_VERIFY(view->current() && view->current()->id == newest()->id && view->current()->state == ActionState::succeeded);
    const auto& steps = newest()->targets.front().steps;
    QVERIFY(std::ranges::any_of(steps, [](const StepRecord& step) { return std::ranges::any_of(step.evidence, [](const Evidence& fact) { return fact.source == "simulated nvml" && fact.verdict == Verdict::asSet; }); }));
    QVERIFY(newest()->reason.ends_with("fan noise"));
    QCOMPARE(newest()->actor, std::string("operator"));
    QCOMPARE(serviceOf(), QStringLiteral("drained"));
    QVERIFY(!m_window->frame().findChild<views::PlanDialog*>());
}

void TestActionCoordinator::undoPlansTheReturn() {
    const std::string drain = newest()->id;
    Q_EMIT m_window->frame().findChild<views::ActionView*>()->undoRequested(drain);
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    QVERIFY(dialog.plan->request().verb == Verb::giveBack);
    dialog.giveReason();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.submit()->isEnabled(), 10'000);
    QTest::mouseClick(dialog.submit(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(newest()->verb == Verb::giveBack && newest()->state == ActionState::succeeded, 30'000);
    QCOMPARE(newest()->undoOf, drain);
    QCOMPARE(serviceOf(), QStringLiteral("open"));
}

void TestActionCoordinator::changedNodeIsRefusedWithItsDifference() {
    m_window->coordinator()->plan(Verb::drain, {node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    dialog.giveReason();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.submit()->isEnabled(), 10'000);
    // Somebody else drains it meanwhile.
    const auto other = m_site.ctl({QStringLiteral("drain"), node(), QStringLiteral("--reason"), QStringLiteral("other"), QStringLiteral("--yes"), QStringLiteral("--wait")});
    QVERIFY2(other.exitCode == 0, other.err);
    QTest::mouseClick(dialog.submit(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(dialog.notice().contains(QStringLiteral("since the plan was made")), 10'000);
    QVERIFY2(dialog.notice().contains(QStringLiteral("sim1")), qPrintable(dialog.notice()));
    QVERIFY(!dialog.submit()->isEnabled());
    QCOMPARE(dialog.plan->findChild<QPlainTextEdit*>(QStringLiteral("reason"))->toPlainText(), QStringLiteral("fan noise"));
    QTest::mouseClick(dialog.cancel(), Qt::LeftButton);
    QTRY_VERIFY(!m_window->frame().findChild<views::PlanDialog*>());
    const auto back = m_site.ctl({QStringLiteral("return"), node(), QStringLiteral("--reason"), QStringLiteral("other"), QStringLiteral("--yes"), QStringLiteral("--wait")});
    QVERIFY2(back.exitCode == 0, back.err);
}

void TestActionCoordinator::cancelSubmitsNothing() {
    const auto count = [this] { return m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("actions")}).json().object().value(QStringLiteral("actions")).toArray().size(); };
    const auto before = count();
    QVERIFY(before > 0);
    m_window->coordinator()->plan(Verb::drain, {node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    QTest::keyClick(dialog.plan, Qt::Key_Escape);
    QTRY_VERIFY(!m_window->frame().findChild<views::PlanDialog*>());
    QTest::qWait(500);
    QCOMPARE(count(), before);
    QCOMPARE(serviceOf(), QStringLiteral("open"));
}

void TestActionCoordinator::anExportedPlanIsTheOneOfBusbarctl() {
    m_window->coordinator()->plan(Verb::drain, {node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    QTRY_VERIFY_WITH_TIMEOUT(dialog.plan->plan().has_value(), 10'000);
    const QString path = m_site.path(QStringLiteral("plan.json"));
    Q_EMIT dialog.plan->exportWanted(path);
    QTRY_VERIFY2_WITH_TIMEOUT(dialog.whyNot().contains(QStringLiteral("written")), qPrintable(dialog.whyNot()), 10'000);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    const auto faults = test::JsonSchema(BUSBAR_SOURCE_DIR "/resources/schema").check("plan.json", nlohmann::json::parse(text.toStdString()));
    QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
    // The same plan asked for by busbarctl differs in its id, its times and the power drawn just then alone.
    const auto comparable = [](QJsonObject plan) {
        for (const char* own : {"id", "made", "expires", "revision", "blast_radius"}) plan.remove(QLatin1String(own));
        return plan;
    };
    const QJsonObject theirs = m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("drain"), node(), QStringLiteral("--plan")}).json().object();
    QVERIFY(!theirs.isEmpty());
    QCOMPARE(comparable(QJsonDocument::fromJson(text).object()), comparable(theirs));
    QCOMPARE(QJsonDocument::fromJson(text).object().value(QStringLiteral("id")).toString(), QString::fromStdString(dialog.plan->plan()->id));
    Q_EMIT dialog.plan->exportWanted(m_site.path(QStringLiteral("no/such/folder/plan.json")));
    QTRY_VERIFY2_WITH_TIMEOUT(dialog.whyNot().startsWith(QStringLiteral("Not exported: ")), qPrintable(dialog.whyNot()), 10'000);
    QTest::mouseClick(dialog.cancel(), Qt::LeftButton);
}

void TestActionCoordinator::aPlanSetAsideComesBackAsItWas() {
    m_window->coordinator()->plan(Verb::drain, {node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    dialog.giveReason();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.submit()->isEnabled(), 10'000);
    QTest::mouseClick(dialog.plan->findChild<QPushButton*>(QStringLiteral("showOnHeatmap")), Qt::LeftButton);
    QVERIFY(!dialog.plan->isVisible() && m_window->coordinator()->isSetAside());
    QCOMPARE(m_window->where().view, view_id::kHeatmap);
    QCOMPARE(m_window->selection().ids(), std::vector<std::string>{node().toStdString()});
    // Another plan does not push it out: it comes back first.
    m_window->coordinator()->plan(Verb::giveBack, {node()});
    QVERIFY(dialog.plan->isVisible() && !m_window->coordinator()->isSetAside());
    QVERIFY(dialog.plan->request().verb == Verb::drain && dialog.submit()->isEnabled());
    QTest::mouseClick(dialog.plan->findChild<QPushButton*>(QStringLiteral("showOnHeatmap")), Qt::LeftButton);
    QVERIFY(m_window->coordinator()->bringBack());
    QTest::mouseClick(dialog.cancel(), Qt::LeftButton);
    QTRY_VERIFY(!m_window->frame().findChild<views::PlanDialog*>());
    QVERIFY(!m_window->coordinator()->isSetAside() && !m_window->coordinator()->bringBack());
    m_window->selection().clear();
}

void TestActionCoordinator::viewerSeesThePlanAndWhyNot() {
    useWindow(QStringLiteral("viewer"));
    m_window->coordinator()->plan(Verb::drain, {node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    QTRY_VERIFY2(dialog.whyNot().contains(QStringLiteral("your role there is viewer")), qPrintable(dialog.whyNot()));
    QVERIFY(!dialog.submit()->isEnabled());
    QTest::mouseClick(dialog.cancel(), Qt::LeftButton);
    useWindow(QStringLiteral("operator"));
}

void TestActionCoordinator::silentSiteIsLeftOutAndSaid() {
    QFile one(m_site.path(QStringLiteral("config/profiles/operator.toml"))), two(m_site.path(QStringLiteral("config/profiles/two.toml")));
    QVERIFY(one.open(QIODevice::ReadOnly) && two.open(QIODevice::WriteOnly));
    two.write(one.readAll() + "[[site]]\nname = \"dark1\"\naddress = \"127.0.0.1:9\"\n");
    two.close();
    useWindow(QStringLiteral("two"));
    m_window->coordinator()->plan(Verb::drain, {QStringLiteral("dark1/n1"), node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    QCOMPARE(dialog.plan->request().nodeIds, std::vector<std::string>{node().toStdString()});
    QVERIFY2(m_window->frame().status().said().contains(QStringLiteral("dark1")), qPrintable(m_window->frame().status().said()));
    QTest::mouseClick(dialog.cancel(), Qt::LeftButton);
    useWindow(QStringLiteral("operator"));
}

void TestActionCoordinator::stopIsAskedAndAnswered() {
    QProcess tenant;
    tenant.start(QStringLiteral("sleep"), {QStringLiteral("300")});
    QVERIFY(tenant.waitForStarted());
    QVERIFY(m_site.driver(QStringLiteral("sim1"), {QStringLiteral("add-process"), QStringLiteral("0"), QString::number(tenant.processId()), QStringLiteral("1024")}));
    m_window->coordinator()->plan(Verb::drain, {node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    dialog.giveReason();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.submit()->isEnabled(), 10'000);
    QTest::mouseClick(dialog.submit(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(newest()->state == ActionState::running && !newest()->targets.front().blockers.empty(), 20'000);
    Q_EMIT m_window->frame().findChild<views::ActionView*>()->cancelRequested(newest()->id, false);
    QTRY_VERIFY_WITH_TIMEOUT(newest()->state == ActionState::cancelled, 30'000);
    QCOMPARE(serviceOf(), QStringLiteral("open"));
    tenant.kill();
    QVERIFY(tenant.waitForFinished());
}

void TestActionCoordinator::aPlanClosedWhileSubmittedSaysSo() {
    m_window->coordinator()->plan(Verb::drain, {node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    dialog.giveReason();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.submit()->isEnabled(), 10'000);
    const auto said = [this] { return m_window->frame().status().said(); };
    dialog.submit()->click();
    dialog.plan->reject(); // before any answer can be taken up
    QVERIFY2(said().startsWith(QStringLiteral("Closed while it was submitted at tst1")), qPrintable(said()));
    QTRY_VERIFY2_WITH_TIMEOUT(said().contains(QStringLiteral(" accepted at tst1: ")), qPrintable(said()), 10'000);
    QTRY_VERIFY_WITH_TIMEOUT(newest()->verb == Verb::drain && newest()->state == ActionState::succeeded, 30'000);
    const auto back = m_site.ctl({QStringLiteral("return"), node(), QStringLiteral("--reason"), QStringLiteral("other"), QStringLiteral("--yes"), QStringLiteral("--wait")});
    QVERIFY2(back.exitCode == 0, back.err);
    QTRY_VERIFY_WITH_TIMEOUT(newest()->verb == Verb::giveBack && isFinal(newest()->state), 10'000);
}

void TestActionCoordinator::answersAreSaidInTheStatusLine_data() {
    using Kind = views::DecideDialog::Kind;
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("answer");
    QTest::newRow("stop") << -1 << QStringLiteral("Not stopped at ");
    QTest::newRow("approve") << static_cast<int>(Kind::approve) << QStringLiteral("Not approved at ");
    QTest::newRow("pause") << static_cast<int>(Kind::pause) << QStringLiteral("Not paused at ");
    QTest::newRow("resume") << static_cast<int>(Kind::resume) << QStringLiteral("Not resumed at ");
    QTest::newRow("decide") << static_cast<int>(Kind::decide) << QStringLiteral("Not decided at ");
}

void TestActionCoordinator::answersAreSaidInTheStatusLine() {
    QFETCH(int, kind);
    QFETCH(QString, answer);
    QVERIFY(isFinal(newest()->state)); // whoever confirmed it did not know yet, and looks at something else by now
    m_window->goTo({view_id::kHeatmap, {}, {}});
    auto* view = m_window->frame().findChild<views::ActionView*>();
    if (kind < 0) Q_EMIT view->cancelRequested(newest()->id, false);
    else Q_EMIT view->decided(static_cast<views::DecideDialog::Kind>(kind), newest()->id, QStringLiteral("as agreed"), DeadlineDecision{});
    const QString said = QStringLiteral("%1: %2").arg(views::shortActionId(newest()->id), answer);
    QTRY_VERIFY2_WITH_TIMEOUT(m_window->frame().status().said().startsWith(said), qPrintable(m_window->frame().status().said()), 10'000);
}

void TestActionCoordinator::silentSiteSwitchesActionsOff() {
    m_window->coordinator()->plan(Verb::drain, {node()});
    const Dialog dialog = waitForDialog();
    QVERIFY(dialog.plan);
    dialog.giveReason();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.submit()->isEnabled(), 10'000);
    m_site.killController();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.whyNot().contains(QStringLiteral("Actions are off")), 10'000);
    QVERIFY(!dialog.submit()->isEnabled());
    QVERIFY(m_window->frame().staleBar().isVisible());
    m_window->goTo({view_id::kActions, {}, {}});
    const auto* gaps = m_window->frame().findChild<views::Paragraph*>(QStringLiteral("listGaps"));
    QTRY_VERIFY2_WITH_TIMEOUT(gaps->isVisible() && gaps->text().contains(QStringLiteral("tst1 is ")) && gaps->text().contains(QStringLiteral(": its actions as of ")), qPrintable(gaps->text()), 10'000);
    QTest::mouseClick(dialog.cancel(), Qt::LeftButton);
    QTRY_VERIFY(!m_window->frame().findChild<views::PlanDialog*>());
    // Not even a dialog opens now: the reason stands in the status line.
    m_window->coordinator()->plan(Verb::drain, {node()});
    QVERIFY(!m_window->frame().findChild<views::PlanDialog*>());
    QVERIFY2(m_window->frame().status().said().contains(QStringLiteral("Actions are off")), qPrintable(m_window->frame().status().said()));
}

void TestActionCoordinator::refusalIsTakenApart_data() {
    QTest::addColumn<Status>("status");
    QTest::addColumn<QString>("title");
    QTest::addColumn<QStringList>("differences");
    const auto changed = [](const std::vector<std::string>& reasons) { return refusedFor("the plan no longer holds, plan again", reasons); };
    QTest::newRow("one") << changed({"n1: skipped: it is open already; GPU-1 is closed, return that GPU by itself"}) << QStringLiteral("Refused: one thing changed since the plan was made")
                         << QStringList{QStringLiteral("n1: skipped: it is open already; GPU-1 is closed, return that GPU by itself")};
    QTest::newRow("two") << changed({"n1: a", "n2: b"}) << QStringLiteral("Refused: 2 things changed since the plan was made") << QStringList{QStringLiteral("n1: a"), QStringLiteral("n2: b")};
    QTest::newRow("other") << Status(absl::FailedPreconditionError("nothing to do: none; plan others")) << QStringLiteral("Refused by the controller") << QStringList{QStringLiteral("nothing to do: none; plan others")};
    const QString unknown = QStringLiteral("Not known whether it was submitted"), no = QStringLiteral("Not submitted"), again = QStringLiteral("Submit it again as it stands: it cannot act twice.");
    QTest::newRow("no answer in time") << Status(absl::DeadlineExceededError("Deadline Exceeded")) << unknown << QStringList{QStringLiteral("Deadline Exceeded"), again};
    QTest::newRow("the link broke") << Status(absl::UnavailableError("connection reset")) << unknown << QStringList{QStringLiteral("connection reset"), again};
    QTest::newRow("the call broke") << Status(absl::InternalError("stream ended")) << unknown << QStringList{QStringLiteral("stream ended"), again};
    QTest::newRow("an answer too large") << Status(absl::ResourceExhaustedError("larger than max")) << unknown << QStringList{QStringLiteral("larger than max"), again};
    QTest::newRow("no right") << Status(absl::PermissionDeniedError("drain is not for you")) << no << QStringList{QStringLiteral("drain is not for you")};
    QTest::newRow("no reason") << Status(absl::InvalidArgumentError("the action needs a reason")) << no << QStringList{QStringLiteral("the action needs a reason")};
}

void TestActionCoordinator::refusalIsTakenApart() {
    QFETCH(Status, status);
    QFETCH(QString, title);
    QFETCH(QStringList, differences);
    const Refusal refusal = refusalOf(status);
    QCOMPARE(refusal.title, title);
    QCOMPARE(refusal.differences, differences);
}

void TestActionCoordinator::aClosedPlanSaysWhatIsKnown_data() {
    QTest::addColumn<int>("sent");
    QTest::addColumn<QStringList>("rest");
    QTest::addColumn<QString>("words");
    const QStringList none, one{QStringLiteral("fra1")};
    const auto row = [](const char* name, Sent sent, const QStringList& rest, const char* words) { QTest::newRow(name) << static_cast<int>(sent) << rest << QString::fromLatin1(words); };
    row("cancelled", Sent::no, none, "");
    row("cancelled, others were to follow", Sent::no, one, "Cancelled at pdx1; nothing was planned at fra1 either");
    row("its answer is out", Sent::out, none, "Closed while it was submitted at pdx1: the answer is said when it comes");
    row("its answer is out, others were to follow", Sent::out, one, "Closed while it was submitted at pdx1: the answer is said when it comes; nothing was planned at fra1");
    row("its answer was lost", Sent::unknown, none, "Closed at pdx1: whether that action was accepted is not known, the actions show it if so");
    row("its answer was lost, others were to follow", Sent::unknown, one, "Closed at pdx1: whether that action was accepted is not known, the actions show it if so; nothing was planned at fra1");
}

void TestActionCoordinator::aClosedPlanSaysWhatIsKnown() {
    QFETCH(int, sent);
    QFETCH(QStringList, rest);
    QFETCH(QString, words);
    QCOMPARE(closedWords(static_cast<Sent>(sent), QStringLiteral("pdx1"), rest), words);
}

QTEST_MAIN(TestActionCoordinator)
#include "tst_action_coordinator.moc"
