// busbarctl evidence with real programs: what nodes sign arrives, is shown, exported and verified offline; a changed file fails.
#include "tests/support/json_schema.h"
#include "tests/support/site_fixture.h"

#include <QFile>
#include <QTest>

using namespace busbar::test;
using nlohmann::json;

class TestCtlEvidence : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void theTableSaysWhatWasReadBackAndWhoSigned();
    void theExportFitsItsSchemaAndVerifies();
    void opensslAgreesWithTheSignature();
    void aChangedFileFails_data();
    void aChangedFileFails();
    void aGatewaySignsForItsNodes();
    void aPartSaysThatItIsOne();
    void itSurvivesTheControllersEnd();
    void wrongArgumentsAreSaid_data();
    void wrongArgumentsAreSaid();

private:
    QByteArray exported();
    void write(const QString& name, const QByteArray& bytes) const;
    QString drain(const QString& node);

    SiteFixture m_site;
    QString m_action;
    JsonSchema m_schema{BUSBAR_SOURCE_DIR "/resources/schema"};
};

QString TestCtlEvidence::drain(const QString& node) {
    const CtlResult result = m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("drain"), node, QStringLiteral("--reason"), QStringLiteral("fan noise"), QStringLiteral("--yes"), QStringLiteral("--wait")});
    const json action = json::parse(result.out.toStdString(), nullptr, false);
    if (result.exitCode != 0 || !action.is_object()) qWarning("%s%s", result.out.constData(), result.err.constData());
    return action.is_object() ? QString::fromStdString(action.value("id", "")) : QString();
}

void TestCtlEvidence::initTestCase() {
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    QVERIFY(m_site.startAgent(QStringLiteral("sim1")));
    QVERIFY(m_site.waitForLink(QStringLiteral("sim1"), QStringLiteral("connected")));
    m_action = drain(QStringLiteral("tst1/sim1"));
    QVERIFY(!m_action.isEmpty());
}

QByteArray TestCtlEvidence::exported() {
    const QString path = m_site.path(QStringLiteral("evidence.json"));
    const CtlResult result = m_site.ctl({QStringLiteral("evidence"), m_action, QStringLiteral("--out"), path}, QStringLiteral("viewer"));
    if (result.exitCode != 0) qWarning("%s", result.err.constData());
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestCtlEvidence::write(const QString& name, const QByteArray& bytes) const {
    QFile file(m_site.path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

void TestCtlEvidence::theTableSaysWhatWasReadBackAndWhoSigned() {
    const CtlResult result = m_site.ctl({QStringLiteral("evidence"), m_action}, QStringLiteral("viewer"));
    QVERIFY2(result.exitCode == 0, result.err);
    for (const char* part : {"drain: succeeded", "Reason     fan noise", "tst1/sim1: succeeded", "signed by busbar://node/tst1/sim1, 2", "SUBJECT", "processes", "as set", "simulated nvml",
                             "controller", "the whole by busbar://controller/tst1/"})
        QVERIFY2(result.out.contains(part), qPrintable(QString::fromUtf8(part) + QLatin1Char('\n') + QString::fromUtf8(result.out)));
}

void TestCtlEvidence::theExportFitsItsSchemaAndVerifies() {
    const QByteArray text = exported();
    const json value = json::parse(text.toStdString(), nullptr, false);
    auto faults = m_schema.check("evidence.json", value);
    QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
    QCOMPARE(value["targets"][0]["steps"].size(), std::size_t{3});
    for (const json& step : value["targets"][0]["steps"]) QCOMPARE(step["report"]["signed_by"].get<std::string>(), std::string("busbar://node/tst1/sim1"));
    const QString path = m_site.path(QStringLiteral("evidence.json"));
    const CtlResult verified = m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("evidence"), QStringLiteral("--verify"), path});
    QVERIFY2(verified.exitCode == 0, verified.err);
    faults = m_schema.check("evidence_verified.json", json::parse(verified.out.toStdString(), nullptr, false));
    QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
    // Offline: an unknown profile does not matter once the root CA is named.
    const CtlResult offline = m_site.ctl({QStringLiteral("evidence"), QStringLiteral("--verify"), path, QStringLiteral("--ca"), m_site.path(QStringLiteral("pki/root.pem"))}, QStringLiteral("nobody"));
    QVERIFY2(offline.exitCode == 0, offline.err);
    QVERIFY(offline.out.contains("verified: drain succeeded, 3 signed reports of its one node"));
    // Of one node the reports are the same ones.
    const CtlResult one = m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("evidence"), m_action, QStringLiteral("--node"), QStringLiteral("tst1/sim1")});
    QVERIFY2(one.exitCode == 0, one.err);
    const json node = json::parse(one.out.toStdString(), nullptr, false);
    QCOMPARE(node["node"].get<std::string>(), std::string("tst1/sim1"));
    QVERIFY(node["targets"] == value["targets"]);
}

