// Who holds what in a block's matrix product: where a 16-byte chunk of an input lies in shared memory, which row each lane names to
// ldmatrix, and which sums each lane ends up with. Pure numbers, so that a test can replay PTX's own rules on them (PTX ISA: ldmatrix;
// mma.m16n8k16 with bf16, mma.m16n8k32 with e4m3: both have the same layout in bytes, 32 along k).
#pragma once

#include "machine.h"

namespace busbar::kernels {

constexpr uint32_t kBlockM = 128, kBlockN = 256;  ///< sums of a block
constexpr uint32_t kWarpM = 64, kWarpN = 64;      ///< sums of one of its 8 warps: 2 rows of 4
constexpr uint32_t kTileM = 16, kTileN = 8, kTileBytes = 32; ///< one mma
constexpr uint32_t kTilesM = kWarpM / kTileM, kTilesN = kWarpN / kTileN;
constexpr uint32_t kStepBytes = 64;               ///< of each row along k that a stage holds
constexpr uint32_t kChunk = 16, kChunks = kStepBytes / kChunk;
constexpr uint32_t kStages = 4;                   ///< three are on their way while one is used
constexpr uint32_t kStageBytes = (kBlockM + kBlockN) * kStepBytes;
constexpr uint32_t kSharedBytes = kStages * kStageBytes; ///< 96 kB: sm_86 has 99 for a block, all others more
static_assert(kBlockM / kWarpM * (kBlockN / kWarpN) * kLanes == kThreadsPerBlock);

/// Byte of a stage where `chunk` of input row `row` lies. Chunks are exchanged within a row by the row's number, so that the eight rows one
/// ldmatrix reads, and the eight chunks that threads next to each other write, lie in different banks.
BUSBAR_DEVICE uint32_t sharedOffset(uint32_t row, uint32_t chunk) { return row * kStepBytes + (chunk ^ (row >> 1 & 3)) * kChunk; }

struct RowChunk {
    uint32_t row, chunk;
};
/// What `lane` names to ldmatrix.x4 for a 16 × 32-byte tile of A: rows 0..7 and 8..15 of the left chunk, then of the right one.
BUSBAR_DEVICE RowChunk laneOfA(uint32_t lane) { return {lane % 16, lane / 16}; }
/// For two neighbouring 8 × 32-byte tiles of B transposed: left and right chunk of the first, then of the second.
BUSBAR_DEVICE RowChunk laneOfB(uint32_t lane) { return {lane % 8 + lane / 16 * 8, lane / 8 % 2}; }

struct RowColumn {
    uint32_t row, column;
};
/// Where in a 16 × 8 tile the first of the lane's sums is; the second is right of it, the third and fourth are 8 rows below.
BUSBAR_DEVICE RowColumn laneOfSums(uint32_t lane) { return {lane / 4, lane % 4 * 2}; }

/// Blocks next to each other in time share inputs: groups of kGroup block rows, column by column.
constexpr uint64_t kGroup = 8;
struct BlockPlace {
    uint64_t row, column; ///< in blocks
};
BUSBAR_DEVICE BlockPlace placeOfBlock(uint64_t number, uint64_t down, uint64_t across) {
    const uint64_t first = number / (kGroup * across) * kGroup, within = number % (kGroup * across);
    const uint64_t rows = down - first < kGroup ? down - first : kGroup;
    return {first + within % rows, within / rows};
}

} // namespace busbar::kernels
