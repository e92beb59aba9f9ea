// The controller's durable truth, behind one interface (design.md §8): range get, transactions with compare on revision, watch from
// a revision, keys with a time-to-live. Keys are UTF-8 paths ("/actions/01H…"); values are opaque bytes (protobuf with a
// schema version). The store's revision grows by one with each committed transaction that writes. All functions are thread-safe.
#pragma once

#include "base/clock.h"
#include "base/status.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace busbar::controller {

/// Bounds on what one commit may carry; larger ones are refused as InvalidArgument.
inline constexpr std::size_t kMaxKeyBytes = 512;
inline constexpr std::size_t kMaxValueBytes = 16 * 1024 * 1024;

struct Entry {
    std::string key, value;
    std::uint64_t createdRevision = 0, changedRevision = 0;
};

struct Change {
    std::uint64_t revision = 0;
    std::string key;
    std::optional<std::string> value; ///< nullopt: deleted
};

/// A row for the audit: who did what, why, from where, and what came of it.
struct AuditNote {
    std::string who, what, why, from, result;
    bool accepted = true;
};

/// A transaction commits only when each compare holds: the key's changedRevision equals `revision` (0: the key does not exist).
struct Transaction {
    struct Compare { std::string key; std::uint64_t revision = 0; };
    struct Put { std::string key, value; std::int64_t ttlMs = 0; /* 0: for ever */ };
    std::vector<Compare> compares;
    std::vector<Put> puts;
    std::vector<std::string> deletes;
    std::vector<AuditNote> audits; ///< appended with it, or not at all; alone they do not raise the revision
};

/// One row of the append-only audit table; `sequence` starts at 1 and has no gaps.
struct AuditRecord {
    std::uint64_t sequence = 0;
    std::int64_t wallMs = 0;
    std::string who, what, why, from, result;
    bool accepted = false;
};

class StateStore {
public:
    virtual ~StateStore() = default;
    /// Entry of `key`; NotFound when absent.
    virtual StatusOr<Entry> get(const std::string& key) = 0;
    /// Entries whose key starts with `prefix`, by key; at most `limit` (0: all).
    virtual StatusOr<std::vector<Entry>> list(const std::string& prefix, std::size_t limit = 0) = 0;
    /// Revision after the commit; Aborted naming the key when a compare failed; ResourceExhausted when the disk is full.
    virtual StatusOr<std::uint64_t> commit(const Transaction& transaction) = 0;
    virtual std::uint64_t revision() = 0;
    using Watcher = std::function<void(const Change&)>;
    /// Calls `watcher` for each change after `fromRevision` under `prefix`, in order, on the store's notify thread. OutOfRange
    /// ("compacted: read again") when the history no longer reaches back. The returned handle ends the watch when destroyed: no
    /// call runs or starts after that, so do not hold a lock that the watcher takes. Handles must not outlive the store.
    virtual StatusOr<std::shared_ptr<void>> watch(const std::string& prefix, std::uint64_t fromRevision, Watcher watcher) = 0;
    /// Appends to the hash-chained audit table; never changes or deletes.
    virtual Status appendAudit(const std::string& who, const std::string& what, const std::string& why, const std::string& from,
                               const std::string& result, bool accepted) = 0;
    /// Audit rows after `afterSequence`, oldest first, at most `limit`.
    virtual StatusOr<std::vector<AuditRecord>> audit(std::uint64_t afterSequence, std::size_t limit) = 0;
    /// Walks the whole chain; DataLoss naming the first row that was edited, cut or inserted.
    virtual Status verifyAudit() = 0;
    /// Rises by one each time the store is opened by a controller.
    virtual std::uint64_t fencingTerm() = 0;
    /// Raises it to at least `term`, together with the audit row or not at all.
    virtual Status raiseFencingTerm(std::uint64_t term, const AuditNote& note) = 0;
};

struct SqliteOptions {
    /// Changes kept in memory for watches that start in the past.
    std::size_t historyChanges = 10'000;
    /// Longest the file may grow, in SQLite pages of 4 KiB; 0 = as far as the disk goes. For tests of a full disk.
    int maxPages = 0;
};

/// Opens the state file at `path`, making it when nothing is there, and raises the fencing term. Refused with a sentence and the way
/// out: a damaged, foreign or newer file (never replaced), one that another process holds. `clock` must outlive the store.
StatusOr<std::unique_ptr<StateStore>> openSqliteStore(const std::string& path, const Clock& clock = systemClock(),
                                                      const SqliteOptions& options = {});

} // namespace busbar::controller
