#include "busbar-agent/compute/cuda_device.h"

#include "busbar-agent/compute/kernel_module.h"
#include "busbar-agent/kernels/machine.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace busbar::agent {
namespace {

/// A processor holds four to eight blocks of ours at once, one of those with shared memory. Memory-bound kernels get so many more that the
/// last few, which no longer fill every processor, are a small part of the work.
constexpr int kBlocksPerProcessor = 64, kSharedBlocksPerProcessor = 8;
constexpr unsigned kPortable = 1; // CU_MEMHOSTALLOC_PORTABLE
constexpr std::size_t kJitLogBytes = 4096;

StatusOr<cuda::Device> findDevice(const CudaApi& api, const std::string& uuid) {
    int count = 0;
    if (const Status counted = api.check(api.deviceCount(&count), "cuDeviceGetCount"); !counted.ok()) return counted;
    for (int index = 0; index < count; ++index) {
        cuda::Device device = 0;
        cuda::Uuid found{};
        if (api.deviceGet(&device, index) != cuda::kSuccess || api.deviceUuid(&found, device) != cuda::kSuccess) continue;
        if (uuidText(found) == uuid) return device;
    }
    return notFound("CUDA sees {} GPUs on this node, {} is not among them (hidden by CUDA_VISIBLE_DEVICES, in MIG mode, or fallen off the bus)", count, uuid);
}

} // namespace

std::string uuidText(const cuda::Uuid& uuid) {
    std::string text = "GPU-";
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += fmt::format("{:02x}", uuid.bytes[i]);
    }
    return text;
}

DeviceBuffer::~DeviceBuffer() {
    if (m_address == 0) return;
    m_device->use();
    m_device->api().release(m_address);
}
DeviceBuffer::DeviceBuffer(DeviceBuffer&& other) noexcept : m_device(other.m_device), m_address(std::exchange(other.m_address, 0)), m_bytes(std::exchange(other.m_bytes, 0)) {}
DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
    std::swap(m_device, other.m_device);
    std::swap(m_address, other.m_address);
    std::swap(m_bytes, other.m_bytes);
    return *this;
}

PinnedBuffer::~PinnedBuffer() {
    if (m_data != nullptr) m_api->hostRelease(m_data);
}

StatusOr<std::unique_ptr<CudaDevice>> CudaDevice::open(const CudaApi& api, const std::string& uuid) {
    const auto device = findDevice(api, uuid);
    if (!device.ok()) return device.status();
    std::unique_ptr<CudaDevice> opened(new CudaDevice(api, uuid));
    if (const Status prepared = opened->prepare(*device); !prepared.ok()) return prepared;
    return opened;
}

Status CudaDevice::prepare(cuda::Device device) {
    m_device = device;
    int major = 0, minor = 0;
    if (const Status read = m_api.check(m_api.deviceAttribute(&m_processors, cuda::kMultiprocessorCount, device), "cuDeviceGetAttribute"); !read.ok()) return read;
    if (m_api.deviceAttribute(&major, cuda::kComputeCapabilityMajor, device) == cuda::kSuccess && m_api.deviceAttribute(&minor, cuda::kComputeCapabilityMinor, device) == cuda::kSuccess)
        m_capability = major * 10 + minor;
    if (m_capability > 0 && m_capability < kKernelCapability)
        return refused("{} has compute capability {}.{}, the kernels need {}.{} (A100 and newer)", m_uuid, major, minor, kKernelCapability / 10, kKernelCapability % 10);
    if (const Status made = createContext(device); !made.ok()) return made;
    const auto kernels = load(kernelPtx());
    if (!kernels.ok()) return kernels.status();
    m_modules.push_back(*kernels);
    if (const Status made = m_api.check(m_api.streamCreate(&m_stream, 1), "cuStreamCreate"); !made.ok()) return made; // 1: does not wait for the default stream
    if (const Status made = m_api.check(m_api.eventCreate(&m_begin, 0), "cuEventCreate"); !made.ok()) return made;
    return m_api.check(m_api.eventCreate(&m_end, 0), "cuEventCreate");
}

