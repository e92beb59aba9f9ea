// Completion: what is asked for at the cursor, that counts are those of the current result, and that what is offered parses.
#include "store/query/completion.h"
#include "store/query/field.h"
#include "tests/support/synthetic_fleet.h"

#include <QTest>

#include <algorithm>

using namespace busbar;
using namespace busbar::query;
using busbar::test::kSyntheticNowMs;

class TestQueryCompletion : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void asksForTheRightThing_data();
    void asksForTheRightThing();
    void countsAreThoseOfTheCurrentResult();
    void anAlternativeIsCountedByItself();
    void unknownIsCountedApart();
    void valuesAreRankedByFit();
    void everythingOfferedParses_data();
    void everythingOfferedParses();
    void noDataIsSaidAndNotOffered();
    void savedAndRecentOnTop();
    void canBeCancelled();

private:
    Completion at(const QString& textWithCursor, const SavedQueries& saved = {}, const std::vector<std::string>& recent = {}) const;
    std::int64_t found(const std::string& text, std::uint64_t* unknown = nullptr) const;
    store::FleetPtr m_fleet;
};

void TestQueryCompletion::initTestCase() {
    test::SyntheticFleet fleet(3, 8'192, 11);
    fleet.shard(2).setState(store::SiteState::stale, "no heartbeat for 4 s");
    m_fleet = fleet.snapshot();
}

Completion TestQueryCompletion::at(const QString& textWithCursor, const SavedQueries& saved, const std::vector<std::string>& recent) const {
    CompletionRequest request;
    request.cursor = static_cast<std::size_t>(textWithCursor.left(textWithCursor.indexOf(QLatin1Char('^'))).toUtf8().size());
    request.text = QString(textWithCursor).remove(textWithCursor.indexOf(QLatin1Char('^')), 1).toStdString();
    request.saved = saved;
    request.recent = recent;
    request.nowWallMs = kSyntheticNowMs;
    const StatusOr<Completion> completion = complete(*m_fleet, request);
    if (!completion.ok()) qFatal("%s", std::string(completion.status().message()).c_str());
    return *completion;
}

std::int64_t TestQueryCompletion::found(const std::string& text, std::uint64_t* unknown) const {
    const Parsed parsed = parse(text);
    if (!parsed.query) qFatal("%s", text.c_str());
    const StatusOr<Result> result = run(*m_fleet, *parsed.query, kSyntheticNowMs);
    if (unknown) *unknown = result->unknown;
    return static_cast<std::int64_t>(result->nodes.size());
}

void TestQueryCompletion::asksForTheRightThing_data() {
    QTest::addColumn<QString>("text"); // ^ is the cursor
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("replaced");
    QTest::addColumn<QString>("first");
    const auto row = [](const char* text, SuggestionKind kind, const char* replaced, const char* first) {
        QTest::newRow(text) << QString::fromUtf8(text) << static_cast<int>(kind) << QString::fromUtf8(replaced) << QString::fromUtf8(first);
    };
    row("^", SuggestionKind::field, "", "@sick");
    row("hea^", SuggestionKind::field, "hea", "health:");
    row("-hea^", SuggestionKind::field, "-hea", "-health:");
    row("site:lga1 hea^", SuggestionKind::field, "hea", "health:");
    row("site:lga1 ^", SuggestionKind::field, "", "@sick");
    row("health:ok utl^", SuggestionKind::field, "utl", "gpu.util>");
    row("health^", SuggestionKind::op, "health", "health:");
    row("gpu.temp^", SuggestionKind::op, "gpu.temp", "gpu.temp:");
    row("health:^", SuggestionKind::value, "health:", "health:ok");
    row("health:d^", SuggestionKind::value, "health:d", "health:degraded");
    row("-health:d^", SuggestionKind::value, "-health:d", "-health:degraded");
    row("health:ok,w^", SuggestionKind::value, "health:ok,w", "health:ok,watch");
    row("health:ok,^", SuggestionKind::value, "health:ok,", "health:ok,ok");
    row("health:de^graded site:lga1", SuggestionKind::value, "health:degraded", "health:degraded");
    row("health!=^", SuggestionKind::value, "health!=", "health!=ok");
    row("state:inspecting-^", SuggestionKind::value, "state:inspecting-", "state:inspecting-failed");
    row("site:lga1 row:\"row ^", SuggestionKind::value, "row:\"row ", "row:\"row a\"");
    row("(site:lga1 or site:p^", SuggestionKind::value, "site:p", "site:pdx1");
    row("any(gpu.health:fa^", SuggestionKind::value, "gpu.health:fa", "gpu.health:failed");
    row("site:lga1 | ^", SuggestionKind::keyword, "", "sort ");
    row("site:lga1 | gr^", SuggestionKind::keyword, "gr", "group ");
    row("site:lga1 | sort -te^", SuggestionKind::field, "te", "tenant");
    row("site:lga1 | cols node,ra^", SuggestionKind::field, "ra", "rack");
    row("@^", SuggestionKind::saved, "@", "@sick");
    row("-@si^", SuggestionKind::saved, "-@si", "-@sick");
}

void TestQueryCompletion::asksForTheRightThing() {
    QFETCH(QString, text);
    QFETCH(int, kind);
    QFETCH(QString, replaced);
    QFETCH(QString, first);
    const Completion completion = at(text, {{"sick", "health:failed"}});
    const QByteArray whole = QString(text).remove(text.indexOf(QLatin1Char('^')), 1).toUtf8();
    QCOMPARE(static_cast<int>(completion.kind), kind);
    QCOMPARE(QString::fromUtf8(whole.mid(static_cast<int>(completion.replace.begin), static_cast<int>(completion.replace.end - completion.replace.begin))), replaced);
    QVERIFY(!completion.items.empty());
    QCOMPARE(QString::fromStdString(completion.items.front().text), first);
}

void TestQueryCompletion::countsAreThoseOfTheCurrentResult() {
    const Completion completion = at(QStringLiteral("model:H100 health:^ site:lga1,pdx1"));
    QCOMPARE(static_cast<std::int64_t>(completion.total), found("model:H100 site:lga1,pdx1"));
    std::int64_t sum = 0;
    for (const Suggestion& item : completion.items) {
        QCOMPARE(item.count, found("model:H100 site:lga1,pdx1 " + item.text));
        if (item.fact >= 0) sum += item.count;
    }
    QCOMPARE(sum, static_cast<std::int64_t>(completion.total));
    for (const char* text : {"site:lga1 tenant:^", "site:lga1 rack:^", "site:lga1 gpu.temp>^", "site:lga1 ends:^", "site:lga1 -service:^", "site:lga1 gpu.occupancy:^", "site:lga1 lga1-b0^", "site:lga1 degr^"}) {
        const Completion values = at(QString::fromUtf8(text));
        QVERIFY(!values.items.empty());
        for (const Suggestion& item : values.items) {
            if (item.count < 0) continue;
            const std::int64_t expected = found("site:lga1 " + (item.text.starts_with('-') ? item.exclude : item.text));
            if (item.count != expected) QFAIL(qPrintable(QString::fromStdString(item.text + ": " + std::to_string(item.count) + ", not " + std::to_string(expected))));
        }
    }
}

void TestQueryCompletion::anAlternativeIsCountedByItself() {
    const auto countOf = [&](const char* text, const char* value) {
        const Completion completion = at(QString::fromUtf8(text));
        const auto item = std::ranges::find(completion.items, value, &Suggestion::text);
        return item == completion.items.end() ? -1 : item->count;
    };
    QCOMPARE(countOf("site:lga1 or site:^", "site:pdx1"), found("site:pdx1"));
    QCOMPARE(countOf("model:H100 (site:lga1 or site:^", "site:pdx1"), found("model:H100 site:pdx1"));
    QCOMPARE(countOf("model:H100 (site:lga1 site:^", "site:pdx1"), std::int64_t{-1});
}

void TestQueryCompletion::unknownIsCountedApart() {
    const Completion completion = at(QStringLiteral("health:^"));
    const auto unknown = std::ranges::find_if(completion.items, [](const Suggestion& item) { return item.unknown; });
    QVERIFY(unknown != completion.items.end());
    QCOMPARE(unknown->text, std::string("health:unknown"));
    QVERIFY(unknown->count >= m_fleet->sites[2]->nodeCount());
    const auto exclusion = std::ranges::find(completion.items, "health!=ok", &Suggestion::text);
    QVERIFY(exclusion != completion.items.end());
    std::uint64_t leftOut = 0;
    QCOMPARE(exclusion->count, found("health!=ok", &leftOut));
    QCOMPARE(unknown->count, static_cast<std::int64_t>(leftOut));
}

void TestQueryCompletion::valuesAreRankedByFit() {
    QVERIFY(fitOf("ok", "ok") > fitOf("ok", "okay"));
    QVERIFY(fitOf("temp", "gpu.temp") > fitOf("emp", "gpu.temp"));
    QVERIFY(fitOf("gtm", "gpu.temp") > 0);
    QCOMPARE(fitOf("xyz", "gpu.temp"), 0);
    const Completion completion = at(QStringLiteral("temp^"));
    QVERIFY(std::ranges::find(completion.items, "gpu.temp>", &Suggestion::text) != completion.items.end());
}

void TestQueryCompletion::everythingOfferedParses_data() {
    QTest::addColumn<QString>("text");
    for (const char* text : {"health:^", "tenant:^", "row:^", "model:^", "driver:^", "ends:^", "ends<^", "age>^", "gpu.util<^", "gpu.power>^", "u:^", "state:^", "lease:^", "rack.healthy>=^", "prio:^", "stale:^", "lg^", "ok^"})
        QTest::newRow(text) << QString::fromUtf8(text);
}

void TestQueryCompletion::everythingOfferedParses() {
    QFETCH(QString, text);
    const Completion completion = at(text);
    QVERIFY(!completion.items.empty());
    for (const Suggestion& item : completion.items) {
        if (item.kind == SuggestionKind::field || item.kind == SuggestionKind::op) continue;
        QVERIFY2(parse(item.text).query, item.text.c_str());
        if (!item.exclude.empty()) QVERIFY2(parse(item.exclude).query, item.exclude.c_str());
    }
}

void TestQueryCompletion::noDataIsSaidAndNotOffered() {
    const Completion completion = at(QStringLiteral("cable:^"));
    QVERIFY(completion.items.empty());
    QVERIFY(completion.caption.find("no data for cable") != std::string::npos);
    for (const Suggestion& item : at(QStringLiteral("^")).items) QVERIFY(item.text != "cable:");
}

void TestQueryCompletion::savedAndRecentOnTop() {
    const Completion completion = at(QStringLiteral("^"), {{"sick", "health:degraded,failed"}}, {"site:lga1", "gpu.temp>60C"});
    QCOMPARE(completion.items[0].text, std::string("site:lga1"));
    QCOMPARE(static_cast<int>(completion.items[0].kind), static_cast<int>(SuggestionKind::recent));
    QCOMPARE(completion.items[2].text, std::string("@sick"));
    QCOMPARE(completion.items[2].count, found("health:degraded,failed"));
}

void TestQueryCompletion::canBeCancelled() {
    CompletionRequest request;
    request.text = "tenant:";
    request.cursor = 7;
    const std::atomic<bool> cancel{true};
    QCOMPARE(complete(*m_fleet, request, &cancel).status().code(), absl::StatusCode::kCancelled);
}

QTEST_APPLESS_MAIN(TestQueryCompletion)
#include "tst_query_completion.moc"
