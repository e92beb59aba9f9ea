#include "busbar-controller/state/sqlite_db.h"

#include <sqlite3.h>

namespace busbar::controller {

Status sqliteError(int code, const std::string& path, const char* detail) {
    switch (code & 0xff) {
    case SQLITE_FULL:
        return absl::ResourceExhaustedError(fmt::format(
            "no space left for the state file {}: this change was not kept, all earlier ones are; free space on its disk", path));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return absl::DataLossError(fmt::format(
            "the state file {} is damaged ({}): it was left as it is; restore a backup of it, or move it and its -wal file away "
            "to begin with an empty state, in which open actions and the audit are missing", path, detail));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return refused("the state file {} is held by another controller: stop that one, or give this one its own file", path);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return refused("the state file {} cannot be opened for writing ({}): check that its folder exists and is ours", path, detail);
    default:
        return internal("the state file {} cannot be used: {} (SQLite code {})", path, detail, code);
    }
}

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Closer::operator()(sqlite3* database) const { sqlite3_close(database); }

Statement& Statement::bind(int place, std::int64_t value) {
    sqlite3_bind_int64(m_statement.get(), place, value);
    return *this;
}

Statement& Statement::bind(int place, std::string_view text) {
    sqlite3_bind_text64(m_statement.get(), place, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bindBlob(int place, std::string_view bytes) {
    // A null pointer would bind NULL; an empty value is not an absent one.
    sqlite3_bind_blob64(m_statement.get(), place, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(), SQLITE_TRANSIENT);
    return *this;
}

StatusOr<bool> Statement::step() {
    const int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    sqlite3* const database = sqlite3_db_handle(m_statement.get());
    Status error = sqliteError(sqlite3_extended_errcode(database), m_path, sqlite3_errmsg(database));
    reset();
    return error;
}

Status Statement::run() {
    auto row = step();
    while (row.ok() && *row) row = step();
    reset();
    return row.status();
}

void Statement::reset() {
    sqlite3_reset(m_statement.get());
    sqlite3_clear_bindings(m_statement.get());
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(m_statement.get(), column); }

std::string Statement::text(int column) const {
    const void* const bytes = sqlite3_column_blob(m_statement.get(), column);
    const int size = sqlite3_column_bytes(m_statement.get(), column);
    return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

StatusOr<Database> Database::open(const std::string& path, bool create) {
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (create ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    Database database;
    database.m_database.reset(raw);
    database.m_path = path;
    if (code != SQLITE_OK) return sqliteError(code, path, raw == nullptr ? "no memory" : sqlite3_errmsg(raw));
    return database;
}

Status Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(m_database.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqliteError(code, m_path, sqlite3_errmsg(m_database.get()));
    return absl::OkStatus();
}

StatusOr<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(m_database.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (code != SQLITE_OK) return sqliteError(code, m_path, sqlite3_errmsg(m_database.get()));
    Statement statement;
    statement.m_statement.reset(raw);
    statement.m_path = m_path;
    return statement;
}

StatusOr<std::string> Database::single(const std::string& sql) {
    auto statement = prepare(sql);
    if (!statement.ok()) return statement.status();
    auto row = statement->step();
    if (!row.ok()) return row.status();
    return *row ? statement->text(0) : std::string();
}

StatusOr<std::int64_t> Database::integer(const std::string& sql) {
    auto statement = prepare(sql);
    if (!statement.ok()) return statement.status();
    auto row = statement->step();
    if (!row.ok()) return row.status();
    return *row ? statement->integer(0) : 0;
}

} // namespace busbar::controller
