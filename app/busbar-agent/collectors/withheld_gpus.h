// GPUs of this machine that its container was not given: their XIDs stand in the same kernel log and say nothing of this node's.
#pragma once

#include <string>

namespace busbar::agent {

inline constexpr const char* kDriverFolder = "/proc/driver/nvidia"; ///< There where the driver runs in the kernel that is asked.

struct WithheldGpus {
    std::string driverFolder; ///< empty: no GPU counts as withheld
    std::string devices;      ///< what their device files begin with: "/dev/nvidia"
    bool masked = false;      ///< the folder shows only what was given, as NVIDIA's container library arranges it (a tmpfs over the kernel's own)

    /// As this process sees them.
    static WithheldGpus ofThisMachine(std::string devices);
    /// The driver has a GPU at `address` ("0000:18:00", of any case and function), and here is no device file for it. A GPU that fell off the
    /// bus keeps its file.
    bool has(const std::string& address) const;
};

} // namespace busbar::agent
