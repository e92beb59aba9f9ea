// C += A·B for the 128 × 256 sums of one block along all of k: on a GPU by mma.sync from shared memory, filled by cp.async three stages
// ahead; plain loops on the CPU. A is row-major, B is given transposed (row n holds column n), so that both are read along k. `Input` is
// Bf16, or Fp8 (only in the module for sm_89 and newer); k·sizeof(Input) is a multiple of kStepBytes.
#pragma once

#include "layout.h"

namespace busbar::kernels {

#ifdef __CUDA__

extern __attribute__((shared, aligned(128))) uint8_t blockShared[]; ///< kSharedBytes, given at the launch

struct BlockSums {
    float tiles[kTilesM][kTilesN][4];
};

BUSBAR_DEVICE uint32_t lane() { return threadInBlock() % kLanes; }
/// Corner of this warp's sums in the block's.
BUSBAR_DEVICE uint32_t warpRow() { return threadInBlock() / kLanes / (kBlockN / kWarpN) * kWarpM; }
BUSBAR_DEVICE uint32_t warpColumn() { return threadInBlock() / kLanes % (kBlockN / kWarpN) * kWarpN; }

BUSBAR_DEVICE void clear(BlockSums& sums) {
    BUSBAR_UNROLL for (uint32_t m = 0; m < kTilesM; ++m)
        BUSBAR_UNROLL for (uint32_t n = 0; n < kTilesN; ++n)
            BUSBAR_UNROLL for (uint32_t i = 0; i < 4; ++i) sums.tiles[m][n][i] = 0;
}

BUSBAR_DEVICE uint32_t sharedAddress(const uint8_t* pointer) { return uint32_t(reinterpret_cast<uint64_t>((const __attribute__((address_space(3))) uint8_t*)pointer)); }

/// Starts this thread's part of the copy of `Rows` rows' next 64 bytes into a stage.
template <uint32_t Rows>
BUSBAR_DEVICE void fetchRows(uint8_t* stage, const uint8_t* from, uint64_t rowBytes) {
    BUSBAR_UNROLL for (uint32_t i = 0; i < Rows * kChunks / kThreadsPerBlock; ++i) {
        const uint32_t number = i * kThreadsPerBlock + threadInBlock(), row = number / kChunks, chunk = number % kChunks;
        __nvvm_cp_async_cg_shared_global_16((__attribute__((address_space(3))) void*)(stage + sharedOffset(row, chunk)),
                                            (__attribute__((address_space(1))) const void*)(from + row * rowBytes + chunk * kChunk));
    }
}
BUSBAR_DEVICE void fetchStage(uint32_t step, const uint8_t* a, const uint8_t* b, uint64_t rowBytes) {
    uint8_t* const stage = blockShared + step % kStages * kStageBytes;
    fetchRows<kBlockM>(stage, a + uint64_t(step) * kStepBytes, rowBytes);
    fetchRows<kBlockN>(stage + kBlockM * kStepBytes, b + uint64_t(step) * kStepBytes, rowBytes);
}

BUSBAR_DEVICE void loadMatrices(uint32_t (&to)[4], uint32_t address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]) : "r"(address) : "memory");
}

