// What an enrolling machine has instead of a certificate: a token that an admin made (design.md §9). It says where to enrol, for
// which node, pins the site's CA and carries a 256-bit secret, of which the controller stores only the hash. Stateless, thread-safe.
#pragma once

#include "base/status.h"

#include <string>
#include <string_view>

namespace busbar::transport {

/// Text form: "HOST:PORT|SITE|NODE|CAHASH|SECRET"; hash and secret are 64 lower-case hex digits.
struct EnrolmentToken {
    std::string address; ///< of the enrolment port
    std::string site, nodeName;
    std::string caHash; ///< fingerprint() of the CA that signed the controller's certificate
    std::string secret;

    std::string toString() const;
    /// The error says that the text is no token, never the text itself.
    static StatusOr<EnrolmentToken> parse(std::string_view text);
};

/// Reads the certificates that the TLS server at `address` shows and answers the one with this fingerprint, as PEM. Unauthenticated when
/// none has it: another server, or somebody in between. Nothing is sent. Blocks at most some seconds.
StatusOr<std::string> fetchPinnedCa(const std::string& address, const std::string& caHash);

} // namespace busbar::transport
