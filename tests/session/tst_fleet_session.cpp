// The session against real controllers in process, over mutual TLS.
#include "session/action_client.h"
#include "session/fleet_session.h"
#include "tests/busbar-controller/fleet_kit.h"
#include "tests/busbar-controller/link_kit.h"
#include "transport/pki.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

using namespace busbar;
using namespace busbar::test;
using session::FleetSession;
using store::SiteState;
using transport::PeerKind;

namespace {

transport::Profile profileOf(TestSite& site, const std::string& user, const transport::IssueOptions& options = {}) {
    const std::string out = site.path("as-" + user);
    if (!transport::issueTo(site.path("pki"), {PeerKind::user, "", user, "", 0}, options, out).ok()) qFatal("no certificate");
    transport::Profile profile;
    profile.name = user;
    profile.tls = {out + "/ca.pem", out + "/cert.pem", out + "/key.pem"};
    profile.sites = {{"tst1", site.config().listen, "Test town"}};
    return profile;
}

const store::SiteSnapshot& siteOf(const FleetSession& session) { return *session.fleet()->sites.front(); }

/// Waits for an answer of the session.
template <typename Value>
struct Answer {
    std::optional<StatusOr<Value>> value;
    auto take() {
        return [this](StatusOr<Value> got) { value = std::move(got); };
    }
    bool came() { return QTest::qWaitFor([this] { return value.has_value(); }, 15'000); }
};

} // namespace

class TestFleetSession : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void loadsFollowsAndDescribes();
    void watchedNodesComeWithAllMetrics();
    void goesStaleAndComesBack();
    void refusedInASentence();
    void unreachableInASentence();
    void plansAreAnswered();
    void endsWhileCallsAreOut();
    void endsAtOnceWhileSitesAreSilent();
};

void TestFleetSession::loadsFollowsAndDescribes() {
    TestSite site;
    QVERIFY(site.start().empty());
    TestAgent agent(site.nodeChannel("n1"));
    QVERIFY(agent.join(helloOf("n1", 2)).ok());
    FleetSession session(profileOf(site, "ann"));
    QVERIFY(siteOf(session).state() == SiteState::connecting);
    QSignalSpy identity(&session, &FleetSession::identityKnown);
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(siteOf(session).state() == SiteState::live, 15'000);
    QTRY_COMPARE_WITH_TIMEOUT(siteOf(session).rowCount(), 2u, 10'000);
    QVERIFY(siteOf(session).rack(0) == "r1");
    QVERIFY(agent.send(frameOf(systemClock().wallMs(), {{Metric::gpuUtil, {42, 43}}, {Metric::power, {300, kNotSupported}}})));
    QTRY_COMPARE_WITH_TIMEOUT(siteOf(session).value(Metric::gpuUtil, 1), 43, 10'000);
    QCOMPARE(siteOf(session).value(Metric::power, 1), kNotSupported);
    QTRY_VERIFY_WITH_TIMEOUT(!identity.isEmpty(), 10'000);
    QVERIFY(session.user() == "ann");
    QCOMPARE(session.roles("tst1"), std::vector<Role>{Role::operator_});
    QVERIFY(session.siteTitle("tst1") == "Test town");

    Answer<NodeDetail> detail, unknown, elsewhere;
    session.describe("tst1/n1", detail.take());
    session.describe("tst1/nobody", unknown.take());
    session.describe("mars/n1", elsewhere.take());
    QVERIFY(detail.came() && unknown.came() && elsewhere.came());
    QVERIFY(detail.value->ok());
    QCOMPARE((*detail.value)->gpus.size(), std::size_t(2));
    QVERIFY(!unknown.value->ok());
    QVERIFY(sentenceOf(elsewhere.value->status()).find("mars") != std::string_view::npos);
    // The window has the node after its first second.
    Answer<std::vector<HistorySeries>> history;
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            history.value.reset();
            session.history("tst1/n1", {Metric::gpuUtil}, 60'000, 1'000, history.take());
            return history.came() && history.value->ok() && !(*history.value)->empty();
        }(),
        15'000);
    QVERIFY((*history.value)->front().metric == Metric::gpuUtil);
}

void TestFleetSession::watchedNodesComeWithAllMetrics() {
    TestSite site;
    QVERIFY(site.start().empty());
    TestAgent agent(site.nodeChannel("n1"));
    QVERIFY(agent.join(helloOf("n1", 2)).ok());
    FleetSession session(profileOf(site, "ann"));
    session.start();
    QTRY_COMPARE_WITH_TIMEOUT(siteOf(session).rowCount(), 2u, 15'000);
    const std::uint64_t epoch = siteOf(session).epoch();
    session.watchNodes({"tst1/n1", "elsewhere/n9"});
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            agent.send(frameOf(systemClock().wallMs(), {{Metric::memClock, {1593, 1594}}, {Metric::temperature, {51, 52}}}));
            QTest::qWait(50);
            return siteOf(session).watchedValue(Metric::memClock, 1) == 1594;
        }(),
        15'000);
    QCOMPARE(siteOf(session).epoch(), epoch);
    QVERIFY(siteOf(session).state() == SiteState::live);
}

void TestFleetSession::goesStaleAndComesBack() {
    TestSite site;
    QVERIFY(site.start().empty());
    FleetSession session(profileOf(site, "ann"));
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(siteOf(session).state() == SiteState::live, 15'000);
    site.stop();
    QTRY_VERIFY_WITH_TIMEOUT(siteOf(session).state() == SiteState::stale, 8'000);
    QVERIFY(siteOf(session).stateSentence().find("no heartbeat") != std::string::npos);
    QVERIFY(site.start().empty());
    session.retry();
    QTRY_VERIFY_WITH_TIMEOUT(siteOf(session).state() == SiteState::live, 20'000);
}

void TestFleetSession::refusedInASentence() {
    TestSite site;
    QVERIFY(site.start().empty());
    FleetSession stranger(profileOf(site, "eve"));
    transport::IssueOptions old;
    old.days = -1;
    FleetSession expired(profileOf(site, "old", old));
    TestSite other;
    transport::Profile foreign = profileOf(other, "ann");
    foreign.sites = {{"tst1", site.config().listen, ""}};
    FleetSession wrongCa(foreign);
    for (FleetSession* session : {&stranger, &expired, &wrongCa}) {
        session->start();
        QTRY_VERIFY_WITH_TIMEOUT(siteOf(*session).state() == SiteState::refused, 20'000);
        QVERIFY(!siteOf(*session).stateSentence().empty());
    }
    QVERIFY2(siteOf(expired).stateSentence().find("expired") != std::string::npos, siteOf(expired).stateSentence().c_str());
}

void TestFleetSession::unreachableInASentence() {
    TestSite site;
    QVERIFY(site.start().empty());
    transport::Profile profile = profileOf(site, "ann");
    profile.sites = {{"gone", "127.0.0.1:1", ""}, {"tst1", site.config().listen, ""}};
    FleetSession session(profile);
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(session.fleet()->sites[1]->state() == SiteState::live, 15'000);
    QTRY_VERIFY_WITH_TIMEOUT(session.fleet()->sites[0]->stateSentence().find("does not answer") != std::string::npos, 15'000);
    QVERIFY(session.fleet()->sites[0]->state() == SiteState::connecting);
}

void TestFleetSession::plansAreAnswered() {
    TestSite site;
    QVERIFY(site.start().empty());
    TestAgent agent(site.nodeChannel("n1"));
    QVERIFY(agent.join(helloOf("n1", 2)).ok());
    FleetSession session(profileOf(site, "ann"));
    session.start();
    QTRY_COMPARE_WITH_TIMEOUT(siteOf(session).rowCount(), 2u, 15'000);
    QTRY_VERIFY_WITH_TIMEOUT(session.actions().synced("tst1"), 15'000);
    PlanRequest request;
    request.verb = Verb::drain;
    request.nodeIds = {"tst1/n1"};
    Answer<Plan> plan;
    session.actions().plan(request, plan.take());
    QVERIFY(plan.came());
    QVERIFY2(plan.value->ok(), std::string(sentenceOf(plan.value->status())).c_str());
    QCOMPARE((*plan.value)->targets.size(), std::size_t(1));
    QSignalSpy changed(&session.actions(), &session::ActionClient::changed);
    Answer<store::ActionPtr> action;
    session.actions().submit({"tst1", (*plan.value)->id, "cable check", session::ActionClient::makeIdempotencyKey(), ""}, action.take());
    QVERIFY(action.came());
    QVERIFY2(action.value->ok(), std::string(sentenceOf(action.value->status())).c_str());
    QTRY_COMPARE_WITH_TIMEOUT(session.actions().all().size(), std::size_t(1), 10'000);
    QVERIFY(!changed.isEmpty());
    Answer<Plan> mixed;
    request.nodeIds = {"tst1/n1", "fra1/n1"};
    session.actions().plan(request, mixed.take());
    QVERIFY(mixed.came());
    QVERIFY(!mixed.value->ok());
}

void TestFleetSession::endsWhileCallsAreOut() {
    TestSite site;
    QVERIFY(site.start().empty());
    for (int i = 0; i < 10; ++i) {
        FleetSession session(profileOf(site, "ann"));
        session.start();
        if (i > 2) QTRY_VERIFY_WITH_TIMEOUT(siteOf(session).state() == SiteState::live, 15'000);
        session.describe("tst1/n1", [](const StatusOr<NodeDetail>&) {});
    }
}

// gRPC is turned away, so that each link looks for the reason with a connect of its own, which nobody answers.
void TestFleetSession::endsAtOnceWhileSitesAreSilent() {
    TestSite site;
    QVERIFY(site.start().empty());
    transport::Profile profile = profileOf(site, "ann");
    profile.sites.clear();
    std::vector<std::unique_ptr<QTcpServer>> silent;
    int turnedAway = 0;
    for (int i = 0; i < 4; ++i) {
        QTcpServer& server = *silent.emplace_back(std::make_unique<QTcpServer>());
        QVERIFY(server.listen(QHostAddress::LocalHost));
        connect(&server, &QTcpServer::newConnection, this, [&turnedAway, &server] {
            delete server.nextPendingConnection();
            server.pauseAccepting();
            ++turnedAway;
        });
        profile.sites.push_back({fmt::format("tst{}", i), fmt::format("127.0.0.1:{}", server.serverPort()), ""});
    }
    auto session = std::make_unique<FleetSession>(profile);
    session->start();
    QTRY_COMPARE_WITH_TIMEOUT(turnedAway, 4, 15'000);
    QTest::qWait(500); // They look for the reason now, for up to 3 s.
    QElapsedTimer took;
    took.start();
    session.reset();
    QVERIFY2(took.elapsed() < 1'500, qPrintable(QStringLiteral("%1 ms").arg(took.elapsed())));
}

QTEST_GUILESS_MAIN(TestFleetSession)
#include "tst_fleet_session.moc"