Status CudaDevice::createContext(cuda::Device device) {
    const Status made = m_api.check(m_api.contextCreate(&m_context, 0, device), "cuCtxCreate");
    if (made.ok()) return made;
    m_context = nullptr;
    int mode = cuda::kDefaultMode;
    m_api.deviceAttribute(&mode, cuda::kComputeMode, device);
    if (mode == cuda::kProhibitedMode) return refused("compute mode of {} is PROHIBITED: nothing may compute on it until it is set to DEFAULT ({})", m_uuid, sentenceOf(made));
    if (mode == cuda::kExclusiveProcessMode) return refused("compute mode of {} is EXCLUSIVE_PROCESS and another process holds it: end that one first ({})", m_uuid, sentenceOf(made));
    return made;
}

StatusOr<cuda::Module> CudaDevice::load(const char* ptx) const {
    std::string log(kJitLogBytes, '\0');
    cuda::JitOption options[] = {cuda::kJitErrorLogBuffer, cuda::kJitErrorLogBufferSizeBytes};
    void* values[] = {log.data(), reinterpret_cast<void*>(log.size())};
    cuda::Module module = nullptr;
    const cuda::Result code = m_api.moduleLoad(&module, ptx, std::size(options), options, values);
    if (code == cuda::kSuccess) return module;
    log.resize(std::min(log.find('\0'), log.size()));
    std::replace(log.begin(), log.end(), '\n', ' ');
    const Status why = m_api.check(code, "cuModuleLoadDataEx");
    const std::string sentence = log.empty() ? std::string(sentenceOf(why)) : fmt::format("{}; its compiler says: {}", sentenceOf(why), log);
    if (code == cuda::kUnsupportedPtxVersion || code == cuda::kInvalidPtx || code == cuda::kNoBinaryForGpu) return absl::UnimplementedError(sentence);
    return Status(why.code(), sentence);
}

Status CudaDevice::loadFp8() {
    if (m_modules.size() > 1) return absl::OkStatus();
    if (m_capability < kFp8Capability) return notFound("not supported: fp8 needs compute capability {}.{}, {} has {}.{}", kFp8Capability / 10, kFp8Capability % 10, m_uuid, m_capability / 10, m_capability % 10);
    use();
    const auto kernels = load(fp8Ptx());
    if (absl::IsUnimplemented(kernels.status())) return notFound("not supported: the driver does not take the fp8 kernels (PTX 8.4): {}", sentenceOf(kernels.status()));
    if (!kernels.ok()) return kernels.status();
    m_modules.push_back(*kernels);
    return absl::OkStatus();
}

CudaDevice::~CudaDevice() {
    if (m_context == nullptr) return;
    use();
    if (m_stream != nullptr) m_api.streamSynchronize(m_stream);
    if (m_begin != nullptr) m_api.eventDestroy(m_begin);
    if (m_end != nullptr) m_api.eventDestroy(m_end);
    if (m_stream != nullptr) m_api.streamDestroy(m_stream);
    for (cuda::Module module : m_modules) m_api.moduleUnload(module);
    m_api.contextDestroy(m_context);
}

StatusOr<CudaDevice::Memory> CudaDevice::memory() const {
    Memory memory;
    use();
    if (const Status read = m_api.check(m_api.memoryInfo(&memory.free, &memory.total), "cuMemGetInfo"); !read.ok()) return read;
    return memory;
}

StatusOr<DeviceBuffer> CudaDevice::allocate(std::size_t bytes) const {
    cuda::Address address = 0;
    use();
    if (const Status made = m_api.check(m_api.allocate(&address, bytes), "cuMemAlloc"); !made.ok()) return made;
    return DeviceBuffer(this, address, bytes);
}

StatusOr<PinnedBuffer> CudaDevice::allocatePinned(std::size_t bytes) const {
    void* data = nullptr;
    use();
    if (const Status made = m_api.check(m_api.hostAllocate(&data, bytes, kPortable), "cuMemHostAlloc"); !made.ok()) return made;
    return PinnedBuffer(&m_api, data);
}

