// The heatmap screen as a person uses it: pointer, keys, lasso, selection bar, legend, states of sites, and what it says to the window.
#include "items/node_selection.h"
#include "tests/support/synthetic_fleet.h"
#include "widgets/controls/heatmap/heat_words.h"
#include "widgets/controls/theme.h"
#include "widgets/views/heatmap/heat_legend.h"
#include "widgets/views/heatmap/heat_loupe.h"
#include "widgets/views/heatmap/heat_marks.h"
#include "widgets/views/heatmap/heat_minimap.h"
#include "widgets/views/heatmap/heat_selection_bar.h"
#include "widgets/views/heatmap/heatmap_view.h"
#include "widgets/views/heatmap/hover_card.h"
#include "widgets/views/heatmap/site_captions.h"
#include "widgets/views/parts/segments.h"
#include "widgets/views/parts/surface.h"

#include <QAccessible>
#include <QApplication>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include <algorithm>
#include <set>

using namespace busbar;
using namespace busbar::views;
using controls::HeatLevel;
using items::LayoutHit;

namespace {

struct Screen {
    explicit Screen(int sites = 3, std::uint32_t gpus = 1'600) : fleet(sites, gpus, 4), view(selection) {
        view.resize(1600, 960);
        show();
        view.show();
        view.setFocus();
    }
    void show(std::int64_t nowMs = test::kSyntheticNowMs) { view.setFleet(fleet.snapshot(), nowMs); }
    controls::HeatmapControl& canvas() { return view.canvas(); }
    std::string id(const LayoutHit& cell) { return items::nodeId(*view.scene().fleet().sites[cell.site], cell.node); }
    QPoint at(const LayoutHit& cell) { return canvas().cellRect(cell).center().toPoint(); }
    /// The node's five facts as given.
    void setFacts(std::uint32_t node, const NodeFacts& facts) {
        if (!fleet.shard(0).apply(fleet.site(0).factsBatch(node, facts)).ok()) qFatal("facts are not taken");
        show();
    }
    void drag(const QVector<QPoint>& path, Qt::KeyboardModifiers keys) {
        QTest::mousePress(&canvas(), Qt::LeftButton, keys, path.first());
        for (const QPoint& point : path) {
            QMouseEvent move(QEvent::MouseMove, point, canvas().mapToGlobal(point), Qt::NoButton, Qt::LeftButton, keys);
            QApplication::sendEvent(&canvas(), &move);
        }
        QTest::mouseRelease(&canvas(), Qt::LeftButton, keys, path.last());
    }
    void wheel(int steps) {
        QWheelEvent event(QPointF(300, 300), canvas().mapToGlobal(QPointF(300, 300)), {}, QPoint(0, 120 * steps), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(&canvas(), &event);
    }
    items::NodeSelection selection;
    test::SyntheticFleet fleet;
    HeatmapView view;
};

QVector<QPoint> around(const QRectF& box, int margin) {
    const QRect frame = box.toAlignedRect().adjusted(-margin, -margin, margin, margin);
    return {frame.topLeft(), frame.topRight(), frame.bottomRight(), frame.bottomLeft(), frame.topLeft() + QPoint(0, 5)};
}

} // namespace

class TestHeatmapView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void clickSelectsAndControlMarks();
    void lassoTakesTheNodesWhoseCentreIsInside();
    void theWheelGoesFromGpuToRowAndBack();
    void dragPansAndTheMinimapCentres();
    void arrowsMoveAndEnterOpens();
    void arrowsReachEverySite();
    void planIsAskedForTheSelectionOnly();
    void selectionBarSaysWhatIsHeld();
    void theCardIsNeverUnderThePointer();
    void theCardSaysWhatIsKnown();
    void theCardSaysWhichGpuIsClosedApart();
    void theLegendFilters();
    void theQueryDimsTheOthers();
    void marksAreLinksToQueriesThatParse();
    void coarseCellsOpenCloser();
    void statesOfSites_data();
    void statesOfSites();
    void aStaleSiteSaysItsAgeAndIsInNoSum();
    void theCursorStaysWithItsNodeOverANewEpoch();
    void readToPeopleWhoDoNotSee();
    void bothThemesPaintOtherColours();
    void twiceTheDensityIsTwiceThePixels();
    void anEmptyFleetIsShown();
};

