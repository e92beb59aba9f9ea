#include "busbar-agent/collectors/xid_watch.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace busbar::agent {
namespace {

constexpr int kWaitMs = 500;
constexpr std::size_t kMaxWaiting = 256;

} // namespace

XidWatch::XidWatch(GuardedDriver* driver, const Clock& clock, XidRecord& record) : m_driver(driver), m_clock(clock), m_record(record) {
    if (m_driver != nullptr) m_thread = std::thread([this] { listen(); });
}

XidWatch::~XidWatch() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    if (m_thread.joinable()) m_thread.join();
}

Status XidWatch::supported() const {
    const std::lock_guard lock(m_mutex);
    return m_supported;
}

void XidWatch::listen() {
    for (;;) {
        const auto xids = m_driver->waitForXids(kWaitMs);
        m_record.noteDriver(xids.status());
        std::unique_lock lock(m_mutex);
        m_supported = xids.status();
        if (xids.ok())
            for (const GpuXid& xid : *xids) {
                const Told told{static_cast<int>(xid.slot), xid.xid, m_clock.bootMs(), m_clock.wallMs()};
                m_record.note(eventOf(told));
                if (m_fromDriver.size() < kMaxWaiting) m_fromDriver.push_back(told);
            }
        if (m_stopping || absl::IsUnimplemented(m_supported)) return;
        // A driver that answers with an error is asked again, but not in a circle.
        if (!xids.ok()) m_wake.wait_for(lock, std::chrono::seconds(1), [this] { return m_stopping; });
    }
}

FleetEvent XidWatch::eventOf(const Told& told) {
    FleetEvent event;
    event.kind = EventKind::xid;
    event.gpu = told.gpu;
    event.xid = told.xid;
    event.severity = 2; // The controller's table says how bad it is.
    event.wallMs = told.wallMs;
    event.text = fmt::format("XID {} told by the driver's events", told.xid);
    return event;
}

bool XidWatch::knownFromKernel(const Told& told) const {
    return std::any_of(m_fromKernel.begin(), m_fromKernel.end(),
                       [&](const Told& kernel) { return kernel.gpu == told.gpu && kernel.xid == told.xid && std::abs(kernel.wallMs - told.wallMs) <= kSameFaultMs; });
}

std::vector<FleetEvent> XidWatch::merge(std::vector<FleetEvent> fromKernel) {
    const std::int64_t now = m_clock.bootMs();
    for (const FleetEvent& event : fromKernel) m_record.note(event);
    for (const FleetEvent& event : fromKernel)
        if (event.kind == EventKind::xid) m_fromKernel.push_back({event.gpu, event.xid, now, event.wallMs});
    std::erase_if(m_fromKernel, [now](const Told& told) { return now - told.bootMs > kSameFaultMs; });
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_fromDriver, [&](const Told& told) {
        if (knownFromKernel(told)) return true;
        if (now - told.bootMs < kWaitForLogMs) return false;
        fromKernel.push_back(eventOf(told));
        return true;
    });
    return fromKernel;
}

} // namespace busbar::agent
