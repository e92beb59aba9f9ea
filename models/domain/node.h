// What is known of a node: who it is, where it stands, what is in it. Pure values, copied freely; no threads of their own.
// Bounds named here are enforced in wire/ on everything that comes from outside.
#pragma once

#include "base/ids.h"
#include "domain/facts.h"
#include "domain/metric.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace busbar {

inline constexpr std::size_t kMaxGpusPerNode = 64;
inline constexpr std::size_t kMaxProcessesPerNode = 4096;
inline constexpr std::size_t kMaxTextLength = 512;   ///< free text: a sentence, a command line
inline constexpr std::size_t kMaxItemsPerList = 256; ///< NICs, disks, PCIe devices, facts … of one node

/// Failure domains and position; empty = unknown. unit 0 = unknown, else 1..60.
struct Place {
    std::string hall, row, rack;
    int unit = 0;
    std::string leaf, rail, pdu, feed, loop;
    bool operator==(const Place&) const = default;
};

/// A GPU slot: the row of all tables is (node, pciAddress), never the driver's index.
struct GpuIdentity {
    std::string pciAddress; ///< "00000000:9b:00.0"
    std::string uuid;       ///< "GPU-…"
    std::string model;      ///< "NVIDIA H100 80GB HBM3"
    std::string serial, vbios;
    std::int64_t memoryMib = 0;
    int driverIndex = -1;
    bool operator==(const GpuIdentity&) const = default;
};

struct Nic {
    std::string name, driver, pciAddress;
    std::int64_t speedMbps = -1; ///< -1 not reported
    int carrier = -1;            ///< 1 up, 0 no carrier, -1 not reported
    bool operator==(const Nic&) const = default;
};
struct Disk {
    std::string name, model;
    std::int64_t bytes = 0;
    bool operator==(const Disk&) const = default;
};
struct PciDevice {
    std::string address, vendorDevice, deviceClass; ///< "10de:2330", "030200"
    int linkGen = 0, linkWidth = 0, maxGen = 0, maxWidth = 0;
    bool operator==(const PciDevice&) const = default;
};

/// What the GPUs of a node cannot be set to, so that a plan refuses it: read from the driver, never assumed.
struct SettingLimits {
    std::map<std::string, std::string> unsupported; ///< "MIG mode" … → the driver's words for the first GPU that lacks it
    std::int64_t powerMinWatts = 0, powerMaxWatts = 0; ///< that every GPU takes; 0 unknown
    std::int64_t clockMinMhz = 0, clockMaxMhz = 0;     ///< of a locked SM clock, likewise
    bool operator==(const SettingLimits&) const = default;
};

/// Slow facts of the host, sent with Hello and when they change.
struct Inventory {
    std::string vendor, product, serial, machineId, bootId, hostname, kernel, os, bios, cpuModel;
    int cpuSockets = 0, cpuCores = 0, cpuThreads = 0;
    std::int64_t memoryMib = 0;
    std::vector<Nic> nics;
    std::vector<Disk> disks;
    std::vector<PciDevice> pciDevices;
    std::vector<GpuIdentity> gpus;
    /// "NVML 580.1", "simulated NVML 580.1", "model", or why there is none ("no NVIDIA driver: libnvidia-ml.so.1 not found").
    std::string driver;
    bool driverPresent = false;
    /// Why a metric is not supported, as the driver says it.
    std::map<Metric, std::string> unsupported;
    SettingLimits settingLimits;
    /// Where the data is from, in sentences for people: which part is recorded, drawn, placed by us or simulated; what could not be read and why.
    std::vector<std::string> provenance;
    bool operator==(const Inventory&) const = default;
};

/// The agent's own policy (lifecycle.md §6); no RPC can widen it.
struct AgentPolicy {
    bool settingsAllowed = false;
    bool terminateHolders = false;
    bool rebootAllowed = false;
};

/// A process that holds a GPU.
struct Process {
    std::int64_t pid = 0;
    std::int64_t startTicks = 0; ///< /proc/<pid>/stat field 22, to tell reused pids apart
    int gpu = -1;                ///< slot index in Inventory::gpus, -1 unknown
    std::string user, command, kind; ///< kind: compute, graphics, mps, holder
    std::int64_t memoryMib = kNotRead;
    std::int64_t startedWallMs = 0;
};

/// Host load, at the telemetry rate; -1 not read.
struct HostSample {
    double load1 = -1;
    double cpuPercent = -1;
    std::int64_t memoryUsedMib = -1;
    std::map<std::string, double> temperaturesC; ///< sensor → °C, at most kMaxItemsPerList
};

enum class EventKind : std::uint8_t { unknown, xid, kernel, link, service, action, agent, health, lease, sxid };

/// Something that happened. severity: 0 info, 1 notice (P3), 2 warning (P2), 3 critical (P1).
struct FleetEvent {
    std::uint64_t id = 0;  ///< given by the controller, ever-growing within an epoch
    std::int64_t wallMs = 0;
    std::string nodeId;    ///< "site/name"
    int gpu = -1;
    EventKind kind = EventKind::unknown;
    int severity = 0;
    int xid = 0; ///< of kind xid; of kind sxid the NVSwitch's code
    bool beforeAgent = false;
    std::string text;
};

/// A sign that something is wrong with a part of a node (health.md §1), judged in the controller.
struct Finding {
    std::string rule, component, sentence;
    Health health = Health::unknown;
    int responseClass = 0; ///< health.md §1: 0 log … 4 drain and triage
    std::int64_t sinceWallMs = 0;
};

/// A GPU that is closed apart from its node (lifecycle.md §3, scope).
struct GpuClose {
    std::string uuid;
    Service service = Service::unknown; ///< never open
    std::string who, why;
    bool operator==(const GpuClose&) const = default;
};
/// The entry of a GPU in its node's list; nullptr where the GPU follows its node. Points into `closed`.
inline const GpuClose* findClose(const std::vector<GpuClose>& closed, std::string_view uuid) {
    const auto found = std::find_if(closed.begin(), closed.end(), [uuid](const GpuClose& gpu) { return gpu.uuid == uuid; });
    return found == closed.end() ? nullptr : &*found;
}

struct LeaseInfo {
    std::uint32_t index = 0; ///< value of Metric::lease
    std::string id, tenant;
    std::int64_t fromWallMs = 0, untilWallMs = 0; ///< 0 open-ended
};

std::string_view toString(EventKind kind);

} // namespace busbar
