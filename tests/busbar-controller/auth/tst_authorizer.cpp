// Roles, rights, agents' certificates and enrolment, over real mutual TLS on loopback; each refusal is a sentence.
#include "busbar-controller/auth/authorizer.h"
#include "busbar-controller/services/access_service.h"
#include "busbar-controller/services/enrolment_service.h"
#include "busbar-controller/state/sqlite_store.h"
#include "busbar/v1/access.grpc.pb.h"
#include "transport/channel.h"
#include "transport/status_map.h"
#include "transport/x509.h"

#include <grpcpp/grpcpp.h>

#include <QTemporaryDir>
#include <QTest>

using namespace busbar;
using namespace busbar::controller;
using transport::Identity;
using transport::PeerKind;

#define VERIFY_SENTENCE(status, words) QVERIFY2((status).ToString().find(words) != std::string::npos, (status).ToString().c_str())

class TestAuthorizer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void agents_data();
    void agents();
    void whoAmIListsRights();
    void viewerMayNotMakeTokens();
    void nodeMayNotCallUserServices();
    void tokenEnrolsOnce();
    void tokenIsBoundToItsSerial();
    void seedsDoNotOverwrite();
    void aRevokedCertificateCountsNoLonger();
    void badRevocations_data();
    void badRevocations();
    void aUserOfAnotherSitesCaIsRefused();
    void enrolmentIsLimited();

private:
    grpc::Status revoke(const transport::TlsFiles& by, const std::string& serial, const std::string& reason, v1::RevokeReply* reply = nullptr);
    grpc::Status whoAmI(const transport::TlsFiles& files);
    std::string path(const char* name) const { return m_dir.filePath(QString::fromUtf8(name)).toStdString(); }
    transport::TlsFiles make(const Identity& identity, const char* name);
    std::unique_ptr<v1::Access::Stub> stubOf(const transport::TlsFiles& files);
    StatusOr<v1::EnrolReply> enrol(const std::string& secret, const std::string& serial, std::string* key = nullptr);
    std::string makeToken(const std::string& node, const std::string& serial);

    QTemporaryDir m_dir;
    std::unique_ptr<StateStore> m_store;
    std::unique_ptr<Authorizer> m_authorizer;
    std::unique_ptr<TokenBook> m_tokens;
    std::unique_ptr<grpc::Service> m_access, m_enrolment;
    std::unique_ptr<grpc::Server> m_server, m_enrolServer;
    std::string m_address, m_enrolAddress;
    transport::TlsFiles m_admin, m_viewer;
};

transport::TlsFiles TestAuthorizer::make(const Identity& identity, const char* name) {
    const std::string out = path(name);
    const Status status = transport::issueTo(path("pki"), identity, {1, {"localhost"}, {"127.0.0.1"}}, out);
    if (!status.ok()) qFatal("%s", status.ToString().c_str());
    return {out + "/ca.pem", out + "/cert.pem", out + "/key.pem"};
}

void TestAuthorizer::initTestCase() {
    QVERIFY(transport::initPki(path("pki")).ok());
    auto store = openSqliteStore(path("state.db"));
    QVERIFY2(store.ok(), store.status().ToString().c_str());
    m_store = *std::move(store);
    m_authorizer = std::make_unique<Authorizer>(*m_store, "pdx1");
    m_tokens = std::make_unique<TokenBook>(*m_store, systemClock());
    QVERIFY(m_authorizer->seedRoles({{"anna", {"viewer"}}, {"root", {"admin"}}}).ok());
    const auto files = make({PeerKind::controller, "pdx1", "c1", {}, 0}, "controller");
    m_admin = make({PeerKind::user, "", "root", {}, 0}, "root");
    m_viewer = make({PeerKind::user, "", "anna", {}, 0}, "anna");
    const std::string root = *transport::readFile(path("pki/root.pem"));

    int port = 0;
    grpc::ServerBuilder enrolBuilder;
    enrolBuilder.AddListeningPort("127.0.0.1:0", *transport::enrolmentServerCredentials(files), &port);
    m_enrolment = makeEnrolmentService(*m_tokens, *m_store, systemClock(),
                                       {"pdx1", {*transport::readFile(path("pki/sites/pdx1/ca.pem")), *transport::readFile(path("pki/sites/pdx1/ca.key"))}, root});
    enrolBuilder.RegisterService(m_enrolment.get());
    m_enrolServer = enrolBuilder.BuildAndStart();
    m_enrolAddress = "127.0.0.1:" + std::to_string(port);

    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", *transport::serverCredentials(files), &port);
    m_access = makeAccessService({*m_authorizer, *m_tokens, *m_store, systemClock(), [](const std::string&, const Status&) { return std::size_t{3}; }, [](std::uint64_t term) { return term == 9 ? absl::OkStatus() : refused("the agents have seen 9"); }, [](std::uint64_t, const AuditNote&) { return std::pair<std::uint64_t, std::size_t>(10, 2); }, m_enrolAddress, root});
    builder.RegisterService(m_access.get());
    m_server = builder.BuildAndStart();
    m_address = "127.0.0.1:" + std::to_string(port);
}