void TestHeatmapView::clickSelectsAndControlMarks() {
    Screen screen;
    const LayoutHit first{0, 8, 2}, second{1, 20, 0};
    QTest::mouseClick(&screen.canvas(), Qt::LeftButton, Qt::NoModifier, screen.at(first));
    QCOMPARE(screen.selection.ids(), std::vector<std::string>{screen.id(first)});
    QCOMPARE(*screen.canvas().cursor(), first);
    QTest::mouseClick(&screen.canvas(), Qt::LeftButton, Qt::ControlModifier, screen.at(second));
    QCOMPARE(screen.selection.size(), std::size_t{2});
    QTest::mouseClick(&screen.canvas(), Qt::LeftButton, Qt::ControlModifier, screen.at(first));
    QCOMPARE(screen.selection.ids(), std::vector<std::string>{screen.id(second)});
    QTest::keyClick(&screen.canvas(), Qt::Key_Space);
    QCOMPARE(screen.selection.size(), std::size_t{2});
    QTest::keyClick(&screen.canvas(), Qt::Key_Space);
    QCOMPARE(screen.selection.size(), std::size_t{1});
    QTest::keyClick(&screen.canvas(), Qt::Key_Escape);
    QVERIFY(screen.selection.empty());
    QSignalSpy queries(&screen.view, &FleetView::queryRequested);
    QTest::mouseClick(&screen.canvas(), Qt::LeftButton, Qt::AltModifier, screen.at(first));
    QVERIFY(screen.selection.empty());
    QVERIFY(queries.value(0).value(0).toString().startsWith(QStringLiteral("site:lga1 rack:")));
    QVERIFY(query::parse(queries.value(0).value(0).toString().toStdString()).query != nullptr);
}

void TestHeatmapView::lassoTakesTheNodesWhoseCentreIsInside() {
    Screen screen;
    const LayoutHit inside{1, 8, 0}, beside{1, 40, 0};
    const auto& layout = screen.view.scene().layout();
    screen.canvas().setLevel(HeatLevel::rack);
    const QRectF rack = screen.canvas().cellRect(inside), other = screen.canvas().cellRect(beside);
    screen.canvas().setLevel(HeatLevel::gpu);
    screen.drag(around(rack, 1), Qt::ShiftModifier);
    std::vector<std::string> expected = nodesOfCell(screen.view.scene(), HeatLevel::rack, 1, inside.node);
    std::ranges::sort(expected);
    QCOMPARE(expected.size(), std::size_t{layout.rackOf(1, inside.node).nodeCount});
    QCOMPARE(screen.selection.ids(), expected);
    screen.drag(around(other, 1), Qt::ShiftModifier | Qt::AltModifier);
    QCOMPARE(screen.selection.size(), expected.size() + layout.rackOf(1, beside.node).nodeCount);
    screen.drag(around(other, 1), Qt::ShiftModifier);
    QCOMPARE(screen.selection.size(), std::size_t{layout.rackOf(1, beside.node).nodeCount});
    screen.drag({QPoint(1, 1), QPoint(1, 12), QPoint(12, 12)}, Qt::ShiftModifier);
    QVERIFY2(screen.selection.empty(), "a lasso around nothing selects nothing");
}

