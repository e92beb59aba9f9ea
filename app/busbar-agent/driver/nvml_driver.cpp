#include "base/clock.h"
#include "busbar-agent/driver/gpm_meter.h"
#include "busbar-agent/driver/gpu_driver.h"
#include "busbar-agent/driver/nvml_api.h"
#include "busbar-agent/driver/nvml_readings.h"
#include "busbar-agent/driver/nvml_maintenance.h"
#include "busbar-agent/driver/nvml_mig.h"
#include "busbar-agent/driver/nvml_settings.h"
#include "busbar-agent/driver/xid_events.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>
#include <utility>

namespace busbar::agent {
namespace {

constexpr unsigned kMaxClients = 1024;
constexpr std::int64_t kMib = 1024 * 1024;

std::string textOf(int (*get)(nvml::Device, char*, unsigned), nvml::Device device) {
    std::array<char, 128> text{};
    if (get == nullptr || get(device, text.data(), text.size() - 1) != nvml::kSuccess) return {};
    return text.data();
}

class NvmlDriver final : public GpuDriver {
public:
    explicit NvmlDriver(NvmlApi api) : m_api(std::move(api)) {}
    ~NvmlDriver() override {
        m_gpus.clear();
        m_devices.clear();
        m_xids.reset();
        shutDown();
    }
    NvmlDriver(const NvmlDriver&) = delete;
    NvmlDriver& operator=(const NvmlDriver&) = delete;

    Status start() {
        if (const int code = m_api.init(); code != nvml::kSuccess) return unavailable("the NVIDIA driver does not answer: {}", errorText(m_api, code));
        m_initialised = true;
        std::array<char, 96> version{};
        if (m_api.driverVersion == nullptr || m_api.driverVersion(version.data(), version.size() - 1) != nvml::kSuccess) version = {"of unknown version"};
        m_description = fmt::format("{}NVML {}", m_api.simulated ? "simulated " : "", version.data());
        return findDevices();
    }

    const std::string& description() const override { return m_description; }
    bool simulated() const override { return m_api.simulated; }
    const std::vector<GpuIdentity>& gpus() const override { return m_gpus; }
    GpuReadings read(std::size_t slot, Depth depth) const override {
        const Gpu& gpu = *m_devices.at(slot);
        GpuReadings readings = readGpu(m_api, gpu.device, depth);
        const std::lock_guard lock(gpu.mutex);
        readings[Metric::smActive] = gpu.meter->smActive(systemClock().bootMs());
        return readings;
    }

    StatusOr<std::vector<DriverClient>> clients(std::size_t slot) const override {
        std::vector<DriverClient> clients;
        const nvml::Device device = deviceAt(slot);
        for (const Status& status :
             {append(m_api.computeProcesses, "compute", device, clients), append(m_api.computeProcessesV1, "compute", device, clients), append(m_api.graphicsProcesses, "graphics", device, clients),
              append(m_api.graphicsProcessesV1, "graphics", device, clients), append(m_api.mpsProcesses, "mps", device, clients)})
            if (!status.ok()) return status;
        return clients;
    }

    StatusOr<std::int64_t> memoryUsedMib(std::size_t slot) const override {
        nvml::Memory memory{};
        const int code = m_api.memoryInfo == nullptr ? nvml::kFunctionNotFound : m_api.memoryInfo(deviceAt(slot), &memory);
        if (code != nvml::kSuccess) return unavailable("memory of {} cannot be read: {}", m_gpus.at(slot).uuid, errorText(m_api, code));
        // The older call counts what the driver reserves for itself as used; the newer one tells it apart.
        nvml::MemoryV2 second{};
        second.version = nvml::kMemoryV2;
        if (m_api.memoryInfoV2 != nullptr && m_api.memoryInfoV2(deviceAt(slot), &second) == nvml::kSuccess) return static_cast<std::int64_t>(second.used) / kMib;
        return static_cast<std::int64_t>(memory.used) / kMib;
    }

    StatusOr<unsigned> computeMode(std::size_t slot) const override {
        unsigned mode = 0;
        const int code = m_api.computeMode == nullptr ? nvml::kFunctionNotFound : m_api.computeMode(deviceAt(slot), &mode);
        if (code != nvml::kSuccess) return unavailable("compute mode of {} cannot be read: {}", m_gpus.at(slot).uuid, errorText(m_api, code));
        return mode;
    }

    Status setComputeMode(std::size_t slot, unsigned mode) override {
        const int code = m_api.setComputeMode == nullptr ? nvml::kFunctionNotFound : m_api.setComputeMode(deviceAt(slot), mode);
        if (code == nvml::kSuccess) return absl::OkStatus();
        return unavailable("compute mode of {} cannot be set to {}: {}", m_gpus.at(slot).uuid, computeModeName(mode), errorText(m_api, code));
    }

