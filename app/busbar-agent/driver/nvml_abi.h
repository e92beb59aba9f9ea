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
    kInUse = 19,
    kUnknown = 999,
};

inline constexpr int kTemperatureGpu = 0;
inline constexpr int kClockSm = 1;
inline constexpr int kClockMem = 2;
inline constexpr int kEccCorrected = 0;
inline constexpr int kEccUncorrected = 1;
inline constexpr int kEccVolatile = 0;
inline constexpr unsigned kFieldMemoryTemperature = 82;

inline constexpr unsigned kComputeModeDefault = 0;
inline constexpr unsigned kComputeModeProhibited = 2;
inline constexpr unsigned kComputeModeExclusiveProcess = 3;

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
