// One GPU for work of our own: a CUDA context, its stream, the module with all kernels, buffers and times. Everything is freed by
// destructors, so nothing stays allocated on the GPU whatever way a test ends.
// One thread at a time, the one that opened it: contexts are bound to threads. A call may block as long as the driver does; waits for the
// GPU look at a StopCheck at least every 5 ms, and no piece of work submitted at once takes longer than kPieceMs on a GPU that works.
#pragma once

#include "busbar-agent/driver/cuda_api.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace busbar::agent {

/// OK: go on; else why the work must end now (cancelled, out of time).
using StopCheck = std::function<Status()>;

inline constexpr int kPieceMs = 500;

class CudaDevice;

/// Bytes in the GPU's memory; frees them. Must not outlive its device.
class DeviceBuffer {
public:
    DeviceBuffer() = default;
    DeviceBuffer(const CudaDevice* device, cuda::Address address, std::size_t bytes) : m_device(device), m_address(address), m_bytes(bytes) {}
    ~DeviceBuffer();
    DeviceBuffer(DeviceBuffer&& other) noexcept;
    DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;

    cuda::Address address() const { return m_address; }
    std::size_t bytes() const { return m_bytes; }

private:
    const CudaDevice* m_device = nullptr;
    cuda::Address m_address = 0;
    std::size_t m_bytes = 0;
};

/// Pinned memory of the host, which copies at full speed need.
class PinnedBuffer {
public:
    PinnedBuffer(const CudaApi* api, void* data) : m_api(api), m_data(data) {}
    ~PinnedBuffer();
    PinnedBuffer(PinnedBuffer&& other) noexcept : m_api(other.m_api), m_data(std::exchange(other.m_data, nullptr)) {}
    PinnedBuffer& operator=(PinnedBuffer&&) = delete;
    void* data() const { return m_data; }

private:
    const CudaApi* m_api;
    void* m_data;
};

class CudaDevice {
public:
    /// The GPU with that UUID ("GPU-…"). NotFound: CUDA does not see it.
    static StatusOr<std::unique_ptr<CudaDevice>> open(const CudaApi& api, const std::string& uuid);
    ~CudaDevice();
    CudaDevice(const CudaDevice&) = delete;
    CudaDevice& operator=(const CudaDevice&) = delete;

    const CudaApi& api() const { return m_api; }
    cuda::Device handle() const { return m_device; }
    cuda::Context context() const { return m_context; }
    cuda::Stream stream() const { return m_stream; }
    const std::string& uuid() const { return m_uuid; }
    int computeCapability() const { return m_capability; } ///< 80, 90 …
    int processors() const { return m_processors; }        ///< multiprocessors

    struct Memory {
        std::size_t free = 0, total = 0;
    };
    StatusOr<Memory> memory() const;
    StatusOr<DeviceBuffer> allocate(std::size_t bytes) const;
    StatusOr<PinnedBuffer> allocatePinned(std::size_t bytes) const;

    /// Adds the fp8 kernels. NotFound "not supported: …": the GPU or its driver cannot run them.
    Status loadFp8();

    /// Queues a kernel over the whole GPU; arguments by value, of the kernel's own types.
    template <typename... Args>
    Status launch(const char* kernel, Args... args) const {
        void* pointers[] = {&args...};
        return launchWith(kernel, 0, pointers);
    }
    /// As launch, each block with so much shared memory.
    template <typename... Args>
    Status launchShared(const char* kernel, unsigned sharedBytes, Args... args) const {
        void* pointers[] = {&args...};
        return launchWith(kernel, sharedBytes, pointers);
    }
    Status copyToHost(void* to, cuda::Address from, std::size_t bytes) const;
    Status copyToDevice(cuda::Address to, const void* from, std::size_t bytes) const;
    Status copyOnDevice(cuda::Address to, cuda::Address from, std::size_t bytes) const;
    /// From this GPU's memory to another's.
    Status copyToPeer(const CudaDevice& peer, cuda::Address to, cuda::Address from, std::size_t bytes) const;
    /// By the device's own means; `bytes` is a multiple of 4.
    Status zero(cuda::Address address, std::size_t bytes) const;

    /// Waits for all that is queued.
    Status wait(const StopCheck& stop) const;
    /// Milliseconds on the GPU's clock for what `work` queues, called `rounds` times; waits for all of it.
    StatusOr<double> time(const std::function<Status()>& work, const StopCheck& stop, int rounds = 1) const;

private:
    friend class DeviceBuffer;
    CudaDevice(const CudaApi& api, std::string uuid) : m_api(api), m_uuid(std::move(uuid)) {}
    Status prepare(cuda::Device device);
    /// Makes this device's context the thread's: several devices may be open.
    void use() const { m_api.contextSetCurrent(m_context); }
    Status createContext(cuda::Device device);
    /// The driver compiles the text; the error carries what its compiler said.
    StatusOr<cuda::Module> load(const char* ptx) const;
    StatusOr<cuda::Function> find(const char* kernel) const;
    Status launchWith(const char* kernel, unsigned sharedBytes, void** arguments) const;

    const CudaApi& m_api;
    std::string m_uuid;
    cuda::Device m_device = 0;
    int m_capability = 0, m_processors = 0;
    cuda::Context m_context = nullptr;
    std::vector<cuda::Module> m_modules;
    cuda::Stream m_stream = nullptr;
    cuda::Event m_begin = nullptr, m_end = nullptr;
};

/// Our own clock since it was made: for how long to go on, never for a rate.
class Stopwatch {
public:
    double milliseconds() const { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - m_begin).count(); }

private:
    std::chrono::steady_clock::time_point m_begin = std::chrono::steady_clock::now();
};

/// "GPU-…" as NVML writes it.
std::string uuidText(const cuda::Uuid& uuid);

/// GB/s (10^9 bytes) of `bytes` in `milliseconds`.
inline double gigabytesPerSecond(double bytes, double milliseconds) { return milliseconds > 0 ? bytes / milliseconds / 1e6 : 0; }

} // namespace busbar::agent
