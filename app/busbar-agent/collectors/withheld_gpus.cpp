#include "busbar-agent/collectors/withheld_gpus.h"

#include "busbar-agent/collectors/driver_message.h"
#include "busbar-agent/collectors/sysfs.h"

#include <absl/strings/ascii.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <sstream>
#include <unistd.h>

namespace busbar::agent {
namespace {

/// "3" of the line "Device Minor: \t 3"; empty when the driver does not say.
std::string minorIn(const std::string& information) {
    std::istringstream lines(information);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("Device Minor:")) return std::string(absl::StripAsciiWhitespace(line.substr(line.find(':') + 1)));
    return {};
}

} // namespace

WithheldGpus WithheldGpus::ofThisMachine(std::string devices) {
    struct statfs info {};
    const bool masked = statfs(kDriverFolder, &info) == 0 && info.f_type == TMPFS_MAGIC;
    return {kDriverFolder, std::move(devices), masked};
}

bool WithheldGpus::has(const std::string& address) const {
    const std::string gpus = driverFolder + "/gpus", wanted = pciPlace(address);
    if (driverFolder.empty() || wanted.empty() || access(gpus.c_str(), F_OK) != 0) return false;
    const std::vector<std::string> listed = entries(gpus);
    const auto found = std::ranges::find_if(listed, [&](const std::string& entry) { return pciPlace(entry) == wanted; });
    if (found == listed.end()) return masked;
    const std::string minor = minorIn(wholeFile(gpus + "/" + *found + "/information"));
    return !minor.empty() && access((devices + minor).c_str(), F_OK) != 0;
}

} // namespace busbar::agent
