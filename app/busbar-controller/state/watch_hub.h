// Watches of a state store: keeps the last changes in memory, calls watchers in order on one notify thread. Thread-safe.
// History begins when the store is opened; a change is kept until it is old and every watcher has had it.
#pragma once

#include "busbar-controller/state/state_store.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace busbar::controller {

class WatchHub {
public:
    /// `onTick` runs on the notify thread about once a second, for keys whose time is over.
    WatchHub(std::uint64_t revision, std::size_t historyChanges, std::function<void()> onTick);
    ~WatchHub();
    WatchHub(const WatchHub&) = delete;
    WatchHub& operator=(const WatchHub&) = delete;

    /// Changes of one commit, in order; revisions never fall.
    void publish(std::vector<Change> changes);
    StatusOr<std::shared_ptr<void>> add(const std::string& prefix, std::uint64_t fromRevision, StateStore::Watcher watcher);

private:
    struct Watch {
        std::string prefix;
        std::uint64_t cursor = 0; ///< sequence number of the next change to look at; guarded by the hub's mutex
        StateStore::Watcher call;
        std::recursive_mutex calling; ///< held during a call, and to end the watch; recursive: a watcher may end itself
        bool ended = false;           ///< guarded by `calling`
    };
    void run();
    bool deliverOne(std::unique_lock<std::mutex>& lock);
    void trim();

    const std::size_t m_limit;
    const std::function<void()> m_onTick;
    std::mutex m_mutex; ///< guards all below
    std::condition_variable m_wake;
    std::deque<Change> m_changes;
    std::uint64_t m_firstSequence = 0;  ///< sequence number of m_changes.front()
    std::uint64_t m_compactedRevision;  ///< changes up to this one are gone
    std::vector<std::weak_ptr<Watch>> m_watches;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace busbar::controller
