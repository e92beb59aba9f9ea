// The state store in one SQLite file. All functions are thread-safe: one mutex guards the connection, watchers are called on the hub's
// thread without it.
#pragma once

#include "busbar-controller/state/sqlite_db.h"
#include "busbar-controller/state/watch_hub.h"

#include <mutex>

namespace busbar::controller {

class SqliteStore final : public StateStore {
public:
    SqliteStore(Database database, const Clock& clock, const SqliteOptions& options, std::uint64_t revision, std::uint64_t term);

    StatusOr<Entry> get(const std::string& key) override;
    StatusOr<std::vector<Entry>> list(const std::string& prefix, std::size_t limit) override;
    StatusOr<std::uint64_t> commit(const Transaction& transaction) override;
    std::uint64_t revision() override;
    StatusOr<std::shared_ptr<void>> watch(const std::string& prefix, std::uint64_t fromRevision, Watcher watcher) override;
    Status appendAudit(const std::string& who, const std::string& what, const std::string& why, const std::string& from,
                       const std::string& result, bool accepted) override;
    StatusOr<std::vector<AuditRecord>> audit(std::uint64_t afterSequence, std::size_t limit) override;
    Status verifyAudit() override;
    std::uint64_t fencingTerm() override;
    Status raiseFencingTerm(std::uint64_t term, const AuditNote& note) override;

private:
    StatusOr<std::uint64_t> commitLocked(const Transaction& transaction, std::vector<Change>& changes);
    Status compare(const Transaction& transaction);
    Status write(const Transaction& transaction, std::uint64_t revision, std::vector<Change>& changes);
    Status removeExpired(std::uint64_t revision, std::vector<Change>& changes);
    void expire();
    /// `body` between BEGIN and COMMIT; ROLLBACK when it fails, and nothing of it is kept.
    Status transact(const std::function<Status()>& body);

    const Clock& m_clock;
    std::mutex m_mutex; ///< guards the three below
    std::uint64_t m_term;
    Database m_database;
    std::uint64_t m_revision;
    WatchHub m_hub; ///< last: its thread calls expire() and must end first
};

} // namespace busbar::controller
