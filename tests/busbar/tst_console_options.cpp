// The command line of the console: what it takes, and the sentence about each mistake.
#include "busbar/options.h"

#include <QTest>

using namespace busbar;
using namespace busbar::console;

class TestConsoleOptions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void takesAll();
    void qtsOwnFormOfPlatform();
    void mistakes_data();
    void mistakes();
    void helpNamesAllOptions();
};

void TestConsoleOptions::takesAll() {
    const auto options = parseOptions({QStringLiteral("--profile"), QStringLiteral("demo"), QStringLiteral("--view"), QStringLiteral("node:fra1/n-7"), QStringLiteral("--capture=a.png"),
                                       QStringLiteral("--size"), QStringLiteral("3840x2160"), QStringLiteral("--theme"), QStringLiteral("light"), QStringLiteral("--platform"), QStringLiteral("offscreen")});
    QVERIFY2(options.ok(), options.status().ToString().c_str());
    QCOMPARE(options->profile, QStringLiteral("demo"));
    QVERIFY(options->where == (ViewRef{view_id::kNode, QStringLiteral("fra1/n-7"), {}}));
    QCOMPARE(options->captureFile, QStringLiteral("a.png"));
    QCOMPARE(options->size, QSize(3840, 2160));
    QVERIFY(options->theme == ThemeChoice::light);
    QCOMPARE(options->platform, QStringLiteral("offscreen"));
}

void TestConsoleOptions::qtsOwnFormOfPlatform() {
    const auto options = parseOptions({QStringLiteral("-platform"), QStringLiteral("offscreen")});
    QVERIFY(options.ok());
    QCOMPARE(options->platform, QStringLiteral("offscreen"));
}

void TestConsoleOptions::mistakes_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("part");
    const auto row = [](const char* name, const QStringList& arguments, const char* part) { QTest::newRow(name) << arguments << QString::fromUtf8(part); };
    row("unknown view", {QStringLiteral("--view"), QStringLiteral("map")}, "'map': it is overview, heatmap");
    row("node without a name", {QStringLiteral("--view"), QStringLiteral("node:")}, "node:SITE/NAME");
    row("node without a site", {QStringLiteral("--view"), QStringLiteral("node:n1")}, "node:SITE/NAME");
    row("no size", {QStringLiteral("--capture"), QStringLiteral("a.png"), QStringLiteral("--size"), QStringLiteral("big")}, "WIDTHxHEIGHT");
    row("negative size", {QStringLiteral("--capture"), QStringLiteral("a.png"), QStringLiteral("--size"), QStringLiteral("-5x900")}, "not between 1180x700");
    row("too small", {QStringLiteral("--capture"), QStringLiteral("a.png"), QStringLiteral("--size"), QStringLiteral("640x480")}, "not between 1180x700");
    row("size without a picture", {QStringLiteral("--size"), QStringLiteral("1920x1080")}, "--capture");
    row("unknown theme", {QStringLiteral("--theme"), QStringLiteral("pink")}, "dark, light or system");
    row("unknown option", {QStringLiteral("--fast")}, "fast");
    row("missing value", {QStringLiteral("--profile")}, "profile");
    row("stray word", {QStringLiteral("demo")}, "'demo' is not expected");
}

void TestConsoleOptions::mistakes() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, part);
    const auto options = parseOptions(arguments);
    QVERIFY(!options.ok());
    const QString sentence = QString::fromStdString(std::string(options.status().message()));
    QVERIFY2(sentence.contains(part), qPrintable(sentence));
}

void TestConsoleOptions::helpNamesAllOptions() {
    const QString help = helpText();
    for (const char* option : {"--profile", "--view", "--capture", "--size", "--theme", "--platform", "--help", "--version"})
        QVERIFY2(help.contains(QLatin1String(option)), option);
}

QTEST_MAIN(TestConsoleOptions)
#include "tst_console_options.moc"
