// The agent's journal: commands once, facts, fencing terms; a damaged or newer file is refused, a full disk refuses work and loses nothing.
#include "busbar-agent/journal/journal.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/mount.h>

using namespace busbar;
using namespace busbar::agent;

namespace {

StepCommand commandOf(const std::string& id) {
    StepCommand command;
    command.commandId = id;
    command.actionId = "tst1/A";
    command.nodeId = "tst1/n1";
    command.kind = StepKind::close;
    command.term = 7;
    return command;
}

StepReport reportOf(const std::string& id, std::size_t sentenceLength = 10) {
    StepReport report;
    report.commandId = id;
    report.kind = StepKind::close;
    report.state = StepState::succeeded;
    report.sentence = std::string(sentenceLength, 'x');
    report.evidence = {{"node", "hook close/10", "", "exit 0", "exit 0", "", "hook", Verdict::asSet, 1'795'000'000'000}};
    report.startedWallMs = report.endedWallMs = 1'795'000'000'000;
    return report;
}

} // namespace

class TestJournal : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void aCommandIsKnownAfterItBegan();
    void outcomesInOrder();
    void factsStay();
    void termsOnlyRise();
    void termThatCannotBeReadIsAnError();
    void damagedFileIsRefused();
    void otherFileIsRefused();
    void newerSchemaIsRefused();
    void folderThatIsNotThere();
    void fullDisk();

private:
    std::string path() const { return m_dir->filePath(QStringLiteral("journal.db")).toStdString(); }
    std::unique_ptr<Journal> open() const {
        auto journal = Journal::open(path());
        if (!journal.ok()) qFatal("%s", journal.status().ToString().c_str());
        return *std::move(journal);
    }
    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestJournal::aCommandIsKnownAfterItBegan() {
    QVERIFY(open()->begin(commandOf("c1"), 1)->known == Journal::Known::fresh);
    QVERIFY(open()->begin(commandOf("c1"), 2)->known == Journal::Known::begun); // Another life of the agent.
    QVERIFY(open()->finish(reportOf("c1")).ok());
    const auto again = open()->begin(commandOf("c1"), 3);
    QVERIFY(again->known == Journal::Known::finished);
    QVERIFY(again->report == reportOf("c1"));
    QVERIFY(open()->begin(commandOf("c2"), 4)->known == Journal::Known::fresh);
}

void TestJournal::outcomesInOrder() {
    const auto journal = open();
    for (const char* id : {"c1", "c2", "c3"}) QVERIFY(journal->begin(commandOf(id), 1).ok());
    for (const char* id : {"c1", "c3"}) QVERIFY(journal->finish(reportOf(id)).ok());
    const auto finished = journal->finished(10);
    QCOMPARE(finished->size(), 2u);
    QCOMPARE(finished->at(0).commandId, std::string("c1"));
    QCOMPARE(finished->at(1).commandId, std::string("c3"));
    QCOMPARE(journal->finished(1)->at(0).commandId, std::string("c3"));
}

void TestJournal::factsStay() {
    QVERIFY(open()->put("hook/c1/a", "started").ok());
    QVERIFY(open()->put("hook/c1/a", "exit 0").ok());
    QVERIFY(open()->put("hook/c2/a", "started").ok());
    QCOMPARE(*open()->get("hook/c1/a"), std::optional<std::string>("exit 0"));
    QCOMPARE(*open()->get("nothing"), std::optional<std::string>());
    QVERIFY(open()->eraseAll("hook/c1/").ok());
    QCOMPARE(*open()->get("hook/c1/a"), std::optional<std::string>());
    QCOMPARE(*open()->get("hook/c2/a"), std::optional<std::string>("started"));
    QVERIFY(open()->erase("hook/c2/a").ok());
    QCOMPARE(*open()->get("hook/c2/a"), std::optional<std::string>());
}

void TestJournal::termsOnlyRise() {
    const auto journal = open();
    QCOMPARE(*journal->highestTerm(), 0u);
    QVERIFY(journal->raiseTerm(12).ok());
    QVERIFY(journal->raiseTerm(9).ok());
    QCOMPARE(*open()->highestTerm(), 12u);
}