std::unique_ptr<v1::Access::Stub> TestAuthorizer::stubOf(const transport::TlsFiles& files) {
    return v1::Access::NewStub(transport::makeChannel(m_address, *transport::channelCredentials(files, "pdx1")));
}

void TestAuthorizer::agents_data() {
    QTest::addColumn<QByteArray>("uri");
    QTest::addColumn<QByteArray>("node");
    QTest::addColumn<int>("source");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* uri, const char* node, Source source, const char* says) {
        QTest::newRow(name) << QByteArray(uri) << QByteArray(node) << static_cast<int>(source) << QByteArray(says);
    };
    row("node speaks for itself", "busbar://node/pdx1/n1", "pdx1/n1", Source::live, "");
    row("node on a simulated driver", "busbar://node/pdx1/n1", "pdx1/n1", Source::simulated, "");
    row("node speaks for another", "busbar://node/pdx1/n1", "pdx1/n2", Source::live, "may not speak for");
    row("node of another site", "busbar://node/fra1/n1", "pdx1/n1", Source::live, "belongs to site fra1");
    row("gateway replays", "busbar://gateway/pdx1/g-", "pdx1/g-7", Source::replayed, "");
    row("gateway declares live", "busbar://gateway/pdx1/g-", "pdx1/g-7", Source::live, "replayed or simulated only");
    row("gateway says nothing", "busbar://gateway/pdx1/g-", "pdx1/g-7", Source::unknown, "replayed or simulated only");
    row("gateway outside its prefix", "busbar://gateway/pdx1/g-", "pdx1/n1", Source::replayed, "starts with 'g-'");
    row("user as agent", "busbar://user/anna", "pdx1/n1", Source::live, "needs one of a node or a gateway");
    row("controller as agent", "busbar://controller/pdx1/c1", "pdx1/n1", Source::live, "needs one of a node or a gateway");
}

void TestAuthorizer::agents() {
    QFETCH(QByteArray, uri);
    QFETCH(QByteArray, node);
    QFETCH(int, source);
    QFETCH(QByteArray, says);
    const Status status = checkAgent(*transport::parseIdentity(uri.toStdString()), "pdx1", node.toStdString(), static_cast<Source>(source));
    QCOMPARE(status.ok(), says.isEmpty());
    VERIFY_SENTENCE(status, says.toStdString());
}

void TestAuthorizer::whoAmIListsRights() {
    grpc::ClientContext context;
    v1::WhoAmIReply reply;
    const grpc::Status status = stubOf(m_viewer)->WhoAmI(&context, {}, &reply);
    QVERIFY2(status.ok(), status.error_message().c_str());
    QCOMPARE(reply.identity(), std::string("busbar://user/anna"));
    QCOMPARE(reply.rights_size(), 1);
    QCOMPARE(reply.rights(0), std::string("read"));
}

void TestAuthorizer::viewerMayNotMakeTokens() {
    grpc::ClientContext context;
    v1::MakeTokenReply reply;
    const grpc::Status status = stubOf(m_viewer)->MakeToken(&context, {}, &reply);
    QCOMPARE(status.error_code(), grpc::PERMISSION_DENIED);
    QCOMPARE(status.error_message(), std::string("user 'anna' has role viewer at site pdx1; pki needs admin"));
}