/// Anybody can check a report with openssl alone.
void TestCtlEvidence::opensslAgreesWithTheSignature() {
    const json file = json::parse(exported().toStdString(), nullptr, false);
    const json& origin = file["targets"][0]["steps"][2]["origin"];
    const auto bytes = [](const json& text) { return QByteArray::fromBase64(QByteArray::fromStdString(text.get<std::string>())); };
    write(QStringLiteral("report.bin"), "busbar step report 1\n" + bytes(origin["bytes"]));
    write(QStringLiteral("report.sig"), bytes(origin["signature"]));
    write(QStringLiteral("leaf.der"), bytes(origin["certificates"][0]));
    const auto openssl = [](const QStringList& words) {
        QProcess process;
        process.start(QStringLiteral("openssl"), words);
        process.waitForFinished();
        return process.readAllStandardOutput() + process.readAllStandardError();
    };
    write(QStringLiteral("leaf.pub"), openssl({QStringLiteral("x509"), QStringLiteral("-inform"), QStringLiteral("DER"), QStringLiteral("-in"), m_site.path(QStringLiteral("leaf.der")), QStringLiteral("-noout"), QStringLiteral("-pubkey")}));
    const QByteArray said = openssl({QStringLiteral("dgst"), QStringLiteral("-sha256"), QStringLiteral("-verify"), m_site.path(QStringLiteral("leaf.pub")), QStringLiteral("-signature"), m_site.path(QStringLiteral("report.sig")),
                                     m_site.path(QStringLiteral("report.bin"))});
    QVERIFY2(said.contains("Verified OK"), said);
}

void TestCtlEvidence::aChangedFileFails_data() {
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QByteArray>("sentence");
    QTest::newRow("a value") << QByteArray("\"after\": \"0\"") << QByteArray("\"after\": \"1\"") << QByteArray("its signed part says \"0\"");
    QTest::newRow("the reason") << QByteArray("fan noise") << QByteArray("fan quiet") << QByteArray("/action/reason");
    QTest::newRow("the node") << QByteArray("\"node\": \"tst1/sim1\"") << QByteArray("\"node\": \"tst1/sim2\"") << QByteArray("/targets/0/node");
    QTest::newRow("white space") << QByteArray("\n") << QByteArray("\n\n") << QByteArray("rewritten at byte");
    QTest::newRow("no JSON") << QByteArray("{") << QByteArray("") << QByteArray("no evidence export");
}

void TestCtlEvidence::aChangedFileFails() {
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QByteArray, sentence);
    QByteArray text = exported();
    const auto at = text.indexOf(before);
    QVERIFY(at >= 0);
    write(QStringLiteral("changed.json"), text.replace(at, before.size(), after));
    const CtlResult result = m_site.ctl({QStringLiteral("evidence"), QStringLiteral("--verify"), m_site.path(QStringLiteral("changed.json"))});
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.err.contains("does not verify") && result.err.contains(sentence), result.err);
    QVERIFY(result.out.isEmpty());
}

void TestCtlEvidence::aGatewaySignsForItsNodes() {
    QVERIFY(m_site.startReplay(QStringLiteral("replay"), QStringLiteral("mode = \"simulate\"\ngpus = 16\nfault_rate = 0\nspeed = 20000\n")));
    QString node;
    const auto first = [&] {
        const json list = json::parse(m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("nodes"), QStringLiteral("--filter"), QStringLiteral("g- link:connected")}).out.toStdString(), nullptr, false);
        for (const json& one : list.is_object() ? list["nodes"] : json::array()) node = QString::fromStdString(one["id"].get<std::string>());
        return !node.isEmpty();
    };
    QTRY_VERIFY_WITH_TIMEOUT(first(), 30'000);
    const QString action = drain(node);
    const CtlResult result = m_site.ctl({QStringLiteral("evidence"), action}, QStringLiteral("viewer"));
    QVERIFY2(result.exitCode == 0, result.err);
    QVERIFY2(result.out.contains("signed by busbar://gateway/tst1/g-,") && result.out.contains("model"), result.out);
}

