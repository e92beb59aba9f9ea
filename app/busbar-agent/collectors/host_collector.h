// Reads this machine on a thread of its own: load and temperatures each second, what is in it every half minute. A file of /sys that hangs
// (a bad sensor bus does that) stops only this collector, which is then `stuck since`. Cost: about 20 small files a second. Thread-safe.
#pragma once

#include "base/clock.h"
#include "busbar-agent/collectors/host.h"
#include "domain/telemetry.h"

#include <cstdint>
#include <memory>
#include <string>

namespace busbar::agent {

class HostCollector {
public:
    static constexpr std::int64_t kStuckAfterMs = 5'000;

    /// Reads the inventory once before it returns. `root` stands before /sys, /proc and /etc: tests give a folder.
    explicit HostCollector(const Clock& clock, std::string root = "");
    ~HostCollector(); ///< Leaves a hanging read behind: it shares nothing that ends with us.
    HostCollector(const HostCollector&) = delete;
    HostCollector& operator=(const HostCollector&) = delete;

    Inventory inventory() const;
    /// Sets the frame's host sample; adds to its `stuck` when the collector hangs.
    void fill(TelemetryFrame& frame) const;

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
};

} // namespace busbar::agent
