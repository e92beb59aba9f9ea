#include "busbarctl/output/json.h"

#include <nlohmann/json.hpp>

#include <map>

namespace busbar::ctl {
namespace {

using transport::textOrNull;

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

/// Targets by wave; those that were never to run are in none.
Json wavesOf(const std::vector<TargetRecord>& targets) {
    struct Wave {
        std::int64_t targets = 0, ended = 0, failed = 0;
    };
    std::map<int, Wave> waves;
    for (const TargetRecord& target : targets) {
        if (target.state == TargetState::refused || target.state == TargetState::skipped) continue;
        Wave& wave = waves[target.wave];
        ++wave.targets;
        wave.ended += isFinal(target.state) ? 1 : 0;
        wave.failed += target.state == TargetState::failed || target.state == TargetState::unknown ? 1 : 0;
    }
    Json list = Json::array();
    for (const auto& [number, wave] : waves) list.push_back({{"wave", number}, {"targets", wave.targets}, {"ended", wave.ended}, {"failed", wave.failed}});
    return list;
}

} // namespace

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
            {"queued_behind", textOrNull(action.queuedBehind)},
            {"blast_radius", transport::jsonOf(action.blast)},
            {"waves", wavesOf(action.targets)},
            {"breaker", transport::jsonOf(action.breaker)},
            {"targets", targets},
            {"log", log}};
}

} // namespace busbar::ctl
