// The overview: what keys and clicks ask for, that every query it gives is one, frozen order, states of a site's link, sums shown equal the
// store's, 30 sites without scrolling, the chart's bound on points, the capacity bar's smallest parts.
#include "items/node_selection.h"
#include "shell_samples.h"
#include "store/capacity.h"
#include "store/query/query.h"
#include "tests/support/synthetic_fleet.h"
#include "widgets/charts/utilisation_chart.h"
#include "widgets/controls/capacity_bar.h"
#include "widgets/controls/theme.h"
#include "widgets/views/overview/overview_view.h"
#include "widgets/views/overview/overview_words.h"
#include "widgets/views/overview/side_panels.h"
#include "widgets/views/overview/sites_panel.h"
#include "widgets/views/overview/tally_panels.h"

#include <QAbstractItemModelTester>
#include <QChart>
#include <QListView>
#include <QPainter>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <random>

using namespace busbar;
using namespace busbar::views;
using namespace busbar::test;

namespace {

constexpr std::int64_t kNow = kSyntheticNowMs;

struct Fixture {
    explicit Fixture(int sites, std::uint32_t gpus, QSize size = {1856, 950}) : fleet(sites, gpus, 4), view(selection) {
        view.resize(size);
        view.show();
    }
    /// Shows the fleet of now and waits for its tables.
    void show(std::int64_t now = kNow) {
        QSignalSpy done(view.findChild<items::TallyWatch*>(), &items::TallyWatch::updated);
        view.setFleet(fleet.snapshot(), now);
        QVERIFY(done.wait());
    }
    SiteTable& table() { return *view.findChild<SiteTable*>(); }
    items::SiteModel& model() { return *view.findChild<items::SiteModel*>(); }
    TallyPanels& panels() { return *view.findChild<TallyPanels*>(); }
    SidePanels& side() { return *view.findChild<SidePanels*>(); }

    SyntheticFleet fleet;
    items::NodeSelection selection;
    OverviewView view;
};

QModelIndex cell(ListPanel& panel, int row, int column = 0) { return panel.model().index(row, column); }

int sumOf(ListPanel& panel, int column) {
    int sum = 0;
    for (int row = 0; row < panel.model().rowCount(); ++row) sum += cell(panel, row, column).data().toString().remove(QLatin1Char(',')).toInt();
    return sum;
}

QImage paintedBar(const store::SiteRollup& rollup, std::uint32_t scale, bool past = false) {
    QImage image(200, 18, QImage::Format_RGB32);
    image.fill(Qt::magenta);
    QPainter painter(&image);
    controls::paintCapacityBar(painter, QRectF(0, 0, 200, 18), rollup, scale, past);
    return image;
}

} // namespace

class TestOverview : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { controls::setTheme(*qApp, controls::Theme::dark); }
    void keysAskForScopeAndHeatmap();
    void orderIsFrozenWhileASiteIsSelected();
    void remainderLeadsToWhatIsStale();
    void tablesSumToTheRollups();
    void everyTargetIsAQueryOrANode();
    void tooltipHasAllCounts();
    void siteWithoutValuesShowsItsSentence();
    void noSiteSaysWhatToDo();
    void thirtySitesNeedNoScrolling();
    void narrowWindowHidesColumnsNotNumbers();
    void openActionsAreListed();
    void barModelsAreModels();
    void chartHasAtMostAPointAPixel_data();
    void chartHasAtMostAPointAPixel();
    void smallestPartOfABarIsSeen();
    void allStatesPaintInBothThemes();
};

void TestOverview::keysAskForScopeAndHeatmap() {
    Fixture f(3, 400);
    f.show();
    QSignalSpy queries(&f.view, &FleetView::queryRequested), views(&f.view, &FleetView::viewRequested), status(&f.view, &FleetView::statusChanged);
    QTest::keyClick(&f.table(), Qt::Key_Return);
    QCOMPARE(queries.count(), 0); // nothing is selected
    f.table().selectSite(QStringLiteral("pdx1"));
    QVERIFY(status.last().at(0).toString().startsWith(QStringLiteral("site pdx1")));
    QTest::keyClick(&f.table(), Qt::Key_Return);
    QCOMPARE(queries.last().at(0).toString(), QStringLiteral("site:pdx1"));
    QCOMPARE(views.count(), 0);
    QTest::keyClick(&f.table(), Qt::Key_H);
    QCOMPARE(queries.count(), 2);
    QCOMPARE(views.last().at(0).toString(), QStringLiteral("heatmap"));
    const int row = f.model().rowOf(QStringLiteral("fra1"));
    const QPoint point = f.table().visualRect(f.model().index(row, items::SiteModel::kCapacity)).center();
    QTest::mouseClick(f.table().viewport(), Qt::LeftButton, {}, point);
    QTest::mouseDClick(f.table().viewport(), Qt::LeftButton, {}, point);
    QCOMPARE(queries.last().at(0).toString(), QStringLiteral("site:fra1"));
    QTest::keyClick(&f.table(), Qt::Key_Escape);
    QVERIFY(f.table().currentSite().isEmpty());
    QTest::keyClick(&f.table(), Qt::Key_J);
    QVERIFY(!f.table().currentSite().isEmpty());
}

