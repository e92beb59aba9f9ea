// The program itself: what it prints, how it ends, and the sentences with which it refuses to start.
#include "tests/busbar-controller/link_kit.h"

#include <QtTest>

#include <QFile>
#include <QProcess>
#include <QTcpServer>

using namespace busbar;
using namespace busbar::test;

namespace {

QString quoted(const std::string& text) { return QStringLiteral("\"%1\"\n").arg(QString::fromStdString(text)); }

} // namespace

class TstControllerProgram : public QObject {
    Q_OBJECT

    std::unique_ptr<TestSite> m_site;

    QString path(const char* name) const { return QString::fromStdString(m_site->path(name)); }
    /// Writes controller.toml with `listen`; more lines may follow.
    QString configFile(const QString& listen, const QString& more = {}) {
        const controller::Config config = m_site->config();
        QFile file(path("controller.toml"));
        if (!file.open(QIODevice::WriteOnly)) return {};
        file.write((QStringLiteral("site = \"tst1\"\nname = \"c1\"\nlisten = \"%1\"\nstate = \"state.db\"\nca = ").arg(listen) + quoted(config.ca) + QStringLiteral("cert = ") +
                    quoted(config.cert) + QStringLiteral("key = ") + quoted(config.key) + more)
                       .toUtf8());
        return file.fileName();
    }
    /// Runs to the end; stderr.
    QString refusal(const QString& config, int* code) {
        QProcess process;
        process.start(QStringLiteral(BUSBAR_BIN_DIR "/busbar-controller"), {QStringLiteral("--config"), config});
        if (!process.waitForFinished(10'000)) process.kill();
        *code = process.exitCode();
        return QString::fromUtf8(process.readAllStandardError());
    }

private Q_SLOTS:
    void init() {
        m_site = std::make_unique<TestSite>();
        const std::string error = m_site->start(); // makes the certificates
        QVERIFY2(error.empty(), error.c_str());
        m_site->stop();
        QVERIFY(QFile::remove(path("state.db")));
    }

    void itPrintsItsAddressAndEndsCleanly() {
        QProcess process;
        process.start(QStringLiteral(BUSBAR_BIN_DIR "/busbar-controller"), {QStringLiteral("--config"), configFile(QStringLiteral("127.0.0.1:0"))});
        QVERIFY(process.waitForReadyRead(10'000));
        const QString line = QString::fromUtf8(process.readLine());
        QVERIFY2(QRegularExpression(QStringLiteral("^listening on 127\\.0\\.0\\.1:\\d+\n$")).match(line).hasMatch(), qPrintable(line));
        QVERIFY(QFile::exists(path("state.db")));
        process.terminate();
        QVERIFY(process.waitForFinished(5'000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 0);
    }

    void aPortInUseIsNamed() {
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        const QString address = QStringLiteral("127.0.0.1:%1").arg(other.serverPort());
        int code = 0;
        const QString said = refusal(configFile(address), &code);
        QCOMPARE(code, 1);
        QVERIFY2(said.contains(address) && said.contains(QStringLiteral("taken")), qPrintable(said));
    }

    void aDamagedDatabaseIsRefusedAndKept() {
        QFile file(path("state.db"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("this is no database, but somebody's only copy of something");
        file.close();
        int code = 0;
        const QString said = refusal(configFile(QStringLiteral("127.0.0.1:0")), &code);
        QCOMPARE(code, 1);
        QVERIFY2(said.contains(QStringLiteral("state.db")), qPrintable(said));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().startsWith("this is no database"));
    }

    void refusals_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("words");
        QTest::newRow("no certificate") << QStringLiteral("site='a'\nname='c'\nlisten='127.0.0.1:0'\nstate='s.db'\nca='none.pem'\ncert='none.pem'\nkey='none.key'\n") << QStringLiteral("none.pem");
        QTest::newRow("no site") << QStringLiteral("name='c'\n") << QStringLiteral("`site` must be a text");
        QTest::newRow("bad site") << QStringLiteral("site='a b'\nname='c'\nlisten='127.0.0.1:0'\nstate='s'\nca='a'\ncert='b'\nkey='c'\n") << QStringLiteral("is not a name");
        QTest::newRow("bad listen") << QStringLiteral("site='a'\nname='c'\nlisten='80'\nstate='s'\nca='a'\ncert='b'\nkey='c'\n") << QStringLiteral("must be host:port");
        QTest::newRow("bad role") << QStringLiteral("site='a'\nname='c'\nlisten='127.0.0.1:0'\nstate='s'\nca='a'\ncert='b'\nkey='c'\n[roles]\nann=['king']\n") << QStringLiteral("has the role `king`");
        const QString good = QStringLiteral("site='a'\nname='c'\nlisten='127.0.0.1:0'\nstate='s'\nca='a'\ncert='b'\nkey='c'\n");
        QTest::newRow("too many nodes at a time") << good + QStringLiteral("[limits]\nper_pdu = 0\n") << QStringLiteral("`per_pdu` of [limits] must be a number from 1 to 20000");
        QTest::newRow("no number") << good + QStringLiteral("[site_breaker]\npercent = 'half'\n") << QStringLiteral("`percent` of [site_breaker] must be a number from 1 to 100");
        QTest::newRow("bad end of leases") << good + QStringLiteral("[lease_end]\nat_deadline = 'now'\n") << QStringLiteral("known are wait, ask and force");
        QTest::newRow("no toml") << QStringLiteral("site = = 3\n") << QStringLiteral("line 1");
        QTest::newRow("enrolment without CA") << QStringLiteral("site='a'\nname='c'\nlisten='127.0.0.1:0'\nenrol_listen='127.0.0.1:0'\nstate='s'\nca='a'\ncert='b'\nkey='c'\n")
                                              << QStringLiteral("needs `site_ca_cert`");
    }

    void refusals() {
        QFETCH(QString, text);
        QFETCH(QString, words);
        QFile file(path("bad.toml"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text.toUtf8());
        file.close();
        int code = 0;
        const QString said = refusal(file.fileName(), &code);
        QCOMPARE(code, 1);
        QVERIFY2(said.contains(words), qPrintable(said));
    }

    void aBadHealthFileIsNamed() {
        QFile file(path("site.toml"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("version = 1\nxid = [{ codes = [79], meaning = \"m\", owner = \"H\", class = 9 }]\n");
        file.close();
        int code = 0;
        const QString said = refusal(configFile(QStringLiteral("127.0.0.1:0"), QStringLiteral("health = \"site.toml\"\n")), &code);
        QCOMPARE(code, 1);
        QVERIFY2(said.contains(QStringLiteral("site.toml: xid row 1")) && said.contains(QStringLiteral("0 to 4")), qPrintable(said));
        QVERIFY2(!QFile::exists(path("state.db")), "the store's term must not rise for a start that failed");
    }

    void aMissingFileIsNamed() {
        int code = 0;
        const QString said = refusal(path("none.toml"), &code);
        QCOMPARE(code, 1);
        QVERIFY2(said.contains(QStringLiteral("none.toml")), qPrintable(said));
    }
};

QTEST_GUILESS_MAIN(TstControllerProgram)
#include "tst_controller_program.moc"
