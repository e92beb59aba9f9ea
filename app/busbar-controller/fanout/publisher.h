// Sends the fleet to its watchers. A watcher is only a revision: at its turn it gets all that changed since, encoded once for all watchers
// with the same columns and revision, and the same buffers go to each. A watcher that still has frames to write is left out and catches
// up later by one delta from its own revision (latest value wins): nothing is queued for it, and it slows nobody.
// One thread of its own; all functions are thread-safe.
#pragma once

#include "base/clock.h"
#include "busbar-controller/fanout/fleet_delta.h"
#include "busbar-controller/ingest/fleet_table.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace busbar::controller {

/// Serialized messages of one delta; what they are only the service knows.
struct EncodedFrames;
using FramesPtr = std::shared_ptr<const EncodedFrames>;

/// The way to one watcher.
class WatchSink {
public:
    virtual ~WatchSink() = default;
    /// True when all frames given so far are written.
    virtual bool idle() const = 0;
    virtual void send(FramesPtr frames) = 0;
};

/// Telemetry of watched nodes waits this long for more before it is sent.
inline constexpr int kCoalesceMs = 20;
/// Sample period asked of watched nodes' agents.
inline constexpr int kWatchedSampleMs = 100;
inline constexpr int kHeartbeatMs = 1000;

class Publisher {
public:
    using Encoder = std::function<FramesPtr(const FleetDelta&)>;
    /// Called (from any thread) when a node becomes watched or is no longer, one call after the other in the order in which that was. It must
    /// neither add nor remove a watcher.
    using Sampling = std::function<void(const std::string& nodeId, bool watched)>;
    Publisher(const Clock& clock, FleetTable& table, Encoder encoder, Sampling sampling);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    using Token = std::uint64_t;
    /// Sends a snapshot, or what was missed since the interest's resume revision, then deltas until `remove`.
    Token add(const WatchInterest& interest, std::shared_ptr<WatchSink> sink);
    void remove(Token token);
    /// The node has new values; cheap when nobody watches it.
    void touched(const std::string& nodeId);
    std::size_t watcherCount() const;

private:
    struct Watcher {
        Token token = 0;
        std::shared_ptr<WatchSink> sink;
        std::vector<Metric> columns;
        std::int64_t periodMs = 1000, nextMs = 0, heartbeatMs = 0;
        std::set<std::string> watched;
        bool snapshot = true;
        std::uint64_t epoch = 0, revision = 0, watchedRevision = 0;
    };
    struct Job;
    void run();
    /// One round at `nowMs`; answers when the next is due.
    std::int64_t round(std::int64_t nowMs, bool touched);
    std::vector<Job> dueJobs(std::int64_t nowMs);
    void collect(const FleetState& state, std::vector<Job>& jobs, bool touched);
    void deliver(std::vector<Job>& jobs);
    void countWatched(const std::set<std::string>& ids, int by);

    const Clock& m_clock;
    FleetTable& m_table;
    const Encoder m_encoder;
    const Sampling m_sampling;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stop = false, m_newWatcher = false, m_touched = false;
    Token m_lastToken = 0;
    std::mutex m_samplingOrder; ///< taken before m_mutex: what was counted last is asked for last
    std::map<Token, Watcher> m_watchers;
    std::map<std::string, int> m_watchedBy;
    std::atomic<bool> m_anyWatched{false};
    std::thread m_thread;
};

} // namespace busbar::controller
