#include "state_contract.h"

#include "busbar-controller/state/sqlite_schema.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>

#include <sqlite3.h>

using namespace busbar;
using namespace busbar::controller;

namespace {

/// SQL past the store, as someone with an editor would.
QString tamper(const std::string& path, const char* sql) {
    sqlite3* raw = nullptr;
    sqlite3_open(path.c_str(), &raw);
    char* error = nullptr;
    sqlite3_exec(raw, sql, nullptr, nullptr, &error);
    const QString text = QString::fromUtf8(error == nullptr ? "" : error);
    sqlite3_free(error);
    sqlite3_close(raw);
    return text;
}

bool says(const Status& status, const char* words) { return std::string(status.message()).find(words) != std::string::npos; }

} // namespace

class SqliteStoreTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    contract::ManualClock m_clock;
    int m_files = 0;

    std::string freshPath() { return m_dir.filePath(QStringLiteral("state%1.db").arg(++m_files)).toStdString(); }
    std::unique_ptr<StateStore> open(const std::string& path, const SqliteOptions& options = {}) {
        auto store = openSqliteStore(path, m_clock, options);
        if (!store.ok()) QTest::qFail(std::string(store.status().message()).c_str(), __FILE__, __LINE__);
        return store.ok() ? *std::move(store) : nullptr;
    }