void TestAuthorizer::nodeMayNotCallUserServices() {
    grpc::ClientContext context;
    v1::WhoAmIReply reply;
    const grpc::Status status = stubOf(make({PeerKind::node, "pdx1", "n1", {}, 0}, "n1"))->WhoAmI(&context, {}, &reply);
    QCOMPARE(status.error_code(), grpc::PERMISSION_DENIED);
}

std::string TestAuthorizer::makeToken(const std::string& node, const std::string& serial) {
    grpc::ClientContext context;
    v1::MakeTokenRequest request;
    request.set_node_name(node);
    request.set_serial(serial);
    v1::MakeTokenReply reply;
    const grpc::Status status = stubOf(m_admin)->MakeToken(&context, request, &reply);
    if (!status.ok()) qFatal("%s", status.error_message().c_str());
    return reply.token().substr(reply.token().rfind('|') + 1);
}

StatusOr<v1::EnrolReply> TestAuthorizer::enrol(const std::string& secret, const std::string& serial, std::string* key) {
    const auto request = transport::makeRequest("n9");
    if (key != nullptr) *key = request->keyPem;
    auto stub = v1::Enrolment::NewStub(transport::makeChannel(m_enrolAddress, *transport::enrolmentChannelCredentials(*transport::readFile(path("pki/root.pem")), "pdx1")));
    grpc::ClientContext context;
    v1::EnrolRequest message;
    message.set_token(secret);
    message.set_serial(serial);
    message.set_csr_pem(request->requestPem);
    v1::EnrolReply reply;
    const grpc::Status status = stub->Enrol(&context, message, &reply);
    if (!status.ok()) return transport::fromGrpc(status);
    return reply;
}

void TestAuthorizer::tokenEnrolsOnce() {
    const std::string secret = makeToken("n9", "SN-9");
    const auto reply = enrol(secret, "SN-9");
    QVERIFY2(reply.ok(), reply.status().ToString().c_str());
    QCOMPARE(reply->node_id(), std::string("pdx1/n9"));
    QVERIFY(transport::verifyChain(reply->certificate_pem(), reply->ca_pem()).ok());
    QCOMPARE(transport::readCertificate(reply->certificate_pem())->uris.at(0), std::string("busbar://node/pdx1/n9"));
    VERIFY_SENTENCE(enrol(secret, "SN-9").status(), "unknown, used");
}

void TestAuthorizer::tokenIsBoundToItsSerial() {
    const std::string secret = makeToken("n8", "SN-8");
    VERIFY_SENTENCE(enrol(secret, "SN-OTHER").status(), "bound to serial 'SN-8', this machine's is 'SN-OTHER'");
    QVERIFY(enrol(secret, "SN-8").ok()); // The wrong machine did not use it up.
}

void TestAuthorizer::seedsDoNotOverwrite() {
    QVERIFY(m_authorizer->seedRoles({{"anna", {"admin"}}}).ok());
    QCOMPARE(m_store->get("/roles/anna")->value, std::string("viewer"));
    VERIFY_SENTENCE(m_authorizer->seedRoles({{"bob", {"king"}}}), "unknown role 'king'");
}

grpc::Status TestAuthorizer::revoke(const transport::TlsFiles& by, const std::string& serial, const std::string& reason, v1::RevokeReply* reply) {
    grpc::ClientContext context;
    v1::RevokeRequest request;
    request.set_serial(serial);
    request.set_reason(reason);
    v1::RevokeReply unused;
    return stubOf(by)->Revoke(&context, request, reply != nullptr ? reply : &unused);
}

grpc::Status TestAuthorizer::whoAmI(const transport::TlsFiles& files) {
    grpc::ClientContext context;
    v1::WhoAmIReply reply;
    return stubOf(files)->WhoAmI(&context, {}, &reply);
}

