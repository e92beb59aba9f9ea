// Who may speak with whom, with real programs: each wrong peer is refused with a sentence, where it stands and in the controller's log.
#include "tests/support/site_fixture.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>
#include <QThread>

using namespace busbar::test;

class TestMutualTls : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void users_data();
    void users();
    void rawClients_data();
    void rawClients();
    void agents_data();
    void agents();
    void aNodePosesAsController();
    void aControllerNeedsAControllersCertificate();
    void negotiatesTls13();
    void aRevokedUserAndARevokedNode();
    void enrolment();

private:
    bool issue(const QString& pki, const QStringList& words);
    bool saysInLog(const QByteArray& words) const;
    bool writeProfile(const QString& name, const QString& ca, const QString& certificate, const QString& address = {});
    QByteArray openssl(const QStringList& words, const QByteArray& input = {}) const;
    QStringList clientOf(const QString& folder) const;

    SiteFixture m_site;
    QString m_other; ///< another company's CA
};

bool TestMutualTls::issue(const QString& pki, const QStringList& words) {
    QProcess process;
    process.start(QStringLiteral(BUSBAR_BIN_DIR "/busbarctl"), QStringList{QStringLiteral("pki")} + words + QStringList{QStringLiteral("--dir"), pki});
    return process.waitForFinished(30'000) && process.exitCode() == 0;
}

bool TestMutualTls::saysInLog(const QByteArray& words) const {
    for (QDeadlineTimer limit(5'000); !limit.hasExpired(); QThread::msleep(50))
        if (m_site.logOf(QStringLiteral("controller")).contains(words)) return true;
    return false;
}

// Certificates by the folder under cert/ that holds them.
bool TestMutualTls::writeProfile(const QString& name, const QString& ca, const QString& certificate, const QString& address) {
    QFile file(m_site.path(QStringLiteral("config/profiles/%1.toml").arg(name)));
    const QString text = QStringLiteral("ca = \"%1/ca.pem\"\ncert = \"%2/cert.pem\"\nkey = \"%2/key.pem\"\n[[site]]\nname = \"%3\"\naddress = \"%4\"\n")
                             .arg(m_site.path(QStringLiteral("cert/") + ca), m_site.path(QStringLiteral("cert/") + certificate), m_site.site(), address.isEmpty() ? m_site.address() : address);
    return file.open(QIODevice::WriteOnly) && file.write(text.toUtf8()) > 0;
}

QByteArray TestMutualTls::openssl(const QStringList& words, const QByteArray& input) const {
    QProcess client;
    client.setProcessChannelMode(QProcess::MergedChannels);
    client.start(QStringLiteral("openssl"), words);
    client.write(input);
    client.closeWriteChannel();
    client.waitForFinished(5'000);
    return client.readAll();
}

QStringList TestMutualTls::clientOf(const QString& folder) const {
    const QString dir = m_site.path(QStringLiteral("cert/") + folder);
    return {QStringLiteral("s_client"), QStringLiteral("-connect"), m_site.address(), QStringLiteral("-alpn"), QStringLiteral("h2"), QStringLiteral("-cert"), dir + QStringLiteral("/cert.pem"),
            QStringLiteral("-cert_chain"), dir + QStringLiteral("/cert.pem"), QStringLiteral("-key"), dir + QStringLiteral("/key.pem")};
}

void TestMutualTls::initTestCase() {
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    QVERIFY2(m_site.startAgent(QStringLiteral("sim1")), qPrintable(m_site.error()));
    QVERIFY2(m_site.waitForLink(QStringLiteral("sim1"), QStringLiteral("connected")), qPrintable(m_site.error()));
    m_other = m_site.path(QStringLiteral("other-pki"));
    QVERIFY(issue(m_other, {QStringLiteral("init")}));
    const auto make = [this](const QString& pki, const char* kind, const char* name, const char* folder, const QStringList& more = {}) {
        return issue(pki, QStringList{QStringLiteral("issue"), QString::fromLatin1(kind), QString::fromLatin1(name), QStringLiteral("--out"), m_site.path(QStringLiteral("cert/") + QString::fromLatin1(folder))} + more);
    };
    const QString pki = m_site.path(QStringLiteral("pki"));
    const QStringList ended{QStringLiteral("--days"), QStringLiteral("-1")};
    QVERIFY(make(pki, "user", "operator", "ended", ended) && make(m_other, "user", "operator", "foreign") && make(pki, "gateway", "tst1/g-", "gateway"));
    QVERIFY(make(pki, "user", "stranger", "stranger") && make(pki, "node", "tst1/lost1", "lost1") && make(pki, "node", "fra1/n1", "fra1"));
    QVERIFY(make(pki, "user", "admin", "admin2") && make(pki, "user", "operator", "stolen"));
}

void TestMutualTls::users_data() {
    QTest::addColumn<QString>("ca");
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QByteArray>("says");
    QTest::addColumn<QByteArray>("logs"); // empty: it was refused before it reached the controller
    QTest::newRow("certificate of another CA") << QStringLiteral("user-operator") << QStringLiteral("foreign") << QByteArray("is signed by an unknown CA") << QByteArray();
    QTest::newRow("everything of another CA") << QStringLiteral("foreign") << QStringLiteral("foreign") << QByteArray("is not of this profile's CA") << QByteArray();
    QTest::newRow("expired") << QStringLiteral("ended") << QStringLiteral("ended") << QByteArray("expired on") << QByteArray();
    QTest::newRow("node's certificate as a user") << QStringLiteral("node-sim1") << QStringLiteral("node-sim1") << QByteArray("busbar://node/tst1/sim1 is a node's certificate: only users may call this")
                                                  << QByteArray("busbar://node/tst1/sim1 is a node's certificate");
    QTest::newRow("gateway's certificate as a user") << QStringLiteral("gateway") << QStringLiteral("gateway") << QByteArray("is a gateway's certificate") << QByteArray("is a gateway's certificate");
    QTest::newRow("user without a role") << QStringLiteral("stranger") << QStringLiteral("stranger") << QByteArray("user 'stranger' has no role at site tst1") << QByteArray("user 'stranger' has no role");
    QTest::newRow("viewer who drains") << QStringLiteral("user-viewer") << QStringLiteral("user-viewer") << QByteArray("user 'viewer' has role viewer at site tst1; drain needs operator or admin")
                                       << QByteArray("drain refused to busbar://user/viewer");
}

void TestMutualTls::users() {
    QFETCH(QString, ca);
    QFETCH(QString, certificate);
    QFETCH(QByteArray, says);
    QFETCH(QByteArray, logs);
    QVERIFY(writeProfile(QStringLiteral("wrong"), ca, certificate));
    const CtlResult result = m_site.ctl({QStringLiteral("drain"), m_site.nodeId(QStringLiteral("sim1")), QStringLiteral("--reason"), QStringLiteral("r"), QStringLiteral("--yes")}, QStringLiteral("wrong"));
    QVERIFY2(result.exitCode == 4 && result.err.contains(says), QByteArray::number(result.exitCode) + result.err);
    QVERIFY(logs.isEmpty() || saysInLog(logs));
}

void TestMutualTls::rawClients_data() {
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QByteArray>("logs");
    QTest::newRow("certificate of another CA") << QStringLiteral("foreign") << QByteArray("the client CN=operator,O=Busbar was refused: the certificate CN=Busbar users CA,O=Busbar is signed by an unknown CA");
    QTest::newRow("expired") << QStringLiteral("ended") << QByteArray("the client CN=operator,O=Busbar was refused: the certificate CN=operator,O=Busbar expired on");
    QTest::newRow("none") << QString() << QByteArray("a client was refused: it showed no certificate");
}

// What a client without Busbar's own check gets.
void TestMutualTls::rawClients() {
    QFETCH(QString, certificate);
    QFETCH(QByteArray, logs);
    openssl(certificate.isEmpty() ? clientOf(QStringLiteral("gateway")).mid(0, 5) : clientOf(certificate), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    QVERIFY2(saysInLog(logs), m_site.logOf(QStringLiteral("controller")).right(600));
}

void TestMutualTls::agents_data() {
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("node");
    QTest::addColumn<bool>("simulated");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("a gateway declares live") << QStringLiteral("gateway") << QStringLiteral("g-1") << false << QByteArray("may declare nodes replayed or simulated only; node tst1/g-1 was declared live");
    QTest::newRow("a gateway outside its prefix") << QStringLiteral("gateway") << QStringLiteral("x-1") << true << QByteArray("may speak only for nodes whose name starts with 'g-'");
    QTest::newRow("a node with another's name") << QStringLiteral("lost1") << QStringLiteral("n7") << true << QByteArray("busbar://node/tst1/lost1 may not speak for node tst1/n7");
    QTest::newRow("a node of another site") << QStringLiteral("fra1") << QStringLiteral("n1") << true << QByteArray("belongs to site fra1, this is tst1");
    QTest::newRow("a user as an agent") << QStringLiteral("user-admin") << QStringLiteral("n8") << true << QByteArray("is a user's certificate: an agent needs one of a node or a gateway");
    QTest::newRow("an expired certificate") << QStringLiteral("ended") << QStringLiteral("n9") << true << QByteArray("expired on");
}

void TestMutualTls::agents() {
    QFETCH(QString, certificate);
    QFETCH(QString, node);
    QFETCH(bool, simulated);
    QFETCH(QByteArray, says);
    AgentOptions options;
    options.simulatedDriver = simulated;
    options.certificate = certificate;
    QVERIFY2(m_site.startAgent(node, options), qPrintable(m_site.error()));
    QTRY_VERIFY2_WITH_TIMEOUT(m_site.logOf(node).contains(says), m_site.logOf(node), 10'000);
    if (certificate != QStringLiteral("ended")) QVERIFY2(saysInLog(says), m_site.logOf(QStringLiteral("controller")).right(600)); // The agent did not even dial.
    m_site.killAgent(node);
    QCOMPARE(m_site.ctl({QStringLiteral("node"), m_site.nodeId(node)}).exitCode, 1);
}

void TestMutualTls::aNodePosesAsController() {
    const QString dir = m_site.path(QStringLiteral("cert/node-sim1"));
    QProcess impostor;
    impostor.setProcessChannelMode(QProcess::MergedChannels);
    impostor.start(QStringLiteral("openssl"), {QStringLiteral("s_server"), QStringLiteral("-accept"), QStringLiteral("127.0.0.1:0"), QStringLiteral("-cert"), dir + QStringLiteral("/cert.pem"), QStringLiteral("-cert_chain"),
                                               dir + QStringLiteral("/cert.pem"), QStringLiteral("-key"), dir + QStringLiteral("/key.pem"), QStringLiteral("-alpn"), QStringLiteral("h2")});
    QByteArray told;
    const QRegularExpression accept(QStringLiteral("ACCEPT (\\S+:\\d+)"));
    QTRY_VERIFY_WITH_TIMEOUT((impostor.waitForReadyRead(100), told += impostor.readAll(), accept.match(QString::fromUtf8(told)).hasMatch()), 10'000);
    const QString address = accept.match(QString::fromUtf8(told)).captured(1);
    QVERIFY(writeProfile(QStringLiteral("posed"), QStringLiteral("user-operator"), QStringLiteral("user-operator"), address));
    const CtlResult result = m_site.ctl({QStringLiteral("nodes")}, QStringLiteral("posed"));
    QVERIFY2(result.exitCode == 4 && result.err.contains("poses as a controller"), QByteArray::number(result.exitCode) + result.err);
    impostor.kill();
    impostor.waitForFinished();
}

void TestMutualTls::aControllerNeedsAControllersCertificate() {
    QFile config(m_site.path(QStringLiteral("posing.toml")));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write(QStringLiteral("site = \"tst1\"\nname = \"c9\"\nlisten = \"127.0.0.1:0\"\nstate = \"%1\"\nca = \"%2/ca.pem\"\ncert = \"%2/cert.pem\"\nkey = \"%2/key.pem\"\n")
                     .arg(m_site.path(QStringLiteral("posing.db")), m_site.path(QStringLiteral("cert/node-sim1"))).toUtf8());
    config.close();
    QProcess controller;
    controller.start(QStringLiteral(BUSBAR_BIN_DIR "/busbar-controller"), {QStringLiteral("--config"), config.fileName()});
    QVERIFY(controller.waitForFinished(10'000));
    QCOMPARE(controller.exitCode(), 1);
    QVERIFY(controller.readAllStandardError().contains("is the certificate of busbar://node/tst1/sim1, not of a controller of site tst1"));
}

void TestMutualTls::negotiatesTls13() {
    const QByteArray told = openssl(clientOf(QStringLiteral("user-operator")));
    QVERIFY2(told.contains("TLSv1.3, Cipher is"), told);
    QProcess plain; // There is no port without TLS.
    plain.start(QStringLiteral("bash"), {QStringLiteral("-c"), QStringLiteral("exec 3<>/dev/tcp/%1/%2; printf 'GET / HTTP/1.1\\r\\n\\r\\n' >&3; timeout 3 cat <&3")
                                                                   .arg(m_site.address().section(QLatin1Char(':'), 0, 0), m_site.address().section(QLatin1Char(':'), 1))});
    QVERIFY(plain.waitForFinished(10'000));
    QVERIFY2(!plain.readAllStandardOutput().contains("HTTP/"), "answered without TLS");
    QVERIFY(saysInLog("a client was refused: it does not speak TLS"));
}

void TestMutualTls::aRevokedUserAndARevokedNode() {
    QVERIFY(writeProfile(QStringLiteral("stolen"), QStringLiteral("stolen"), QStringLiteral("stolen")));
    QCOMPARE(m_site.ctl({QStringLiteral("nodes")}, QStringLiteral("stolen")).exitCode, 0);
    const auto revoke = [this](const QString& folder) {
        return m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("pki"), QStringLiteral("revoke"), QStringLiteral("--cert"), m_site.path(QStringLiteral("cert/%1/cert.pem").arg(folder)), QStringLiteral("--reason"), QStringLiteral("laptop stolen")},
                          QStringLiteral("admin"));
    };
    const CtlResult revoked = revoke(QStringLiteral("stolen"));
    QVERIFY2(revoked.exitCode == 0, revoked.err);
    const CtlResult refused = m_site.ctl({QStringLiteral("nodes")}, QStringLiteral("stolen"));
    QVERIFY2(refused.exitCode == 4 && refused.err.contains("was revoked by admin on") && refused.err.contains("laptop stolen"), refused.err);
    QVERIFY(saysInLog("read refused to busbar://user/operator: the certificate"));

    QVERIFY2(m_site.startAgent(QStringLiteral("gone1")), qPrintable(m_site.error()));
    QVERIFY2(m_site.waitForLink(QStringLiteral("gone1"), QStringLiteral("connected")), qPrintable(m_site.error()));
    const CtlResult node = revoke(QStringLiteral("node-gone1"));
    QCOMPARE(node.json().object().value(QStringLiteral("revoked")).toArray().at(0).toObject().value(QStringLiteral("ended_streams")).toInt(), 1);
    QTRY_VERIFY2_WITH_TIMEOUT(m_site.logOf(QStringLiteral("gone1")).contains("was revoked by admin on"), m_site.logOf(QStringLiteral("gone1")), 10'000);
    QVERIFY(saysInLog("agent gone1"));
    const QString link = m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("node"), m_site.nodeId(QStringLiteral("gone1"))}).json().object().value(QStringLiteral("link")).toString();
    QVERIFY(link != QStringLiteral("lost")); // Not at once: it counts as late and then lost by the clock, as any agent that went.
}

void TestMutualTls::enrolment() {
    m_site.setEnrolment(true);
    m_site.killController();
    QVERIFY2(m_site.startController(), qPrintable(m_site.error()));
    const auto words = [](const char* text) { return QString::fromLatin1(text).split(QLatin1Char(' ')); };
    const QString token = QString::fromUtf8(m_site.ctl(words("pki token tst1/new1 --serial SN-1"), QStringLiteral("admin")).out).trimmed();
    QCOMPARE(token.count(QLatin1Char('|')), 4);
    const QString out = m_site.path(QStringLiteral("cert/new1"));
    const auto enrol = [&](const QString& with, const QString& serial) {
        return m_site.ctl({QStringLiteral("pki"), QStringLiteral("enrol"), QStringLiteral("--token"), with, QStringLiteral("--serial"), serial, QStringLiteral("--out"), out}, QStringLiteral("viewer"));
    };
    const CtlResult garbled = enrol(QStringLiteral("abc"), QStringLiteral("SN-1"));
    QVERIFY2(garbled.exitCode == 2 && garbled.err.contains("no enrolment token"), garbled.err);
    const CtlResult wrongMachine = enrol(token, QStringLiteral("SN-2"));
    QVERIFY2(wrongMachine.exitCode == 4 && wrongMachine.err.contains("bound to serial 'SN-1', this machine's is 'SN-2'"), wrongMachine.err);
    QStringList parts = token.split(QLatin1Char('|'));
    parts[3] = QString(64, QLatin1Char('0'));
    const CtlResult inBetween = enrol(parts.join(QLatin1Char('|')), QStringLiteral("SN-1"));
    QVERIFY2(inBetween.exitCode == 4 && inBetween.err.contains("does not show the CA that the token pins"), inBetween.err);
    const CtlResult good = enrol(token, QStringLiteral("SN-1"));
    QVERIFY2(good.exitCode == 0, good.err);
    const CtlResult overwrite = enrol(token, QStringLiteral("SN-1"));
    QVERIFY2(overwrite.exitCode == 1 && overwrite.err.contains("never overwritten"), overwrite.err);
    QVERIFY(QFile::remove(out + QStringLiteral("/key.pem")));
    const CtlResult twice = enrol(token, QStringLiteral("SN-1"));
    QVERIFY2(twice.exitCode == 4 && twice.err.contains("unknown, used or older than 24 h"), twice.err);
}

QTEST_GUILESS_MAIN(TestMutualTls)
#include "tst_mutual_tls.moc"
