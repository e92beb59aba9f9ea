// The tables of resources/: every row of design/health.md §2 and §3 is there with its class; the loader refuses what has not the shape;
// a site's own file replaces, adds and switches off rows.
#include "busbar-controller/health/xid_judge.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace busbar;
using namespace busbar::controller;

namespace {

/// A row of design/health.md §2.
struct CatalogueRow {
    const char* name;
    QVector<int> codes;
    int responseClass;
    char owner;
};

std::vector<CatalogueRow> catalogue() {
    return {
        {"time-outs and push buffers", {8, 11, 25, 32, 69, 80}, 1, 'A'},
        {"13", {13}, 1, 'A'},
        {"31", {31}, 1, 'A'},
        {"copy engines", {39, 40, 41, 70, 71, 72, 75, 76, 77, 85, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135}, 1, 'A'},
        {"video engines", {68, 82, 83, 84, 86, 88, 89, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 139}, 1, 'A'},
        {"driver errors", {37, 38, 66, 67}, 0, 'D'},
        {"43", {43}, 1, 'A'},
        {"44", {44}, 0, 'D'},
        {"45", {45}, 0, 'D'},
        {"GPU stopped", {46, 62, 109, 110, 119, 120, 143, 158}, 2, 'D'},
        {"double-bit ECC", {48, 171}, 2, 'H'},
        {"double-bit ECC in SRAM", {172}, 4, 'H'},
        {"54", {54}, 4, 'M'},
        {"63", {63}, 2, 'H'},
        {"64", {64}, 4, 'H'},
        {"74", {74}, 2, 'N'},
        {"78", {78}, 0, 'D'},
        {"79", {79}, 3, 'H'},
        {"92", {92}, 0, 'H'},
        {"93", {93}, 0, 'H'},
        {"94", {94}, 1, 'H'},
        {"95", {95}, 2, 'H'},
        {"C2C, access", {121, 137}, 1, 'N'},
        {"link training", {136, 155}, 2, 'N'},
        {"140", {140}, 2, 'H'},
        {"fast path, DLA", {141, 152, 153}, 0, 'D'},
        {"NVLink5 units", {144, 145, 146, 147, 148, 149, 150}, 0, 'N'},
        {"151", {151}, 3, 'D'},
        {"154", {154}, 0, 'D'},
        {"156", {156}, 2, 'H'},
        {"157", {157}, 4, 'H'},
        {"CHI", {159, 160}, 0, 'H'},
        {"161", {161}, 4, 'H'},
        {"power smoothing", {162, 163, 164}, 0, 'H'},
        {"165", {165}, 4, 'H'},
        {"NVLink crypto", {166, 170}, 0, 'N'},
        {"PCIe, capacity, SEC2", {167, 168, 169}, 3, 'H'},
    };
}

} // namespace

class TestHealthTables : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void xids_data();
    void xids();
    void nothingBeyondTheCatalogue();
    void sxids_data();
    void sxids();
    void refused_data();
    void refused();
    void siteRowsReplace();
    void siteFileThatIsNotThere();
    void xidsOfABurnIn_data();
    void xidsOfABurnIn();
};

void TestHealthTables::xids_data() {
    QTest::addColumn<QVector<int>>("codes");
    QTest::addColumn<int>("responseClass");
    QTest::addColumn<QChar>("owner");
    for (const CatalogueRow& row : catalogue()) QTest::newRow(row.name) << row.codes << row.responseClass << QChar::fromLatin1(row.owner);
}

void TestHealthTables::xids() {
    QFETCH(QVector<int>, codes);
    QFETCH(int, responseClass);
    QFETCH(QChar, owner);
    for (const int code : codes) {
        const XidRow* row = HealthTables::builtIn()->xid(code);
        QVERIFY2(row != nullptr, std::to_string(code).c_str());
        QCOMPARE(row->code, code);
        QCOMPARE(row->responseClass, responseClass);
        QCOMPARE(QChar::fromLatin1(row->owner), owner);
        QVERIFY(!row->meaning.empty());
        QVERIFY(row->health >= healthOfClass(responseClass) || code == 63); // 63 takes effect at the next reset: to be watched.
    }
}

void TestHealthTables::nothingBeyondTheCatalogue() {
    std::set<int> codes;
    for (const CatalogueRow& row : catalogue()) codes.insert(row.codes.begin(), row.codes.end());
    for (const auto& [code, row] : HealthTables::builtIn()->xids()) QVERIFY2(codes.contains(code), std::to_string(code).c_str());
    QCOMPARE(HealthTables::builtIn()->xids().size(), codes.size());
}

