// The CUDA double's modules, launches, streams and events: see fake_cuda.cpp.
#include "tests/support/fake_driver/fake_context.h"
#include "tests/support/fake_driver/fake_kernels.h"
#include "tests/support/fake_driver/gpu_models.h"

#include "busbar-agent/kernels/layout.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

using namespace busbar::agent::cuda;
using namespace fake_driver;
using nlohmann::json;

namespace {

constexpr double kLaunchMs = 0.004;
constexpr unsigned kSharedBytesOfOld = 48 * 1024; ///< what a block gets without being asked for

std::map<std::string, int> g_sharedBytes; ///< by kernel, as cuFuncSetAttribute set it
std::mutex g_sharedMutex;

/// What a GPU would refuse: another block size than the kernels are made for, more shared memory than was asked for, or less than they use.
bool fits(const char* name, unsigned threads, unsigned sharedBytes) {
    const bool product = std::string_view(name) == "busbarGemm" || std::string_view(name) == "busbarGemmFp8";
    const std::lock_guard lock(g_sharedMutex);
    const auto asked = g_sharedBytes.find(name);
    const unsigned granted = std::max(kSharedBytesOfOld, asked == g_sharedBytes.end() ? 0U : static_cast<unsigned>(asked->second));
    return threads == busbar::kernels::kThreadsPerBlock && sharedBytes <= granted && (!product || sharedBytes >= busbar::kernels::kSharedBytes);
}

} // namespace

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
FAKE_API Result cuLaunchKernel(Function function, unsigned, unsigned, unsigned, unsigned threads, unsigned, unsigned, unsigned sharedBytes, Stream, void** arguments, void**) {
    const char* name = static_cast<const char*>(function);
    if (!fits(name, threads, sharedBytes)) return kInvalidValue;
    if (const Result failure = failureOf(t_context->device, "cuLaunchKernel"); failure != kSuccess) return failure;
    fake_driver::KernelCost cost;
    if (!fake_driver::runKernel(name, arguments, cost)) return kNotFound;
    const json gpu = gpuOf(t_context->device);
    if (gpu.contains("bad_gemm") && std::string_view(name).starts_with("busbarGemm") && cost.flops > 0) (*static_cast<unsigned**>(arguments[2]))[gpu["bad_gemm"].get<std::size_t>()] ^= 1;
    spoilMemory(*t_context);
    const double tflops = cost.fp8 ? gpu.value("fp8_tflops", 900.0) : gpu.value("bf16_tflops", fake_driver::modelOf(gpu.value("model", std::string())).bf16Tflops);
    t_context->clockMs += kLaunchMs + cost.memoryBytes / memoryBytesPerMs() + cost.flops / (tflops * 1e9);
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
