// The node view: what it asks for and when, which answers it takes, what it says in each state, its keys, its tables under the model tester.
#include "items/node_selection.h"
#include "node_site.h"
#include "shell_samples.h"
#include "widgets/charts/strip_dialog.h"
#include "widgets/controls/theme.h"
#include "widgets/views/node/node_head.h"
#include "widgets/views/node/node_strips.h"
#include "widgets/views/node/node_view.h"
#include "widgets/views/parts/cell_table.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QPushButton>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>

using namespace busbar;
using namespace busbar::views;

namespace {

constexpr std::int64_t kNowMs = 1'795'444'327'000;
const LeaseInfo kLease{1, "LS-4402", "helix-bio", kNowMs - 4'500'000'000, kNowMs + 5'900'000'000};

struct Fixture {
    explicit Fixture(NodeDetail shown = samples::busyNode(kNowMs), const LeaseInfo& lease = kLease)
        : detail(std::move(shown)), site(detail, lease, kNowMs), id(QString::fromStdString(detail.id)) {
        qRegisterMetaType<Verb>();
        view.resize(1856, 978);
        view.setFleet(site.fleet(), kNowMs);
    }
    void open() {
        view.show();
        view.showNode(id);
    }
    void openWhole() {
        open();
        view.setDetail(id, detail);
        view.setHistory(id, samples::historyOf(detail, kNowMs));
    }
    QString text(const char* name) { return view.findChild<Line*>(QString::fromLatin1(name))->text(); }
    QString notice() { return view.findChild<QLabel*>(QStringLiteral("notice"))->text(); }
    bool showsNotice() { return view.findChild<QLabel*>(QStringLiteral("notice"))->isVisible(); }
    QPushButton* button(const char* name) { return view.findChild<QPushButton*>(QString::fromLatin1(name)); }
    NodeStrips& strips() { return *view.findChild<NodeStrips*>(); }
    NodeHead& head() { return *view.findChild<NodeHead*>(); }

    NodeDetail detail;
    samples::NodeSite site;
    QString id;
    items::NodeSelection selection;
    NodeView view{selection};
};

} // namespace

class TestNodeView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { controls::setTheme(*qApp, controls::Theme::dark); }
    void asksWhenOpenedAndStopsWhenHidden();
    void asksAgainOnlyAfterTheAnswer();
    void answersOfAnotherNodeAreDropped();
    void anErrorKeepsWhatIsKnown();
    void headSaysFiveFactsAndRack();
    void loadingIsSaid();
    void states_data();
    void states();
    void unknownNodeHasAWayOut();
    void unknownSiteIsNamed();
    void deniedShowsNothingElse();
    void refusedSiteSaysWhy();
    void plansAreOffWithTheReason_data();
    void plansAreOffWithTheReason();
    void keysPlanStepAndGoBack();
    void viewerMayNotPlan();
    void nodeWithoutDriverSaysWhy();
    void liveValuesJoinTheHistory();
    void lateAgentGivesNoReadings();
    void metricSwitchChangesTheStrips();
    void longerSpansAskForHistory();
    void stripOpensAsChart();
    void modelsKeepTheRules_data();
    void modelsKeepTheRules();
    void provenanceIsShown();
    void widgetsHaveNames();
};

