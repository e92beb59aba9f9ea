// The table of CUDA driver functions, filled by dlopen and dlsym as nvml_api.h does for NVML. The library stays loaded for the life of the
// table. Calls are as thread-safe as the driver's; contexts are bound to threads.
#pragma once

#include "base/status.h"
#include "busbar-agent/driver/cuda_abi.h"

#include <memory>
#include <string>

namespace busbar::agent {

struct CudaApi {
    cuda::Result (*init)(unsigned) = nullptr;
    cuda::Result (*errorString)(cuda::Result, const char**) = nullptr;
    cuda::Result (*errorName)(cuda::Result, const char**) = nullptr;
    cuda::Result (*driverVersion)(int*) = nullptr;
    cuda::Result (*deviceCount)(int*) = nullptr;
    cuda::Result (*deviceGet)(cuda::Device*, int) = nullptr;
    cuda::Result (*deviceUuid)(cuda::Uuid*, cuda::Device) = nullptr;
    cuda::Result (*deviceAttribute)(int*, int, cuda::Device) = nullptr;
    cuda::Result (*deviceBusId)(char*, int, cuda::Device) = nullptr;
    cuda::Result (*contextCreate)(cuda::Context*, unsigned, cuda::Device) = nullptr;
    cuda::Result (*contextDestroy)(cuda::Context) = nullptr;
    cuda::Result (*contextSetCurrent)(cuda::Context) = nullptr;
    cuda::Result (*memoryInfo)(std::size_t*, std::size_t*) = nullptr;
    cuda::Result (*allocate)(cuda::Address*, std::size_t) = nullptr;
    cuda::Result (*release)(cuda::Address) = nullptr;
    cuda::Result (*hostAllocate)(void**, std::size_t, unsigned) = nullptr;
    cuda::Result (*hostRelease)(void*) = nullptr;
    cuda::Result (*copyToDevice)(cuda::Address, const void*, std::size_t, cuda::Stream) = nullptr;
    cuda::Result (*copyToHost)(void*, cuda::Address, std::size_t, cuda::Stream) = nullptr;
    cuda::Result (*copyOnDevice)(cuda::Address, cuda::Address, std::size_t, cuda::Stream) = nullptr;
    cuda::Result (*copyPeer)(cuda::Address, cuda::Context, cuda::Address, cuda::Context, std::size_t, cuda::Stream) = nullptr;
    cuda::Result (*canAccessPeer)(int*, cuda::Device, cuda::Device) = nullptr;
    cuda::Result (*peerAttribute)(int*, int, cuda::Device, cuda::Device) = nullptr;
    cuda::Result (*enablePeerAccess)(cuda::Context, unsigned) = nullptr;
    cuda::Result (*fillWords)(cuda::Address, unsigned, std::size_t, cuda::Stream) = nullptr; ///< 32-bit words
    cuda::Result (*moduleLoad)(cuda::Module*, const void*, unsigned, cuda::JitOption*, void**) = nullptr;
    cuda::Result (*moduleUnload)(cuda::Module) = nullptr;
    cuda::Result (*moduleFunction)(cuda::Function*, cuda::Module, const char*) = nullptr;
    cuda::Result (*functionSet)(cuda::Function, int, int) = nullptr;
    cuda::Result (*launch)(cuda::Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, cuda::Stream, void**, void**) = nullptr;
    cuda::Result (*streamCreate)(cuda::Stream*, unsigned) = nullptr;
    cuda::Result (*streamDestroy)(cuda::Stream) = nullptr;
    cuda::Result (*streamQuery)(cuda::Stream) = nullptr;
    cuda::Result (*streamSynchronize)(cuda::Stream) = nullptr;
    cuda::Result (*eventCreate)(cuda::Event*, unsigned) = nullptr;
    cuda::Result (*eventDestroy)(cuda::Event) = nullptr;
    cuda::Result (*eventRecord)(cuda::Event, cuda::Stream) = nullptr;
    cuda::Result (*eventElapsed)(float*, cuda::Event, cuda::Event) = nullptr;

    bool simulated = false;  ///< the library says of itself that it is a simulation
    std::string libraryPath; ///< what was loaded
    std::shared_ptr<void> library;

    /// OK, or the driver's words for `code` after `what`: "busbarFill: an illegal memory access was encountered (CUDA_ERROR_ILLEGAL_ADDRESS,
    /// 700)". ResourceExhausted: out of memory. DataLoss: the GPU met an ECC error that it could not correct.
    Status check(cuda::Result code, const char* what) const;
};

/// Loads and initialises `path`, or when empty libcuda.so.1 by the loader's own search, then $BUSBAR_DRIVER_PATH, then
/// /usr/local/nvidia/lib64. NotFound "no CUDA driver: libcuda.so.1 not found".
StatusOr<CudaApi> loadCuda(const std::string& path);

} // namespace busbar::agent
