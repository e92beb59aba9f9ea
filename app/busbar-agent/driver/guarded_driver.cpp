#include "busbar-agent/driver/guarded_driver.h"

#include "busbar-agent/driver/nvml_readings.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace busbar::agent {
namespace {

constexpr std::int64_t kIdleLimitMs = 5'000;     // Longer than any call's own limit and the wait for events.
constexpr std::int64_t kControlLimitMs = 30'000; // nvmlInit after a reset brings every GPU up again.
constexpr std::int64_t kMigLimitMs = 30'000;     // Some GPUs are reset on their way into MIG mode and out of it.

} // namespace

// Also held by its thread, so that a call that hangs beyond our life touches no freed memory.
class GuardedDriver::Lane : public std::enable_shared_from_this<Lane> {
public:
    explicit Lane(const Clock& clock) : m_clock(clock) {}

    /// True when `job` ran to its end within the limit; false when it, or one before it, hangs.
    bool run(std::function<void()> job, std::int64_t limitMs) {
        std::unique_lock lock(m_mutex);
        const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(limitMs);
        const auto idle = [this] { return !m_busy; };
        if (m_paused || m_stuck || !m_done.wait_until(lock, end, idle) || m_paused) return false;
        if (!m_thread.joinable()) m_thread = std::thread([self = shared_from_this()] { self->loop(); });
        m_busy = true;
        m_sinceBootMs = m_clock.bootMs();
        m_job = std::move(job);
        m_wake.notify_one();
        m_stuck = !m_done.wait_until(lock, end, idle);
        return !m_stuck;
    }

    /// No further job begins; true when none runs any more within the limit.
    bool pause(std::int64_t limitMs) {
        std::unique_lock lock(m_mutex);
        m_paused = true;
        return m_done.wait_for(lock, std::chrono::milliseconds(limitMs), [this] { return !m_busy; });
    }
    void goOn() {
        const std::lock_guard lock(m_mutex);
        m_paused = false;
    }
    bool paused() const {
        const std::lock_guard lock(m_mutex);
        return m_paused;
    }

    /// Boot ms since when a call hangs; nullopt: none does.
    std::optional<std::int64_t> stuckSince() const {
        const std::lock_guard lock(m_mutex);
        return m_stuck ? std::optional(m_sinceBootMs) : std::nullopt;
    }

    /// A call has come back at least once.
    bool answered() const {
        const std::lock_guard lock(m_mutex);
        return m_answered;
    }

    void end() {
        std::unique_lock lock(m_mutex);
        m_ending = true;
        m_wake.notify_one();
        const bool hangs = m_busy;
        lock.unlock();
        if (!m_thread.joinable()) return;
        if (hangs)
            m_thread.detach();
        else
            m_thread.join();
    }

private:
    void loop() {
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_wake.wait(lock, [this] { return m_job || m_ending; });
            if (!m_job) return;
            const std::function<void()> job = std::exchange(m_job, nullptr);
            lock.unlock();
            job();
            lock.lock();
            m_busy = m_stuck = false;
            m_answered = true;
            m_done.notify_all();
        }
    }

    const Clock& m_clock;
    mutable std::mutex m_mutex; ///< guards all below
    std::condition_variable m_wake, m_done;
    std::function<void()> m_job;
    bool m_busy = false, m_stuck = false, m_ending = false, m_paused = false, m_answered = false;
    std::int64_t m_sinceBootMs = 0;
    std::thread m_thread; ///< started by the first call
};

GuardedDriver::GuardedDriver(std::shared_ptr<GpuDriver> driver, const Clock& clock, std::int64_t limitMs) : m_driver(std::move(driver)), m_clock(clock), m_limitMs(limitMs) {
    for (std::size_t i = 0; i < gpus().size() + 2; ++i) m_lanes.push_back(std::make_shared<Lane>(clock));
}

GuardedDriver::~GuardedDriver() {
    for (const auto& lane : m_lanes) lane->end();
}

Status GuardedDriver::stuckOn(std::size_t lane) const {
    if (m_lanes[lane]->paused()) return unavailable("the driver is put down while a GPU is reset");
    const auto since = m_lanes[lane]->stuckSince();
    if (!since) return unavailable("the driver did not answer in time");
    return unavailable("a driver call is stuck since {}", formatUtc(m_clock.wallMs() - (m_clock.bootMs() - *since)));
}

std::vector<std::string> GuardedDriver::stuck() const {
    std::vector<std::string> sentences;
    for (std::size_t i = 0; i < m_lanes.size(); ++i) {
        if (!m_lanes[i]->stuckSince()) continue;
        if (i == events() && !m_lanes[i]->answered()) continue; // Not every system lets events through: told by waitForXids, the GPUs are well.
        const std::string who = i < gpus().size() ? fmt::format("GPU {} ({})", i, gpus()[i].uuid) : "GPU events";
        sentences.push_back(fmt::format("{}: {}", who, sentenceOf(stuckOn(i))));
    }
    return sentences;
}

