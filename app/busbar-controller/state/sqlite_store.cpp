#include "busbar-controller/state/sqlite_store.h"

#include "busbar-controller/state/audit_chain.h"
#include "busbar-controller/state/sqlite_schema.h"

#include <algorithm>
#include <limits>

namespace busbar::controller {
namespace {

constexpr char kSelect[] = "SELECT key, value, created, changed FROM entries WHERE (expires = 0 OR expires > ?1) AND ";

Entry readEntry(const Statement& row) {
    return {row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2)), static_cast<std::uint64_t>(row.integer(3))};
}

Status checkKey(const std::string& key) {
    if (key.empty() || key.front() != '/' || key.size() > kMaxKeyBytes)
        return invalid("state key '{}' is not a path of 1 to {} bytes that begins with '/'", key.substr(0, 100), kMaxKeyBytes);
    return absl::OkStatus();
}

Status checkBounds(const Transaction& transaction) {
    for (const auto& put : transaction.puts) {
        if (Status checked = checkKey(put.key); !checked.ok()) return checked;
        if (put.value.size() > kMaxValueBytes)
            return invalid("the value of {} has {} bytes, more than {}", put.key, put.value.size(), kMaxValueBytes);
        if (put.ttlMs < 0) return invalid("the time-to-live of {} is negative", put.key);
    }
    for (const auto& key : transaction.deletes)
        if (Status checked = checkKey(key); !checked.ok()) return checked;
    return absl::OkStatus();
}

} // namespace

SqliteStore::SqliteStore(Database database, const Clock& clock, const SqliteOptions& options, std::uint64_t revision, std::uint64_t term)
    : m_clock(clock), m_term(term), m_database(std::move(database)), m_revision(revision),
      m_hub(revision, options.historyChanges, [this] { expire(); }) {}

StatusOr<Entry> SqliteStore::get(const std::string& key) {
    const std::scoped_lock lock(m_mutex);
    auto statement = m_database.prepare(std::string(kSelect) + "key = ?2");
    if (!statement.ok()) return statement.status();
    statement->bind(1, m_clock.wallMs()).bind(2, std::string_view(key));
    auto row = statement->step();
    if (!row.ok()) return row.status();
    if (!*row) return notFound("no {} in the state store", key);
    return readEntry(*statement);
}

StatusOr<std::vector<Entry>> SqliteStore::list(const std::string& prefix, std::size_t limit) {
    const std::scoped_lock lock(m_mutex);
    // Keys are UTF-8, so that no key sorts above prefix + 0xff.
    auto statement = m_database.prepare(std::string(kSelect) + "key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4");
    if (!statement.ok()) return statement.status();
    statement->bind(1, m_clock.wallMs()).bind(2, std::string_view(prefix)).bind(3, std::string_view(prefix + '\xff'));
    statement->bind(4, limit == 0 ? std::numeric_limits<std::int64_t>::max() : static_cast<std::int64_t>(limit));
    std::vector<Entry> entries;
    for (;;) {
        auto row = statement->step();
        if (!row.ok()) return row.status();
        if (!*row) return entries;
        entries.push_back(readEntry(*statement));
    }
}

Status SqliteStore::transact(const std::function<Status()>& body) {
    if (Status begun = m_database.execute("BEGIN IMMEDIATE"); !begun.ok()) return begun;
    Status done = body();
    if (done.ok()) done = m_database.execute("COMMIT");
    if (!done.ok()) (void)m_database.execute("ROLLBACK"); // Fails where SQLite rolled back by itself; the first error is the one to tell.
    return done;
}

Status SqliteStore::compare(const Transaction& transaction) {
    if (transaction.compares.empty()) return absl::OkStatus();
    auto statement = m_database.prepare("SELECT changed FROM entries WHERE key = ? AND (expires = 0 OR expires > ?)");
    if (!statement.ok()) return statement.status();
    for (const auto& compare : transaction.compares) {
        statement->bind(1, std::string_view(compare.key)).bind(2, m_clock.wallMs());
        auto row = statement->step();
        if (!row.ok()) return row.status();
        const auto changed = *row ? static_cast<std::uint64_t>(statement->integer(0)) : 0;
        statement->reset();
        if (changed != compare.revision)
            return absl::AbortedError(fmt::format("{} was changed at revision {}, not {}: read again and repeat", compare.key, changed, compare.revision));
    }
    return absl::OkStatus();
}

Status SqliteStore::removeExpired(std::uint64_t revision, std::vector<Change>& changes) {
    auto statement = m_database.prepare("DELETE FROM entries WHERE expires > 0 AND expires <= ? RETURNING key");
    if (!statement.ok()) return statement.status();
    statement->bind(1, m_clock.wallMs());
    for (;;) {
        auto row = statement->step();
        if (!row.ok()) return row.status();
        if (!*row) return absl::OkStatus();
        changes.push_back({revision, statement->text(0), std::nullopt});
    }
}

