// What a kernel may know of the machine it runs on, the same words for a GPU (clang, PTX) and for the CPU (the simulated driver's double):
// thread numbers, atomics, and one matrix product of a warp's tile. A kernel is written so that its result does not depend on how many
// threads run it; on the CPU one thread runs a whole grid, and one "lane" is a whole warp.
#pragma once

#include <stdint.h>

#ifdef __CUDA__
#define BUSBAR_DEVICE __attribute__((device)) static inline
#define BUSBAR_KERNEL extern "C" __attribute__((global)) void
/// Tiles live in registers only when the loops over them are unrolled.
#define BUSBAR_UNROLL _Pragma("unroll")
#else
#define BUSBAR_DEVICE inline
#define BUSBAR_KERNEL inline void
#define BUSBAR_UNROLL
#endif

namespace busbar::kernels {

using Bf16 = uint16_t; ///< the upper half of a float

/// 16 bytes, moved by one load or store.
typedef uint64_t Word2 __attribute__((vector_size(16)));

#ifdef __CUDA__

BUSBAR_DEVICE uint32_t threadInBlock() { return __nvvm_read_ptx_sreg_tid_x(); }
BUSBAR_DEVICE uint64_t threadIndex() { return uint64_t(__nvvm_read_ptx_sreg_ctaid_x()) * __nvvm_read_ptx_sreg_ntid_x() + threadInBlock(); }
BUSBAR_DEVICE uint64_t threadCount() { return uint64_t(__nvvm_read_ptx_sreg_nctaid_x()) * __nvvm_read_ptx_sreg_ntid_x(); }
BUSBAR_DEVICE uint64_t warpIndex() { return threadIndex() / 32; }
BUSBAR_DEVICE uint64_t warpCount() { return threadCount() / 32; }

#else

/// Which thread of which grid runs; set by the launcher of the double.
struct HostThread {
    uint64_t index = 0, count = 1;
};
inline thread_local HostThread t_hostThread;

BUSBAR_DEVICE uint64_t threadIndex() { return t_hostThread.index; }
BUSBAR_DEVICE uint64_t threadCount() { return t_hostThread.count; }
BUSBAR_DEVICE uint64_t warpIndex() { return t_hostThread.index; }
BUSBAR_DEVICE uint64_t warpCount() { return t_hostThread.count; }

#endif

BUSBAR_DEVICE uint64_t addAtomic(uint64_t* counter, uint64_t value) { return __atomic_fetch_add(counter, value, __ATOMIC_RELAXED); }

/// The bf16 of a small whole number (|value| ≤ 256 is exact).
BUSBAR_DEVICE Bf16 bf16Of(int value) {
    union {
        float number;
        uint32_t bits;
    } parts{float(value)};
    return Bf16(parts.bits >> 16);
}

BUSBAR_DEVICE uint32_t bitsOf(float value) {
    union {
        float number;
        uint32_t bits;
    } parts{value};
    return parts.bits;
}

/// splitmix64 (Steele, Lea, Flood 2014): every index its own well mixed word.
BUSBAR_DEVICE uint64_t mixed(uint64_t value) {
    value += 0x9E3779B97F4A7C15ULL;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

} // namespace busbar::kernels