void TestNodeView::asksWhenOpenedAndStopsWhenHidden() {
    Fixture it;
    QSignalSpy detail(&it.view, &NodeView::detailWanted), history(&it.view, &NodeView::historyWanted), watch(&it.view, &NodeView::watchWanted);
    it.view.showNode(it.id);
    QCOMPARE(detail.count() + history.count() + watch.count(), 0); // nobody sees it
    it.view.show();
    QCOMPARE(detail.count(), 1);
    QCOMPARE(detail[0][0].toString(), it.id);
    QVERIFY(history.count() >= 1);
    QCOMPARE(history[0][2].toLongLong(), qint64{900'000});
    QCOMPARE(watch.last()[0].toStringList(), QStringList{it.id});
    it.view.hide();
    QCOMPARE(watch.last()[0].toStringList(), QStringList{});
    const auto asked = detail.count();
    QTest::qWait(2'200);
    QCOMPARE(detail.count(), asked);
}

void TestNodeView::asksAgainOnlyAfterTheAnswer() {
    Fixture it;
    QSignalSpy detail(&it.view, &NodeView::detailWanted);
    it.open();
    it.view.showNode(it.id);
    QCOMPARE(detail.count(), 1);
    it.view.setDetail(it.id, it.detail);
    QTRY_COMPARE_WITH_TIMEOUT(detail.count(), 2, 5'000);
}

void TestNodeView::answersOfAnotherNodeAreDropped() {
    Fixture it;
    it.open();
    NodeDetail other = it.detail;
    other.id = "lga1/n001";
    other.inventory.serial = "other-serial";
    it.view.setDetail(QStringLiteral("lga1/n001"), other);
    it.view.setDetail(QStringLiteral("lga1/n001"), notFound("no node lga1/n001."));
    it.view.setHistory(QStringLiteral("lga1/n001"), samples::historyOf(other, kNowMs));
    QVERIFY(!it.showsNotice());
    QVERIFY(!it.head().facts().line.contains(QStringLiteral("other-serial")));
    QVERIFY(!it.strips().history().hasPast());
    it.view.setDetail(it.id, it.detail);
    QVERIFY(it.head().facts().line.contains(QStringLiteral("1652-0447121")));
    // Another node is opened while an answer about the first is on its way.
    it.view.showNode(QStringLiteral("lga1/n001"));
    it.view.setDetail(it.id, it.detail);
    QVERIFY(!it.head().facts().line.contains(QStringLiteral("1652-0447121")));
}

void TestNodeView::anErrorKeepsWhatIsKnown() {
    Fixture it;
    it.openWhole();
    it.view.setDetail(it.id, unavailable("lga1 is not connected"));
    QVERIFY(!it.showsNotice());
    QVERIFY(it.head().facts().line.contains(QStringLiteral("1652-0447121")));
    QVERIFY2(it.text("banner").contains(QStringLiteral("lga1 is not connected")), qPrintable(it.text("banner")));
}

void TestNodeView::headSaysFiveFactsAndRack() {
    Fixture it;
    it.openWhole();
    const HeadFacts& head = it.head().facts();
    QCOMPARE(head.name, QStringLiteral("b07-r12-u14"));
    QCOMPARE(head.occupancy, QStringLiteral("leased 8 of 8"));
    QCOMPARE(head.occupancyNote, QStringLiteral("LS-4402 helix-bio"));
    QCOMPARE(head.rack, QStringLiteral("0 of 4 healthy"));
    QVERIFY(head.healthNote.startsWith(QStringLiteral("mlx5_2, since ")));
    QVERIFY(head.linkNote.contains(QStringLiteral("boot 9f2c11")) && head.linkNote.contains(QStringLiteral("agent 0.1.0")));
    QVERIFY(!head.stale);
    QVERIFY(it.text("nodeName").contains(QStringLiteral("SIMULATED")));
}

void TestNodeView::loadingIsSaid() {
    Fixture it;
    it.open();
    QVERIFY(!it.showsNotice()); // the snapshot knows it: facts at once
    QVERIFY(it.text("banner").contains(QStringLiteral("Loading")));
    it.view.setDetail(it.id, it.detail);
    QVERIFY(!it.view.findChild<Line*>(QStringLiteral("banner"))->isVisible());
}

void TestNodeView::states_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("banner");
    QTest::addColumn<bool>("stale");
    QTest::newRow("agent late") << QStringLiteral("late") << QStringLiteral("Agent late") << false;
    QTest::newRow("agent lost") << QStringLiteral("lost") << QStringLiteral("Agent lost") << true;
    QTest::newRow("site stale by the clock") << QStringLiteral("stale") << QStringLiteral("lga1 is stale") << true;
    QTest::newRow("site lost by the clock") << QStringLiteral("gone") << QStringLiteral("lga1 is lost") << true;
}

void TestNodeView::states() {
    QFETCH(QString, what);
    QFETCH(QString, banner);
    QFETCH(bool, stale);
    Fixture it;
    it.openWhole();
    const QImage fresh = it.view.grab().toImage();
    NodeFacts facts = it.detail.facts;
    std::int64_t now = kNowMs;
    if (what == QStringLiteral("late")) facts.link = Link::late, it.site.setFacts(facts, kNowMs - 4'000);
    if (what == QStringLiteral("lost")) facts.link = Link::lost, it.site.setFacts(facts, kNowMs - 94'000);
    if (what == QStringLiteral("stale")) now += 5'000;
    if (what == QStringLiteral("gone")) now += 40'000;
    it.view.setFleet(it.site.fleet(), now);
    QVERIFY2(it.text("banner").startsWith(banner), qPrintable(it.text("banner")));
    QCOMPARE(it.head().facts().stale, stale);
    QVERIFY(fresh != it.view.grab().toImage());
    QCOMPARE(it.button("drain")->isEnabled(), what == QStringLiteral("late") || what == QStringLiteral("lost")); // a lost node can be closed
}

void TestNodeView::unknownNodeHasAWayOut() {
    Fixture it;
    it.view.show();
    it.view.showNode(QStringLiteral("lga1/n-nowhere"));
    it.view.setDetail(QStringLiteral("lga1/n-nowhere"), notFound("no node lga1/n-nowhere is known at site lga1."));
    QVERIFY(it.showsNotice());
    QVERIFY2(it.notice().contains(QStringLiteral("site/name")), qPrintable(it.notice()));
    QSignalSpy wanted(&it.view, &FleetView::viewRequested);
    for (Line* line : it.view.findChildren<Line*>())
        if (line->isVisible() && line->text().startsWith(QStringLiteral("Back to")))
            QTest::mouseClick(line, Qt::LeftButton, {}, {6, line->height() / 2});
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].toString(), QStringLiteral("nodes"));
}

void TestNodeView::unknownSiteIsNamed() {
    Fixture it;
    it.view.show();
    it.view.showNode(QStringLiteral("fra9/n1"));
    QVERIFY(it.showsNotice());
    QVERIFY2(it.notice().contains(QStringLiteral("fra9")), qPrintable(it.notice()));
}

void TestNodeView::deniedShowsNothingElse() {
    Fixture it;
    it.open();
    it.view.setDetail(it.id, absl::PermissionDeniedError("role none of m.chen reads nothing at lga1"));
    QVERIFY(it.showsNotice());
    QVERIFY(it.notice().contains(QStringLiteral("role none")));
}

void TestNodeView::refusedSiteSaysWhy() {
    Fixture it;
    it.site.setState(store::SiteState::refused, "The certificate expired on 2026-11-01.");
    it.view.setFleet(it.site.fleet(), kNowMs);
    it.open();
    QVERIFY(it.showsNotice());
    QVERIFY(it.notice().contains(QStringLiteral("expired")));
}

void TestNodeView::plansAreOffWithTheReason_data() {
    QTest::addColumn<int>("service");
    QTest::addColumn<bool>("drain");
    QTest::addColumn<bool>("giveBack");
    QTest::addColumn<QString>("why");
    QTest::newRow("open") << int(Service::open) << true << false << QStringLiteral("open already");
    QTest::newRow("draining") << int(Service::draining) << false << false << QStringLiteral("draining already");
    QTest::newRow("drained") << int(Service::drained) << false << true << QStringLiteral("drained already");
    QTest::newRow("drain failed") << int(Service::drainFailed) << true << true << QString();
}

void TestNodeView::plansAreOffWithTheReason() {
    QFETCH(int, service);
    QFETCH(bool, drain);
    QFETCH(bool, giveBack);
    QFETCH(QString, why);
    Fixture it;
    it.openWhole();
    NodeFacts facts = it.detail.facts;
    facts.service = static_cast<Service>(service);
    it.site.setFacts(facts, kNowMs);
    it.view.setFleet(it.site.fleet(), kNowMs);
    QCOMPARE(it.button("drain")->isEnabled(), drain);
    QCOMPARE(it.button("return")->isEnabled(), giveBack);
    QVERIFY2(it.text("whyNot").contains(why), qPrintable(it.text("whyNot")));
}

void TestNodeView::keysPlanStepAndGoBack() {
    Fixture it;
    it.openWhole();
    QSignalSpy plan(&it.view, &FleetView::planRequested), step(&it.view, &NodeView::stepRequested), back(&it.view, &NodeView::backRequested);
    QTest::keyClick(&it.strips().chart(), Qt::Key_X);
    auto* menu = it.view.findChild<QMenu*>(QStringLiteral("verbMenu"));
    QVERIFY(menu != nullptr && menu->isVisible());
    // The sample node is leased: it can be drained and released, not leased again.
    QVERIFY(!menu->findChild<QAction*>(QStringLiteral("plan.lease"))->isEnabled());
    QVERIFY(menu->findChild<QAction*>(QStringLiteral("plan.release"))->isEnabled());
    menu->findChild<QAction*>(QStringLiteral("plan.drain"))->trigger();
    menu->close();
    QTest::keyClick(&it.strips().chart(), Qt::Key_J);
    QTest::keyClick(&it.strips().chart(), Qt::Key_K);
    QTest::keyClick(&it.strips().chart(), Qt::Key_Backspace);
    QCOMPARE(plan.count(), 1);
    QVERIFY(plan[0][0].value<Verb>() == Verb::drain);
    QCOMPARE(plan[0][1].toStringList(), QStringList{it.id});
    QCOMPARE(step.count(), 2);
    QCOMPARE(step[0][0].toInt(), 1);
    QCOMPARE(step[1][0].toInt(), -1);
    QCOMPARE(back.count(), 1);
}

void TestNodeView::viewerMayNotPlan() {
    Fixture it;
    it.view.setOffReason([](const QString& site, Verb) { return QStringLiteral("your role at %1 is viewer").arg(site); });
    it.openWhole();
    QVERIFY(!it.button("drain")->isEnabled());
    QCOMPARE(it.button("drain")->toolTip(), QStringLiteral("your role at lga1 is viewer"));
    QSignalSpy plan(&it.view, &FleetView::planRequested), status(&it.view, &FleetView::statusChanged);
    QTest::keyClick(&it.strips().chart(), Qt::Key_X);
    QCOMPARE(plan.count(), 0);
    QVERIFY(status.last()[0].toString().contains(QStringLiteral("viewer")));
}

void TestNodeView::nodeWithoutDriverSaysWhy() {
    Fixture it(samples::driverlessNode(kNowMs), {});
    it.openWhole();
    QVERIFY(!it.strips().isVisible());
    auto* why = it.view.findChild<QLabel*>(QStringLiteral("noGpus"));
    QVERIFY(why->isVisible());
    QVERIFY(why->text().contains(QStringLiteral("libnvidia-ml.so.1 not found")));
    QVERIFY(it.head().facts().line.contains(QStringLiteral("no GPU known")));
    QVERIFY(it.text("nodeName").contains(QStringLiteral("LIVE")));
}

void TestNodeView::liveValuesJoinTheHistory() {
    Fixture it;
    it.openWhole();
    for (int i = 1; i <= 50; ++i) {
        it.site.setValue(Metric::power, 4, 333);
        it.site.beat(kNowMs + i * 100);
        it.view.setFleet(it.site.fleet(), kNowMs + i * 100);
    }
    const auto value = it.strips().history().over(4, Metric::power, kNowMs + 2'000, kNowMs + 5'100);
    QVERIFY(value.has_value());
    QCOMPARE(value->high, std::int64_t{333});
    QVERIFY(it.strips().history().over(4, Metric::power, kNowMs - 60'000, kNowMs).has_value());
}

void TestNodeView::lateAgentGivesNoReadings() {
    Fixture it;
    it.openWhole();
    NodeFacts facts = it.detail.facts;
    facts.link = Link::late;
    it.site.setFacts(facts, kNowMs - 4'000);
    for (int i = 1; i <= 50; ++i) {
        it.site.beat(kNowMs + 10'000 + i * 100);
        it.view.setFleet(it.site.fleet(), kNowMs + 10'000 + i * 100);
    }
    QVERIFY(!it.strips().history().over(0, Metric::power, kNowMs + 10'000, kNowMs + 16'000).has_value());
}

void TestNodeView::metricSwitchChangesTheStrips() {
    Fixture it;
    it.openWhole();
    QVERIFY(it.strips().chart().upper().metric == Metric::smActive);
    QCOMPARE(it.strips().chart().lower().high, 700.0); // the power limit
    for (auto* button : it.strips().findChildren<QAbstractButton*>())
        if (button->text() == QStringLiteral("temp")) QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(it.strips().chart().upper().metric == Metric::temperature);
    QCOMPARE(it.strips().chart().upper().unit, QStringLiteral("\u00b0C"));
}

void TestNodeView::longerSpansAskForHistory() {
    Fixture it;
    it.openWhole();
    QSignalSpy history(&it.view, &NodeView::historyWanted);
    for (auto* button : it.strips().findChildren<QAbstractButton*>())
        if (button->text() == QStringLiteral("24 h")) QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(history.count(), 1);
    QCOMPARE(history[0][2].toLongLong(), qint64{86'400'000});
    QVERIFY(history[0][3].toLongLong() >= 43'200); // not more steps than pixels
    it.view.setHistory(it.id, unavailable("lga1 is not connected"));
    bool said = false;
    for (Line* line : it.strips().findChildren<Line*>()) said = said || line->text().contains(QStringLiteral("lga1 is not connected"));
    QVERIFY(said);
}

void TestNodeView::stripOpensAsChart() {
    Fixture it;
    it.openWhole();
    it.strips().chart().setCurrentStrip(3);
    QTest::keyClick(&it.strips().chart(), Qt::Key_Return);
    auto* dialog = it.view.findChild<charts::StripDialog*>();
    QVERIFY(dialog != nullptr && dialog->isVisible());
    QVERIFY(dialog->windowTitle().contains(QStringLiteral("GPU 3")));
    QVERIFY(dialog->plot().points() > 100);
    QVERIFY(dialog->plot().strokes() == 2); // the gap of the sample
    QCOMPARE(dialog->plot().axisTitle(), QStringLiteral("SM active (%)"));
    const auto span = dialog->plot().window().spanMs();
    QTest::keyClick(&dialog->plot(), Qt::Key_W);
    QVERIFY(dialog->plot().window().spanMs() < span);
    QTest::keyClick(&dialog->plot(), Qt::Key_Left);
    const QString value = dialog->findChild<QLabel*>(QStringLiteral("value"))->text();
    QVERIFY2(value.contains(QStringLiteral("UTC")) && value.contains(QStringLiteral("%")), qPrintable(value));
    QTest::keyClick(dialog, Qt::Key_Escape);
    QVERIFY(!dialog->isVisible());
}

void TestNodeView::modelsKeepTheRules_data() {
    QTest::addColumn<QString>("table");
    for (const char* name : {"processes", "findings", "neighbours", "GPU values", "GPUs", "events", "fact history", "NICs", "Disks", "PCIe devices"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestNodeView::modelsKeepTheRules() {
    QFETCH(QString, table);
    Fixture it;
    auto* model = it.view.findChild<CellTable*>(table)->model();
    QAbstractItemModelTester tester(model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    it.openWhole();
    QVERIFY(model->rowCount() > 0);
    NodeDetail less = it.detail;
    less.processes.resize(2);
    less.gpus.resize(3);
    less.findings.clear();
    less.events.resize(1);
    less.inventory.nics.clear();
    it.view.setDetail(it.id, less);
    it.view.setDetail(it.id, it.detail);
    for (int row = 0; row < model->rowCount(); ++row)
        for (int column = 0; column < model->columnCount(); ++column) QVERIFY(model->index(row, column).data(Qt::UserRole).isValid());
}

void TestNodeView::provenanceIsShown() {
    NodeDetail detail = samples::busyNode(kNowMs);
    detail.source = Source::replayed;
    detail.inventory.provenance = {"Node and GPUs are recorded (openb).", "Utilisation is drawn.", "Place is ours."};
    Fixture it(detail);
    it.openWhole();
    QVERIFY(it.text("nodeName").contains(QStringLiteral("REPLAYED")));
    const QString shown = it.view.findChild<QLabel*>(QStringLiteral("provenance"))->text();
    for (const std::string& sentence : detail.inventory.provenance) QVERIFY(shown.contains(QString::fromStdString(sentence)));
}

void TestNodeView::widgetsHaveNames() {
    Fixture it;
    it.openWhole();
    for (const auto* table : it.view.findChildren<CellTable*>()) QVERIFY2(!table->accessibleName().isEmpty(), qPrintable(table->objectName()));
    QVERIFY(it.strips().chart().accessibleName().contains(QStringLiteral("GPU 0")));
    for (const auto* button : it.view.findChildren<QAbstractButton*>())
        if (qobject_cast<QTableView*>(button->parent()) == nullptr) QVERIFY(!button->text().isEmpty() || !button->accessibleName().isEmpty());
}

QTEST_MAIN(TestNodeView)
#include "tst_node_view.moc"
