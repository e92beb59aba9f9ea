// Where kernels say what they found wrong: a count and the first few places. Lies in device memory, zeroed by the host before use; the
// same layout on both sides.
#pragma once

#include "machine.h"

namespace busbar::kernels {

constexpr uint64_t kFaultsKept = 16;

struct Faults {
    uint64_t count;
    struct Place {
        uint64_t address; ///< byte offset in the buffer checked, or index of the element
        uint64_t expected, got;
    } first[kFaultsKept];
};

BUSBAR_DEVICE void tellFault(Faults* faults, uint64_t address, uint64_t expected, uint64_t got) {
    const uint64_t number = addAtomic(&faults->count, 1);
    if (number < kFaultsKept) faults->first[number] = {address, expected, got};
}

} // namespace busbar::kernels
