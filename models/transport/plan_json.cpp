#include "transport/plan_json.h"

#include "transport/details_json.h"

#include <nlohmann/json.hpp>

namespace busbar::transport {
namespace {

Json sharesOf(const std::vector<Share>& shares) {
    Json list = Json::array();
    for (const Share& share : shares) list.push_back({{"name", share.name}, {"part", share.part}, {"whole", share.whole}});
    return list;
}

Json jsonOf(const PlanTarget& target) {
    Json steps = Json::array();
    for (const StepKind step : target.steps) steps.push_back(toString(step));
    return {{"node", target.nodeId},
            {"eligible", target.eligible},
            {"sentence", target.sentence},
            {"source", toString(target.source)},
            {"state", toString(target.facts.state)},
            {"service", toString(target.facts.service)},
            {"occupancy", toString(target.facts.occupancy)},
            {"health", toString(target.facts.health)},
            {"link", toString(target.facts.link)},
            {"steps", steps},
            {"leases", target.leases},
            {"processes", target.processes},
            {"queued_behind", textOrNull(target.queuedBehind)}};
}

} // namespace

Json jsonOf(const BreakerCounts& counts) {
    if (counts.failureLimit == 0) return nullptr;
    const Json site = {{"closed", counts.siteClosed}, {"limit", counts.siteLimit}, {"nodes", counts.siteNodes}, {"window_ms", counts.siteWindowMs}};
    return {{"failures", counts.failures},        {"failure_limit", counts.failureLimit}, {"wave", counts.wave == 0 ? Json(nullptr) : Json(counts.wave)}, {"wave_failed", counts.waveFailed},
            {"wave_targets", counts.waveTargets}, {"wave_percent", counts.wavePercent},   {"site", counts.siteLimit == 0 ? Json(nullptr) : site}};
}

Json jsonOf(const BlastRadius& blast) {
    return {{"nodes", blast.nodes},
            {"gpus", blast.gpus},
            {"leases", blast.leases},
            {"processes", blast.processes},
            {"tenants", sharesOf(blast.tenants)},
            {"free_by_model", sharesOf(blast.freeByModel)},
            {"failure_domains", sharesOf(blast.failureDomains)},
            {"gpu_hours", blast.gpuHours},
            {"power_step_kw", blast.powerStepKw},
            {"longest_wait_ms", blast.longestWaitMs},
            {"reversible", blast.reversible}};
}

Json jsonOf(const Plan& plan) {
    Json targets = Json::array();
    for (const PlanTarget& target : plan.targets) targets.push_back(jsonOf(target));
    return {{"id", plan.id},
            {"site", plan.site},
            {"verb", toString(plan.request.verb)},
            {"gpus", plan.request.gpuUuids},
            {"details", jsonOf(plan.request.details)},
            {"revision", plan.revision},
            {"made", jsonTime(plan.madeWallMs)},
            {"expires", jsonTime(plan.expiresWallMs)},
            {"deadline_ms", plan.request.deadlineMs},
            {"at_deadline", toString(plan.request.atDeadline)},
            {"queue", plan.request.queue},
            {"not_after", jsonTime(plan.request.notAfterWallMs)},
            {"override_failed", plan.request.overrideFailed},
            {"all_or_nothing", plan.request.allOrNothing},
            {"left_out", plan.leftOut},
            {"inverse", plan.inverse},
            {"needs_approval", plan.needsApproval},
            {"approval_why", textOrNull(plan.approvalWhy)},
            {"blast_radius", jsonOf(plan.blast)},
            {"waves", plan.waves},
            {"breaker", jsonOf(plan.breaker)},
            {"targets", targets}};
}

std::string planText(const Plan& plan) { return printed(jsonOf(plan)); }

std::string printed(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

} // namespace busbar::transport
