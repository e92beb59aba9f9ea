// Memory: patterns that are written and read back, and the plain reads, writes and copies that bandwidth is measured with.
// Buffers are multiples of 16 bytes; offsets count bytes from the start of the whole test area, so that pieces of it share one pattern.
#pragma once

#include "faults.h"

namespace busbar::kernels {

enum PatternKind : uint32_t {
    kZero,
    kConstant, ///< `seed` in every word; with kInverted its complement (moving inversions)
    kRandom,   ///< mixed(word number ^ seed)
    kAddress,  ///< the word's own byte offset, so that a stuck address line shows
};
constexpr uint32_t kInverted = 0x100;

BUSBAR_DEVICE uint64_t patternWord(uint32_t kind, uint64_t seed, uint64_t offset) {
    uint64_t word = 0;
    switch (kind & 0xFF) {
    case kConstant: word = seed; break;
    case kRandom: word = mixed((offset / 8) ^ seed); break;
    case kAddress: word = offset; break;
    default: break;
    }
    return (kind & kInverted) != 0 ? ~word : word;
}

BUSBAR_DEVICE Word2 patternPair(uint32_t kind, uint64_t seed, uint64_t offset) { return Word2{patternWord(kind, seed, offset), patternWord(kind, seed, offset + 8)}; }

BUSBAR_KERNEL busbarFill(Word2* data, uint64_t bytes, uint64_t offset, uint32_t kind, uint64_t seed) {
    for (uint64_t i = threadIndex(); i < bytes / 16; i += threadCount()) data[i] = patternPair(kind, seed, offset + i * 16);
}

BUSBAR_DEVICE void checkPair(const Word2& got, uint32_t kind, uint64_t seed, uint64_t offset, Faults* faults) {
    const Word2 expected = patternPair(kind, seed, offset);
    if (got[0] != expected[0]) tellFault(faults, offset, expected[0], got[0]);
    if (got[1] != expected[1]) tellFault(faults, offset + 8, expected[1], got[1]);
}

BUSBAR_KERNEL busbarCheck(const Word2* data, uint64_t bytes, uint64_t offset, uint32_t kind, uint64_t seed, Faults* faults) {
    for (uint64_t i = threadIndex(); i < bytes / 16; i += threadCount()) checkPair(data[i], kind, seed, offset + i * 16, faults);
}

/// Checks each word and leaves its complement: the inner step of moving inversions.
BUSBAR_KERNEL busbarCheckInvert(Word2* data, uint64_t bytes, uint64_t offset, uint32_t kind, uint64_t seed, Faults* faults) {
    for (uint64_t i = threadIndex(); i < bytes / 16; i += threadCount()) {
        const Word2 got = data[i];
        checkPair(got, kind, seed, offset + i * 16, faults);
        data[i] = patternPair(kind ^ kInverted, seed, offset + i * 16);
    }
}

BUSBAR_KERNEL busbarCopy(Word2* to, const Word2* from, uint64_t bytes) {
    for (uint64_t i = threadIndex(); i < bytes / 16; i += threadCount()) to[i] = from[i];
}

/// Reads all of it; the sum keeps the reads from being left out.
BUSBAR_KERNEL busbarRead(const Word2* data, uint64_t bytes, uint64_t* sum) {
    uint64_t mine = 0;
    for (uint64_t i = threadIndex(); i < bytes / 16; i += threadCount()) mine += data[i][0] ^ data[i][1];
    addAtomic(sum, mine);
}

} // namespace busbar::kernels
