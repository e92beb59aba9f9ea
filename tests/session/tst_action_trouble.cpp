// A site whose action stream fails or brings what cannot be read: the session says so in a sentence, keeps what is good, and tries again with
// growing pauses. The site is a server of this test's own, as a controller sends nothing of the kind.
#include "busbar/v1/actions.grpc.pb.h"
#include "busbar/v1/fleet.grpc.pb.h"
#include "session/action_client.h"
#include "session/fleet_session.h"
#include "transport/channel.h"
#include "transport/pki.h"
#include "wire/codec.h"

#include <grpcpp/grpcpp.h>

#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <thread>

using namespace busbar;
using session::FleetSession;
using store::SiteState;
using transport::PeerKind;

namespace {

constexpr std::chrono::milliseconds kTick(50);
constexpr std::size_t kTooLarge = wire::kMaxMessageBytes + 1024;

enum class Sends { good, tooLarge, itsEnd, oneUnreadable };

Action actionOf(char last) {
    Action action;
    action.id = "tst1/" + std::string(25, 'A') + last;
    action.verb = Verb::drain;
    action.state = ActionState::running;
    return action;
}

class FleetOfNobody final : public v1::Fleet::Service {
    grpc::Status Watch(grpc::ServerContext* context, const v1::WatchRequest*, grpc::ServerWriter<v1::WatchEvent>* to) override {
        WatchBatch batch;
        batch.epoch = batch.revision = 1;
        for (batch.kind = WatchBatch::Kind::snapshotBegin; !context->IsCancelled(); std::this_thread::sleep_for(kTick)) {
            v1::WatchEvent event;
            batch.heartbeat.controllerWallMs = systemClock().wallMs();
            wire::encode(batch, &event);
            if (!to->Write(event)) break;
            batch.kind = batch.kind == WatchBatch::Kind::snapshotBegin ? WatchBatch::Kind::snapshotEnd : WatchBatch::Kind::heartbeat;
        }
        return grpc::Status::OK;
    }
};

class ScriptedActions final : public v1::Actions::Service {
public:
    std::atomic<Sends> sends = Sends::good;
    std::atomic<int> opened = 0;

private:
    grpc::Status Watch(grpc::ServerContext* context, const v1::WatchActionsRequest*, grpc::ServerWriter<v1::ActionUpdate>* to) override {
        ++opened;
        const Sends now = sends;
        v1::ActionUpdate update;
        wire::encode(actionOf('1'), update.mutable_action());
        to->Write(update);
        if (now == Sends::itsEnd) return {grpc::StatusCode::INTERNAL, "its journal cannot be read"};
        wire::encode(actionOf('2'), update.mutable_action());
        if (now == Sends::tooLarge) update.mutable_action()->set_sentence(std::string(kTooLarge, 's'));
        if (now == Sends::oneUnreadable) update.mutable_action()->set_created_wall_ms(7);
        to->Write(update);
        update.Clear();
        update.set_synced(true);
        to->Write(update);
        while (!context->IsCancelled() && sends == now) std::this_thread::sleep_for(kTick);
        // What could not be read before comes good on the same stream.
        wire::encode(actionOf('2'), update.mutable_action());
        to->Write(update);
        while (!context->IsCancelled()) std::this_thread::sleep_for(kTick);
        return grpc::Status::OK;
    }
};

} // namespace

class TestActionTrouble : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void isSaidAndHeals_data();
    void isSaidAndHeals();
    void isTriedAgainWithGrowingPauses();

private:
    std::string path(const char* name) const { return m_dir.filePath(QLatin1String(name)).toStdString(); }
    /// The sentence over the actions of the site; empty: nothing is wrong.
    std::string trouble() const {
        const auto& troubles = m_session->actions().snapshot()->troubles;
        return troubles.empty() ? std::string() : troubles.front().sentence;
    }

    QTemporaryDir m_dir;
    FleetOfNobody m_fleet;
    ScriptedActions m_actions;
    std::unique_ptr<grpc::Server> m_server;
    std::unique_ptr<FleetSession> m_session;
};

