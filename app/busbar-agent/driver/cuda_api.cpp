#include "busbar-agent/driver/cuda_api.h"

#include "busbar-agent/driver/driver_library.h"

#include <dlfcn.h>

namespace busbar::agent {
namespace {

void bindDevices(void* lib, CudaApi& api) {
    bindSymbol(lib, api.init, {"cuInit"});
    bindSymbol(lib, api.errorString, {"cuGetErrorString"});
    bindSymbol(lib, api.errorName, {"cuGetErrorName"});
    bindSymbol(lib, api.driverVersion, {"cuDriverGetVersion"});
    bindSymbol(lib, api.deviceCount, {"cuDeviceGetCount"});
    bindSymbol(lib, api.deviceGet, {"cuDeviceGet"});
    bindSymbol(lib, api.deviceUuid, {"cuDeviceGetUuid_v2", "cuDeviceGetUuid"});
    bindSymbol(lib, api.deviceAttribute, {"cuDeviceGetAttribute"});
    bindSymbol(lib, api.deviceBusId, {"cuDeviceGetPCIBusId"});
    bindSymbol(lib, api.contextCreate, {"cuCtxCreate_v2"});
    bindSymbol(lib, api.contextDestroy, {"cuCtxDestroy_v2"});
    bindSymbol(lib, api.contextSetCurrent, {"cuCtxSetCurrent"});
    bindSymbol(lib, api.canAccessPeer, {"cuDeviceCanAccessPeer"});
    bindSymbol(lib, api.peerAttribute, {"cuDeviceGetP2PAttribute"});
    bindSymbol(lib, api.enablePeerAccess, {"cuCtxEnablePeerAccess"});
}

void bindMemory(void* lib, CudaApi& api) {
    bindSymbol(lib, api.memoryInfo, {"cuMemGetInfo_v2"});
    bindSymbol(lib, api.allocate, {"cuMemAlloc_v2"});
    bindSymbol(lib, api.release, {"cuMemFree_v2"});
    bindSymbol(lib, api.hostAllocate, {"cuMemHostAlloc"});
    bindSymbol(lib, api.hostRelease, {"cuMemFreeHost"});
    bindSymbol(lib, api.copyToDevice, {"cuMemcpyHtoDAsync_v2"});
    bindSymbol(lib, api.copyToHost, {"cuMemcpyDtoHAsync_v2"});
    bindSymbol(lib, api.copyOnDevice, {"cuMemcpyDtoDAsync_v2"});
    bindSymbol(lib, api.copyPeer, {"cuMemcpyPeerAsync"});
    bindSymbol(lib, api.fillWords, {"cuMemsetD32Async"});
}

void bindWork(void* lib, CudaApi& api) {
    bindSymbol(lib, api.moduleLoad, {"cuModuleLoadDataEx"});
    bindSymbol(lib, api.moduleUnload, {"cuModuleUnload"});
    bindSymbol(lib, api.moduleFunction, {"cuModuleGetFunction"});
    bindSymbol(lib, api.functionSet, {"cuFuncSetAttribute"});
    bindSymbol(lib, api.launch, {"cuLaunchKernel"});
    bindSymbol(lib, api.streamCreate, {"cuStreamCreate"});
    bindSymbol(lib, api.streamDestroy, {"cuStreamDestroy_v2"});
    bindSymbol(lib, api.streamQuery, {"cuStreamQuery"});
    bindSymbol(lib, api.streamSynchronize, {"cuStreamSynchronize"});
    bindSymbol(lib, api.eventCreate, {"cuEventCreate"});
    bindSymbol(lib, api.eventDestroy, {"cuEventDestroy_v2"});
    bindSymbol(lib, api.eventRecord, {"cuEventRecord"});
    bindSymbol(lib, api.eventElapsed, {"cuEventElapsedTime"});
}

/// What no CUDA driver since 11.4 lacks; peer access is checked where it is used.
bool isWhole(const CudaApi& api) {
    const void* const needed[] = {reinterpret_cast<void*>(api.init), reinterpret_cast<void*>(api.deviceCount), reinterpret_cast<void*>(api.deviceGet), reinterpret_cast<void*>(api.deviceUuid),
                                  reinterpret_cast<void*>(api.contextCreate), reinterpret_cast<void*>(api.contextDestroy), reinterpret_cast<void*>(api.contextSetCurrent),
                                  reinterpret_cast<void*>(api.memoryInfo), reinterpret_cast<void*>(api.allocate), reinterpret_cast<void*>(api.release), reinterpret_cast<void*>(api.hostAllocate),
                                  reinterpret_cast<void*>(api.hostRelease), reinterpret_cast<void*>(api.copyToDevice), reinterpret_cast<void*>(api.copyToHost), reinterpret_cast<void*>(api.copyOnDevice),
                                  reinterpret_cast<void*>(api.fillWords), reinterpret_cast<void*>(api.functionSet), reinterpret_cast<void*>(api.moduleLoad), reinterpret_cast<void*>(api.moduleUnload), reinterpret_cast<void*>(api.moduleFunction),
                                  reinterpret_cast<void*>(api.launch), reinterpret_cast<void*>(api.streamCreate), reinterpret_cast<void*>(api.streamDestroy), reinterpret_cast<void*>(api.streamQuery),
                                  reinterpret_cast<void*>(api.streamSynchronize), reinterpret_cast<void*>(api.eventCreate), reinterpret_cast<void*>(api.eventDestroy), reinterpret_cast<void*>(api.eventRecord),
                                  reinterpret_cast<void*>(api.eventElapsed), reinterpret_cast<void*>(api.deviceAttribute)};
    for (const void* const function : needed)
        if (function == nullptr) return false;
    return true;
}

/// The driver loads its PTX compiler by bare name when a module is loaded. Where the driver came from a folder that the loader does not
/// search, the compiler is loaded from there first, so that the name is known; a driver that needs none of these does without.
void loadCompiler(const std::string& driver) {
    const std::size_t slash = driver.rfind('/');
    if (slash == std::string::npos) return;
    for (const char* name : {"libnvidia-ptxjitcompiler.so.1", "libnvidia-nvvm.so.4"})
        if (dlopen(name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE) == nullptr) dlopen((driver.substr(0, slash + 1) + name).c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
}

} // namespace

Status CudaApi::check(cuda::Result code, const char* what) const {
    if (code == cuda::kSuccess) return absl::OkStatus();
    const char *words = nullptr, *name = nullptr;
    if (errorString == nullptr || errorString(code, &words) != cuda::kSuccess || words == nullptr) words = "unknown error";
    if (errorName == nullptr || errorName(code, &name) != cuda::kSuccess || name == nullptr) name = "CUDA";
    const std::string sentence = fmt::format("{}: {} ({}, {})", what, words, name, code);
    if (code == cuda::kOutOfMemory) return absl::ResourceExhaustedError(sentence);
    if (code == cuda::kEccUncorrectable) return absl::DataLossError(sentence);
    return absl::InternalError(sentence);
}

StatusOr<CudaApi> loadCuda(const std::string& path) {
    auto library = loadDriverLibrary(path, "libcuda.so.1", "CUDA driver");
    if (!library.ok()) return library.status();
    CudaApi api;
    api.library = library->handle;
    api.libraryPath = library->path;
    bindDevices(api.library.get(), api);
    bindMemory(api.library.get(), api);
    bindWork(api.library.get(), api);
    api.simulated = symbolOf(api.library.get(), kSimulationMark) != nullptr;
    if (!api.simulated) loadCompiler(api.libraryPath);
    if (!isWhole(api)) return notFound("no CUDA driver: {} lacks basic functions", api.libraryPath);
    if (const Status begun = api.check(api.init(0), "cuInit"); !begun.ok()) return begun;
    return api;
}

} // namespace busbar::agent