    StatusOr<std::int64_t> readSetting(std::size_t slot, Setting setting) const override { return agent::readSetting(m_api, m_devices.at(slot)->device, setting); }
    Status writeSetting(std::size_t slot, Setting setting, std::int64_t value) override { return agent::writeSetting(m_api, m_devices.at(slot)->device, setting, value); }
    SettingLimits settingLimits(std::size_t slot) const override {
        SettingLimits limits;
        for (const Setting setting : kSettings)
            if (const Status able = supports(m_api, deviceAt(slot), setting); absl::IsUnimplemented(able)) limits.unsupported[nameOf(setting)] = fmt::format("{}: {}", m_gpus.at(slot).uuid, sentenceOf(able));
        if (const auto range = powerLimitRange(m_api, deviceAt(slot)); range.ok()) std::tie(limits.powerMinWatts, limits.powerMaxWatts) = *range;
        if (const auto range = lockedClockRange(m_api, deviceAt(slot)); range.ok()) std::tie(limits.clockMinMhz, limits.clockMaxMhz) = *range;
        return limits;
    }
    Status answers(std::size_t slot) const override {
        const nvml::Device device = deviceAt(slot);
        return device == nullptr ? unavailable("no GPU with UUID {} is there any more", m_gpus.at(slot).uuid) : agent::answers(m_api, device);
    }
    StatusOr<int> migInstances(std::size_t slot) const override { return agent::migInstances(m_api, deviceAt(slot)); }
    StatusOr<MigMode> migMode(std::size_t slot) const override { return agent::migMode(m_api, deviceAt(slot)); }
    StatusOr<MigLayout> migLayout(std::size_t slot) const override { return agent::migLayout(m_api, deviceAt(slot)); }
    Status destroyMigInstances(std::size_t slot) override { return agent::destroyMigInstances(m_api, deviceAt(slot)); }
    StatusOr<bool> draining(std::size_t slot) const override { return agent::draining(m_api, deviceAt(slot)); }
    Status setDraining(std::size_t slot, bool on) override { return agent::setDraining(m_api, deviceAt(slot), on); }
    StatusOr<std::string> resetTool() const override { return agent::resetTool(m_api); }

    Status suspend() override {
        m_xids.reset();
        for (const auto& gpu : m_devices) {
            gpu->meter.reset();
            gpu->device = nullptr;
        }
        shutDown();
        return absl::OkStatus();
    }

    // Slots and identities stay as they are, so that whoever holds a slot still means the same GPU.
    Status resume() override {
        if (const int code = m_api.init(); code != nvml::kSuccess) return internal("the NVIDIA driver does not come back: {}", errorText(m_api, code));
        m_initialised = true;
        unsigned count = 0;
        if (const int code = m_api.deviceCount(&count); code != nvml::kSuccess) return internal("the NVIDIA driver does not count its GPUs: {}", errorText(m_api, code));
        for (unsigned index = 0; index < std::min<unsigned>(count, kMaxGpusPerNode); ++index) {
            nvml::Device device = nullptr;
            if (m_api.deviceByIndex(index, &device) != nvml::kSuccess) continue;
            const std::string uuid = textOf(m_api.uuid, device);
            for (std::size_t slot = 0; slot < m_gpus.size(); ++slot)
                if (m_gpus[slot].uuid == uuid) m_devices[slot]->device = device;
        }
        std::string missing;
        for (std::size_t slot = 0; slot < m_gpus.size(); ++slot) {
            m_devices[slot]->meter = std::make_unique<GpmMeter>(m_api, m_devices[slot]->device);
            if (m_devices[slot]->device == nullptr) missing += (missing.empty() ? "" : ", ") + m_gpus[slot].uuid;
        }
        return missing.empty() ? absl::OkStatus() : unavailable("no answer any more from {}", missing);
    }

    StatusOr<std::vector<GpuXid>> waitForXids(int timeoutMs) override {
        if (!m_xids) {
            std::vector<nvml::Device> devices;
            devices.reserve(m_devices.size());
            for (const auto& gpu : m_devices) devices.push_back(gpu->device);
            m_xids = std::make_unique<XidEvents>(m_api, std::move(devices));
        }
        return m_xids->wait(timeoutMs);
    }

private:
    struct Gpu {
        nvml::Device device = nullptr;
        mutable std::mutex mutex; ///< guards the meter
        std::unique_ptr<GpmMeter> meter;
    };

