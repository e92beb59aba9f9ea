// The certificate cases against a real server over mutual TLS on loopback: each refusal says why.
#include "busbar/v1/access.grpc.pb.h"
#include "transport/channel.h"
#include "transport/credentials.h"
#include "transport/diagnose.h"
#include "transport/identity.h"
#include "transport/pki.h"
#include "transport/status_map.h"
#include "transport/x509.h"

#include <grpcpp/grpcpp.h>

#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <netinet/in.h>
#include <sys/socket.h>

using namespace busbar;
using namespace busbar::transport;

namespace {

// Answers who the peer is, by the certificate that TLS verified.
class WhoService final : public v1::Access::Service {
    grpc::Status WhoAmI(grpc::ServerContext* context, const v1::WhoAmIRequest*, v1::WhoAmIReply* reply) override {
        const auto peer = peerIdentity(*context->auth_context());
        if (!peer.ok()) return toGrpc(peer.status());
        reply->set_identity(peer->uri());
        reply->set_certificate_expires_wall_ms(peer->notAfterWallMs);
        return grpc::Status::OK;
    }
};

} // namespace

class TestCertificates : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void identities_data();
    void identities();
    void goodPeersAreKnown();
    void tlsIs13();
    void wrongCaIsRefused();
    void expiredClientIsRefused();
    void noClientCertificateIsRefused();
    void expiredServerIsRefused();
    void nodePosingAsControllerIsRefused();
    void otherSiteIsRefused();
    void keyOfAnotherCertificateIsRefused();
    void signingRequests();
    void caIsNeverOverwritten();
    void renewedFilesAreUsedWithoutRestart();
    void thereIsNoPortWithoutTls();
    void aLookThatIsStoppedEndsAtOnce_data();
    void aLookThatIsStoppedEndsAtOnce();

private:
    TlsFiles make(const std::string& pki, const Identity& identity, const std::string& name, int days = 1);
    void serve(const TlsFiles& files);
    StatusOr<v1::WhoAmIReply> ask(const TlsFiles& files);

    QTemporaryDir m_dir;
    std::string m_pki, m_other, m_address;
    TlsFiles m_controller, m_user;
    WhoService m_service;
    std::unique_ptr<grpc::Server> m_server;
};

TlsFiles TestCertificates::make(const std::string& pki, const Identity& identity, const std::string& name, int days) {
    const std::string out = m_dir.filePath(QString::fromStdString(name)).toStdString();
    const Status status = issueTo(pki, identity, {days, {"localhost"}, {"127.0.0.1"}}, out);
    if (!status.ok()) qFatal("%s", status.ToString().c_str());
    return {out + "/ca.pem", out + "/cert.pem", out + "/key.pem"};
}

void TestCertificates::serve(const TlsFiles& files) {
    grpc::ServerBuilder builder;
    int port = 0;
    auto credentials = serverCredentials(files);
    if (!credentials.ok()) qFatal("%s", credentials.status().ToString().c_str());
    builder.AddListeningPort("127.0.0.1:0", *credentials, &port);
    builder.RegisterService(&m_service);
    applyServerLimits(builder);
    m_server = builder.BuildAndStart();
    m_address = *boundAddress("127.0.0.1:0", port);
}

StatusOr<v1::WhoAmIReply> TestCertificates::ask(const TlsFiles& files) {
    auto credentials = channelCredentials(files, "pdx1");
    if (!credentials.ok()) return credentials.status();
    auto stub = v1::Access::NewStub(makeChannel(m_address, *credentials));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    v1::WhoAmIReply reply;
    const grpc::Status status = stub->WhoAmI(&context, {}, &reply);
    if (!status.ok()) return explainFailure(m_address, "pdx1", files, fromGrpc(status));
    return reply;
}

#define VERIFY_SENTENCE(status, words) QVERIFY2((status).ToString().find(words) != std::string::npos, (status).ToString().c_str())

void TestCertificates::initTestCase() {
    m_pki = m_dir.filePath(QStringLiteral("pki")).toStdString();
    m_other = m_dir.filePath(QStringLiteral("other")).toStdString();
    QVERIFY(initPki(m_pki).ok());
    QVERIFY(initPki(m_other).ok());
    m_controller = make(m_pki, {PeerKind::controller, "pdx1", "c1", {}, 0}, "controller");
    m_user = make(m_pki, {PeerKind::user, "", "anna", {}, 0}, "user");
}

void TestCertificates::cleanup() {
    if (m_server) m_server->Shutdown();
    m_server.reset();
}

