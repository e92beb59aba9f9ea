// The strips of a node: what is on the glass (peaks, gaps, reasons, stale values), how time is moved, what keys and mouse say.
#include "items/node_history.h"
#include "widgets/controls/strip_chart.h"
#include "widgets/controls/theme.h"
#include "widgets/controls/trace_painter.h"

#include <QApplication>
#include <QSignalSpy>
#include <QTest>

using namespace busbar;
using namespace busbar::controls;

namespace {

constexpr std::int64_t kNowMs = 1'795'444'320'000;
constexpr std::int64_t kMinuteMs = 60'000;
const std::string kNode = "lga1/n1";
constexpr int kNear = 150; // a line between two pixels covers each in part

struct Fixture {
    explicit Fixture(int gpus = 8) {
        history.reset(kNode, gpus);
        std::vector<HistorySeries> all;
        for (int gpu = 0; gpu < gpus; ++gpu)
            for (const Metric metric : {Metric::gpuUtil, Metric::power}) all.push_back(series(gpu, metric));
        history.takePast(all);
        chart.setScales({Metric::gpuUtil, QStringLiteral("GPU utilisation"), QStringLiteral("%"), 0, 100},
                        {Metric::power, QStringLiteral("power"), QStringLiteral("W"), 0, 700});
        chart.setCaptions(captions(gpus));
        chart.resize(StripChart::kCaptionWidth + 900 + 8, StripChart::kLaneHeight + gpus * StripChart::kStripHeight + StripChart::kAxisHeight);
        chart.setNow(kNowMs);
        chart.show();
    }
    /// 15 min at 20 %, one second of GPU 2 at 100 % five minutes ago, ten seconds of GPU 3 missing.
    static HistorySeries series(int gpu, Metric metric) {
        HistorySeries one{.nodeId = kNode, .gpu = gpu, .metric = metric, .startWallMs = kNowMs - 900'000, .stepMs = 1'000};
        one.avg.assign(900, metric == Metric::power ? 140 : 20);
        one.min = one.max = one.avg;
        if (gpu == 2) one.max[600] = metric == Metric::power ? 700 : 100;
        if (gpu == 3)
            for (std::size_t i = 300; i < 320; ++i) one.min[i] = one.avg[i] = one.max[i] = kNotRead;
        return one;
    }
    static QVector<StripCaption> captions(int gpus) {
        QVector<StripCaption> made(gpus);
        for (int i = 0; i < gpus; ++i)
            made[i] = {QStringLiteral("GPU %1").arg(i), QStringLiteral("util 20 % \u00b7 140 W"), QStringLiteral("40 \u00b0C")};
        return made;
    }
    QImage grab() { return chart.grab().toImage(); }
    int xAt(std::int64_t msAgo) const { return StripChart::kCaptionWidth + 900 - static_cast<int>(msAgo / 1'000); }
    static QPoint plotPoint(int strip, int x) { return {x, StripChart::kLaneHeight + strip * StripChart::kStripHeight + 30}; }

    items::NodeHistory history;
    StripChart chart{history};
};

/// Pixels of the line's colour in a column of a strip's upper part, top to bottom.
int lineHeight(const QImage& image, int x, int strip) {
    const QColor wanted = traceColour(0);
    int count = 0;
    for (int y = 0; y < 48; ++y) {
        const QColor pixel = image.pixelColor(x, StripChart::kLaneHeight + strip * StripChart::kStripHeight + y);
        if (std::abs(pixel.red() - wanted.red()) + std::abs(pixel.green() - wanted.green()) + std::abs(pixel.blue() - wanted.blue()) < kNear) ++count;
    }
    return count;
}

} // namespace

class TestStripChart : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { setTheme(*qApp, Theme::dark); }
    void aPeakOfOneSecondIsOnTheGlass();
    void aGapHasNoLine();
    void aMissingMetricSaysWhy();
    void staleValuesLookDifferent();
    void anXidTicksItsOwnStrip();
    void paintsAnewOnlyWhenAColumnIsComplete();
    void bothThemesPaint();
    void keysZoomAndPan();
    void enterAndDoubleClickOpenAStrip();
    void draggingMarksAWindow();
    void theCursorIsSharedAndNamed();
    void otherKeysAreLeftToTheView();
    void noGpusIsNoCrash();
    void manyGpusKeepTheirHeight();
    void windowFollowsNowUntilPanned();
    void windowStaysWithinADay();
    void ticksAreRoundAndBounded_data();
    void ticksAreRoundAndBounded();
};

void TestStripChart::aPeakOfOneSecondIsOnTheGlass() {
    Fixture it;
    const QImage image = it.grab();
    int tallest = 0;
    for (int x = it.xAt(303'000); x <= it.xAt(297'000); ++x) tallest = std::max(tallest, lineHeight(image, x, 2));
    QVERIFY2(tallest >= 30, qPrintable(QString::number(tallest))); // from 20 % to 100 % of 40 px
    for (int x = it.xAt(303'000); x <= it.xAt(297'000); ++x) QVERIFY(lineHeight(image, x, 1) <= 4);
}

void TestStripChart::aGapHasNoLine() {
    Fixture it;
    const QImage image = it.grab();
    for (int x = it.xAt(597'000); x <= it.xAt(583'000); ++x) {
        QCOMPARE(lineHeight(image, x, 3), 0);
        QVERIFY(lineHeight(image, x, 4) > 0);
    }
}

void TestStripChart::aMissingMetricSaysWhy() {
    Fixture it(1);
    it.history.reset(kNode, 1);
    auto captions = Fixture::captions(1);
    it.chart.refresh();
    const QImage silent = it.grab();
    captions[0].upperMissing = QStringLiteral("not supported");
    it.chart.setCaptions(captions);
    const QImage spoken = it.grab();
    const QRect plot(StripChart::kCaptionWidth, StripChart::kLaneHeight, 300, 48);
    QVERIFY(silent.copy(plot) != spoken.copy(plot));
}

void TestStripChart::staleValuesLookDifferent() {
    Fixture it;
    const QImage fresh = it.grab();
    auto captions = Fixture::captions(8);
    captions[1].stale = true;
    it.chart.setCaptions(captions);
    const QImage stale = it.grab();
    const auto caption = [](int strip) {
        return QRect(0, StripChart::kLaneHeight + strip * StripChart::kStripHeight, StripChart::kCaptionWidth, StripChart::kStripHeight - 1);
    };
    QVERIFY(fresh.copy(caption(1)) != stale.copy(caption(1)));
    QCOMPARE(fresh.copy(caption(2)), stale.copy(caption(2)));
}

void TestStripChart::anXidTicksItsOwnStrip() {
    Fixture it;
    const QImage before = it.grab();
    it.chart.setMarks({{kNowMs - 4 * kMinuteMs, 5, Sign::p3, QStringLiteral("XID 63 GPU 5"), QStringLiteral("XID 63")}});
    const QImage after = it.grab();
    const auto around = [&](int strip) {
        return QRect(it.xAt(4 * kMinuteMs) - 2, StripChart::kLaneHeight + strip * StripChart::kStripHeight, 60, StripChart::kStripHeight - 2);
    };
    QVERIFY(before.copy(around(5)) != after.copy(around(5)));
    QCOMPARE(before.copy(around(4)), after.copy(around(4)));
    const QRect lane(StripChart::kCaptionWidth, 0, 900, StripChart::kLaneHeight);
    QVERIFY(before.copy(lane) != after.copy(lane));
}

void TestStripChart::paintsAnewOnlyWhenAColumnIsComplete() {
    Fixture it;
    it.grab();
    const std::uint64_t first = it.chart.paintings();
    for (int i = 1; i < 10; ++i) {
        it.chart.setNow(kNowMs + i * 100);
        it.grab();
    }
    QCOMPARE(it.chart.paintings(), first); // 900 s on 900 px: a column is a second
    it.chart.setNow(kNowMs + 1'000);
    it.grab();
    QCOMPARE(it.chart.paintings(), first + 1);
}

void TestStripChart::bothThemesPaint() {
    Fixture it;
    const QImage dark = it.grab();
    setTheme(*qApp, Theme::light);
    QCoreApplication::processEvents();
    const QImage light = it.grab();
    QVERIFY(dark != light);
    QCOMPARE(light.pixelColor(400, StripChart::kLaneHeight - 1), tone(Tone::base));
    QVERIFY(lineHeight(light, it.xAt(600'000), 1) > 0);
    setTheme(*qApp, Theme::dark);
}

void TestStripChart::keysZoomAndPan() {
    Fixture it;
    QSignalSpy moved(&it.chart, &StripChart::windowChanged);
    const auto span = it.chart.window().spanMs();
    QTest::keyClick(&it.chart, Qt::Key_W);
    QVERIFY(it.chart.window().spanMs() < span);
    QVERIFY(it.chart.window().follows());
    QTest::keyClick(&it.chart, Qt::Key_A);
    QVERIFY(!it.chart.window().follows());
    QVERIFY(it.chart.window().endMs() < kNowMs);
    QTest::keyClick(&it.chart, Qt::Key_S);
    QTest::keyClick(&it.chart, Qt::Key_D);
    QTest::keyClick(&it.chart, Qt::Key_Home);
    QCOMPARE(it.chart.window().endMs(), kNowMs);
    QVERIFY(it.chart.window().follows());
    QCOMPARE(moved.count(), 5);
}

void TestStripChart::enterAndDoubleClickOpenAStrip() {
    Fixture it;
    QSignalSpy opened(&it.chart, &StripChart::stripOpened);
    QTest::keyClick(&it.chart, Qt::Key_Down);
    QTest::keyClick(&it.chart, Qt::Key_Down);
    QTest::keyClick(&it.chart, Qt::Key_Return);
    QTest::mouseDClick(&it.chart, Qt::LeftButton, {}, Fixture::plotPoint(6, 500));
    QCOMPARE(opened.count(), 2);
    QCOMPARE(opened[0][0].toInt(), 2);
    QCOMPARE(opened[1][0].toInt(), 6);
}

void TestStripChart::draggingMarksAWindow() {
    Fixture it;
    QSignalSpy marked(&it.chart, &StripChart::windowMarked);
    QTest::mousePress(&it.chart, Qt::LeftButton, {}, Fixture::plotPoint(1, 700));
    QTest::mouseMove(&it.chart, Fixture::plotPoint(1, 500));
    QTest::mouseRelease(&it.chart, Qt::LeftButton, {}, Fixture::plotPoint(1, 500));
    QCOMPARE(marked.count(), 1);
    const auto from = marked[0][0].toLongLong(), until = marked[0][1].toLongLong();
    QVERIFY(from < until);
    QVERIFY(std::abs((until - from) - 200'000) < 5'000);
    QTest::keyClick(&it.chart, Qt::Key_Escape);
    QCOMPARE(it.chart.marked().first, it.chart.marked().second);
    QCOMPARE(marked.count(), 2);
}

void TestStripChart::theCursorIsSharedAndNamed() {
    Fixture it;
    const QImage before = it.grab();
    QSignalSpy cursor(&it.chart, &StripChart::cursorMoved);
    QTest::mouseMove(&it.chart, Fixture::plotPoint(4, 600));
    QVERIFY(cursor.count() >= 1);
    const QImage after = it.grab();
    for (int strip = 0; strip < 8; ++strip)
        QVERIFY(before.pixelColor(600, StripChart::kLaneHeight + strip * 75 + 52) !=
                after.pixelColor(600, StripChart::kLaneHeight + strip * 75 + 52));
    QVERIFY2(it.chart.accessibleName().contains(QStringLiteral("GPU 4")), qPrintable(it.chart.accessibleName()));
    QVERIFY(it.chart.accessibleName().contains(QStringLiteral("140 W")));
}

void TestStripChart::otherKeysAreLeftToTheView() {
    Fixture it;
    for (const auto key : {Qt::Key_J, Qt::Key_K, Qt::Key_X, Qt::Key_Backspace}) {
        QKeyEvent event(QEvent::KeyPress, key, Qt::NoModifier);
        QCoreApplication::sendEvent(&it.chart, &event);
        QVERIFY(!event.isAccepted());
    }
}

void TestStripChart::noGpusIsNoCrash() {
    items::NodeHistory history;
    StripChart chart(history);
    chart.resize(600, 300);
    chart.setNow(kNowMs);
    chart.show();
    QSignalSpy opened(&chart, &StripChart::stripOpened);
    QTest::keyClick(&chart, Qt::Key_Return);
    QTest::mouseMove(&chart, {300, 150});
    QTest::mouseClick(&chart, Qt::LeftButton, {}, {300, 150});
    QVERIFY(!chart.grab().isNull());
    QCOMPARE(opened.count(), 0);
}

void TestStripChart::manyGpusKeepTheirHeight() {
    Fixture it(16);
    QCOMPARE(it.chart.minimumSizeHint().height(), StripChart::kShortLane + 16 * StripChart::kShortestStrip + StripChart::kAxisHeight);
}

void TestStripChart::windowFollowsNowUntilPanned() {
    TimeWindow window;
    window.setNow(kNowMs);
    window.setNow(kNowMs + 5'000);
    QCOMPARE(window.endMs(), kNowMs + 5'000);
    window.pan(-0.5);
    const auto end = window.endMs();
    window.setNow(kNowMs + 9'000);
    QCOMPARE(window.endMs(), end);
    window.zoom(0.5, window.beginMs());
    QCOMPARE(window.spanMs(), 450'000);
    QVERIFY(std::abs(window.beginMs() - (end - 900'000)) <= 1); // the moment under the pointer keeps its place
    window.pan(10);
    QVERIFY(window.follows());
}

void TestStripChart::windowStaysWithinADay() {
    TimeWindow window;
    window.setNow(kNowMs);
    window.pan(-1'000);
    QVERIFY(window.beginMs() >= kNowMs - TimeWindow::kLongestMs);
    for (int i = 0; i < 100; ++i) window.zoom(2, kNowMs);
    QCOMPARE(window.spanMs(), TimeWindow::kLongestMs);
    for (int i = 0; i < 100; ++i) window.zoom(0.5, kNowMs);
    QCOMPARE(window.spanMs(), TimeWindow::kShortestMs);
    window.show(kNowMs - 60'000, kNowMs - 30'000);
    QCOMPARE(window.beginMs(), kNowMs - 60'000);
    QVERIFY(!window.follows());
}

void TestStripChart::ticksAreRoundAndBounded_data() {
    QTest::addColumn<qint64>("spanMs");
    QTest::addColumn<QString>("first");
    QTest::newRow("10 s") << qint64{10'000} << QStringLiteral("14:31:50");
    QTest::newRow("15 min") << qint64{900'000} << QStringLiteral("14:18");
    QTest::newRow("an hour") << qint64{3'600'000} << QStringLiteral("13:40");
    QTest::newRow("a day") << qint64{86'400'000} << QStringLiteral("11-22 15:00");
}

void TestStripChart::ticksAreRoundAndBounded() {
    QFETCH(qint64, spanMs);
    QFETCH(QString, first);
    TimeWindow window;
    window.setNow(kNowMs); // 14:32:00
    window.setSpan(spanMs);
    const auto ticks = timeTicks(window, 8);
    QVERIFY(!ticks.empty());
    QVERIFY(ticks.size() <= 9);
    QCOMPARE(ticks.front().label, first);
    for (const TimeTick& tick : ticks) QVERIFY(tick.wallMs >= window.beginMs() && tick.wallMs <= window.endMs());
}

QTEST_MAIN(TestStripChart)
#include "tst_strip_chart.moc"
