#include "transport/profile.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace busbar::transport;

class TestProfile : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void good();
    void bad_data();
    void bad();
    void missingNamesTheOthers();
};

namespace {
const QByteArray kTls = "ca = \"ca.pem\"\ncert = \"c.pem\"\nkey = \"/abs/k.pem\"\n";
const QByteArray kSite = "[[site]]\nname = \"pdx1\"\naddress = \"127.0.0.1:1\"\n";

std::string write(QTemporaryDir& dir, const QByteArray& text) {
    QFile file(dir.filePath(QStringLiteral("p.toml")));
    if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write");
    file.write(text);
    return file.fileName().toStdString();
}
} // namespace

void TestProfile::good() {
    QTemporaryDir dir;
    const auto profile = loadProfileFile(write(dir, kTls + kSite));
    QVERIFY2(profile.ok(), profile.status().ToString().c_str());
    QCOMPARE(QString::fromStdString(profile->tls.ca), dir.filePath(QStringLiteral("ca.pem")));
    QCOMPARE(profile->tls.key, std::string("/abs/k.pem"));
    QCOMPARE(profile->sites.at(0).address, std::string("127.0.0.1:1"));
}

void TestProfile::bad_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no toml") << QByteArray("= x") << QByteArray("line 1");
    QTest::newRow("no key") << QByteArray("ca=\"a\"\ncert=\"b\"\n") + kSite << QByteArray("'key'");
    QTest::newRow("no site") << kTls << QByteArray("[[site]]");
    QTest::newRow("bad address") << kTls + "[[site]]\nname=\"a\"\naddress=\"nope\"\n" << QByteArray("host:port");
    QTest::newRow("bad name") << kTls + "[[site]]\nname=\"a/b\"\naddress=\"h:1\"\n" << QByteArray("site name");
    QTest::newRow("twice") << kTls + kSite + kSite << QByteArray("twice");
}

void TestProfile::bad() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, says);
    QTemporaryDir dir;
    const auto profile = loadProfileFile(write(dir, text));
    QVERIFY(!profile.ok());
    QVERIFY2(profile.status().ToString().find(says.toStdString()) != std::string::npos, profile.status().ToString().c_str());
}

void TestProfile::missingNamesTheOthers() {
    QTemporaryDir dir;
    QVERIFY(QDir().mkpath(dir.filePath(QStringLiteral("profiles"))));
    QFile file(dir.filePath(QStringLiteral("profiles/demo.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    qputenv("BUSBAR_CONFIG", dir.path().toUtf8());
    const auto profile = loadProfile("other");
    QVERIFY(!profile.ok());
    QVERIFY2(profile.status().ToString().find("there are: demo") != std::string::npos, profile.status().ToString().c_str());
}

QTEST_APPLESS_MAIN(TestProfile)
#include "tst_profile.moc"
