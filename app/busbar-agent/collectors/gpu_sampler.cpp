#include "busbar-agent/collectors/gpu_sampler.h"

#include "busbar-agent/collectors/holders.h"
#include "busbar-agent/journal/keys.h"

#include <algorithm>
#include <chrono>
#include <set>

namespace busbar::agent {
namespace {

constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kStalePeriods = 3; // design.md §6: a value is stale after 3 of its own periods, at least 3 s.
constexpr std::int64_t kLeastStaleMs = 3'000;

bool sameProcesses(const std::vector<Process>& a, const std::vector<Process>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Process& x, const Process& y) { return x.pid == y.pid && x.startTicks == y.startTicks && x.memoryMib == y.memoryMib && x.kind == y.kind; });
}

Process processOf(const DriverClient& client, const ProcessFacts& facts, std::size_t slot) {
    return {client.pid, facts.startTicks, static_cast<int>(slot), facts.user, facts.visible ? facts.command : "(pid not visible)", client.kind, client.memoryMib, facts.startedWallMs};
}

} // namespace

GpuSampler::GpuSampler(GuardedDriver& driver, Journal& journal, const Clock& clock, std::string devices)
    : m_driver(driver), m_journal(journal), m_clock(clock), m_devices(std::move(devices)), m_slots(driver.gpus().size()) {
    m_readings = std::thread([this] { repeat([this](std::size_t slot) { readSlot(slot); }, false); });
    m_clients = std::thread([this] { repeat([this](std::size_t slot) { listSlot(slot); }, true); });
}

GpuSampler::~GpuSampler() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    m_readings.join();
    m_clients.join();
}

template <typename Work>
void GpuSampler::repeat(Work work, bool everySecond) {
    std::unique_lock lock(m_mutex);
    auto next = std::chrono::steady_clock::now();
    while (!m_stopping) {
        for (std::size_t slot = 0; slot < m_slots.size() && !m_stopping; ++slot) {
            lock.unlock();
            work(slot);
            lock.lock();
        }
        const auto period = std::chrono::milliseconds(everySecond ? kSecondMs : m_periodMs);
        next = std::max(next + period, std::chrono::steady_clock::now());
        // A shorter period asked for meanwhile counts at once.
        const int before = m_periodMs;
        m_wake.wait_until(lock, next, [&] { return m_stopping || (!everySecond && m_periodMs < before); });
        next = std::min(next, std::chrono::steady_clock::now());
    }
}

void GpuSampler::readSlot(std::size_t slot) {
    const std::int64_t now = m_clock.bootMs();
    bool all = false;
    {
        const std::lock_guard lock(m_mutex);
        all = m_slots[slot].allBootMs < 0 || now - m_slots[slot].allBootMs >= kSecondMs - m_periodMs / 2;
    }
    const GpuReadings fresh = m_driver.read(slot, all ? GpuDriver::Depth::all : GpuDriver::Depth::fast);
    const std::lock_guard lock(m_mutex);
    for (const auto& [metric, reading] : fresh) {
        GpuReading& known = m_slots[slot].readings[metric];
        // What the device lacks it still lacks when it does not answer.
        if (reading.value != kNotRead || known.value != kNotSupported) known = reading;
    }
    m_slots[slot].readBootMs = m_clock.bootMs();
    if (all) m_slots[slot].allBootMs = now;
}

void GpuSampler::listSlot(std::size_t slot) {
    const auto clients = m_driver.clients(slot);
    if (!clients.ok()) {
        keepList(slot, clients.status());
        return;
    }
    std::vector<Process> found;
    for (const DriverClient& client : *clients) {
        if (found.size() >= kMaxProcessesPerNode) break;
        ProcessFacts facts = factsOf(client.pid);
        // Our own test helper and the driver's daemons hold no GPU against anybody.
        if (isExempt(client.pid, facts)) continue;
        if (isForeign(client.pid, facts, m_devices, m_driver.simulated())) facts = {};
        found.push_back(processOf(client, facts, slot));
    }
    {
        const std::lock_guard lock(m_mutex);
        Slot& known = m_slots[slot];
        if (known.clientsBootMs < 0 || !sameProcesses(found, known.processes)) m_processesSent = false;
        known.processes = std::move(found);
        known.clients = static_cast<std::int64_t>(clients->size());
        known.clientsBootMs = m_clock.bootMs();
        known.listedWallMs = m_clock.wallMs();
        known.unlistedSinceBootMs = -1;
    }
    if (clients->empty()) rememberBaseline(slot);
}

// A GPU whose clients cannot be read is not free for it: those that were there count until /proc shows that they have ended.
void GpuSampler::keepList(std::size_t slot, const Status& why) {
    const std::lock_guard lock(m_mutex);
    Slot& known = m_slots[slot];
    const auto ended = std::erase_if(known.processes, [](const Process& process) { return process.startTicks > 0 && factsOf(process.pid).startTicks != process.startTicks; });
    if (known.clientsBootMs < 0 || ended > 0) m_processesSent = false;
    known.clients = kNotRead;
    known.clientsBootMs = m_clock.bootMs();
    if (known.unlistedSinceBootMs < 0) known.unlistedSinceBootMs = known.clientsBootMs;
    known.unlistedWhy = std::string(sentenceOf(why));
}