void TestHeatmapView::theWheelGoesFromGpuToRowAndBack() {
    Screen screen;
    const double fit = screen.canvas().camera().scale();
    for (const HeatLevel level : {HeatLevel::node, HeatLevel::rack, HeatLevel::row, HeatLevel::row}) {
        screen.wheel(-1);
        QCOMPARE(screen.canvas().level(), level);
        QCOMPARE(screen.canvas().camera().scale(), fit);
    }
    for (const HeatLevel level : {HeatLevel::rack, HeatLevel::node, HeatLevel::gpu}) {
        screen.wheel(1);
        QCOMPARE(screen.canvas().level(), level);
        QCOMPARE(screen.canvas().camera().scale(), fit);
    }
    screen.wheel(2);
    QVERIFY(screen.canvas().camera().scale() > fit);
    QTest::keyClick(&screen.canvas(), Qt::Key_0);
    QCOMPARE(screen.canvas().camera().scale(), fit);
    QTest::keyClick(&screen.canvas(), Qt::Key_Plus);
    QVERIFY(screen.canvas().camera().scale() > fit);
    QTest::keyClick(&screen.canvas(), Qt::Key_Minus);
    QCOMPARE(screen.canvas().camera().scale(), fit);
}

void TestHeatmapView::dragPansAndTheMinimapCentres() {
    Screen screen;
    screen.canvas().zoom(6);
    const QPoint before = screen.canvas().camera().offset();
    screen.drag({QPoint(300, 300), QPoint(270, 260)}, Qt::NoModifier);
    QCOMPARE(screen.canvas().camera().offset() - before, QPoint(30, 40));
    QVERIFY2(screen.selection.empty(), "panning selects nothing");
    auto* minimap = screen.view.findChild<HeatMinimap*>();
    QVERIFY(!minimap->grab().isNull()); // the picture gives the clicks their meaning
    QTest::mouseClick(minimap, Qt::LeftButton, Qt::NoModifier, QPoint(12, 12));
    QVERIFY(screen.canvas().camera().pixelX(0) >= -200 && screen.canvas().camera().pixelY(0) >= -200);
}

void TestHeatmapView::arrowsMoveAndEnterOpens() {
    Screen screen;
    screen.canvas().setCursor({0, 8, 0});
    QSignalSpy opened(&screen.view, &FleetView::nodeOpened);
    QTest::keyClick(&screen.canvas(), Qt::Key_Right);
    QCOMPARE(*screen.canvas().cursor(), (LayoutHit{0, 8, 1}));
    QTest::keyClick(&screen.canvas(), Qt::Key_Left);
    QCOMPARE(*screen.canvas().cursor(), (LayoutHit{0, 8, 0}));
    QTest::keyClick(&screen.canvas(), Qt::Key_Left);
    QVERIFY2(screen.canvas().cursor()->node != 8 && screen.canvas().cursor()->gpu == 7, "over the gap to the last GPU of the rack beside");
    QTest::keyClick(&screen.canvas(), Qt::Key_Right);
    const auto above = screen.view.scene().layout().nodeBox(0, 8).y;
    QTest::keyClick(&screen.canvas(), Qt::Key_K);
    QVERIFY(screen.view.scene().layout().nodeBox(0, screen.canvas().cursor()->node).y < above || above == screen.view.scene().layout().sites()[0].strips[0].box.y);
    QTest::keyClick(&screen.canvas(), Qt::Key_Return);
    QCOMPARE(opened.value(0).value(0).toString(), QString::fromStdString(screen.id(*screen.canvas().cursor())));
}

void TestHeatmapView::arrowsReachEverySite() {
    Screen screen(4, 600);
    std::set<std::uint32_t> reached;
    for (const Qt::Key key : {Qt::Key_Down, Qt::Key_Right, Qt::Key_Up, Qt::Key_Left})
        for (int i = 0; i < 250; ++i) {
            QTest::keyClick(&screen.canvas(), key);
            reached.insert(screen.canvas().cursor()->site);
        }
    QCOMPARE(reached.size(), std::size_t{4});
}

