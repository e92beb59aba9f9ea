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

    /// "GPU 3 (GPU-uuid): a driver call is stuck since 2026-11-24 01:43:07 UTC" for each lane that hangs; not for events that never came through.
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
    Status answers(std::size_t slot) const override;
    StatusOr<int> migInstances(std::size_t slot) const override;
    StatusOr<MigMode> migMode(std::size_t slot) const override;
    StatusOr<MigLayout> migLayout(std::size_t slot) const override;
    Status destroyMigInstances(std::size_t slot) override;
    StatusOr<bool> draining(std::size_t slot) const override;
    Status setDraining(std::size_t slot, bool on) override;
    StatusOr<std::string> resetTool() const override { return m_driver->resetTool(); }
    /// Ends what runs on every lane first; while one hangs the driver cannot be given up, and the lanes go on. Until resume every call is
    /// answered with a sentence at once.
    Status suspend() override;
    /// The lanes go on also when GPUs are missing; not when the driver itself does not come back.
    Status resume() override;

private:
    class Lane;
    template <typename Result, typename Call>
    Result on(std::size_t lane, std::int64_t limitMs, Call call) const;
    Status stuckOn(std::size_t lane) const;

    std::shared_ptr<GpuDriver> m_driver;
    const Clock& m_clock;
    const std::int64_t m_limitMs;
    std::vector<std::shared_ptr<Lane>> m_lanes; ///< a GPU each, one for events, one for suspend and resume
    std::size_t events() const { return m_lanes.size() - 2; }
    std::size_t control() const { return m_lanes.size() - 1; }
};

} // namespace busbar::agent
