#include "busbar-agent/collectors/gpu_sampler.h"

#include "busbar-agent/collectors/holders.h"
#include "busbar-agent/journal/keys.h"

#include <algorithm>

namespace busbar::agent {
namespace {

constexpr std::int64_t kClientsEveryMs = 1'000;
constexpr std::int64_t kStuckAfterMs = 5'000;

bool sameProcesses(const std::vector<Process>& a, const std::vector<Process>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Process& x, const Process& y) { return x.pid == y.pid && x.gpu == y.gpu && x.startTicks == y.startTicks && x.memoryMib == y.memoryMib; });
}

} // namespace

struct GpuSampler::Shared {
    GpuDriver& driver;
    Journal& journal;
    const Clock& clock;

    std::mutex mutex; // Guards all below.
    std::condition_variable wake;
    bool stopping = false;
    int periodMs = 1000;
    std::vector<GpuReadings> readings;
    std::vector<Process> processes;
    std::vector<std::int64_t> clientCounts;
    bool processesRead = false, processesSent = false;
    std::int64_t readingBegun = 0, clientsBegun = 0; // boot ms; 0: not in a driver call
    int running = 2;

    void readAll();
    void listAll();
    template <typename Work>
    void repeat(Work work, std::int64_t everyMs);
    void rememberBaselines(const std::vector<std::int64_t>& counts, std::vector<std::int64_t>& known);
};

template <typename Work>
void GpuSampler::Shared::repeat(Work work, std::int64_t everyMs) {
    std::unique_lock lock(mutex);
    while (!stopping) {
        lock.unlock();
        work();
        lock.lock();
        wake.wait_for(lock, std::chrono::milliseconds(everyMs > 0 ? everyMs : periodMs), [this] { return stopping; });
    }
    --running;
    wake.notify_all();
}

void GpuSampler::Shared::readAll() {
    {
        const std::lock_guard lock(mutex);
        readingBegun = clock.bootMs();
    }
    std::vector<GpuReadings> fresh;
    for (std::size_t slot = 0; slot < driver.gpus().size(); ++slot) fresh.push_back(driver.read(slot));
    const std::lock_guard lock(mutex);
    readings = std::move(fresh);
    readingBegun = 0;
}

void GpuSampler::Shared::listAll() {
    {
        const std::lock_guard lock(mutex);
        clientsBegun = clock.bootMs();
    }
    std::vector<Process> found;
    std::vector<std::int64_t> counts;
    for (std::size_t slot = 0; slot < driver.gpus().size(); ++slot) {
        const auto clients = driver.clients(slot);
        counts.push_back(clients.ok() ? static_cast<std::int64_t>(clients->size()) : kNotRead);
        if (!clients.ok()) continue;
        for (const DriverClient& client : *clients) {
            const ProcessFacts facts = factsOf(client.pid);
            if (found.size() < kMaxProcessesPerNode)
                found.push_back({client.pid, facts.startTicks, static_cast<int>(slot), facts.user, facts.visible ? facts.command : "(pid not visible)", client.kind, client.memoryMib, facts.startedWallMs});
        }
    }
    const std::lock_guard lock(mutex);
    if (!processesRead || !sameProcesses(found, processes)) processesSent = false;
    processes = std::move(found);
    clientCounts = std::move(counts);
    processesRead = true;
    clientsBegun = 0;
}

void GpuSampler::Shared::rememberBaselines(const std::vector<std::int64_t>& counts, std::vector<std::int64_t>& known) {
    known.resize(driver.gpus().size(), -1);
    for (std::size_t slot = 0; slot < counts.size(); ++slot) {
        if (counts[slot] != 0 || known[slot] >= 0) continue;
        const auto used = driver.memoryUsedMib(slot);
        // Only a first look is kept: memory that a crashed tenant left behind must not become the baseline.
        const std::string key = baselineKey(driver.gpus()[slot].uuid);
        const auto stored = journal.get(key);
        if (used.ok() && stored.ok() && !stored->has_value() && journal.put(key, std::to_string(*used)).ok()) known[slot] = *used;
        if (stored.ok() && stored->has_value()) known[slot] = 0;
    }
}

GpuSampler::GpuSampler(GpuDriver& driver, Journal& journal, const Clock& clock) : m_shared(new Shared{driver, journal, clock}) {
    m_readings = std::thread([shared = m_shared] { shared->repeat([&] { shared->readAll(); }, 0); });
    m_clients = std::thread([shared = m_shared, known = std::vector<std::int64_t>()]() mutable {
        shared->repeat(
            [&] {
                shared->listAll();
                shared->rememberBaselines(shared->clientCounts, known);
            },
            kClientsEveryMs);
    });
}

GpuSampler::~GpuSampler() {
    std::unique_lock lock(m_shared->mutex);
    m_shared->stopping = true;
    m_shared->wake.notify_all();
    const bool ended = m_shared->wake.wait_for(lock, std::chrono::seconds(2), [this] { return m_shared->running == 0; });
    lock.unlock();
    for (std::thread* thread : {&m_readings, &m_clients}) {
        if (ended)
            thread->join();
        else
            thread->detach();
    }
}

void GpuSampler::setPeriod(int milliseconds) {
    const std::lock_guard lock(m_shared->mutex);
    m_shared->periodMs = milliseconds;
}

void GpuSampler::forgetSent() {
    const std::lock_guard lock(m_shared->mutex);
    m_shared->processesSent = false;
}

void GpuSampler::fill(TelemetryFrame& frame) {
    const std::lock_guard lock(m_shared->mutex);
    const std::int64_t now = m_shared->clock.bootMs();
    const bool readingStuck = m_shared->readingBegun != 0 && now - m_shared->readingBegun > kStuckAfterMs;
    const bool clientsStuck = m_shared->clientsBegun != 0 && now - m_shared->clientsBegun > kStuckAfterMs;
    const auto since = [&](std::int64_t begun) { return formatUtc(m_shared->clock.wallMs() - (now - begun)); };
    if (readingStuck) frame.stuck.push_back("GPU readings: a driver call is stuck since " + since(m_shared->readingBegun));
    if (clientsStuck) frame.stuck.push_back("GPU clients: a driver call is stuck since " + since(m_shared->clientsBegun));
    const std::size_t gpus = m_shared->driver.gpus().size();
    if (!m_shared->readings.empty()) {
        for (const auto& [metric, first] : m_shared->readings.front()) {
            MetricColumn column{metric, {}};
            for (const GpuReadings& gpu : m_shared->readings) column.values.push_back(readingStuck ? kNotRead : std::min(gpu.at(metric).value, maxValue(metric)));
            frame.columns.push_back(std::move(column));
        }
    }
    if (m_shared->clientCounts.size() == gpus && gpus > 0) {
        frame.columns.push_back({Metric::processCount, m_shared->clientCounts});
        if (clientsStuck) std::fill(frame.columns.back().values.begin(), frame.columns.back().values.end(), kNotRead);
    }
    if (m_shared->processesRead && !m_shared->processesSent) {
        frame.processes = m_shared->processes;
        m_shared->processesSent = true;
    }
}

std::map<Metric, std::string> GpuSampler::unsupported() const {
    const std::lock_guard lock(m_shared->mutex);
    std::map<Metric, std::string> reasons;
    for (const GpuReadings& gpu : m_shared->readings)
        for (const auto& [metric, reading] : gpu)
            if (reading.value == kNotSupported) reasons[metric] = reading.why;
    return reasons;
}

} // namespace busbar::agent
