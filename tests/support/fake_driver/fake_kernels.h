// Runs the agent's kernels, compiled for the CPU from the same source, by name; and says what they cost on the GPU that is modelled.
#pragma once

#include <string_view>

namespace fake_driver {

/// What one launch moves and computes.
struct KernelCost {
    double memoryBytes = 0;
    double flops = 0;
    bool fp8 = false;
};

/// Runs `name` with the launch's argument pointers; false when there is no such kernel.
bool runKernel(std::string_view name, void** arguments, KernelCost& cost);

} // namespace fake_driver
