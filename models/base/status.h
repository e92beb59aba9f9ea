// Errors are values: absl::Status with a code and one sentence that names the thing and the way out.
// These helpers only shorten writing such sentences with fmt. Thread-safe, no state.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace busbar {

using absl::Status;
using absl::StatusOr;

/// The status's sentence as std::string_view (Debian's absl::string_view is a type of its own). Valid as long as `status`.
inline std::string_view sentenceOf(const Status& status) { return {status.message().data(), status.message().size()}; }

template <typename... Args>
[[nodiscard]] Status invalid(fmt::format_string<Args...> text, Args&&... args) {
    return absl::InvalidArgumentError(fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
[[nodiscard]] Status notFound(fmt::format_string<Args...> text, Args&&... args) {
    return absl::NotFoundError(fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
[[nodiscard]] Status refused(fmt::format_string<Args...> text, Args&&... args) {
    return absl::FailedPreconditionError(fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
[[nodiscard]] Status denied(fmt::format_string<Args...> text, Args&&... args) {
    return absl::PermissionDeniedError(fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
[[nodiscard]] Status unavailable(fmt::format_string<Args...> text, Args&&... args) {
    return absl::UnavailableError(fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
[[nodiscard]] Status internal(fmt::format_string<Args...> text, Args&&... args) {
    return absl::InternalError(fmt::format(text, std::forward<Args>(args)...));
}

} // namespace busbar