void TestActionTrouble::initTestCase() {
    QVERIFY(transport::initPki(path("pki")).ok());
    QVERIFY(transport::issueTo(path("pki"), {PeerKind::controller, "tst1", "c1", "", 0}, {1, {"localhost"}, {"127.0.0.1"}}, path("c1")).ok());
    QVERIFY(transport::issueTo(path("pki"), {PeerKind::user, "", "ann", "", 0}, {}, path("ann")).ok());
}

void TestActionTrouble::init() {
    const auto credentials = transport::serverCredentials({path("c1") + "/ca.pem", path("c1") + "/cert.pem", path("c1") + "/key.pem"});
    QVERIFY(credentials.ok());
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", *credentials, &port);
    builder.RegisterService(&m_fleet);
    builder.RegisterService(&m_actions);
    m_server = builder.BuildAndStart();
    QVERIFY(m_server);
    transport::Profile profile;
    profile.name = "ann";
    profile.tls = {path("ann") + "/ca.pem", path("ann") + "/cert.pem", path("ann") + "/key.pem"};
    profile.sites = {{"tst1", fmt::format("127.0.0.1:{}", port), ""}};
    m_session = std::make_unique<FleetSession>(profile);
    m_actions.opened = 0;
}

void TestActionTrouble::cleanup() {
    m_session.reset();
    m_server->Shutdown();
    m_server.reset();
}

void TestActionTrouble::isSaidAndHeals_data() {
    QTest::addColumn<int>("sends");
    QTest::addColumn<QString>("words");
    QTest::addColumn<bool>("synced");
    QTest::newRow("nothing is wrong") << int(Sends::good) << QString() << true;
    QTest::newRow("a message that is too large") << int(Sends::tooLarge) << QStringLiteral("What is shown of the actions of tst1 may be old: the stream of them ended (Received message larger than max") << false;
    QTest::newRow("the controller ends it") << int(Sends::itsEnd) << QStringLiteral("(its journal cannot be read); it is tried again") << false;
    QTest::newRow("an action that cannot be read") << int(Sends::oneUnreadable) << QStringLiteral("1 action of tst1 cannot be shown as it is now: action: created") << true;
}

void TestActionTrouble::isSaidAndHeals() {
    QFETCH(int, sends);
    QFETCH(QString, words);
    QFETCH(bool, synced);
    m_actions.sends = static_cast<Sends>(sends);
    m_session->start();
    if (words.isEmpty()) {
        QTRY_COMPARE_WITH_TIMEOUT(m_session->actions().all().size(), std::size_t(2), 15'000);
        QVERIFY2(trouble().empty(), trouble().c_str());
        return;
    }
    QTRY_VERIFY2_WITH_TIMEOUT(QString::fromStdString(trouble()).contains(words), trouble().c_str(), 15'000);
    QVERIFY(m_session->fleet()->sites.front()->state() == SiteState::live); // The site is not to blame.
    QCOMPARE(m_session->actions().all().size(), std::size_t(1)); // What came well stands.
    QCOMPARE(m_session->actions().synced("tst1"), synced);
    m_actions.sends = Sends::good;
    QTRY_VERIFY2_WITH_TIMEOUT(trouble().empty(), trouble().c_str(), 15'000);
    QTRY_COMPARE_WITH_TIMEOUT(m_session->actions().all().size(), std::size_t(2), 15'000);
}

void TestActionTrouble::isTriedAgainWithGrowingPauses() {
    m_actions.sends = Sends::itsEnd;
    m_session->start();
    QTRY_VERIFY_WITH_TIMEOUT(m_actions.opened >= 1, 15'000);
    QTest::qWait(6'000);
    // The shortest pauses that may be drawn: after 0.5, 1.5 and 3.5 s.
    QVERIFY2(m_actions.opened >= 2 && m_actions.opened <= 4, qPrintable(QString::number(m_actions.opened)));
}

QTEST_GUILESS_MAIN(TestActionTrouble)
#include "tst_action_trouble.moc"