void TestOverview::orderIsFrozenWhileASiteIsSelected() {
    Fixture f(3, 400);
    f.show();
    f.table().selectSite(f.model().site(0).name);
    const QString first = f.model().site(0).name, last = f.model().site(2).name;
    f.fleet.shard(static_cast<std::size_t>(f.model().site(2).profileIndex)).setState(store::SiteState::refused, "refused for this test");
    for (std::size_t i = 0; i < 3; ++i) // nobody else needs a person any more
        for (std::uint32_t node = 0; node < f.fleet.site(i).nodeCount(); ++node)
            QVERIFY(f.fleet.shard(i).apply(f.fleet.site(i).factsBatch(node, {NodeState::ready, Service::open, Occupancy::free, Health::ok, Link::connected})).ok());
    for (std::size_t i = 0; i < 3; ++i) f.fleet.shard(i).setReceived(kNow + 2'000);
    f.show(kNow + 2'000);
    QCOMPARE(f.model().site(0).name, first);
    QVERIFY(f.model().wouldMove() > 0);
    QTest::keyClick(&f.table(), Qt::Key_R);
    QCOMPARE(f.model().site(0).name, last);
    QCOMPARE(f.table().currentSite(), first); // the selection went with its site
}

void TestOverview::remainderLeadsToWhatIsStale() {
    Fixture f(2, 800);
    f.fleet.shard(1).setReceived(kNow - 94'000);
    f.show();
    auto* row = f.view.findChild<FleetRow*>();
    QVERIFY2(row->words().contains(QStringLiteral("800 GPUs left out: pdx1 lost")), qPrintable(row->words()));
    QSignalSpy queries(&f.view, &FleetView::queryRequested), views(&f.view, &FleetView::viewRequested);
    QTest::keyClick(row, Qt::Key_Return);
    QCOMPARE(queries.at(0).at(0).toString(), QStringLiteral("stale:yes"));
    QCOMPARE(views.at(0).at(0).toString(), QStringLiteral("nodes"));
}

void TestOverview::tablesSumToTheRollups() {
    Fixture f(3, 4'000);
    f.fleet.shard(2).setReceived(kNow - 5'000);
    f.show();
    const store::SiteRollup sum = store::sumAt(*f.fleet.snapshot(), kNow);
    constexpr int kInstalled = 1, kFree = 3, kReasonGpus = 2;
    QCOMPARE(sumOf(f.panels().freePanel(), kFree), static_cast<int>(sum.free));
    QCOMPARE(sumOf(f.panels().freePanel(), kInstalled), static_cast<int>(sum.installed - f.model().total().unknownGpus));
    QCOMPARE(sumOf(f.panels().reasonPanel(), kReasonGpus), static_cast<int>(sum.installed - sum.reserved - sum.free));
    QCOMPARE(f.model().total().rollup.free, sum.free);
    QCOMPARE(cell(f.panels().reasonPanel(), f.panels().reasonPanel().model().rowCount() - 1).data().toString(), QStringLiteral("site not live"));
}

void TestOverview::everyTargetIsAQueryOrANode() {
    for (std::size_t i = 0; i < store::kStandings; ++i) {
        const std::string text(store::queryOf(static_cast<store::Standing>(i)));
        const query::Parsed parsed = query::parse(text);
        QVERIFY2(parsed.query != nullptr, qPrintable(QString::fromStdString(text + ": " + (parsed.error ? parsed.error->sentence : ""))));
    }
    Fixture f(2, 4'000);
    f.show();
    QSignalSpy queries(&f.view, &FleetView::queryRequested), nodes(&f.view, &FleetView::nodeOpened);
    for (ListPanel* panel : {&f.panels().freePanel(), &f.panels().reasonPanel(), &f.side().eventsPanel(), &f.side().urgentPanel()}) {
        QVERIFY(panel->model().rowCount() > 0);
        for (int row = 0; row < panel->model().rowCount(); ++row) {
            const auto before = queries.count() + nodes.count();
            Q_EMIT panel->table().clicked(cell(*panel, row));
            QCOMPARE(queries.count() + nodes.count(), before + 1);
        }
    }
    const store::FleetPtr fleet = f.fleet.snapshot();
    for (const auto& call : queries) {
        const query::Parsed parsed = query::parse(call.at(0).toString().toStdString());
        QVERIFY2(parsed.query != nullptr, qPrintable(call.at(0).toString()));
        const auto result = query::run(*fleet, *parsed.query, kNow);
        QVERIFY(result.ok());
        QVERIFY2(!result->nodes.empty(), qPrintable(call.at(0).toString())); // a row never leads to nothing
    }
    for (const auto& call : nodes) {
        const QStringList id = call.at(0).toString().split(QLatin1Char('/'));
        const auto site = std::find_if(fleet->sites.begin(), fleet->sites.end(), [&](const store::SitePtr& known) { return known->site() == id[0].toStdString(); });
        QVERIFY((*site)->findNode(id[1].toStdString()) < (*site)->nodeCount());
    }
}

void TestOverview::tooltipHasAllCounts() {
    Fixture f(1, 800);
    f.show();
    const QString tip = siteTip(f.model().site(0));
    const auto parts = store::partsOf(f.model().site(0).rollup);
    for (std::size_t i = 0; i < parts.size(); ++i) QVERIFY(tip.contains(QString::fromUtf8(store::toString(static_cast<store::CapacityPart>(i)).data())));
    QVERIFY(tip.contains(QStringLiteral("800")));
    QVERIFY(tip.contains(QStringLiteral("replayed")));
}

void TestOverview::siteWithoutValuesShowsItsSentence() {
    Fixture f(1, 800);
    store::FleetStore refused("iad1"), loading("sjc1"), empty("ord1");
    refused.setState(store::SiteState::refused, "iad1 refused the certificate of m.chen: it expired. Renew it with: busbarctl pki enrol");
    loading.setState(store::SiteState::loading, "");
    empty.setState(store::SiteState::live, "");
    empty.setReceived(kNow);
    auto fleet = std::make_shared<store::FleetSnapshot>(*f.fleet.snapshot());
    for (store::FleetStore* shard : {&refused, &loading, &empty}) fleet->sites.push_back(shard->publish());
    f.view.setFleet(fleet, kNow);
    const auto sentence = [&](const char* site) { return rowSentence(f.model().site(f.model().rowOf(QString::fromLatin1(site)))); };
    QVERIFY(sentence("iad1").contains(QStringLiteral("Renew it with")));
    QVERIFY(sentence("sjc1").contains(QStringLiteral("snapshot")));
    QVERIFY(sentence("ord1").contains(QStringLiteral("No node is enrolled")));
    QVERIFY(sentence("lga1").isEmpty());
    for (const char* site : {"iad1", "sjc1", "ord1"}) QVERIFY(f.table().columnSpan(f.model().rowOf(QString::fromLatin1(site)), items::SiteModel::kCapacity) > 5);
    QCOMPARE(f.table().columnSpan(f.model().rowOf(QStringLiteral("lga1")), items::SiteModel::kCapacity), 1);
}

void TestOverview::noSiteSaysWhatToDo() {
    Fixture f(1, 80);
    f.view.setFleet(std::make_shared<store::FleetSnapshot>(), kNow);
    QVERIFY(!f.table().isVisible());
    QStringList words;
    for (const Paragraph* paragraph : f.view.findChildren<Paragraph*>())
        if (paragraph->isVisible()) words << paragraph->text();
    QVERIFY(words.join(QLatin1Char(' ')).contains(QStringLiteral("busbarctl pki enrol")));
}

void TestOverview::thirtySitesNeedNoScrolling() {
    Fixture f(30, 80); // the window of 1920 × 1080 less frame: 1856 × 978; 950 is stricter
    f.show();
    QCOMPARE(f.table().verticalScrollBar()->maximum(), 0);
    for (int row = 0; row < 30; ++row) QVERIFY(f.table().viewport()->rect().contains(f.table().visualRect(f.model().index(row, items::SiteModel::kLink))));
}

void TestOverview::narrowWindowHidesColumnsNotNumbers() {
    Fixture f(2, 400, {900, 700});
    f.show();
    QVERIFY(f.table().isColumnHidden(items::SiteModel::kTrend));
    for (const auto column : {items::SiteModel::kSite, items::SiteModel::kCapacity, items::SiteModel::kInstalled, items::SiteModel::kInUse, items::SiteModel::kFree, items::SiteModel::kLink})
        QVERIFY(!f.table().isColumnHidden(column));
    QVERIFY(!f.side().isVisible());
    f.view.resize(1856, 950);
    QVERIFY(!f.table().isColumnHidden(items::SiteModel::kTrend));
    QVERIFY(f.side().isVisible());
}

void TestOverview::openActionsAreListed() {
    Fixture f(1, 80);
    auto* list = f.side().findChild<QListView*>();
    QCOMPARE(list->model()->rowCount(), 0);
    auto actions = std::make_shared<store::ActionsSnapshot>();
    actions->actions = {std::make_shared<const Action>(samples::finishedDrain(kNow)), std::make_shared<const Action>(samples::runningDrain(kNow))};
    f.view.setActions(actions);
    QCOMPARE(list->model()->rowCount(), 1);
    QSignalSpy opened(&f.view, &OverviewView::actionOpened);
    Q_EMIT list->clicked(list->model()->index(0, 0));
    QCOMPARE(opened.at(0).at(0).toString().toStdString(), samples::runningDrain(kNow).id);
}

void TestOverview::barModelsAreModels() {
    BarListModel model({{QStringLiteral("a")}, {QString()}}, 1, nullptr);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    std::mt19937 random(3);
    for (int round = 0; round < 40; ++round) {
        QVector<QVector<Cell>> rows(static_cast<int>(random() % 6), {{.text = QStringLiteral("x")}, {}});
        model.setBars(QVector<Bar>(rows.size(), Bar{5, 10}));
        model.setRows(rows);
        QCOMPARE(model.rowCount(), static_cast<int>(rows.size()));
    }
    model.setBars({{5, 0}, {4'096, 0, true}});
    QCOMPARE(model.scale(), 5.0); // what is unknown does not shrink what is known
}

void TestOverview::chartHasAtMostAPointAPixel_data() {
    QTest::addColumn<int>("seconds");
    QTest::addColumn<bool>("gap");
    QTest::newRow("nothing yet") << 0 << false;
    QTest::newRow("ten minutes") << 600 << false;
    QTest::newRow("a day, with a gap") << 86'400 << true;
}

void TestOverview::chartHasAtMostAPointAPixel() {
    QFETCH(int, seconds);
    QFETCH(bool, gap);
    items::Trend trend;
    for (int i = 0; i <= seconds; ++i) trend.add(kNow + i * 1'000LL, gap && i > 20'000 && i < 30'000 ? NAN : 60.0F + static_cast<float>(i % 37));
    charts::UtilisationChart chart;
    chart.resize(420, 160);
    chart.show();
    chart.setTrend(trend);
    QCOMPARE(chart.pointCount() > 0, seconds > 0);
    QVERIFY(chart.pointCount() <= static_cast<int>(chart.chart()->plotArea().width()));
    QCOMPARE(chart.chart()->series().size(), seconds == 0 ? 0 : gap ? 2 : 1);
}

void TestOverview::smallestPartOfABarIsSeen() {
    store::SiteRollup rollup{.installed = 100'000, .healthy = 99'999, .reserved = 99'999, .inUse = 99'999, .busy = 99'999, .notHealthy = 1};
    const QImage bar = paintedBar(rollup, 200'000);
    QCOMPARE(bar.pixelColor(50, 9), controls::tone(controls::Tone::ramp4));
    QVERIFY(bar.pixelColor(99, 9) != controls::tone(controls::Tone::ramp4)); // one sick GPU
    QVERIFY(bar.pixelColor(99, 9) != QColor(Qt::magenta));
    QCOMPARE(bar.pixelColor(101, 9), QColor(Qt::magenta)); // half of the common scale
    const QImage past = paintedBar(rollup, 200'000, true);
    QVERIFY(past.pixelColor(50, 9) != controls::tone(controls::Tone::ramp4));
    QCOMPARE(paintedBar({}, 100).pixelColor(0, 9), QColor(Qt::magenta));
}

void TestOverview::allStatesPaintInBothThemes() {
    Fixture f(3, 400);
    f.fleet.shard(1).setReceived(kNow - 20'000);
    f.show();
    for (const auto theme : {controls::Theme::dark, controls::Theme::light}) {
        controls::setTheme(*qApp, theme);
        const QImage image = f.table().viewport()->grab().toImage();
        const int stale = f.model().rowOf(QStringLiteral("pdx1")), live = f.model().rowOf(QStringLiteral("lga1"));
        const auto ground = [&](int row) { // distinct colours of the ground between two columns: one, or the hatch over it
            QSet<QRgb> colours;
            const QRect rect = f.table().visualRect(f.model().index(row, items::SiteModel::kTrend));
            for (int y = rect.top() + 2; y < rect.bottom() - 2; ++y) colours << image.pixel(rect.left() + 2, y);
            return colours.size();
        };
        QCOMPARE(ground(live), 1);
        QVERIFY(ground(stale) > 1);
    }
    controls::setTheme(*qApp, controls::Theme::dark);
}

QTEST_MAIN(TestOverview)
#include "tst_overview.moc"
