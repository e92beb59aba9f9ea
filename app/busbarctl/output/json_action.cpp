#include "busbarctl/output/json.h"
#include "busbarctl/output/waves.h"
#include "transport/details_json.h"

#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

using transport::textOrNull;

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

Json jsonOf(const std::vector<Wave>& waves) {
    Json list = Json::array();
    for (const Wave& wave : waves) list.push_back({{"wave", wave.number}, {"targets", wave.targets}, {"ended", wave.ended}, {"failed", wave.failed}});
    return list;
}

} // namespace

Json jsonOf(const Action& action) {
    Json targets = Json::array(), log = Json::array(), leftOut = Json::array();
    for (const ActionPart part : leftOutOf(action)) leftOut.push_back(toString(part));
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
            {"override_failed", action.overrideFailed},
            {"undo_of", textOrNull(action.undoOf)},
            {"cancel_requested", action.cancelRequested},
            {"gpus", action.gpuUuids},
            {"details", transport::jsonOf(action.details)},
            {"approval_why", textOrNull(action.approvalWhy)},
            {"approved_by", textOrNull(action.approvedBy)},
            {"approved", jsonTime(action.approvedWallMs)},
            {"paused_why", textOrNull(action.pausedWhy)},
            {"queued_behind", textOrNull(action.queuedBehind)},
            {"blast_radius", transport::jsonOf(action.blast)},
            {"waves", jsonOf(wavesOf(action.targets))},
            {"breaker", transport::jsonOf(action.breaker)},
            {"left_out", leftOut},
            {"targets", targets},
            {"log", log}};
}

} // namespace busbar::ctl