void TestHeatmapView::planIsAskedForTheSelectionOnly() {
    Screen screen;
    QSignalSpy plans(&screen.view, &FleetView::planRequested), status(&screen.view, &FleetView::statusChanged);
    QTest::keyClick(&screen.canvas(), Qt::Key_X);
    QCOMPARE(plans.count(), 0);
    QVERIFY(status.last().value(0).toString().startsWith(QStringLiteral("Nothing to plan")));
    std::vector<std::string> ids{screen.id({0, 4, 0}), screen.id({2, 9, 0})};
    screen.selection.set(ids);
    std::ranges::sort(ids);
    const auto choose = [&screen](const char* verb) {
        auto* menu = screen.view.findChild<QMenu*>(QStringLiteral("verbMenu"));
        QVERIFY(menu != nullptr && menu->isVisible());
        menu->findChild<QAction*>(QLatin1String(verb))->trigger();
        menu->close();
        delete menu;
    };
    QTest::keyClick(&screen.canvas(), Qt::Key_X);
    choose("plan.drain");
    QCOMPARE(plans.count(), 1);
    QVERIFY(plans.value(0).value(0).value<Verb>() == Verb::drain);
    QCOMPARE(plans.value(0).value(1).toStringList(), (QStringList{QString::fromStdString(ids[0]), QString::fromStdString(ids[1])}));
    screen.view.findChild<Button*>(QStringLiteral("planVerbs"))->click();
    choose("plan.provision");
    QCOMPARE(plans.count(), 2);
    QVERIFY(plans.value(1).value(0).value<Verb>() == Verb::provision);
}

void TestHeatmapView::selectionBarSaysWhatIsHeld() {
    Screen screen;
    auto* bar = screen.view.findChild<HeatSelectionBar*>();
    QVERIFY(!bar->isVisible());
    screen.setFacts(2, {NodeState::ready, Service::draining, Occupancy::leased, Health::ok, Link::connected});
    screen.setFacts(3, {NodeState::ready, Service::open, Occupancy::leased, Health::ok, Link::connected});
    screen.selection.set({screen.id({0, 2, 0}), screen.id({0, 3, 0})});
    QVERIFY(bar->isVisible());
    const QString words = bar->findChild<Line*>()->text();
    QVERIFY2(words.startsWith(QStringLiteral("2 nodes selected 16 GPUs")) && words.contains(QStringLiteral("lga1")) && words.contains(QStringLiteral("1 open, 1 draining")), qPrintable(words));
    QCOMPARE(queryOfNodes({"lga1/a", "lga1/b"}), QStringLiteral("node:a,b"));
    QVERIFY2(queryOfNodes(std::vector<std::string>(200, "lga1/some-node")).isEmpty(), "longer than a query bar shows");
    screen.selection.clear();
    QVERIFY(!bar->isVisible());
}

void TestHeatmapView::theCardIsNeverUnderThePointer() {
    Screen screen;
    auto* card = screen.view.findChild<HoverCard*>();
    const QSize size = screen.canvas().size();
    for (const QPoint& corner : {QPoint(100, 60), QPoint(size.width() - 30, 60), QPoint(100, size.height() - 40), QPoint(size.width() / 2, size.height() / 2)}) {
        card->showFor({.title = QStringLiteral("x"), .rows = QVector<HoverFacts::Row>(16)}, corner, QRect(corner - QPoint(10, 10), QSize(20, 20)));
        QVERIFY(card->isVisible());
        QVERIFY2(!card->geometry().contains(corner), "the pointer is on the card");
        QVERIFY(screen.view.rect().contains(card->geometry()));
    }
    card->hide();
    QTest::mouseMove(&screen.canvas(), screen.at({0, 8, 2}));
    QTRY_VERIFY(card->isVisible());
    QTest::mouseMove(&screen.canvas(), QPoint(2, 2));
    QVERIFY2(!card->isVisible(), "gone with its cell");
}

