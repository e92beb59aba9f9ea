#include "base/refusal.h"

#include <absl/strings/cord.h>
#include <absl/strings/str_split.h>
#include <fmt/ranges.h>

namespace busbar {
namespace {

constexpr const char* kPayload = "busbar/refusal";
constexpr char kBetween = '\0'; ///< in no sentence

/// The head, then the reasons; empty where there are none.
std::vector<std::string> partsOf(const Status& status) {
    const auto payload = status.GetPayload(kPayload);
    if (!payload) return {};
    return absl::StrSplit(std::string(*payload), kBetween);
}

} // namespace

Status refusedFor(const std::string& head, const std::vector<std::string>& reasons, absl::StatusCode code) {
    if (reasons.empty()) return {code, head};
    Status status(code, fmt::format("{}: {}", head, fmt::join(reasons, "; ")));
    std::string payload = head;
    for (const std::string& reason : reasons) payload += kBetween + reason;
    status.SetPayload(kPayload, absl::Cord(payload));
    return status;
}

std::vector<std::string> reasonsOf(const Status& status) {
    std::vector<std::string> parts = partsOf(status);
    if (!parts.empty()) parts.erase(parts.begin());
    return parts;
}

std::string headOf(const Status& status) {
    const std::vector<std::string> parts = partsOf(status);
    return parts.empty() ? std::string(sentenceOf(status)) : parts.front();
}

} // namespace busbar
