// The query language's grammar: what parses and to which canonical text, what does not and what is said about it, and that no text at
// all brings anything else than a query or one error inside the text. BUSBAR_FUZZ_INPUTS sets how many texts are tried (200,000).
#include "store/query/field.h"
#include "store/query/query.h"

#include <QTest>

#include <array>
#include <random>

using namespace busbar;
using namespace busbar::query;

namespace {

const SavedQueries kSaved{{"sick", "health:degraded,failed"}, {"us-east", "site:iad1,lga1 | sort node"}, {"loop", "@loop or site:x"}, {"broken", "utl>3"}, {"quantified", "any(gpu.temp>80C)"}};

Parsed parsed(const char* text) { return parse(text, kSaved); }

QByteArray failure(const Parsed& result) {
    return result.error ? QByteArray::fromStdString(result.error->sentence) : QByteArray();
}

} // namespace

class TestQueryParse : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyExampleParses_data();
    void everyExampleParses();
    void canonicalText_data();
    void canonicalText();
    void errorsNamePlaceAndFix_data();
    void errorsNamePlaceAndFix();
    void unfinishedIsNotWrong_data();
    void unfinishedIsNotWrong();
    void tokensCoverTheText();
    void chipsTakeAwayOnePart();
    void termsFromCells();
    void longTextIsRefused();
    void fuzz();
};

void TestQueryParse::everyExampleParses_data() {
    QTest::addColumn<QString>("text");
    // console.md §3.
    for (const char* text : {"prio:1,2 -shelved:yes | group leaf", "occupancy:leased any(gpu.xid=79) | sort -since", "site:lga1 health!=ok at -3h", "occupancy:free model:H200 | group fabric",
                             "lease:* ends:..14d | sort ends", "tenant:acme all(gpu.util<10%) since>3d | top 20 idle_hours", "rack:lga1-b07-r12 step:failed,blocked", "cable:mismatch | sort walk",
                             "serial~\"^1652.*\"", "rack.healthy>=16", "health:unknown", "stale:yes", "has:gpu.temp", "any(gpu.ecc>0)", "none(gpu.util>5%)", "count>2(gpu.temp>80C)",
                             "site:lga1 or site:pdx1", "not health:ok", "(site:a or site:b) -health:ok", "\"two words\"", "lga1-b07", "node:lga1/lga1-b07-r12-n3", "age>15m", "ends:2026-12-01..2026-12-31",
                             "at 2026-11-23T14:00", "site:x at 2026-11-23", "gpu.power>0.6kW", "| cols node,health,gpu.temp", "@sick or @us-east", "serial!~^00", "driver:\"NVML 580.1\""})
        QTest::newRow(text) << QString::fromUtf8(text);
    // Every field, in the forms that its type has.
    for (const FieldInfo& field : allFields()) {
        const QString name = QString::fromStdString(field.name);
        const QString value = field.type == FieldType::number ? QStringLiteral("1") : field.type == FieldType::duration ? QStringLiteral("2h") : field.type == FieldType::moment ? QStringLiteral("..2d")
                              : field.values.empty() ? QStringLiteral("x") : QString::fromStdString(wordOf(field.values.back()));
        QTest::newRow(qPrintable(name + QStringLiteral(" has"))) << QStringLiteral("has:") + name;
        QTest::newRow(qPrintable(name + QStringLiteral(" list"))) << name + QLatin1Char(':') + value;
        QTest::newRow(qPrintable(name + QStringLiteral(" star"))) << name + QStringLiteral(":*");
        QTest::newRow(qPrintable(name + QStringLiteral(" stages"))) << QStringLiteral("| sort -%1 | group %1 | top 3 %1 | cols %1,node").arg(name);
    }
}

void TestQueryParse::everyExampleParses() {
    QFETCH(QString, text);
    const Parsed result = parse(text.toStdString(), kSaved);
    QVERIFY2(result.query, failure(result));
    const std::string canonical = print(*result.query);
    const Parsed again = parse(canonical, kSaved);
    QVERIFY2(again.query, (QByteArray::fromStdString(canonical) + ": " + failure(again)));
    QCOMPARE(QString::fromStdString(print(*again.query)), QString::fromStdString(canonical));
}