StatusOr<cuda::Function> CudaDevice::find(const char* kernel) const {
    cuda::Function function = nullptr;
    cuda::Result code = cuda::kNotFound;
    for (std::size_t i = 0; i < m_modules.size() && code == cuda::kNotFound; ++i) code = m_api.moduleFunction(&function, m_modules[i], kernel);
    if (const Status found = m_api.check(code, kernel); !found.ok()) return found;
    return function;
}

Status CudaDevice::launchWith(const char* kernel, unsigned sharedBytes, void** arguments) const {
    use();
    const auto function = find(kernel);
    if (!function.ok()) return function.status();
    if (sharedBytes > 0)
        if (const Status granted = m_api.check(m_api.functionSet(*function, cuda::kMaxDynamicSharedBytes, static_cast<int>(sharedBytes)), "cuFuncSetAttribute"); !granted.ok()) return granted;
    const auto blocks = static_cast<unsigned>(m_processors * (sharedBytes > 0 ? kSharedBlocksPerProcessor : kBlocksPerProcessor));
    return m_api.check(m_api.launch(*function, blocks, 1, 1, kernels::kThreadsPerBlock, 1, 1, sharedBytes, m_stream, arguments, nullptr), kernel);
}

Status CudaDevice::copyToHost(void* to, cuda::Address from, std::size_t bytes) const {
    use();
    return m_api.check(m_api.copyToHost(to, from, bytes, m_stream), "cuMemcpyDtoH");
}
Status CudaDevice::copyToDevice(cuda::Address to, const void* from, std::size_t bytes) const {
    use();
    return m_api.check(m_api.copyToDevice(to, from, bytes, m_stream), "cuMemcpyHtoD");
}
Status CudaDevice::copyOnDevice(cuda::Address to, cuda::Address from, std::size_t bytes) const {
    use();
    return m_api.check(m_api.copyOnDevice(to, from, bytes, m_stream), "cuMemcpyDtoD");
}
Status CudaDevice::copyToPeer(const CudaDevice& peer, cuda::Address to, cuda::Address from, std::size_t bytes) const {
    use();
    return m_api.check(m_api.copyPeer(to, peer.m_context, from, m_context, bytes, m_stream), "cuMemcpyPeer");
}
Status CudaDevice::zero(cuda::Address address, std::size_t bytes) const {
    use();
    return m_api.check(m_api.fillWords(address, 0, bytes / 4, m_stream), "cuMemsetD32");
}

Status CudaDevice::wait(const StopCheck& stop) const {
    using namespace std::chrono_literals;
    use();
    auto pause = 20us;
    for (;;) {
        const cuda::Result state = m_api.streamQuery(m_stream);
        if (state != cuda::kNotReady) return m_api.check(state, "the GPU's work");
        if (const Status go = stop(); !go.ok()) {
            // What is queued is short (kPieceMs); buffers must not be freed under it.
            m_api.streamSynchronize(m_stream);
            return go;
        }
        std::this_thread::sleep_for(pause);
        pause = std::min<std::chrono::microseconds>(pause * 2, 5ms);
    }
}

StatusOr<double> CudaDevice::time(const std::function<Status()>& work, const StopCheck& stop, int rounds) const {
    use();
    if (const Status noted = m_api.check(m_api.eventRecord(m_begin, m_stream), "cuEventRecord"); !noted.ok()) return noted;
    for (int i = 0; i < rounds; ++i)
        if (const Status queued = work(); !queued.ok()) return queued;
    use();
    if (const Status noted = m_api.check(m_api.eventRecord(m_end, m_stream), "cuEventRecord"); !noted.ok()) return noted;
    if (const Status done = wait(stop); !done.ok()) return done;
    float milliseconds = 0;
    if (const Status read = m_api.check(m_api.eventElapsed(&milliseconds, m_begin, m_end), "cuEventElapsedTime"); !read.ok()) return read;
    return milliseconds;
}

} // namespace busbar::agent
