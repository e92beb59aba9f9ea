// A library with the CUDA driver API's C interface over the same simulated GPUs as fake_nvml: contexts are clients that NVML lists, memory is
// the host's and counts against the GPU's, kernels run on the CPU from the agent's own source. Times are modelled from the GPU's figures in
// the state file (hbm_gbps, bf16_tflops, fp8_tflops, pcie_gbps, nvlink_gbps), since a CPU says nothing about a GPU's speed. It has 8
// multiprocessors, so that tests choose work that a CPU can do; compute_capability (90) and ptx (84: the newest text its compiler takes).
// Faults on demand: "bad_memory": {"offset": bytes, "mask": bits that stick at 1} in the largest allocation, "bad_gemm": index of a sum
// whose lowest bit flips (bf16 and fp8 alike), and "failures" by call as in fake_nvml.
// Here: devices, contexts and memory; fake_cuda_work.cpp has modules, launches, streams and events.
#include "tests/support/fake_driver/fake_context.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

using namespace busbar::agent::cuda;
using namespace fake_driver;
using nlohmann::json;

namespace {

constexpr int kProcessors = 8;

/// CUDA_ERROR_DEVICE_UNAVAILABLE where the compute mode keeps this process out.
Result admit(std::size_t device) {
    const json gpu = gpuOf(device);
    const int mode = gpu.value("compute_mode", 0);
    if (mode == 2) return kDevicesUnavailable;
    if (mode != 3) return kSuccess;
    for (const json& process : gpu["processes"])
        if (process.value("pid", 0LL) != getpid() && alive(process)) return kDevicesUnavailable;
    return kSuccess;
}

Result copyMs(void* to, const void* from, std::size_t bytes, double rate) {
    std::memmove(to, from, bytes);
    t_context->clockMs += static_cast<double>(bytes) / rate;
    spoilMemory(*t_context);
    return kSuccess;
}

/// All that this process holds for its GPUs: at most half of the machine's memory, whatever the modelled GPUs would have.
std::atomic<std::size_t> g_hostBytes{0};
bool hostHas(std::size_t bytes) {
    static const std::size_t most = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 2;
    return g_hostBytes + bytes <= most;
}

/// A GPU in MIG mode is no device; its instances would be, and this library has none.
std::vector<int> wholeGpus() {
    std::vector<int> whole;
    const json gpus = driver().read()["gpus"];
    for (std::size_t i = 0; i < gpus.size(); ++i)
        if (gpus[i].value("mig_mode", 0) == 0) whole.push_back(static_cast<int>(i));
    return whole;
}

/// "nvlink", "pcie", "host"; "unknown": direct, and the driver does not tell how.
std::string peerWayOf(Device device) { return gpuOf(static_cast<std::size_t>(device)).value("peer_way", "nvlink"); }

void* pointer(Address address) { return reinterpret_cast<void*>(address); }

} // namespace

extern "C" {
__attribute__((visibility("default"))) extern const int busbar_simulated_driver = 1;
}