    void shutDown() {
        if (std::exchange(m_initialised, false) && m_api.shutdown != nullptr) m_api.shutdown();
    }
    nvml::Device deviceAt(std::size_t slot) const { return m_devices.at(slot)->device; }

    Status findDevices() {
        unsigned count = 0;
        if (const int code = m_api.deviceCount(&count); code != nvml::kSuccess) return unavailable("the NVIDIA driver does not count its GPUs: {}", errorText(m_api, code));
        std::vector<std::pair<GpuIdentity, nvml::Device>> found;
        int refused = nvml::kSuccess;
        for (unsigned index = 0; index < std::min<unsigned>(count, kMaxGpusPerNode); ++index) {
            nvml::Device device = nullptr;
            if (const int code = m_api.deviceByIndex(index, &device); code != nvml::kSuccess) {
                refused = code; // A lost GPU has no handle; the others still work.
                continue;
            }
            found.emplace_back(identify(device, static_cast<int>(index)), device);
        }
        // Slots are for the agent's life: with none, GPUs that only come up would never be seen.
        if (found.empty() && count > 0) return unavailable("the NVIDIA driver counts {} GPU{} and gives access to none: {}", count, count == 1 ? "" : "s", errorText(m_api, refused));
        std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first.pciAddress < b.first.pciAddress; });
        for (auto& [identity, device] : found) {
            m_gpus.push_back(std::move(identity));
            m_devices.push_back(std::make_unique<Gpu>());
            m_devices.back()->device = device;
            m_devices.back()->meter = std::make_unique<GpmMeter>(m_api, device);
        }
        return absl::OkStatus();
    }

    GpuIdentity identify(nvml::Device device, int index) const {
        GpuIdentity gpu;
        nvml::PciInfo pci{};
        if (m_api.pciInfo(device, &pci) == nvml::kSuccess) gpu.pciAddress = pci.busId[0] != '\0' ? pci.busId : pci.busIdLegacy;
        gpu.uuid = textOf(m_api.uuid, device);
        gpu.model = textOf(m_api.name, device);
        gpu.serial = textOf(m_api.serial, device);
        gpu.vbios = textOf(m_api.vbios, device);
        gpu.driverIndex = index;
        nvml::Memory memory{};
        if (m_api.memoryInfo != nullptr && m_api.memoryInfo(device, &memory) == nvml::kSuccess) gpu.memoryMib = static_cast<std::int64_t>(memory.total) / kMib;
        return gpu;
    }

    template <typename Info>
    Status append(int (*list)(nvml::Device, unsigned*, Info*), const char* kind, nvml::Device device, std::vector<DriverClient>& clients) const {
        if (list == nullptr) return absl::OkStatus();
        std::vector<Info> infos(64);
        auto count = static_cast<unsigned>(infos.size());
        int code = list(device, &count, infos.data());
        if (code == nvml::kInsufficientSize) {
            infos.resize(std::min(count + 16, kMaxClients));
            count = static_cast<unsigned>(infos.size());
            code = list(device, &count, infos.data());
        }
        // Who computes must be known; the other lists are only more of it, and a sandbox may not let them through.
        const bool isBlockedMain = code == nvml::kOperatingSystem && std::string_view(kind) == "compute";
        if (isLacking(code) && !isBlockedMain) return absl::OkStatus();
        if (code != nvml::kSuccess) return unavailable("the driver's {} clients cannot be read: {}", kind, errorText(m_api, code));
        for (unsigned i = 0; i < std::min<std::size_t>(count, infos.size()); ++i) {
            const bool known = infos[i].usedGpuMemory != ~0ULL;
            // 0 and what is no process id (0xFFFFFFFF): of one that is hidden from us.
            const bool isPid = infos[i].pid <= static_cast<unsigned>(INT32_MAX);
            clients.push_back({isPid ? infos[i].pid : 0, known ? static_cast<std::int64_t>(infos[i].usedGpuMemory) / kMib : kNotSupported, kind});
        }
        return absl::OkStatus();
    }

    NvmlApi m_api;
    bool m_initialised = false;
    std::string m_description;
    std::vector<GpuIdentity> m_gpus;
    std::vector<std::unique_ptr<Gpu>> m_devices;
    std::unique_ptr<XidEvents> m_xids; ///< made by the first wait
};

} // namespace

StatusOr<std::unique_ptr<GpuDriver>> openNvmlDriver(const std::string& libraryPath) {
    auto api = loadNvml(libraryPath);
    if (!api.ok()) return api.status();
    auto driver = std::make_unique<NvmlDriver>(*std::move(api));
    if (Status status = driver->start(); !status.ok()) return status;
    return std::unique_ptr<GpuDriver>(std::move(driver));
}

} // namespace busbar::agent