void TestQueryParse::canonicalText_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("canonical");
    const auto row = [](const char* text, const char* canonical) { QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(canonical); };
    row("", "");
    row("  ", "");
    row("Site:LGA1   AND health!=OK", "site:LGA1 health!=ok");
    row("not health:ok", "-health:ok");
    row("a or b c", "a or b c");
    row("(a or b) c", "(a or b) c");
    row("a (b c)", "a (b c)");
    row("((a))", "a");
    row("not (a b)", "-(a b)");
    row("gpu.temp > 80", "gpu.temp>80C");
    row("gpu.util<10", "gpu.util<10%");
    row("gpu.power>=1.50KW", "gpu.power>=1.5kW");
    row("gpu.temp:70..,..20", "gpu.temp:70C..,..20C");
    row("state:\"inspecting failed\"", "state:inspecting-failed");
    row("tenant:\"acme\"", "tenant:acme");
    row("tenant:\"acme corp\"", "tenant:\"acme corp\"");
    row("tenant:\"a*\"", "tenant:\"a*\"");
    row("\"health\"", "\"health\"");
    row("\"or\"", "\"or\"");
    row("\"any\" (a or b)", "\"any\" (a or b)");
    row("\"-x\"", "\"-x\"");
    row("lga1-*", "lga1-*");
    row("\"lga1-*\"", "\"lga1-*\"");
    row("serial~^16", "serial~\"^16\"");
    row("serial~\"a\\\"b\"", "serial~\"a\\\"b\"");
    row("count > 2 (gpu.temp>80)", "count>2(gpu.temp>80C)");
    row("ends<2026-12-01t14:00z", "ends<2026-12-01T14:00");
    row("site:a|sort -since|top 5|cols node , health", "site:a | sort -since | top 5 | cols node,health");
    row("@sick at -3H", "@sick at -3h");
    row("\xE5\x8F\xB0\xE5\x8C\x97", "\xE5\x8F\xB0\xE5\x8C\x97");
}

void TestQueryParse::canonicalText() {
    QFETCH(QString, text);
    QFETCH(QString, canonical);
    const Parsed result = parse(text.toStdString(), kSaved);
    QVERIFY2(result.query, failure(result));
    QCOMPARE(QString::fromStdString(print(*result.query)), canonical);
}

void TestQueryParse::errorsNamePlaceAndFix_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("part");
    QTest::addColumn<QString>("replacement");
    const auto row = [](const char* text, const char* place, const char* part, const char* replacement) {
        QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(place) << QString::fromUtf8(part) << QString::fromUtf8(replacement);
    };
    row("utl>3 site:x", "utl", "did you mean `gpu.util`", "gpu.util");
    row("temp>=80 x", "temp", "did you mean `gpu.temp`", "gpu.temp");
    row("helth:ok x", "helth", "did you mean `health`", "health");
    row("zzzzzz:ok x", "zzzzzz", "unknown field", "");
    row("health:okay x", "okay", "did you mean `ok`", "ok");
    row("health:purple x", "purple", "ok, unknown, watch, degraded, failed", "");
    row("gpu.temp>80W x", "80W", "`gpu.temp` is in C: write 80C", "80C");
    row("gpu.power>1C x", "1C", "is in W: write 1W", "1W");
    row("gpu.util>5 x gpu.temp>hot y", "hot", "is not a number", "");
    row("u>5kW x", "5kW", "plain number", "5");
    row("since>3 x", "3", "lacks a unit", "");
    row("since>3y x", "3y", "unknown unit `y` of time", "3d");
    row("ends:14d x", "14d", "ends:..14d", "..14d");
    row("ends<2026-13-01 x", "2026-13-01", "is not a date", "");
    row("gpu.temp:80..70 x", "80..70", "backwards", "70C..80C");
    row("site<3 x", "<", "`site` is text", ":");
    row("health<3 x", "<", "one of a few words", ":");
    row("gpu.temp~3 x", "~", "is not text", ":");
    row("site=a,b x", ",", "a list needs `:`", "");
    row("site=a* x", "a*", "needs `:`", "");
    row("rack:a..b x", "a..b", "is text", "");
    row("serial~\"(\" x", "\"(\"", "pattern is not valid", "");
    row("a ) b", ")", "has no `(`", "");
    row("a | srt node", "srt", "did you mean `sort`", "sort");
    row("a | sort nod ", "nod", "did you mean `node`", "node");
    row("a | top x ", "x", "is not a number of nodes", "");
    row("a | top 0 ", "0", "is not a number of nodes", "");
    row("a at 3h ", "at 3h", "looks back", "at -3h");
    row("a at noon ", "at noon", "", "");
    row("--a", "-", "two negations", "");
    row("not not a", "not", "two negations", "");
    row("any(any(gpu.temp>80C))", "any", "inside another quantifier", "");
    row("any(@quantified)", "@quantified", "quantifier of its own", "");
    row("count~2(gpu.temp>80C)", "~", "compares a number", ">");
    row("count>two(gpu.temp>80C)", "two", "number of GPUs", "");
    row("health site:x", "health", "is a field", "\"health\"");
    row("and site:x", "and", "quote it", "\"and\"");
    row("@nobody x", "@nobody", "no query is saved", "");
    row("@sik x", "@sik", "did you mean `@sick`", "@sick");
    row("@loop x", "@loop", "is not valid", "");
    row("@broken x", "@broken", "did you mean `gpu.util`", "");
    row("site:x & y", "&", "has no place here", "");
    row("site! x", "!", "no operator", "!=");
    row("gpu.temp>\"80\" x", "\"80\"", "without quotes", "80");
    row("site:\"\" x", "\"\"", "match nothing", "");
    row("a\x01" "b", "\x01", "cannot be part", "");
}

