// The controller's durable truth, behind one interface (design.md §8): range get, transactions with compare on revision, watch from
// a revision, keys with a time-to-live. Keys are UTF-8 paths ("/actions/01H…"); values are opaque bytes (protobuf with a
// schema version). The store's revision grows by one with each committed transaction that writes. All functions are thread-safe.
#pragma once

#include "base/status.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace busbar::controller {

struct Entry {
    std::string key, value;
    std::uint64_t createdRevision = 0, changedRevision = 0;
};

struct Change {
    std::uint64_t revision = 0;
    std::string key;
    std::optional<std::string> value; ///< nullopt: deleted
};

/// A transaction commits only when each compare holds: the key's changedRevision equals `revision` (0: the key does not exist).
struct Transaction {
    struct Compare { std::string key; std::uint64_t revision = 0; };
    struct Put { std::string key, value; std::int64_t ttlMs = 0; /* 0: for ever */ };
    std::vector<Compare> compares;
    std::vector<Put> puts;
    std::vector<std::string> deletes;
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
    /// ("compacted: read again") when the history no longer reaches back. The returned handle ends the watch when destroyed.
    virtual StatusOr<std::shared_ptr<void>> watch(const std::string& prefix, std::uint64_t fromRevision, Watcher watcher) = 0;
    /// Appends to the hash-chained audit table; never changes or deletes.
    virtual Status appendAudit(const std::string& who, const std::string& what, const std::string& why, const std::string& from,
                               const std::string& result, bool accepted) = 0;
    /// Rises by one each time the store is opened by a controller.
    virtual std::uint64_t fencingTerm() = 0;
};

} // namespace busbar::controller
