// The heatmap's cells: every pixel is the GPU that a click there would find, coarser cells show the worst, what is unknown has no colour of the
// ramp, and repainting what changed gives the same picture as painting all.
#include "tests/support/synthetic_fleet.h"
#include "widgets/controls/heatmap/heat_histogram.h"
#include "widgets/controls/heatmap/heat_raster.h"
#include "widgets/controls/heatmap/heat_words.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace busbar;
using namespace busbar::controls;

Q_DECLARE_METATYPE(busbar::controls::Fill)
Q_DECLARE_METATYPE(busbar::controls::HeatLevel)

namespace {

constexpr QSize kCanvas(1200, 760);

struct Scene : HeatScene {
    explicit Scene(const store::FleetPtr& fleet, std::vector<bool> stale = {}) { setFleet(fleet, stale); }
};

HeatCamera fitted(const HeatScene& scene, QSize canvas = kCanvas) {
    HeatCamera camera;
    camera.setScene(scene.layout().world(), canvas);
    return camera;
}

void addFillRows() {
    QTest::addColumn<Fill>("fill");
    for (const Fill fill : kFills) QTest::newRow(qPrintable(controls::infoOf(fill).key)) << fill;
}

/// Badness of a plain value, worked out without the table: larger is worse; -1 for no value.
std::int64_t badness(Fill fill, std::int64_t value) { return value < 0 ? -1 : fill == Fill::utilisation ? 1'000 - value : value; }

std::uint8_t pixelIndex(const QImage& image, const HeatCamera& camera, const items::Box& box) {
    const QPoint at = camera.pixels(box).center();
    return image.constScanLine(at.y())[at.x()];
}

} // namespace

class TestHeatmapCells : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPixelIsTheGpuAClickFindsAtEveryZoom();
    void cellsBelowAPixelShowTheWorst();
    void coarserCellsShowTheWorstOfFreshValues_data();
    void coarserCellsShowTheWorstOfFreshValues();
    void whatIsUnknownHasNoColourOfTheRamp_data() { addFillRows(); }
    void whatIsUnknownHasNoColourOfTheRamp();
    void aRackIsNotOkWhileAGpuIsUnknown();
    void repaintingWhatChangedGivesTheWholePicture_data();
    void repaintingWhatChangedGivesTheWholePicture();
    void nothingChangedPaintsNothing();
    void oldNodesAreNeverLit();
    void rangeAndQueryDimAndNothingElse();
    void theHistogramCountsEveryGpuOnce_data() { addFillRows(); }
    void theHistogramCountsEveryGpuOnce();
    void scaleAndWords_data();
    void scaleAndWords();
    void zoomingKeepsThePointAndEndsAtTheFit();
    void wordsOfACell();
};

