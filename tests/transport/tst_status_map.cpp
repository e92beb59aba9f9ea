// A status over the wire: its reasons arrive one by one, whatever stands in them, and no details spoil the sentence.
#include "base/refusal.h"
#include "transport/status_map.h"

#include <QTest>

using namespace busbar;
using namespace busbar::transport;

namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t kMostDetails = 6'000; ///< in base64 that is below gRPC's 8 KiB of trailing metadata

/// Bytes of one reason as protobuf has them.
std::string reason(std::string text) { return std::string("\x0a") + static_cast<char>(text.size()) + text; }

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

} // namespace

Q_DECLARE_METATYPE(Texts)

class TestStatusMap : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void reasonsArriveOneByOne_data();
    void reasonsArriveOneByOne();
    void strangeDetailsCostNothing_data();
    void strangeDetailsCostNothing();
    void reasonsAreBounded();
};

void TestStatusMap::reasonsArriveOneByOne_data() {
    QTest::addColumn<Texts>("reasons");
    QTest::addColumn<QByteArray>("sentence");
    QTest::newRow("none") << Texts{} << QByteArray("plan again");
    QTest::newRow("one") << Texts{"n1: service was open, is draining"} << QByteArray("plan again: n1: service was open, is draining");
    QTest::newRow("two") << Texts{"n1: a", "n2: b"} << QByteArray("plan again: n1: a; n2: b");
    QTest::newRow("one with a semicolon") << Texts{"n1: skipped: it is open already; GPU-1 is closed, return that GPU by itself"}
                                          << QByteArray("plan again: n1: skipped: it is open already; GPU-1 is closed, return that GPU by itself");
}

void TestStatusMap::reasonsArriveOneByOne() {
    QFETCH(Texts, reasons);
    QFETCH(QByteArray, sentence);
    const Status sent = refusedFor("plan again", reasons);
    const Status come = fromGrpc(toGrpc(sent));
    for (const Status& status : {sent, come}) {
        QVERIFY(status.code() == absl::StatusCode::kFailedPrecondition);
        QCOMPARE(QByteArray::fromStdString(std::string(sentenceOf(status))), sentence);
        QVERIFY(reasonsOf(status) == reasons);
        QCOMPARE(headOf(status), std::string("plan again"));
    }
}

void TestStatusMap::strangeDetailsCostNothing_data() {
    QTest::addColumn<std::string>("details");
    QTest::newRow("no protobuf") << std::string("\x0a\x7f short");
    QTest::newRow("too many") << repeated(reason("n"), 25);
    QTest::newRow("one too long") << std::string("\x0a\xd1\x01") + std::string(209, 'n');
    QTest::newRow("no UTF-8") << reason("\xff\xfe");
    QTest::newRow("too large") << repeated(reason("n"), 100'000);
}

void TestStatusMap::strangeDetailsCostNothing() {
    QFETCH(std::string, details);
    const Status come = fromGrpc({grpc::StatusCode::FAILED_PRECONDITION, "refused", details});
    QVERIFY(come.code() == absl::StatusCode::kFailedPrecondition && reasonsOf(come).empty());
    QCOMPARE(QByteArray::fromStdString(std::string(sentenceOf(come))), QByteArray("refused"));
}

void TestStatusMap::reasonsAreBounded() {
    const grpc::Status sent = toGrpc(refusedFor("plan again", Texts(1'000, std::string(1'000, 'n'))));
    QVERIFY2(sent.error_details().size() < kMostDetails, std::to_string(sent.error_details().size()).c_str());
    QCOMPARE(reasonsOf(fromGrpc(sent)).size(), std::size_t{24});
}

QTEST_GUILESS_MAIN(TestStatusMap)
#include "tst_status_map.moc"
