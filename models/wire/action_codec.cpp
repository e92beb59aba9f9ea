#include "busbar/v1/actions.pb.h"
#include "wire/bounds.h"
#include "wire/codec.h"

namespace busbar::wire {
namespace {

constexpr std::size_t kMaxSteps = 64;
constexpr std::size_t kMaxEvidence = 1024;
constexpr std::size_t kMaxBlockers = 256;
constexpr std::size_t kMaxLog = 2000;
constexpr std::size_t kMaxIdentity = 192; // "busbar://controller/<63>/<63>"
constexpr std::uint32_t kAllParts = 2 * bitOf(kLastActionPart) - 1;

void encodeStep(const StepRecord& from, v1::StepRecord* to) {
    to->set_kind(static_cast<std::uint32_t>(from.kind));
    to->set_state(static_cast<std::uint32_t>(from.state));
    to->set_command_id(from.commandId);
    to->set_attempt(static_cast<std::uint32_t>(from.attempt));
    to->set_sentence(cut(from.sentence));
    to->set_destructive(from.destructive);
    to->set_started_wall_ms(from.startedWallMs);
    to->set_ended_wall_ms(from.endedWallMs);
    for (std::size_t i = 0; i < std::min(from.evidence.size(), kMaxEvidence); ++i) encode(from.evidence[i], to->add_evidence());
    for (std::size_t i = 0; i < std::min(from.figures.size(), kMaxFigures); ++i) encode(from.figures[i], to->add_figures());
    to->set_share(from.share);
    to->set_signed_by(cut(from.signedBy, kMaxIdentity));
}

StepRecord decodeStep(Bounds& check, const v1::StepRecord& from) {
    StepRecord to;
    to.kind = enumOf(from.kind(), kLastStepKind, StepKind::unknown);
    to.state = enumOf(from.state(), StepState::cancelled, StepState::unknown);
    to.commandId = check.text("command id", from.command_id(), 256);
    to.attempt = static_cast<int>(check.number("attempt", from.attempt(), 0, 1'000'000));
    to.sentence = check.text("step sentence", from.sentence());
    to.destructive = from.destructive();
    to.startedWallMs = check.wallMs("step start", from.started_wall_ms());
    to.endedWallMs = check.wallMs("step end", from.ended_wall_ms());
    check.count("evidence", static_cast<std::size_t>(from.evidence_size()), kMaxEvidence);
    check.count("figures", static_cast<std::size_t>(from.figures_size()), kMaxFigures);
    to.share = check.real("share", from.share(), -1, 1);
    to.signedBy = check.text("signed by", from.signed_by(), kMaxIdentity);
    if (!check.ok()) return to;
    for (const auto& evidence : from.evidence()) to.evidence.push_back(check.take(decode(evidence)));
    for (const auto& figure : from.figures()) to.figures.push_back(check.take(decode(figure)));
    return to;
}

void encodeTarget(const TargetRecord& from, v1::TargetRecord* to) {
    to->set_node_id(from.nodeId);
    to->set_state(static_cast<std::uint32_t>(from.state));
    to->set_wave(static_cast<std::uint32_t>(from.wave));
    to->set_sentence(cut(from.sentence));
    for (const StepRecord& step : from.steps) encodeStep(step, to->add_steps());
    for (std::size_t i = 0; i < std::min(from.blockers.size(), kMaxBlockers); ++i) encode(from.blockers[i], to->add_blockers());
    to->set_blocker_count(from.blockerCount);
    to->set_started_wall_ms(from.startedWallMs);
    to->set_ended_wall_ms(from.endedWallMs);
    to->set_deadline_wall_ms(from.deadlineWallMs);
    for (const std::string& lease : from.leases) to->add_leases(cut(lease, 96));
}

TargetRecord decodeTarget(Bounds& check, const v1::TargetRecord& from) {
    TargetRecord to;
    to.nodeId = check.nodeId("target", from.node_id());
    to.state = enumOf(from.state(), TargetState::unknown, TargetState::unknownState);
    to.wave = static_cast<int>(check.number("wave", from.wave(), 0, 1'000'000));
    to.sentence = check.text("target sentence", from.sentence());
    check.count("steps", static_cast<std::size_t>(from.steps_size()), kMaxSteps);
    check.count("blockers", static_cast<std::size_t>(from.blockers_size()), kMaxBlockers);
    if (!check.ok()) return to;
    for (const auto& step : from.steps()) to.steps.push_back(decodeStep(check, step));
    for (const auto& blocker : from.blockers()) to.blockers.push_back(check.take(decode(blocker)));
    to.blockerCount = check.number("blocker count", from.blocker_count(), 0, 1'000'000);
    to.startedWallMs = check.wallMs("target start", from.started_wall_ms());
    to.endedWallMs = check.wallMs("target end", from.ended_wall_ms());
    to.deadlineWallMs = check.wallMs("deadline", from.deadline_wall_ms());
    check.count("leases of a target", static_cast<std::size_t>(from.leases_size()), kMaxGpusPerNode);
    if (!check.ok()) return to;
    for (const std::string& lease : from.leases()) to.leases.push_back(check.text("lease of a target", lease, 96));
    return to;
}

void decodeHead(Bounds& check, const v1::Action& from, Action& to) {
    to.id = check.nodeId("id", from.id()); // site/ULID has the shape of a node id.
    to.verb = enumOf(from.verb(), kLastVerb, Verb::unknown);
    to.state = enumOf(from.state(), ActionState::superseded, ActionState::unknownState);
    to.sentence = check.text("sentence", from.sentence());
    to.reason = check.text("reason", from.reason(), kMaxReasonLength);
    to.actor = check.text("actor", from.actor(), 256);
    to.planId = check.text("plan id", from.plan_id(), 64);
    to.planRevision = from.plan_revision();
    to.revision = from.revision();
    to.createdWallMs = check.wallMs("created", from.created_wall_ms());
    to.startedWallMs = check.wallMs("started", from.started_wall_ms());
    to.endedWallMs = check.wallMs("ended", from.ended_wall_ms());
    to.deadlineMs = check.number("deadline", from.deadline_ms(), 0, std::int64_t{30} * 86'400'000);
    to.atDeadline = enumOf(from.at_deadline(), DeadlinePolicy::force, DeadlinePolicy::unknown);
    to.queue = from.queue();
    to.notAfterWallMs = check.wallMs("not after", from.not_after_wall_ms());
    to.overrideFailed = from.override_failed();
    to.undoOf = check.text("undo of", from.undo_of(), 128);
    to.cancelRequested = from.cancel_requested();
    to.details = check.take(decode(from.details()));
    check.count("gpu uuids", static_cast<std::size_t>(from.gpu_uuids_size()), kMaxGpusPerNode);
    if (check.ok())
        for (const std::string& uuid : from.gpu_uuids()) to.gpuUuids.push_back(check.text("gpu uuid", uuid, 96));
    to.approvedBy = check.text("approved by", from.approved_by(), 256);
    to.approvedWallMs = check.wallMs("approved", from.approved_wall_ms());
    to.approvalWhy = check.text("approval why", from.approval_why());
    to.pausedWhy = check.text("paused why", from.paused_why());
    to.breaker = check.take(decode(from.breaker()));
    if (!from.queued_behind().empty()) to.queuedBehind = check.nodeId("queued behind", from.queued_behind()); // Of an id's shape, too.
    to.leftOut = from.left_out() & kAllParts;
}

} // namespace

void encode(const TargetRecord& from, v1::TargetRecord* to) { encodeTarget(from, to); }

StatusOr<TargetRecord> decode(const v1::TargetRecord& from) {
    Bounds check("target");
    TargetRecord to = decodeTarget(check, from);
    if (!check.ok()) return check.status();
    return to;
}

void encode(const Action& from, v1::Action* to) {
    to->set_schema_version(1);
    to->set_id(from.id);
    to->set_verb(static_cast<std::uint32_t>(from.verb));
    to->set_state(static_cast<std::uint32_t>(from.state));
    to->set_sentence(cut(from.sentence));
    to->set_reason(cut(from.reason, kMaxReasonLength));
    to->set_actor(cut(from.actor, 256));
    to->set_plan_id(from.planId);
    to->set_plan_revision(from.planRevision);
    to->set_revision(from.revision);
    to->set_created_wall_ms(from.createdWallMs);
    to->set_started_wall_ms(from.startedWallMs);
    to->set_ended_wall_ms(from.endedWallMs);
    to->set_deadline_ms(from.deadlineMs);
    to->set_at_deadline(static_cast<std::uint32_t>(from.atDeadline));
    to->set_queue(from.queue);
    to->set_not_after_wall_ms(from.notAfterWallMs);
    to->set_override_failed(from.overrideFailed);
    to->set_undo_of(from.undoOf);
    to->set_cancel_requested(from.cancelRequested);
    encode(from.details, to->mutable_details());
    for (const std::string& uuid : from.gpuUuids) to->add_gpu_uuids(cut(uuid, 96));
    to->set_approved_by(cut(from.approvedBy, 256));
    to->set_approved_wall_ms(from.approvedWallMs);
    to->set_approval_why(cut(from.approvalWhy));
    to->set_paused_why(cut(from.pausedWhy));
    if (from.breaker != BreakerCounts{}) encode(from.breaker, to->mutable_breaker());
    to->set_queued_behind(from.queuedBehind);
    to->set_left_out(from.leftOut);
    encode(from.blast, to->mutable_blast());
    for (const TargetRecord& target : from.targets) encodeTarget(target, to->add_targets());
    const std::size_t skip = from.log.size() > kMaxLog ? from.log.size() - kMaxLog : 0;
    for (std::size_t i = skip; i < from.log.size(); ++i) {
        auto* line = to->add_log();
        line->set_wall_ms(from.log[i].wallMs);
        line->set_node_id(from.log[i].nodeId);
        line->set_text(cut(from.log[i].text));
    }
}

StatusOr<Action> decode(const v1::Action& from) {
    Bounds check("action");
    Action to;
    decodeHead(check, from, to);
    check.count("targets", static_cast<std::size_t>(from.targets_size()), kMaxTargets);
    check.count("log", static_cast<std::size_t>(from.log_size()), kMaxLog);
    if (!check.ok()) return check.status();
    to.blast = check.take(decode(from.blast()));
    for (const auto& target : from.targets()) to.targets.push_back(decodeTarget(check, target));
    for (const auto& line : from.log()) to.log.push_back({check.wallMs("log time", line.wall_ms()), check.text("log node", line.node_id(), 128), check.text("log text", line.text())});
    if (!check.ok()) return check.status();
    return to;
}

} // namespace busbar::wire