void TestHeatmapView::theCardSaysWhatIsKnown() {
    Screen screen;
    screen.setFacts(3, {NodeState::ready, Service::open, Occupancy::leased, Health::degraded, Link::lost});
    const HoverFacts lost = hoverFacts(screen.view.scene(), HeatLevel::gpu, {0, 3, 1}, test::kSyntheticNowMs);
    QVERIFY(lost.sign == Sign::p2);
    QVERIFY(lost.title.startsWith(QStringLiteral("lga1/")) && lost.title.endsWith(QStringLiteral("GPU 1")));
    QVERIFY2(lost.notes.value(0).contains(QStringLiteral("last known")), "a lost node's values are not of now");
    QVERIFY2(lost.source.startsWith(QStringLiteral("replayed")) || lost.source.startsWith(QStringLiteral("simulated")) || lost.source.startsWith(QStringLiteral("live")), qPrintable(lost.source));
    for (const HoverFacts::Row& row : lost.rows)
        if (row.label == QStringLiteral("power")) QVERIFY2(row.value.first().tone == Tone::muted, "old values are muted");
    // The 998th GPU has no reading of its utilisation, and shows none.
    const std::uint32_t node = screen.view.scene().fleet().sites[0]->nodeOfRow(997);
    const HoverFacts unread = hoverFacts(screen.view.scene(), HeatLevel::gpu, {0, node, static_cast<int>(997 - screen.view.scene().fleet().sites[0]->firstRow(node))}, test::kSyntheticNowMs);
    const auto row = std::ranges::find(unread.rows, QStringLiteral("GPU util"), &HoverFacts::Row::label);
    QVERIFY(row != unread.rows.end());
    QCOMPARE(row->value.first().text, QStringLiteral("? not read"));
    const HoverFacts rack = hoverFacts(screen.view.scene(), HeatLevel::rack, {0, 3, 1}, test::kSyntheticNowMs);
    QVERIFY(rack.title.contains(QStringLiteral("rack")));
    QVERIFY(std::ranges::any_of(rack.rows, [](const HoverFacts::Row& r) { return r.label == QStringLiteral("stale"); }));
}

void TestHeatmapView::theCardSaysWhichGpuIsClosedApart() {
    Screen screen;
    const auto service = [](const HoverFacts& facts) { return std::ranges::find(facts.rows, QStringLiteral("service"), &HoverFacts::Row::label)->value.first().text; };
    const auto facts = [&](HeatLevel level, int gpu, const NodeDetail* detail) { return hoverFacts(screen.view.scene(), level, {0, 8, gpu}, test::kSyntheticNowMs, detail); };
    QCOMPARE(service(facts(HeatLevel::gpu, 1, nullptr)), QStringLiteral("?")); // nobody has said yet
    NodeDetail detail;
    detail.gpus.resize(8);
    detail.gpus[1].service = Service::drained;
    detail.gpus[1].serviceWhy = "drain A-08815: fan noise";
    const HoverFacts apart = facts(HeatLevel::gpu, 1, &detail);
    QCOMPARE(service(apart), QStringLiteral("drained"));
    QCOMPARE(apart.notes.value(0), QStringLiteral("GPU 1 is drained apart from its node: drain A-08815: fan noise"));
    QCOMPARE(service(facts(HeatLevel::gpu, 2, &detail)), QString::fromStdString(std::string(toString(screen.view.scene().fleet().sites[0]->facts(8).service))));
    QCOMPARE(facts(HeatLevel::node, -1, &detail).notes.value(0), QStringLiteral("Apart from the node: GPU 1 drained"));
    screen.view.showNode(QString::fromStdString(screen.id({1, 5, 0})));
    QVERIFY(screen.canvas().cursor() && screen.canvas().cursor()->site == 1 && screen.canvas().cursor()->node == 5);
    screen.view.showNode(QStringLiteral("lga1/nobody"));
    QCOMPARE(screen.canvas().cursor()->node, 5U);
    // The view asks for the node under the pointer, and takes no answer about another.
    QSignalSpy wanted(&screen.view, &HeatmapView::detailWanted);
    QTest::mouseMove(&screen.canvas(), screen.at({0, 8, 2}));
    QTRY_COMPARE(wanted.count(), 1);
    QCOMPARE(wanted.at(0).at(0).toString(), QString::fromStdString(screen.id({0, 8, 2})));
    screen.view.setDetail(QStringLiteral("lga1/another"), detail);
    screen.view.setDetail(wanted.at(0).at(0).toString(), notFound("it is gone"));
    QVERIFY(screen.view.findChild<HoverCard*>()->isVisible());
}

