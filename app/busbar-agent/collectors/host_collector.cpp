#include "busbar-agent/collectors/host_collector.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace busbar::agent {
namespace {

constexpr auto kEvery = std::chrono::seconds(1);
constexpr int kInventoryEvery = 30; // samples
constexpr auto kGrace = std::chrono::seconds(1);

} // namespace

struct HostCollector::Shared {
    const Clock& clock;
    const std::string root;
    std::thread thread;

    std::mutex mutex; ///< guards all below
    std::condition_variable wake;
    bool stopping = false, ended = false;
    std::int64_t begunBootMs = 0; ///< 0: not reading
    Inventory inventory;
    HostSample sample;

    void run();
};

void HostCollector::Shared::run() {
    HostLoad load(root);
    std::unique_lock lock(mutex);
    for (int round = 1; !stopping; ++round) {
        begunBootMs = clock.bootMs();
        lock.unlock();
        HostSample fresh = load.sample();
        const bool slow = round % kInventoryEvery == 0;
        Inventory seen = slow ? readHost(root) : Inventory();
        lock.lock();
        sample = std::move(fresh);
        if (slow) inventory = std::move(seen);
        begunBootMs = 0;
        wake.wait_for(lock, kEvery, [this] { return stopping; });
    }
    ended = true;
    wake.notify_all();
}

HostCollector::HostCollector(const Clock& clock, std::string root) : m_shared(new Shared{clock, std::move(root), {}}) {
    m_shared->inventory = readHost(m_shared->root);
    m_shared->thread = std::thread([shared = m_shared] { shared->run(); });
}

HostCollector::~HostCollector() {
    std::unique_lock lock(m_shared->mutex);
    m_shared->stopping = true;
    m_shared->wake.notify_all();
    const bool ended = m_shared->wake.wait_for(lock, kGrace, [this] { return m_shared->ended; });
    lock.unlock();
    if (ended)
        m_shared->thread.join();
    else
        m_shared->thread.detach();
}

Inventory HostCollector::inventory() const {
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->inventory;
}

void HostCollector::fill(TelemetryFrame& frame) const {
    const std::lock_guard lock(m_shared->mutex);
    const std::int64_t now = m_shared->clock.bootMs();
    const bool stuck = m_shared->begunBootMs != 0 && now - m_shared->begunBootMs > kStuckAfterMs;
    if (!stuck) {
        frame.host = m_shared->sample;
        return;
    }
    frame.stuck.push_back("host readings: stuck since " + formatUtc(m_shared->clock.wallMs() - (now - m_shared->begunBootMs)));
}

} // namespace busbar::agent
