#include "tests/support/fake_driver/fake_context.h"

#include "tests/support/fake_driver/gpu_models.h"

#include <algorithm>
#include <string>
#include <unistd.h>

using namespace busbar::agent::cuda;
using nlohmann::json;

namespace fake_driver {
namespace {

constexpr int kReservedMib = 560; // As fake_nvml's.
constexpr int kContextMib = 12;

} // namespace

DriverState& driver() {
    static DriverState state;
    return state;
}

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

void sizes(std::size_t device, std::size_t& free, std::size_t& total) {
    const json gpu = gpuOf(device);
    long long used = kReservedMib + gpu.value("leaked_mib", 0LL);
    for (const json& process : gpu["processes"])
        if (alive(process)) used += process.value("memory_mib", 0LL);
    total = static_cast<std::size_t>(gpu.value("memory_mib", 0LL)) << 20;
    free = total - std::min(total, static_cast<std::size_t>(used) << 20);
}

void spoilMemory(const FakeContext& context) {
    const json gpu = gpuOf(context.device);
    if (!gpu.contains("bad_memory") || context.memory.empty()) return;
    const auto largest = std::max_element(context.memory.begin(), context.memory.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto offset = gpu["bad_memory"].value("offset", 0ULL) / 8 * 8;
    if (offset + 8 > largest->second) return;
    *reinterpret_cast<unsigned long long*>(largest->first + offset) |= gpu["bad_memory"].value("mask", 1ULL);
}

double bytesPerMs(const char* key, double standardGbps) { return gpuOf(t_context->device).value(key, standardGbps) * 1e6; }

double memoryBytesPerMs() {
    const nlohmann::json gpu = gpuOf(t_context->device);
    return gpu.value("hbm_gbps", modelOf(gpu.value("model", std::string())).hbmGbps) * 1e6;
}

} // namespace fake_driver
