// The console's book of actions: newest first, the newest revision of each, no more than it is to keep, and as fast when it is full.
#include "store/action_book.h"

#include <QTest>

#include <ctime>

using namespace busbar;
using namespace busbar::store;

namespace {

struct Update {
    const char* id;
    std::int64_t createdWallMs;
    std::uint64_t revision;
    bool taken;
};
using Updates = std::vector<Update>;

ActionPtr actionOf(const std::string& id, std::int64_t createdWallMs, std::uint64_t revision) {
    auto action = std::make_shared<Action>();
    action->id = id;
    action->createdWallMs = createdWallMs;
    action->revision = revision;
    return action;
}

ActionPtr numbered(int number, std::uint64_t revision) { return actionOf("s/" + std::to_string(number), number, revision); }

/// "s/3@7 s/2@1": ids with their revisions, as the book has them.
QString told(const ActionsSnapshot& snapshot) {
    QStringList words;
    for (const ActionPtr& action : snapshot.actions) words << QString::fromStdString(action->id) + QLatin1Char('@') + QString::number(action->revision);
    return words.join(QLatin1Char(' '));
}

/// Processor time of so many updates of the actions of a book of `size`.
double secondsOfUpdates(int size, int updates) {
    ActionBook book;
    for (int number = 0; number < size; ++number) book.put(numbered(number, 1));
    const std::clock_t start = std::clock();
    for (int i = 0; i < updates; ++i) book.put(numbered(i * 7 % size, 2));
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

} // namespace

Q_DECLARE_METATYPE(Updates)

class TestActionBook : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsTheNewest_data();
    void keepsTheNewest();
    void theOldestGoesFirst();
    void aFullBookIsAsFast();
};

void TestActionBook::keepsTheNewest_data() {
    QTest::addColumn<Updates>("updates");
    QTest::addColumn<QString>("book");
    QTest::newRow("newest first") << Updates{{"s/a", 1, 1, true}, {"s/c", 3, 1, true}, {"s/b", 2, 1, true}} << QStringLiteral("s/c@1 s/b@1 s/a@1");
    QTest::newRow("two of one millisecond") << Updates{{"s/b", 1, 1, true}, {"s/a", 1, 1, true}, {"s/c", 1, 1, true}} << QStringLiteral("s/c@1 s/b@1 s/a@1");
    QTest::newRow("a newer revision") << Updates{{"s/a", 1, 1, true}, {"s/b", 2, 1, true}, {"s/a", 1, 2, true}} << QStringLiteral("s/b@1 s/a@2");
    QTest::newRow("the same revision again") << Updates{{"s/a", 1, 1, true}, {"s/a", 1, 1, true}} << QStringLiteral("s/a@1");
    QTest::newRow("an older revision") << Updates{{"s/a", 1, 2, true}, {"s/a", 1, 1, false}} << QStringLiteral("s/a@2");
    QTest::newRow("another time than before") << Updates{{"s/a", 1, 1, true}, {"s/b", 2, 1, true}, {"s/a", 3, 2, true}, {"s/b", 2, 2, true}} << QStringLiteral("s/a@2 s/b@2");
}

void TestActionBook::keepsTheNewest() {
    QFETCH(Updates, updates);
    QFETCH(QString, book);
    ActionBook made;
    for (const Update& update : updates) QCOMPARE(made.put(actionOf(update.id, update.createdWallMs, update.revision)), update.taken);
    QCOMPARE(told(*made.snapshot()), book);
}

void TestActionBook::theOldestGoesFirst() {
    ActionBook book;
    for (int number = 1; number <= 5'001; ++number) book.put(numbered(number, 1));
    QCOMPARE(book.snapshot()->actions.size(), std::size_t{5'000});
    QVERIFY(book.snapshot()->find("s/1") == nullptr && book.snapshot()->find("s/2") != nullptr);
    // What went is as unknown as before: it may come again, and goes again.
    QVERIFY(book.put(numbered(1, 1)) && book.put(numbered(2, 2)));
    QCOMPARE(book.snapshot()->actions.size(), std::size_t{5'000});
    QVERIFY(book.snapshot()->find("s/1") == nullptr && book.snapshot()->find("s/2")->revision == 2);
}

/// A hundred times the actions: a search through all of them would take a hundred times as long.
void TestActionBook::aFullBookIsAsFast() {
    constexpr int kUpdates = 100'000;
    const double small = secondsOfUpdates(50, kUpdates), full = secondsOfUpdates(5'000, kUpdates);
    QVERIFY2(full < 15 * small, qPrintable(QStringLiteral("%1 s with 50 actions, %2 s with 5000").arg(small).arg(full)));
}

QTEST_GUILESS_MAIN(TestActionBook)
#include "tst_action_book.moc"
