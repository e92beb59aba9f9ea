#include "busbar-replay/sources/sampled_source.h"

#include <algorithm>
#include <array>

namespace busbar::replay {
namespace {

constexpr std::array<Metric, 14> kMetrics{Metric::gpuUtil,        Metric::smActive,     Metric::memUsedPercent, Metric::temperature, Metric::memTemperature, Metric::power,       Metric::smClock,
                                          Metric::eccUncorrected, Metric::remapPending, Metric::remapFailed,    Metric::nvlinksUp,   Metric::nvlinksTotal,   Metric::throttleReasons, Metric::processCount};

bool isGiven(Metric metric, bool simulated) {
    constexpr std::array kRecorded{Metric::gpuUtil, Metric::smActive, Metric::memUsedPercent, Metric::temperature, Metric::memTemperature, Metric::power, Metric::processCount};
    constexpr std::array kControllers{Metric::health, Metric::occupancy, Metric::lease, Metric::lastXid}; // Not the agent's to give.
    const auto among = [metric](const auto& list) { return std::find(list.begin(), list.end(), metric) != list.end(); };
    return among(kControllers) || among(kRecorded) || (simulated && among(kMetrics));
}

std::int64_t valueOf(Metric metric, const ModelGpu& gpu, const GpuSample& sample, bool simulated) {
    switch (metric) {
    case Metric::gpuUtil: return sample.util;
    case Metric::smActive: return sample.smActive;
    case Metric::memUsedPercent: return sample.memPercent;
    case Metric::temperature: return sample.temperature;
    case Metric::memTemperature: return sample.memTemperature;
    case Metric::power: return sample.power;
    case Metric::processCount: return gpu.job >= 0 ? 1 : 0;
    default: break;
    }
    if (!simulated) return kNotSupported; // Not in the recordings.
    switch (metric) {
    case Metric::smClock: return sample.smClock;
    case Metric::eccUncorrected: return gpu.eccUncorrected;
    case Metric::remapPending: return gpu.remapPending;
    case Metric::remapFailed: return gpu.remapFailed;
    case Metric::nvlinksUp: return gpu.nvlinksUp;
    case Metric::nvlinksTotal: return gpu.nvlinks;
    case Metric::throttleReasons: return gpu.throttle;
    default: return kNotSupported;
    }
}

} // namespace

std::vector<MetricColumn> SampledSource::columns(std::uint32_t node, std::int64_t wallMs) {
    const std::vector<ModelGpu>& gpus = fleet().nodes[node].gpus;
    std::vector<GpuSample> samples;
    for (std::size_t slot = 0; slot < gpus.size(); ++slot) samples.push_back(sample(node, slot, wallMs));
    std::vector<MetricColumn> columns;
    for (const Metric metric : kMetrics) {
        MetricColumn& column = columns.emplace_back(MetricColumn{metric, {}});
        for (std::size_t slot = 0; slot < gpus.size(); ++slot) column.values.push_back(valueOf(metric, gpus[slot], samples[slot], source() == Source::simulated));
    }
    return columns;
}

std::map<Metric, std::string> SampledSource::unsupported(std::uint32_t) const {
    const bool simulated = source() == Source::simulated;
    std::map<Metric, std::string> reasons;
    for (const MetricInfo& info : allMetrics())
        if (!isGiven(info.metric, simulated)) reasons[info.metric] = simulated ? "not modelled" : "not in the recordings";
    return reasons;
}

} // namespace busbar::replay
