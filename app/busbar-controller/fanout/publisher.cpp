#include "busbar-controller/fanout/publisher.h"

#include <algorithm>
#include <tuple>

namespace busbar::controller {
namespace {

/// A watcher that was not ready at its turn is looked at again after this.
constexpr std::int64_t kRetryMs = 50;
constexpr std::int64_t kNever = INT64_MAX;

std::vector<Metric> columnsOf(const WatchInterest& interest) {
    std::vector<Metric> columns = interest.columns;
    if (columns.empty())
        for (const MetricInfo& info : allMetrics())
            if (info.fleetColumn) columns.push_back(info.metric);
    std::ranges::sort(columns);
    const auto repeated = std::ranges::unique(columns);
    columns.erase(repeated.begin(), repeated.end());
    return columns;
}

/// Turns fall on multiples of the period, so that watchers of one period share their deltas.
std::int64_t nextTurn(std::int64_t nowMs, std::int64_t periodMs) { return (nowMs / periodMs + 1) * periodMs; }

} // namespace

/// What one watcher gets in this round.
struct Publisher::Job {
    Token token = 0;
    std::shared_ptr<WatchSink> sink;
    std::vector<Metric> columns;
    std::vector<std::string> watched;
    bool snapshot = false, whole = false, heartbeat = false;
    std::uint64_t epoch = 0, revision = 0, watchedRevision = 0;
    std::shared_ptr<FleetDelta> fleet, nodes;
};

Publisher::Publisher(const Clock& clock, FleetTable& table, Encoder encoder, Sampling sampling)
    : m_clock(clock), m_table(table), m_encoder(std::move(encoder)), m_sampling(std::move(sampling)), m_thread([this] { run(); }) {}

Publisher::~Publisher() {
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

Publisher::Token Publisher::add(const WatchInterest& interest, std::shared_ptr<WatchSink> sink) {
    Watcher watcher;
    watcher.sink = std::move(sink);
    watcher.columns = columnsOf(interest);
    watcher.periodMs = std::clamp(interest.periodMs, 100, 60'000);
    watcher.watched = {interest.watchedNodes.begin(), interest.watchedNodes.end()};
    m_table.read([&](const FleetState& state) {
        watcher.snapshot = interest.resumeEpoch != state.epoch || interest.resumeRevision > state.revision;
        watcher.epoch = state.epoch;
        watcher.revision = watcher.watchedRevision = watcher.snapshot ? 0 : interest.resumeRevision;
    });
    const std::set<std::string> watched = watcher.watched;
    Token token = 0;
    {
        const std::lock_guard lock(m_mutex);
        token = watcher.token = ++m_lastToken;
        m_watchers.emplace(token, std::move(watcher));
        m_newWatcher = true;
    }
    countWatched(watched, 1);
    m_wake.notify_all();
    return token;
}

void Publisher::remove(Token token) {
    std::set<std::string> watched;
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_watchers.find(token);
        if (found == m_watchers.end()) return;
        watched = std::move(found->second.watched);
        m_watchers.erase(found);
    }
    countWatched(watched, -1);
}

void Publisher::countWatched(const std::set<std::string>& ids, int by) {
    const std::lock_guard order(m_samplingOrder);
    std::vector<std::pair<std::string, bool>> turned;
    {
        const std::lock_guard lock(m_mutex);
        for (const std::string& id : ids) {
            int& count = m_watchedBy[id];
            count += by;
            if (count == 0) m_watchedBy.erase(id);
            if ((by > 0 && m_watchedBy[id] == 1) || (by < 0 && !m_watchedBy.contains(id))) turned.emplace_back(id, by > 0);
        }
        m_anyWatched = !m_watchedBy.empty();
    }
    if (m_sampling)
        for (const auto& [id, watched] : turned) m_sampling(id, watched);
}

void Publisher::touched(const std::string& nodeId) {
    if (!m_anyWatched) return;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_watchedBy.contains(nodeId)) return;
        m_touched = true;
    }
    m_wake.notify_all();
}

std::size_t Publisher::watcherCount() const {
    const std::lock_guard lock(m_mutex);
    return m_watchers.size();
}

void Publisher::run() {
    std::int64_t nextMs = 0;
    std::unique_lock lock(m_mutex);
    while (!m_stop) {
        const std::int64_t waitMs = std::clamp<std::int64_t>(nextMs - m_clock.bootMs(), 0, kHeartbeatMs);
        m_wake.wait_for(lock, std::chrono::milliseconds(waitMs), [this] { return m_stop || m_newWatcher || m_touched; });
        if (m_stop) return;
        if (m_touched && !m_newWatcher) m_wake.wait_for(lock, std::chrono::milliseconds(kCoalesceMs), [this] { return m_stop; });
        m_newWatcher = false;
        const bool touchedNodes = std::exchange(m_touched, false);
        lock.unlock();
        nextMs = round(m_clock.bootMs(), touchedNodes);
        lock.lock();
    }
}

