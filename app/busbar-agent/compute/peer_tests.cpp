#include "busbar-agent/compute/peer_tests.h"

#include "busbar-agent/compute/transfer_rate.h"
#include "busbar-agent/kernels/memory.h"

namespace busbar::agent {
namespace {

constexpr std::uint64_t kSeed = 0x6275'7362'6172'2121ULL;

/// How the copy goes: in the note and, where a threshold of NVLink does not hold, in the figure's name.
struct Way {
    const char* note;
    const char* figure;
};
constexpr Way kNvlink{"direct, over NVLink", "peer copy"}, kPcie{"direct, over PCIe", "peer copy over PCIe"}, kUnknownWay{"direct", "peer copy, way unknown"}, kHost{"through the host", "peer copy through the host"};

/// Atomics go over NVLink only: PCIe peers lack them.
Way wayOf(const CudaApi& api, const CudaDevice& from, const CudaDevice& to) {
    int atomics = 0;
    if (api.peerAttribute == nullptr || api.peerAttribute(&atomics, cuda::kPeerNativeAtomicSupported, from.handle(), to.handle()) != cuda::kSuccess) return kUnknownWay;
    return atomics != 0 ? kNvlink : kPcie;
}

Status enableAccess(const CudaDevice& from, const CudaDevice& to) {
    const CudaApi& api = from.api();
    api.contextSetCurrent(from.context()); // Peer access belongs to the context that is current.
    const cuda::Result enabled = api.enablePeerAccess(to.context(), 0);
    return enabled == cuda::kPeerAccessAlreadyEnabled ? absl::OkStatus() : api.check(enabled, "cuCtxEnablePeerAccess");
}

} // namespace

StatusOr<TestOutcome> measurePeerCopy(const CudaDevice& from, const CudaDevice& to, const StopCheck& stop) {
    const CudaApi& api = from.api();
    if (api.copyPeer == nullptr || api.canAccessPeer == nullptr || api.enablePeerAccess == nullptr) return notFound("this CUDA driver has no peer copies");
    int direct = 0;
    if (const Status asked = api.check(api.canAccessPeer(&direct, from.handle(), to.handle()), "cuDeviceCanAccessPeer"); !asked.ok()) return asked;
    const std::uint64_t bytes = kTransferBytes, offset = 0;
    const auto target = to.allocate(bytes), source = from.allocate(bytes);
    const auto counter = FaultCounter::make(to);
    for (const Status& made : {target.status(), source.status(), counter.status()})
        if (!made.ok()) return made;
    const std::uint32_t kind = kernels::kRandom;
    const std::uint64_t seed = kSeed;
    if (const Status filled = from.launch("busbarFill", source->address(), bytes, offset, kind, seed); !filled.ok()) return filled;
    if (const Status cleared = to.zero(target->address(), bytes); !cleared.ok()) return cleared;
    for (const CudaDevice* device : {&from, &to})
        if (const Status done = device->wait(stop); !done.ok()) return done;
    if (direct != 0)
        if (const Status enabled = enableAccess(from, to); !enabled.ok()) return enabled;
    const auto rate = transferRate(from, stop, [&] { return from.copyToPeer(to, target->address(), source->address(), bytes); });
    if (!rate.ok()) return rate.status();
    if (const Status queued = to.launch("busbarCheck", target->address(), bytes, offset, kind, seed, counter->address()); !queued.ok()) return queued;
    auto faults = counter->read(to, stop);
    if (!faults.ok()) return faults.status();
    TestOutcome outcome;
    outcome.faults = *std::move(faults);
    const Way way = direct != 0 ? wayOf(api, from, to) : kHost;
    outcome.note = way.note;
    outcome.figures = {{way.figure, *rate, "GB/s"}, {"peer access", direct != 0 ? 1.0 : 0.0, "count"}};
    return outcome;
}

} // namespace busbar::agent
