#include "busbar-controller/reconcile/active_time.h"

#include "busbar-controller/plan/eligibility.h"

#include <algorithm>

namespace busbar::controller {
namespace {

std::size_t gpusOf(const Work& work, const std::string& nodeId) {
    const auto node = work.fleet.node(nodeId);
    return node.has_value() ? node->gpus.size() : 0;
}

/// Of the time in which the node is open: what falls to its GPUs that are not closed apart from it.
std::int64_t countedOf(const Work& work, const std::string& nodeId, std::int64_t ms) {
    const auto apart = work.state.closedGpus.find(nodeId);
    if (apart == work.state.closedGpus.end()) return ms;
    const auto gpus = static_cast<std::int64_t>(gpusOf(work, nodeId));
    return gpus == 0 ? ms : ms * std::max<std::int64_t>(0, gpus - std::ssize(apart->second)) / gpus;
}

std::int64_t activeMsOf(const Work& work, const std::string& nodeId) {
    const auto lease = work.state.leases.find(nodeId);
    if (lease == work.state.leases.end()) return 0;
    const LeaseRecord& record = lease->second;
    return record.activeMs + (record.activeSinceWallMs == 0 ? 0 : countedOf(work, nodeId, std::max<std::int64_t>(0, work.wallMs() - record.activeSinceWallMs)));
}

} // namespace

void stopActive(Work& work, const std::string& nodeId) {
    const auto lease = work.state.leases.find(nodeId);
    if (lease == work.state.leases.end() || lease->second.activeSinceWallMs == 0) return;
    lease->second.activeMs = activeMsOf(work, nodeId);
    lease->second.activeSinceWallMs = 0;
    work.noteLease(nodeId);
}

void startActive(Work& work, const std::string& nodeId) {
    const auto lease = work.state.leases.find(nodeId);
    if (lease == work.state.leases.end() || lease->second.occupancy != Occupancy::leased) return;
    const auto service = work.state.services.find(nodeId);
    if (service != work.state.services.end() && !opensAgain(service->second)) return;
    lease->second.activeSinceWallMs = work.wallMs();
    work.noteLease(nodeId);
}

std::optional<std::int64_t> activeGpuSeconds(const Work& work, const std::string& nodeId) {
    const auto gpus = static_cast<std::int64_t>(gpusOf(work, nodeId));
    return gpus == 0 ? std::nullopt : std::optional(activeMsOf(work, nodeId) * gpus / 1'000);
}

void tellActive(Work& work, const TargetRef& target, StepRecord& step) {
    const auto lease = work.state.leases.find(target.node());
    if (lease == work.state.leases.end() || lease->second.lease.id.empty()) return;
    const auto seconds = activeGpuSeconds(work, target.node());
    const std::string active = formatSpan(activeMsOf(work, target.node()));
    const std::string told = seconds ? std::to_string(*seconds) : fmt::format("{}, its GPUs are not known", active);
    step.evidence.push_back({"node", kActiveFact, "", told, told, "", "controller", seconds ? Verdict::asSet : Verdict::notReadable, work.wallMs()});
    work.log(*target.run, target.node(), fmt::format("lease {} of {}: {} {} here, {} of the node", lease->second.lease.id, lease->second.lease.tenant, told, kActiveFact, active));
}

} // namespace busbar::controller
