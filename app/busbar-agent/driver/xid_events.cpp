#include "busbar-agent/driver/xid_events.h"

#include "busbar-agent/driver/nvml_readings.h"

#include <algorithm>

namespace busbar::agent {
namespace {

constexpr int kMaxAtOnce = 64;

} // namespace

XidEvents::XidEvents(const NvmlApi& api, std::vector<nvml::Device> devices) : m_api(api), m_devices(std::move(devices)) {
    int code = nvml::kFunctionNotFound;
    const bool complete = api.eventSetCreate != nullptr && api.eventSetFree != nullptr && api.registerEvents != nullptr && (api.eventWait != nullptr || api.eventWaitV1 != nullptr);
    if (complete) code = api.eventSetCreate(&m_set);
    int registered = 0;
    for (const nvml::Device device : m_devices) {
        if (code != nvml::kSuccess && registered == 0 && m_set == nullptr) break;
        unsigned long long types = nvml::kEventXid;
        if (api.eventTypes != nullptr && (api.eventTypes(device, &types) != nvml::kSuccess || (types & nvml::kEventXid) == 0)) {
            code = nvml::kNotSupported;
            continue;
        }
        code = api.registerEvents(device, nvml::kEventXid, m_set);
        registered += code == nvml::kSuccess ? 1 : 0;
    }
    if (registered == 0) m_why = absl::UnimplementedError(fmt::format("the driver gives no XID events: {}", errorText(api, code == nvml::kSuccess ? static_cast<int>(nvml::kNotSupported) : code)));
}

XidEvents::~XidEvents() {
    if (m_set != nullptr) m_api.eventSetFree(m_set);
}

int XidEvents::waitOnce(nvml::EventData* event, unsigned timeoutMs) {
    if (m_api.eventWait != nullptr) return m_api.eventWait(m_set, event, timeoutMs);
    nvml::EventDataV1 old{};
    const int code = m_api.eventWaitV1(m_set, &old, timeoutMs);
    *event = {old.device, old.type, old.data, ~0U, ~0U};
    return code;
}

StatusOr<std::vector<GpuXid>> XidEvents::wait(int timeoutMs) {
    if (!m_why.ok()) return m_why;
    std::vector<GpuXid> xids;
    for (int i = 0; i < kMaxAtOnce; ++i) {
        nvml::EventData event{};
        const int code = waitOnce(&event, xids.empty() ? static_cast<unsigned>(timeoutMs) : 0);
        if (code == nvml::kTimeout) break;
        if (code != nvml::kSuccess) return unavailable("XID events cannot be waited for: {}", errorText(m_api, code));
        const auto device = std::find(m_devices.begin(), m_devices.end(), event.device);
        if (event.type != nvml::kEventXid || device == m_devices.end() || event.data == 0 || event.data > 65'000) continue;
        xids.push_back({static_cast<std::size_t>(device - m_devices.begin()), static_cast<int>(event.data)});
    }
    return xids;
}

} // namespace busbar::agent