Status SqliteStore::write(const Transaction& transaction, std::uint64_t revision, std::vector<Change>& changes) {
    if (Status removed = removeExpired(revision, changes); !removed.ok()) return removed;
    auto remove = m_database.prepare("DELETE FROM entries WHERE key = ? RETURNING key");
    if (!remove.ok()) return remove.status();
    for (const auto& key : transaction.deletes) {
        auto row = remove->bind(1, std::string_view(key)).step();
        if (!row.ok()) return row.status();
        if (*row) changes.push_back({revision, key, std::nullopt});
        remove->reset();
    }
    auto put = m_database.prepare("INSERT INTO entries VALUES(?1, ?2, ?3, ?3, ?4) ON CONFLICT(key) DO UPDATE SET value = excluded.value, "
                                  "changed = excluded.changed, expires = excluded.expires");
    if (!put.ok()) return put.status();
    for (const auto& entry : transaction.puts) {
        put->bind(1, std::string_view(entry.key)).bindBlob(2, entry.value).bind(3, static_cast<std::int64_t>(revision));
        put->bind(4, entry.ttlMs == 0 ? 0 : m_clock.wallMs() + entry.ttlMs);
        if (Status done = put->run(); !done.ok()) return done;
        changes.push_back({revision, entry.key, entry.value});
    }
    return absl::OkStatus();
}

StatusOr<std::uint64_t> SqliteStore::commitLocked(const Transaction& transaction, std::vector<Change>& changes) {
    const std::uint64_t next = m_revision + 1;
    const Status done = transact([&]() -> Status {
        if (Status same = compare(transaction); !same.ok()) return same;
        if (Status written = write(transaction, next, changes); !written.ok()) return written;
        for (const AuditNote& note : transaction.audits)
            if (Status noted = appendAuditRow(m_database, {0, m_clock.wallMs(), note.who, note.what, note.why, note.from, note.result, note.accepted}); !noted.ok()) return noted;
        if (changes.empty()) return absl::OkStatus();
        auto update = m_database.prepare("UPDATE meta SET value = ? WHERE name = 'revision'");
        return update.ok() ? update->bind(1, static_cast<std::int64_t>(next)).run() : update.status();
    });
    if (!done.ok()) return done;
    if (!changes.empty()) m_revision = next;
    return m_revision;
}

StatusOr<std::uint64_t> SqliteStore::commit(const Transaction& transaction) {
    if (Status checked = checkBounds(transaction); !checked.ok()) return checked;
    std::vector<Change> changes;
    const std::scoped_lock lock(m_mutex);
    auto revision = commitLocked(transaction, changes);
    // Under the store's mutex, so that watchers get revisions in order.
    if (revision.ok() && !changes.empty()) m_hub.publish(std::move(changes));
    return revision;
}

void SqliteStore::expire() {
    {
        const std::scoped_lock lock(m_mutex);
        auto due = m_database.prepare("SELECT 1 FROM entries WHERE expires > 0 AND expires <= ? LIMIT 1");
        if (!due.ok()) return;
        const auto row = due->bind(1, m_clock.wallMs()).step();
        if (!row.ok() || !*row) return;
    }
    (void)commit({}); // An empty commit removes them; a failure is met again at the next tick.
}

std::uint64_t SqliteStore::revision() {
    const std::scoped_lock lock(m_mutex);
    return m_revision;
}

StatusOr<std::shared_ptr<void>> SqliteStore::watch(const std::string& prefix, std::uint64_t fromRevision, Watcher watcher) {
    return m_hub.add(prefix, fromRevision, std::move(watcher));
}

Status SqliteStore::appendAudit(const std::string& who, const std::string& what, const std::string& why, const std::string& from,
                                const std::string& result, bool accepted) {
    const std::scoped_lock lock(m_mutex);
    return transact([&] { return appendAuditRow(m_database, {0, m_clock.wallMs(), who, what, why, from, result, accepted}); });
}

StatusOr<std::vector<AuditRecord>> SqliteStore::audit(std::uint64_t afterSequence, std::size_t limit) {
    const std::scoped_lock lock(m_mutex);
    return readAudit(m_database, afterSequence, limit);
}

Status SqliteStore::verifyAudit() {
    const std::scoped_lock lock(m_mutex);
    return verifyAuditChain(m_database);
}

std::uint64_t SqliteStore::fencingTerm() {
    const std::scoped_lock lock(m_mutex);
    return m_term;
}

Status SqliteStore::raiseFencingTerm(std::uint64_t term, const AuditNote& note) {
    const std::scoped_lock lock(m_mutex);
    const std::uint64_t raised = std::max(term, m_term);
    const Status done = transact([&]() -> Status {
        auto update = m_database.prepare("UPDATE meta SET value = ? WHERE name = 'term'");
        if (!update.ok()) return update.status();
        if (Status written = update->bind(1, static_cast<std::int64_t>(raised)).run(); !written.ok()) return written;
        return appendAuditRow(m_database, {0, m_clock.wallMs(), note.who, note.what, note.why, note.from, note.result, note.accepted});
    });
    if (done.ok()) m_term = raised;
    return done;
}

StatusOr<std::unique_ptr<StateStore>> openSqliteStore(const std::string& path, const Clock& clock, const SqliteOptions& options) {
    auto database = openStateFile(path);
    if (!database.ok()) return database.status();
    if (options.maxPages > 0)
        if (Status set = database->execute(fmt::format("PRAGMA max_page_count = {}", options.maxPages)); !set.ok()) return set;
    if (Status raised = database->execute("UPDATE meta SET value = value + 1 WHERE name = 'term'"); !raised.ok()) return raised;
    auto term = database->integer("SELECT value FROM meta WHERE name = 'term'");
    if (!term.ok()) return term.status();
    auto revision = database->integer("SELECT value FROM meta WHERE name = 'revision'");
    if (!revision.ok()) return revision.status();
    return std::make_unique<SqliteStore>(*std::move(database), clock, options, static_cast<std::uint64_t>(*revision), static_cast<std::uint64_t>(*term));
}

} // namespace busbar::controller
