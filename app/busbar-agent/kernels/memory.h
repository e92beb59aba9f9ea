// Memory: patterns that are written and read back, and the plain reads, writes and copies that bandwidth is measured with.
// Buffers are multiples of 16 bytes; offsets count bytes from the start of the whole test area, so that pieces of it share one pattern.
// What is read is cut into tiles of 16 KiB, each read by one block: threads next to each other touch 16 bytes next to each other, and each has
// kAtOnce loads under way before it uses the first. With four blocks on a processor that is 64 kB, more than the memory's latency times its
// rate on every GPU of the fleet (H200: 4.8 TB/s × 0.8 µs / 132 = 29 kB). Within a tile all distances are constants: one pointer serves the
// four, so that registers leave room for that many blocks.
#pragma once

#include "faults.h"

namespace busbar::kernels {

enum PatternKind : uint32_t {
    kZero,
    kConstant, ///< `seed` in every word; with kInverted its complement (moving inversions)
    kRandom,   ///< a mixed number for each 16 bytes: it and the complement of its swapped halves
    kAddress,  ///< the word's own byte offset, so that a stuck address line shows
};
constexpr uint32_t kInverted = 0x100;

constexpr uint32_t kAtOnce = 4;

/// The 16 bytes at `offset`. One mixed number serves two words: two would cost a GPU more time than the memory takes.
BUSBAR_DEVICE Word2 patternPair(uint32_t kind, uint64_t seed, uint64_t offset) {
    Word2 pair{0, 0};
    switch (kind & 0xFF) {
    case kConstant: pair = Word2{seed, seed}; break;
    case kRandom: {
        const uint64_t word = mixed((offset / 16) ^ seed);
        pair = Word2{word, ~(word << 32 | word >> 32)};
        break;
    }
    case kAddress: pair = Word2{offset, offset + 8}; break;
    default: break;
    }
    return (kind & kInverted) != 0 ? ~pair : pair;
}

constexpr uint64_t kTilePairs = kAtOnce * kSideBySide;

/// Calls `use(number, pair)` for this thread's share of the pairs at `data`.
template <typename Use>
BUSBAR_DEVICE void readPairs(const Word2* data, uint64_t bytes, const Use& use) {
    const uint64_t pairs = bytes / 16;
    for (uint64_t tile = blockIndex() * kTilePairs; tile < pairs; tile += blockCount() * kTilePairs) {
        const uint64_t mine = tile + threadInBlock();
        if (tile + kTilePairs > pairs) { // The last one, cut short.
            for (uint64_t i = mine; i < pairs; i += kSideBySide) use(i, data[i]);
            return;
        }
        Word2 held[kAtOnce];
        BUSBAR_UNROLL for (uint32_t n = 0; n < kAtOnce; ++n) held[n] = data[mine + n * kSideBySide];
        BUSBAR_UNROLL for (uint32_t n = 0; n < kAtOnce; ++n) use(mine + n * kSideBySide, held[n]);
    }
}

BUSBAR_DEVICE void checkPair(const Word2& got, const Word2& expected, uint64_t offset, Faults* faults) {
    if (got[0] != expected[0]) tellFault(faults, offset, expected[0], got[0]);
    if (got[1] != expected[1]) tellFault(faults, offset + 8, expected[1], got[1]);
}

BUSBAR_KERNEL busbarFill(Word2* data, uint64_t bytes, uint64_t offset, uint32_t kind, uint64_t seed) {
    for (uint64_t i = threadIndex(); i < bytes / 16; i += threadCount()) data[i] = patternPair(kind, seed, offset + i * 16);
}

BUSBAR_KERNEL busbarCheck(const Word2* data, uint64_t bytes, uint64_t offset, uint32_t kind, uint64_t seed, Faults* faults) {
    readPairs(data, bytes, [&](uint64_t i, const Word2& got) { checkPair(got, patternPair(kind, seed, offset + i * 16), offset + i * 16, faults); });
}

/// Checks each word and leaves its complement: the inner step of moving inversions.
BUSBAR_KERNEL busbarCheckInvert(Word2* data, uint64_t bytes, uint64_t offset, uint32_t kind, uint64_t seed, Faults* faults) {
    readPairs(data, bytes, [&](uint64_t i, const Word2& got) {
        const Word2 expected = patternPair(kind, seed, offset + i * 16);
        checkPair(got, expected, offset + i * 16, faults);
        data[i] = ~expected;
    });
}

BUSBAR_KERNEL busbarCopy(Word2* to, const Word2* from, uint64_t bytes) {
    readPairs(from, bytes, [&](uint64_t i, const Word2& pair) { to[i] = pair; });
}

/// Reads all of it; the sum keeps the reads from being left out.
BUSBAR_KERNEL busbarRead(const Word2* data, uint64_t bytes, uint64_t* sum) {
    uint64_t mine = 0;
    readPairs(data, bytes, [&](uint64_t, const Word2& pair) { mine += pair[0] ^ pair[1]; });
    addFromAll(sum, mine);
}

} // namespace busbar::kernels
