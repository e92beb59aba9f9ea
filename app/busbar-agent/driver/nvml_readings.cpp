#include "busbar-agent/driver/nvml_readings.h"

namespace busbar::agent {
namespace {

constexpr std::int64_t kMib = 1024 * 1024;
constexpr unsigned kMaxNvlinks = 18; // NVML_NVLINK_MAX_LINKS.

// Collects readings of one GPU; turns return codes into "not supported" or "not read" with NVML's words.
class Reader {
public:
    Reader(const NvmlApi& api, nvml::Device device) : m_api(api), m_device(device) {}

    void fail(Metric metric, int code) {
        m_readings[metric] = {isLacking(code) ? kNotSupported : kNotRead, errorText(m_api, code)};
    }
    void set(Metric metric, std::int64_t value) { m_readings[metric] = {value, {}}; }

    template <typename Value>
    void read(Metric metric, int (*get)(nvml::Device, Value*)) {
        readWith<Value>(metric, get, [&](Value* value) { return get(m_device, value); });
    }
    template <typename Value>
    void read(Metric metric, int (*get)(nvml::Device, int, Value*), int which) {
        readWith<Value>(metric, get, [&](Value* value) { return get(m_device, which, value); });
    }
    template <typename Value>
    void read(Metric metric, int (*get)(nvml::Device, int, int, Value*), int first, int second) {
        readWith<Value>(metric, get, [&](Value* value) { return get(m_device, first, second, value); });
    }
    void scale(Metric metric, std::int64_t divisor) {
        GpuReading& reading = m_readings[metric];
        if (reading.value >= 0) reading.value /= divisor;
    }

    void readMemory();
    void readUtilization();
    void readTemperature();
    void readField(Metric metric, unsigned field);
    void readRemappedRows();
    void readNvlinks();
    void readMigMode();
    void readCodecs();

    GpuReadings take() { return std::move(m_readings); }

private:
    template <typename Value, typename Function, typename Call>
    void readWith(Metric metric, Function get, Call call) {
        Value value{};
        const int code = get == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : call(&value);
        if (code == nvml::kSuccess)
            set(metric, static_cast<std::int64_t>(value));
        else
            fail(metric, code);
    }

