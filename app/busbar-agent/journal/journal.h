// The agent's own memory (design/lifecycle.md §6), one SQLite file: commands before they act and how they ended, settings as they were
// before us, the highest fencing term, how far the kernel log was read. Every function commits before it returns (synchronous=FULL).
// Thread-safe: one mutex guards the connection.
#pragma once

#include "base/status.h"
#include "domain/action.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

namespace busbar::agent {

class Journal {
public:
    /// Opens or creates `path`. A damaged file is refused with the way out, never made anew silently.
    static StatusOr<std::unique_ptr<Journal>> open(const std::string& path);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    enum class Known : std::uint8_t { fresh, begun, finished };
    struct Begun {
        Known known = Known::fresh;
        StepReport report; ///< when finished
    };
    /// Records the intent of a command before anything acts; says when it is already known.
    StatusOr<Begun> begin(const StepCommand& command, std::int64_t wallMs);
    Status finish(const StepReport& report);
    /// Finished commands, newest last, at most `limit`.
    StatusOr<std::vector<StepReport>> finished(std::size_t limit);

    /// Small facts: "term", "kmsg/<boot id>", "prior/<uuid>/compute mode" …
    StatusOr<std::optional<std::string>> get(const std::string& key);
    Status put(const std::string& key, const std::string& value);
    Status erase(const std::string& key);
    /// Keys that begin with `prefix`, sorted.
    StatusOr<std::vector<std::string>> keys(const std::string& prefix);
    /// All facts whose key begins with `prefix`.
    Status eraseAll(const std::string& prefix);

    /// Highest fencing term seen; commands of a lower one are refused. An error when it cannot be read: then no command may be taken.
    StatusOr<std::uint64_t> highestTerm();
    Status raiseTerm(std::uint64_t term);

private:
    explicit Journal(sqlite3* database) : m_database(database) {}
    Status prepareSchema(const std::string& path);

    std::mutex m_mutex; ///< guards m_database
    sqlite3* m_database;
};

} // namespace busbar::agent
