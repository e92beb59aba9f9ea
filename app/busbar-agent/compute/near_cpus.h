// Copies between host and GPU go at full speed only from memory next to the GPU: on a machine of several sockets the thread that allocates
// pinned memory must run there.
#pragma once

#include "busbar-agent/compute/cuda_device.h"

#include <sched.h>

namespace busbar::agent {

/// Keeps the calling thread on the processors next to a GPU as long as it lives; does nothing where the kernel names none (a sandbox) or does
/// not let it. Main user: transfer tests.
class NearCpus {
public:
    explicit NearCpus(const CudaDevice& device);
    ~NearCpus();
    NearCpus(const NearCpus&) = delete;
    NearCpus& operator=(const NearCpus&) = delete;

    /// False: memory that is allocated now may lie anywhere, also across the sockets.
    bool isNear() const { return m_isNear; }

private:
    cpu_set_t m_before{};
    bool m_moved = false, m_isNear = false;
};

/// The processors next to a PCI device ("0000:1b:00.0"), read below `root`; empty where the kernel does not know. A virtual machine lists all of
/// its processors for a device whose place it was not told, and they may be anywhere in the host.
cpu_set_t cpusNear(const std::string& busId, const std::string& root = "");

/// "0-15,64-79" as a set; empty when it is no such list.
cpu_set_t parseCpuList(const std::string& text);

} // namespace busbar::agent
