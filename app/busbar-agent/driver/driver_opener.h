// Opens the NVIDIA driver on a thread of its own, because opening can hang as any call can, and tries again while there is none: it may
// be installed or loaded later. Thread-safe.
#pragma once

#include "base/clock.h"
#include "busbar-agent/driver/gpu_driver.h"

#include <functional>
#include <memory>
#include <string>

namespace busbar::agent {

class DriverOpener {
public:
    using Open = std::function<StatusOr<std::unique_ptr<GpuDriver>>()>;
    static constexpr std::int64_t kAgainMs = 30'000;
    static constexpr std::int64_t kSoonMs = 2'000;     ///< instead, for the first minute after a driver that is there did not come up: it may just be loading
    static constexpr std::int64_t kSoonForMs = 60'000;
    static constexpr std::int64_t kComesMs = 60'000; ///< An opening that takes longer hangs. Eight GPUs that nobody held take half a minute.

    DriverOpener(Open open, const Clock& clock, std::int64_t againMs = kAgainMs);
    ~DriverOpener(); ///< Leaves an opening that hangs behind.
    DriverOpener(const DriverOpener&) = delete;
    DriverOpener& operator=(const DriverOpener&) = delete;

    /// The driver, once, when it is open; waits up to `waitMs` for the first try.
    std::unique_ptr<GpuDriver> take(std::int64_t waitMs);
    /// It is being opened and does not hang, is tried again soon, or is open: whoever needs it may wait until it is handed out. False where there
    /// is no driver, and where it fails for longer.
    bool isComing() const;
    /// Why there is none: "no NVIDIA driver: libnvidia-ml.so.1 not found", or that opening it is stuck since when.
    std::string why() const;

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
};

} // namespace busbar::agent
