#include "busbar/v1/actions.pb.h"
#include "busbar/v1/agent_link.pb.h"
#include "wire/bounds.h"
#include "wire/codec.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace busbar::wire {
namespace {

constexpr std::uint32_t kSchemaVersion = 1;
constexpr std::size_t kMaxSigned = 4 * 1024 * 1024; // A report of 1,024 facts and 4,096 figures has some 2 MiB.
constexpr std::size_t kMaxSignature = 128;          // DER of two 32-byte numbers has at most 72.
constexpr std::size_t kMaxCertificates = 4;
constexpr std::size_t kMaxCertificate = 8 * 1024;
constexpr std::size_t kMaxStepsOfTarget = 64;
constexpr std::size_t kHashBytes = 32;

/// The same message gives the same bytes (maps and unknown fields aside, which these do not have).
template <typename Message>
std::string bytesOf(const Message& message) {
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream out(&bytes);
        google::protobuf::io::CodedOutputStream coded(&out);
        coded.SetSerializationDeterministic(true);
        message.SerializeToCodedStream(&coded);
    }
    return bytes;
}

void checkBytes(Bounds& check, std::string_view field, const std::string& value, std::size_t max) { check.count(field, value.size(), max); }

} // namespace

void encode(const SignedBytes& from, v1::SignedBytes* to) {
    to->set_bytes(from.bytes);
    to->set_signature(from.signature);
    for (const std::string& certificate : from.certificates) to->add_certificates(certificate);
}

StatusOr<SignedBytes> decode(const v1::SignedBytes& from) {
    Bounds check("signed bytes");
    checkBytes(check, "bytes", from.bytes(), kMaxSigned);
    checkBytes(check, "signature", from.signature(), kMaxSignature);
    check.count("certificates", static_cast<std::size_t>(from.certificates_size()), kMaxCertificates);
    for (const std::string& certificate : from.certificates()) checkBytes(check, "certificate", certificate, kMaxCertificate);
    if (check.ok() && from.bytes().empty()) check.refuse(invalid("signed bytes: there are none"));
    if (!check.ok()) return check.status();
    return SignedBytes{from.bytes(), from.signature(), {from.certificates().begin(), from.certificates().end()}};
}

void encode(const StepProof& from, v1::StepProof* to) {
    to->set_step(static_cast<std::uint32_t>(from.step));
    encode(from.report, to->mutable_report());
    to->set_received_wall_ms(from.receivedWallMs);
    to->set_schema_version(kSchemaVersion);
}

StatusOr<StepProof> decode(const v1::StepProof& from) {
    Bounds check("step proof");
    if (from.schema_version() > kSchemaVersion)
        return refused("step proof: it has schema version {}, this program knows {}: use a newer one", from.schema_version(), kSchemaVersion);
    StepProof to;
    to.step = static_cast<std::size_t>(check.number("step", from.step(), 0, kMaxStepsOfTarget - 1));
    to.report = check.take(decode(from.report()));
    to.receivedWallMs = check.wallMs("received", from.received_wall_ms());
    if (!check.ok()) return check.status();
    return to;
}

void encode(const TargetProof& from, v1::TargetProof* to) {
    to->set_record(from.record);
    for (const StepProof& step : from.steps) encode(step, to->add_steps());
}

StatusOr<TargetProof> decode(const v1::TargetProof& from) {
    Bounds check("target proof");
    checkBytes(check, "record", from.record(), kMaxSigned);
    check.count("steps", static_cast<std::size_t>(from.steps_size()), kMaxStepsOfTarget);
    if (!check.ok()) return check.status();
    TargetProof to{from.record(), {}};
    for (const auto& step : from.steps()) to.steps.push_back(check.take(decode(step)));
    if (!check.ok()) return check.status();
    return to;
}

Status take(const v1::EvidencePart& part, EvidencePack& pack) {
    if (part.has_target()) {
        auto target = decode(part.target());
        if (target.ok()) pack.targets.push_back(*std::move(target));
        return target.status();
    }
    if (!part.has_manifest()) return absl::OkStatus();
    auto manifest = decode(part.manifest());
    if (manifest.ok()) pack.manifest = *std::move(manifest);
    return manifest.status();
}

std::string reportBytes(const StepReport& report) {
    StepReport bare = report;
    bare.origin = {};
    v1::StepReport message;
    encode(bare, &message);
    return bytesOf(message);
}

StatusOr<StepReport> reportOf(const std::string& bytes) {
    v1::StepReport message;
    if (!message.ParseFromString(bytes)) return invalid("the signed bytes are no report");
    if (message.has_origin()) return invalid("the signed report holds another signed one");
    return decode(message);
}

std::string recordBytes(const TargetRecord& record) {
    v1::TargetRecord message;
    encode(record, &message);
    return bytesOf(message);
}

StatusOr<TargetRecord> recordOf(const std::string& bytes) {
    v1::TargetRecord message;
    if (!message.ParseFromString(bytes)) return invalid("the bytes are no target's record");
    return decode(message);
}

std::string manifestBytes(const EvidenceManifest& manifest) {
    Action head = manifest.action;
    head.targets.clear();
    head.log.clear();
    v1::Action action;
    encode(head, &action);
    v1::EvidenceManifest message;
    message.set_action(bytesOf(action));
    for (const std::string& hash : manifest.targetSha256) message.add_target_sha256(hash);
    message.set_made_wall_ms(manifest.madeWallMs);
    message.set_node_id(manifest.nodeId);
    message.set_target_count(static_cast<std::uint32_t>(manifest.targetCount));
    return bytesOf(message);
}

StatusOr<EvidenceManifest> manifestOf(const std::string& bytes) {
    Bounds check("manifest");
    v1::EvidenceManifest message;
    v1::Action action;
    if (!message.ParseFromString(bytes) || !action.ParseFromString(message.action())) return invalid("the signed bytes are no manifest");
    check.count("targets", static_cast<std::size_t>(message.target_sha256_size()), kMaxTargets);
    EvidenceManifest to;
    to.action = check.take(decode(action));
    to.madeWallMs = check.wallMs("made", message.made_wall_ms());
    to.targetCount = static_cast<std::size_t>(check.number("targets of the action", message.target_count(), 0, kMaxTargets));
    if (!message.node_id().empty()) to.nodeId = check.nodeId("node", message.node_id());
    for (const std::string& hash : message.target_sha256())
        if (hash.size() != kHashBytes) check.refuse(invalid("manifest: a hash has {} bytes, not {}", hash.size(), kHashBytes));
    if (!check.ok()) return check.status();
    to.targetSha256.assign(message.target_sha256().begin(), message.target_sha256().end());
    return to;
}

} // namespace busbar::wire
