// Reads the GPUs: measured values at the sampling period (counters, links and settings at most once a second), clients each second. Cost:
// about 30 driver calls a GPU for all of it, 10 for the fast part. Each GPU is read on its lane of the guarded driver: one that hangs costs
// the others one pause of the driver's limit, then they go on. Values older than three periods read as not read. Thread-safe.
#pragma once

#include "base/clock.h"
#include "busbar-agent/collectors/holders.h"
#include "busbar-agent/driver/guarded_driver.h"
#include "busbar-agent/journal/journal.h"
#include "domain/telemetry.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace busbar::agent {

class GpuSampler {
public:
    /// `driver`, `journal` and `clock` outlive the sampler. The journal keeps each GPU's memory in use while it had no clients (the baseline).
    GpuSampler(GuardedDriver& driver, Journal& journal, const Clock& clock, std::string devices = kDevices);
    ~GpuSampler(); ///< Waits for a driver call that is under way: at most its limit.
    GpuSampler(const GpuSampler&) = delete;
    GpuSampler& operator=(const GpuSampler&) = delete;

    void setPeriod(int milliseconds);
    /// Adds columns, processes (when they changed since the last frame) and what cannot be read: "GPU 3 (…): a driver call is stuck since …".
    void fill(TelemetryFrame& frame);
    /// The next frame carries the process list even if unchanged (a new session).
    void forgetSent();
    /// Why a metric is not supported, from the readings so far.
    std::map<Metric, std::string> unsupported() const;

private:
    struct Slot {
        GpuReadings readings;
        std::int64_t readBootMs = -1, allBootMs = -1; ///< -1: never
        std::int64_t clients = kNotRead, clientsBootMs = -1;
        std::vector<Process> processes;          ///< as last read, less those that have ended since
        std::int64_t listedWallMs = 0;           ///< when that was; 0: never
        std::int64_t unlistedSinceBootMs = -1;   ///< they cannot be read since; -1: they can
        std::string unlistedWhy;
        bool baselineKnown = false;
    };

    template <typename Work>
    void repeat(Work work, bool everySecond);
    void readSlot(std::size_t slot);
    void listSlot(std::size_t slot);
    void keepList(std::size_t slot, const Status& why);
    void rememberBaseline(std::size_t slot);
    void addColumns(TelemetryFrame& frame, std::int64_t now) const;
    void addTrouble(TelemetryFrame& frame, std::int64_t now) const;

    GuardedDriver& m_driver;
    Journal& m_journal;
    const Clock& m_clock;
    const std::string m_devices;
    mutable std::mutex m_mutex; ///< guards all below but the threads
    std::condition_variable m_wake;
    bool m_stopping = false;
    int m_periodMs = 1'000;
    std::vector<Slot> m_slots;
    bool m_processesSent = false;
    std::thread m_readings, m_clients;
};

} // namespace busbar::agent
