#include "busbar-agent/compute/near_cpus.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <array>
#include <fstream>
#include <set>

namespace busbar::agent {
namespace {

std::string firstLineOf(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// One socket of a real machine: every place in it is next to every device.
bool isOneSocket(const std::string& root) {
    std::ifstream info(root + "/proc/cpuinfo");
    std::set<std::string> sockets;
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("physical id")) sockets.insert(line);
        if (line.starts_with("flags") && line.find(" hypervisor") != std::string::npos) return false;
    }
    return sockets.size() == 1;
}

} // namespace

cpu_set_t parseCpuList(const std::string& text) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const auto part : absl::StrSplit(absl::StripAsciiWhitespace(text), ',', absl::SkipEmpty())) {
        const std::vector<std::string> ends = absl::StrSplit(part, '-');
        int first = 0, last = 0;
        if (ends.size() > 2 || !absl::SimpleAtoi(ends.front(), &first) || !absl::SimpleAtoi(ends.back(), &last) || first < 0 || last < first || last >= CPU_SETSIZE) {
            CPU_ZERO(&set);
            return set;
        }
        for (int cpu = first; cpu <= last; ++cpu) CPU_SET(static_cast<std::size_t>(cpu), &set);
    }
    return set;
}

cpu_set_t cpusNear(const std::string& busId, const std::string& root) {
    const std::string device = root + "/sys/bus/pci/devices/" + absl::AsciiStrToLower(busId);
    int node = -1;
    const bool isPlaced = absl::SimpleAtoi(firstLineOf(device + "/numa_node"), &node) && node >= 0;
    return parseCpuList(isPlaced || isOneSocket(root) ? firstLineOf(device + "/local_cpulist") : std::string());
}

NearCpus::NearCpus(const CudaDevice& device) {
    std::array<char, 32> busId{};
    const CudaApi& api = device.api();
    m_isNear = api.simulated; // A simulated GPU is nowhere.
    if (api.deviceBusId == nullptr || api.deviceBusId(busId.data(), static_cast<int>(busId.size()), device.handle()) != cuda::kSuccess) return;
    const cpu_set_t near = cpusNear(busId.data());
    if (CPU_COUNT(&near) == 0 || sched_getaffinity(0, sizeof m_before, &m_before) != 0) return;
    m_isNear = m_moved = sched_setaffinity(0, sizeof near, &near) == 0;
}

NearCpus::~NearCpus() {
    if (m_moved) sched_setaffinity(0, sizeof m_before, &m_before);
}

} // namespace busbar::agent
