#include "busbar-controller/state/action_records.h"

#include "busbar/v1/actions.pb.h"
#include "wire/codec.h"

#include <charconv>

namespace busbar::controller {
namespace {

constexpr std::uint32_t kSchemaVersion = 1;

/// Text of a head without its targets and log; copying those only to drop them would cost what they weigh.
v1::Action protoOf(const Action& action) {
    v1::Action to;
    wire::encode(action, &to);
    to.set_schema_version(kSchemaVersion);
    return to;
}

StatusOr<v1::Action> parse(const Entry& entry) {
    v1::Action from;
    if (!from.ParseFromString(entry.value)) return absl::DataLossError(fmt::format("the stored value of {} is damaged: restore a backup of the state file", entry.key));
    if (from.schema_version() > kSchemaVersion)
        return refused("the stored value of {} has schema version {}, this controller knows {}: run the newer controller", entry.key, from.schema_version(), kSchemaVersion);
    return from;
}

StatusOr<Action> parseAction(const Entry& entry) {
    auto from = parse(entry);
    if (!from.ok()) return from.status();
    auto action = wire::decode(*from);
    if (!action.ok()) return absl::DataLossError(fmt::format("the stored value of {} is damaged: {}", entry.key, std::string(action.status().message())));
    return action;
}

} // namespace

std::string actionKey(std::string_view ulid) { return fmt::format("/actions/{}", ulid); }
std::string targetPrefix(std::string_view ulid) { return fmt::format("/targets/{}/", ulid); }
std::string targetKey(std::string_view ulid, std::size_t index) { return fmt::format("/targets/{}/{:06}", ulid, index); }
std::string logPrefix(std::string_view ulid) { return fmt::format("/logs/{}/", ulid); }
std::string logKey(std::string_view ulid, std::size_t index) { return fmt::format("/logs/{}/{:06}", ulid, index); }
std::string proofPrefix(std::string_view ulid, std::size_t index) { return fmt::format("/evidence/{}/{:06}/", ulid, index); }
std::string proofKey(std::string_view ulid, std::size_t index, std::size_t step) { return fmt::format("/evidence/{}/{:06}/{:02}", ulid, index, step); }
std::string serviceKey(std::string_view nodeName) { return fmt::format("/nodes/{}/service", nodeName); }
std::string idempotencyKeyPath(std::string_view key) { return fmt::format("/idempotency/{}", key); }

std::string_view ulidOf(std::string_view actionId) { return actionId.substr(actionId.find('/') + 1); }

StatusOr<std::size_t> indexOf(std::string_view key) {
    const std::string_view digits = key.substr(key.rfind('/') + 1);
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc() || end != digits.data() + digits.size()) return absl::DataLossError(fmt::format("state key {} does not end with a number", key));
    return index;
}

std::string encodeHead(const ActionHead& head) {
    v1::Action to = protoOf(head.action);
    to.set_idempotency_key(head.idempotencyKey);
    to.set_keep_closed(head.keepClosed);
    to.set_cancelled_by(head.cancelledBy);
    to.set_breaker_acknowledged(head.breakerAcknowledged);
    return to.SerializeAsString();
}

StatusOr<ActionHead> decodeHead(const Entry& entry) {
    auto from = parse(entry);
    if (!from.ok()) return from.status();
    auto action = parseAction(entry);
    if (!action.ok()) return action.status();
    return ActionHead{*std::move(action), from->idempotency_key(), from->keep_closed(), from->cancelled_by(), from->breaker_acknowledged()};
}

std::string encodeTarget(const std::string& actionId, const TargetRecord& target) {
    Action holder;
    holder.id = actionId;
    holder.targets.push_back(target);
    return protoOf(holder).SerializeAsString();
}

StatusOr<TargetRecord> decodeTarget(const Entry& entry) {
    auto holder = parseAction(entry);
    if (!holder.ok()) return holder.status();
    if (holder->targets.size() != 1) return absl::DataLossError(fmt::format("the stored value of {} is damaged: it holds no target", entry.key));
    return std::move(holder->targets.front());
}

std::string encodeLog(const std::string& actionId, const LogLine& line) {
    Action holder;
    holder.id = actionId;
    holder.log.push_back(line);
    return protoOf(holder).SerializeAsString();
}

StatusOr<LogLine> decodeLog(const Entry& entry) {
    auto holder = parseAction(entry);
    if (!holder.ok()) return holder.status();
    if (holder->log.size() != 1) return absl::DataLossError(fmt::format("the stored value of {} is damaged: it holds no log line", entry.key));
    return std::move(holder->log.front());
}

std::string encodeProof(const StepProof& proof) {
    v1::StepProof to;
    wire::encode(proof, &to);
    return to.SerializeAsString();
}

StatusOr<StepProof> decodeProof(const Entry& entry) {
    v1::StepProof from;
    if (!from.ParseFromString(entry.value)) return absl::DataLossError(fmt::format("the stored value of {} is damaged: restore a backup of the state file", entry.key));
    auto proof = wire::decode(from);
    if (!proof.ok()) return absl::DataLossError(fmt::format("the stored value of {} is damaged: {}", entry.key, sentenceOf(proof.status())));
    return proof;
}

namespace {

/// "<word>\n<who>\n<why>".
struct Words {
    std::string_view word;
    std::string who, why;
};
StatusOr<Words> wordsOf(const Entry& entry) {
    const std::size_t first = entry.value.find('\n');
    const std::size_t second = first == std::string::npos ? first : entry.value.find('\n', first + 1);
    if (second == std::string::npos) return absl::DataLossError(fmt::format("the stored value of {} is damaged: '{}'", entry.key, entry.value.substr(0, 40)));
    return Words{std::string_view(entry.value).substr(0, first), entry.value.substr(first + 1, second - first - 1), entry.value.substr(second + 1)};
}

} // namespace