void TestCertificates::identities_data() {
    QTest::addColumn<QByteArray>("uri");
    QTest::addColumn<bool>("valid");
    for (const char* uri : {"busbar://user/anna", "busbar://node/pdx1/n-1", "busbar://gateway/pdx1/g-", "busbar://controller/pdx1/c1"}) QTest::newRow(uri) << QByteArray(uri) << true;
    for (const char* uri : {"", "busbar://", "busbar://user", "busbar://user/", "busbar://user/a/b", "busbar://node/pdx1", "busbar://node//n", "busbar://root/pdx1/x", "https://user/anna", "busbar://node/pdx1/a b"})
        QTest::newRow(uri) << QByteArray(uri) << false;
}

void TestCertificates::identities() {
    QFETCH(QByteArray, uri);
    QFETCH(bool, valid);
    const auto identity = parseIdentity(uri.toStdString());
    QCOMPARE(identity.ok(), valid);
    if (valid) QCOMPARE(identity->uri(), uri.toStdString());
}

void TestCertificates::goodPeersAreKnown() {
    serve(m_controller);
    const auto reply = ask(m_user);
    QVERIFY2(reply.ok(), reply.status().ToString().c_str());
    QCOMPARE(reply->identity(), std::string("busbar://user/anna"));
    QVERIFY(reply->certificate_expires_wall_ms() > 0);
}

void TestCertificates::tlsIs13() {
    serve(m_controller);
    const auto version = probeTls(m_address, "pdx1", m_user);
    QVERIFY2(version.ok(), version.status().ToString().c_str());
    QCOMPARE(*version, std::string("TLSv1.3"));
}

void TestCertificates::wrongCaIsRefused() {
    serve(m_controller);
    TlsFiles mixed = make(m_other, {PeerKind::user, "", "anna", {}, 0}, "stranger");
    VERIFY_SENTENCE(ask(mixed).status(), "not of this profile's CA"); // It trusts its own CA only …
    mixed.ca = m_controller.ca;
    VERIFY_SENTENCE(ask(mixed).status(), "unknown CA"); // … and is not trusted.
    const auto probe = probeTls(m_address, "pdx1", mixed);
    VERIFY_SENTENCE(probe.status(), "unknown CA");
}

void TestCertificates::expiredClientIsRefused() {
    serve(m_controller);
    const TlsFiles expired = make(m_pki, {PeerKind::user, "", "late", {}, 0}, "expired", -1);
    VERIFY_SENTENCE(ask(expired).status(), "expired"); // Its own check, before dialling.
    VERIFY_SENTENCE(probeTls(m_address, "pdx1", expired).status(), "refused this certificate: "); // The server's refusal.
}

void TestCertificates::noClientCertificateIsRefused() {
    serve(m_controller);
    const auto probe = probeTls(m_address, "pdx1", {m_user.ca, "/nonexistent", "/nonexistent"});
    VERIFY_SENTENCE(probe.status(), "requires a client certificate");
}

void TestCertificates::expiredServerIsRefused() {
    const TlsFiles expired = make(m_pki, {PeerKind::controller, "pdx1", "c2", {}, 0}, "old-controller", -1);
    VERIFY_SENTENCE(serverCredentials(expired).status(), "expired");
}

void TestCertificates::nodePosingAsControllerIsRefused() {
    serve(make(m_pki, {PeerKind::node, "pdx1", "n-1", {}, 0}, "node"));
    VERIFY_SENTENCE(ask(m_user).status(), "");
    const Status status = ask(m_user).status();
    QVERIFY(!status.ok());
    QVERIFY2(status.ToString().find("poses as a controller") != std::string::npos || status.ToString().find("purpose") != std::string::npos, status.ToString().c_str());
}

void TestCertificates::otherSiteIsRefused() {
    serve(make(m_pki, {PeerKind::controller, "fra1", "c1", {}, 0}, "fra1"));
    VERIFY_SENTENCE(ask(m_user).status(), "site 'fra1'");
}

void TestCertificates::keyOfAnotherCertificateIsRefused() {
    TlsFiles mixed = m_user;
    mixed.key = m_controller.key;
    VERIFY_SENTENCE(checkFiles(mixed), "does not belong");
    mixed.key = "/nonexistent/key.pem";
    VERIFY_SENTENCE(checkFiles(mixed), "/nonexistent/key.pem");
}

