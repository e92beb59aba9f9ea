#include "transport/status_map.h"

#include "base/refusal.h"
#include "busbar/v1/errors.pb.h"
#include "wire/bounds.h"

namespace busbar::transport {
namespace {

// gRPC takes 8 KiB of trailing metadata, the details in base64: more would cost the whole status.
constexpr std::size_t kMaxReasons = 24, kMaxReasonBytes = 208;

std::string detailsOf(const std::vector<std::string>& reasons) {
    v1::Refusal details;
    for (std::size_t i = 0; i < std::min(reasons.size(), kMaxReasons); ++i) details.add_reasons(wire::cut(reasons[i], kMaxReasonBytes));
    return details.SerializeAsString();
}

/// None where the details are not ours or over the bounds: the sentence is told all the same.
std::vector<std::string> reasonsIn(const std::string& details) {
    v1::Refusal from;
    if (details.size() > 2 * kMaxReasons * kMaxReasonBytes || !from.ParseFromString(details)) return {};
    wire::Bounds check("refusal");
    check.count("reasons", static_cast<std::size_t>(from.reasons_size()), kMaxReasons);
    std::vector<std::string> reasons;
    for (const std::string& reason : from.reasons()) reasons.push_back(check.text("reason", reason, kMaxReasonBytes));
    return check.ok() ? reasons : std::vector<std::string>();
}

} // namespace

grpc::Status toGrpc(const Status& status) {
    if (status.ok()) return grpc::Status::OK;
    const auto code = static_cast<grpc::StatusCode>(status.raw_code());
    const std::vector<std::string> reasons = reasonsOf(status);
    if (reasons.empty()) return {code, std::string(sentenceOf(status))};
    return {code, headOf(status), detailsOf(reasons)};
}

Status fromGrpc(const grpc::Status& status) {
    if (status.ok()) return absl::OkStatus();
    return refusedFor(status.error_message(), reasonsIn(status.error_details()), static_cast<absl::StatusCode>(status.error_code()));
}

} // namespace busbar::transport
