// XIDs of both sources as events, each once: the kernel log says more about a fault, the driver's events come also where the log cannot be
// read (a container, a simulated driver). An XID that only the driver told becomes an event after a short wait for the log's line.
// Interval: as they come; cost: a thread that sleeps in the driver. Thread-safe but for `merge`: one caller.
#pragma once

#include "base/clock.h"
#include "busbar-agent/collectors/xid_record.h"
#include "busbar-agent/driver/guarded_driver.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace busbar::agent {

class XidWatch {
public:
    /// How long the kernel log may be behind the driver's event, and how far the two may lie apart.
    static constexpr std::int64_t kWaitForLogMs = 2'000;
    static constexpr std::int64_t kSameFaultMs = 10'000;

    /// `driver` may be nullptr: then only the kernel's events pass. `record`, which outlives this, gets the XIDs of both as they come.
    XidWatch(GuardedDriver* driver, const Clock& clock, XidRecord& record);
    ~XidWatch(); ///< Waits for the driver's wait: at most half a second, or its limit.
    XidWatch(const XidWatch&) = delete;
    XidWatch& operator=(const XidWatch&) = delete;

    /// Why the driver tells none; OK while it does or is not asked yet.
    Status supported() const;
    /// The kernel's events as they are, and XIDs that only the driver told and whose wait is over.
    std::vector<FleetEvent> merge(std::vector<FleetEvent> fromKernel);

private:
    struct Told {
        int gpu = -1, xid = 0;
        std::int64_t bootMs = 0, wallMs = 0;
    };
    void listen();
    static FleetEvent eventOf(const Told& told);
    bool knownFromKernel(const Told& told) const;

    GuardedDriver* m_driver;
    const Clock& m_clock;
    XidRecord& m_record;
    std::vector<Told> m_fromKernel; ///< of the last kSameFaultMs; merge's own
    mutable std::mutex m_mutex;     ///< guards the four below
    std::condition_variable m_wake;
    bool m_stopping = false;
    Status m_supported;
    std::vector<Told> m_fromDriver;
    std::thread m_thread;
};

} // namespace busbar::agent