void TestCertificates::signingRequests() {
    const auto root = makeRoot("test", 1);
    QVERIFY(root.ok());
    const auto request = makeRequest("n-1");
    QVERIFY(request.ok());
    const auto signedPair = issueForRequest(*root, {PeerKind::node, "pdx1", "n-1", {}, 0}, request->requestPem, {});
    QVERIFY2(signedPair.ok(), signedPair.status().ToString().c_str());
    QVERIFY(!issueForRequest(*root, {PeerKind::node, "pdx1", "n-1", {}, 0}, "garbage", {}).ok());
    QCOMPARE(fingerprint(root->certificatePem)->size(), 64u);
}

void TestCertificates::renewedFilesAreUsedWithoutRestart() {
    const TlsFiles files = make(m_pki, {PeerKind::controller, "pdx1", "c1", {}, 0}, "renewed", 1);
    serve(files);
    const TlsFiles own = make(m_pki, {PeerKind::user, "", "anna", {}, 0}, "user-renewed", 1);
    auto stub = v1::Access::NewStub(makeChannel(m_address, *channelCredentials(own, "pdx1")));
    const auto expiry = [&] {
        grpc::ClientContext context;
        v1::WhoAmIReply reply;
        return stub->WhoAmI(&context, {}, &reply).ok() ? reply.certificate_expires_wall_ms() : -1;
    };
    const std::int64_t before = expiry();
    QVERIFY(before > 0);
    make(m_pki, {PeerKind::controller, "pdx1", "c1", {}, 0}, "renewed", 30);
    make(m_pki, {PeerKind::user, "", "anna", {}, 0}, "user-renewed", 30);
    // The server's: a new connection sees it. The client's: read again by the same credentials after its connection is gone.
    const auto serverExpiry = [&] {
        QProcess client;
        client.start(QStringLiteral("openssl"), {QStringLiteral("s_client"), QStringLiteral("-connect"), QString::fromStdString(m_address), QStringLiteral("-alpn"), QStringLiteral("h2")});
        client.closeWriteChannel();
        client.waitForFinished(5'000);
        const auto facts = readCertificate(client.readAllStandardOutput().toStdString());
        return facts.ok() ? facts->notAfterWallMs : 0;
    };
    QTRY_VERIFY_WITH_TIMEOUT(serverExpiry() > before + 20 * 86'400'000LL, 15'000);
    QTRY_VERIFY_WITH_TIMEOUT((stub = v1::Access::NewStub(makeChannel(m_address, *channelCredentials(own, "pdx1"))), expiry()) > before + 20 * 86'400'000LL, 15'000);
}

void TestCertificates::thereIsNoPortWithoutTls() {
    serve(m_controller);
    auto stub = v1::Access::NewStub(grpc::CreateChannel(m_address, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
    v1::WhoAmIReply reply;
    const grpc::Status status = stub->WhoAmI(&context, {}, &reply);
    QVERIFY2(status.error_code() == grpc::UNAVAILABLE || status.error_code() == grpc::DEADLINE_EXCEEDED, status.error_message().c_str());
}

void TestCertificates::aLookThatIsStoppedEndsAtOnce_data() {
    QTest::addColumn<int>("connections");
    QTest::addColumn<bool>("stopped");
    QTest::newRow("it takes connections and says nothing") << 0 << true;
    QTest::newRow("it answers no connect") << 2 << true;
    QTest::newRow("nobody stops it") << 0 << false;
}

// A listener that never accepts; its queue has room for one, and a connect beyond that stays without an answer.
void TestCertificates::aLookThatIsStoppedEndsAtOnce() {
    QFETCH(int, connections);
    QFETCH(bool, stopped);
    const Socket silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    QVERIFY(bind(silent.fd(), reinterpret_cast<sockaddr*>(&at), size) == 0 && listen(silent.fd(), 0) == 0 && getsockname(silent.fd(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
    std::vector<Socket> before;
    for (int i = 0; i < connections; ++i) {
        before.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        (void)::connect(before.back().fd(), reinterpret_cast<const sockaddr*>(&at), size);
    }
    QElapsedTimer took;
    took.start();
    const Status found = explainFailure(fmt::format("127.0.0.1:{}", ntohs(at.sin_port)), "pdx1", m_user, unavailable("it is away"), [&] { return stopped && took.elapsed() > 300; });
    QCOMPARE(absl::IsCancelled(found), stopped);
    QVERIFY2(stopped == (took.elapsed() < 1'500), qPrintable(QStringLiteral("%1 ms").arg(took.elapsed())));
}

void TestCertificates::caIsNeverOverwritten() { VERIFY_SENTENCE(initPki(m_pki), "never overwritten"); }

QTEST_APPLESS_MAIN(TestCertificates)
#include "tst_certificates.moc"
