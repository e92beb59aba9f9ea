#include "busbar-agent/driver/gpm_meter.h"

#include "busbar-agent/driver/nvml_readings.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace busbar::agent {
namespace {

constexpr std::int64_t kLeastApartMs = 100;

} // namespace

GpmMeter::GpmMeter(const NvmlApi& api, nvml::Device device) : m_api(api), m_device(device) {
    if (api.gpmSupport == nullptr || api.gpmSampleAlloc == nullptr || api.gpmSampleFree == nullptr || api.gpmSampleGet == nullptr || api.gpmMetrics == nullptr) {
        m_last = failed(nvml::kFunctionNotFound);
        return;
    }
    nvml::GpmSupport support{nvml::kGpmSupportVersion, 0};
    int code = api.gpmSupport(device, &support);
    if (code == nvml::kSuccess && support.isSupported == 0) code = nvml::kNotSupported;
    for (nvml::GpmSample* sample : {&m_before, &m_now})
        if (code == nvml::kSuccess) code = api.gpmSampleAlloc(sample);
    m_supported = code == nvml::kSuccess;
    m_last = m_supported ? GpuReading{kNotRead, "the first sample has none before it"} : failed(code);
}

GpmMeter::~GpmMeter() {
    for (const nvml::GpmSample sample : {m_before, m_now})
        if (sample != nullptr) m_api.gpmSampleFree(sample);
}

GpuReading GpmMeter::failed(int code) {
    return {isLacking(code) ? kNotSupported : kNotRead, errorText(m_api, code)};
}

GpuReading GpmMeter::smActive(std::int64_t nowBootMs) {
    if (!m_supported || (m_beforeBootMs >= 0 && nowBootMs - m_beforeBootMs < kLeastApartMs)) return m_last;
    return m_last = between(nowBootMs);
}

GpuReading GpmMeter::between(std::int64_t nowBootMs) {
    if (const int code = m_api.gpmSampleGet(m_device, m_now); code != nvml::kSuccess) {
        m_beforeBootMs = -1;
        return failed(code);
    }
    const bool first = m_beforeBootMs < 0;
    const auto request = std::make_unique<nvml::GpmMetricsGet>();
    request->version = nvml::kGpmMetricsVersion;
    request->count = 1;
    request->first = m_before;
    request->second = m_now;
    request->metrics[0].id = nvml::kGpmSmActive;
    const int code = first ? static_cast<int>(nvml::kSuccess) : m_api.gpmMetrics(request.get());
    std::swap(m_before, m_now);
    m_beforeBootMs = nowBootMs;
    if (first) return m_last;
    if (code != nvml::kSuccess || request->metrics[0].nvmlReturn != nvml::kSuccess) return failed(code != nvml::kSuccess ? code : request->metrics[0].nvmlReturn);
    const double percent = request->metrics[0].value;
    if (!std::isfinite(percent)) return {kNotRead, "GPM gave no number"};
    return {std::clamp<std::int64_t>(std::lround(percent), 0, 100), {}};
}

} // namespace busbar::agent