FAKE_API Result cuInit(unsigned) { return driver().read().value("cuda_init_fails", 0); }
FAKE_API Result cuGetErrorString(Result code, const char** words) {
    switch (code) {
    case kSuccess: *words = "no error"; break;
    case kOutOfMemory: *words = "out of memory"; break;
    case kDevicesUnavailable: *words = "CUDA-capable device(s) is/are busy or unavailable"; break;
    case kInvalidValue: *words = "invalid argument"; break;
    case kNotFound: *words = "named symbol not found"; break;
    default: *words = "unknown error";
    }
    return kSuccess;
}
FAKE_API Result cuGetErrorName(Result code, const char** name) {
    switch (code) {
    case kSuccess: *name = "CUDA_SUCCESS"; break;
    case kOutOfMemory: *name = "CUDA_ERROR_OUT_OF_MEMORY"; break;
    case kDevicesUnavailable: *name = "CUDA_ERROR_DEVICE_UNAVAILABLE"; break;
    case kEccUncorrectable: *name = "CUDA_ERROR_ECC_UNCORRECTABLE"; break;
    case kUnsupportedPtxVersion: *name = "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"; break;
    default: *name = "CUDA_ERROR_UNKNOWN";
    }
    return kSuccess;
}
FAKE_API Result cuDriverGetVersion(int* version) {
    *version = 13000;
    return kSuccess;
}
FAKE_API Result cuDeviceGetCount(int* count) {
    *count = static_cast<int>(wholeGpus().size());
    return kSuccess;
}
FAKE_API Result cuDeviceGet(Device* device, int ordinal) {
    const std::vector<int> whole = wholeGpus();
    if (ordinal < 0 || static_cast<std::size_t>(ordinal) >= whole.size()) return kInvalidValue;
    *device = whole[static_cast<std::size_t>(ordinal)];
    return failureOf(static_cast<std::size_t>(*device), "cuDeviceGet");
}
FAKE_API Result cuDeviceGetUuid_v2(Uuid* uuid, Device device) {
    std::string text = gpuOf(static_cast<std::size_t>(device)).value("uuid", "");
    std::erase(text, '-');
    for (int i = 0; i < 16; ++i) {
        unsigned byte = 0;
        if (std::sscanf(text.c_str() + 3 + 2 * i, "%2x", &byte) != 1) return kInvalidValue;
        uuid->bytes[i] = static_cast<unsigned char>(byte);
    }
    return kSuccess;
}
FAKE_API Result cuDeviceGetAttribute(int* value, int attribute, Device device) {
    const json gpu = gpuOf(static_cast<std::size_t>(device));
    const int capability = gpu.value("compute_capability", 90);
    switch (attribute) {
    case kMultiprocessorCount: *value = kProcessors; break;
    case kComputeMode: *value = gpu.value("compute_mode", 0); break;
    case kComputeCapabilityMajor: *value = capability / 10; break;
    case kComputeCapabilityMinor: *value = capability % 10; break;
    default: return kInvalidValue;
    }
    return kSuccess;
}
FAKE_API Result cuDeviceGetPCIBusId(char* text, int size, Device device) {
    std::snprintf(text, static_cast<std::size_t>(size), "%s", gpuOf(static_cast<std::size_t>(device)).value("pci", "0000:1B:00.0").c_str());
    return kSuccess;
}
FAKE_API Result cuCtxCreate_v2(Context* context, unsigned, Device device) {
    const auto index = static_cast<std::size_t>(device);
    if (const Result failure = failureOf(index, "cuCtxCreate_v2"); failure != kSuccess) return failure;
    if (const Result refused = admit(index); refused != kSuccess) return refused;
    t_context = new FakeContext{index, {}, 0};
    publishUse(*t_context);
    *context = t_context;
    return kSuccess;
}
FAKE_API Result cuCtxDestroy_v2(Context context) {
    auto* gone = static_cast<FakeContext*>(context);
    for (const auto& [address, bytes] : gone->memory) {
        munmap(pointer(address), bytes);
        g_hostBytes -= bytes;
    }
    publishUse(gone->device, -1);
    if (t_context == gone) t_context = nullptr;
    delete gone;
    return kSuccess;
}
FAKE_API Result cuCtxSetCurrent(Context context) {
    t_context = static_cast<FakeContext*>(context);
    return kSuccess;
}
FAKE_API Result cuDeviceCanAccessPeer(int* can, Device from, Device) {
    *can = peerWayOf(from) == "host" ? 0 : 1;
    return kSuccess;
}
FAKE_API Result cuDeviceGetP2PAttribute(int* value, int, Device from, Device) {
    const std::string way = peerWayOf(from);
    *value = way == "nvlink" ? 1 : 0;
    return way == "unknown" ? kInvalidValue : kSuccess;
}
FAKE_API Result cuCtxEnablePeerAccess(Context, unsigned) { return kSuccess; }
FAKE_API Result cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
    sizes(t_context->device, *free, *total);
    return kSuccess;
}
FAKE_API Result cuMemAlloc_v2(Address* address, std::size_t bytes) {
    std::size_t free = 0, total = 0;
    sizes(t_context->device, free, total);
    if (const Result failure = failureOf(t_context->device, "cuMemAlloc_v2"); failure != kSuccess) return failure;
    if (bytes > free || !hostHas(bytes)) return kOutOfMemory;
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return kOutOfMemory;
    *address = reinterpret_cast<Address>(memory);
    t_context->memory[*address] = bytes;
    g_hostBytes += bytes;
    publishUse(*t_context);
    return kSuccess;
}
FAKE_API Result cuMemFree_v2(Address address) {
    const auto found = t_context->memory.find(address);
    if (found == t_context->memory.end()) return kInvalidValue;
    munmap(pointer(address), found->second);
    g_hostBytes -= found->second;
    t_context->memory.erase(found);
    publishUse(*t_context);
    return kSuccess;
}
FAKE_API Result cuMemHostAlloc(void** memory, std::size_t bytes, unsigned) {
    *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    return *memory == nullptr ? kOutOfMemory : kSuccess;
}
FAKE_API Result cuMemFreeHost(void* memory) {
    std::free(memory);
    return kSuccess;
}
FAKE_API Result cuMemcpyHtoDAsync_v2(Address to, const void* from, std::size_t bytes, Stream) { return copyMs(pointer(to), from, bytes, bytesPerMs("pcie_gbps", 54.8)); }
FAKE_API Result cuMemcpyDtoHAsync_v2(void* to, Address from, std::size_t bytes, Stream) { return copyMs(to, pointer(from), bytes, bytesPerMs("pcie_gbps", 54.8)); }
FAKE_API Result cuMemcpyDtoDAsync_v2(Address to, Address from, std::size_t bytes, Stream) { return copyMs(pointer(to), pointer(from), bytes, memoryBytesPerMs() / 2); }
FAKE_API Result cuMemcpyPeerAsync(Address to, Context target, Address from, Context, std::size_t bytes, Stream) {
    auto* const other = static_cast<FakeContext*>(target);
    const bool linked = peerWayOf(static_cast<Device>(t_context->device)) == "nvlink";
    const Result copied = copyMs(pointer(to), pointer(from), bytes, linked ? bytesPerMs("nvlink_gbps", 380) : bytesPerMs("pcie_gbps", 54.8));
    spoilMemory(*other);
    return copied;
}
FAKE_API Result cuMemsetD32Async(Address address, unsigned value, std::size_t words, Stream) {
    std::fill_n(static_cast<unsigned*>(pointer(address)), words, value);
    t_context->clockMs += 4.0 * static_cast<double>(words) / memoryBytesPerMs();
    spoilMemory(*t_context);
    return kSuccess;
}
