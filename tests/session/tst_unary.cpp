// Answers of single calls: a large one is decoded outside the owner's thread and given in it, without a copy.
#include "session/unary.h"

#include <QTest>

#include <thread>

using namespace busbar;
using namespace busbar::session;

namespace {

/// Answers from a thread of its own, as gRPC does, with the question's double.
auto answering(const grpc::Status& status) {
    return [status](grpc::ClientContext*, const int* question, int* answer, const std::function<void(grpc::Status)>& done) {
        std::thread([question, answer, done, status] {
            *answer = 2 * *question;
            done(status);
        }).detach();
    };
}

/// What can be moved, and tells when it is copied.
struct Large {
    explicit Large(int made) : value(made) {}
    Large(Large&&) = default;
    Large& operator=(Large&&) = default;
    Large(const Large& other) : value(other.value), copies(other.copies + 1) {}
    Large& operator=(const Large&) = default;
    ~Large() = default;
    int value = 0, copies = 0;
};

} // namespace

class TestUnary : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isDecodedElsewhereAndGivenHere();
    void aFailedCallIsNotDecoded();
};

void TestUnary::isDecodedElsewhereAndGivenHere() {
    QObject owner;
    Desk desk(&owner);
    std::thread::id decodedIn, givenIn;
    std::optional<StatusOr<Large>> got;
    desk.ask<int, int>(21, answering(grpc::Status::OK),
                       decodedBy<Large>(
                           [&](int answer) {
                               decodedIn = std::this_thread::get_id();
                               return Large(answer);
                           },
                           [&](StatusOr<Large> value) {
                               givenIn = std::this_thread::get_id();
                               got = std::move(value);
                           }));
    QTRY_VERIFY(got.has_value());
    QVERIFY(got->ok());
    QCOMPARE((*got)->value, 42);
    QCOMPARE((*got)->copies, 0);
    QVERIFY(givenIn == std::this_thread::get_id());
    QVERIFY(decodedIn != givenIn);
}

void TestUnary::aFailedCallIsNotDecoded() {
    QObject owner;
    Desk desk(&owner);
    bool decoded = false;
    std::optional<StatusOr<int>> got;
    desk.ask<int, int>(21, answering({grpc::StatusCode::UNAVAILABLE, "gone"}),
                       decodedBy<int>([&](int answer) { decoded = true; return answer; }, [&](StatusOr<int> value) { got = std::move(value); }));
    QTRY_VERIFY(got.has_value());
    QVERIFY(absl::IsUnavailable(got->status()) && !decoded);
}

QTEST_GUILESS_MAIN(TestUnary)
#include "tst_unary.moc"
