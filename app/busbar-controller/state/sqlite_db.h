// SQLite with owners and statuses: a connection and its prepared statements. Not thread-safe: the store's mutex guards both.
// Errors become sentences that name the file (sqlite3 result codes, https://sqlite.org/rescode.html).
#pragma once

#include "base/status.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace busbar::controller {

/// A prepared statement. Bind by 1-based place, step, read by 0-based column, reset before the next use.
class Statement {
public:
    Statement() = default;
    Statement& bind(int place, std::int64_t value);
    Statement& bind(int place, std::string_view text);
    Statement& bindBlob(int place, std::string_view bytes);
    /// True: a row is there; false: done.
    StatusOr<bool> step();
    /// Steps to the end and resets; for statements without rows.
    Status run();
    void reset();
    std::int64_t integer(int column) const;
    std::string text(int column) const; ///< bytes of a TEXT or BLOB column

private:
    friend class Database;
    struct Finalizer { void operator()(sqlite3_stmt* statement) const; };
    std::unique_ptr<sqlite3_stmt, Finalizer> m_statement;
    std::string m_path;
};

class Database {
public:
    /// Opens an existing file, or makes one with `create`.
    static StatusOr<Database> open(const std::string& path, bool create);
    Status execute(const std::string& sql);
    StatusOr<Statement> prepare(std::string_view sql);
    /// First column of the first row; empty when there is none.
    StatusOr<std::string> single(const std::string& sql);
    StatusOr<std::int64_t> integer(const std::string& sql);
    const std::string& path() const { return m_path; }

private:
    struct Closer { void operator()(sqlite3* database) const; };
    std::unique_ptr<sqlite3, Closer> m_database;
    std::string m_path;
};

/// Status of a result code of `path`; the sentence says the way out for a full disk, a damaged file and a lock.
Status sqliteError(int code, const std::string& path, const char* detail);

} // namespace busbar::controller
