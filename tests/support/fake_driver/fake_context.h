// What the CUDA double knows of its contexts and of the GPUs they are on; shared by the files that have its functions.
#pragma once

#include "tests/support/fake_driver/driver_state.h"

#include "busbar-agent/driver/cuda_abi.h"

#include <cstddef>
#include <map>

#define FAKE_API extern "C" __attribute__((visibility("default")))

namespace fake_driver {

using busbar::agent::cuda::Address;
using busbar::agent::cuda::Result;

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
inline thread_local FakeContext* t_context = nullptr;

DriverState& driver();
nlohmann::json gpuOf(std::size_t device);
/// Whether a client in the state's list still lives.
bool alive(const nlohmann::json& process);
/// The failure asked for of this call on that GPU; does not return where it is to hang.
Result failureOf(std::size_t device, const char* call);
/// The list entry of this process on the GPU says what it holds; NVML's double reads it. Below 0: no entry.
void publishUse(std::size_t device, long long mib);
void publishUse(const FakeContext& context);
void sizes(std::size_t device, std::size_t& free, std::size_t& total);
/// Bits that stick: called after everything that may have written there.
void spoilMemory(const FakeContext& context);
/// Bytes a millisecond of the current context's GPU, by a key of its state in GB/s.
double bytesPerMs(const char* key, double standardGbps);
/// Likewise of its memory ("hbm_gbps"), its model's where nothing is set.
double memoryBytesPerMs();

} // namespace fake_driver