template <typename Result, typename Call>
Result GuardedDriver::on(std::size_t lane, std::int64_t limitMs, Call call) const {
    // The job may outlive this call, so it shares what it writes to and holds the driver.
    auto result = std::make_shared<std::optional<Result>>();
    const bool ended = m_lanes.at(lane)->run([result, call, driver = m_driver] { result->emplace(call(*driver)); }, limitMs);
    if (ended) return std::move(**result);
    return Result(stuckOn(lane));
}

GpuReadings GuardedDriver::read(std::size_t slot, Depth depth) const {
    const auto readings = on<StatusOr<GpuReadings>>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.read(slot, depth); });
    return readings.ok() ? *readings : notRead(std::string(sentenceOf(readings.status())));
}

StatusOr<std::vector<DriverClient>> GuardedDriver::clients(std::size_t slot) const {
    return on<StatusOr<std::vector<DriverClient>>>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.clients(slot); });
}

StatusOr<std::int64_t> GuardedDriver::memoryUsedMib(std::size_t slot) const {
    return on<StatusOr<std::int64_t>>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.memoryUsedMib(slot); });
}

StatusOr<unsigned> GuardedDriver::computeMode(std::size_t slot) const {
    return on<StatusOr<unsigned>>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.computeMode(slot); });
}

Status GuardedDriver::setComputeMode(std::size_t slot, unsigned mode) {
    return on<Status>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.setComputeMode(slot, mode); });
}

StatusOr<std::int64_t> GuardedDriver::readSetting(std::size_t slot, Setting setting) const {
    return on<StatusOr<std::int64_t>>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.readSetting(slot, setting); });
}

Status GuardedDriver::writeSetting(std::size_t slot, Setting setting, std::int64_t value) {
    return on<Status>(slot, setting == Setting::mig ? kMigLimitMs : m_limitMs, [=](GpuDriver& driver) { return driver.writeSetting(slot, setting, value); });
}

SettingLimits GuardedDriver::settingLimits(std::size_t slot) const {
    return on<StatusOr<SettingLimits>>(slot, m_limitMs, [=](GpuDriver& driver) { return StatusOr<SettingLimits>(driver.settingLimits(slot)); }).value_or(SettingLimits());
}

StatusOr<std::vector<GpuXid>> GuardedDriver::waitForXids(int timeoutMs) {
    auto xids = on<StatusOr<std::vector<GpuXid>>>(events(), timeoutMs + m_limitMs, [=](GpuDriver& driver) { return driver.waitForXids(timeoutMs); });
    if (xids.ok() || m_lanes[events()]->answered()) return xids;
    return unavailable("XID events: not answered yet: {}", sentenceOf(xids.status()));
}

Status GuardedDriver::answers(std::size_t slot) const {
    return on<Status>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.answers(slot); });
}

StatusOr<int> GuardedDriver::migInstances(std::size_t slot) const {
    return on<StatusOr<int>>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.migInstances(slot); });
}

StatusOr<MigMode> GuardedDriver::migMode(std::size_t slot) const {
    return on<StatusOr<MigMode>>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.migMode(slot); });
}

StatusOr<MigLayout> GuardedDriver::migLayout(std::size_t slot) const {
    return on<StatusOr<MigLayout>>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.migLayout(slot); });
}

Status GuardedDriver::destroyMigInstances(std::size_t slot) {
    return on<Status>(slot, kMigLimitMs, [=](GpuDriver& driver) { return driver.destroyMigInstances(slot); });
}

StatusOr<bool> GuardedDriver::draining(std::size_t slot) const {
    return on<StatusOr<bool>>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.draining(slot); });
}

Status GuardedDriver::setDraining(std::size_t slot, bool on) {
    return this->on<Status>(slot, m_limitMs, [=](GpuDriver& driver) { return driver.setDraining(slot, on); });
}

Status GuardedDriver::suspend() {
    Status idle = absl::OkStatus();
    for (std::size_t lane = 0; lane < control() && idle.ok(); ++lane)
        if (!m_lanes[lane]->pause(kIdleLimitMs)) idle = unavailable("a driver call does not end, so the driver cannot be put down");
    if (idle.ok()) idle = on<Status>(control(), kControlLimitMs, [](GpuDriver& driver) { return driver.suspend(); });
    if (!idle.ok())
        for (const auto& lane : m_lanes) lane->goOn();
    return idle;
}

Status GuardedDriver::resume() {
    struct Outcome { Status status; bool back = false; };
    const auto outcome = on<StatusOr<Outcome>>(control(), kControlLimitMs, [](GpuDriver& driver) -> StatusOr<Outcome> {
        const Status resumed = driver.resume();
        return Outcome{resumed, !absl::IsInternal(resumed)};
    });
    if (!outcome.ok()) return outcome.status();
    if (outcome->back)
        for (const auto& lane : m_lanes) lane->goOn();
    return outcome->status;
}

} // namespace busbar::agent
