#include "busbar-agent/journal/journal.h"

#include "busbar-agent/journal/report_bytes.h"

#include <absl/strings/numbers.h>
#include <sqlite3.h>

#include <algorithm>

namespace busbar::agent {
namespace {

constexpr const char* kSchema = "CREATE TABLE IF NOT EXISTS facts(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
                                "CREATE TABLE IF NOT EXISTS commands(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, action TEXT NOT NULL, kind INTEGER NOT NULL,"
                                " term INTEGER NOT NULL, begun INTEGER NOT NULL, report BLOB);";
constexpr int kSchemaVersion = 1;
constexpr int kKeptCommands = 10'000;

class Statement {
public:
    Statement(sqlite3* database, const char* sql) { sqlite3_prepare_v2(database, sql, -1, &m_statement, nullptr); }
    ~Statement() { sqlite3_finalize(m_statement); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(const std::string& text) {
        sqlite3_bind_text(m_statement, ++m_bound, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
        return *this;
    }
    Statement& bindBlob(const std::string& bytes) {
        sqlite3_bind_blob(m_statement, ++m_bound, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
        return *this;
    }
    Statement& bind(std::int64_t number) {
        sqlite3_bind_int64(m_statement, ++m_bound, number);
        return *this;
    }
    int step() { return m_statement == nullptr ? SQLITE_ERROR : sqlite3_step(m_statement); }
    bool isNull(int column) const { return sqlite3_column_type(m_statement, column) == SQLITE_NULL; }
    std::string text(int column) const {
        const void* bytes = sqlite3_column_blob(m_statement, column);
        return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column)));
    }

private:
    sqlite3_stmt* m_statement = nullptr;
    int m_bound = 0;
};

Status failure(sqlite3* database, std::string_view what) {
    const int code = sqlite3_errcode(database) & 0xff; // Without what SQLite adds to the primary code.
    if (code == SQLITE_FULL) return absl::ResourceExhaustedError(fmt::format("journal: {}: the disk is full; free space under the agent's state folder", what));
    return unavailable("journal: {}: {}", what, sqlite3_errmsg(database));
}

} // namespace

StatusOr<std::unique_ptr<Journal>> Journal::open(const std::string& path) {
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
    std::unique_ptr<Journal> journal(new Journal(database));
    if (code != SQLITE_OK) return unavailable("the journal '{}' cannot be opened: {}", path, sqlite3_errmsg(database));
    sqlite3_busy_timeout(database, 5'000);
    if (Status status = journal->prepareSchema(path); !status.ok()) return status;
    return journal;
}

Journal::~Journal() { sqlite3_close_v2(m_database); }

Status Journal::prepareSchema(const std::string& path) {
    {
        // Statements end before the journal mode changes: SQLite refuses that inside a read.
        Statement check(m_database, "PRAGMA quick_check(1)");
        if (check.step() != SQLITE_ROW || check.text(0) != "ok")
            return absl::DataLossError(fmt::format("the journal '{}' is damaged: keep it, move it away and start again; the node is then treated as re-imaged and inspected", path));
        Statement version(m_database, "PRAGMA user_version");
        const bool read = version.step() == SQLITE_ROW;
        std::int64_t found = 0;
        if (!read || !absl::SimpleAtoi(version.text(0), &found) || (found != 0 && found != kSchemaVersion))
            return refused("the journal '{}' has schema {}, this agent knows {}: install a matching agent", path, found, kSchemaVersion);
    }
    for (const char* sql : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", kSchema, "PRAGMA user_version=1"})
        if (sqlite3_exec(m_database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure(m_database, fmt::format("'{}' cannot be prepared", path));
    return absl::OkStatus();
}

StatusOr<Journal::Begun> Journal::begin(const StepCommand& command, std::int64_t wallMs) {
    const std::lock_guard lock(m_mutex);
    Statement find(m_database, "SELECT report FROM commands WHERE id=?");
    find.bind(command.commandId);
    if (find.step() == SQLITE_ROW) {
        if (find.isNull(0)) return Begun{Known::begun, {}};
        auto report = reportFromBytes(find.text(0));
        if (!report.ok()) return report.status();
        return Begun{Known::finished, *std::move(report)};
    }
    Statement insert(m_database, "INSERT INTO commands(id, action, kind, term, begun) VALUES(?,?,?,?,?)");
    insert.bind(command.commandId).bind(command.actionId).bind(static_cast<std::int64_t>(command.kind)).bind(static_cast<std::int64_t>(command.term)).bind(wallMs);
    if (insert.step() != SQLITE_DONE) return failure(m_database, "a command cannot be recorded, so it is not run");
    return Begun{};
}

Status Journal::finish(const StepReport& report) {
    const std::lock_guard lock(m_mutex);
    Statement update(m_database, "UPDATE commands SET report=? WHERE id=?");
    update.bindBlob(toBytes(report)).bind(report.commandId);
    if (update.step() != SQLITE_DONE) return failure(m_database, "an outcome cannot be recorded");
    Statement trim(m_database, "DELETE FROM commands WHERE report IS NOT NULL AND sequence <= (SELECT MAX(sequence) FROM commands) - ?");
    trim.bind(kKeptCommands).step();
    return absl::OkStatus();
}

StatusOr<std::vector<StepReport>> Journal::finished(std::size_t limit) {
    const std::lock_guard lock(m_mutex);
    Statement list(m_database, "SELECT report FROM commands WHERE report IS NOT NULL ORDER BY sequence DESC LIMIT ?");
    list.bind(static_cast<std::int64_t>(limit));
    std::vector<StepReport> reports;
    while (list.step() == SQLITE_ROW) {
        auto report = reportFromBytes(list.text(0));
        if (!report.ok()) return report.status();
        reports.push_back(*std::move(report));
    }
    std::reverse(reports.begin(), reports.end());
    return reports;
}

StatusOr<std::optional<std::string>> Journal::get(const std::string& key) {
    const std::lock_guard lock(m_mutex);
    Statement find(m_database, "SELECT value FROM facts WHERE key=?");
    find.bind(key);
    const int code = find.step();
    if (code == SQLITE_DONE) return std::optional<std::string>();
    if (code != SQLITE_ROW) return failure(m_database, "a fact cannot be read");
    return std::optional<std::string>(find.text(0));
}

StatusOr<std::vector<std::string>> Journal::keys(const std::string& prefix) {
    const std::lock_guard lock(m_mutex);
    Statement list(m_database, "SELECT key FROM facts WHERE substr(key, 1, length(?1))=?1 ORDER BY key");
    list.bind(prefix);
    std::vector<std::string> keys;
    int code = list.step();
    for (; code == SQLITE_ROW; code = list.step()) keys.push_back(list.text(0));
    if (code != SQLITE_DONE) return failure(m_database, "facts cannot be listed");
    return keys;
}

Status Journal::put(const std::string& key, const std::string& value) {
    const std::lock_guard lock(m_mutex);
    Statement insert(m_database, "INSERT INTO facts(key, value) VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value");
    insert.bind(key).bind(value);
    if (insert.step() != SQLITE_DONE) return failure(m_database, "a fact cannot be recorded");
    return absl::OkStatus();
}

Status Journal::erase(const std::string& key) {
    const std::lock_guard lock(m_mutex);
    Statement remove(m_database, "DELETE FROM facts WHERE key=?");
    remove.bind(key);
    if (remove.step() != SQLITE_DONE) return failure(m_database, "a fact cannot be removed");
    return absl::OkStatus();
}

Status Journal::eraseAll(const std::string& prefix) {
    const std::lock_guard lock(m_mutex);
    Statement remove(m_database, "DELETE FROM facts WHERE substr(key, 1, length(?1))=?1");
    remove.bind(prefix);
    if (remove.step() != SQLITE_DONE) return failure(m_database, "facts cannot be removed");
    return absl::OkStatus();
}

StatusOr<std::uint64_t> Journal::highestTerm() {
    const auto text = get("term");
    if (!text.ok()) return text.status();
    std::uint64_t term = 0;
    if (text->has_value() && !absl::SimpleAtoi(**text, &term)) return absl::DataLossError(fmt::format("journal: the fencing term '{}' is no number", **text));
    return term;
}

Status Journal::raiseTerm(std::uint64_t term) {
    const auto highest = highestTerm();
    if (!highest.ok()) return highest.status();
    return term <= *highest ? absl::OkStatus() : put("term", std::to_string(term));
}

} // namespace busbar::agent
