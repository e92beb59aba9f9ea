#include "busbar-controller/auth/token_book.h"

#include "base/ids.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <openssl/sha.h>

#include <vector>

namespace busbar::controller {
namespace {

std::string keyOf(const std::string& secret) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest);
    std::string key = "/tokens/";
    for (const unsigned char byte : digest) key += fmt::format("{:02x}", byte);
    return key;
}

} // namespace

StatusOr<TokenBook::Made> TokenBook::make(const std::string& nodeName, const std::string& serial) {
    if (!isValidName(nodeName)) return invalid("'{}' is no valid node name", nodeName.substr(0, 80));
    if (serial.empty() || serial.size() > 96 || serial.find('\n') != std::string::npos) return invalid("a token needs the node's serial (dmidecode -s system-serial-number), 1 to 96 characters");
    Made made{randomHex(32), m_clock.wallMs() + kLifeMs};
    Transaction store;
    store.puts.push_back({keyOf(made.secret), fmt::format("{}\n{}\n{}", nodeName, serial, made.expiresWallMs), kLifeMs});
    if (const auto done = m_store.commit(store); !done.ok()) return done.status();
    return made;
}

StatusOr<std::string> TokenBook::redeem(const std::string& secret, const std::string& serial) {
    const auto entry = m_store.get(keyOf(secret));
    if (!entry.ok()) return denied("this token is unknown, used or older than 24 h: ask an admin for a new one (busbarctl pki token)");
    const std::vector<std::string> parts = absl::StrSplit(entry->value, '\n');
    std::int64_t expires = 0;
    if (parts.size() != 3 || !absl::SimpleAtoi(parts[2], &expires)) return internal("the stored token is not readable");
    if (m_clock.wallMs() > expires) return denied("this token expired on {}: ask an admin for a new one (busbarctl pki token)", formatUtc(expires));
    if (parts[1] != serial) return denied("this token is bound to serial '{}', this machine's is '{}': wrong machine, or a wrong serial at token time", parts[1], serial);
    Transaction use;
    use.compares.push_back({entry->key, entry->changedRevision});
    use.deletes.push_back(entry->key);
    if (const auto done = m_store.commit(use); !done.ok()) return denied("this token has just been used");
    return parts[0];
}

} // namespace busbar::controller
