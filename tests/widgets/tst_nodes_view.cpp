// The node table's view: marks by id through everything, the frozen order and what it says, keys, cell filters, states, settings, and the
// accessible interface when the table is empty, reset or gone.
#include "items/node_selection.h"
#include "tests/support/synthetic_fleet.h"
#include "widgets/controls/mark_gutter.h"
#include "widgets/controls/node_table.h"
#include "widgets/controls/theme.h"
#include "widgets/views/nodes/cell_menu.h"
#include "widgets/views/nodes/nodes_state.h"
#include "widgets/views/nodes/nodes_view.h"
#include "widgets/views/nodes/marked_bar.h"
#include "widgets/views/parts/verbs.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace busbar;
using namespace busbar::views;
using controls::NodeTable;
using items::NodeColumn;

namespace {

constexpr std::int64_t kNow = test::kSyntheticNowMs;

struct Fixture {
    explicit Fixture(int sites = 2, std::uint32_t gpus = 1'600) : fleet(sites, gpus, 3), view(selection) {
        view.resize(1'600, 900);
        view.show();
        QCursor::setPos(0, 0);
    }
    ~Fixture() { view.hide(); }
    void push(const store::FleetPtr& snapshot) {
        nowMs += 1'000;
        for (std::size_t i = 0; i < snapshot->sites.size(); ++i) fleet.shard(i).setReceived(nowMs);
        selection.setFleet(snapshot);
        view.setFleet(snapshot, nowMs);
        settle();
    }
    void settle() {
        QVERIFY(QTest::qWaitFor([this] { return !view.model().busy(); }, 20'000));
    }
    void setQuery(const char* text) {
        view.setQuery(query::parse(text).query, QString::fromUtf8(text));
        settle();
    }
    std::vector<std::string> ids() {
        std::vector<std::string> all;
        for (int row = 0; row < view.model().rowCount(); ++row) all.push_back(view.model().id(row));
        return all;
    }
    template <typename Widget>
    Widget& child(const char* name) {
        return *view.findChild<Widget*>(QLatin1String(name));
    }
    template <typename Widget>
    Widget& only() {
        return *view.findChild<Widget*>();
    }
    QPoint cell(int row, NodeColumn column) { return view.table().visualRect(view.model().index(row, static_cast<int>(column))).center(); }
    void click(int row, NodeColumn column, Qt::KeyboardModifiers modifiers = {}) { QTest::mouseClick(view.table().viewport(), Qt::LeftButton, modifiers, cell(row, column)); }
    /// Chooses from the menu that `x` opened.
    bool chooseVerb(const char* name) {
        auto* menu = view.findChild<QMenu*>(QStringLiteral("verbMenu"));
        if (menu == nullptr || !menu->isVisible()) return false;
        menu->findChild<QAction*>(QLatin1String(name))->trigger();
        menu->close();
        delete menu;
        return true;
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) { QTest::keyClick(&view.table(), key, modifiers); }

    test::SyntheticFleet fleet;
    items::NodeSelection selection;
    NodesView view;
    std::int64_t nowMs = kNow;
};

/// The site's controller starts anew with `gpus` GPUs.
void restart(Fixture& f, std::size_t index, std::uint64_t epoch, std::uint32_t gpus) {
    const test::SyntheticSite site(f.fleet.site(index).site(), gpus, 3);
    for (WatchBatch batch : site.snapshotBatches()) {
        batch.epoch = epoch;
        batch.heartbeat.epoch = epoch;
        QVERIFY(f.fleet.shard(index).apply(batch).ok());
    }
}

} // namespace

class TestNodesView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void selectionSurvivesSortFilterRefreshAndReconnect();
    void vanishedNodesAreNamed();
    void markedRowsFreezeTheOrderAndSaySo();
    void pointerOnRowsFreezesTheOrder();
    void theCursorStaysOnItsNode();
    void shiftAndControlClickMark();
    void markAllStopsAtThePlansLimit();
    void keysMoveMarkOpenAndPlan();
    void altClickFiltersLikeTyping();
    void cellMenuHasFilterExcludeCopyOpen();
    void headerClickSortsAndOverrulesTheQuery();
    void plansAreOffWithAReason();
    void emptyResultSaysWhyAndOffersTheWayOut();
    void statesHaveWords();
    void columnsAndSortAreRemembered();
    void gutterJumpsToMarks();
    void hiddenViewCostsNothing();
    void accessibleTableReadsCells();
    void accessibleTableSurvivesEmptyResetAndClose();
};

void TestNodesView::initTestCase() {
    qRegisterMetaType<busbar::Verb>();
    controls::setTheme(*qApp, controls::Theme::dark);
}

void TestNodesView::selectionSurvivesSortFilterRefreshAndReconnect() {
    Fixture f;
    f.push(f.fleet.snapshot());
    const auto all = f.ids();
    f.selection.set({all[3], all[40], all[100]});
    const auto wanted = f.selection.ids();
    f.view.model().setSort(items::NodeSort{NodeColumn::power, true});
    f.settle();
    QCOMPARE(f.selection.ids(), wanted);
    f.setQuery("site:nowhere");
    QCOMPARE(f.view.model().rowCount(), 0);
    QCOMPARE(f.selection.ids(), wanted);
    f.setQuery("");
    for (int i = 0; i < 3; ++i) f.push(f.fleet.tick(0.5));
    f.fleet.shard(0).setState(store::SiteState::lost, "cut");
    f.push(f.fleet.snapshot());
    restart(f, 0, 90, 1'600);
    f.fleet.shard(0).setState(store::SiteState::live, "");
    f.push(f.fleet.snapshot());
    QCOMPARE(f.selection.ids(), wanted);
    for (const std::string& id : wanted) QVERIFY(f.view.model().rowOf(id) >= 0);
    QVERIFY(f.child<Line>("selectionSummary").text().startsWith(QStringLiteral("3 nodes selected 24 GPUs")));
}

void TestNodesView::vanishedNodesAreNamed() {
    Fixture f;
    f.push(f.fleet.snapshot());
    const std::string lastOfFirst = "lga1/" + std::string(f.fleet.snapshot()->sites[0]->nodeName(f.fleet.site(0).nodeCount() - 1));
    const std::string stays = "lga1/" + std::string(f.fleet.snapshot()->sites[0]->nodeName(0));
    f.selection.set({lastOfFirst, stays});
    restart(f, 0, 90, 800);
    f.push(f.fleet.snapshot());
    QCOMPARE(f.selection.ids(), std::vector<std::string>{stays});
    const QString notice = f.only<NoticeBar>().text();
    QVERIFY2(notice.contains(QStringLiteral("1 node is gone")) && notice.contains(QString::fromStdString(lastOfFirst)), qPrintable(notice));
    QVERIFY(f.view.model().rowOf(lastOfFirst) < 0);
}

void TestNodesView::markedRowsFreezeTheOrderAndSaySo() {
    Fixture f;
    f.view.model().setSort(items::NodeSort{NodeColumn::utilisation, true});
    f.push(f.fleet.snapshot());
    f.selection.set({f.ids()[2]});
    const auto before = f.ids();
    f.push(f.fleet.tick(0.9));
    QCOMPARE(f.ids(), before);
    auto& banner = f.only<OrderBanner>();
    QVERIFY(banner.isVisible());
    QVERIFY2(banner.text().contains(QStringLiteral("would move")) && banner.text().contains(QStringLiteral("1 is selected")) && banner.text().contains(QStringLiteral("by SM %")), qPrintable(banner.text()));
    QVERIFY(banner.text().contains(QString::number(f.view.model().pending().moved)));
    f.key(Qt::Key_R);
    f.settle();
    QVERIFY(f.ids() != before);
    QVERIFY(!banner.isVisible());
    f.push(f.fleet.tick(0.9));
    QVERIFY(banner.isVisible());
    const auto frozen = f.ids();
    f.selection.clear(); // nothing holds the order any more
    QVERIFY(f.ids() != frozen);
    QVERIFY(!banner.isVisible());
}

void TestNodesView::pointerOnRowsFreezesTheOrder() {
    Fixture f;
    f.view.model().setSort(items::NodeSort{NodeColumn::utilisation, true});
    f.push(f.fleet.snapshot());
    QTest::mouseMove(f.view.table().viewport(), f.cell(4, NodeColumn::state));
    QTRY_VERIFY(f.view.table().pointerOnRows());
    const auto before = f.ids();
    f.push(f.fleet.tick(0.9));
    QCOMPARE(f.ids(), before);
    QVERIFY(f.only<OrderBanner>().text().contains(QStringLiteral("the pointer is on rows")));
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(f.view.table().viewport(), &leave);
    QVERIFY(!f.view.table().pointerOnRows());
    QVERIFY(f.ids() != before);
}

void TestNodesView::theCursorStaysOnItsNode() {
    Fixture f;
    f.view.model().setSort(items::NodeSort{NodeColumn::utilisation, true});
    f.push(f.fleet.snapshot());
    f.view.table().setCursorRow(100);
    const std::string id = f.view.model().id(100);
    const int y = f.view.table().visualRect(f.view.table().currentIndex()).top();
    f.view.model().setSort(items::NodeSort{NodeColumn::node, true});
    f.settle();
    const int row = f.view.model().rowOf(id);
    QVERIFY(row != 100);
    QCOMPARE(f.view.table().cursorRow(), row);
    QCOMPARE(f.view.table().visualRect(f.view.table().currentIndex()).top(), y); // at its place on the glass
    f.setQuery("site:nowhere");
    QCOMPARE(f.view.table().cursorRow(), -1);
    f.setQuery("");
    QCOMPARE(f.view.model().id(f.view.table().cursorRow()), id);
}

void TestNodesView::shiftAndControlClickMark() {
    Fixture f;
    f.push(f.fleet.snapshot());
    const auto all = f.ids();
    f.click(2, NodeColumn::model);
    QVERIFY(f.selection.empty()); // a plain click only moves the cursor
    f.click(6, NodeColumn::model, Qt::ShiftModifier);
    QCOMPARE(f.selection.size(), std::size_t{5});
    f.click(4, NodeColumn::model, Qt::ControlModifier);
    QCOMPARE(f.selection.size(), std::size_t{4});
    QVERIFY(!f.selection.contains(all[4]));
    f.click(9, NodeColumn::mark);
    QVERIFY(f.selection.contains(all[9]));
    QSignalSpy opened(&f.view, &FleetView::nodeOpened);
    QTest::mouseDClick(f.view.table().viewport(), Qt::LeftButton, {}, f.cell(3, NodeColumn::node));
    QCOMPARE(opened.count(), 1);
    QCOMPARE(opened.at(0).at(0).toString().toStdString(), all[3]);
}

void TestNodesView::markAllStopsAtThePlansLimit() {
    Fixture f(1, 200'000);
    f.push(f.fleet.snapshot());
    QVERIFY(f.view.model().rowCount() > controls::kMaxMarked);
    f.key(Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(f.selection.size(), std::size_t{kMaxTargets});
    QVERIFY2(f.only<NoticeBar>().text().contains(QStringLiteral("first 20,000 of 25,125 nodes")), qPrintable(f.only<NoticeBar>().text()));
}

void TestNodesView::keysMoveMarkOpenAndPlan() {
    Fixture f;
    f.push(f.fleet.snapshot());
    const auto all = f.ids();
    QSignalSpy opened(&f.view, &FleetView::nodeOpened), planned(&f.view, &FleetView::planRequested), shown(&f.view, &FleetView::viewRequested);
    f.view.table().setCursorRow(0);
    f.key(Qt::Key_J);
    f.key(Qt::Key_Down);
    f.key(Qt::Key_K);
    QCOMPARE(f.view.table().cursorRow(), 1);
    f.key(Qt::Key_End);
    QCOMPARE(f.view.table().cursorRow(), static_cast<int>(all.size()) - 1);
    f.key(Qt::Key_PageUp);
    QCOMPARE(f.view.table().cursorRow(), static_cast<int>(all.size()) - 1 - f.view.table().pageRows());
    f.key(Qt::Key_Home);
    f.key(Qt::Key_X);
    QVERIFY(f.chooseVerb("plan.drain"));
    QCOMPARE(planned.count(), 1);
    QCOMPARE(planned.at(0).at(1).toStringList(), QStringList{QString::fromStdString(all[0])});
    f.key(Qt::Key_Space);
    f.key(Qt::Key_Down, Qt::ShiftModifier);
    QCOMPARE(f.selection.size(), std::size_t{2});
    f.key(Qt::Key_Return);
    QCOMPARE(opened.at(0).at(0).toString().toStdString(), all[1]);
    f.key(Qt::Key_X);
    QVERIFY(f.chooseVerb("plan.lease"));
    QVERIFY(planned.at(1).at(0).value<Verb>() == Verb::lease);
    QCOMPARE(planned.at(1).at(1).toStringList().size(), 2);
    f.key(Qt::Key_H);
    QCOMPARE(shown.at(0).at(0).toString(), QStringLiteral("heatmap"));
    QTest::mouseClick(&f.child<Button>("planReturn"), Qt::LeftButton);
    QVERIFY(planned.at(2).at(0).value<Verb>() == Verb::giveBack);
    f.view.table().header().setLayoutWords({QStringLiteral("node:200"), QStringLiteral("state:90")});
    f.key(Qt::Key_Right);
    f.key(Qt::Key_Right);
    f.key(Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), f.view.model().index(1, static_cast<int>(NodeColumn::state)).data().toString());
}

void TestNodesView::altClickFiltersLikeTyping() {
    Fixture f;
    f.setQuery("site:lga1 or site:pdx1 | sort node");
    f.push(f.fleet.snapshot());
    QSignalSpy asked(&f.view, &FleetView::queryRequested);
    const QString model = f.view.model().index(5, static_cast<int>(NodeColumn::site)).data().toString();
    f.click(5, NodeColumn::site, Qt::AltModifier);
    QCOMPARE(asked.count(), 1);
    const std::string text = asked.at(0).at(0).toString().toStdString();
    QCOMPARE(text, "(site:lga1 or site:pdx1) site:" + model.toStdString() + " | sort node");
    f.setQuery(text.c_str());
    const auto byCell = f.ids();
    f.setQuery(("site:" + model.toStdString() + " | sort node").c_str());
    QCOMPARE(f.ids(), byCell);
    f.click(2, NodeColumn::power, Qt::AltModifier); // no field says what this cell shows
    QCOMPARE(asked.count(), 1);
}

void TestNodesView::cellMenuHasFilterExcludeCopyOpen() {
    Fixture f;
    f.push(f.fleet.snapshot());
    QMenu menu;
    QStringList terms, opened, planned;
    fillCellMenu(menu, f.view.model(), f.view.model().index(0, static_cast<int>(NodeColumn::health)), {[&](const std::string& term) { terms << QString::fromStdString(term); }, [&](const QString& id) { opened << id; },
                  [](const QString&, Verb verb) { return verb == Verb::release ? QStringLiteral("it is free. More words") : QString(); }, [&](const QString& id, Verb verb) { planned << QString::fromUtf8(toString(verb).data()) + QLatin1Char(' ') + id; }});
    for (QAction* action : menu.actions())
        if (!action->isSeparator() && action->menu() == nullptr) action->trigger();
    // Every verb of the table can be planned from a cell; one that cannot be says why beside its name.
    const QList<QAction*> verbs = menu.findChild<QMenu*>()->actions();
    QCOMPARE(verbs.size(), static_cast<qsizetype>(verbTable().size()));
    for (QAction* action : verbs) action->trigger();
    QCOMPARE(planned.size(), verbs.size() - 1);
    QCOMPARE(planned.first(), QStringLiteral("drain ") + QString::fromStdString(f.view.model().id(0)));
    QAction* const release = menu.findChild<QAction*>(QStringLiteral("plan.release"));
    QVERIFY(!release->isEnabled());
    QVERIFY2(release->text().endsWith(QStringLiteral("it is free")), qPrintable(release->text()));
    const QString health = f.view.model().index(0, static_cast<int>(NodeColumn::health)).data().toString();
    QCOMPARE(terms, (QStringList{QStringLiteral("health:") + health, QStringLiteral("-health:") + health}));
    QCOMPARE(opened, QStringList{QString::fromStdString(f.view.model().id(0))});
    QCOMPARE(QApplication::clipboard()->text(), QString::fromStdString(f.view.model().id(0)));
}

void TestNodesView::headerClickSortsAndOverrulesTheQuery() {
    Fixture f;
    f.push(f.fleet.snapshot());
    auto& header = f.view.table().header();
    QSignalSpy asked(&f.view, &FleetView::queryRequested);
    const auto click = [&](NodeColumn column) { Q_EMIT header.sectionClicked(static_cast<int>(column)); };
    click(NodeColumn::temperature); // numbers: largest first
    f.settle();
    QVERIFY(f.view.model().sort() == (std::optional{items::NodeSort{NodeColumn::temperature, true}}));
    click(NodeColumn::temperature);
    f.settle();
    QVERIFY(!f.view.model().sort()->descending);
    click(NodeColumn::gpus); // cannot be sorted by
    QVERIFY(f.view.model().sort()->column == NodeColumn::temperature);
    QCOMPARE(asked.count(), 0);
    f.setQuery("site:lga1 | sort -node");
    click(NodeColumn::power);
    QCOMPARE(asked.at(0).at(0).toString(), QStringLiteral("site:lga1"));
}

void TestNodesView::plansAreOffWithAReason() {
    Fixture f;
    f.push(f.fleet.snapshot());
    f.selection.set({"lga1/" + std::string(f.fleet.snapshot()->sites[0]->nodeName(0))});
    QVERIFY(f.child<Button>("planDrain").isEnabled());
    f.fleet.shard(0).setState(store::SiteState::lost, "cut");
    f.push(f.fleet.snapshot());
    QVERIFY(!f.child<Button>("planDrain").isEnabled());
    QVERIFY(f.child<Button>("planDrain").toolTip().contains(QStringLiteral("lga1 is lost")));
    QVERIFY(f.child<Line>("selectionReason").text().contains(QStringLiteral("lga1 is lost")));
    QSignalSpy planned(&f.view, &FleetView::planRequested);
    f.key(Qt::Key_X);
    QCOMPARE(planned.count(), 0);
    QVERIFY(f.only<NoticeBar>().text().contains(QStringLiteral("lga1 is lost")));
    // A site beside it that takes actions is enough: the plan leaves the others out.
    f.selection.add({"pdx1/" + std::string(f.fleet.snapshot()->sites[1]->nodeName(0))});
    QVERIFY(f.child<Button>("planDrain").isEnabled());
    f.view.setOffReason([](const QString& site, Verb) { return QStringLiteral("You are viewer at %1").arg(site); });
    QVERIFY(!f.child<Button>("planReturn").isEnabled());
}

void TestNodesView::emptyResultSaysWhyAndOffersTheWayOut() {
    Fixture f;
    f.fleet.shard(1).setState(store::SiteState::lost, "cut");
    f.setQuery("model:A40 site:nowhere");
    f.push(f.fleet.snapshot());
    auto& state = f.only<NodesState>();
    QVERIFY(state.isVisible());
    QVERIFY2(state.text().contains(QStringLiteral("No node matches model:A40 site:nowhere")), qPrintable(state.text()));
    QVERIFY(state.text().contains(QStringLiteral("2 filters leave nothing together")));
    QVERIFY(state.text().contains(QStringLiteral("clear filters")));
    QSignalSpy asked(&f.view, &FleetView::queryRequested);
    Q_EMIT state.linkActivated(QStringLiteral("clear"));
    Q_EMIT state.linkActivated(QStringLiteral("query:model:A40"));
    Q_EMIT state.linkActivated(QStringLiteral("stale"));
    QCOMPARE(asked.at(0).at(0).toString(), QString());
    QCOMPARE(asked.at(1).at(0).toString(), QStringLiteral("model:A40"));
    QCOMPARE(asked.at(2).at(0).toString(), QStringLiteral("stale:yes"));
    f.setQuery("health:ok");
    QVERIFY(!state.isVisible());
    const QString counts = f.only<CountBar>().text();
    QVERIFY2(counts.contains(QStringLiteral(" of 402 nodes")) && counts.contains(QStringLiteral("unknown left out")), qPrintable(counts));
}

void TestNodesView::statesHaveWords() {
    Fixture f(1, 800);
    QVERIFY(f.only<NodesState>().text().contains(QStringLiteral("No site yet")));
    store::FleetStore waiting("lga1");
    waiting.setState(store::SiteState::loading, "Taking the first snapshot.");
    auto loading = std::make_shared<store::FleetSnapshot>();
    loading->sites = {waiting.publish()};
    loading->sequence = 5;
    f.push(loading);
    QVERIFY2(f.only<NodesState>().text().contains(QStringLiteral("Taking the snapshot of lga1")), qPrintable(f.only<NodesState>().text()));
    waiting.setState(store::SiteState::refused, "The certificate of m.chen was revoked.");
    auto refused = std::make_shared<store::FleetSnapshot>();
    refused->sites = {waiting.publish()};
    refused->sequence = 6;
    f.push(refused);
    QVERIFY(f.only<NodesState>().text().contains(QStringLiteral("was revoked")));
    QVERIFY(f.only<CountBar>().text().contains(QStringLiteral("lga1 refused this console")));
    f.push(f.fleet.snapshot());
    QVERIFY(!f.only<NodesState>().isVisible());
    f.setQuery("at -3h");
    QVERIFY(f.view.model().rowCount() > 0); // the last valid result is kept
}

void TestNodesView::columnsAndSortAreRemembered() {
    QTemporaryDir folder;
    QSettings settings(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
    const QStringList wanted{QStringLiteral("node:210"), QStringLiteral("pdu:140"), QStringLiteral("health:120")};
    {
        Fixture f;
        f.view.table().header().setLayoutWords(wanted);
        f.view.model().setSort(items::NodeSort{NodeColumn::pdu, true});
        f.view.saveTo(settings, QStringLiteral("window1/nodes"));
    }
    Fixture f;
    f.view.restoreFrom(settings, QStringLiteral("window1/nodes"));
    QCOMPARE(f.view.table().header().layoutWords(), wanted);
    QVERIFY(f.view.model().sort() == (std::optional{items::NodeSort{NodeColumn::pdu, true}}));
    f.view.restoreFrom(settings, QStringLiteral("window2/nodes")); // nothing kept: as at first
    QVERIFY(f.view.table().header().shownColumns().size() > 10);
    settings.setValue(QStringLiteral("bad/columns"), QStringList{QStringLiteral("nonsense:10"), QStringLiteral("node:-4")});
    f.view.restoreFrom(settings, QStringLiteral("bad"));
    QVERIFY(f.view.table().header().shownColumns() == std::vector<NodeColumn>{NodeColumn::node});
    f.view.table().header().setColumnShown(NodeColumn::node, false); // the last one stays
    QCOMPARE(f.view.table().header().shownColumns().size(), std::size_t{1});
}

void TestNodesView::gutterJumpsToMarks() {
    Fixture f(2, 8'000);
    f.view.model().setSort(std::nullopt); // natural order: marks all over
    f.push(f.fleet.snapshot());
    auto& gutter = f.only<controls::MarkGutter>();
    int jumps = 0;
    for (int y = gutter.height() / 2; y < gutter.height() && jumps < 5; y += 9) {
        const int row = gutter.markedRowAt(y);
        if (row < 0) continue;
        ++jumps;
        QVERIFY(priorityOf(f.view.model().siteOf(row).facts(f.view.model().ref(row).row)) > 0);
        QTest::mouseClick(&gutter, Qt::LeftButton, {}, QPoint(6, y));
        QCOMPARE(f.view.table().cursorRow(), row);
        QVERIFY(f.view.table().viewport()->rect().contains(f.view.table().visualRect(f.view.table().currentIndex()).center()));
    }
    QVERIFY(jumps > 0);
}

void TestNodesView::hiddenViewCostsNothing() {
    Fixture f;
    f.settle();
    f.view.hide();
    f.view.setFleet(f.fleet.snapshot(), kNow);
    QVERIFY(!f.view.model().busy());
    QCOMPARE(f.view.model().rowCount(), 0);
    f.view.show();
    f.settle();
    QVERIFY(f.view.model().rowCount() > 0);
}

void TestNodesView::accessibleTableReadsCells() {
    Fixture f;
    f.push(f.fleet.snapshot());
    QAccessibleInterface* all = QAccessible::queryAccessibleInterface(&f.view.table());
    QVERIFY(all != nullptr);
    QCOMPARE(all->role(), QAccessible::Table);
    QAccessibleTableInterface* table = all->tableInterface();
    QVERIFY(table != nullptr);
    QCOMPARE(table->rowCount(), f.view.model().rowCount());
    const auto columns = f.view.table().header().shownColumns();
    QCOMPARE(table->columnCount(), static_cast<int>(columns.size()));
    const int health = static_cast<int>(std::find(columns.begin(), columns.end(), NodeColumn::health) - columns.begin());
    QAccessibleInterface* cell = table->cellAt(3, health);
    QVERIFY(cell != nullptr && cell->isValid());
    QCOMPARE(cell->text(QAccessible::Name), QStringLiteral("health ") + f.view.model().index(3, static_cast<int>(NodeColumn::health)).data().toString());
    QCOMPARE(table->cellAt(3, health), cell); // the same object while it is the same cell
    QCOMPARE(all->child(all->indexOfChild(cell)), cell);
    QCOMPARE(cell->tableCellInterface()->columnHeaderCells().front()->text(QAccessible::Name), QStringLiteral("health"));
    QVERIFY(!table->cellAt(0, 0)->text(QAccessible::Name).isEmpty());
    QVERIFY(table->selectRow(3));
    QVERIFY(f.selection.contains(f.view.model().id(3)));
    QVERIFY(cell->state().selected);
    QCOMPARE(table->selectedRows(), QList<int>{3});
    f.view.activateWindow();
    f.view.table().setFocus();
    f.view.table().setCursorRow(7);
    QTRY_VERIFY(f.view.table().hasFocus());
    QVERIFY(all->focusChild() != nullptr);
    QCOMPARE(all->focusChild()->tableCellInterface()->rowIndex(), 7);
    f.fleet.shard(0).setState(store::SiteState::lost, "cut");
    f.fleet.shard(1).setState(store::SiteState::lost, "cut");
    f.push(f.fleet.snapshot());
    QCOMPARE(table->cellAt(3, health)->text(QAccessible::Description), QStringLiteral("last known, stale"));
}

void TestNodesView::accessibleTableSurvivesEmptyResetAndClose() {
    QAccessibleInterface* held = nullptr;
    QAccessible::Id heldId = 0;
    {
        Fixture f;
        QAccessibleInterface* all = QAccessible::queryAccessibleInterface(&f.view.table());
        QVERIFY(all->tableInterface()->cellAt(0, 0) == nullptr); // empty
        QVERIFY(all->focusChild() == nullptr);
        QVERIFY(all->childAt(10, 10) == nullptr);
        QVERIFY(all->child(-1) == nullptr && all->child(1'000'000'000) == nullptr);
        QCOMPARE(all->indexOfChild(nullptr), -1);
        f.push(f.fleet.snapshot());
        const QAccessible::Id id = QAccessible::uniqueId(all->tableInterface()->cellAt(50, 2));
        QVERIFY(QAccessible::accessibleInterface(id) != nullptr);
        f.setQuery("site:nowhere"); // a reset: what was given out is gone, and asking for it is harmless
        QVERIFY(QAccessible::accessibleInterface(id) == nullptr);
        QVERIFY(all->tableInterface()->cellAt(50, 2) == nullptr);
        QVERIFY(!all->tableInterface()->selectRow(50));
        f.setQuery("");
        for (int row = 0; row < f.view.model().rowCount(); ++row)
            for (int column = 0; column < all->tableInterface()->columnCount(); ++column) QVERIFY(all->tableInterface()->cellAt(row, column) != nullptr); // more than are kept
        held = all->tableInterface()->cellAt(1, 1);
        heldId = QAccessible::uniqueId(held);
        f.view.table().setFocus();
        f.key(Qt::Key_Down); // sends a focus event with a child
    }
    QVERIFY(QAccessible::accessibleInterface(heldId) == nullptr); // closed
}

QTEST_MAIN(TestNodesView)
#include "tst_nodes_view.moc"
