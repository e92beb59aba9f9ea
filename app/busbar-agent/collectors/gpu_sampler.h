// Reads the GPUs on threads of their own, so that a hanging driver call (XID 79 does that) stops only its own collector: one for
// readings, one for clients. The latest values are taken without waiting; a collector that does not come back is `stuck since`.
// Thread-safe.
#pragma once

#include "base/clock.h"
#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/journal/journal.h"
#include "domain/telemetry.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace busbar::agent {

class GpuSampler {
public:
    /// `driver` and `journal` outlive the sampler. The journal keeps each GPU's memory in use while it had no clients (the baseline).
    GpuSampler(GpuDriver& driver, Journal& journal, const Clock& clock);
    ~GpuSampler(); ///< Waits 2 s for its threads, then leaves a hanging one behind: the process is ending.
    GpuSampler(const GpuSampler&) = delete;
    GpuSampler& operator=(const GpuSampler&) = delete;

    void setPeriod(int milliseconds);
    /// Adds columns, processes (when they changed since the last frame) and `stuck` sentences.
    void fill(TelemetryFrame& frame);
    /// The next frame carries the process list even if unchanged (a new session).
    void forgetSent();
    /// Why a metric is not supported, from the first reading.
    std::map<Metric, std::string> unsupported() const;

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared; ///< also held by the threads, so that a hanging one never touches freed memory
    std::thread m_readings, m_clients;
};

} // namespace busbar::agent