void TestHealthTables::sxids_data() {
    QTest::addColumn<QVector<int>>("codes");
    QTest::addColumn<int>("severity");
    QTest::newRow("single-bit ECC") << QVector<int>{11012, 11021, 11022, 11023, 12021, 12023, 15008, 15011, 19049, 19071, 24001, 24002, 24003} << 0;
    QTest::newRow("other harmless") << QVector<int>{20001, 22013, 19084, 20012, 11004} << 0;
    QTest::newRow("fatal") << QVector<int>{11001, 11009, 11013, 11018, 11019, 11020, 12001, 12002, 12022, 12028, 12032, 14017, 15001, 15013, 19047, 19070, 20034, 22012, 24004, 24007} << 1;
    QTest::newRow("whole fabric") << QVector<int>{12020, 22003, 22011, 23001, 23009, 23017} << 2;
    QTest::newRow("notable") << QVector<int>{10004, 10005, 20009} << 0;
}

void TestHealthTables::sxids() {
    QFETCH(QVector<int>, codes);
    QFETCH(int, severity);
    for (const int code : codes) {
        const SxidRow* row = HealthTables::builtIn()->sxid(code);
        QVERIFY2(row != nullptr, std::to_string(code).c_str());
        QVERIFY2(static_cast<int>(row->severity) == severity, std::to_string(code).c_str());
    }
    QVERIFY(HealthTables::builtIn()->sxid(99) == nullptr);
}

void TestHealthTables::refused_data() {
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QByteArray>("says");
    const QByteArray xid("version = 1\nxid = [{ codes = [79], meaning = \"m\", owner = \"H\", class = 3 }]");
    QTest::newRow("no TOML") << QByteArray("version = ") << QByteArray("line 1");
    QTest::newRow("no version") << QByteArray("xid = []") << QByteArray("version");
    QTest::newRow("newer version") << QByteArray("version = 2") << QByteArray("version");
    QTest::newRow("unknown table") << QByteArray("version = 1\nxids = []") << QByteArray("xids");
    QTest::newRow("no list") << QByteArray("version = 1\nxid = 5") << QByteArray("list of rows");
    QTest::newRow("row is no table") << QByteArray("version = 1\nxid = [5]") << QByteArray("xid row 1");
    QTest::newRow("unknown key") << QByteArray(xid).replace("class = 3", "class = 3, klass = 2") << QByteArray("klass");
    QTest::newRow("no class") << QByteArray(xid).replace(", class = 3", "") << QByteArray("`class` is missing");
    QTest::newRow("class 5") << QByteArray(xid).replace("class = 3", "class = 5") << QByteArray("0 to 4");
    QTest::newRow("class is a text") << QByteArray(xid).replace("class = 3", "class = \"3\"") << QByteArray("whole number");
    QTest::newRow("owner X") << QByteArray(xid).replace("\"H\"", "\"X\"") << QByteArray("owner");
    QTest::newRow("code 0") << QByteArray(xid).replace("79", "0") << QByteArray("codes");
    QTest::newRow("no codes") << QByteArray(xid).replace("[79]", "[]") << QByteArray("codes");
    QTest::newRow("twice") << QByteArray(xid).replace("[79]", "[79, 79]") << QByteArray("two rows");
    QTest::newRow("repeat without its class") << QByteArray(xid).replace("class = 3", "class = 3, repeat = \"unit\"") << QByteArray("repeat_class");
    QTest::newRow("sxid backwards") << QByteArray("version = 1\nsxid = [{ from = 9, to = 8, meaning = \"m\", severity = \"fatal\" }]") << QByteArray("behind");
    QTest::newRow("unknown metric") << QByteArray("version = 1\nrule = [{ name = \"r\", metric = \"speed\", at_least = 1, health = \"watch\", class = 0, keep_s = 0, sentence = \"s\", source = \"x\" }]")
                                    << QByteArray("speed");
    QTest::newRow("rule without a source") << QByteArray("version = 1\nrule = [{ name = \"r\", metric = \"temp\", at_least = 1, health = \"watch\", class = 0, keep_s = 0, sentence = \"s\" }]")
                                           << QByteArray("source");
    QTest::newRow("rule that always fires") << QByteArray("version = 1\nrule = [{ name = \"r\", metric = \"temp\", health = \"watch\", class = 0, keep_s = 0, sentence = \"s\", source = \"x\" }]")
                                            << QByteArray("always fire");
    QTest::newRow("off what is not there") << QByteArray("version = 1\nrule = [{ name = \"no-such\", off = true }]") << QByteArray("does not exist");
    QTest::newRow("sign nobody gives") << QByteArray("version = 1\nsign = [{ name = \"no-such\", health = \"watch\", class = 0, keep_s = 0, source = \"x\" }]") << QByteArray("no-such");
}

