// Our own declarations of the part of the CUDA driver API's C interface that the agent uses; no SDK header is needed. Names, numbers and
// layouts are those of NVIDIA's public CUDA driver API reference (docs.nvidia.com/cuda/cuda-driver-api). Plain C types.
#pragma once

#include <cstddef>
#include <cstdint>

namespace busbar::agent::cuda {

using Result = int;
using Device = int;
using Context = void*;
using Module = void*;
using Function = void*;
using Stream = void*;
using Event = void*;
using Address = unsigned long long; ///< in device memory

enum : Result {
    kSuccess = 0,
    kInvalidValue = 1,
    kOutOfMemory = 2,
    kNotInitialized = 3,
    kNoDevice = 100,
    kInvalidDevice = 101,
    kInvalidContext = 201,
    kNoBinaryForGpu = 209,
    kEccUncorrectable = 214,
    kInvalidPtx = 218,
    kUnsupportedPtxVersion = 222,
    kPeerAccessAlreadyEnabled = 704,
    kNotFound = 500,
    kNotReady = 600,
    kDevicesUnavailable = 46,
    kNotSupported = 801,
    kUnknown = 999,
};

/// CUdevice_attribute.
enum Attribute : int {
    kMultiprocessorCount = 16,
    kComputeMode = 20,
    kComputeCapabilityMajor = 75,
    kComputeCapabilityMinor = 76,
};

/// CUcomputemode.
enum ComputeMode : int { kDefaultMode = 0, kProhibitedMode = 2, kExclusiveProcessMode = 3 };

/// CUfunction_attribute CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES; a block gets 48 kB without it.
constexpr int kMaxDynamicSharedBytes = 8;

/// CUdevice_P2PAttribute.
enum PeerAttribute : int { kPeerAccessSupported = 2, kPeerNativeAtomicSupported = 3 };

/// CUjit_option; values travel as void*.
enum JitOption : int { kJitErrorLogBuffer = 5, kJitErrorLogBufferSizeBytes = 6 };

struct Uuid {
    unsigned char bytes[16];
};
static_assert(sizeof(Uuid) == 16 && sizeof(Address) == 8 && sizeof(std::size_t) == 8 && sizeof(Device) == 4 && sizeof(JitOption) == 4);

} // namespace busbar::agent::cuda
