// A library with the CUDA driver API's C interface over the same simulated GPUs as fake_nvml: contexts are clients that NVML lists, memory is
// the host's and counts against the GPU's, kernels run on the CPU from the agent's own source. Times are modelled from the GPU's figures in
// the state file (hbm_gbps, bf16_tflops, fp8_tflops, pcie_gbps, nvlink_gbps), since a CPU says nothing about a GPU's speed. It has 8
// multiprocessors, so that tests choose work that a CPU can do; compute_capability (90) and ptx (84: the newest text its compiler takes).
// Faults on demand: "bad_memory": {"offset": bytes, "mask": bits that stick at 1} in the largest allocation, "bad_gemm": index of a sum
// whose lowest bit flips (bf16 and fp8 alike), and "failures" by call as in fake_nvml.
#include "tests/support/fake_driver/driver_state.h"
#include "tests/support/fake_driver/fake_kernels.h"

#include "busbar-agent/driver/cuda_abi.h"
#include "busbar-agent/kernels/layout.h"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <unistd.h>

using namespace busbar::agent::cuda;
using nlohmann::json;

namespace {

constexpr int kReservedMib = 560; // As fake_nvml's.
constexpr int kContextMib = 12;
constexpr double kLaunchMs = 0.004;
constexpr int kProcessors = 8;
constexpr unsigned kSharedBytesOfOld = 48 * 1024; ///< what a block gets without being asked for

fake_driver::DriverState& driver() {
    static fake_driver::DriverState state;
    return state;
}

struct FakeContext {
    std::size_t device = 0;
    std::map<Address, std::size_t> memory;
    double clockMs = 0; ///< simulated time of all that ran in this context
    std::size_t bytes() const {
        std::size_t sum = 0;
        for (const auto& [address, size] : memory) sum += size;
        return sum;
    }
};
thread_local FakeContext* t_context = nullptr;
std::map<std::string, int> g_sharedBytes; ///< by kernel, as cuFuncSetAttribute set it
std::mutex g_sharedMutex;

json gpuOf(std::size_t device) { return driver().read()["gpus"].at(device); }

bool alive(const json& process) {
    return process.value("virtual", false) || access(("/proc/" + std::to_string(process.value("pid", 0LL))).c_str(), F_OK) == 0;
}

Result failureOf(std::size_t device, const char* call) {
    const json gpu = gpuOf(device);
    const json failures = gpu.value("failures", json::object());
    if (!failures.contains(call)) return kSuccess;
    const json failure = failures[call];
    if (failure == "hang")
        for (;;) pause();
    return failure.is_number_integer() ? failure.get<int>() : kUnknown;
}

/// The list entry of this process on the GPU says what it holds; NVML's double reads it.
void publishUse(std::size_t device, long long mib) {
    driver().change([&](json& state) {
        json& processes = state["gpus"].at(device)["processes"];
        const auto mine = std::find_if(processes.begin(), processes.end(), [](const json& process) { return process.value("pid", 0LL) == getpid() && process.value("cuda", false); });
        if (mib < 0) {
            if (mine != processes.end()) processes.erase(mine);
        } else if (mine != processes.end()) {
            (*mine)["memory_mib"] = mib;
        } else {
            processes.push_back({{"pid", getpid()}, {"memory_mib", mib}, {"kind", "compute"}, {"cuda", true}});
        }
    });
}

void publishUse(const FakeContext& context) { publishUse(context.device, kContextMib + static_cast<long long>((context.bytes() + (1U << 20) - 1) >> 20)); }

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

void sizes(std::size_t device, std::size_t& free, std::size_t& total) {
    const json gpu = gpuOf(device);
    long long used = kReservedMib + gpu.value("leaked_mib", 0LL);
    for (const json& process : gpu["processes"])
        if (alive(process)) used += process.value("memory_mib", 0LL);
    total = static_cast<std::size_t>(gpu.value("memory_mib", 0LL)) << 20;
    free = total - std::min(total, static_cast<std::size_t>(used) << 20);
}

/// Bits that stick: looked at after everything that may have written there.
void spoilMemory(const FakeContext& context) {
    const json gpu = gpuOf(context.device);
    if (!gpu.contains("bad_memory") || context.memory.empty()) return;
    const auto largest = std::max_element(context.memory.begin(), context.memory.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto offset = gpu["bad_memory"].value("offset", 0ULL) / 8 * 8;
    if (offset + 8 > largest->second) return;
    *reinterpret_cast<unsigned long long*>(largest->first + offset) |= gpu["bad_memory"].value("mask", 1ULL);
}

double gbps(const char* key, double standard) { return gpuOf(t_context->device).value(key, standard) * 1e6; } // bytes a ms

Result copyMs(void* to, const void* from, std::size_t bytes, double bytesPerMs) {
    std::memmove(to, from, bytes);
    t_context->clockMs += static_cast<double>(bytes) / bytesPerMs;
    spoilMemory(*t_context);
    return kSuccess;
}

void* pointer(Address address) { return reinterpret_cast<void*>(address); }

} // namespace

#define FAKE_API extern "C" __attribute__((visibility("default")))

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
    *count = static_cast<int>(driver().read()["gpus"].size());
    return kSuccess;
}
FAKE_API Result cuDeviceGet(Device* device, int ordinal) {
    *device = ordinal;
    return failureOf(static_cast<std::size_t>(ordinal), "cuDeviceGet");
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
    for (const auto& [address, bytes] : gone->memory) munmap(pointer(address), bytes);
    publishUse(gone->device, -1);
    if (t_context == gone) t_context = nullptr;
    delete gone;
    return kSuccess;
}
FAKE_API Result cuCtxSetCurrent(Context context) {
    t_context = static_cast<FakeContext*>(context);
    return kSuccess;
}
FAKE_API Result cuDeviceCanAccessPeer(int* can, Device, Device) {
    *can = 1;
    return kSuccess;
}
FAKE_API Result cuDeviceGetP2PAttribute(int* value, int, Device, Device) {
    *value = 1;
    return kSuccess;
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
    if (bytes > free) return kOutOfMemory;
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return kOutOfMemory;
    *address = reinterpret_cast<Address>(memory);
    t_context->memory[*address] = bytes;
    publishUse(*t_context);
    return kSuccess;
}
FAKE_API Result cuMemFree_v2(Address address) {
    const auto found = t_context->memory.find(address);
    if (found == t_context->memory.end()) return kInvalidValue;
    munmap(pointer(address), found->second);
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
FAKE_API Result cuMemcpyHtoDAsync_v2(Address to, const void* from, std::size_t bytes, Stream) { return copyMs(pointer(to), from, bytes, gbps("pcie_gbps", 54.8)); }
FAKE_API Result cuMemcpyDtoHAsync_v2(void* to, Address from, std::size_t bytes, Stream) { return copyMs(to, pointer(from), bytes, gbps("pcie_gbps", 54.8)); }
FAKE_API Result cuMemcpyDtoDAsync_v2(Address to, Address from, std::size_t bytes, Stream) { return copyMs(pointer(to), pointer(from), bytes, gbps("hbm_gbps", 2903) / 2); }
FAKE_API Result cuMemcpyPeerAsync(Address to, Context target, Address from, Context, std::size_t bytes, Stream) {
    const Result copied = copyMs(pointer(to), pointer(from), bytes, gbps("nvlink_gbps", 380));
    spoilMemory(*static_cast<FakeContext*>(target));
    return copied;
}
FAKE_API Result cuMemsetD32Async(Address address, unsigned value, std::size_t words, Stream) {
    std::fill_n(static_cast<unsigned*>(pointer(address)), words, value);
    t_context->clockMs += 4.0 * static_cast<double>(words) / gbps("hbm_gbps", 2903);
    spoilMemory(*t_context);
    return kSuccess;
}
FAKE_API Result cuModuleLoadDataEx(Module* module, const void* image, unsigned count, JitOption* options, void** values) {
    // The text is not run, but a library that got something else than our modules must say so.
    const char* const text = static_cast<const char*>(image);
    if (std::strstr(text, ".entry busbarFill") == nullptr && std::strstr(text, ".entry busbarGemmFp8") == nullptr) return kInvalidPtx;
    const char* const version = std::strstr(text, ".version ");
    if (version == nullptr || std::lround(std::atof(version + 9) * 10) > gpuOf(t_context->device).value("ptx", 84)) {
        if (count == 2 && options[0] == kJitErrorLogBuffer && options[1] == kJitErrorLogBufferSizeBytes)
            std::snprintf(static_cast<char*>(values[0]), reinterpret_cast<std::size_t>(values[1]), "ptxas fatal: Unsupported .version\n");
        return kUnsupportedPtxVersion;
    }
    *module = const_cast<void*>(image);
    return kSuccess;
}
FAKE_API Result cuModuleUnload(Module) { return kSuccess; }
FAKE_API Result cuModuleGetFunction(Function* function, Module module, const char* name) {
    const std::string entry = std::string(".entry ") + name + "(";
    if (std::strstr(static_cast<const char*>(module), entry.c_str()) == nullptr) return kNotFound;
    *function = const_cast<char*>(name); // Names are literals of the agent.
    return kSuccess;
}
FAKE_API Result cuFuncSetAttribute(Function function, int attribute, int value) {
    if (attribute != kMaxDynamicSharedBytes) return kInvalidValue;
    const std::lock_guard lock(g_sharedMutex);
    g_sharedBytes[static_cast<const char*>(function)] = value;
    return kSuccess;
}
/// What a GPU would refuse: another block size than the kernels are made for, more shared memory than was asked for, or less than they use.
bool fits(const char* name, unsigned threads, unsigned sharedBytes) {
    const bool product = std::string_view(name) == "busbarGemm" || std::string_view(name) == "busbarGemmFp8";
    const std::lock_guard lock(g_sharedMutex);
    const auto asked = g_sharedBytes.find(name);
    const unsigned granted = std::max(kSharedBytesOfOld, asked == g_sharedBytes.end() ? 0U : static_cast<unsigned>(asked->second));
    return threads == busbar::kernels::kThreadsPerBlock && sharedBytes <= granted && (!product || sharedBytes >= busbar::kernels::kSharedBytes);
}
FAKE_API Result cuLaunchKernel(Function function, unsigned, unsigned, unsigned, unsigned threads, unsigned, unsigned, unsigned sharedBytes, Stream, void** arguments, void**) {
    const char* name = static_cast<const char*>(function);
    if (!fits(name, threads, sharedBytes)) return kInvalidValue;
    if (const Result failure = failureOf(t_context->device, "cuLaunchKernel"); failure != kSuccess) return failure;
    fake_driver::KernelCost cost;
    if (!fake_driver::runKernel(name, arguments, cost)) return kNotFound;
    const json gpu = gpuOf(t_context->device);
    if (gpu.contains("bad_gemm") && std::string_view(name).starts_with("busbarGemm") && cost.flops > 0) (*static_cast<unsigned**>(arguments[2]))[gpu["bad_gemm"].get<std::size_t>()] ^= 1;
    spoilMemory(*t_context);
    t_context->clockMs += kLaunchMs + cost.memoryBytes / gbps("hbm_gbps", 2903) + cost.flops / ((cost.fp8 ? gpu.value("fp8_tflops", 900.0) : gpu.value("bf16_tflops", 600.0)) * 1e9);
    return kSuccess;
}
FAKE_API Result cuStreamCreate(Stream* stream, unsigned) {
    *stream = new char;
    return kSuccess;
}
FAKE_API Result cuStreamDestroy_v2(Stream stream) {
    delete static_cast<char*>(stream);
    return kSuccess;
}
FAKE_API Result cuStreamQuery(Stream) { return failureOf(t_context->device, "cuStreamQuery"); }
FAKE_API Result cuStreamSynchronize(Stream) { return kSuccess; }
FAKE_API Result cuEventCreate(Event* event, unsigned) {
    *event = new double(0);
    return kSuccess;
}
FAKE_API Result cuEventDestroy_v2(Event event) {
    delete static_cast<double*>(event);
    return kSuccess;
}
FAKE_API Result cuEventRecord(Event event, Stream) {
    *static_cast<double*>(event) = t_context->clockMs;
    return kSuccess;
}
FAKE_API Result cuEventElapsedTime(float* milliseconds, Event begin, Event end) {
    *milliseconds = static_cast<float>(*static_cast<double*>(end) - *static_cast<double*>(begin));
    return kSuccess;
}
