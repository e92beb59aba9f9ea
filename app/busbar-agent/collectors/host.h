// This machine by /sys, /proc and /etc: who it is and what is in it (Inventory), and its load (HostSample). What cannot be read stays
// empty or -1; nothing here is fatal. Stateless but for the CPU counters of HostLoad.
#pragma once

#include "domain/node.h"

#include <cstdint>

namespace busbar::agent {

/// Everything but GPUs and driver. Reads a few hundred small files: milliseconds.
Inventory readHost();

/// Not thread-safe: one per sampling thread.
class HostLoad {
public:
    HostSample sample();

private:
    std::uint64_t m_busy = 0, m_total = 0;
};

} // namespace busbar::agent
