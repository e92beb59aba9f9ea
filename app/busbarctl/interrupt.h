// Ctrl-C, or a SIGTERM, as a question: a command that waits ends well instead of being cut off. Main thread; one guard at a time.
#pragma once

#include <csignal>

namespace busbar::ctl {

/// True once the person interrupted since the guard was made. Any thread.
bool interrupted();

/// The two signals only set a flag as long as this lives; afterwards they do what they did.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    struct sigaction m_interrupt {}, m_terminate {};
};

} // namespace busbar::ctl
