// A driver whose calls always come back: each GPU has a lane, a thread of its own that makes the calls; a call that does not return
// within its limit is answered with an error, and so is every later one on that lane until the driver lets go (XID 79 makes calls hang).
// Only that GPU is affected; the others' lanes go on. Thread-safe.
#pragma once

#include "base/clock.h"
#include "busbar-agent/driver/gpu_driver.h"

#include <memory>
#include <string>
#include <vector>

namespace busbar::agent {

class GuardedDriver final : public GpuDriver {
public:
    static constexpr std::int64_t kLimitMs = 2'000;

    GuardedDriver(std::shared_ptr<GpuDriver> driver, const Clock& clock, std::int64_t limitMs = kLimitMs);
    /// Ends the lanes; a hanging one is left behind with its driver, which it keeps.
    ~GuardedDriver() override;

    /// "GPU 3 (GPU-uuid): a driver call is stuck since 2026-11-24 01:43:07 UTC" for each lane that hangs.
    std::vector<std::string> stuck() const;

    const std::string& description() const override { return m_driver->description(); }
    bool simulated() const override { return m_driver->simulated(); }
    const std::vector<GpuIdentity>& gpus() const override { return m_driver->gpus(); }
    GpuReadings read(std::size_t slot, Depth depth) const override;
    StatusOr<std::vector<DriverClient>> clients(std::size_t slot) const override;
    StatusOr<std::int64_t> memoryUsedMib(std::size_t slot) const override;
    StatusOr<unsigned> computeMode(std::size_t slot) const override;
    Status setComputeMode(std::size_t slot, unsigned mode) override;
    StatusOr<std::int64_t> readSetting(std::size_t slot, Setting setting) const override;
    Status writeSetting(std::size_t slot, Setting setting, std::int64_t value) override;
    SettingLimits settingLimits(std::size_t slot) const override;
    StatusOr<std::vector<GpuXid>> waitForXids(int timeoutMs) override;

private:
    class Lane;
    template <typename Result, typename Call>
    Result on(std::size_t lane, std::int64_t limitMs, Call call) const;
    Status stuckOn(std::size_t lane) const;

    std::shared_ptr<GpuDriver> m_driver;
    const Clock& m_clock;
    const std::int64_t m_limitMs;
    std::vector<std::shared_ptr<Lane>> m_lanes; ///< a GPU each, and one for events
};

} // namespace busbar::agent
