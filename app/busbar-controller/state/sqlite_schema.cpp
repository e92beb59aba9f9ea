#include "busbar-controller/state/sqlite_schema.h"

#include <array>
#include <filesystem>
#include <string_view>

namespace busbar::controller {
namespace {

constexpr std::int64_t kApplicationId = 0x42424152; // "BBAR"

/// Statement lists; entry i brings a file from version i to i + 1.
constexpr std::array<std::string_view, 1> kMigrations{R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES('revision', 0), ('term', 0), ('audit_head', x'');
CREATE TABLE entries(key TEXT PRIMARY KEY, value BLOB NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL,
                     expires INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX entries_expires ON entries(expires) WHERE expires > 0;
CREATE TABLE audit(sequence INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, why TEXT NOT NULL,
                   source TEXT NOT NULL, result TEXT NOT NULL, accepted INTEGER NOT NULL, hash BLOB NOT NULL);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
)sql"};

Status migrate(Database& database, int from) {
    if (Status begun = database.execute("BEGIN IMMEDIATE"); !begun.ok()) return begun;
    Status done = absl::OkStatus();
    for (std::size_t i = static_cast<std::size_t>(from); done.ok() && i < kMigrations.size(); ++i)
        done = database.execute(std::string(kMigrations[i]));
    if (done.ok()) done = database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, kMigrations.size()));
    if (done.ok()) return database.execute("COMMIT");
    (void)database.execute("ROLLBACK"); // The first error is the one to tell.
    return done;
}

/// Makes a whole file under a temporary name and moves it to `path`.
Status create(const std::string& path) {
    const std::string fresh = path + ".new";
    std::error_code ignored;
    std::filesystem::remove(fresh, ignored); // Left by a start that was cut off before its rename.
    {
        auto database = Database::open(fresh, true);
        if (!database.ok()) return database.status();
        if (Status made = migrate(*database, 0); !made.ok()) return made;
    }
    std::error_code error;
    std::filesystem::permissions(fresh, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
    if (!error) std::filesystem::rename(fresh, path, error);
    if (error) return refused("the state file {} cannot be made: {}; check its folder", path, error.message());
    return absl::OkStatus();
}

/// Ours and not newer than us; nothing is written before this.
Status checkVersion(Database& database) {
    const std::string& path = database.path();
    auto application = database.integer("PRAGMA application_id");
    if (!application.ok()) return application.status();
    auto version = database.integer("PRAGMA user_version");
    if (!version.ok()) return version.status();
    if (*application != kApplicationId)
        return refused("{} is a SQLite file but not Busbar's: give the controller another path for its state", path);
    if (*version > schemaVersion())
        return refused("the state file {} has schema version {}, this controller knows up to {}: run the newer controller, or restore the "
                       "backup made before its upgrade", path, *version, schemaVersion());
    return absl::OkStatus();
}

Status checkPages(Database& database) {
    const std::string& path = database.path();
    auto check = database.single("PRAGMA quick_check(1)");
    if (!check.ok()) return check.status();
    if (*check != "ok") return absl::DataLossError(fmt::format(
        "the state file {} is damaged ({}): it was left as it is; restore a backup of it, or move it and its -wal file away to begin "
        "with an empty state, in which open actions and the audit are missing", path, *check));
    auto version = database.integer("PRAGMA user_version");
    if (!version.ok()) return version.status();
    return *version < schemaVersion() ? migrate(database, static_cast<int>(*version)) : absl::OkStatus();
}

} // namespace

int schemaVersion() { return static_cast<int>(kMigrations.size()); }

StatusOr<Database> openStateFile(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        if (std::filesystem::exists(path + "-wal", error))
            return absl::DataLossError(fmt::format("the state file {} is missing but {}-wal is there: restore the file, or move the -wal file "
                                                   "away to begin with an empty state", path, path));
        if (Status made = create(path); !made.ok()) return made;
    } else if (std::filesystem::is_regular_file(path, error) && std::filesystem::file_size(path, error) == 0) {
        return absl::DataLossError(fmt::format("the state file {} is damaged (empty): it was left as it is; restore a backup of it, or "
                                               "remove it to begin with an empty state", path));
    }
    auto database = Database::open(path, false);
    if (!database.ok()) return database.status();
    // Exclusive before the first read: WAL then needs no shared memory, and the lock is held until the file is closed.
    if (Status set = database->execute("PRAGMA locking_mode = EXCLUSIVE"); !set.ok()) return set;
    if (Status checked = checkVersion(*database); !checked.ok()) return checked;
    for (const char* sql : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "BEGIN IMMEDIATE; COMMIT"})
        if (Status set = database->execute(sql); !set.ok()) return set;
    if (Status checked = checkPages(*database); !checked.ok()) return checked;
    return database;
}

} // namespace busbar::controller
