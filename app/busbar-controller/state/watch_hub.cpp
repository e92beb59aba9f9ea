#include "busbar-controller/state/watch_hub.h"

#include <algorithm>
#include <chrono>

namespace busbar::controller {

WatchHub::WatchHub(std::uint64_t revision, std::size_t historyChanges, std::function<void()> onTick)
    : m_limit(historyChanges), m_onTick(std::move(onTick)), m_compactedRevision(revision), m_thread([this] { run(); }) {}

WatchHub::~WatchHub() {
    {
        const std::scoped_lock lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void WatchHub::publish(std::vector<Change> changes) {
    {
        const std::scoped_lock lock(m_mutex);
        for (Change& change : changes) m_changes.push_back(std::move(change));
        trim();
    }
    m_wake.notify_all();
}

StatusOr<std::shared_ptr<void>> WatchHub::add(const std::string& prefix, std::uint64_t fromRevision, StateStore::Watcher watcher) {
    auto watch = std::make_shared<Watch>();
    watch->prefix = prefix;
    watch->call = std::move(watcher);
    {
        const std::scoped_lock lock(m_mutex);
        if (fromRevision < m_compactedRevision)
            return absl::OutOfRangeError(fmt::format("revision {} is compacted, the history begins at {}: read again", fromRevision, m_compactedRevision));
        const auto first = std::find_if(m_changes.begin(), m_changes.end(), [&](const Change& change) { return change.revision > fromRevision; });
        watch->cursor = m_firstSequence + static_cast<std::uint64_t>(first - m_changes.begin());
        m_watches.push_back(watch);
    }
    m_wake.notify_all();
    // The handle owns the watch; its end waits for a call that is under way on the notify thread.
    return std::shared_ptr<void>(watch.get(), [watch](void*) {
        const std::scoped_lock lock(watch->calling);
        watch->ended = true;
        watch->call = nullptr;
    });
}

void WatchHub::run() {
    std::unique_lock lock(m_mutex);
    auto nextTick = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (!m_stopping) {
        if (deliverOne(lock)) continue;
        if (std::chrono::steady_clock::now() >= nextTick) {
            lock.unlock();
            m_onTick();
            lock.lock();
            nextTick = std::chrono::steady_clock::now() + std::chrono::seconds(1);
            continue;
        }
        m_wake.wait_until(lock, nextTick);
    }
}

bool WatchHub::deliverOne(std::unique_lock<std::mutex>& lock) {
    std::erase_if(m_watches, [](const std::weak_ptr<Watch>& watch) { return watch.expired(); });
    const std::uint64_t end = m_firstSequence + m_changes.size();
    for (const auto& weak : m_watches) {
        const std::shared_ptr<Watch> watch = weak.lock();
        if (watch == nullptr || watch->cursor >= end) continue;
        const Change change = m_changes[watch->cursor - m_firstSequence];
        ++watch->cursor;
        if (!change.key.starts_with(watch->prefix)) return true;
        lock.unlock();
        {
            const std::scoped_lock calling(watch->calling);
            // A copy: a watcher that ends its own watch clears `call`.
            const StateStore::Watcher call = watch->ended ? nullptr : watch->call;
            if (call) call(change);
        }
        lock.lock();
        return true;
    }
    trim();
    return false;
}

void WatchHub::trim() {
    if (m_changes.size() <= m_limit) return;
    std::uint64_t needed = m_firstSequence + m_changes.size();
    for (const auto& weak : m_watches)
        if (const auto watch = weak.lock()) needed = std::min(needed, watch->cursor);
    while (m_changes.size() > m_limit && m_firstSequence < needed) {
        m_compactedRevision = m_changes.front().revision;
        m_changes.pop_front();
        ++m_firstSequence;
    }
}

} // namespace busbar::controller
