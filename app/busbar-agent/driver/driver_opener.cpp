#include "busbar-agent/driver/driver_opener.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace busbar::agent {

struct DriverOpener::Shared {
    const Open open;
    const Clock& clock;
    const std::int64_t againMs;
    std::thread thread;

    std::mutex mutex; ///< guards all below
    std::condition_variable wake;
    bool stopping = false, tried = false, opening = true, opened = false;
    std::int64_t openingSinceMs = 0; ///< boot ms
    std::optional<std::int64_t> soonUntilMs; ///< boot ms; none: no driver that is there has failed yet
    bool isThere = false;            ///< the last try failed, but not for lack of a driver
    std::unique_ptr<GpuDriver> driver;
    std::string why;

    void run();
    void noteFailure(const Status& status);
    bool comesSoon() const;
};

void DriverOpener::Shared::run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        opening = true;
        openingSinceMs = clock.bootMs();
        lock.unlock();
        auto made = open();
        lock.lock();
        opening = false;
        tried = true;
        opened = made.ok();
        if (opened)
            driver = *std::move(made);
        else
            noteFailure(made.status());
        wake.notify_all();
        if (opened) return;
        wake.wait_for(lock, std::chrono::milliseconds(comesSoon() ? std::min(againMs, kSoonMs) : againMs), [this] { return stopping; });
    }
}

void DriverOpener::Shared::noteFailure(const Status& status) {
    why = std::string(sentenceOf(status));
    isThere = !absl::IsNotFound(status);
    if (isThere && !soonUntilMs) soonUntilMs = clock.bootMs() + kSoonForMs;
}

bool DriverOpener::Shared::comesSoon() const { return isThere && clock.bootMs() < soonUntilMs.value_or(0); }

DriverOpener::DriverOpener(Open open, const Clock& clock, std::int64_t againMs) : m_shared(new Shared{std::move(open), clock, againMs, {}}) {
    m_shared->openingSinceMs = clock.bootMs();
    m_shared->thread = std::thread([shared = m_shared] { shared->run(); });
}

DriverOpener::~DriverOpener() {
    std::unique_lock lock(m_shared->mutex);
    m_shared->stopping = true;
    m_shared->wake.notify_all();
    const bool hangs = m_shared->opening;
    lock.unlock();
    if (hangs)
        m_shared->thread.detach();
    else
        m_shared->thread.join();
}

std::unique_ptr<GpuDriver> DriverOpener::take(std::int64_t waitMs) {
    std::unique_lock lock(m_shared->mutex);
    m_shared->wake.wait_for(lock, std::chrono::milliseconds(waitMs), [this] { return m_shared->tried; });
    return std::move(m_shared->driver);
}

bool DriverOpener::isComing() const {
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->opened || (m_shared->opening && m_shared->clock.bootMs() - m_shared->openingSinceMs < kComesMs) || m_shared->comesSoon();
}

std::string DriverOpener::why() const {
    const std::lock_guard lock(m_shared->mutex);
    if (!m_shared->opening) return m_shared->why;
    const std::int64_t since = m_shared->clock.wallMs() - (m_shared->clock.bootMs() - m_shared->openingSinceMs);
    return m_shared->why.empty() ? "the NVIDIA driver does not answer: opening it is stuck since " + formatUtc(since) : m_shared->why;
}

} // namespace busbar::agent
