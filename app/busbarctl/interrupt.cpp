#include "busbarctl/interrupt.h"

#include <atomic>

namespace busbar::ctl {
namespace {

std::atomic<bool> flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

} // namespace

bool interrupted() { return flag; }

InterruptGuard::InterruptGuard() {
    flag = false;
    struct sigaction action {};
    action.sa_handler = [](int) { flag = true; };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &m_interrupt);
    sigaction(SIGTERM, &action, &m_terminate);
}

InterruptGuard::~InterruptGuard() {
    sigaction(SIGINT, &m_interrupt, nullptr);
    sigaction(SIGTERM, &m_terminate, nullptr);
}

} // namespace busbar::ctl