std::string stateKey(std::string_view nodeName) { return fmt::format("/nodes/{}/state", nodeName); }
std::string leaseKey(std::string_view nodeName) { return fmt::format("/nodes/{}/lease", nodeName); }

std::string encodeService(const ServiceRecord& record) { return fmt::format("{}\n{}\n{}", toString(record.service), record.who, record.why); }

StatusOr<ServiceRecord> decodeService(const Entry& entry) {
    const auto words = wordsOf(entry);
    if (!words.ok()) return words.status();
    const auto service = parseService(words->word);
    if (!service.has_value()) return absl::DataLossError(fmt::format("the stored value of {} is damaged: '{}' is no service", entry.key, std::string(words->word)));
    return ServiceRecord{*service, words->who, words->why};
}

std::string encodeState(const StateRecord& record) { return fmt::format("{}\n{}\n{}", toString(record.state), record.who, record.why); }

StatusOr<StateRecord> decodeState(const Entry& entry) {
    const auto words = wordsOf(entry);
    if (!words.ok()) return words.status();
    const auto state = parseNodeState(words->word);
    if (!state.has_value()) return absl::DataLossError(fmt::format("the stored value of {} is damaged: '{}' is no state", entry.key, std::string(words->word)));
    return StateRecord{*state, words->who, words->why};
}

std::optional<LeaseInfo> shownLease(const LeaseRecord& record) {
    return record.occupancy == Occupancy::scrubFailed || record.lease.id.empty() ? std::nullopt : std::optional(record.lease);
}

std::string leaseIdOf(std::string_view actionUlid) { return fmt::format("L-{}", actionUlid); }
std::string_view leaseUlid(std::string_view leaseId) { return leaseId.starts_with("L-") ? leaseId.substr(2) : std::string_view(); }

std::string encodeLease(const LeaseRecord& record) {
    v1::NodeLease to;
    to.set_schema_version(kSchemaVersion);
    to.set_occupancy(static_cast<std::uint32_t>(record.occupancy));
    wire::encode(record.lease, to.mutable_lease());
    to.set_who(record.who);
    to.set_why(record.why);
    to.set_warned(record.warned);
    to.set_end_submitted(record.endSubmitted);
    to.set_active_ms(record.activeMs);
    to.set_active_since_wall_ms(record.activeSinceWallMs);
    return to.SerializeAsString();
}

StatusOr<LeaseRecord> decodeLease(const Entry& entry) {
    v1::NodeLease from;
    const auto damaged = [&] { return absl::DataLossError(fmt::format("the stored value of {} is damaged: restore a backup of the state file", entry.key)); };
    if (!from.ParseFromString(entry.value) || from.occupancy() > static_cast<std::uint32_t>(Occupancy::mixed)) return damaged();
    if (from.schema_version() > kSchemaVersion)
        return refused("the stored value of {} has schema version {}, this controller knows {}: run the newer controller", entry.key, from.schema_version(), kSchemaVersion);
    auto lease = wire::decode(from.lease());
    if (!lease.ok()) return damaged();
    return LeaseRecord{static_cast<Occupancy>(from.occupancy()), *std::move(lease), from.who(), from.why(), from.warned(), from.end_submitted(), from.active_ms(), from.active_since_wall_ms()};
}

std::string gpusKey(std::string_view nodeName) { return fmt::format("/nodes/{}/gpus", nodeName); }
std::string machineKey(std::string_view nodeName) { return fmt::format("/nodes/{}/machine", nodeName); }
std::string overrideKey(std::string_view nodeName) { return fmt::format("/nodes/{}/override", nodeName); }
std::string bootKey(std::string_view nodeName) { return fmt::format("/nodes/{}/boot", nodeName); }

std::string encodeGpus(const std::vector<GpuClose>& closed) {
    v1::NodeGpus to;
    to.set_schema_version(kSchemaVersion);
    for (const GpuClose& gpu : closed) {
        v1::GpuClose* const out = to.add_closed();
        out->set_uuid(gpu.uuid);
        out->set_service(static_cast<std::uint32_t>(gpu.service));
        out->set_who(gpu.who);
        out->set_why(gpu.why);
    }
    return to.SerializeAsString();
}

StatusOr<std::vector<GpuClose>> decodeGpus(const Entry& entry) {
    v1::NodeGpus from;
    const auto damaged = [&] { return absl::DataLossError(fmt::format("the stored value of {} is damaged: restore a backup of the state file", entry.key)); };
    if (!from.ParseFromString(entry.value) || from.closed_size() > static_cast<int>(kMaxGpusPerNode)) return damaged();
    if (from.schema_version() > kSchemaVersion)
        return refused("the stored value of {} has schema version {}, this controller knows {}: run the newer controller", entry.key, from.schema_version(), kSchemaVersion);
    std::vector<GpuClose> closed;
    for (const v1::GpuClose& gpu : from.closed()) {
        if (gpu.service() > static_cast<std::uint32_t>(Service::opening) || !isClosedApart(static_cast<Service>(gpu.service()))) return damaged();
        closed.push_back({gpu.uuid(), static_cast<Service>(gpu.service()), gpu.who(), gpu.why()});
    }
    return closed;
}

} // namespace busbar::controller
