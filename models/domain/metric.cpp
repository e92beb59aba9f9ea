#include "domain/metric.h"

#include <array>
#include <cstddef>

namespace busbar {
namespace {

constexpr std::array<MetricInfo, static_cast<std::size_t>(Metric::count_)> kTable{{
    {Metric::unknown, "unknown", "unknown", "", 1, false},
    {Metric::gpuUtil, "util", "GPU utilisation", "%", 1, true},
    {Metric::smActive, "sm_active", "SM active", "%", 1, true},
    {Metric::memUsedPercent, "mem_used_pct", "memory used", "%", 1, true},
    {Metric::temperature, "temp", "temperature", "C", 1, true},
    {Metric::memTemperature, "mem_temp", "memory temperature", "C", 1, true},
    {Metric::power, "power", "power", "W", 2, true},
    {Metric::smClock, "sm_clock", "SM clock", "MHz", 2, true},
    {Metric::health, "health", "health", "", 1, true},
    {Metric::occupancy, "occupancy", "occupancy", "", 1, true},
    {Metric::lease, "lease", "lease", "", 4, true},
    {Metric::lastXid, "xid", "last XID", "", 2, true},
    {Metric::memUsed, "mem_used", "memory used", "MiB", 4, false},
    {Metric::memTotal, "mem_total", "memory", "MiB", 4, false},
    {Metric::memClock, "mem_clock", "memory clock", "MHz", 2, false},
    {Metric::powerLimit, "power_limit", "power limit", "W", 2, false},
    {Metric::eccCorrected, "ecc_corrected", "ECC corrected", "", 8, false},
    {Metric::eccUncorrected, "ecc_uncorrected", "ECC uncorrected", "", 8, false},
    {Metric::remappedRows, "remapped_rows", "remapped rows", "", 4, false},
    {Metric::remapPending, "remap_pending", "row remap pending", "", 1, false},
    {Metric::remapFailed, "remap_failed", "row remap failed", "", 1, false},
    {Metric::pcieGen, "pcie_gen", "PCIe generation", "", 1, false},
    {Metric::pcieWidth, "pcie_width", "PCIe width", "", 1, false},
    {Metric::pcieReplays, "pcie_replays", "PCIe replays", "", 4, false},
    {Metric::nvlinksUp, "nvlinks_up", "NVLinks up", "", 1, false},
    {Metric::nvlinksTotal, "nvlinks", "NVLinks", "", 1, false},
    {Metric::throttleReasons, "throttle_reasons", "throttle reasons", "", 8, false},
    {Metric::fanPercent, "fan", "fan", "%", 1, false},
    {Metric::energy, "energy", "energy", "J", 8, false},
    {Metric::memCopyUtil, "mem_copy_util", "memory copy utilisation", "%", 1, false},
    {Metric::encUtil, "enc_util", "encoder utilisation", "%", 1, false},
    {Metric::decUtil, "dec_util", "decoder utilisation", "%", 1, false},
    {Metric::migMode, "mig_mode", "MIG mode", "", 1, false},
    {Metric::computeMode, "compute_mode", "compute mode", "", 1, false},
    {Metric::persistenceMode, "persistence_mode", "persistence mode", "", 1, false},
    {Metric::processCount, "processes", "processes", "", 2, false},
    {Metric::recoveryAction, "recovery_action", "recovery action", "", 1, false},
}};

} // namespace

const MetricInfo& infoOf(Metric metric) {
    const auto index = static_cast<std::size_t>(metric);
    return kTable[index < kTable.size() ? index : 0];
}

std::optional<Metric> parseMetric(std::string_view key) {
    for (const MetricInfo& info : allMetrics())
        if (info.key == key) return info.metric;
    return std::nullopt;
}

std::span<const MetricInfo> allMetrics() { return std::span(kTable).subspan(1); }

std::int64_t maxValue(Metric metric) {
    const int bytes = infoOf(metric).wireBytes;
    if (bytes >= 8) return INT64_MAX - 2;
    return (std::int64_t{1} << (8 * bytes)) - 3;
}

} // namespace busbar
