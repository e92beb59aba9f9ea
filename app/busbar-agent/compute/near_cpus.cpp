#include "busbar-agent/compute/near_cpus.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <array>
#include <fstream>

namespace busbar::agent {

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

NearCpus::NearCpus(const CudaDevice& device) {
    std::array<char, 32> busId{};
    const CudaApi& api = device.api();
    m_isNear = api.simulated; // A simulated GPU is nowhere.
    if (api.deviceBusId == nullptr || api.deviceBusId(busId.data(), static_cast<int>(busId.size()), device.handle()) != cuda::kSuccess) return;
    std::ifstream file("/sys/bus/pci/devices/" + absl::AsciiStrToLower(busId.data()) + "/local_cpulist");
    std::string list;
    std::getline(file, list);
    const cpu_set_t near = parseCpuList(list);
    if (CPU_COUNT(&near) == 0 || sched_getaffinity(0, sizeof m_before, &m_before) != 0) return;
    m_isNear = m_moved = sched_setaffinity(0, sizeof near, &near) == 0;
}

NearCpus::~NearCpus() {
    if (m_moved) sched_setaffinity(0, sizeof m_before, &m_before);
}

} // namespace busbar::agent
