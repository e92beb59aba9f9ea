// The kernels of busbar-agent/kernels as PTX, built into the agent; the driver compiles it for the GPU it finds.
#pragma once

namespace busbar::agent {

/// Compute capability the PTX is made for, times ten.
inline constexpr int kKernelCapability = 80;
/// Zero-terminated PTX text; lives for the whole program.
const char* kernelPtx();

/// The fp8 kernels (kernels/fp8.cu), for GPUs of this capability and newer.
inline constexpr int kFp8Capability = 89;
const char* fp8Ptx();

} // namespace busbar::agent
