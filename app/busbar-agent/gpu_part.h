// What of the agent hangs on a driver: the guarded driver and the sampler that reads it. Made when a driver is there, which may be after the
// start; shared by the agent's loop and the link's threads. Thread-safe.
#pragma once

#include "busbar-agent/collectors/gpu_sampler.h"
#include "busbar-agent/driver/guarded_driver.h"
#include "busbar-agent/journal/journal.h"

#include <algorithm>
#include <memory>
#include <mutex>

namespace busbar::agent {

struct GpuPart {
    GpuPart(std::shared_ptr<GpuDriver> gpuDriver, Journal& journal, const Clock& clock) : driver(std::move(gpuDriver), clock), sampler(driver, journal, clock) {}
    GuardedDriver driver;
    GpuSampler sampler;
    const SettingLimits limits = limitsOf(driver); ///< read once: what a device supports does not change while its driver runs

private:
    /// Of the whole node: what one GPU lacks, a lease of all cannot have.
    static SettingLimits limitsOf(const GuardedDriver& driver) {
        SettingLimits node;
        for (std::size_t slot = 0; slot < driver.gpus().size(); ++slot) {
            const SettingLimits one = driver.settingLimits(slot);
            node.unsupported.insert(one.unsupported.begin(), one.unsupported.end());
            narrow(one.powerMinWatts, one.powerMaxWatts, node.powerMinWatts, node.powerMaxWatts);
            narrow(one.clockMinMhz, one.clockMaxMhz, node.clockMinMhz, node.clockMaxMhz);
        }
        return node;
    }
    static void narrow(std::int64_t low, std::int64_t high, std::int64_t& lowest, std::int64_t& highest) {
        lowest = std::max(lowest, low);
        if (high > 0) highest = highest == 0 ? high : std::min(highest, high);
    }
};

class GpuPartHolder {
public:
    /// nullptr: no driver (yet).
    std::shared_ptr<GpuPart> get() const {
        const std::lock_guard lock(m_mutex);
        return m_part;
    }
    void set(std::shared_ptr<GpuPart> part) {
        const std::lock_guard lock(m_mutex);
        m_part = std::move(part);
    }

private:
    mutable std::mutex m_mutex; ///< guards m_part
    std::shared_ptr<GpuPart> m_part;
};

} // namespace busbar::agent