void TestHeatmapCells::aPixelIsTheGpuAClickFindsAtEveryZoom() {
    const Scene scene(test::makeSyntheticFleet(3, 2'400, 7));
    HeatCamera camera = fitted(scene);
    std::mt19937 random(5);
    int checked = 0;
    for (int zoom = 0; zoom < 12; ++zoom) {
        HeatRaster raster;
        raster.update(scene, camera, HeatLevel::gpu);
        for (int i = 0; i < 600; ++i) {
            const QPoint pixel(static_cast<int>(random() % kCanvas.width()), static_cast<int>(random() % kCanvas.height()));
            const QPointF world = camera.world(pixel);
            const auto hit = scene.layout().hit(world.x(), world.y());
            const std::uint8_t painted = raster.image().constScanLine(pixel.y())[pixel.x()];
            if (!hit || hit->gpu < 0) {
                QVERIFY2(!heat::isValue(painted), "a colour where no GPU is");
                continue;
            }
            // The lines between cells belong to a cell and are not painted; hatches are.
            if (!heat::isValue(painted)) continue;
            QCOMPARE(painted, scene.indexOf(hit->site, hit->node, hit->gpu));
            ++checked;
        }
        camera.zoom(1, QPoint(400, 300));
    }
    QVERIFY(checked > 2'000);
    QVERIFY(camera.cellPx() > 20);
}

void TestHeatmapCells::cellsBelowAPixelShowTheWorst() {
    const Scene scene(test::makeSyntheticFleet(2, 40'000, 7));
    const HeatCamera camera = fitted(scene, QSize(420, 300));
    QVERIFY(camera.cellPx() < 1);
    QVERIFY(items::kLineUnits * camera.scale() >= 1);
    HeatRaster raster;
    raster.update(scene, camera, HeatLevel::gpu);
    int below = 0;
    for (std::uint32_t node = 0; node < 2'000; ++node) {
        const items::NodeSpot& spot = scene.layout().sites()[0].spots[node];
        if (spot.gpus == 0 || (scene.nodes(0).flags(node) & HeatNodes::old) != 0) continue;
        const int y = camera.pixelY(spot.y);
        for (int gpu = 0; gpu < spot.gpus; ++gpu) {
            const int x = std::min(camera.pixelX(spot.x + gpu * items::kCellUnits), camera.pixelX(spot.x + spot.gpus * items::kCellUnits) - 1);
            if (x < 0 || y < 0 || x >= 420 || y >= 300) continue;
            const std::uint8_t painted = raster.image().constScanLine(y)[x], own = scene.indexOf(0, node, gpu);
            QCOMPARE(scene.table().worse(painted, own), painted);
            below += painted != own;
        }
    }
    QVERIFY2(below > 100, "pixels were shared");
}

void TestHeatmapCells::coarserCellsShowTheWorstOfFreshValues_data() {
    QTest::addColumn<Fill>("fill");
    QTest::addColumn<HeatLevel>("level");
    const char* const names[] = {"GPU", "node", "rack", "row"};
    for (const Fill fill : kFills)
        for (const HeatLevel level : {HeatLevel::node, HeatLevel::rack, HeatLevel::row})
            QTest::newRow(qPrintable(controls::infoOf(fill).key + QLatin1Char(' ') + QLatin1String(names[static_cast<int>(level)]))) << fill << level;
}

void TestHeatmapCells::coarserCellsShowTheWorstOfFreshValues() {
    QFETCH(Fill, fill);
    QFETCH(HeatLevel, level);
    Scene scene(test::makeSyntheticFleet(2, 3'000, 9));
    scene.setFill(fill);
    HeatCamera camera = fitted(scene);
    HeatRaster raster;
    raster.update(scene, camera, level);
    const store::SiteSnapshot& site = *scene.fleet().sites[1];
    int compared = 0;
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node) {
        std::int64_t worst = -1, worstValue = -1;
        bool unknownHealth = false;
        for (std::uint32_t other = 0; other < site.nodeCount(); ++other) {
            const bool same = level == HeatLevel::node ? other == node : level == HeatLevel::rack ? site.rack(other) == site.rack(node) : site.row(other) == site.row(node) && site.hall(other) == site.hall(node);
            if (!same || site.facts(other).link != Link::connected) continue;
            for (int gpu = 0; gpu < site.gpuCount(other); ++gpu) {
                const std::int64_t value = heatValue(fill, site, site.firstRow(other) + static_cast<std::uint32_t>(gpu));
                unknownHealth = unknownHealth || (fill == Fill::health && value == static_cast<int>(Health::unknown));
                if (badness(fill, value) > worst) worst = badness(fill, value), worstValue = value;
            }
        }
        if (worst < 0 || (unknownHealth && worstValue <= static_cast<int>(Health::unknown))) continue;
        const items::Box box = level == HeatLevel::node ? scene.layout().nodeBox(1, node) : level == HeatLevel::rack ? scene.layout().rackOf(1, node).box : scene.layout().stripOf(1, node).box;
        QCOMPARE(pixelIndex(raster.image(), camera, box), scene.table().indexOf(worstValue));
        ++compared;
    }
    QVERIFY(compared > 100);
}

void TestHeatmapCells::whatIsUnknownHasNoColourOfTheRamp() {
    QFETCH(Fill, fill);
    Scene scene(test::makeSyntheticFleet(3, 4'000, 2));
    scene.setFill(fill);
    HeatCamera camera = fitted(scene);
    int unknown = 0;
    for (int zoom = 0; zoom < 8; ++zoom, camera.zoom(1, QPoint(300, 200))) {
        HeatRaster raster;
        raster.update(scene, camera, HeatLevel::gpu);
        const QRect view(QPoint(), kCanvas);
        for (std::uint32_t site = 0; site < 3; ++site)
            for (std::uint32_t row = 0; row < scene.fleet().sites[site]->rowCount(); ++row) {
                const std::int64_t value = heatValue(fill, *scene.fleet().sites[site], row);
                if (value >= 0 && !(fill == Fill::health && value == static_cast<int>(Health::unknown))) continue;
                const std::uint32_t node = scene.fleet().sites[site]->nodeOfRow(row);
                const QRect cell = camera.pixels(scene.layout().gpuBox(site, node, static_cast<int>(row - scene.fleet().sites[site]->firstRow(node))));
                if (!view.contains(cell) || cell.isEmpty()) continue;
                for (int y = cell.top(); y <= cell.bottom(); ++y)
                    for (int x = cell.left(); x <= cell.right(); ++x) QVERIFY2(!heat::isValue(raster.image().constScanLine(y)[x]), "an unknown value is coloured");
                ++unknown;
            }
    }
    // Temperature and memory of the made-up fleet are always read.
    QVERIFY(unknown > 0 || fill == Fill::temperature || fill == Fill::memory);
}

void TestHeatmapCells::aRackIsNotOkWhileAGpuIsUnknown() {
    const HeatTable table(Fill::health);
    const auto indexOf = [&](Health health) { return table.indexOf(static_cast<std::int64_t>(health)); };
    QCOMPARE(table.worse(indexOf(Health::ok), heat::kNotRead), heat::kNotRead);
    QCOMPARE(table.worse(heat::kNotRead, indexOf(Health::watch)), indexOf(Health::watch));
    QCOMPARE(indexOf(Health::unknown), heat::kNotRead);
}

void TestHeatmapCells::repaintingWhatChangedGivesTheWholePicture_data() {
    QTest::addColumn<HeatLevel>("level");
    QTest::addColumn<int>("zoom");
    QTest::newRow("GPU") << HeatLevel::gpu << 0;
    QTest::newRow("GPU, close") << HeatLevel::gpu << 7;
    QTest::newRow("node") << HeatLevel::node << 0;
    QTest::newRow("rack") << HeatLevel::rack << 0;
    QTest::newRow("row") << HeatLevel::row << 0;
}

void TestHeatmapCells::repaintingWhatChangedGivesTheWholePicture() {
    QFETCH(HeatLevel, level);
    QFETCH(int, zoom);
    test::SyntheticFleet fleet(2, 20'000, 4);
    Scene scene(fleet.snapshot());
    HeatCamera camera = fitted(scene);
    camera.zoom(zoom, QPoint(300, 300));
    HeatRaster raster;
    raster.update(scene, camera, level);
    std::mt19937 random(8);
    bool stale = false;
    for (int round = 0; round < 8; ++round) {
        const QImage before = raster.image().copy();
        if (round % 2 == 0) fleet.tick(round == 0 ? 0.4 : 0.0005);
        const std::uint32_t node = static_cast<std::uint32_t>(random()) % fleet.site(0).nodeCount();
        QVERIFY(fleet.shard(0).apply(fleet.site(0).factsBatch(node, {NodeState::ready, Service::open, Occupancy::leased, Health::ok, round % 3 == 0 ? Link::lost : Link::connected})).ok());
        stale = round == 5 || round == 6;
        scene.setFleet(fleet.snapshot(), {false, stale});
        const QRect changed = raster.update(scene, camera, level);
        HeatRaster whole;
        whole.update(scene, camera, level);
        QCOMPARE(raster.image(), whole.image());
        for (int y = 0; y < before.height(); ++y)
            for (int x = 0; x < before.width(); ++x)
                if (before.constScanLine(y)[x] != whole.image().constScanLine(y)[x]) QVERIFY2(changed.contains(x, y), "a pixel changed outside of what was said");
    }
}

void TestHeatmapCells::nothingChangedPaintsNothing() {
    test::SyntheticFleet fleet(2, 9'000, 4);
    Scene scene(fleet.snapshot());
    const HeatCamera camera = fitted(scene);
    HeatRaster raster;
    QCOMPARE(raster.update(scene, camera, HeatLevel::gpu), QRect(QPoint(), kCanvas));
    scene.setFleet(fleet.snapshot(), {});
    QVERIFY(raster.update(scene, camera, HeatLevel::gpu).isEmpty());
    // One GPU of one chunk: the rest of the canvas stays.
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::column;
    batch.epoch = 7;
    batch.revision = 2;
    batch.column = {.metric = Metric::smActive, .rows = {5'000}, .values = {100}};
    QVERIFY(fleet.shard(1).apply(batch).ok());
    scene.setFleet(fleet.snapshot(), {});
    const QRect changed = raster.update(scene, camera, HeatLevel::gpu);
    QVERIFY(!changed.isEmpty() && changed.width() * changed.height() < kCanvas.width() * kCanvas.height() / 2);
}

void TestHeatmapCells::oldNodesAreNeverLit() {
    const Scene scene(test::makeSyntheticFleet(2, 3'000, 2), {false, true});
    const HeatCamera camera = fitted(scene);
    HeatRaster raster;
    raster.update(scene, camera, HeatLevel::gpu);
    int old = 0;
    for (std::uint32_t site = 0; site < 2; ++site)
        for (std::uint32_t node = 0; node < scene.fleet().sites[site]->nodeCount(); ++node) {
            const bool isOld = site == 1 || scene.fleet().sites[site]->facts(node).link != Link::connected;
            QCOMPARE((scene.nodes(site).flags(node) & HeatNodes::old) != 0, isOld);
            if (!isOld) continue;
            const QRect box = camera.pixels(scene.layout().nodeBox(site, node));
            for (int y = box.top(); y <= box.bottom(); ++y)
                for (int x = box.left(); x <= box.right(); ++x) QVERIFY2(raster.image().constScanLine(y)[x] > heat::kTop, "a stale value is lit");
            ++old;
        }
    QVERIFY(old > 300);
    QVERIFY2(scene.nodes(1).tally().p1 + scene.nodes(1).tally().p2 + scene.nodes(1).tally().p3 == 0, "nothing of a stale site counts as an alarm of now");
    for (const HeatMark& mark : scene.nodes(1).marks()) QVERIFY(mark.sign == Sign::p1Stale || mark.sign == Sign::p2Stale);
}

void TestHeatmapCells::rangeAndQueryDimAndNothingElse() {
    Scene scene(test::makeSyntheticFleet(1, 2'000, 3));
    const store::SiteSnapshot& site = *scene.fleet().sites[0];
    auto matches = std::make_shared<items::NodeMatches>();
    matches->epochs = {site.epoch()};
    matches->found.resize(1);
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node) matches->found[0].push_back(node % 3 == 0);
    scene.setMatches(matches);
    scene.setRange({20, 80});
    for (std::uint32_t node = 0; node < site.nodeCount(); ++node)
        for (int gpu = 0; gpu < site.gpuCount(node); ++gpu) {
            const std::uint8_t index = scene.indexOf(0, node, gpu);
            const std::uint8_t plain = scene.table().indexOf(heatValue(Fill::utilisation, site, site.firstRow(node) + static_cast<std::uint32_t>(gpu)));
            const bool lit = node % 3 == 0 && plain >= 20 && plain <= 80 && site.facts(node).link == Link::connected;
            QCOMPARE(index, heat::isValue(plain) ? (lit ? plain : heat::dimmed(plain)) : plain);
        }
    QVERIFY(scene.tally().leftOut > site.nodeCount() / 2);
    auto earlier = std::make_shared<items::NodeMatches>(*matches);
    earlier->epochs = {site.epoch() - 1};
    scene.setMatches(earlier);
    QVERIFY2(scene.tally().leftOut == 0, "matches of another epoch are of other nodes");
    scene.setMatches(matches);
    QVERIFY(scene.tally().leftOut > 0);
    scene.setMatches(nullptr);
    QCOMPARE(scene.tally().leftOut, 0U);
}

void TestHeatmapCells::theHistogramCountsEveryGpuOnce() {
    QFETCH(Fill, fill);
    test::SyntheticFleet fleet(3, 9'001, 6);
    Scene scene(fleet.snapshot(), {false, false, true});
    scene.setFill(fill);
    HeatHistogram histogram;
    std::uint32_t gpus = 0;
    for (const auto& site : scene.fleet().sites) gpus += site->rowCount();
    for (int round = 0; round < 3; ++round) {
        const HeatCounts& counts = histogram.update(scene);
        QCOMPARE(counts.valued() + counts.notRead + counts.notSupported + counts.old + counts.leftOut, gpus);
        QCOMPARE(counts.old, scene.tally().staleGpus);
        HeatHistogram fresh;
        QCOMPARE(counts.byIndex, fresh.update(scene).byIndex);
        QCOMPARE(counts.within({0, 49}) + counts.within({50, heat::kTop}), counts.valued());
        fleet.tick(0.2);
        scene.setFleet(fleet.snapshot(), {false, false, round == 0});
    }
}

void TestHeatmapCells::scaleAndWords_data() {
    QTest::addColumn<Fill>("fill");
    QTest::addColumn<int>("value");
    QTest::addColumn<int>("index");
    QTest::addColumn<QString>("words");
    QTest::newRow("utilisation") << Fill::utilisation << 91 << 91 << QStringLiteral("91 %");
    QTest::newRow("power in the middle") << Fill::power << 350 << 50 << QStringLiteral("350 W");
    QTest::newRow("power beyond the scale") << Fill::power << 1'000 << 100 << QStringLiteral("1000 W");
    QTest::newRow("cold") << Fill::temperature << 11 << 0 << QString::fromUtf8("11 \u00b0C");
    QTest::newRow("hot") << Fill::temperature << 95 << 100 << QString::fromUtf8("95 \u00b0C");
    QTest::newRow("health ok") << Fill::health << int(Health::ok) << 0 << QStringLiteral("ok");
    QTest::newRow("health watch") << Fill::health << int(Health::watch) << 33 << QStringLiteral("watch");
    QTest::newRow("health failed") << Fill::health << int(Health::failed) << 100 << QStringLiteral("failed");
    QTest::newRow("health unknown") << Fill::health << int(Health::unknown) << int(heat::kNotRead) << QStringLiteral("unknown");
    QTest::newRow("not read") << Fill::memory << int(kNotRead) << int(heat::kNotRead) << QStringLiteral("not read");
    QTest::newRow("not supported") << Fill::memory << int(kNotSupported) << int(heat::kNotSupported) << QStringLiteral("not supported");
}

void TestHeatmapCells::scaleAndWords() {
    QFETCH(Fill, fill);
    QFETCH(int, value);
    QFETCH(int, index);
    QFETCH(QString, words);
    QCOMPARE(int(HeatTable(fill).indexOf(value)), index);
    QCOMPARE(heatWords(fill, value), words);
}

void TestHeatmapCells::zoomingKeepsThePointAndEndsAtTheFit() {
    const Scene scene(test::makeSyntheticFleet(4, 6'000, 1));
    HeatCamera camera = fitted(scene);
    const double fit = camera.scale();
    const QPoint anchor(500, 300);
    QVERIFY(camera.isFit());
    double last = fit;
    while (camera.zoom(1, anchor)) {
        const QPointF before = camera.world(anchor);
        QVERIFY(camera.scale() > last);
        last = camera.scale();
        HeatCamera next = camera;
        next.zoom(1, anchor);
        QVERIFY(qAbs(next.world(anchor).x() - before.x()) * next.scale() < 2 && qAbs(next.world(anchor).y() - before.y()) * next.scale() < 2);
    }
    QVERIFY(camera.cellPx() >= 60);
    while (camera.zoom(-1, anchor)) {
        QVERIFY(camera.scale() < last);
        last = camera.scale();
    }
    QVERIFY(camera.isFit());
    QCOMPARE(camera, fitted(scene));
    camera.zoom(3, anchor);
    camera.pan(QPoint(100'000, 100'000));
    QVERIFY2(camera.pixelX(0) >= 0 && camera.pixelX(0) < 20, "panning ends at the edge of the world");
    camera.reveal(scene.layout().nodeBox(3, 50));
    QVERIFY(QRect(QPoint(), kCanvas).contains(camera.pixels(scene.layout().nodeBox(3, 50))));
}

void TestHeatmapCells::wordsOfACell() {
    test::SyntheticFleet fleet(1, 800, 12);
    QVERIFY(fleet.shard(0).apply(fleet.site(0).factsBatch(3, {NodeState::ready, Service::open, Occupancy::leased, Health::degraded, Link::connected})).ok());
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::column;
    batch.epoch = 7;
    batch.revision = 3;
    batch.column = {.metric = Metric::smActive, .firstRow = 24, .values = {91, 40, 55, kNotRead, 60, 61, 62, 63}};
    QVERIFY(fleet.shard(0).apply(batch).ok());
    const Scene scene(fleet.snapshot());
    const store::SiteSnapshot& site = *scene.fleet().sites[0];
    const QString rack = QString::fromUtf8(site.rack(3).data(), static_cast<qsizetype>(site.rack(3).size()));
    QCOMPARE(heatCellWords(scene, HeatLevel::gpu, {0, 3, 0}), QStringLiteral("rack %1, U28, GPU 0, 91 %, P2").arg(rack));
    QCOMPARE(heatCellWords(scene, HeatLevel::gpu, {0, 3, 3}), QStringLiteral("rack %1, U28, GPU 3, not read, P2").arg(rack));
    QCOMPARE(heatCellWords(scene, HeatLevel::node, {0, 3, 0}), QStringLiteral("rack %1, U28, 8 GPUs, lowest SM active % 40 %, P2").arg(rack));
}

QTEST_MAIN(TestHeatmapCells)
#include "tst_heatmap_cells.moc"
