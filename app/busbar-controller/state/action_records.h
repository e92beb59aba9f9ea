// How actions lie in the state store, as protobuf with a schema version:
//   /actions/<ulid>                head: a v1.Action without targets and log
//   /targets/<ulid>/<6 digits>     one target: a v1.Action that holds only it
//   /logs/<ulid>/<6 digits>        one log line, likewise
//   /nodes/<name>/service          "<service>\n<who>\n<why>"
//   /nodes/<name>/state            "<state>\n<who>\n<why>"
//   /nodes/<name>/lease            a v1.NodeLease; absent while the node is free
//   /nodes/<name>/gpus             a v1.NodeGpus; absent while no GPU is closed apart from its node
//   /nodes/<name>/override         who overrode the node's failed check, when and why, as a sentence; absent: nobody did, or a check passed since
//   /nodes/<name>/boot             boot id of the machine's life that was seen last
//   /nodes/<name>/machine          "<machine id>\n<PCI address> <GPU uuid>\n…" as they were seen last
//   /evidence/<ulid>/<6 digits>/<2 digits>   report that ended a target's step, as it was signed: a v1.StepProof
//   /idempotency/<key>             "<ulid>\n<the body submitted>", for a week
// Apart, so that a step of one target writes one small value. Stateless, thread-safe.
#pragma once

#include "busbar-controller/state/state_store.h"
#include "domain/action.h"
#include "domain/evidence.h"
#include "domain/node.h"

#include <optional>
#include <string>
#include <string_view>

namespace busbar::controller {

/// What the engine keeps of an action beside the action.
struct ActionHead {
    Action action; ///< without targets and log
    std::string idempotencyKey;
    bool keepClosed = false;
    std::string cancelledBy;
    std::uint32_t breakerAcknowledged = 0; ///< failures that a person has seen and let pass
};

std::string actionKey(std::string_view ulid);
std::string targetKey(std::string_view ulid, std::size_t index);
std::string targetPrefix(std::string_view ulid);
std::string logKey(std::string_view ulid, std::size_t index);
std::string logPrefix(std::string_view ulid);
/// Place of the target and of its step, from 0.
std::string proofKey(std::string_view ulid, std::size_t index, std::size_t step);
std::string proofPrefix(std::string_view ulid, std::size_t index);
std::string serviceKey(std::string_view nodeName);
std::string idempotencyKeyPath(std::string_view key);
/// "ULID" of "site/ULID".
std::string_view ulidOf(std::string_view actionId);
/// Number at the end of a target or log key.
StatusOr<std::size_t> indexOf(std::string_view key);

std::string encodeHead(const ActionHead& head);
StatusOr<ActionHead> decodeHead(const Entry& entry);
std::string encodeTarget(const std::string& actionId, const TargetRecord& target);
StatusOr<TargetRecord> decodeTarget(const Entry& entry);
std::string encodeLog(const std::string& actionId, const LogLine& line);
StatusOr<LogLine> decodeLog(const Entry& entry);

std::string encodeProof(const StepProof& proof);
StatusOr<StepProof> decodeProof(const Entry& entry);

struct StateRecord {
    NodeState state = NodeState::unknown;
    std::string who, why;
};
std::string stateKey(std::string_view nodeName);
std::string encodeState(const StateRecord& record);
StatusOr<StateRecord> decodeState(const Entry& entry);

struct LeaseRecord {
    Occupancy occupancy = Occupancy::free;
    LeaseInfo lease; ///< without an index
    std::string who, why;
    std::uint32_t warned = 0;  ///< how many of the warnings before its end were told
    bool endSubmitted = false; ///< the controller's own release was submitted
    /// Facts for billing (lifecycle.md §4): how long its tenant has had the node, up to activeSinceWallMs; 0 there: the tenant does not have it
    /// now, or a repair that the provider caused goes on.
    std::int64_t activeMs = 0, activeSinceWallMs = 0;
};
/// The lease as everybody may see it: GPUs that failed their scrub belong to nobody, and neither does a node that left its lease in a swap.
std::optional<LeaseInfo> shownLease(const LeaseRecord& record);
/// "L-ULID" of the action that makes it, and back ("" of another text).
std::string leaseIdOf(std::string_view actionUlid);
std::string_view leaseUlid(std::string_view leaseId);
std::string leaseKey(std::string_view nodeName);
std::string encodeLease(const LeaseRecord& record);
StatusOr<LeaseRecord> decodeLease(const Entry& entry);

std::string gpusKey(std::string_view nodeName);
std::string encodeGpus(const std::vector<GpuClose>& closed);
StatusOr<std::vector<GpuClose>> decodeGpus(const Entry& entry);
std::string bootKey(std::string_view nodeName);
std::string machineKey(std::string_view nodeName);
std::string overrideKey(std::string_view nodeName);

struct ServiceRecord {
    Service service = Service::unknown;
    std::string who, why;
};
std::string encodeService(const ServiceRecord& record);
StatusOr<ServiceRecord> decodeService(const Entry& entry);

} // namespace busbar::controller
