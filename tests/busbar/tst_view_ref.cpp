// Where a window is, as text, and the way it took.
#include "busbar/view_ref.h"

#include <QTest>

using namespace busbar::console;

namespace {

ViewRef at(const char* text, const char* query = "") {
    auto where = parseViewRef(QLatin1String(text));
    where->query = QLatin1String(query);
    return *where;
}

} // namespace

class TestViewRef : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void printIsTheInverse_data();
    void printIsTheInverse();
    void backAndForward();
    void aNewWayForgetsWhatLayAhead();
    void anotherQueryIsNoNewStep();
    void aLongWayIsBounded();
};

void TestViewRef::printIsTheInverse_data() {
    QTest::addColumn<QString>("text");
    for (const char* text : {"overview", "heatmap", "nodes", "actions", "node:pdx1/a-7.x"}) QTest::newRow(text) << QString::fromLatin1(text);
}

void TestViewRef::printIsTheInverse() {
    QFETCH(QString, text);
    QCOMPARE(printViewRef(*parseViewRef(text)), text);
}

void TestViewRef::backAndForward() {
    ViewHistory history;
    QVERIFY(!history.canGoBack() && !history.canGoForward());
    history.visit(at("overview"));
    history.visit(at("nodes"));
    history.visit(at("node:pdx1/a"));
    QVERIFY(history.canGoBack() && !history.canGoForward());
    QCOMPARE(history.back(), at("nodes"));
    QCOMPARE(history.back(), at("overview"));
    QVERIFY(!history.canGoBack());
    QCOMPARE(history.forward(), at("nodes"));
    QCOMPARE(history.forward(), at("node:pdx1/a"));
    QVERIFY(!history.canGoForward());
}

void TestViewRef::aNewWayForgetsWhatLayAhead() {
    ViewHistory history;
    history.visit(at("overview"));
    history.visit(at("nodes"));
    history.back();
    history.visit(at("heatmap"));
    QVERIFY(!history.canGoForward());
    QCOMPARE(history.back(), at("overview"));
}

void TestViewRef::anotherQueryIsNoNewStep() {
    ViewHistory history;
    history.visit(at("overview"));
    history.visit(at("nodes", "health!=ok"));
    history.visit(at("nodes", "site:pdx1"));
    history.visit(at("node:pdx1/a"));
    history.visit(at("node:pdx1/b"));
    QCOMPARE(history.back(), at("node:pdx1/a"));
    QCOMPARE(history.back(), at("nodes", "site:pdx1"));
    QCOMPARE(history.back(), at("overview"));
}

void TestViewRef::aLongWayIsBounded() {
    ViewHistory history;
    for (int i = 0; i < 1000; ++i) history.visit(at(i % 2 == 0 ? "nodes" : "heatmap"));
    std::size_t steps = 0;
    while (history.canGoBack()) {
        history.back();
        ++steps;
    }
    QCOMPARE(steps, ViewHistory::kMostViews - 1);
}

QTEST_GUILESS_MAIN(TestViewRef)
#include "tst_view_ref.moc"
