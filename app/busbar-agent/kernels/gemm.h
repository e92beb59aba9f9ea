// Matrix products with whole-numbered inputs: as long as every partial sum is a whole number that the unit's accumulator holds exactly, the
// sums are the same in any order and are checked bit by bit. bf16 with f32 sums: below 2^24. fp8: below 2^13, since Hopper's tensor cores
// keep about 14 bits while they add up fp8 products, whatever the type of the result; hence kFp8Depth.
// Inputs repeat along k with period kPeriod, so that a check costs kPeriod products, not k.
#pragma once

#include "block.h"
#include "faults.h"

namespace busbar::kernels {

constexpr uint32_t kPeriod = 64;
constexpr int kInputRange = 7;         ///< inputs are -3..3: |sum| ≤ 9·k, below 2^24 for k ≤ 1,864,135
constexpr uint64_t kFp8Depth = 896;    ///< the largest k of whole periods with 9·k < 2^13
static_assert(9 * kFp8Depth < 1 << 13 && kFp8Depth % kPeriod == 0 && 9 * (kFp8Depth + kPeriod) >= 1 << 13);

/// Input of row `row` of A (side 0) or of B transposed (side 1) at `k`.
BUSBAR_DEVICE int gemmInput(uint64_t seed, uint32_t side, uint64_t row, uint64_t k) {
    return int(mixed(seed ^ (row * 2 + side) * 0x10001ULL ^ (k % kPeriod) << 40) % kInputRange) - kInputRange / 2;
}

template <typename Input>
BUSBAR_DEVICE void fillInput(Input* matrix, uint64_t rows, uint64_t k, uint32_t side, uint64_t seed) {
    for (uint64_t i = threadIndex(); i < rows * k; i += threadCount()) put(matrix[i], gemmInput(seed, side, i / k, i % k));
}

template <typename Input>
BUSBAR_DEVICE void gemm(const Input* a, const Input* bTransposed, float* c, uint64_t m, uint64_t n, uint64_t k, uint32_t repeat) {
    const uint64_t down = m / kBlockM, across = n / kBlockN;
    for (uint64_t block = blockIndex(); block < down * across; block += blockCount()) {
        const BlockPlace place = placeOfBlock(block, down, across);
        const uint64_t row = place.row * kBlockM, column = place.column * kBlockN;
        for (uint32_t round = 0; round < repeat; ++round) {
            BlockSums sums;
            clear(sums);
            addProducts(sums, a + row * k, bTransposed + column * k, k);
            store(sums, c + row * n + column, n);
        }
    }
}

// The module for fp8 is compiled apart and holds these two only; the double has all.
#if defined(BUSBAR_FP8) || !defined(__CUDA__)

BUSBAR_KERNEL busbarGemmInputFp8(Fp8* matrix, uint64_t rows, uint64_t k, uint32_t side, uint64_t seed) { fillInput(matrix, rows, k, side, seed); }

/// As busbarGemm; k is a multiple of 64.
BUSBAR_KERNEL busbarGemmFp8(const Fp8* a, const Fp8* bTransposed, float* c, uint64_t m, uint64_t n, uint64_t k, uint32_t repeat) { gemm(a, bTransposed, c, m, n, k, repeat); }

#endif
#ifndef BUSBAR_FP8

BUSBAR_KERNEL busbarGemmInput(Bf16* matrix, uint64_t rows, uint64_t k, uint32_t side, uint64_t seed) { fillInput(matrix, rows, k, side, seed); }

/// c[m × n] = a[m × k] · bTransposed[n × k]ᵀ; m is a multiple of 128, n of 256, k of 32. `repeat` > 1 does the work again, for a steady load.
BUSBAR_KERNEL busbarGemm(const Bf16* a, const Bf16* bTransposed, float* c, uint64_t m, uint64_t n, uint64_t k, uint32_t repeat) { gemm(a, bTransposed, c, m, n, k, repeat); }

/// Each sum again by whole numbers on the ordinary units, compared bit by bit.
BUSBAR_KERNEL busbarGemmCheck(const float* c, uint64_t m, uint64_t n, uint64_t k, uint64_t seed, Faults* faults) {
    for (uint64_t i = threadIndex(); i < m * n; i += threadCount()) {
        int sum = 0;
        for (uint32_t p = 0; p < kPeriod; ++p) sum += gemmInput(seed, 0, i / n, p) * gemmInput(seed, 1, i % n, p);
        const float expected = float(sum * int(k / kPeriod));
        if (bitsOf(c[i]) != bitsOf(expected)) tellFault(faults, i, bitsOf(expected), bitsOf(c[i]));
    }
}

/// One number for all bits of a result, the same for the same result: to compare over time and between GPUs.
BUSBAR_KERNEL busbarFingerprint(const uint64_t* data, uint64_t words, uint64_t* sum) {
    uint64_t mine = 0;
    for (uint64_t i = threadIndex(); i < words; i += threadCount()) mine += mixed(data[i] ^ mixed(i));
    addFromAll(sum, mine);
}

#endif

} // namespace busbar::kernels