/// One good node of an action is not the action: the table, the file's verification and its JSON say so.
void TestCtlEvidence::aPartSaysThatItIsOne() {
    const json list = json::parse(m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("nodes"), QStringLiteral("--filter"), QStringLiteral("g- link:connected")}).out.toStdString(), nullptr, false);
    QVERIFY(list.is_object() && list["nodes"].size() >= 2);
    QStringList nodes;
    for (const json& one : list["nodes"]) nodes << QString::fromStdString(one["id"].get<std::string>());
    const CtlResult drained = m_site.ctl(QStringList{QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("drain")} + nodes.mid(0, 2) + QStringList{QStringLiteral("--reason"), QStringLiteral("which is it"), QStringLiteral("--yes"), QStringLiteral("--wait")});
    const json action = json::parse(drained.out.toStdString(), nullptr, false);
    QVERIFY2(action.is_object() && action.contains("id"), drained.err);
    const QString id = QString::fromStdString(action["id"].get<std::string>()), part = m_site.path(QStringLiteral("part.json")), all = m_site.path(QStringLiteral("all.json"));
    const CtlResult one = m_site.ctl({QStringLiteral("evidence"), id, QStringLiteral("--node"), nodes[0], QStringLiteral("--out"), part});
    QVERIFY2(one.exitCode == 0 && one.out.contains((nodes[0] + QStringLiteral(" only, one of its 2 nodes")).toUtf8()), one.out + one.err);
    QCOMPARE(m_site.ctl({QStringLiteral("evidence"), id, QStringLiteral("--out"), all}).exitCode, 0);
    for (const QString& file : {part, all}) {
        const bool whole = file == all;
        const QByteArray extent = whole ? QByteArray("all its 2 nodes") : (nodes[0] + QStringLiteral(" only, one of its 2 nodes")).toUtf8();
        const CtlResult text = m_site.ctl({QStringLiteral("evidence"), QStringLiteral("--verify"), file});
        QVERIFY2(text.exitCode == 0 && text.out.contains("Covers     " + extent) && text.out.contains("signed reports of " + extent), text.out + text.err);
        const json said = json::parse(m_site.ctl({QStringLiteral("-o"), QStringLiteral("json"), QStringLiteral("evidence"), QStringLiteral("--verify"), file}).out.toStdString(), nullptr, false);
        const auto faults = m_schema.check("evidence_verified.json", said);
        QVERIFY2(faults.empty(), faults.empty() ? "" : faults.front().c_str());
        QCOMPARE(said["targets"].get<int>(), 2);
        QCOMPARE(said["nodes"].get<int>(), whole ? 2 : 1);
        QVERIFY(said["state"] == action["state"]);
        QVERIFY(whole ? said["node"].is_null() : said["node"] == nodes[0].toStdString());
    }
}

void TestCtlEvidence::itSurvivesTheControllersEnd() {
    const json before = json::parse(exported().toStdString(), nullptr, false);
    m_site.killController();
    QVERIFY(m_site.startController());
    QVERIFY(m_site.waitForLink(QStringLiteral("sim1"), QStringLiteral("connected")));
    const json after = json::parse(exported().toStdString(), nullptr, false);
    QVERIFY(!after.is_discarded() && after["targets"] == before["targets"]);
}

void TestCtlEvidence::wrongArgumentsAreSaid_data() {
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("exit");
    QTest::addColumn<QByteArray>("sentence");
    const QString none = QStringLiteral("tst1/01JD0000000000000000000000"), missing = QStringLiteral("/nonexistent/file");
    QTest::newRow("nothing") << QStringList{} << 2 << QByteArray("one of the two");
    QTest::newRow("both") << QStringList{none, QStringLiteral("--verify"), missing} << 2 << QByteArray("one of the two");
    QTest::newRow("out with verify") << QStringList{QStringLiteral("--verify"), missing, QStringLiteral("--out"), missing} << 2 << QByteArray("go with an action's ID");
    QTest::newRow("no such action") << QStringList{none} << 1 << QByteArray("no action");
    QTest::newRow("no id") << QStringList{QStringLiteral("sim1")} << 2 << QByteArray("is no action id");
    QTest::newRow("no such file") << QStringList{QStringLiteral("--verify"), missing} << 2 << QByteArray("/nonexistent/file");
    QTest::newRow("no such CA") << QStringList{QStringLiteral("--verify"), missing, QStringLiteral("--ca"), missing} << 2 << QByteArray("--ca: '/nonexistent/file'");
    QTest::newRow("a CA that is no certificate") << QStringList{QStringLiteral("--verify"), missing, QStringLiteral("--ca"), QStringLiteral("/etc/hostname")} << 2 << QByteArray("--ca: '/etc/hostname'");
    QTest::newRow("out is in no folder") << QStringList{m_action, QStringLiteral("--out"), QStringLiteral("/nonexistent/x.json")} << 2 << QByteArray("--out: '/nonexistent/x.json");
}

void TestCtlEvidence::wrongArgumentsAreSaid() {
    QFETCH(QStringList, words);
    QFETCH(int, exit);
    QFETCH(QByteArray, sentence);
    const CtlResult result = m_site.ctl(QStringList{QStringLiteral("evidence")} + words);
    QVERIFY2(result.err.contains(sentence), result.err);
    QCOMPARE(result.exitCode, exit);
}

QTEST_GUILESS_MAIN(TestCtlEvidence)
#include "tst_ctl_evidence.moc"
