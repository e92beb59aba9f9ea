// bf16 matrix product with whole-numbered inputs: every product and partial sum is a whole number below 2^24, so the f32 sums are exact
// in any order and are checked bit by bit. Inputs repeat along k with period kPeriod, so that a check costs kPeriod products, not k.
#pragma once

#include "faults.h"
#include "tile.h"

namespace busbar::kernels {

constexpr uint32_t kPeriod = 64;
constexpr int kInputRange = 7; ///< inputs are -3..3: |sum| ≤ 9·k, below 2^24 for k ≤ 1,864,135

/// Input of row `row` of A (side 0) or of B transposed (side 1) at `k`.
BUSBAR_DEVICE int gemmInput(uint64_t seed, uint32_t side, uint64_t row, uint64_t k) {
    return int(mixed(seed ^ (row * 2 + side) * 0x10001ULL ^ (k % kPeriod) << 40) % kInputRange) - kInputRange / 2;
}

BUSBAR_KERNEL busbarGemmInput(Bf16* matrix, uint64_t rows, uint64_t k, uint32_t side, uint64_t seed) {
    for (uint64_t i = threadIndex(); i < rows * k; i += threadCount()) matrix[i] = bf16Of(gemmInput(seed, side, i / k, i % k));
}

constexpr uint32_t kTilesM = 4, kTilesN = 8; ///< tiles of one warp: 64 × 64 sums
constexpr uint32_t kWarpM = kTilesM * kTileM, kWarpN = kTilesN * kTileN;

BUSBAR_DEVICE void warpProduct(const Bf16* a, const Bf16* b, uint64_t k, TileC (&sums)[kTilesM][kTilesN]) {
    for (uint64_t at = 0; at < k; at += kTileK) {
        TileA left[kTilesM];
        BUSBAR_UNROLL for (uint32_t m = 0; m < kTilesM; ++m) loadTile(left[m], a + m * kTileM * k + at, k);
        BUSBAR_UNROLL for (uint32_t n = 0; n < kTilesN; ++n) {
            TileB right;
            loadTile(right, b + n * kTileN * k + at, k);
            BUSBAR_UNROLL for (uint32_t m = 0; m < kTilesM; ++m) multiply(sums[m][n], left[m], right);
        }
    }
}

/// c[m × n] = a[m × k] · bTransposed[n × k]ᵀ; m and n are multiples of 64, k of 64. `repeat` > 1 does the work again, for a steady load.
BUSBAR_KERNEL busbarGemm(const Bf16* a, const Bf16* bTransposed, float* c, uint64_t m, uint64_t n, uint64_t k, uint32_t repeat) {
    const uint64_t across = n / kWarpN;
    for (uint64_t block = warpIndex(); block < m / kWarpM * across; block += warpCount()) {
        const uint64_t row = block / across * kWarpM, column = block % across * kWarpN;
        for (uint32_t round = 0; round < repeat; ++round) {
            TileC sums[kTilesM][kTilesN];
            BUSBAR_UNROLL for (uint32_t tm = 0; tm < kTilesM; ++tm)
                BUSBAR_UNROLL for (uint32_t tn = 0; tn < kTilesN; ++tn) clearTile(sums[tm][tn]);
            warpProduct(a + row * k, bTransposed + column * k, k, sums);
            BUSBAR_UNROLL for (uint32_t tm = 0; tm < kTilesM; ++tm)
                BUSBAR_UNROLL for (uint32_t tn = 0; tn < kTilesN; ++tn) storeTile(sums[tm][tn], c + (row + tm * kTileM) * n + column + tn * kTileN, n);
        }
    }
}

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
    addAtomic(sum, mine);
}

} // namespace busbar::kernels
