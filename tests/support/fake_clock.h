// A clock that stands still until a test moves it. Thread-safe.
#pragma once

#include "base/clock.h"

#include <atomic>

namespace busbar::test {

class FakeClock final : public Clock {
public:
    explicit FakeClock(std::int64_t wallMs = 1'795'000'000'000) : m_wallMs(wallMs) {}
    std::int64_t wallMs() const override { return m_wallMs; }
    std::int64_t bootMs() const override { return m_bootMs; }

    /// Both clocks go on.
    void advance(std::int64_t ms) {
        m_wallMs += ms;
        m_bootMs += ms;
    }
    /// Somebody set the wall clock.
    void setWall(std::int64_t wallMs) { m_wallMs = wallMs; }

private:
    std::atomic<std::int64_t> m_wallMs;
    std::atomic<std::int64_t> m_bootMs{1'000'000};
};

} // namespace busbar::test
