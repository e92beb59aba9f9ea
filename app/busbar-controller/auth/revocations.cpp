#include "busbar-controller/auth/revocations.h"

#include "domain/action.h"

#include <algorithm>
#include <cctype>

namespace busbar::controller {
namespace {

constexpr std::size_t kMaxSerialDigits = 40; // RFC 5280: at most 20 octets

std::string keyOf(const std::string& serial) { return "/revoked/" + serial; }

} // namespace

StatusOr<std::string> Revocations::normalSerial(std::string_view text) {
    std::string serial;
    for (const char c : text)
        if (c != ':') serial += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const bool hex = std::all_of(serial.begin(), serial.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
    if (serial.empty() || serial.size() > kMaxSerialDigits || !hex) return invalid("'{}' is no certificate serial: it is 1 to {} hex digits, see openssl x509 -serial", text.substr(0, 60), kMaxSerialDigits);
    return serial;
}

Status Revocations::check(const transport::Identity& identity) const {
    if (identity.serial.empty()) return absl::OkStatus();
    const auto entry = m_store.get(keyOf(identity.serial));
    if (absl::IsNotFound(entry.status())) return absl::OkStatus();
    if (!entry.ok()) return entry.status();
    return absl::UnauthenticatedError(fmt::format("the certificate {} of {} {}", identity.serial, identity.uri(), entry->value));
}

StatusOr<std::string> Revocations::add(const std::string& serial, const std::string& who, const std::string& why, std::int64_t wallMs) {
    if (why.empty() || why.size() > kMaxReasonLength) return invalid("a revocation needs a reason of 1 to {} bytes", kMaxReasonLength);
    const std::string sentence = fmt::format("was revoked by {} on {}: {}", who, formatUtc(wallMs), why);
    Transaction revoke;
    revoke.compares.push_back({keyOf(serial), 0});
    revoke.puts.push_back({keyOf(serial), sentence, 0});
    const auto done = m_store.commit(revoke);
    if (absl::IsAborted(done.status())) return absl::AlreadyExistsError(fmt::format("the certificate {} is revoked already", serial));
    if (!done.ok()) return done.status();
    return fmt::format("the certificate {} {}", serial, sentence);
}

} // namespace busbar::controller
