// This machine by /sys, /proc and /etc: who it is and what is in it (Inventory), and its load (HostSample). What cannot be read stays
// empty or -1 and is named with its reason in Inventory::provenance; nothing here is fatal. Stateless but for the CPU counters of HostLoad.
// `root` stands before all paths: tests give a folder.
#pragma once

#include "domain/node.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace busbar::agent {

/// Everything but GPUs and driver. Reads a few hundred small files: milliseconds.
Inventory readHost(const std::string& root = "");

/// PCI addresses of the NVIDIA GPUs on its bus, whether a driver has them or not.
std::vector<std::string> nvidiaGpusOf(const Inventory& inventory);

/// Not thread-safe: one per sampling thread.
class HostLoad {
public:
    explicit HostLoad(std::string root = "") : m_root(std::move(root)) {}
    HostSample sample();

private:
    std::string m_root;
    std::uint64_t m_busy = 0, m_total = 0;
};

} // namespace busbar::agent
