// The program itself against a real site: pictures, exit statuses and their sentences.
#include "tests/support/site_fixture.h"

#include <QImage>
#include <QProcess>
#include <QSet>
#include <QTest>

#include <csignal>

using namespace busbar::test;

namespace {

struct Ended {
    int exitCode = -1;
    QString said;
};

/// Different colours on a coarse grid: a blank picture has one or two.
int coloursOf(const QImage& picture) {
    QSet<QRgb> colours;
    for (int y = 0; y < picture.height(); y += 4)
        for (int x = 0; x < picture.width(); x += 4) colours.insert(picture.pixel(x, y));
    return static_cast<int>(colours.size());
}

} // namespace

class TestConsoleProgram : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void pictureOfEachView_data();
    void pictureOfEachView();
    void pictureOfAnotherSizeAndTheme();
    void unknownNode();
    void unknownView();
    void pictureThatCannotBeWritten();
    void siteWithoutDataIsNamed();
    void profileThatCannotBeUsed();
    void endsOnSigterm();

private:
    QProcessEnvironment environment() const;
    Ended run(const QStringList& arguments) const;
    QString profile() const { return m_site.path(QStringLiteral("config/profiles/operator.toml")); }
    QString picture() const { return m_site.path(QStringLiteral("picture.png")); }

    SiteFixture m_site;
};

void TestConsoleProgram::initTestCase() {
    QVERIFY2(m_site.start(), qPrintable(m_site.error()));
    QVERIFY2(m_site.startAgent(QStringLiteral("sim1")), qPrintable(m_site.error()));
    QVERIFY(m_site.waitForLink(QStringLiteral("sim1"), QStringLiteral("connected")));
}

QProcessEnvironment TestConsoleProgram::environment() const {
    QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
    env.insert(QStringLiteral("BUSBAR_CONFIG"), m_site.path(QStringLiteral("config")));
    env.insert(QStringLiteral("XDG_CONFIG_HOME"), m_site.path(QStringLiteral("settings")));
    env.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    return env;
}

Ended TestConsoleProgram::run(const QStringList& arguments) const {
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start(QStringLiteral(BUSBAR_BIN_DIR "/busbar"), arguments);
    if (!process.waitForFinished(40'000)) {
        process.kill();
        process.waitForFinished();
        return {};
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, QString::fromUtf8(process.readAllStandardError())};
}

void TestConsoleProgram::pictureOfEachView_data() {
    QTest::addColumn<QString>("view");
    for (const char* view : {"overview", "heatmap", "nodes", "node:tst1/sim1", "actions"}) QTest::newRow(view) << QString::fromLatin1(view);
}

void TestConsoleProgram::pictureOfEachView() {
    QFETCH(QString, view);
    QFile::remove(picture());
    const Ended ended = run({QStringLiteral("--profile"), profile(), QStringLiteral("--view"), view, QStringLiteral("--capture"), picture()});
    QVERIFY2(ended.exitCode == 0, qPrintable(ended.said));
    const QImage image(picture());
    QCOMPARE(image.size(), QSize(1920, 1080));
    QVERIFY2(coloursOf(image) > 12, qPrintable(QString::number(coloursOf(image))));
}

void TestConsoleProgram::pictureOfAnotherSizeAndTheme() {
    const auto groundOf = [this](const char* theme) {
        run({QStringLiteral("--profile"), QStringLiteral("operator"), QStringLiteral("--view"), QStringLiteral("actions"), QStringLiteral("--size"), QStringLiteral("1400x900"), QStringLiteral("--theme"),
             QLatin1String(theme), QStringLiteral("--capture"), picture()});
        const QImage image(picture());
        return image.size() == QSize(1400, 900) ? image.pixelColor(10, 600).lightness() : -1;
    };
    const int dark = groundOf("dark"), light = groundOf("light");
    QVERIFY2(dark >= 0 && dark < 60 && light > 200, qPrintable(QStringLiteral("dark %1 light %2").arg(dark).arg(light)));
}

void TestConsoleProgram::unknownNode() {
    QFile::remove(picture());
    const Ended ended = run({QStringLiteral("--profile"), profile(), QStringLiteral("--view"), QStringLiteral("node:") + m_site.nodeId(QStringLiteral("nobody")), QStringLiteral("--capture"), picture()});
    QCOMPARE(ended.exitCode, 1);
    QVERIFY2(ended.said.contains(QStringLiteral("no node tst1/nobody")), qPrintable(ended.said));
    QVERIFY(!QFile::exists(picture()));
}

void TestConsoleProgram::unknownView() {
    const Ended ended = run({QStringLiteral("--profile"), profile(), QStringLiteral("--view"), QStringLiteral("map"), QStringLiteral("--capture"), picture()});
    QCOMPARE(ended.exitCode, 2);
    QVERIFY2(ended.said.contains(QStringLiteral("'map'")), qPrintable(ended.said));
}

void TestConsoleProgram::pictureThatCannotBeWritten() {
    const Ended ended = run({QStringLiteral("--profile"), profile(), QStringLiteral("--view"), QStringLiteral("actions"), QStringLiteral("--capture"), m_site.path(QStringLiteral("no/folder/a.png"))});
    QCOMPARE(ended.exitCode, 1);
    QVERIFY2(ended.said.contains(QStringLiteral("a.png cannot be written")), qPrintable(ended.said));
}

void TestConsoleProgram::siteWithoutDataIsNamed() {
    QFile good(profile());
    QVERIFY(good.open(QIODevice::ReadOnly));
    // A second site at a port where nobody listens.
    QFile file(m_site.path(QStringLiteral("two.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(good.readAll() + "[[site]]\nname = \"dark1\"\naddress = \"127.0.0.1:9\"\n");
    file.close();
    QFile::remove(picture());
    const Ended ended = run({QStringLiteral("--profile"), file.fileName(), QStringLiteral("--view"), QStringLiteral("actions"), QStringLiteral("--capture"), picture()});
    QCOMPARE(ended.exitCode, 3);
    QVERIFY2(ended.said.contains(QStringLiteral("site dark1 gave no data in 20 s")), qPrintable(ended.said));
    QVERIFY2(!ended.said.contains(QStringLiteral("site tst1")), qPrintable(ended.said));
    QVERIFY(!QFile::exists(picture()));
}

void TestConsoleProgram::profileThatCannotBeUsed() {
    const Ended ended = run({QStringLiteral("--profile"), QStringLiteral("nobody"), QStringLiteral("--capture"), picture()});
    QCOMPARE(ended.exitCode, 1);
    QVERIFY2(ended.said.contains(QStringLiteral("nobody")), qPrintable(ended.said));
}

void TestConsoleProgram::endsOnSigterm() {
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start(QStringLiteral(BUSBAR_BIN_DIR "/busbar"), {QStringLiteral("--profile"), profile()});
    QVERIFY(process.waitForStarted());
    QTest::qWait(1'500);
    QCOMPARE(process.state(), QProcess::Running);
    process.terminate();
    QVERIFY(process.waitForFinished(10'000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(QFile::exists(m_site.path(QStringLiteral("settings/busbar/console.conf"))));
}

QTEST_GUILESS_MAIN(TestConsoleProgram)
#include "tst_console_program.moc"
