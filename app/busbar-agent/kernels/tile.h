// C += A·B for one tile of 16 × 8 over 16 inputs, by a whole warp: mma.sync on a GPU (PTX ISA, mma.m16n8k16 with bf16 inputs and f32 sums),
// plain loops on the CPU. A is row-major, B is given transposed (row n holds column n), so that both are read along k.
#pragma once

#include "machine.h"

namespace busbar::kernels {

constexpr uint32_t kTileM = 16, kTileN = 8, kTileK = 16;

#ifdef __CUDA__

struct TileA { uint32_t pairs[4]; };
struct TileB { uint32_t pairs[2]; };
struct TileC { float sums[4]; };

BUSBAR_DEVICE uint32_t lane() { return threadInBlock() % 32; }
BUSBAR_DEVICE uint32_t pairAt(const Bf16* row, uint32_t column) { return *reinterpret_cast<const uint32_t*>(row + column); }

BUSBAR_DEVICE void loadTile(TileA& tile, const Bf16* corner, uint64_t stride) {
    const uint32_t row = lane() / 4, column = lane() % 4 * 2;
    tile.pairs[0] = pairAt(corner + row * stride, column);
    tile.pairs[1] = pairAt(corner + (row + 8) * stride, column);
    tile.pairs[2] = pairAt(corner + row * stride, column + 8);
    tile.pairs[3] = pairAt(corner + (row + 8) * stride, column + 8);
}
BUSBAR_DEVICE void loadTile(TileB& tile, const Bf16* corner, uint64_t stride) {
    const uint32_t row = lane() / 4, column = lane() % 4 * 2;
    tile.pairs[0] = pairAt(corner + row * stride, column);
    tile.pairs[1] = pairAt(corner + row * stride, column + 8);
}
BUSBAR_DEVICE void clearTile(TileC& tile) {
    tile.sums[0] = tile.sums[1] = tile.sums[2] = tile.sums[3] = 0;
}
BUSBAR_DEVICE void multiply(TileC& c, const TileA& a, const TileB& b) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c.sums[0]), "+f"(c.sums[1]), "+f"(c.sums[2]), "+f"(c.sums[3])
                 : "r"(a.pairs[0]), "r"(a.pairs[1]), "r"(a.pairs[2]), "r"(a.pairs[3]), "r"(b.pairs[0]), "r"(b.pairs[1]));
}
BUSBAR_DEVICE void storeTile(const TileC& tile, float* corner, uint64_t stride) {
    const uint32_t row = lane() / 4, column = lane() % 4 * 2;
    corner[row * stride + column] = tile.sums[0];
    corner[row * stride + column + 1] = tile.sums[1];
    corner[(row + 8) * stride + column] = tile.sums[2];
    corner[(row + 8) * stride + column + 1] = tile.sums[3];
}

#else

struct TileA { float values[kTileM][kTileK]; };
struct TileB { float values[kTileN][kTileK]; };
struct TileC { float sums[kTileM][kTileN]; };

inline float floatOf(Bf16 value) {
    union {
        uint32_t bits;
        float number;
    } parts{uint32_t(value) << 16};
    return parts.number;
}
template <uint32_t Rows>
inline void loadRows(float (&values)[Rows][kTileK], const Bf16* corner, uint64_t stride) {
    for (uint32_t row = 0; row < Rows; ++row)
        for (uint32_t k = 0; k < kTileK; ++k) values[row][k] = floatOf(corner[row * stride + k]);
}
inline void loadTile(TileA& tile, const Bf16* corner, uint64_t stride) { loadRows(tile.values, corner, stride); }
inline void loadTile(TileB& tile, const Bf16* corner, uint64_t stride) { loadRows(tile.values, corner, stride); }
inline void clearTile(TileC& tile) { tile = {}; }
inline void multiply(TileC& c, const TileA& a, const TileB& b) {
    for (uint32_t m = 0; m < kTileM; ++m)
        for (uint32_t n = 0; n < kTileN; ++n) {
            float sum = 0;
            for (uint32_t k = 0; k < kTileK; ++k) sum += a.values[m][k] * b.values[n][k];
            c.sums[m][n] += sum;
        }
}
inline void storeTile(const TileC& tile, float* corner, uint64_t stride) {
    for (uint32_t m = 0; m < kTileM; ++m)
        for (uint32_t n = 0; n < kTileN; ++n) corner[m * stride + n] = tile.sums[m][n];
}

#endif

} // namespace busbar::kernels
