#include "base/clock.h"
#include "base/ids.h"

#include <QTest>

#include <set>

using namespace busbar;

class TestIds : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nodeId_data();
    void nodeId();
    void ulidsSortByTime();
    void ulidsOfOneMillisecondSortAsTheyWereMade();
    void utc();
};

void TestIds::nodeId_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("valid");
    QTest::newRow("plain") << QByteArray("pdx1/n-001") << true;
    QTest::newRow("no site") << QByteArray("n-001") << false;
    QTest::newRow("empty") << QByteArray("") << false;
    QTest::newRow("empty name") << QByteArray("pdx1/") << false;
    QTest::newRow("second slash") << QByteArray("pdx1/a/b") << false;
    QTest::newRow("dots up") << QByteArray("pdx1/../x") << false;
    QTest::newRow("space") << QByteArray("pdx1/a b") << false;
    QTest::newRow("63 bytes") << QByteArray("pdx1/") + QByteArray(63, 'a') << true;
    QTest::newRow("64 bytes") << QByteArray("pdx1/") + QByteArray(64, 'a') << false;
}

void TestIds::nodeId() {
    QFETCH(QByteArray, text);
    QFETCH(bool, valid);
    const auto id = NodeId::parse(text.toStdString());
    QCOMPARE(id.ok(), valid);
    if (valid)
        QCOMPARE(id->toString(), text.toStdString());
    else
        QVERIFY(sentenceOf(id.status()).size() > 20);
}

void TestIds::ulidsSortByTime() {
    std::set<std::string> seen;
    std::string before;
    for (std::int64_t ms = 1'764'000'000'000; ms < 1'764'000'001'000; ++ms) {
        const std::string ulid = makeUlid(ms);
        QCOMPARE(ulid.size(), 26u);
        QVERIFY(before < ulid);
        QVERIFY(seen.insert(ulid).second);
        before = ulid;
    }
}

void TestIds::ulidsOfOneMillisecondSortAsTheyWereMade() {
    std::string before = makeUlid(1'764'000'000'000);
    for (int i = 0; i < 10'000; ++i) {
        const std::string ulid = makeUlid(1'764'000'000'000);
        QVERIFY2(before < ulid, (before + " " + ulid).c_str());
        before = ulid;
    }
}

void TestIds::utc() { QCOMPARE(formatUtc(1'764'000'000'000), std::string("2025-11-24 16:00:00 UTC")); }

QTEST_APPLESS_MAIN(TestIds)
#include "tst_ids.moc"
