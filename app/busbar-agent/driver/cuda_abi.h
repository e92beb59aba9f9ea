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
    kComputeCapabilityMajor = 75,
    kComputeCapabilityMinor = 76,
};

struct Uuid {
    unsigned char bytes[16];
};
static_assert(sizeof(Uuid) == 16);

} // namespace busbar::agent::cuda
