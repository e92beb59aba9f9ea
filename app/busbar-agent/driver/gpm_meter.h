// SM activity of one GPU by GPM (Hopper and newer): computed between this call's sample and the one before, at least 100 ms apart as NVML
// asks. Not thread-safe: one caller at a time.
#pragma once

#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_api.h"

namespace busbar::agent {

class GpmMeter {
public:
    GpmMeter(const NvmlApi& api, nvml::Device device);
    ~GpmMeter();
    GpmMeter(const GpmMeter&) = delete;
    GpmMeter& operator=(const GpmMeter&) = delete;

    /// % of SM cycles active since the last call, or why there is none.
    GpuReading smActive(std::int64_t nowBootMs);

private:
    GpuReading failed(int code);
    GpuReading between(std::int64_t nowBootMs);

    const NvmlApi& m_api;
    nvml::Device m_device;
    GpuReading m_last;
    bool m_supported = false;
    nvml::GpmSample m_before = nullptr, m_now = nullptr;
    std::int64_t m_beforeBootMs = -1; ///< -1: no sample yet
};

} // namespace busbar::agent
