#include "busbar-controller/reconcile/lease_end.h"

#include "busbar-controller/plan/eligibility.h"
#include "busbar-controller/reconcile/active_time.h"
#include "busbar-controller/reconcile/submit.h"

#include <algorithm>
#include <limits>

namespace busbar::controller {
namespace {

constexpr std::int64_t kLookMs = 1'000, kRetryMs = 60'000;
constexpr std::int64_t kWarnings[] = {24 * 3'600'000, 3'600'000}; // Before the end, longest first.
constexpr std::int64_t kLongestExtensionMs = std::int64_t{366} * 86'400'000;

bool isHeld(Occupancy occupancy) { return occupancy == Occupancy::leased || occupancy == Occupancy::expiring; }

/// A lease and the nodes its tenant still has.
struct Ending {
    LeaseInfo lease;
    std::vector<std::string> nodes;
    std::uint32_t warned = 0;
    bool submitted = false;
};

/// Those that end by then; open-ended ones never do.
std::map<std::string, Ending> leasesOf(const Work& work, std::int64_t lastWallMs) {
    std::map<std::string, Ending> list;
    for (const auto& [nodeId, record] : work.state.leases) {
        if (!isHeld(record.occupancy) || record.lease.untilWallMs == 0 || record.lease.untilWallMs > lastWallMs) continue;
        Ending& ending = list[record.lease.id];
        ending.lease = record.lease;
        ending.nodes.push_back(nodeId);
        ending.warned = std::max(ending.warned, record.warned);
        ending.submitted = ending.submitted || record.endSubmitted;
    }
    for (auto& [id, ending] : list) std::sort(ending.nodes.begin(), ending.nodes.end());
    return list;
}

std::string nameOf(const Ending& ending) {
    return fmt::format("lease {} of {} ({} {})", ending.lease.id, ending.lease.tenant, ending.nodes.size(), ending.nodes.size() == 1 ? "node" : "nodes");
}

template <typename Edit>
void editAll(Work& work, const Ending& ending, Edit&& edit) {
    for (const std::string& nodeId : ending.nodes) {
        edit(work.state.leases[nodeId]);
        work.changedLease(nodeId);
    }
}

void warn(Work& work, const Ending& ending) {
    const std::int64_t leftMs = ending.lease.untilWallMs - work.wallMs();
    std::uint32_t due = 0;
    for (const std::int64_t beforeMs : kWarnings) due += leftMs <= beforeMs ? 1 : 0;
    if (leftMs <= 0 || due <= ending.warned) return;
    // A lease that is shorter than the warning's time needs none of it.
    if (ending.lease.untilWallMs - ending.lease.fromWallMs > kWarnings[due - 1])
        work.event("", 1, fmt::format("{} ends in {}, at {}", nameOf(ending), formatSpan(leftMs), formatUtc(ending.lease.untilWallMs)));
    editAll(work, ending, [due](LeaseRecord& record) { record.warned = due; });
}

/// False when nothing was left to expire.
bool expire(Work& work, const Ending& ending) {
    const std::string why = fmt::format("lease {} ended at {}", ending.lease.id, formatUtc(ending.lease.untilWallMs));
    bool fresh = false;
    std::int64_t seconds = 0;
    for (const std::string& nodeId : ending.nodes) {
        if (work.occupancyOf(nodeId) != Occupancy::leased) continue;
        work.moveOccupancy(nodeId, OccupancyEvent::expire, {}, why, kControllerActor);
        fresh = true;
    }
    for (const std::string& nodeId : ending.nodes) seconds += activeGpuSeconds(work, nodeId).value_or(0);
    if (fresh) work.event("", 2, fmt::format("{} has ended, {} {}; its nodes are released at {} unless it is extended", nameOf(ending), seconds, kActiveFact, formatUtc(ending.lease.untilWallMs + work.options.leaseGraceMs)));
    return fresh;
}

Status submitRelease(Work& work, PlanCache& plans, const Ending& ending) {
    PlanRequest request;
    request.verb = Verb::release;
    request.nodeIds = ending.nodes;
    request.details.leaseId = ending.lease.id;
    request.atDeadline = work.options.leaseEndPolicy;
    request.queue = true; // A drain that is under way there comes to its end first.
    auto plan = planRequest(work, request);
    if (!plan.ok()) return plan.status();
    const std::string planId = plan->id;
    plans.add(std::make_shared<const Plan>(*std::move(plan)));
    SubmitRequest submit;
    submit.planId = planId;
    submit.reason = "lease ended";
    submit.idempotencyKey = fmt::format("lease-end-{}-{}", ending.lease.id, ending.lease.untilWallMs);
    submit.actor = kControllerActor;
    submit.audit = {kControllerActor, fmt::format("release of {}", nameOf(ending)), submit.reason, "the lease's end", {}, true};
    const Status submitted = submitAction(work, plans, submit).status();
    return absl::IsAlreadyExists(submitted) ? absl::OkStatus() : submitted; // Submitted before a restart.
}

void release(Work& work, PlanCache& plans, const Ending& ending) {
    std::int64_t& retry = work.state.leaseRetries[ending.lease.id];
    if (work.bootMs() < retry) return;
    const Status submitted = submitRelease(work, plans, ending);
    if (submitted.ok()) {
        work.state.leaseRetries.erase(ending.lease.id);
        editAll(work, ending, [](LeaseRecord& record) { record.endSubmitted = true; });
        return;
    }
    if (retry == 0) work.event("", 2, fmt::format("{} has ended and cannot be released yet, it is tried each minute: {}", nameOf(ending), std::string(submitted.message())));
    retry = work.bootMs() + kRetryMs;
}

Status mayExtend(const Work& work, const Ending& ending, const ExtendRequest& request) {
    for (const std::string& nodeId : ending.nodes) {
        const TargetRef holder = work.state.holders.find(nodeId);
        if (holder.run != nullptr && holder.action().verb == Verb::release) return refused("lease {} has ended: its release {} is under way; cancel that first", request.leaseId, holder.action().id);
    }
    if (ending.submitted) return refused("lease {} has ended and its release was submitted: make a new lease", request.leaseId);
    const std::int64_t until = ending.lease.untilWallMs + request.byMs;
    if (until <= work.wallMs()) return refused("lease {} would have ended at {} all the same: extend it by more", request.leaseId, formatUtc(until));
    return absl::OkStatus();
}

/// Nodes that the lease's end took from its tenant. Others that are expiring were never handed over: their preparation failed.
std::vector<std::string> lapsedOf(const Work& work, const Ending& ending) {
    std::vector<std::string> lapsed;
    for (const std::string& nodeId : ending.nodes) {
        const LeaseRecord& record = work.state.leases.at(nodeId);
        if (record.occupancy == Occupancy::expiring && record.who == kControllerActor) lapsed.push_back(nodeId);
    }
    return lapsed;
}

} // namespace

void lookAtLeaseEnds(Work& work, PlanCache& plans) {
    if (work.bootMs() < work.state.nextLeaseLookBootMs) return;
    work.state.nextLeaseLookBootMs = work.bootMs() + kLookMs;
    for (const auto& [id, ending] : leasesOf(work, work.wallMs() + kWarnings[0])) { // Nothing is due for later ones.
        warn(work, ending);
        if (work.wallMs() < ending.lease.untilWallMs) continue;
        if (expire(work, ending)) continue; // Its release is planned on facts that are shown, from the next look on.
        if (!ending.submitted && work.wallMs() >= ending.lease.untilWallMs + work.options.leaseGraceMs) release(work, plans, ending);
    }
}

StatusOr<LeaseExtension> extendLease(Work& work, const ExtendRequest& request) {
    if (Status reason = checkReason("the extension", request.reason); !reason.ok()) return reason;
    if (request.byMs <= 0 || request.byMs > kLongestExtensionMs) return invalid("a lease is extended by up to 366 days");
    const auto list = leasesOf(work, std::numeric_limits<std::int64_t>::max());
    const auto found = list.find(request.leaseId);
    if (found == list.end()) {
        for (const auto& [nodeId, record] : work.state.leases)
            if (record.lease.id == request.leaseId && record.lease.untilWallMs == 0) return refused("lease {} is open-ended: there is nothing to extend", request.leaseId);
        return notFound("no node of site {} is under lease {}, or it has ended", work.options.site, request.leaseId);
    }
    const Ending& ending = found->second;
    if (Status allowed = mayExtend(work, ending, request); !allowed.ok()) return allowed;
    const LeaseExtension extended{request.leaseId, ending.lease.tenant, ending.lease.untilWallMs + request.byMs, ending.nodes.size()};
    const std::vector<std::string> lapsed = lapsedOf(work, ending);
    editAll(work, ending, [&](LeaseRecord& record) {
        record.lease.untilWallMs = extended.untilWallMs;
        record.warned = 0;
        record.who = request.actor;
        record.why = fmt::format("extended: {}", request.reason);
    });
    for (const std::string& nodeId : lapsed) work.moveOccupancy(nodeId, OccupancyEvent::handOver, {}, "extended: " + request.reason, request.actor);
    work.event("", 0, fmt::format("{} extended to {} by {}: {}", nameOf(ending), formatUtc(extended.untilWallMs), request.actor, request.reason));
    work.audit(request.audit, fmt::format("until {}", formatUtc(extended.untilWallMs)));
    return extended;
}

} // namespace busbar::controller