void TestQueryParse::errorsNamePlaceAndFix() {
    QFETCH(QString, text);
    QFETCH(QString, place);
    QFETCH(QString, part);
    QFETCH(QString, replacement);
    const std::string bytes = text.toStdString();
    const Parsed result = parse(bytes, kSaved);
    QVERIFY(!result.query);
    QVERIFY(result.error.has_value());
    QVERIFY2(!result.error->incomplete, failure(result));
    QCOMPARE(QString::fromStdString(bytes.substr(result.error->span.begin, result.error->span.end - result.error->span.begin)), place);
    QVERIFY2(QString::fromStdString(result.error->sentence).contains(part), failure(result));
    QCOMPARE(QString::fromStdString(result.error->replacement), replacement);
}

void TestQueryParse::unfinishedIsNotWrong_data() {
    QTest::addColumn<QString>("text");
    for (const char* text : {"health:", "health:de", "health:ok,", "health!", "gpu.temp>", "gpu.temp>8.", "since>3", "site:x or", "site:x and", "not", "-", "(site:x", "any(", "any(gpu.temp>8C", "count>", "count>2",
                             "site:x |", "site:x | so", "site:x | sort", "site:x | sort -", "site:x | sort no", "site:x | top", "site:x | cols node,", "site:x at", "site:x at -", "ends<2026-1", "\"abc", "site:\"abc",
                             "has:", "has:gpu.te", "@si", "@", "serial~", "serial~\"(", "health", "gpu.temp:..", "gpu.power>1k"})
        QTest::newRow(text) << QString::fromUtf8(text);
}

void TestQueryParse::unfinishedIsNotWrong() {
    QFETCH(QString, text);
    const Parsed result = parse(text.toStdString(), kSaved);
    QVERIFY(!result.query);
    QVERIFY2(result.error->incomplete, failure(result));
}

void TestQueryParse::tokensCoverTheText() {
    for (const char* text : {"site:lga1 health!=ok any(gpu.temp>80C) \"x y\" or -foo at -3h | sort -since | top 5", "site:x & \"open", "health:purple and utl>3", "@sick ((("}) {
        const std::string bytes(text);
        std::size_t at = 0;
        for (const Token& token : parsed(text).tokens) {
            QVERIFY(token.span.begin >= at && token.span.end > token.span.begin && token.span.end <= bytes.size());
            QVERIFY(bytes.substr(at, token.span.begin - at).find_first_not_of(" \t") == std::string::npos);
            at = token.span.end;
        }
        QVERIFY(bytes.substr(at).find_first_not_of(" \t") == std::string::npos);
    }
    const std::vector<Token> tokens = parsed("-site:lga1 foo").tokens;
    QCOMPARE(tokens.size(), std::size_t{5});
    const std::array kinds{TokenKind::keyword, TokenKind::field, TokenKind::op, TokenKind::value, TokenKind::word};
    for (std::size_t i = 0; i < kinds.size(); ++i) QCOMPARE(tokens[i].kind, kinds[i]);
    QCOMPARE(parsed("utl>3").tokens.front().kind, TokenKind::bad);
}

