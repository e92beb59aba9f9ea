#include "busbar/v1/actions.pb.h"
#include "wire/bounds.h"
#include "wire/codec.h"

namespace busbar::wire {
namespace {

constexpr std::size_t kMaxShares = 4096;
constexpr std::size_t kMaxFilterLength = 4096;

void encodeShares(const std::vector<Share>& from, google::protobuf::RepeatedPtrField<v1::Share>* to) {
    for (const Share& share : from) {
        auto* out = to->Add();
        out->set_name(cut(share.name, 128));
        out->set_part(share.part);
        out->set_whole(share.whole);
    }
}

std::vector<Share> decodeShares(Bounds& check, const google::protobuf::RepeatedPtrField<v1::Share>& from) {
    std::vector<Share> to;
    check.count("shares", static_cast<std::size_t>(from.size()), kMaxShares);
    if (!check.ok()) return to;
    for (const auto& share : from)
        to.push_back({check.text("share name", share.name(), 128), check.number("part", share.part(), 0, INT64_MAX), check.number("whole", share.whole(), 0, INT64_MAX)});
    return to;
}

PlanTarget decodeTarget(Bounds& check, const v1::PlanTarget& from) {
    PlanTarget to;
    to.nodeId = check.nodeId("target", from.node_id());
    to.facts = check.take(readFacts(from.facts()));
    to.source = enumOf(from.source(), Source::simulated, Source::unknown);
    to.eligible = from.eligible();
    to.sentence = check.text("target sentence", from.sentence());
    check.count("target steps", static_cast<std::size_t>(from.steps_size()), 64);
    check.count("target leases", static_cast<std::size_t>(from.leases_size()), kMaxGpusPerNode);
    if (!check.ok()) return to;
    for (const std::uint32_t kind : from.steps()) to.steps.push_back(enumOf(kind, kLastStepKind, StepKind::unknown));
    for (const std::string& lease : from.leases()) to.leases.push_back(check.text("lease", lease, 96));
    to.processes = check.number("processes", from.processes(), 0, 1'000'000);
    to.queuedBehind = check.text("queued behind", from.queued_behind(), 128);
    return to;
}

} // namespace

void encode(const PlanRequest& from, v1::PlanRequest* to) {
    to->set_verb(static_cast<std::uint32_t>(from.verb));
    for (const std::string& id : from.nodeIds) to->add_node_ids(id);
    to->set_filter(from.filter);
    to->set_deadline_ms(from.deadlineMs);
    to->set_at_deadline(static_cast<std::uint32_t>(from.atDeadline));
    for (const std::string& uuid : from.gpuUuids) to->add_gpu_uuids(uuid);
    encode(from.details, to->mutable_details());
    to->set_queue(from.queue);
    to->set_not_after_wall_ms(from.notAfterWallMs);
    to->set_override_failed(from.overrideFailed);
    to->set_all_or_nothing(from.allOrNothing);
}

StatusOr<PlanRequest> decode(const v1::PlanRequest& from) {
    Bounds check("plan request");
    PlanRequest to;
    to.verb = enumOf(from.verb(), kLastVerb, Verb::unknown);
    if (to.verb == Verb::unknown) check.refuse(invalid("plan request: unknown verb {}", from.verb()));
    check.count("node ids", static_cast<std::size_t>(from.node_ids_size()), kMaxTargets);
    check.count("gpu uuids", static_cast<std::size_t>(from.gpu_uuids_size()), kMaxGpusPerNode);
    to.filter = check.text("filter", from.filter(), kMaxFilterLength);
    to.deadlineMs = check.number("deadline", from.deadline_ms(), 0, std::int64_t{30} * 86'400'000);
    to.atDeadline = from.at_deadline() == 0 ? DeadlinePolicy::ask : enumOf(from.at_deadline(), DeadlinePolicy::force, DeadlinePolicy::unknown);
    if (to.atDeadline == DeadlinePolicy::unknown) check.refuse(invalid("plan request: unknown deadline policy {}", from.at_deadline()));
    if (!check.ok()) return check.status();
    if (from.node_ids_size() == 0 && to.filter.empty() && from.details().lease_id().empty()) return invalid("plan request: neither node ids nor a filter are given");
    for (const std::string& id : from.node_ids()) to.nodeIds.push_back(check.nodeId("node id", id));
    for (const std::string& uuid : from.gpu_uuids()) to.gpuUuids.push_back(check.text("gpu uuid", uuid, 96));
    to.details = check.take(decode(from.details()));
    to.queue = from.queue();
    to.notAfterWallMs = check.wallMs("not after", from.not_after_wall_ms());
    to.overrideFailed = from.override_failed();
    to.allOrNothing = from.all_or_nothing();
    if (!check.ok()) return check.status();
    return to;
}

void encode(const BlastRadius& from, v1::BlastRadius* to) {
    to->set_nodes(from.nodes);
    to->set_gpus(from.gpus);
    to->set_leases(from.leases);
    to->set_processes(from.processes);
    encodeShares(from.tenants, to->mutable_tenants());
    encodeShares(from.freeByModel, to->mutable_free_by_model());
    encodeShares(from.failureDomains, to->mutable_failure_domains());
    to->set_gpu_hours(from.gpuHours);
    to->set_power_step_kw(from.powerStepKw);
    to->set_longest_wait_ms(from.longestWaitMs);
    to->set_reversible(from.reversible);
}

StatusOr<BlastRadius> decode(const v1::BlastRadius& from) {
    Bounds check("blast radius");
    BlastRadius to;
    to.nodes = check.number("nodes", from.nodes(), 0, INT64_MAX);
    to.gpus = check.number("gpus", from.gpus(), 0, INT64_MAX);
    to.leases = check.number("leases", from.leases(), 0, INT64_MAX);
    to.processes = check.number("processes", from.processes(), 0, INT64_MAX);
    to.tenants = decodeShares(check, from.tenants());
    to.freeByModel = decodeShares(check, from.free_by_model());
    to.failureDomains = decodeShares(check, from.failure_domains());
    to.gpuHours = check.real("gpu hours", from.gpu_hours(), 0, 1e12);
    to.powerStepKw = check.real("power step", from.power_step_kw(), 0, 1e9);
    to.longestWaitMs = check.number("longest wait", from.longest_wait_ms(), 0, INT64_MAX);
    to.reversible = from.reversible();
    if (!check.ok()) return check.status();
    return to;
}

void encode(const BreakerCounts& from, v1::BreakerCounts* to) {
    to->set_failures(from.failures);
    to->set_failure_limit(from.failureLimit);
    to->set_wave(static_cast<std::uint32_t>(from.wave));
    to->set_wave_failed(from.waveFailed);
    to->set_wave_targets(from.waveTargets);
    to->set_wave_percent(from.wavePercent);
    to->set_site_closed(from.siteClosed);
    to->set_site_limit(from.siteLimit);
    to->set_site_nodes(from.siteNodes);
    to->set_site_window_ms(from.siteWindowMs);
}

StatusOr<BreakerCounts> decode(const v1::BreakerCounts& from) {
    Bounds check("breaker");
    constexpr std::int64_t kMost = 1'000'000; // More nodes than any site has.
    BreakerCounts to;
    to.failures = check.number("failures", from.failures(), 0, kMost);
    to.failureLimit = check.number("failure limit", from.failure_limit(), 0, kMost);
    to.wave = static_cast<int>(check.number("wave", from.wave(), 0, kMost));
    to.waveFailed = check.number("wave failures", from.wave_failed(), 0, kMost);
    to.waveTargets = check.number("wave targets", from.wave_targets(), 0, kMost);
    to.wavePercent = check.number("wave percent", from.wave_percent(), 0, 100);
    to.siteClosed = check.number("site closes", from.site_closed(), 0, kMost);
    to.siteLimit = check.number("site limit", from.site_limit(), 0, kMost);
    to.siteNodes = check.number("site nodes", from.site_nodes(), 0, kMost);
    to.siteWindowMs = check.number("site window", from.site_window_ms(), 0, std::int64_t{86'400'000});
    if (!check.ok()) return check.status();
    return to;
}

void encode(const Plan& from, v1::PlanReply* to) {
    to->set_id(from.id);
    to->set_site(from.site);
    encode(from.request, to->mutable_request());
    to->set_revision(from.revision);
    to->set_made_wall_ms(from.madeWallMs);
    to->set_expires_wall_ms(from.expiresWallMs);
    for (const PlanTarget& target : from.targets) {
        auto* out = to->add_targets();
        out->set_node_id(target.nodeId);
        appendFacts(target.facts, out->mutable_facts());
        out->set_source(static_cast<std::uint32_t>(target.source));
        out->set_eligible(target.eligible);
        out->set_sentence(cut(target.sentence));
        for (const StepKind kind : target.steps) out->add_steps(static_cast<std::uint32_t>(kind));
        for (const std::string& lease : target.leases) out->add_leases(cut(lease, 96));
        out->set_processes(target.processes);
        out->set_queued_behind(cut(target.queuedBehind, 128));
    }
    encode(from.blast, to->mutable_blast());
    to->set_left_out(from.leftOut);
    to->set_inverse(cut(from.inverse));
    to->set_needs_approval(from.needsApproval);
    to->set_approval_why(cut(from.approvalWhy));
    for (const std::int64_t targets : from.waves) to->add_waves(targets);
    if (from.breaker != BreakerCounts{}) encode(from.breaker, to->mutable_breaker());
}

StatusOr<Plan> decode(const v1::PlanReply& from) {
    Bounds check("plan");
    Plan to;
    to.id = check.text("id", from.id(), 64);
    to.site = check.name("site", from.site());
    to.revision = from.revision();
    to.madeWallMs = check.wallMs("made", from.made_wall_ms());
    to.expiresWallMs = check.wallMs("expires", from.expires_wall_ms());
    check.count("targets", static_cast<std::size_t>(from.targets_size()), kMaxTargets);
    if (!check.ok()) return check.status();
    to.request = check.take(decode(from.request()));
    for (const auto& target : from.targets()) to.targets.push_back(decodeTarget(check, target));
    to.blast = check.take(decode(from.blast()));
    to.leftOut = check.number("left out", from.left_out(), 0, INT64_MAX);
    to.inverse = check.text("inverse", from.inverse());
    to.needsApproval = from.needs_approval();
    to.approvalWhy = check.text("approval", from.approval_why());
    check.count("waves", static_cast<std::size_t>(from.waves_size()), kMaxTargets);
    if (!check.ok()) return check.status();
    for (const std::int64_t targets : from.waves()) to.waves.push_back(check.number("wave", targets, 0, std::int64_t{kMaxTargets}));
    to.breaker = check.take(decode(from.breaker()));
    if (!check.ok()) return check.status();
    to.request.site = to.site;
    return to;
}

} // namespace busbar::wire
