#include "busbar/v1/agent_link.pb.h"
#include "wire/bounds.h"
#include "wire/codec.h"

namespace busbar::wire {
namespace {

constexpr std::size_t kMaxJournalTail = 1024;
constexpr std::size_t kMaxLeases = 1024;
constexpr std::size_t kMaxEvidence = 1024;
constexpr std::size_t kMaxBlockers = 256;

} // namespace

void encode(const AgentHello& from, v1::Hello* to) {
    to->set_protocol(static_cast<std::uint32_t>(from.protocol));
    to->set_node_id(from.nodeId);
    to->set_instance_id(from.instanceId);
    to->set_agent_version(cut(from.agentVersion, 64));
    to->set_source(static_cast<std::uint32_t>(from.source));
    encode(from.place, to->mutable_place());
    encode(from.inventory, to->mutable_inventory());
    to->mutable_policy()->set_settings_allowed(from.policy.settingsAllowed);
    to->mutable_policy()->set_terminate_holders(from.policy.terminateHolders);
    to->mutable_policy()->set_reboot_allowed(from.policy.rebootAllowed);
    to->set_highest_term(from.highestTerm);
    for (const StepReport& report : from.journal) encode(report, to->add_journal());
    for (const LeaseInfo& lease : from.leases) encode(lease, to->add_leases());
}

StatusOr<AgentHello> decode(const v1::Hello& from) {
    Bounds check("hello");
    if (from.protocol() != static_cast<std::uint32_t>(kAgentProtocol))
        return absl::FailedPreconditionError(fmt::format("hello: agent speaks protocol {}, this controller speaks {}: install matching versions", from.protocol(), kAgentProtocol));
    AgentHello to;
    to.nodeId = check.nodeId("node id", from.node_id());
    to.instanceId = check.name("instance id", from.instance_id());
    if (check.ok() && to.instanceId.empty()) check.refuse(invalid("hello: the instance id is empty"));
    to.agentVersion = check.text("agent version", from.agent_version(), 64);
    to.source = enumOf(from.source(), Source::simulated, Source::unknown);
    to.place = check.take(decode(from.place()));
    to.inventory = check.take(decode(from.inventory()));
    to.policy = {from.policy().settings_allowed(), from.policy().terminate_holders(), from.policy().reboot_allowed()};
    to.highestTerm = from.highest_term();
    check.count("journal", static_cast<std::size_t>(from.journal_size()), kMaxJournalTail);
    check.count("leases", static_cast<std::size_t>(from.leases_size()), kMaxLeases);
    if (!check.ok()) return check.status();
    for (const auto& report : from.journal()) to.journal.push_back(check.take(decode(report)));
    for (const auto& lease : from.leases()) to.leases.push_back(check.take(decode(lease)));
    if (!check.ok()) return check.status();
    return to;
}

void encode(const AgentWelcome& from, v1::Welcome* to) {
    to->set_term(from.term);
    to->set_sample_ms(static_cast<std::uint32_t>(from.sampleMs));
    to->set_controller_wall_ms(from.controllerWallMs);
}

StatusOr<AgentWelcome> decode(const v1::Welcome& from) {
    Bounds check("welcome");
    AgentWelcome to{from.term(), static_cast<int>(check.number("sample period", from.sample_ms(), 50, 600'000)), check.wallMs("time", from.controller_wall_ms())};
    if (!check.ok()) return check.status();
    return to;
}

void encode(const TelemetryFrame& from, v1::Telemetry* to) {
    to->set_observed_wall_ms(from.observedWallMs);
    for (const MetricColumn& column : from.columns) encode(column, to->add_columns());
    encode(from.host, to->mutable_host());
    if (from.processes) {
        auto* list = to->mutable_processes();
        for (const Process& process : *from.processes) {
            if (static_cast<std::size_t>(list->processes_size()) == kMaxProcessesPerNode) break;
            encode(process, list->add_processes());
        }
    }
    for (const std::string& sentence : from.stuck) to->add_stuck(cut(sentence));
    if (from.gpuLeases) {
        auto* leases = to->mutable_gpu_leases();
        for (const std::string& id : *from.gpuLeases) leases->add_lease_ids(cut(id, 96));
    }
    for (const LeaseInfo& lease : from.newLeases) encode(lease, to->add_new_leases());
}

StatusOr<TelemetryFrame> decode(const v1::Telemetry& from, std::size_t gpus) {
    Bounds check("telemetry");
    TelemetryFrame to;
    to.observedWallMs = check.wallMs("time", from.observed_wall_ms());
    check.count("columns", static_cast<std::size_t>(from.columns_size()), static_cast<std::size_t>(Metric::count_));
    check.count("processes", static_cast<std::size_t>(from.processes().processes_size()), kMaxProcessesPerNode);
    check.count("stuck", static_cast<std::size_t>(from.stuck_size()), 64);
    check.count("new leases", static_cast<std::size_t>(from.new_leases_size()), kMaxLeases);
    if (from.has_gpu_leases() && static_cast<std::size_t>(from.gpu_leases().lease_ids_size()) != gpus)
        check.refuse(invalid("telemetry: {} leases for {} GPUs", from.gpu_leases().lease_ids_size(), gpus));
    if (!check.ok()) return check.status();
    for (const auto& column : from.columns()) {
        auto decoded = check.take(decode(column, gpus));
        if (decoded.metric != Metric::unknown) to.columns.push_back(std::move(decoded));
    }
    if (from.has_host()) to.host = check.take(decode(from.host()));
    if (from.has_processes()) {
        to.processes.emplace();
        for (const auto& process : from.processes().processes()) to.processes->push_back(check.take(decode(process)));
    }
    for (const std::string& sentence : from.stuck()) to.stuck.push_back(check.text("stuck", sentence));
    if (from.has_gpu_leases()) {
        to.gpuLeases.emplace();
        for (const std::string& id : from.gpu_leases().lease_ids()) to.gpuLeases->push_back(check.text("lease id", id, 96));
    }
    for (const auto& lease : from.new_leases()) to.newLeases.push_back(check.take(decode(lease)));
    if (!check.ok()) return check.status();
    return to;
}

void encode(const StepCommand& from, v1::StepCommand* to) {
    to->set_command_id(from.commandId);
    to->set_action_id(from.actionId);
    to->set_node_id(from.nodeId);
    to->set_kind(static_cast<std::uint32_t>(from.kind));
    to->set_term(from.term);
    to->set_seconds_left(static_cast<std::uint32_t>(std::max(0, from.secondsLeft)));
    for (const std::string& uuid : from.gpuUuids) to->add_gpu_uuids(uuid);
    to->set_reason(cut(from.reason, kMaxReasonLength));
    for (const Evidence& evidence : from.expected) encode(evidence, to->add_expected());
    to->set_force(from.force);
    encode(from.details, to->mutable_details());
}

StatusOr<StepCommand> decode(const v1::StepCommand& from) {
    Bounds check("command");
    StepCommand to;
    to.commandId = check.text("command id", from.command_id(), 256);
    to.actionId = check.text("action id", from.action_id(), 128);
    to.nodeId = check.nodeId("node id", from.node_id());
    to.kind = enumOf(from.kind(), kLastStepKind, StepKind::unknown);
    to.term = from.term();
    to.secondsLeft = static_cast<int>(check.number("seconds left", from.seconds_left(), 0, 30 * 86'400));
    to.reason = check.text("reason", from.reason(), kMaxReasonLength);
    to.force = from.force();
    check.count("gpus", static_cast<std::size_t>(from.gpu_uuids_size()), kMaxGpusPerNode);
    check.count("expected", static_cast<std::size_t>(from.expected_size()), kMaxEvidence);
    if (check.ok() && to.commandId.empty()) check.refuse(invalid("command: the command id is empty"));
    if (!check.ok()) return check.status();
    for (const std::string& uuid : from.gpu_uuids()) to.gpuUuids.push_back(check.text("gpu uuid", uuid, 96));
    for (const auto& evidence : from.expected()) to.expected.push_back(check.take(decode(evidence)));
    to.details = check.take(decode(from.details()));
    if (!check.ok()) return check.status();
    return to;
}

void encode(const StepProgress& from, v1::StepProgress* to) {
    to->set_command_id(from.commandId);
    to->set_sentence(cut(from.sentence));
    for (std::size_t i = 0; i < std::min(from.blockers.size(), kMaxBlockers); ++i) encode(from.blockers[i], to->add_blockers());
    to->set_blocker_count(from.blockerCount);
    to->set_wall_ms(from.wallMs);
    to->set_share(from.share);
}

StatusOr<StepProgress> decode(const v1::StepProgress& from) {
    Bounds check("progress");
    StepProgress to;
    to.commandId = check.text("command id", from.command_id(), 256);
    to.sentence = check.text("sentence", from.sentence());
    check.count("blockers", static_cast<std::size_t>(from.blockers_size()), kMaxBlockers);
    to.blockerCount = check.number("blocker count", from.blocker_count(), 0, 1'000'000);
    to.wallMs = check.wallMs("time", from.wall_ms());
    to.share = check.real("share", from.share(), -1, 1);
    if (!check.ok()) return check.status();
    for (const auto& blocker : from.blockers()) to.blockers.push_back(check.take(decode(blocker)));
    if (!check.ok()) return check.status();
    return to;
}

void encode(const StepReport& from, v1::StepReport* to) {
    if (!from.origin.empty()) {
        encode(from.origin, to->mutable_origin());
        // For a controller from before signatures: it reads these, and ends the step as unknown.
        to->set_command_id(from.commandId);
        to->set_kind(static_cast<std::uint32_t>(from.kind));
        to->set_state(static_cast<std::uint32_t>(StepState::unknown));
        to->set_sentence("the agent signs its reports and this controller cannot read them: update the controller");
        return;
    }
    to->set_command_id(from.commandId);
    to->set_kind(static_cast<std::uint32_t>(from.kind));
    to->set_state(static_cast<std::uint32_t>(from.state));
    to->set_sentence(cut(from.sentence));
    for (std::size_t i = 0; i < std::min(from.evidence.size(), kMaxEvidence); ++i) encode(from.evidence[i], to->add_evidence());
    for (std::size_t i = 0; i < std::min(from.blockers.size(), kMaxBlockers); ++i) encode(from.blockers[i], to->add_blockers());
    to->set_started_wall_ms(from.startedWallMs);
    to->set_ended_wall_ms(from.endedWallMs);
    for (std::size_t i = 0; i < std::min(from.figures.size(), kMaxFigures); ++i) encode(from.figures[i], to->add_figures());
}

StatusOr<StepReport> decode(const v1::StepReport& from) {
    Bounds check("report");
    if (from.has_origin()) {
        SignedBytes origin = check.take(decode(from.origin()));
        if (!check.ok()) return check.status();
        StatusOr<StepReport> report = reportOf(origin.bytes);
        if (report.ok()) report->origin = std::move(origin);
        return report;
    }
    StepReport to;
    to.commandId = check.text("command id", from.command_id(), 256);
    to.kind = enumOf(from.kind(), kLastStepKind, StepKind::unknown);
    to.state = enumOf(from.state(), StepState::cancelled, StepState::unknown);
    to.sentence = check.text("sentence", from.sentence());
    check.count("evidence", static_cast<std::size_t>(from.evidence_size()), kMaxEvidence);
    check.count("blockers", static_cast<std::size_t>(from.blockers_size()), kMaxBlockers);
    check.count("figures", static_cast<std::size_t>(from.figures_size()), kMaxFigures);
    to.startedWallMs = check.wallMs("start", from.started_wall_ms());
    to.endedWallMs = check.wallMs("end", from.ended_wall_ms());
    if (!check.ok()) return check.status();
    for (const auto& figure : from.figures()) to.figures.push_back(check.take(decode(figure)));
    for (const auto& evidence : from.evidence()) to.evidence.push_back(check.take(decode(evidence)));
    for (const auto& blocker : from.blockers()) to.blockers.push_back(check.take(decode(blocker)));
    if (!check.ok()) return check.status();
    return to;
}

} // namespace busbar::wire
