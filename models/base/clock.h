// Time for programs: wall clock for people, monotonic for limits. Tests pass a FakeClock (tests/support).
// All functions are thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace busbar {

class Clock {
public:
    virtual ~Clock() = default;
    /// Milliseconds since 1970-01-01 UTC.
    virtual std::int64_t wallMs() const = 0;
    /// Milliseconds on CLOCK_BOOTTIME: monotonic, counts suspend, comparable between processes of one boot.
    virtual std::int64_t bootMs() const = 0;
};

/// The machine's clocks; lives for the whole program.
const Clock& systemClock();

/// "2026-11-24 01:43:07 UTC" of wall milliseconds.
std::string formatUtc(std::int64_t wallMs);

} // namespace busbar
