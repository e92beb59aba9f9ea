#include "base/clock.h"

#include <fmt/format.h>

#include <ctime>

namespace busbar {
namespace {

std::int64_t readMs(clockid_t id) {
    timespec now{};
    clock_gettime(id, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

class SystemClock final : public Clock {
public:
    std::int64_t wallMs() const override { return readMs(CLOCK_REALTIME); }
    std::int64_t bootMs() const override { return readMs(CLOCK_BOOTTIME); }
};

} // namespace

const Clock& systemClock() {
    static const SystemClock clock;
    return clock;
}

std::string formatUtc(std::int64_t wallMs) {
    const std::time_t seconds = wallMs / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

} // namespace busbar
