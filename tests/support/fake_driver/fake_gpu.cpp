#include "tests/support/fake_driver/fake_gpu.h"

#include <cmath>
#include <cstring>
#include <ctime>
#include <sys/stat.h>
#include <unistd.h>

using nlohmann::json;

namespace fake_driver {
namespace {

constexpr useconds_t kLookEveryUs = 100'000;

json wantedFailure(std::size_t index, const char* call) {
    const auto state = driver().shared();
    const json& failures = (*state)["gpus"].at(index).value("failures", json::object());
    if (failures.contains(call)) return failures[call];
    return failures.contains("*") ? failures["*"] : json();
}

} // namespace

DriverState& driver() {
    static DriverState state;
    return state;
}

int failureOf(std::size_t index, const char* call) {
    json failure = wantedFailure(index, call);
    const bool hung = failure == "hang";
    while (failure == "hang") {
        usleep(kLookEveryUs);
        failure = wantedFailure(index, call);
    }
    if (hung || failure == "lost") return nvml::kGpuIsLost;
    if (failure == "not supported") return nvml::kNotSupported;
    if (failure == "no permission") return nvml::kNoPermission;
    return failure.is_number_integer() ? failure.get<int>() : static_cast<int>(nvml::kSuccess);
}

bool alive(const json& process) {
    if (process.value("hidden", false)) return true; // Of another pid namespace: its pid says nothing here.
    struct stat info {};
    return stat(("/proc/" + std::to_string(process.value("pid", 0LL))).c_str(), &info) == 0;
}

double loadOf(const json& gpu, std::size_t index) {
    if (gpu.contains("utilization")) return gpu["utilization"].get<double>() / 100.0;
    bool busy = false;
    for (const json& process : gpu["processes"]) busy = busy || alive(process);
    if (!busy) return 0.0;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const double t = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    const auto phase = static_cast<double>(index);
    return 0.93 + 0.05 * std::sin(t / 17 + phase) + 0.02 * std::sin(t / 3.1 + 2 * phase);
}

long long usedMib(const json& gpu) {
    long long used = gpu.value("leaked_mib", 0LL);
    for (const json& process : gpu["processes"])
        if (alive(process)) used += process.value("memory_mib", 0LL);
    return used;
}

const GpuModel& modelOf(const json& gpu) { return modelOf(gpu.value("model", std::string())); }

double between(const json& gpu, std::size_t index, int idle, int busy) { return idle == kLacks ? kLacks : idle + (busy - idle) * loadOf(gpu, index); }

void countSet(json& gpu, const char* call) { gpu["sets"][call] = gpu.value("sets", json::object()).value(call, 0) + 1; }

int copyText(const std::string& text, char* out, unsigned size) {
    if (size <= text.size()) return nvml::kInsufficientSize;
    std::memcpy(out, text.c_str(), text.size() + 1);
    return nvml::kSuccess;
}

} // namespace fake_driver