void TestHealthTables::refused() {
    QFETCH(QByteArray, toml);
    QFETCH(QByteArray, says);
    HealthTables tables = *HealthTables::builtIn();
    const Status status = tables.add(toml.toStdString(), "site.toml");
    QVERIFY(!status.ok());
    const QByteArray sentence = QByteArray::fromStdString(status.ToString());
    QVERIFY2(sentence.contains(says) && sentence.contains("site.toml"), sentence);
}

void TestHealthTables::siteRowsReplace() {
    QTemporaryDir dir;
    QFile file(dir.filePath(QStringLiteral("site.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("version = 1\n"
               "xid = [{ codes = [43], meaning = \"ours\", owner = \"A\", class = 0 }, { codes = [81], meaning = \"VGA\", owner = \"H\", class = 4 }]\n"
               "rule = [{ name = \"power-brake\", off = true },\n"
               "  { name = \"temp-watch\", metric = \"temp\", at_least = 70, below = 95, health = \"watch\", class = 0, keep_s = 5, sentence = \"{value}\", source = \"site\" },\n"
               "  { name = \"fan-high\", metric = \"fan\", at_least = 90, health = \"watch\", class = 0, keep_s = 5, sentence = \"fan {value} %\", source = \"site\" }]\n");
    file.close();
    const auto tables = HealthTables::withSiteFile(file.fileName().toStdString());
    QVERIFY2(tables.ok(), tables.status().ToString().c_str());
    QCOMPARE((*tables)->xid(43)->responseClass, 0);
    QCOMPARE((*tables)->xid(43)->file, file.fileName().toStdString());
    QCOMPARE((*tables)->xid(79)->file, std::string("xid.toml"));
    QVERIFY((*tables)->xid(81) != nullptr);
    std::map<std::string, std::int64_t> rules;
    for (const GpuRule& rule : (*tables)->rules().rules()) rules[rule.name] = rule.atLeast;
    QCOMPARE(rules.at("temp-watch"), std::int64_t{70});
    QVERIFY(rules.contains("fan-high"));
    QVERIFY(!rules.contains("power-brake"));
    QCOMPARE(rules.size(), HealthTables::builtIn()->rules().rules().size());
}

void TestHealthTables::xidsOfABurnIn_data() {
    QTest::addColumn<QByteArray>("figure");
    QTest::addColumn<bool>("passes");
    QTest::addColumn<QByteArray>("source");
    QTest::newRow("hardware's") << QByteArray("XID 74") << false << QByteArray("xid.toml: NVLink error, class 2");
    QTest::newRow("contained, class 1") << QByteArray("XID 94") << false << QByteArray("xid.toml: contained memory error: one program was ended, class 1");
    QTest::newRow("a program's, which is our own") << QByteArray("XID 13") << false << QByteArray("xid.toml: graphics or SM engine exception (bad access, illegal instruction), class 1");
    QTest::newRow("only logged") << QByteArray("XID 45") << true << QByteArray();
    QTest::newRow("logged, and to be watched") << QByteArray("XID 92") << false << QByteArray("xid.toml: high single-bit ECC rate, class 0");
    QTest::newRow("not fatal by the driver's word") << QByteArray("XID 144") << true << QByteArray();
    QTest::newRow("fatal by the driver's word") << QByteArray("XID 144 Fatal") << false << QByteArray("xid.toml: NVLink unit SAW, class 2");
    QTest::newRow("not in the table") << QByteArray("XID 999") << false << QByteArray("xid.toml has no row for it");
    QTest::newRow("another figure") << QByteArray("XIDs") << true << QByteArray();
    QTest::newRow("no number") << QByteArray("XID 7x") << true << QByteArray();
}

void TestHealthTables::xidsOfABurnIn() {
    QFETCH(QByteArray, figure);
    QFETCH(bool, passes);
    QFETCH(QByteArray, source);
    TestFigure judged{.subject = "GPU-1", .name = figure.toStdString(), .unit = "count", .value = 1};
    judgeXid(*HealthTables::builtIn(), judged);
    QCOMPARE(judged.passed(), passes);
    QCOMPARE(QByteArray::fromStdString(judged.thresholdSource), source);
}

void TestHealthTables::siteFileThatIsNotThere() {
    const auto tables = HealthTables::withSiteFile("/nonexistent/health.toml");
    QVERIFY(!tables.ok());
    QVERIFY(tables.status().ToString().find("/nonexistent/health.toml") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestHealthTables)
#include "tst_health_tables.moc"