void TestHeatmapView::theLegendFilters() {
    Screen screen;
    auto* bars = screen.view.findChild<HeatBars*>();
    bars->setFocus();
    QTest::keyClick(bars, Qt::Key_Right);
    QVERIFY(screen.view.scene().table().range().low > 0);
    QTest::keyClick(bars, Qt::Key_Left, Qt::ShiftModifier);
    QVERIFY(screen.view.scene().table().range().high < controls::heat::kTop);
    QTest::keyClick(bars, Qt::Key_Home);
    QVERIFY(screen.view.scene().table().range().all());
    QTest::mousePress(bars, Qt::LeftButton, Qt::NoModifier, QPoint(bars->width() / 4, 40));
    QVERIFY(qAbs(screen.view.scene().table().range().low - 25) < 4);
    QVERIFY(bars->accessibleDescription().startsWith(QStringLiteral("shown from ")));
    auto* fill = screen.view.findChildren<Segments*>().value(0);
    fill->findChildren<SegmentButton*>().value(2)->click();
    QCOMPARE(screen.view.scene().table().fill(), controls::Fill::temperature);
    QVERIFY2(screen.view.scene().table().range().all(), "another scale starts with all of it");
}

void TestHeatmapView::theQueryDimsTheOthers() {
    Screen screen;
    QSignalSpy status(&screen.view, &FleetView::statusChanged);
    screen.view.setQuery(query::parse("site:pdx1").query, QStringLiteral("site:pdx1"));
    QTRY_COMPARE(screen.view.scene().tally().leftOut, screen.fleet.site(0).nodeCount() + screen.fleet.site(2).nodeCount());
    QVERIFY(status.last().value(0).toString().contains(QStringLiteral("match")));
    screen.view.setQuery(query::parse("").query, {});
    QCOMPARE(screen.view.scene().tally().leftOut, 0U);
}

void TestHeatmapView::marksAreLinksToQueriesThatParse() {
    Screen screen;
    QSignalSpy queries(&screen.view, &FleetView::queryRequested);
    for (Line* line : screen.view.findChild<HeatMarks*>()->findChildren<Line*>())
        for (const Run& run : line->runs())
            if (!run.link.isEmpty()) Q_EMIT line->linkActivated(run.link);
    QVERIFY(queries.count() >= 6);
    for (const auto& arguments : queries) {
        const query::Parsed parsed = query::parse(arguments.value(0).toString().toStdString());
        QVERIFY2(parsed.query != nullptr, qPrintable(arguments.value(0).toString()));
    }
}

