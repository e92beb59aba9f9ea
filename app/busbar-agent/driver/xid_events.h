// XIDs as NVML tells them (event set, type XidCriticalError): the source where the kernel log cannot be read. Not thread-safe.
#pragma once

#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_api.h"

namespace busbar::agent {

class XidEvents {
public:
    /// Registers for every device that supports it; errors show in wait().
    XidEvents(const NvmlApi& api, std::vector<nvml::Device> devices);
    ~XidEvents();
    XidEvents(const XidEvents&) = delete;
    XidEvents& operator=(const XidEvents&) = delete;

    /// Blocks up to `timeoutMs`. Unimplemented: the driver has no such events, with its words.
    StatusOr<std::vector<GpuXid>> wait(int timeoutMs);

private:
    int waitOnce(nvml::EventData* event, unsigned timeoutMs);

    const NvmlApi& m_api;
    std::vector<nvml::Device> m_devices;
    nvml::EventSet m_set = nullptr;
    Status m_why;
};

} // namespace busbar::agent