template <typename Input>
BUSBAR_DEVICE void multiply(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
#ifdef BUSBAR_FP8
    static_assert(sizeof(Input) == 1);
    asm volatile("mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
#else
    static_assert(sizeof(Input) == 2);
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
#endif
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// All products of one stage.
template <typename Input>
BUSBAR_DEVICE void useStage(BlockSums& sums, uint32_t step) {
    const uint32_t a = sharedAddress(blockShared + step % kStages * kStageBytes), b = a + kBlockM * kStepBytes;
    const RowChunk laneA = laneOfA(lane()), laneB = laneOfB(lane());
    BUSBAR_UNROLL for (uint32_t at = 0; at < kStepBytes / kTileBytes; ++at) {
        uint32_t left[kTilesM][4];
        BUSBAR_UNROLL for (uint32_t m = 0; m < kTilesM; ++m) loadMatrices(left[m], a + sharedOffset(warpRow() + m * kTileM + laneA.row, at * 2 + laneA.chunk));
        BUSBAR_UNROLL for (uint32_t n = 0; n < kTilesN; n += 2) {
            uint32_t right[4];
            loadMatrices(right, b + sharedOffset(warpColumn() + n * kTileN + laneB.row, at * 2 + laneB.chunk));
            BUSBAR_UNROLL for (uint32_t m = 0; m < kTilesM; ++m) {
                multiply<Input>(sums.tiles[m][n], left[m], right[0], right[1]);
                multiply<Input>(sums.tiles[m][n + 1], left[m], right[2], right[3]);
            }
        }
    }
}

template <typename Input>
BUSBAR_DEVICE void addProducts(BlockSums& sums, const Input* a, const Input* b, uint64_t k) {
    const uint8_t *const bytesA = reinterpret_cast<const uint8_t*>(a), *const bytesB = reinterpret_cast<const uint8_t*>(b);
    const uint64_t rowBytes = k * sizeof(Input);
    const uint32_t steps = uint32_t(rowBytes / kStepBytes);
    for (uint32_t step = 0; step < kStages - 1; ++step) {
        if (step < steps) fetchStage(step, bytesA, bytesB, rowBytes);
        __nvvm_cp_async_commit_group();
    }
    for (uint32_t step = 0; step < steps; ++step) {
        __nvvm_cp_async_wait_group(int(kStages - 2)); // The groups after it may still be on their way.
        // Every thread's part of this stage is there, and every warp is done with the one that is filled next.
        __syncthreads();
        if (step + kStages - 1 < steps) fetchStage(step + kStages - 1, bytesA, bytesB, rowBytes);
        __nvvm_cp_async_commit_group();
        useStage<Input>(sums, step);
    }
    __nvvm_cp_async_wait_all();
    __syncthreads(); // The next product begins with the first stage again.
}

BUSBAR_DEVICE void store(const BlockSums& sums, float* corner, uint64_t stride) {
    const RowColumn mine = laneOfSums(lane());
    float* const first = corner + (warpRow() + mine.row) * stride + warpColumn() + mine.column;
    BUSBAR_UNROLL for (uint32_t m = 0; m < kTilesM; ++m)
        BUSBAR_UNROLL for (uint32_t n = 0; n < kTilesN; ++n)
            BUSBAR_UNROLL for (uint32_t i = 0; i < 4; ++i) first[(m * kTileM + i / 2 * 8) * stride + n * kTileN + i % 2] = sums.tiles[m][n][i];
}

#else

struct BlockSums {
    float sums[kBlockM][kBlockN];
};

inline float numberOf(Bf16 value) {
    union {
        uint32_t bits;
        float number;
    } parts{uint32_t(value) << 16};
    return parts.number;
}
inline float numberOf(Fp8 value) {
    if ((value.bits & 0x7F) == 0) return 0; // Whole numbers below 17 have no subnormals.
    union {
        uint32_t bits;
        float number;
    } parts{uint32_t(value.bits >> 7) << 31 | ((uint32_t(value.bits >> 3) & 15) + 127 - 7) << 23 | uint32_t(value.bits & 7) << 20};
    return parts.number;
}

inline void clear(BlockSums& sums) {
    for (auto& row : sums.sums)
        for (float& sum : row) sum = 0;
}

template <typename Input>
void addProducts(BlockSums& sums, const Input* a, const Input* b, uint64_t k) {
    float across[kBlockN]; // One column of B transposed, so that the innermost loop runs over neighbours.
    for (uint64_t at = 0; at < k; ++at) {
        for (uint32_t n = 0; n < kBlockN; ++n) across[n] = numberOf(b[n * k + at]);
        for (uint32_t m = 0; m < kBlockM; ++m) {
            const float left = numberOf(a[m * k + at]);
            for (uint32_t n = 0; n < kBlockN; ++n) sums.sums[m][n] += left * across[n];
        }
    }
}

inline void store(const BlockSums& sums, float* corner, uint64_t stride) {
    for (uint32_t m = 0; m < kBlockM; ++m)
        for (uint32_t n = 0; n < kBlockN; ++n) corner[m * stride + n] = sums.sums[m][n];
}

#endif

} // namespace busbar::kernels