    const NvmlApi& m_api;
    nvml::Device m_device;
    GpuReadings m_readings;
};

void Reader::readMemory() {
    nvml::MemoryV2 second{};
    second.version = nvml::kMemoryV2;
    nvml::Memory first{};
    int code = m_api.memoryInfoV2 == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : m_api.memoryInfoV2(m_device, &second);
    if (code != nvml::kSuccess && m_api.memoryInfo != nullptr) {
        code = m_api.memoryInfo(m_device, &first);
        second.total = first.total;
        second.used = first.used;
    }
    if (code != nvml::kSuccess || second.total == 0) {
        for (const Metric metric : {Metric::memUsed, Metric::memTotal, Metric::memUsedPercent}) fail(metric, code == nvml::kSuccess ? static_cast<int>(nvml::kNotSupported) : code);
        return;
    }
    set(Metric::memUsed, static_cast<std::int64_t>(second.used) / kMib);
    set(Metric::memTotal, static_cast<std::int64_t>(second.total) / kMib);
    set(Metric::memUsedPercent, static_cast<std::int64_t>(second.used * 100 / second.total));
}

void Reader::readUtilization() {
    nvml::Utilization rates{};
    const int code = m_api.utilization == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : m_api.utilization(m_device, &rates);
    if (code != nvml::kSuccess) {
        fail(Metric::gpuUtil, code);
        fail(Metric::memCopyUtil, code);
        return;
    }
    set(Metric::gpuUtil, rates.gpu);
    set(Metric::memCopyUtil, rates.memory);
}

void Reader::readTemperature() {
    nvml::TemperatureV1 newer{nvml::kTemperatureV1, nvml::kTemperatureGpu, 0};
    if (m_api.temperatureV != nullptr && m_api.temperatureV(m_device, &newer) == nvml::kSuccess && newer.celsius >= 0) return set(Metric::temperature, newer.celsius);
    read(Metric::temperature, m_api.temperature, nvml::kTemperatureGpu);
}

void Reader::readField(Metric metric, unsigned id) {
    nvml::FieldValue field{};
    field.fieldId = id;
    const int code = m_api.fieldValues == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : m_api.fieldValues(m_device, 1, &field);
    // A driver that does not know a field calls its number an invalid argument.
    const int result = code != nvml::kSuccess ? code : field.nvmlReturn;
    if (result == nvml::kSuccess)
        set(metric, field.value.asUint);
    else
        fail(metric, result == nvml::kInvalidArgument ? static_cast<int>(nvml::kNotSupported) : result);
}

void Reader::readRemappedRows() {
    unsigned corrected = 0, uncorrected = 0, pending = 0, failed = 0;
    const int code = m_api.remappedRows == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : m_api.remappedRows(m_device, &corrected, &uncorrected, &pending, &failed);
    if (code != nvml::kSuccess) {
        for (const Metric metric : {Metric::remappedRows, Metric::remapPending, Metric::remapFailed}) fail(metric, code);
        return;
    }
    set(Metric::remappedRows, static_cast<std::int64_t>(corrected) + uncorrected);
    set(Metric::remapPending, pending);
    set(Metric::remapFailed, failed);
}

void Reader::readNvlinks() {
    int total = 0, up = 0;
    int last = nvml::kFunctionNotFound;
    for (unsigned link = 0; m_api.nvlinkState != nullptr && link < kMaxNvlinks; ++link) {
        int active = 0;
        last = m_api.nvlinkState(m_device, link, &active);
        if (last != nvml::kSuccess) break; // Links are numbered without gaps.
        ++total;
        up += active != 0 ? 1 : 0;
    }
    if (total == 0) {
        fail(Metric::nvlinksUp, last == nvml::kInvalidArgument ? static_cast<int>(nvml::kNotSupported) : last);
        fail(Metric::nvlinksTotal, last == nvml::kInvalidArgument ? static_cast<int>(nvml::kNotSupported) : last);
        return;
    }
    set(Metric::nvlinksUp, up);
    set(Metric::nvlinksTotal, total);
}

void Reader::readMigMode() {
    unsigned current = 0, pending = 0;
    const int code = m_api.migMode == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : m_api.migMode(m_device, &current, &pending);
    if (code == nvml::kSuccess)
        set(Metric::migMode, current);
    else
        fail(Metric::migMode, code);
}

void Reader::readCodecs() {
    const std::pair<Metric, int (*)(nvml::Device, unsigned*, unsigned*)> codecs[] = {{Metric::encUtil, m_api.encoderUtilization}, {Metric::decUtil, m_api.decoderUtilization}};
    for (const auto& [metric, get] : codecs) {
        unsigned percent = 0, periodUs = 0;
        const int code = get == nullptr ? static_cast<int>(nvml::kFunctionNotFound) : get(m_device, &percent, &periodUs);
        if (code == nvml::kSuccess)
            set(metric, percent);
        else
            fail(metric, code);
    }
}

} // namespace

bool isLacking(int code) { return code == nvml::kNotSupported || code == nvml::kFunctionNotFound || code == nvml::kOperatingSystem; }

std::string errorText(const NvmlApi& api, int code) {
    if (code == nvml::kFunctionNotFound) return "Function Not Found";
    const char* text = api.errorString == nullptr ? nullptr : api.errorString(code);
    return text != nullptr ? text : fmt::format("NVML error {}", code);
}

GpuReadings readGpu(const NvmlApi& api, nvml::Device device, GpuDriver::Depth depth) {
    Reader reader(api, device);
    reader.readMemory();
    reader.readUtilization();
    reader.readTemperature();
    reader.readField(Metric::memTemperature, nvml::kFieldMemoryTemperature);
    reader.read(Metric::power, api.powerUsage);
    reader.scale(Metric::power, 1000);
    reader.read(Metric::smClock, api.clock, nvml::kClockSm);
    reader.read(Metric::memClock, api.clock, nvml::kClockMem);
    reader.read(Metric::throttleReasons, api.eventReasons);
    if (depth == GpuDriver::Depth::fast) return reader.take();
    reader.read(Metric::powerLimit, api.powerLimit);
    reader.scale(Metric::powerLimit, 1000);
    reader.read(Metric::energy, api.totalEnergy);
    reader.scale(Metric::energy, 1000);
    reader.read(Metric::eccCorrected, api.totalEcc, nvml::kEccCorrected, nvml::kEccVolatile);
    reader.read(Metric::eccUncorrected, api.totalEcc, nvml::kEccUncorrected, nvml::kEccVolatile);
    reader.readRemappedRows();
    reader.readField(Metric::recoveryAction, nvml::kFieldRecoveryAction);
    reader.read(Metric::pcieGen, api.pcieGeneration);
    reader.read(Metric::pcieWidth, api.pcieWidth);
    reader.read(Metric::pcieReplays, api.pcieReplays);
    reader.readNvlinks();
    reader.read(Metric::fanPercent, api.fanSpeed);
    reader.readMigMode();
    reader.readCodecs();
    reader.read(Metric::computeMode, api.computeMode);
    reader.read(Metric::persistenceMode, api.persistenceMode);
    return reader.take();
}

GpuReadings notRead(const std::string& why) {
    GpuReadings readings;
    for (const MetricInfo& info : allMetrics()) {
        const bool ofController = info.metric == Metric::health || info.metric == Metric::occupancy || info.metric == Metric::lease || info.metric == Metric::lastXid;
        if (!ofController && info.metric != Metric::processCount) readings[info.metric] = {kNotRead, why};
    }
    return readings;
}

} // namespace busbar::agent
