// Lease, release, approval by a second person, pause and resume through the console's dialogs, against a real site: what a person clicks is
// what runs, and nothing runs without a preview.
#include "busbar/action_coordinator.h"
#include "busbar/window.h"
#include "items/fleet_trends.h"
#include "tests/support/site_fixture.h"
#include "widgets/views/action/action_view.h"
#include "widgets/views/parts/verbs.h"
#include "widgets/views/plan/plan_strip.h"

#include <QCheckBox>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::console;
using busbar::test::SiteFixture;

namespace {

constexpr int kRunMs = 120'000;

std::string why(const Action& action) {
    std::string text = action.sentence;
    for (const TargetRecord& target : action.targets)
        for (const StepRecord& step : target.steps) text += "\n" + target.nodeId + " " + std::string(toString(step.kind)) + " " + std::string(toString(step.state)) + ": " + step.sentence;
    return text;
}

/// A console of one user.
struct Desk {
    explicit Desk(const SiteFixture& site, const QString& profile) {
        auto session = session::FleetSession::openFile(site.path(QStringLiteral("config/profiles/%1.toml").arg(profile)).toStdString());
        if (!session.ok()) return;
        live = std::make_unique<LiveFleet>(*std::move(session));
        window = std::make_unique<Window>(0, std::make_shared<items::FleetTrends>());
        window->setLive(*live);
        window->frame().resize(1400, 900);
        window->frame().show();
    }
    bool ready() {
        return live && QTest::qWaitFor([this] { return live->facts().usableSites == 1 && live->actions().synced("tst1") && !live->session().roles("tst1").empty(); }, 20'000);
    }
    store::ActionPtr newest() const { return live->actions().all().empty() ? nullptr : live->actions().all().front(); }
    views::PlanDialog* plan(Verb verb, const QStringList& ids) {
        window->coordinator()->plan(verb, ids);
        const auto find = [this] { return window->frame().findChild<views::PlanDialog*>(); };
        return QTest::qWaitFor([&] { return find() != nullptr; }, 5'000) ? find() : nullptr;
    }
    /// Gives a reason and presses Submit; false when it stayed closed.
    static bool submit(views::PlanDialog* dialog) {
        QTest::keyClicks(dialog->findChild<QPlainTextEdit*>(QStringLiteral("reason")), QStringLiteral("contract 17"));
        auto* button = dialog->findChild<QPushButton*>(QStringLiteral("submit"));
        if (auto* count = dialog->findChild<QLineEdit*>(QStringLiteral("typedCount"))) {
            if (!QTest::qWaitFor([&] { return button->isEnabled() || count->isVisible(); }, 10'000)) return false;
            if (count->isVisible()) QTest::keyClicks(count, QStringLiteral("2"));
        }
        if (!QTest::qWaitFor([&] { return button->isEnabled(); }, 10'000)) return false;
        QTest::mouseClick(button, Qt::LeftButton);
        return true;
    }
    /// What stands in the plan dialog in place of the facts.
    std::string notice() const {
        const auto* dialog = window->frame().findChild<views::PlanDialog*>();
        return dialog == nullptr ? std::string() : dialog->findChild<views::PlanStrip*>()->notice().toStdString();
    }
    views::ActionView* actions() const { return window->frame().findChild<views::ActionView*>(); }
    QPushButton* button(const char* name) const { return actions()->findChild<QPushButton*>(QLatin1String(name)); }
    QString banner() const { return actions()->findChild<QWidget*>(QStringLiteral("actionBanner"))->findChild<views::Line*>()->text(); }
    /// Answers the dialog that a key or button opened; false when none came.
    bool confirm(const QString& reason) {
        auto* dialog = actions()->findChild<views::DecideDialog*>();
        if (dialog == nullptr) return false;
        dialog->findChild<QLineEdit*>(QStringLiteral("decideReason"))->setText(reason);
        dialog->findChild<QPushButton*>(QStringLiteral("confirmDecision"))->click();
        return true;
    }
    std::unique_ptr<LiveFleet> live;
    std::unique_ptr<Window> window;
};

} // namespace

class TestConsoleVerbs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void verbsNotForTheRoleAreOffAndSayWhy();
    void nothingStartsWithoutAPreview();
    void leaseThroughTheDialogEndsInEvidence();
    void leasedNodeIsReleasedThroughTheDialog();
    void secondPersonApproves();
    void pausedActionStartsNothingUntilItIsResumed();
    void pauseBetweenWavesHoldsTheNextOne();
    void queuedBehindTheActionThatHoldsTheNode();

private:
    QString node(const char* name) const { return m_site.nodeId(QLatin1String(name)); }
    QJsonObject json(const QStringList& words) const { return m_site.ctl(QStringList{QStringLiteral("-o"), QStringLiteral("json")} + words).json().object(); }
    QString fact(const char* name, const char* which) const { return json({QStringLiteral("node"), node(name)}).value(QLatin1String(which)).toString(); }
    bool bothAre(const QString& service) const { return fact("sim1", "service") == service && fact("sim2", "service") == service; }
    bool returnBoth();
    /// A process that holds GPU 0 of sim1 until it is killed.
    bool hold(QProcess& tenant) const;
    /// Two GPUs with little memory, which a CPU can fill and check in seconds.
    bool makeSmall(const char* name) const;

    SiteFixture m_site;
};

void TestConsoleVerbs::initTestCase() {
    // Two nodes go in two waves; as sites run: what is over the threshold needs a second person.
    const QString approve = QStringLiteral("sed -i 's/approval = \"none\"/approval = \"second-person\"/' '%1'; printf '\\n[waves]\\nfrom_nodes = 1\\n' >> '%1'; exec \"$@\"").arg(m_site.path(QStringLiteral("controller.toml")));
    m_site.setController({QStringLiteral("sh"), QStringLiteral("-c"), approve, QStringLiteral("sh")}, {});
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    // The CUDA double where the agents look for the driver.
    QVERIFY(QDir().mkpath(m_site.path(QStringLiteral("driver"))));
    QVERIFY(QFile::link(QStringLiteral(BUSBAR_BIN_DIR "/../lib/libfake_cuda.so"), m_site.path(QStringLiteral("driver/libcuda.so.1"))));
    test::AgentOptions options;
    options.environment = {QStringLiteral("BUSBAR_DRIVER_PATH=") + m_site.path(QStringLiteral("driver"))};
    for (const char* name : {"sim1", "sim2"}) {
        QVERIFY(makeSmall(name));
        QVERIFY2(m_site.startAgent(QLatin1String(name), options), qPrintable(m_site.error()));
        QVERIFY2(m_site.waitForLink(QLatin1String(name), QStringLiteral("connected")), qPrintable(m_site.error()));
    }
}

bool TestConsoleVerbs::makeSmall(const char* name) const {
    QDir().mkpath(m_site.path(QStringLiteral("agents/") + QLatin1String(name)));
    QFile file(m_site.driverState(QLatin1String(name)));
    if (!m_site.driver(QLatin1String(name), {QStringLiteral("set"), QStringLiteral("0"), QStringLiteral("memory_mib"), QStringLiteral("1800")}) || !file.open(QIODevice::ReadWrite)) return false;
    QJsonObject state = QJsonDocument::fromJson(file.readAll()).object();
    const QJsonArray all = state.value(QStringLiteral("gpus")).toArray();
    QJsonArray gpus;
    for (int i = 0; i < 2 && i < all.size(); ++i) {
        QJsonObject gpu = all.at(i).toObject();
        gpu.insert(QStringLiteral("memory_mib"), 1800);
        gpus.append(gpu);
    }
    state.insert(QStringLiteral("gpus"), gpus);
    file.resize(0);
    file.seek(0);
    return gpus.size() == 2 && file.write(QJsonDocument(state).toJson()) > 0;
}

void TestConsoleVerbs::verbsNotForTheRoleAreOffAndSayWhy() {
    Desk desk(m_site, QStringLiteral("operator"));
    QVERIFY(desk.ready());
    desk.window->selection().set({node("sim1").toStdString()});
    auto& commands = desk.window->frame().commands();
    for (const char* word : {"lease", "provision"}) QVERIFY2(commands.run(QStringLiteral("plan.") + QLatin1String(word)).contains(QStringLiteral("your role there is operator")), word);
    QVERIFY(commands.run(QStringLiteral("plan")).isEmpty()); // the menu of verbs
    auto* menu = desk.window->frame().findChild<QMenu*>(QStringLiteral("verbMenu"));
    QVERIFY(menu != nullptr && menu->isVisible());
    for (const views::VerbInfo& info : views::verbTable()) {
        const auto* entry = menu->findChild<QAction*>(QStringLiteral("plan.") + QString::fromUtf8(toString(info.verb).data(), static_cast<qsizetype>(toString(info.verb).size())));
        QCOMPARE(entry->isEnabled(), allows(Role::operator_, info.right));
        if (!entry->isEnabled()) QVERIFY2(entry->toolTip().contains(QStringLiteral("your role there is operator")), qPrintable(entry->toolTip()));
    }
    menu->close();
}

void TestConsoleVerbs::nothingStartsWithoutAPreview() {
    Desk desk(m_site, QStringLiteral("admin"));
    QVERIFY(desk.ready());
    desk.window->selection().set({node("sim1").toStdString()});
    const auto count = [this] { return json({QStringLiteral("actions")}).value(QStringLiteral("actions")).toArray().size(); };
    const auto before = count();
    for (const views::VerbInfo& info : views::verbTable()) {
        QVERIFY(desk.window->frame().commands().run(QStringLiteral("plan.") + info.title.toLower()).isEmpty());
        auto* dialog = desk.window->frame().findChild<views::PlanDialog*>();
        QVERIFY2(dialog != nullptr, qPrintable(info.title));
        QVERIFY(!dialog->findChild<QPushButton*>(QStringLiteral("submit"))->isEnabled());
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(!desk.window->frame().findChild<views::PlanDialog*>());
    }
    QTest::qWait(300);
    QCOMPARE(count(), before);
}

void TestConsoleVerbs::leaseThroughTheDialogEndsInEvidence() {
    Desk desk(m_site, QStringLiteral("admin"));
    QVERIFY(desk.ready());
    QTRY_VERIFY_WITH_TIMEOUT(fact("sim1", "state") == QStringLiteral("ready"), 20'000);
    auto* dialog = desk.plan(Verb::lease, {node("sim1")});
    QVERIFY(dialog);
    auto* tenant = dialog->findChild<QLineEdit*>(QStringLiteral("tenant"));
    QTest::keyClicks(tenant, QStringLiteral("helix-bio"));
    dialog->findChild<QLineEdit*>(QStringLiteral("until"))->setText(QStringLiteral("14d"));
    dialog->findChild<QLineEdit*>(QStringLiteral("powerCap"))->setText(QStringLiteral("400"));
    QTest::keyClick(tenant, Qt::Key_Return);
    QVERIFY(Desk::submit(dialog));
    QTRY_VERIFY_WITH_TIMEOUT(desk.newest() && desk.newest()->verb == Verb::lease && isFinal(desk.newest()->state), kRunMs);
    const Action& action = *desk.newest();
    QVERIFY2(action.state == ActionState::succeeded, why(action).c_str());
    QCOMPARE(action.details.tenant, std::string("helix-bio"));
    QVERIFY(action.details.untilWallMs > action.createdWallMs);
    QCOMPARE(fact("sim1", "occupancy"), QStringLiteral("leased"));
    const auto& steps = action.targets.front().steps;
    const auto set = [](const StepRecord& step) { return std::ranges::any_of(step.evidence, [](const Evidence& fact) { return fact.fact == "power limit" && fact.after.starts_with("400") && fact.verdict == Verdict::asSet; }); };
    QVERIFY(std::ranges::any_of(steps, set));
    QCOMPARE(desk.window->where().view, view_id::kActions);
    // Its evidence: every signature checked, exported, and proven again offline by another program; a changed file is not.
    desk.actions()->findChild<QPushButton*>(QStringLiteral("allEvidence"))->click();
    auto* evidence = desk.actions()->findChild<views::EvidenceView*>();
    QVERIFY(evidence);
    auto* signature = evidence->findChild<views::Line*>(QStringLiteral("signature"));
    QTRY_VERIFY2_WITH_TIMEOUT(signature->text().contains(QStringLiteral("verified")) && signature->text().contains(QStringLiteral("node/tst1/sim1")), qPrintable(signature->text()), 20'000);
    const QString path = m_site.path(QStringLiteral("evidence.json"));
    Q_EMIT evidence->exportWanted(path);
    auto* told = evidence->findChild<views::Line*>(QStringLiteral("exportTold"));
    QTRY_VERIFY2_WITH_TIMEOUT(told->text().contains(QStringLiteral("written")), qPrintable(told->text()), 20'000);
    StatusOr<session::EvidencePtr> read = absl::UnknownError("not read");
    const auto verify = [&] {
        bool done = false;
        desk.live->actions().verifyExport(path.toStdString(), [&](const StatusOr<session::EvidencePtr>& answer) {
            read = answer;
            done = true;
        });
        return QTest::qWaitFor([&] { return done; }, 10'000);
    };
    QVERIFY(verify());
    QVERIFY2(read.ok(), std::string(sentenceOf(read.status())).c_str());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QByteArray text = file.readAll();
    QVERIFY(text.contains("helix-bio"));
    text.replace("helix-bio", "helix-bia");
    QVERIFY(file.seek(0) && file.write(text) == text.size());
    file.close();
    QVERIFY(verify());
    QVERIFY(!read.ok());
    Q_EMIT evidence->exportWanted(QStringLiteral("/nonexistent/evidence.json"));
    QTRY_VERIFY2_WITH_TIMEOUT(told->text().contains(QStringLiteral("Not exported")), qPrintable(told->text()), 20'000);
}

void TestConsoleVerbs::leasedNodeIsReleasedThroughTheDialog() {
    Desk desk(m_site, QStringLiteral("operator"));
    QVERIFY(desk.ready());
    auto* dialog = desk.plan(Verb::release, {node("sim1")});
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->findChild<QPushButton*>(QStringLiteral("cancel"))->isDefault(), 10'000); // never less than level B
    QVERIFY(Desk::submit(dialog));
    QTRY_VERIFY_WITH_TIMEOUT(desk.newest() && desk.newest()->verb == Verb::release && isFinal(desk.newest()->state), kRunMs);
    QVERIFY2(desk.newest()->state == ActionState::succeeded, why(*desk.newest()).c_str());
    QCOMPARE(fact("sim1", "occupancy"), QStringLiteral("free"));
}

void TestConsoleVerbs::secondPersonApproves() {
    Desk desk(m_site, QStringLiteral("operator"));
    QVERIFY(desk.ready());
    auto* dialog = desk.plan(Verb::drain, {node("sim1"), node("sim2")}); // the rack as a whole
    QVERIFY(dialog);
    QVERIFY(Desk::submit(dialog));
    QTRY_VERIFY2_WITH_TIMEOUT(desk.newest() && desk.newest()->state == ActionState::awaitingApproval, (desk.notice() + desk.newest()->sentence).c_str(), 20'000);
    QTRY_VERIFY2(desk.banner().contains(QStringLiteral("you submitted it, so another person has to approve it")), qPrintable(desk.banner()));
    QVERIFY(!desk.button("approve")->isEnabled());
    QTest::keyClick(desk.actions(), Qt::Key_V);
    QVERIFY(!desk.actions()->findChild<views::DecideDialog*>());

    Desk other(m_site, QStringLiteral("admin"));
    QVERIFY(other.ready());
    other.window->goTo({view_id::kActions, {}, {}});
    QTRY_VERIFY(other.actions()->current() && other.actions()->current()->id == desk.newest()->id);
    QTRY_VERIFY(other.button("approve")->isVisible() && other.button("approve")->isEnabled());
    QTest::mouseClick(other.button("approve"), Qt::LeftButton);
    auto* decide = other.actions()->findChild<views::DecideDialog*>();
    QVERIFY(decide);
    QVERIFY(decide->findChild<QPushButton*>(QStringLiteral("cancelDecision"))->isDefault());
    QVERIFY(!decide->findChild<QPushButton*>(QStringLiteral("confirmDecision"))->isEnabled()); // why is not said yet
    QVERIFY(other.confirm(QStringLiteral("seen, go on")));
    QTRY_VERIFY_WITH_TIMEOUT(isFinal(desk.newest()->state), kRunMs);
    QVERIFY2(desk.newest()->state == ActionState::succeeded, why(*desk.newest()).c_str());
    QCOMPARE(desk.newest()->actor, std::string("operator"));
    QCOMPARE(desk.newest()->approvedBy, std::string("admin"));
    QVERIFY(bothAre(QStringLiteral("drained")));
    QVERIFY(returnBoth());
}

bool TestConsoleVerbs::returnBoth() {
    return m_site.ctl({QStringLiteral("return"), node("sim1"), node("sim2"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes"), QStringLiteral("--wait")}).exitCode == 0 && bothAre(QStringLiteral("open"));
}

void TestConsoleVerbs::pausedActionStartsNothingUntilItIsResumed() {
    Desk desk(m_site, QStringLiteral("operator"));
    QVERIFY(desk.ready());
    auto* dialog = desk.plan(Verb::drain, {node("sim1"), node("sim2")});
    QVERIFY(dialog);
    QVERIFY(Desk::submit(dialog));
    QTRY_VERIFY2_WITH_TIMEOUT(desk.newest() && desk.newest()->state == ActionState::awaitingApproval, desk.notice().c_str(), 20'000);
    QTRY_VERIFY(desk.button("pause")->isVisible() && desk.button("pause")->isEnabled());
    desk.button("pause")->click();
    QVERIFY(desk.confirm(QStringLiteral("lunch")));
    QTRY_VERIFY_WITH_TIMEOUT(desk.newest()->pausedWhy == "by operator: lunch", 10'000);
    const auto approved = m_site.ctl({QStringLiteral("approve"), QString::fromStdString(desk.newest()->id), QStringLiteral("--reason"), QStringLiteral("go")}, QStringLiteral("admin"));
    QVERIFY2(approved.exitCode == 0, approved.err);
    QTRY_VERIFY2_WITH_TIMEOUT(desk.newest()->state == ActionState::paused, why(*desk.newest()).c_str(), 10'000);
    QTRY_VERIFY2(desk.banner().contains(QStringLiteral("by operator: lunch")), qPrintable(desk.banner()));
    QTest::qWait(1'500);
    for (const TargetRecord& target : desk.newest()->targets) QVERIFY(target.state == TargetState::waiting);
    QVERIFY(bothAre(QStringLiteral("open")));
    QTRY_VERIFY(desk.button("resume")->isVisible() && desk.button("resume")->isEnabled());
    desk.button("resume")->click();
    QVERIFY(desk.confirm({}));
    QTRY_VERIFY_WITH_TIMEOUT(isFinal(desk.newest()->state), kRunMs);
    QVERIFY2(desk.newest()->state == ActionState::succeeded, why(*desk.newest()).c_str());
    QVERIFY(bothAre(QStringLiteral("drained")));
}

bool TestConsoleVerbs::hold(QProcess& tenant) const {
    tenant.start(QStringLiteral("sleep"), {QStringLiteral("600")});
    return tenant.waitForStarted() && m_site.driver(QStringLiteral("sim1"), {QStringLiteral("add-process"), QStringLiteral("0"), QString::number(tenant.processId()), QStringLiteral("64")});
}

void TestConsoleVerbs::pauseBetweenWavesHoldsTheNextOne() {
    QVERIFY(returnBoth());
    QProcess tenant;
    QVERIFY(hold(tenant));
    Desk desk(m_site, QStringLiteral("operator"));
    QVERIFY(desk.ready());
    auto* dialog = desk.plan(Verb::drain, {node("sim1"), node("sim2")});
    QVERIFY(dialog);
    QVERIFY(Desk::submit(dialog));
    QTRY_VERIFY2_WITH_TIMEOUT(desk.newest() && desk.newest()->state == ActionState::awaitingApproval, desk.notice().c_str(), 20'000);
    const auto target = [&](std::size_t i) { return desk.newest()->targets.at(i); };
    QCOMPARE(target(0).nodeId, node("sim1").toStdString());
    QVERIFY(target(0).wave == 1 && target(1).wave == 2);
    QCOMPARE(m_site.ctl({QStringLiteral("approve"), QString::fromStdString(desk.newest()->id), QStringLiteral("--reason"), QStringLiteral("go")}, QStringLiteral("admin")).exitCode, 0);
    QTRY_VERIFY2_WITH_TIMEOUT(target(0).blockerCount == 1, why(*desk.newest()).c_str(), 20'000);
    QCOMPARE(desk.newest()->breaker.failureLimit, std::int64_t{3}); // told by the controller, as configured there
    QTRY_VERIFY(desk.button("pause")->isVisible() && desk.button("pause")->isEnabled());
    desk.button("pause")->click();
    QVERIFY(desk.confirm(QStringLiteral("lunch")));
    QTRY_VERIFY_WITH_TIMEOUT(desk.newest()->pausedWhy == "by operator: lunch", 10'000);
    QCOMPARE(fact("sim1", "service"), QStringLiteral("draining")); // a pause takes nothing back
    tenant.kill();
    QVERIFY(tenant.waitForFinished());
    // What is at work comes to its end; the next wave does not begin.
    QTRY_VERIFY2_WITH_TIMEOUT(target(0).state == TargetState::succeeded && desk.newest()->state == ActionState::paused, why(*desk.newest()).c_str(), kRunMs);
    QTRY_VERIFY2(desk.banner().contains(QStringLiteral("1 node not started")), qPrintable(desk.banner()));
    QTest::qWait(1'500);
    QVERIFY(target(1).state == TargetState::waiting && target(1).startedWallMs == 0);
    QCOMPARE(fact("sim2", "service"), QStringLiteral("open"));
    const std::int64_t ended = target(0).endedWallMs;
    desk.button("resume")->click();
    QVERIFY(desk.confirm(QStringLiteral("back")));
    QTRY_VERIFY_WITH_TIMEOUT(isFinal(desk.newest()->state), kRunMs);
    QVERIFY2(desk.newest()->state == ActionState::succeeded, why(*desk.newest()).c_str());
    QVERIFY(target(1).startedWallMs >= ended + 1'500);
    QVERIFY(bothAre(QStringLiteral("drained")));
    QVERIFY(returnBoth());
}

void TestConsoleVerbs::queuedBehindTheActionThatHoldsTheNode() {
    QProcess tenant;
    QVERIFY(hold(tenant));
    QVERIFY(m_site.ctl({QStringLiteral("drain"), node("sim1"), QStringLiteral("--reason"), QStringLiteral("test"), QStringLiteral("--yes")}).exitCode == 0);
    Desk desk(m_site, QStringLiteral("operator"));
    QVERIFY(desk.ready());
    QTRY_VERIFY(desk.newest() && desk.newest()->verb == Verb::drain && !isFinal(desk.newest()->state));
    const std::string drain = desk.newest()->id;
    auto* dialog = desk.plan(Verb::giveBack, {node("sim1")});
    QVERIFY(dialog);
    const auto whyNot = [&] { return dialog->findChild<views::Line*>(QStringLiteral("whyNot"))->text(); };
    QTRY_VERIFY2_WITH_TIMEOUT(whyNot().contains(QStringLiteral("No target can run")), qPrintable(whyNot()), 10'000);
    dialog->findChild<QCheckBox*>(QStringLiteral("queue"))->click(); // previews at once
    QTRY_VERIFY2_WITH_TIMEOUT(whyNot().contains(QStringLiteral("reason")), qPrintable(whyNot()), 10'000);
    auto* last = dialog->findChild<QLineEdit*>(QStringLiteral("notAfter"));
    last->setText(QStringLiteral("2h"));
    QTest::keyClick(last, Qt::Key_Return);
    QVERIFY(Desk::submit(dialog));
    QTRY_VERIFY_WITH_TIMEOUT(desk.newest()->verb == Verb::giveBack && desk.newest()->queuedBehind == drain, 20'000);
    QVERIFY(desk.newest()->queue && desk.newest()->notAfterWallMs > desk.newest()->createdWallMs);
    auto* line = desk.actions()->findChild<views::Line*>(QStringLiteral("deadline"));
    QTRY_VERIFY2(line->text().startsWith(QStringLiteral("queued behind A-")) && line->text().contains(QStringLiteral("not started by")), qPrintable(line->text()));
    tenant.kill();
    QVERIFY(tenant.waitForFinished());
    QTRY_VERIFY_WITH_TIMEOUT(isFinal(desk.newest()->state), kRunMs);
    QVERIFY2(desk.newest()->state == ActionState::succeeded, why(*desk.newest()).c_str());
    QCOMPARE(fact("sim1", "service"), QStringLiteral("open"));
}

QTEST_MAIN(TestConsoleVerbs)
#include "tst_console_verbs.moc"