std::vector<Publisher::Job> Publisher::dueJobs(std::int64_t nowMs) {
    const std::lock_guard lock(m_mutex);
    std::vector<Job> jobs;
    for (auto& [token, watcher] : m_watchers) {
        if (!watcher.sink->idle()) continue;
        Job job{token, watcher.sink, watcher.columns, {watcher.watched.begin(), watcher.watched.end()}};
        job.whole = watcher.nextMs <= nowMs;
        job.heartbeat = watcher.heartbeatMs <= nowMs;
        job.snapshot = watcher.snapshot;
        job.epoch = watcher.epoch;
        job.revision = watcher.revision;
        job.watchedRevision = watcher.watchedRevision;
        if (job.whole) watcher.nextMs = nextTurn(nowMs, watcher.periodMs);
        if (job.heartbeat) watcher.heartbeatMs = nextTurn(nowMs, kHeartbeatMs);
        if (job.whole || job.heartbeat || !job.watched.empty()) jobs.push_back(std::move(job));
    }
    return jobs;
}

void Publisher::collect(const FleetState& state, std::vector<Job>& jobs, bool touched) {
    std::map<std::tuple<std::vector<Metric>, bool, std::uint64_t, bool>, std::shared_ptr<FleetDelta>> fleets;
    for (Job& job : jobs) {
        // New rows mean nothing to a watcher of the old epoch: it gets all of the new one at its next turn.
        if (job.epoch != state.epoch) job.snapshot = true;
        if (job.whole || job.heartbeat) {
            const bool whole = job.whole;
            auto& shared = fleets[{job.columns, job.snapshot && whole, job.revision, whole}];
            if (!shared) {
                shared = std::make_shared<FleetDelta>(whole ? collectFleet(state, job.columns, job.revision, job.snapshot) : collectNodes(state, {}, 0));
                shared->heartbeat = true;
                shared->wallMs = m_clock.wallMs();
                // A heartbeat alone must not claim a revision that the watcher has not got.
                if (!whole) shared->revision = job.revision, shared->epoch = job.epoch;
            }
            job.fleet = shared;
        }
        if (job.snapshot && !job.whole) continue;
        std::vector<std::uint32_t> nodes;
        for (const std::string& id : job.watched) {
            const auto slash = id.find('/');
            const auto found = slash == std::string::npos ? state.byName.end() : state.byName.find(id.substr(slash + 1));
            if (found != state.byName.end() && (job.whole || touched)) nodes.push_back(found->second);
        }
        if (nodes.empty()) continue;
        FleetDelta delta = collectNodes(state, nodes, job.snapshot ? 0 : job.watchedRevision);
        delta.wallMs = m_clock.wallMs();
        if (!job.whole) delta.revision = job.revision;
        if (!delta.columns.empty()) job.nodes = std::make_shared<FleetDelta>(std::move(delta));
    }
}

void Publisher::deliver(std::vector<Job>& jobs) {
    std::map<const FleetDelta*, FramesPtr> encoded;
    for (const Job& job : jobs) {
        for (const auto& delta : {job.fleet, job.nodes}) {
            if (!delta) continue;
            FramesPtr& frames = encoded[delta.get()];
            if (!frames) frames = m_encoder(*delta);
            job.sink->send(frames);
        }
    }
}

std::int64_t Publisher::round(std::int64_t nowMs, bool touched) {
    std::vector<Job> jobs = dueJobs(nowMs);
    std::uint64_t epoch = 0, revision = 0;
    if (!jobs.empty()) {
        m_table.cutAndRead([&](const FleetState& state) {
            epoch = state.epoch;
            revision = state.revision;
            collect(state, jobs, touched);
        });
        deliver(jobs);
    }
    const std::lock_guard lock(m_mutex);
    for (const Job& job : jobs) {
        const auto found = m_watchers.find(job.token);
        if (found == m_watchers.end()) continue;
        Watcher& watcher = found->second;
        if (job.whole) {
            watcher.snapshot = false;
            watcher.epoch = epoch;
            watcher.revision = revision;
        }
        if (job.whole || touched) watcher.watchedRevision = revision;
    }
    std::int64_t next = kNever;
    for (const auto& [token, watcher] : m_watchers) {
        const std::int64_t due = std::min(watcher.nextMs, watcher.heartbeatMs);
        next = std::min(next, watcher.sink->idle() ? due : std::max(due, nowMs + kRetryMs));
    }
    return next == kNever ? nowMs + kHeartbeatMs : next;
}

} // namespace busbar::controller