private Q_SLOTS:
    void contractReads() { contract::readsWhatWasWritten(*open(freshPath())); }
    void contractLists() { contract::listsByPrefixInOrder(*open(freshPath())); }
    void contractTransactions() { contract::transactionIsAllOrNothing(*open(freshPath())); }
    void contractTtl() { contract::keysEndAfterTheirTime(*open(freshPath()), m_clock); }
    void contractWatch() { contract::watchTellsEveryChangeInOrder(*open(freshPath())); }
    void contractConcurrent() { contract::concurrentWritersLoseNothing(*open(freshPath())); }
    void contractAuditInTransaction() { contract::auditGoesWithItsTransaction(*open(freshPath())); }
    void contractTerm() { contract::fencingTermOnlyRises(*open(freshPath())); }
    void contractAudit() { contract::auditIsChained(*open(freshPath())); }

    void keepsAllAcrossRestartAndRaisesTerm() {
        const std::string path = freshPath();
        std::uint64_t revision = 0;
        {
            auto store = open(path);
            QCOMPARE(store->fencingTerm(), 1U);
            revision = *store->commit({.puts = {{"/a", "1"}}});
        }
        auto store = open(path);
        QCOMPARE(store->fencingTerm(), 2U);
        QCOMPARE(store->revision(), revision);
        QCOMPARE(store->get("/a")->value, std::string("1"));
        const auto old = store->watch("/", 0, [](const Change&) {});
        QVERIFY(absl::IsOutOfRange(old.status()));
        QVERIFY(says(old.status(), "compacted"));
    }

    void watchIsCompactedPastItsHistory() {
        auto store = open(freshPath(), {.historyChanges = 10});
        for (int i = 0; i < 50; ++i) QVERIFY(store->commit({.puts = {{"/a", std::to_string(i)}}}).ok());
        QVERIFY(absl::IsOutOfRange(store->watch("/", 0, [](const Change&) {}).status()));
        QVERIFY(store->watch("/", store->revision() - 5, [](const Change&) {}).ok());
    }

    void secondControllerIsRefused() {
        const std::string path = freshPath();
        auto store = open(path);
        const auto second = openSqliteStore(path, m_clock);
        QVERIFY(!second.ok());
        QVERIFY2(says(second.status(), "held by another controller"), std::string(second.status().message()).c_str());
    }

    void damagedFilesAreRefusedAndLeft_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("text") << QByteArray("this is not a database, and long enough to have a header of one hundred bytes or more, really it is");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut header") << QByteArray("SQLite format 3\0", 16).append(QByteArray(5000, 'x'));
    }
    void damagedFilesAreRefusedAndLeft() {
        QFETCH(QByteArray, content);
        const std::string path = freshPath();
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        const auto store = openSqliteStore(path, m_clock);
        QVERIFY(!store.ok());
        QVERIFY2(says(store.status(), "damaged") && says(store.status(), "restore a backup"), std::string(store.status().message()).c_str());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), content);
    }

    void damagedPagesAreRefused() {
        const std::string path = freshPath();
        {
            auto store = open(path);
            for (int i = 0; i < 200; ++i) QVERIFY(store->commit({.puts = {{"/k/" + std::to_string(i), std::string(500, 'v')}}}).ok());
        }
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.seek(4096 * 4);
        file.write(QByteArray(4096 * 8, '\x5a'));
        file.close();
        const auto store = openSqliteStore(path, m_clock);
        QVERIFY(absl::IsDataLoss(store.status()));
        QVERIFY2(says(store.status(), "left as it is"), std::string(store.status().message()).c_str());
    }

    void foreignAndNewerFilesAreRefused() {
        const std::string foreign = freshPath();
        QVERIFY(tamper(foreign, "CREATE TABLE t(x)").isEmpty());
        const auto store = openSqliteStore(foreign, m_clock);
        QVERIFY(says(store.status(), "not Busbar's"));
        const std::string newer = freshPath();
        open(newer).reset();
        QVERIFY(tamper(newer, "PRAGMA user_version = 99").isEmpty());
        const auto tooNew = openSqliteStore(newer, m_clock);
        QVERIFY2(says(tooNew.status(), "schema version 99"), std::string(tooNew.status().message()).c_str());
    }

    void missingFileWithLogIsRefused() {
        const std::string path = freshPath();
        QFile wal(QString::fromStdString(path + "-wal"));
        QVERIFY(wal.open(QIODevice::WriteOnly));
        wal.write("x");
        wal.close();
        QVERIFY(says(openSqliteStore(path, m_clock).status(), "is missing but"));
    }

    void unusableFolderIsRefused() {
        QVERIFY(says(openSqliteStore("/nonexistent/folder/state.db", m_clock).status(), "cannot be opened"));
    }

    void fullDiskLosesNothing() {
        const std::string path = freshPath();
        int kept = 0;
        {
            auto store = open(path, {.maxPages = 40});
            StatusOr<std::uint64_t> done = 0;
            while ((done = store->commit({.puts = {{"/k/" + std::to_string(kept), std::string(2000, 'v')}}})).ok()) ++kept;
            QVERIFY(absl::IsResourceExhausted(done.status()));
            QVERIFY(says(done.status(), "no space left") && says(done.status(), "free space"));
            QVERIFY(kept > 10);
            QCOMPARE(static_cast<int>(store->list("/k/")->size()), kept);
            QVERIFY(store->commit({.deletes = {"/k/0", "/k/1"}}).ok()); // Still in use, and room can be made.
            QVERIFY(store->commit({.puts = {{"/k/0", "small"}}}).ok());
        }
        auto store = open(path);
        QCOMPARE(static_cast<int>(store->list("/k/")->size()), kept - 1);
    }

    void auditCannotBeChanged() {
        const std::string path = freshPath();
        {
            auto store = open(path);
            contract::auditIsChained(*store);
        }
        QVERIFY(tamper(path, "UPDATE audit SET who = 'x'").contains(QStringLiteral("append-only")));
        QVERIFY(tamper(path, "DELETE FROM audit").contains(QStringLiteral("append-only")));
        QVERIFY(open(path)->verifyAudit().ok());
    }

    void auditEditsAreFound_data() {
        QTest::addColumn<QByteArray>("sql");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("edited") << QByteArray("UPDATE audit SET who = 'x' WHERE sequence = 2") << QByteArray("row 2 does not match");
        QTest::newRow("cut inside") << QByteArray("DELETE FROM audit WHERE sequence = 3") << QByteArray("row 3 is missing");
        QTest::newRow("cut at end") << QByteArray("DELETE FROM audit WHERE sequence = 5") << QByteArray("row 5 is missing at the end");
    }
    void auditEditsAreFound() {
        QFETCH(QByteArray, sql);
        QFETCH(QByteArray, words);
        const std::string path = freshPath();
        {
            auto store = open(path);
            contract::auditIsChained(*store);
        }
        QVERIFY(tamper(path, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;").isEmpty());
        QVERIFY(tamper(path, sql.constData()).isEmpty());
        const Status verdict = open(path)->verifyAudit();
        QVERIFY(absl::IsDataLoss(verdict));
        QVERIFY2(says(verdict, words.constData()), std::string(verdict.message()).c_str());
    }
};

QTEST_APPLESS_MAIN(SqliteStoreTest)
#include "tst_sqlite_store.moc"
