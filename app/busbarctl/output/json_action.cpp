#include "busbarctl/output/json.h"

#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

using transport::textOrNull;

Json sharesOf(const std::vector<Share>& shares) {
    Json list = Json::array();
    for (const Share& share : shares) list.push_back({{"name", share.name}, {"part", share.part}, {"whole", share.whole}});
    return list;
}

template <typename Value>
Json orNull(const std::optional<Value>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json jsonOf(const VerbDetails& details) {
    const GpuSettings& settings = details.settings;
    return {{"tenant", textOrNull(details.tenant)},
            {"lease", textOrNull(details.leaseId)},
            {"until", jsonTime(details.untilWallMs)},
            {"burn_in", textOrNull(details.profile)},
            {"replacement", textOrNull(details.replacement)},
            {"faulty_nodes", details.faultyNodes},
            {"fault_text", textOrNull(details.faultText)},
            {"settings",
             {{"persistence", orNull(settings.persistence)},
              {"mig", orNull(settings.mig)},
              {"ecc", orNull(settings.ecc)},
              {"compute_mode", orNull(settings.computeMode)},
              {"power_limit_w", orNull(settings.powerLimitWatts)},
              {"locked_clock_mhz", orNull(settings.lockedClockMhz)}}}};
}

Json jsonOf(const StepRecord& step) {
    return {{"kind", toString(step.kind)},     {"state", toString(step.state)}, {"command_id", textOrNull(step.commandId)}, {"attempt", step.attempt}, {"sentence", step.sentence},
            {"destructive", step.destructive}, {"started", jsonTime(step.startedWallMs)}, {"ended", jsonTime(step.endedWallMs)}, {"evidence", transport::jsonOf(step.evidence)},
            {"figures", transport::jsonOf(step.figures)},              {"share", step.share < 0 ? Json(nullptr) : Json(step.share)}, {"signed_by", textOrNull(step.signedBy)}};
}

Json jsonOf(const TargetRecord& target) {
    Json steps = Json::array();
    for (const StepRecord& step : target.steps) steps.push_back(jsonOf(step));
    return {{"node", target.nodeId}, {"state", toString(target.state)}, {"wave", target.wave}, {"sentence", target.sentence}, {"deadline", jsonTime(target.deadlineWallMs)},
            {"started", jsonTime(target.startedWallMs)}, {"ended", jsonTime(target.endedWallMs)}, {"blocker_count", target.blockerCount}, {"blockers", transport::jsonOf(target.blockers)}, {"steps", steps}};
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
            {"processes", target.processes}};
}

} // namespace

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
            {"revision", plan.revision},
            {"made", jsonTime(plan.madeWallMs)},
            {"expires", jsonTime(plan.expiresWallMs)},
            {"deadline_ms", plan.request.deadlineMs},
            {"at_deadline", toString(plan.request.atDeadline)},
            {"left_out", plan.leftOut},
            {"inverse", plan.inverse},
            {"needs_approval", plan.needsApproval},
            {"approval_why", textOrNull(plan.approvalWhy)},
            {"blast_radius", busbar::ctl::jsonOf(plan.blast)},
            {"targets", targets}};
}

Json jsonOf(const Action& action) {
    Json targets = Json::array(), log = Json::array();
    for (const TargetRecord& target : action.targets) targets.push_back(jsonOf(target));
    for (const LogLine& line : action.log) log.push_back({{"time", jsonTime(line.wallMs)}, {"node", textOrNull(line.nodeId)}, {"text", line.text}});
    return {{"id", action.id},
            {"site", action.id.substr(0, action.id.find('/'))},
            {"verb", toString(action.verb)},
            {"state", toString(action.state)},
            {"sentence", action.sentence},
            {"reason", action.reason},
            {"actor", action.actor},
            {"plan_id", action.planId},
            {"plan_revision", action.planRevision},
            {"revision", action.revision},
            {"created", jsonTime(action.createdWallMs)},
            {"started", jsonTime(action.startedWallMs)},
            {"ended", jsonTime(action.endedWallMs)},
            {"deadline_ms", action.deadlineMs},
            {"at_deadline", toString(action.atDeadline)},
            {"queue", action.queue},
            {"not_after", jsonTime(action.notAfterWallMs)},
            {"undo_of", textOrNull(action.undoOf)},
            {"cancel_requested", action.cancelRequested},
            {"gpus", action.gpuUuids},
            {"details", jsonOf(action.details)},
            {"approval_why", textOrNull(action.approvalWhy)},
            {"approved_by", textOrNull(action.approvedBy)},
            {"approved", jsonTime(action.approvedWallMs)},
            {"paused_why", textOrNull(action.pausedWhy)},
            {"blast_radius", busbar::ctl::jsonOf(action.blast)},
            {"targets", targets},
            {"log", log}};
}

} // namespace busbar::ctl
