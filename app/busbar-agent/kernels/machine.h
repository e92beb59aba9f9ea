// What a kernel may know of the machine it runs on, the same words for a GPU (clang, PTX) and for the CPU (the simulated driver's double):
// thread numbers, atomics and sums over all threads. A kernel is written so that its result does not depend on how many threads run it; on
// the CPU one thread runs a whole grid, and one thread is a whole block where a block works together (block.h).
#pragma once

#include <stdint.h>

#ifdef __CUDA__
#define BUSBAR_DEVICE __attribute__((device)) static inline
/// 256 threads a block always (cuda_device.cpp): known to the driver's compiler, it may give each up to 255 registers.
#define BUSBAR_KERNEL extern "C" __attribute__((global, launch_bounds(256))) void
/// Small arrays live in registers only when the loops over them are unrolled.
#define BUSBAR_UNROLL _Pragma("unroll")
#else
#define BUSBAR_DEVICE inline
#define BUSBAR_KERNEL inline void
#define BUSBAR_UNROLL
#endif

namespace busbar::kernels {

constexpr uint32_t kThreadsPerBlock = 256, kLanes = 32;

using Bf16 = uint16_t;            ///< the upper half of a float
struct Fp8 { uint8_t bits; };     ///< e4m3: sign, 4 bits of exponent (bias 7), 3 of mantissa

/// 16 bytes, moved by one load or store.
typedef uint64_t Word2 __attribute__((vector_size(16)));

#ifdef __CUDA__

BUSBAR_DEVICE uint32_t threadInBlock() { return __nvvm_read_ptx_sreg_tid_x(); }
BUSBAR_DEVICE uint64_t blockIndex() { return __nvvm_read_ptx_sreg_ctaid_x(); }
BUSBAR_DEVICE uint64_t blockCount() { return __nvvm_read_ptx_sreg_nctaid_x(); }
BUSBAR_DEVICE uint64_t threadIndex() { return blockIndex() * kThreadsPerBlock + threadInBlock(); }
BUSBAR_DEVICE uint64_t threadCount() { return blockCount() * kThreadsPerBlock; }
constexpr uint64_t kSideBySide = kThreadsPerBlock; ///< threads of a block

#else

/// Which thread of which grid runs; set by the launcher of the double.
struct HostThread {
    uint64_t index = 0, count = 1;
};
inline thread_local HostThread t_hostThread;

BUSBAR_DEVICE uint64_t threadIndex() { return t_hostThread.index; }
BUSBAR_DEVICE uint64_t threadCount() { return t_hostThread.count; }
BUSBAR_DEVICE uint64_t blockIndex() { return t_hostThread.index; }
BUSBAR_DEVICE uint64_t blockCount() { return t_hostThread.count; }
BUSBAR_DEVICE uint32_t threadInBlock() { return 0; }
constexpr uint64_t kSideBySide = 1;

#endif

BUSBAR_DEVICE uint64_t addAtomic(uint64_t* counter, uint64_t value) { return __atomic_fetch_add(counter, value, __ATOMIC_RELAXED); }

/// Adds the values of all threads to `sum`; each of them must come here. One atomic a warp: a quarter of a million on one address would
/// take as long as reading half a gigabyte.
BUSBAR_DEVICE void addFromAll(uint64_t* sum, uint64_t value) {
#ifdef __CUDA__
    BUSBAR_UNROLL for (int distance = kLanes / 2; distance > 0; distance /= 2) {
        const uint32_t low = uint32_t(__nvvm_shfl_sync_bfly_i32(0xFFFFFFFF, int(uint32_t(value)), distance, 31));
        const uint32_t high = uint32_t(__nvvm_shfl_sync_bfly_i32(0xFFFFFFFF, int(uint32_t(value >> 32)), distance, 31));
        value += uint64_t(high) << 32 | low;
    }
    if (threadInBlock() % kLanes != 0) return;
#endif
    addAtomic(sum, value);
}

BUSBAR_DEVICE uint32_t bitsOf(float value) {
    union {
        float number;
        uint32_t bits;
    } parts{value};
    return parts.bits;
}

/// The input of a small whole number: |value| ≤ 256 is exact in bf16, |value| ≤ 16 in e4m3.
BUSBAR_DEVICE void put(Bf16& to, int value) { to = Bf16(bitsOf(float(value)) >> 16); }
BUSBAR_DEVICE void put(Fp8& to, int value) {
    const uint32_t bits = bitsOf(float(value));
    // The float's exponent (bias 127) and upper three bits of mantissa, with the bias of e4m3.
    to.bits = value == 0 ? uint8_t(0) : uint8_t((bits >> 31) << 7 | (((bits >> 23) & 0xFF) - 127 + 7) << 3 | ((bits >> 20) & 7));
}

/// splitmix64 (Steele, Lea, Flood 2014): every index its own well mixed word.
BUSBAR_DEVICE uint64_t mixed(uint64_t value) {
    value += 0x9E3779B97F4A7C15ULL;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

} // namespace busbar::kernels