void TestJournal::termThatCannotBeReadIsAnError() {
    const auto journal = open();
    QVERIFY(journal->put("term", "many").ok());
    QVERIFY2(!journal->highestTerm().ok(), "taken for 0 it would let any controller in");
    QVERIFY(!journal->raiseTerm(5).ok());
}

void TestJournal::damagedFileIsRefused() {
    {
        const auto journal = open();
        for (int i = 0; i < 200; ++i) QVERIFY(journal->put("key" + std::to_string(i), std::string(200, 'v')).ok());
    }
    QFile file(QString::fromStdString(path()));
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.size() > 8'192);
    file.seek(4'096);
    file.write(QByteArray(4'096, '\x5a'));
    file.close();
    const qint64 size = file.size();
    const auto damaged = Journal::open(path());
    QVERIFY(!damaged.ok());
    const std::string says = damaged.status().ToString();
    QVERIFY2(says.find("damaged") != std::string::npos && says.find("move it away") != std::string::npos && says.find(path()) != std::string::npos, says.c_str());
    QCOMPARE(QFile(QString::fromStdString(path())).size(), size); // Kept for whoever looks into it.
}

void TestJournal::otherFileIsRefused() {
    QFile file(QString::fromStdString(path()));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("this is no database, it is a letter to my aunt, and rather a long one at that");
    file.close();
    const auto other = Journal::open(path());
    QVERIFY2(!other.ok() && other.status().ToString().find("damaged") != std::string::npos, other.status().ToString().c_str());
}

void TestJournal::newerSchemaIsRefused() {
    open();
    QFile file(QString::fromStdString(path()));
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.seek(60); // user_version in SQLite's header, big-endian.
    file.write(QByteArray("\0\0\0\x09", 4));
    file.close();
    const auto newer = Journal::open(path());
    QVERIFY2(!newer.ok() && newer.status().ToString().find("schema 9") != std::string::npos, newer.status().ToString().c_str());
}

void TestJournal::folderThatIsNotThere() {
    const auto journal = Journal::open("/nonexistent/journal.db");
    QVERIFY2(!journal.ok() && journal.status().ToString().find("/nonexistent/journal.db") != std::string::npos, journal.status().ToString().c_str());
}

void TestJournal::fullDisk() {
    const QByteArray small = m_dir->filePath(QStringLiteral("small")).toUtf8();
    QVERIFY(QDir().mkpath(QString::fromUtf8(small)));
    if (mount("tmpfs", small.constData(), "tmpfs", 0, "size=256k") != 0) QSKIP("a small file system needs root");
    const std::string file = small.toStdString() + "/journal.db";
    {
        auto journal = Journal::open(file);
        QVERIFY2(journal.ok(), journal.status().ToString().c_str());
        QVERIFY((*journal)->begin(commandOf("early"), 1).ok());
        QVERIFY((*journal)->finish(reportOf("early")).ok());
        Status status;
        for (int i = 0; i < 10'000 && status.ok(); ++i) status = (*journal)->put("filler" + std::to_string(i), std::string(1'000, 'v'));
        QVERIFY2(absl::IsResourceExhausted(status), status.ToString().c_str());
        QVERIFY2(status.ToString().find("the disk is full; free space") != std::string::npos, status.ToString().c_str());
        const auto refused = (*journal)->begin(commandOf("late"), 2);
        QVERIFY2(!refused.ok() && refused.status().ToString().find("it is not run") != std::string::npos, refused.status().ToString().c_str());
        QVERIFY((*journal)->begin(commandOf("early"), 3)->known == Journal::Known::finished); // Reading goes on.
    }
    {
        const auto again = Journal::open(file);
        QVERIFY2(again.ok(), again.status().ToString().c_str());
        QCOMPARE((*again)->finished(10)->size(), 1u);
        QVERIFY((*again)->begin(commandOf("early"), 4)->known == Journal::Known::finished);
    }
    umount(small.constData());
}

QTEST_APPLESS_MAIN(TestJournal)
#include "tst_journal.moc"
