// Small rules of busbarctl: exit codes of statuses and states, which of two is worse, time spans.
#include "busbarctl/duration.h"
#include "busbarctl/exit_code.h"

#include <QTest>

using namespace busbar;
using namespace busbar::ctl;

class TestCtlValues : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void statuses_data();
    void statuses();
    void states_data();
    void states();
    void theWorseCounts();
    void spans_data();
    void spans();
};

void TestCtlValues::statuses_data() {
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("code");
    const auto row = [](const char* name, absl::StatusCode status, Exit code) { QTest::newRow(name) << static_cast<int>(status) << static_cast<int>(code); };
    row("ok", absl::StatusCode::kOk, Exit::done);
    row("refused", absl::StatusCode::kFailedPrecondition, Exit::failed);
    row("not found", absl::StatusCode::kNotFound, Exit::failed);
    row("disk full", absl::StatusCode::kResourceExhausted, Exit::failed);
    row("damaged", absl::StatusCode::kDataLoss, Exit::failed);
    row("usage", absl::StatusCode::kInvalidArgument, Exit::usage);
    row("unreachable", absl::StatusCode::kUnavailable, Exit::unreachable);
    row("no answer", absl::StatusCode::kDeadlineExceeded, Exit::unreachable);
    row("denied", absl::StatusCode::kPermissionDenied, Exit::denied);
    row("bad certificate", absl::StatusCode::kUnauthenticated, Exit::denied);
}

void TestCtlValues::statuses() {
    QFETCH(int, status);
    QFETCH(int, code);
    QCOMPARE(static_cast<int>(exitOf(Status(static_cast<absl::StatusCode>(status), "x"))), code);
}

void TestCtlValues::states_data() {
    QTest::addColumn<int>("state");
    QTest::addColumn<int>("code");
    const auto row = [](ActionState state, Exit code) { QTest::newRow(std::string(toString(state)).c_str()) << static_cast<int>(state) << static_cast<int>(code); };
    for (const ActionState state : {ActionState::planned, ActionState::queued, ActionState::running, ActionState::verifying, ActionState::succeeded}) row(state, Exit::done);
    for (const ActionState state : {ActionState::failed, ActionState::cancelled, ActionState::superseded}) row(state, Exit::failed);
    for (const ActionState state : {ActionState::partlySucceeded, ActionState::unknown, ActionState::unknownState}) row(state, Exit::partly);
    for (const ActionState state : {ActionState::paused, ActionState::awaitingApproval}) row(state, Exit::waiting);
}

void TestCtlValues::states() {
    QFETCH(int, state);
    QFETCH(int, code);
    QCOMPARE(static_cast<int>(exitOf(static_cast<ActionState>(state))), code);
}

void TestCtlValues::theWorseCounts() {
    const std::vector<Exit> order{Exit::done, Exit::waiting, Exit::partly, Exit::unreachable, Exit::denied, Exit::failed, Exit::usage};
    for (std::size_t a = 0; a < order.size(); ++a)
        for (std::size_t b = 0; b < order.size(); ++b) QCOMPARE(worse(order[a], order[b]), order[std::max(a, b)]);
}

void TestCtlValues::spans_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("ms"); // -1: refused
    const auto row = [](const char* text, qint64 ms) { QTest::newRow(text) << QByteArray(text) << ms; };
    row("0", 0);
    row("90s", 90'000);
    row("10m", 600'000);
    row("1h30m", 5'400'000);
    row("2d", 172'800'000);
    row("250ms", 250);
    for (const char* bad : {"", "10", "m", "-5m", "5x", "1.5h", "999999999999s", "366d", "10m5"}) row(bad, -1);
}

void TestCtlValues::spans() {
    QFETCH(QByteArray, text);
    QFETCH(qint64, ms);
    const auto parsed = parseDuration(text.toStdString());
    QCOMPARE(parsed.ok() ? *parsed : -1, ms);
}

QTEST_GUILESS_MAIN(TestCtlValues)
#include "tst_ctl_values.moc"
