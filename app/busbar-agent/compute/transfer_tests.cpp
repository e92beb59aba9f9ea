#include "busbar-agent/compute/transfer_tests.h"

#include "busbar-agent/compute/near_cpus.h"
#include "busbar-agent/compute/transfer_rate.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace busbar::agent {
namespace {

constexpr std::size_t kBytes = kTransferBytes;

/// A second stream, so that both directions run at once.
class ExtraStream {
public:
    static StatusOr<ExtraStream> make(const CudaApi& api) {
        cuda::Stream stream = nullptr;
        if (const Status made = api.check(api.streamCreate(&stream, 1), "cuStreamCreate"); !made.ok()) return made;
        return ExtraStream(api, stream);
    }
    ~ExtraStream() {
        if (m_stream == nullptr) return;
        m_api->streamSynchronize(m_stream);
        m_api->streamDestroy(m_stream);
    }
    ExtraStream(ExtraStream&& other) noexcept : m_api(other.m_api), m_stream(std::exchange(other.m_stream, nullptr)) {}
    ExtraStream& operator=(ExtraStream&&) = delete;
    cuda::Stream handle() const { return m_stream; }
    Status wait() const { return m_api->check(m_api->streamSynchronize(m_stream), "the GPU's work"); }

private:
    ExtraStream(const CudaApi& api, cuda::Stream stream) : m_api(&api), m_stream(stream) {}
    const CudaApi* m_api;
    cuda::Stream m_stream;
};

void fillHost(void* data, std::size_t bytes) {
    auto* words = static_cast<std::uint64_t*>(data);
    for (std::size_t i = 0; i < bytes / 8; ++i) words[i] = kernels::mixed(i);
}

FaultReport compareHost(const void* data, std::size_t bytes) {
    FaultReport report;
    const auto* words = static_cast<const std::uint64_t*>(data);
    for (std::size_t i = 0; i < bytes / 8; ++i) {
        if (words[i] == kernels::mixed(i)) continue;
        if (report.count++ < kernels::kFaultsKept) report.places.push_back({i * 8, kernels::mixed(i), words[i]});
    }
    return report;
}

/// Wall time, because two streams have no common event.
StatusOr<double> bothWays(const CudaDevice& device, const DeviceBuffer& in, const DeviceBuffer& out, const PinnedBuffer& source, const PinnedBuffer& target, int rounds, const StopCheck& stop) {
    const auto other = ExtraStream::make(device.api());
    if (!other.ok()) return other.status();
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < rounds; ++i) {
        if (const Status queued = device.copyToDevice(in.address(), source.data(), kBytes); !queued.ok()) return queued;
        if (const Status queued = device.api().check(device.api().copyToHost(target.data(), out.address(), kBytes, other->handle()), "cuMemcpyDtoH"); !queued.ok()) return queued;
    }
    if (const Status done = device.wait(stop); !done.ok()) return done;
    if (const Status done = other->wait(); !done.ok()) return done;
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    return gigabytesPerSecond(2.0 * kBytes * rounds, took.count());
}

} // namespace

StatusOr<TestOutcome> measureTransfers(const CudaDevice& device, const StopCheck& stop) {
    const NearCpus near(device);
    const auto in = device.allocate(kBytes), out = device.allocate(kBytes);
    const auto source = device.allocatePinned(kBytes), target = device.allocatePinned(kBytes);
    for (const Status& made : {in.status(), out.status(), source.status(), target.status()})
        if (!made.ok()) return made;
    fillHost(source->data(), kBytes);
    std::memset(target->data(), 0, kBytes);
    const auto toDevice = transferRate(device, stop, [&] { return device.copyToDevice(in->address(), source->data(), kBytes); });
    if (!toDevice.ok()) return toDevice.status();
    const auto toHost = transferRate(device, stop, [&] { return device.copyToHost(target->data(), in->address(), kBytes); });
    if (!toHost.ok()) return toHost.status();
    TestOutcome outcome;
    outcome.faults = compareHost(target->data(), kBytes);
    const auto both = bothWays(device, *in, *out, *source, *target, transferRounds(static_cast<double>(kBytes) / 1e6 / std::max(0.01, std::min(*toDevice, *toHost))), stop);
    if (!both.ok()) return both.status();
    const std::string where = near.isNear() ? "" : kFromAnywhere;
    if (!near.isNear()) outcome.note = "this machine does not say which CPUs are next to the GPU, so the copies may go across its sockets: their rates are told only";
    outcome.figures = {{"host to device" + where, *toDevice, "GB/s"}, {"device to host" + where, *toHost, "GB/s"}, {"both ways" + where, *both, "GB/s"}};
    return outcome;
}

} // namespace busbar::agent
