// The table of a site's states.
#include "session/link_state.h"

#include <QTest>

using namespace busbar;
using session::judgeLink;
using session::LinkSigns;
using store::SiteState;

class TestLinkState : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void states_data();
    void states();
    void sentences();
    void actionTroubles_data();
    void actionTroubles();
};

void TestLinkState::states_data() {
    QTest::addColumn<bool>("hasData");
    QTest::addColumn<bool>("loading");
    QTest::addColumn<qint64>("age");
    QTest::addColumn<int>("failure");
    QTest::addColumn<int>("state");
    const auto row = [](const char* name, bool hasData, bool loading, qint64 age, absl::StatusCode failure, SiteState state) {
        QTest::newRow(name) << hasData << loading << age << static_cast<int>(failure) << static_cast<int>(state);
    };
    constexpr auto kOk = absl::StatusCode::kOk, kAway = absl::StatusCode::kUnavailable;
    row("at first", false, false, 0, kOk, SiteState::connecting);
    row("first snapshot on its way", false, true, 900, kOk, SiteState::loading);
    row("nobody there", false, false, 2'000, kAway, SiteState::connecting);
    row("nobody there for long", false, false, 15'000, kAway, SiteState::lost);
    row("live", true, false, 2'999, kOk, SiteState::live);
    row("stream broke a moment ago", true, false, 1'000, kAway, SiteState::live);
    row("stale", true, false, 3'000, kOk, SiteState::stale);
    row("stale, stream broke", true, true, 14'999, kAway, SiteState::stale);
    row("lost", true, false, 15'000, kAway, SiteState::lost);
    row("no role", false, false, 0, absl::StatusCode::kPermissionDenied, SiteState::refused);
    row("certificate refused later", true, false, 100, absl::StatusCode::kUnauthenticated, SiteState::refused);
}

void TestLinkState::states() {
    QFETCH(bool, hasData);
    QFETCH(bool, loading);
    QFETCH(qint64, age);
    QFETCH(int, failure);
    QFETCH(int, state);
    LinkSigns signs{"pdx1", "host:1", hasData, loading, age, 1'764'000'000'000, Status(static_cast<absl::StatusCode>(failure), "because")};
    const auto verdict = judgeLink(signs);
    QCOMPARE(static_cast<int>(verdict.state), state);
    QCOMPARE(verdict.sentence.empty(), verdict.state == SiteState::live);
}

void TestLinkState::sentences() {
    const auto lost = judgeLink({"pdx1", "host:1", true, false, 20'000, 1'764'000'000'000, absl::UnavailableError("connection refused")});
    QCOMPARE(QString::fromStdString(lost.sentence), QStringLiteral("pdx1: no heartbeat from host:1 since 2025-11-24 16:00:00 UTC: connection refused"));
    const auto refused = judgeLink({"pdx1", "host:1", false, false, 0, 0, absl::PermissionDeniedError("ann has no role at pdx1")});
    QCOMPARE(QString::fromStdString(refused.sentence), QStringLiteral("ann has no role at pdx1"));
}

void TestLinkState::actionTroubles_data() {
    QTest::addColumn<int>("failure");
    QTest::addColumn<int>("unreadable");
    QTest::addColumn<QString>("sentence");
    const QString stream = QStringLiteral("What is shown of the actions of pdx1 may be old: the stream of them ended (it is too large); it is tried again at least every 60 s");
    constexpr int kOk = static_cast<int>(absl::StatusCode::kOk), kFull = static_cast<int>(absl::StatusCode::kResourceExhausted);
    QTest::newRow("none") << kOk << 0 << QString();
    QTest::newRow("the stream") << kFull << 0 << stream;
    QTest::newRow("one action") << kOk << 1 << QStringLiteral("1 action of pdx1 cannot be shown as it is now: bad id");
    QTest::newRow("several") << kOk << 3 << QStringLiteral("3 actions of pdx1 cannot be shown as they are now: bad id");
    QTest::newRow("both: the stream, which all depends on") << kFull << 3 << stream;
}

void TestLinkState::actionTroubles() {
    QFETCH(int, failure);
    QFETCH(int, unreadable);
    QFETCH(QString, sentence);
    QCOMPARE(QString::fromStdString(session::actionTrouble("pdx1", Status(static_cast<absl::StatusCode>(failure), "it is too large"), static_cast<std::size_t>(unreadable), "bad id")), sentence);
}

QTEST_APPLESS_MAIN(TestLinkState)
#include "tst_link_state.moc"
