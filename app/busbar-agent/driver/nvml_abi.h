// Our own declarations of the part of NVML's C interface that the agent uses; no SDK header is needed. Names, numbers and layouts are
// those of NVIDIA's public NVML API reference (docs.nvidia.com/deploy/nvml-api), checked here by size. Plain C types.
#pragma once

#include <cstdint>

namespace busbar::agent::nvml {

using Device = void*;

enum Return : int {
    kSuccess = 0,
    kUninitialized = 1,
    kInvalidArgument = 2,
    kNotSupported = 3,
    kNoPermission = 4,
    kNotFound = 6,
    kInsufficientSize = 7,
    kDriverNotLoaded = 9,
    kTimeout = 10,
    kFunctionNotFound = 13,
    kGpuIsLost = 15,
    kResetRequired = 16,
    kOperatingSystem = 17, ///< the system lets this call not through to the driver: a sandbox that knows some of its calls only
    kInUse = 19,
    kArgumentVersionMismatch = 25,
    kUnknown = 999,
};

inline constexpr int kTemperatureGpu = 0;
inline constexpr int kClockSm = 1;
inline constexpr int kClockMem = 2;
inline constexpr int kEccCorrected = 0;
inline constexpr int kEccUncorrected = 1;
inline constexpr int kEccVolatile = 0;
inline constexpr unsigned kFieldMemoryTemperature = 82;
inline constexpr unsigned kFieldRecoveryAction = 230;
inline constexpr unsigned long long kEventXid = 8;

inline constexpr unsigned kComputeModeDefault = 0;
inline constexpr unsigned kComputeModeProhibited = 2;
inline constexpr unsigned kComputeModeExclusiveProcess = 3;

inline constexpr int kDrainOff = 0;
inline constexpr int kDrainOn = 1;

struct Utilization {
    unsigned gpu, memory;
};
static_assert(sizeof(Utilization) == 8);

struct Memory {
    unsigned long long total, free, used;
};
static_assert(sizeof(Memory) == 24);

struct MemoryV2 {
    unsigned version;
    unsigned long long total, reserved, free, used;
};
static_assert(sizeof(MemoryV2) == 40);
inline constexpr unsigned kMemoryV2 = sizeof(MemoryV2) | (2u << 24);

struct PciInfo {
    char busIdLegacy[16];
    unsigned domain, bus, device, pciDeviceId, pciSubSystemId;
    char busId[32];
};
static_assert(sizeof(PciInfo) == 68);

struct ProcessInfo {
    unsigned pid;
    unsigned long long usedGpuMemory; ///< bytes; ~0 not available
    unsigned gpuInstanceId, computeInstanceId;
};
static_assert(sizeof(ProcessInfo) == 24);

/// Of the process lists without a version suffix.
struct ProcessInfoV1 {
    unsigned pid;
    unsigned long long usedGpuMemory;
};
static_assert(sizeof(ProcessInfoV1) == 16);

struct TemperatureV1 {
    unsigned version;
    int sensor, celsius;
};
static_assert(sizeof(TemperatureV1) == 12);
inline constexpr unsigned kTemperatureV1 = sizeof(TemperatureV1) | (1u << 24);

using EventSet = void*;
struct EventData {
    Device device;
    unsigned long long type, data; ///< data: the XID
    unsigned gpuInstanceId, computeInstanceId;
};
static_assert(sizeof(EventData) == 32);
struct EventDataV1 {
    Device device;
    unsigned long long type, data;
};
static_assert(sizeof(EventDataV1) == 24);

// GPM (Hopper and newer): a metric is computed between two samples.
using GpmSample = void*;
inline constexpr unsigned kGpmSupportVersion = 1;
inline constexpr unsigned kGpmMetricsVersion = 1; ///< a plain number, not the struct's size: it did not change when the array grew
inline constexpr unsigned kGpmSmActive = 2;       ///< % of SM cycles with a warp
struct GpmSupport {
    unsigned version, isSupported;
};
static_assert(sizeof(GpmSupport) == 8);
struct GpmMetric {
    unsigned id;
    int nvmlReturn;
    double value;
    const char *shortName, *longName, *unit;
};
static_assert(sizeof(GpmMetric) == 40);
struct GpmMetricsGet {
    unsigned version, count; ///< the library looks at `count` metrics only
    GpmSample first, second;
    GpmMetric metrics[512]; ///< at least as many as any driver knows (98 in 2022, 333 in 2025)
};
static_assert(sizeof(GpmMetricsGet) == 24 + 512 * sizeof(GpmMetric));

// MIG: a GPU instance is a part of a GPU, a compute instance a part of that one. Each has a profile; profiles are asked for by their number from
// 0, and what a device or a driver has not of them is an error that says so.
using GpuInstance = void*;
using ComputeInstance = void*;
inline constexpr unsigned kGpuInstanceProfiles = 64, kComputeInstanceProfiles = 16; ///< more than any driver knows (17 and 8 in 2025)
inline constexpr unsigned kSharedEngines = 0;
struct GpuInstanceProfile {
    unsigned id; ///< by which instances are listed
    unsigned isP2pSupported, sliceCount, instanceCount, multiprocessorCount, copyEngineCount, decoderCount, encoderCount, jpegCount, ofaCount;
    unsigned long long memorySizeMib;
};
static_assert(sizeof(GpuInstanceProfile) == 48);
struct ComputeInstanceProfile {
    unsigned id, sliceCount, instanceCount, multiprocessorCount, sharedCopyEngineCount, sharedDecoderCount, sharedEncoderCount, sharedJpegCount, sharedOfaCount;
};
static_assert(sizeof(ComputeInstanceProfile) == 36);

struct FieldValue {
    unsigned fieldId, scopeId;
    long long timestamp, latencyUsec;
    int valueType;
    int nvmlReturn;
    union {
        double asDouble;
        unsigned asUint;
        unsigned long asUlong;
        unsigned long long asUlonglong;
        long long asLonglong;
        int asInt;
    } value;
};
static_assert(sizeof(FieldValue) == 40);

} // namespace busbar::agent::nvml