void TestHeatmapView::coarseCellsOpenCloser() {
    Screen screen(6, 6'000);
    QSignalSpy opened(&screen.view, &FleetView::nodeOpened);
    screen.canvas().setLevel(HeatLevel::rack);
    screen.canvas().setCursor({3, 100, 0});
    QTest::keyClick(&screen.canvas(), Qt::Key_Space);
    QCOMPARE(screen.selection.size(), std::size_t{screen.view.scene().layout().rackOf(3, 100).nodeCount});
    QTest::keyClick(&screen.canvas(), Qt::Key_Return);
    QCOMPARE(opened.count(), 0);
    QCOMPARE(screen.canvas().level(), HeatLevel::gpu);
    QVERIFY(screen.canvas().camera().cellPx() >= 8);
    QVERIFY(screen.canvas().rect().contains(screen.at({3, 100, 0})));
}

void TestHeatmapView::statesOfSites_data() {
    QTest::addColumn<int>("state");
    QTest::addColumn<QString>("expected");
    QTest::newRow("connecting") << int(store::SiteState::connecting) << QStringLiteral("connecting");
    QTest::newRow("loading") << int(store::SiteState::loading) << QStringLiteral("loading");
    QTest::newRow("refused") << int(store::SiteState::refused) << QStringLiteral("refused: the certificate expired");
    QTest::newRow("lost") << int(store::SiteState::lost) << QStringLiteral("lost before it said anything: the certificate expired");
    QTest::newRow("live") << int(store::SiteState::live) << QStringLiteral("no nodes enrolled yet");
}

void TestHeatmapView::statesOfSites() {
    QFETCH(int, state);
    QFETCH(QString, expected);
    store::FleetStore shard("osl1");
    shard.setState(static_cast<store::SiteState>(state), "the certificate expired");
    shard.setReceived(test::kSyntheticNowMs);
    const auto caption = siteCaption(*shard.publish(), test::kSyntheticNowMs);
    QVERIFY2(caption.instead.startsWith(expected), qPrintable(caption.instead));
    QCOMPARE(caption.name, QStringLiteral("osl1"));
}

void TestHeatmapView::aStaleSiteSaysItsAgeAndIsInNoSum() {
    Screen screen;
    const std::uint32_t before = screen.view.scene().tally().staleGpus;
    // No word comes any more: the clock alone makes it stale, whatever the last snapshot says.
    screen.show(test::kSyntheticNowMs + 8'000);
    std::uint32_t gpus = 0;
    for (const auto& site : screen.view.scene().fleet().sites) gpus += site->rowCount();
    QVERIFY(before < gpus / 10);
    QCOMPARE(screen.view.scene().tally().staleGpus, gpus);
    const auto captions = siteCaptions(screen.view.scene().fleet(), test::kSyntheticNowMs + 8'000);
    QCOMPARE(captions[0].age, QString::fromUtf8("stale 8.0 s \u00b7 last values"));
    QCOMPARE(captions[0].source, QStringLiteral("live + replayed + simulated"));
    const auto words = screen.view.findChild<HeatLegend*>()->findChildren<Line*>();
    QVERIFY(std::ranges::any_of(words, [](const Line* line) { return line->text() == QStringLiteral("shown 0"); }));
}

void TestHeatmapView::theCursorStaysWithItsNodeOverANewEpoch() {
    Screen screen(1, 400);
    screen.canvas().setCursor({0, 20, 3});
    const std::string id = screen.id({0, 20, 3});
    // The same site with other nodes first: numbers change, the node does not.
    store::FleetStore other("lga1");
    test::SyntheticSite site("lga1", 400, 9);
    auto batches = site.snapshotBatches();
    for (WatchBatch& batch : batches) {
        batch.epoch = 8;
        if (batch.kind == WatchBatch::Kind::nodes) std::swap(batch.nodes.names[20], batch.nodes.names[30]);
        QVERIFY(other.apply(batch).ok());
    }
    other.setReceived(test::kSyntheticNowMs);
    other.setState(store::SiteState::live, "");
    auto fleet = std::make_shared<store::FleetSnapshot>();
    fleet->sites = {other.publish()};
    screen.view.setFleet(fleet, test::kSyntheticNowMs);
    QCOMPARE(screen.canvas().cursor()->node, 30U);
    QCOMPARE(screen.id(*screen.canvas().cursor()), id);
    fleet = std::make_shared<store::FleetSnapshot>();
    fleet->sites = {store::FleetStore("lga1").publish()};
    screen.view.setFleet(fleet, test::kSyntheticNowMs);
    QVERIFY(!screen.canvas().cursor().has_value());
}

void TestHeatmapView::readToPeopleWhoDoNotSee() {
    Screen screen;
    QAccessibleInterface* grid = QAccessible::queryAccessibleInterface(&screen.canvas());
    QVERIFY(grid != nullptr);
    QCOMPARE(grid->role(), QAccessible::Table);
    QCOMPARE(grid->text(QAccessible::Name), QStringLiteral("Heatmap, SM active % of 4,800 GPUs"));
    screen.canvas().setCursor({0, 8, 3});
    QCOMPARE(grid->childCount(), 1);
    QAccessibleInterface* cell = grid->child(0);
    QCOMPARE(cell->role(), QAccessible::Cell);
    QCOMPARE(cell->text(QAccessible::Name), heatCellWords(screen.view.scene(), HeatLevel::gpu, {0, 8, 3}));
    QVERIFY(cell->text(QAccessible::Name).contains(QStringLiteral("GPU 3")));
    QCOMPARE(cell->parent(), grid);
    QCOMPARE(grid->indexOfChild(cell), 0);
    QVERIFY(grid->child(1) == nullptr && grid->childAt(-1, -1) == nullptr);
    screen.view.setFleet(std::make_shared<store::FleetSnapshot>(), test::kSyntheticNowMs);
    QCOMPARE(grid->childCount(), 0);
    QVERIFY(grid->focusChild() == nullptr && !cell->isValid());
    for (const auto* segments : screen.view.findChildren<Segments*>()) QVERIFY(!segments->accessibleName().isEmpty());
}

void TestHeatmapView::bothThemesPaintOtherColours() {
    auto& application = *static_cast<QApplication*>(QApplication::instance());
    controls::setTheme(application, controls::Theme::dark);
    Screen screen;
    const QImage dark = screen.view.grab().toImage();
    controls::setTheme(application, controls::Theme::light);
    const QImage light = screen.view.grab().toImage();
    QCOMPARE(dark.size(), light.size());
    QVERIFY(dark.pixelColor(500, 900).lightness() < 60 && light.pixelColor(500, 900).lightness() > 180);
    const QPoint cell = screen.at({0, 8, 2}) + screen.canvas().mapTo(&screen.view, QPoint());
    QVERIFY(dark.pixel(cell) != light.pixel(cell));
    controls::setTheme(application, controls::Theme::dark);
}

void TestHeatmapView::twiceTheDensityIsTwiceThePixels() {
    const controls::HeatScene empty;
    controls::HeatScene scene;
    scene.setFleet(test::makeSyntheticFleet(3, 1'600, 4), {});
    controls::HeatCamera one, two;
    one.setScene(scene.layout().world(), QSize(900, 600));
    two.setScene(scene.layout().world(), QSize(1'800, 1'200));
    QVERIFY(two.scale() >= 1.8 * one.scale());
    controls::HeatRaster raster;
    raster.update(scene, two, HeatLevel::gpu);
    QCOMPARE(raster.image().size(), QSize(1'800, 1'200));
}

void TestHeatmapView::anEmptyFleetIsShown() {
    items::NodeSelection selection;
    HeatmapView view(selection);
    view.resize(1280, 800);
    view.show();
    QVERIFY(!view.grab().isNull());
    view.setFleet(std::make_shared<store::FleetSnapshot>(), test::kSyntheticNowMs);
    for (const Qt::Key key : {Qt::Key_Left, Qt::Key_Return, Qt::Key_Space, Qt::Key_Plus, Qt::Key_0, Qt::Key_X}) QTest::keyClick(&view.canvas(), key);
    QVERIFY(!view.canvas().cursor().has_value());
    QVERIFY(!view.grab().isNull());
}

QTEST_MAIN(TestHeatmapView)
#include "tst_heatmap_view.moc"