void TestAuthorizer::aRevokedCertificateCountsNoLonger() {
    const transport::TlsFiles lost = make({PeerKind::user, "", "anna", {}, 0}, "anna-lost");
    const std::string serial = transport::readCertificate(*transport::readFile(lost.cert))->serial;
    QVERIFY(whoAmI(lost).ok());
    QCOMPARE(revoke(m_viewer, serial, "laptop stolen").error_code(), grpc::PERMISSION_DENIED);
    v1::RevokeReply reply;
    const grpc::Status revoked = revoke(m_admin, serial, "laptop stolen", &reply);
    QVERIFY2(revoked.ok(), revoked.error_message().c_str());
    QCOMPARE(reply.ended_streams(), 3U);
    const grpc::Status refused = whoAmI(lost);
    QCOMPARE(refused.error_code(), grpc::UNAUTHENTICATED);
    VERIFY_SENTENCE(transport::fromGrpc(refused), "was revoked by root on");
    VERIFY_SENTENCE(transport::fromGrpc(refused), "laptop stolen");
    QVERIFY(whoAmI(m_viewer).ok()); // Another certificate of the same user.
    VERIFY_SENTENCE(transport::fromGrpc(revoke(m_admin, serial, "again")), "is revoked already");
    const auto audit = m_store->audit(0, 1'000);
    QVERIFY(std::any_of(audit->begin(), audit->end(), [&](const AuditRecord& row) { return row.accepted && row.what == "revoke certificate " + serial && row.why == "laptop stolen"; }));
    QVERIFY(std::any_of(audit->begin(), audit->end(), [&](const AuditRecord& row) { return !row.accepted && row.who == "busbar://user/anna" && row.what == "pki"; }));
}

void TestAuthorizer::badRevocations_data() {
    QTest::addColumn<QByteArray>("serial");
    QTest::addColumn<QByteArray>("reason");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no serial") << QByteArray() << QByteArray("r") << QByteArray("no certificate serial");
    QTest::newRow("no hex") << QByteArray("../x") << QByteArray("r") << QByteArray("no certificate serial");
    QTest::newRow("too long") << QByteArray(41, 'A') << QByteArray("r") << QByteArray("no certificate serial");
    QTest::newRow("no reason") << QByteArray("AB:CD") << QByteArray() << QByteArray("needs a reason");
    QTest::newRow("its own") << QByteArray("own") << QByteArray("r") << QByteArray("of this very call");
}

void TestAuthorizer::badRevocations() {
    QFETCH(QByteArray, serial);
    QFETCH(QByteArray, reason);
    QFETCH(QByteArray, says);
    const std::string of = serial == "own" ? transport::readCertificate(*transport::readFile(m_admin.cert))->serial : serial.toStdString();
    VERIFY_SENTENCE(transport::fromGrpc(revoke(m_admin, of, reason.toStdString())), says.toStdString());
}

void TestAuthorizer::aUserOfAnotherSitesCaIsRefused() {
    // A site's CA may enrol users for its own site; its key must not open another's door.
    QVERIFY(transport::issueTo(path("pki"), {PeerKind::node, "fra1", "n1", {}, 0}, {1, {}, {}}, path("fra1")).ok());
    const transport::KeyPair ca{*transport::readFile(path("pki/sites/fra1/ca.pem")), *transport::readFile(path("pki/sites/fra1/ca.key"))};
    const auto pair = transport::issue(ca, {PeerKind::user, "", "root", {}, 0}, {1, {}, {}});
    QVERIFY(pair.ok());
    const transport::TlsFiles files{m_admin.ca, path("foreign.pem"), path("foreign.key")};
    QVERIFY(transport::writeFile(files.cert, pair->certificatePem, 0600).ok() && transport::writeFile(files.key, pair->keyPem, 0600).ok());
    VERIFY_SENTENCE(transport::fromGrpc(whoAmI(files)), "was enrolled by site fra1, this is pdx1");
}

// Last: it uses the minute's tries up.
void TestAuthorizer::enrolmentIsLimited() {
    Status last = absl::OkStatus();
    for (int i = 0; i < 40 && !absl::IsResourceExhausted(last); ++i) last = enrol("0000", "SN-1").status();
    QVERIFY(absl::IsResourceExhausted(last));
    VERIFY_SENTENCE(last, "enrolments in the last minute: try again in a minute");
    const std::string secret = makeToken("n7", "SN-7");
    QVERIFY(absl::IsResourceExhausted(enrol(secret, "SN-7").status()));
    QVERIFY(m_tokens->redeem(secret, "SN-7").ok()); // The refused try did not use the token up.
}

QTEST_APPLESS_MAIN(TestAuthorizer)
#include "tst_authorizer.moc"