void TestQueryParse::chipsTakeAwayOnePart() {
    const Parsed result = parsed("site:lga1 gpu.temp>80 -gpu.xid:79 (a or b) at -3h | group leaf | sort -since");
    const std::vector<Chip> all = chips(*result.query);
    QCOMPARE(all.size(), std::size_t{7});
    QCOMPARE(all[1].text, std::string("gpu.temp>80C"));
    QCOMPARE(all[1].label, std::string("any gpu: gpu.temp>80C"));
    QCOMPARE(all[2].label, std::string("no gpu: gpu.xid:79"));
    QCOMPARE(all[0].without, std::string("gpu.temp>80C -gpu.xid:79 (a or b) at -3h | group leaf | sort -since"));
    QCOMPARE(all[4].text, std::string("at -3h"));
    QCOMPARE(all[5].without, std::string("site:lga1 gpu.temp>80C -gpu.xid:79 (a or b) at -3h | sort -since"));
    for (const Chip& chip : all) QVERIFY(parse(chip.without).query);
    QCOMPARE(chips(*parsed("a or b").query).front().without, std::string());
    QVERIFY(chips(*parsed("").query).empty());
}

void TestQueryParse::termsFromCells() {
    QCOMPARE(termOf("tenant", "acme corp"), std::string("tenant:\"acme corp\""));
    QCOMPARE(termOf("health", "ok", true), std::string("-health:ok"));
    QCOMPARE(termOf("state", "burn-in failed"), std::string("state:burn-in-failed"));
    QCOMPARE(termOf("u", "7"), std::string("u:7"));
    QCOMPARE(joined("", "site:x"), std::string("site:x"));
    QCOMPARE(joined("a or b | sort node", "site:x"), std::string("(a or b) site:x | sort node"));
    QCOMPARE(joined("utl>", "site:x"), std::string("utl>"));
}

void TestQueryParse::longTextIsRefused() {
    QVERIFY(parse(std::string(kMaxQueryBytes, 'a')).query);
    QVERIFY(!parse(std::string(kMaxQueryBytes + 1, 'a')).query);
    QVERIFY(!parse(std::string(kMaxQueryBytes, '(')).query);
    QVERIFY(!parse(std::string(kMaxQueryBytes, '-')).query);
}

void TestQueryParse::fuzz() {
    const int inputs = qEnvironmentVariableIntValue("BUSBAR_FUZZ_INPUTS") > 0 ? qEnvironmentVariableIntValue("BUSBAR_FUZZ_INPUTS") : 200'000;
    static const std::vector<std::string> pieces{"site", "health", "gpu.temp", "gpu.xid", "since", "ends", "lease", ":", "=", "!=", ">", "<=", "~", "!~", "!", "ok", "failed", "80C", "10%", "3d", "..", "14d", "*", ",", "(", ")",
                                                 "any(", "all(", "count>2(", "has:", "@sick", "@", "-", "not ", "and ", "or ", " at ", "-3h", "2026-11-23T14:00", "|", "sort ", "group ", "top 5 ", "cols ", "\"", "\\", " ", "lga1-b07",
                                                 "\xE5\x8F\xB0", "\xFF", "\x01", "\t", ";", "1e9", "999999999999999999999"};
    std::mt19937 random(20'261'123);
    int queries = 0;
    for (int i = 0; i < inputs; ++i) {
        std::string text;
        for (std::uint32_t piece = random() % 14; piece > 0; --piece) text += random() % 8 == 0 ? std::string(1, static_cast<char>(random() % 256)) : pieces[random() % pieces.size()];
        const Parsed result = parse(text, kSaved);
        QVERIFY2(bool(result.query) != result.error.has_value(), text.c_str());
        if (result.error) {
            const Span span = result.error->span;
            QVERIFY2(span.begin <= span.end && span.end <= text.size() && !result.error->sentence.empty(), text.c_str());
            continue;
        }
        ++queries;
        const std::string canonical = print(*result.query);
        const Parsed again = parse(canonical, kSaved);
        QVERIFY2(again.query, (text + " -> " + canonical).c_str());
        QVERIFY2(print(*again.query) == canonical, (text + " -> " + canonical + " -> " + print(*again.query)).c_str());
    }
    QVERIFY(queries > inputs / 50);
}

QTEST_APPLESS_MAIN(TestQueryParse)
#include "tst_query_parse.moc"
