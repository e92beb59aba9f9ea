// The border between protobuf and domain values: every decode checks every bound (list lengths, string lengths, number ranges) and
// answers a status whose sentence names the field; unknown enum values become `unknown`. Encode never fails; strings over a limit are
// cut. Generated headers are not included here: callers include them in their .cpp files. Stateless, thread-safe.
#pragma once

#include "base/status.h"
#include "domain/action.h"
#include "domain/evidence.h"
#include "domain/fleet_batch.h"
#include "domain/node.h"
#include "domain/telemetry.h"

namespace busbar::v1 {
class Place; class Inventory; class Process; class HostSample; class Lease; class Event; class Finding; class Column; class Evidence; class Blocker; class TestFigure; class VerbDetails; class SignedBytes;
class Hello; class Welcome; class Telemetry; class StepCommand; class StepProgress; class StepReport;
class WatchRequest; class WatchEvent; class FactChange; class NodeDetail; class HistoryReply;
class PlanRequest; class PlanReply; class BlastRadius; class Action; class TargetRecord; class StepProof; class TargetProof; class EvidencePart;
class BreakerCounts;
} // namespace busbar::v1

namespace busbar::wire {

/// Largest message either side accepts, set on every channel and server.
inline constexpr int kMaxMessageBytes = 16 * 1024 * 1024;

// common_codec.cpp
void encode(const Place& from, v1::Place* to);
StatusOr<Place> decode(const v1::Place& from);
void encode(const Process& from, v1::Process* to);
StatusOr<Process> decode(const v1::Process& from);
void encode(const HostSample& from, v1::HostSample* to);
StatusOr<HostSample> decode(const v1::HostSample& from);
void encode(const LeaseInfo& from, v1::Lease* to);
StatusOr<LeaseInfo> decode(const v1::Lease& from);
void encode(const FleetEvent& from, v1::Event* to);
StatusOr<FleetEvent> decode(const v1::Event& from);
void encode(const Finding& from, v1::Finding* to);
StatusOr<Finding> decode(const v1::Finding& from);
void encode(const MetricColumn& from, v1::Column* to);
/// `rows`: how many values the column must have.
StatusOr<MetricColumn> decode(const v1::Column& from, std::size_t rows);
void encode(const Evidence& from, v1::Evidence* to);
StatusOr<Evidence> decode(const v1::Evidence& from);
void encode(const Blocker& from, v1::Blocker* to);
StatusOr<Blocker> decode(const v1::Blocker& from);

// inventory_codec.cpp
void encode(const Inventory& from, v1::Inventory* to);
StatusOr<Inventory> decode(const v1::Inventory& from);

// verb_codec.cpp
void encode(const TestFigure& from, v1::TestFigure* to);
StatusOr<TestFigure> decode(const v1::TestFigure& from);
void encode(const VerbDetails& from, v1::VerbDetails* to);
StatusOr<VerbDetails> decode(const v1::VerbDetails& from);

// agent_codec.cpp
void encode(const AgentHello& from, v1::Hello* to);
StatusOr<AgentHello> decode(const v1::Hello& from);
void encode(const AgentWelcome& from, v1::Welcome* to);
StatusOr<AgentWelcome> decode(const v1::Welcome& from);
void encode(const TelemetryFrame& from, v1::Telemetry* to);
/// `gpus`: slots the node declared in its Hello.
StatusOr<TelemetryFrame> decode(const v1::Telemetry& from, std::size_t gpus);
void encode(const StepCommand& from, v1::StepCommand* to);
StatusOr<StepCommand> decode(const v1::StepCommand& from);
void encode(const StepProgress& from, v1::StepProgress* to);
StatusOr<StepProgress> decode(const v1::StepProgress& from);
void encode(const StepReport& from, v1::StepReport* to);
StatusOr<StepReport> decode(const v1::StepReport& from);

// fleet_codec.cpp
void encode(const WatchInterest& from, v1::WatchRequest* to);
StatusOr<WatchInterest> decode(const v1::WatchRequest& from);
void encode(const WatchBatch& from, v1::WatchEvent* to);
/// Checks lengths against each other and every enum; row and node indices are checked by the store, which knows its size.
StatusOr<WatchBatch> decode(const v1::WatchEvent& from);

// detail_codec.cpp
void encode(const FactChange& from, v1::FactChange* to);
StatusOr<FactChange> decode(const v1::FactChange& from);
void encode(const NodeDetail& from, v1::NodeDetail* to);
StatusOr<NodeDetail> decode(const v1::NodeDetail& from);
void encode(const std::vector<HistorySeries>& from, v1::HistoryReply* to);
StatusOr<std::vector<HistorySeries>> decode(const v1::HistoryReply& from, const std::string& nodeId);

// action_codec.cpp
void encode(const PlanRequest& from, v1::PlanRequest* to);
StatusOr<PlanRequest> decode(const v1::PlanRequest& from);
void encode(const BlastRadius& from, v1::BlastRadius* to);
StatusOr<BlastRadius> decode(const v1::BlastRadius& from);
void encode(const BreakerCounts& from, v1::BreakerCounts* to);
StatusOr<BreakerCounts> decode(const v1::BreakerCounts& from);
void encode(const Plan& from, v1::PlanReply* to);
StatusOr<Plan> decode(const v1::PlanReply& from);
void encode(const Action& from, v1::Action* to);
StatusOr<Action> decode(const v1::Action& from);
void encode(const TargetRecord& from, v1::TargetRecord* to);
StatusOr<TargetRecord> decode(const v1::TargetRecord& from);

// evidence_codec.cpp
void encode(const SignedBytes& from, v1::SignedBytes* to);
StatusOr<SignedBytes> decode(const v1::SignedBytes& from);
void encode(const StepProof& from, v1::StepProof* to);
StatusOr<StepProof> decode(const v1::StepProof& from);
void encode(const TargetProof& from, v1::TargetProof* to);
StatusOr<TargetProof> decode(const v1::TargetProof& from);
/// Adds one part of an evidence stream to `pack`; a part of a kind that is not known adds nothing.
Status take(const v1::EvidencePart& part, EvidencePack& pack);
/// What is signed: bytes of a report (without its origin), of a target's record, of a manifest; and back, bounded like all else.
std::string reportBytes(const StepReport& report);
StatusOr<StepReport> reportOf(const std::string& bytes);
std::string recordBytes(const TargetRecord& record);
StatusOr<TargetRecord> recordOf(const std::string& bytes);
std::string manifestBytes(const EvidenceManifest& manifest);
StatusOr<EvidenceManifest> manifestOf(const std::string& bytes);

} // namespace busbar::wire
