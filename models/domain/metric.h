// What is measured per GPU: one table of keys, units and wire widths for agent, controller and console.
// Numeric values are the wire's: never renumber. Pure values, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace busbar {

enum class Metric : std::uint8_t {
    unknown,
    gpuUtil,          ///< % of time any kernel ran (NVML utilization.gpu)
    smActive,         ///< % of SM cycles active (GPM 2); not every device has it
    memUsedPercent,   ///< % of framebuffer in use
    temperature,      ///< °C of the GPU core
    memTemperature,   ///< °C of the HBM
    power,            ///< W
    smClock,          ///< MHz
    health,           ///< Health as a number, judged in the controller
    occupancy,        ///< Occupancy as a number, set by the controller
    lease,            ///< index into the site's lease dictionary; 0 none
    lastXid,          ///< last XID in 24 h; 0 none
    // Below: only in Describe, History and for watched nodes.
    memUsed,          ///< MiB
    memTotal,         ///< MiB
    memClock,         ///< MHz
    powerLimit,       ///< W
    eccCorrected,     ///< count since driver load
    eccUncorrected,   ///< count since driver load
    remappedRows,     ///< count, correctable + uncorrectable
    remapPending,     ///< 0 or 1
    remapFailed,      ///< 0 or 1
    pcieGen,          ///< current generation
    pcieWidth,        ///< current lanes
    pcieReplays,      ///< count
    nvlinksUp,        ///< active links
    nvlinksTotal,     ///< links the device has
    throttleReasons,  ///< NVML clocks event reasons bits
    fanPercent,       ///< %
    energy,           ///< J since driver load
    memCopyUtil,      ///< %
    encUtil,          ///< %
    decUtil,          ///< %
    migMode,          ///< 0 or 1
    computeMode,      ///< NVML compute mode: 0 default, 2 prohibited, 3 exclusive process
    persistenceMode,  ///< 0 or 1
    processCount,     ///< clients the driver lists
    recoveryAction,   ///< what the driver asks for (NVML field 230): 0 none, 1 reset, 2 reboot, 3 drain P2P, 4 drain and reset
    count_
};

/// Values in a column: non-negative numbers, or one of these. On the wire they are the width's largest value and the one below.
inline constexpr std::int64_t kNotSupported = -1; ///< the device lacks it
inline constexpr std::int64_t kNotRead = -2;      ///< supported, but not read (yet, or an error)

struct MetricInfo {
    Metric metric;
    std::string_view key;   ///< as in JSON and queries: "util", "power" …
    std::string_view label; ///< English words for people
    std::string_view unit;  ///< "%", "W", "C", "MHz", "MiB", "J", "" for counts
    int wireBytes;          ///< 1, 2, 4 or 8, little-endian unsigned
    bool fleetColumn;       ///< part of the whole-fleet columns of Fleet.Watch
};

/// Info of `metric`; Metric::unknown's row for values outside the enum.
const MetricInfo& infoOf(Metric metric);
std::optional<Metric> parseMetric(std::string_view key);
/// All metrics but `unknown`, in order.
std::span<const MetricInfo> allMetrics();
/// Largest plain value that fits the metric's wire width.
std::int64_t maxValue(Metric metric);

/// One metric over consecutive GPU slots of one node (agent → controller) or rows of a site (controller → console).
struct MetricColumn {
    Metric metric = Metric::unknown;
    std::vector<std::int64_t> values;
};

} // namespace busbar