// Only a first look is kept: memory that a crashed tenant left behind must not become the baseline.
void GpuSampler::rememberBaseline(std::size_t slot) {
    {
        const std::lock_guard lock(m_mutex);
        if (m_slots[slot].baselineKnown) return;
    }
    const std::string key = baselineKey(m_driver.gpus()[slot].uuid);
    const auto stored = m_journal.get(key);
    if (!stored.ok()) return;
    bool known = stored->has_value();
    if (!known)
        if (const auto used = m_driver.memoryUsedMib(slot); used.ok()) known = m_journal.put(key, std::to_string(*used)).ok();
    const std::lock_guard lock(m_mutex);
    m_slots[slot].baselineKnown = known;
}

void GpuSampler::setPeriod(int milliseconds) {
    {
        const std::lock_guard lock(m_mutex);
        m_periodMs = milliseconds;
    }
    m_wake.notify_all();
}

void GpuSampler::forgetSent() {
    const std::lock_guard lock(m_mutex);
    m_processesSent = false;
}

void GpuSampler::addColumns(TelemetryFrame& frame, std::int64_t now) const {
    const std::int64_t staleMs = std::max(kStalePeriods * m_periodMs, kLeastStaleMs);
    const auto fresh = [=](std::int64_t readBootMs) { return readBootMs >= 0 && now - readBootMs <= staleMs; };
    std::set<Metric> metrics;
    for (const Slot& slot : m_slots)
        for (const auto& [metric, reading] : slot.readings) metrics.insert(metric);
    for (const Metric metric : metrics) {
        MetricColumn column{metric, {}};
        for (const Slot& slot : m_slots) {
            const auto found = slot.readings.find(metric);
            const bool known = found != slot.readings.end() && (fresh(slot.readBootMs) || found->second.value == kNotSupported);
            column.values.push_back(known ? std::min(found->second.value, maxValue(metric)) : kNotRead);
        }
        frame.columns.push_back(std::move(column));
    }
    MetricColumn clients{Metric::processCount, {}};
    for (const Slot& slot : m_slots) clients.values.push_back(fresh(slot.clientsBootMs) ? slot.clients : kNotRead);
    if (!m_slots.empty()) frame.columns.push_back(std::move(clients));
}

void GpuSampler::addTrouble(TelemetryFrame& frame, std::int64_t now) const {
    const std::vector<std::string> stuck = m_driver.stuck();
    frame.stuck.insert(frame.stuck.end(), stuck.begin(), stuck.end());
    if (!stuck.empty()) return; // They say it better than the values that are missing for it.
    for (std::size_t i = 0; i < m_slots.size(); ++i) {
        // A GPU that gives neither temperature nor memory gives nothing.
        const Slot& slot = m_slots[i];
        const auto temperature = slot.readings.find(Metric::temperature), memory = slot.readings.find(Metric::memUsed);
        const std::string gpu = fmt::format("GPU {} ({})", i, m_driver.gpus()[i].uuid);
        if (temperature != slot.readings.end() && memory != slot.readings.end() && temperature->second.value == kNotRead && memory->second.value == kNotRead)
            frame.stuck.push_back(fmt::format("{} cannot be read: {}", gpu, temperature->second.why));
        else if (slot.unlistedSinceBootMs >= 0 && now - slot.unlistedSinceBootMs >= kLeastStaleMs)
            frame.stuck.push_back(fmt::format("the processes on {} cannot be read, {}: {}", gpu, slot.listedWallMs == 0 ? "and never were" : "those shown were there at " + formatUtc(slot.listedWallMs), slot.unlistedWhy));
    }
}

void GpuSampler::fill(TelemetryFrame& frame) {
    const std::lock_guard lock(m_mutex);
    const std::int64_t now = m_clock.bootMs();
    addColumns(frame, now);
    addTrouble(frame, now);
    const bool listed = std::all_of(m_slots.begin(), m_slots.end(), [](const Slot& slot) { return slot.clientsBootMs >= 0; });
    if (!listed || m_processesSent) return;
    frame.processes.emplace();
    for (const Slot& slot : m_slots)
        for (const Process& process : slot.processes)
            if (frame.processes->size() < kMaxProcessesPerNode) frame.processes->push_back(process);
    m_processesSent = true;
}

std::map<Metric, std::string> GpuSampler::unsupported() const {
    const std::lock_guard lock(m_mutex);
    std::map<Metric, std::string> reasons;
    for (const Slot& slot : m_slots)
        for (const auto& [metric, reading] : slot.readings)
            if (reading.value == kNotSupported) reasons[metric] = reading.why;
    return reasons;
}

} // namespace busbar::agent
