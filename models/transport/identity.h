// Who a peer is, by the SAN URI of its certificate (design.md §9): busbar://user/NAME, busbar://node/SITE/NAME,
// busbar://gateway/SITE/PREFIX, busbar://controller/SITE/NAME. Values; thread-safe.
#pragma once

#include "base/status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace grpc {
class AuthContext;
}

namespace busbar::transport {

enum class PeerKind : std::uint8_t { user, node, gateway, controller };

struct Identity {
    PeerKind kind = PeerKind::user;
    std::string site;   ///< empty for users
    std::string name;   ///< user name, node name, id prefix of a gateway, controller name
    std::string serial; ///< of the certificate, upper-case hex; empty when not known
    std::int64_t notAfterWallMs = 0;

    std::string uri() const;
};

std::string_view toString(PeerKind kind);

/// The identity a URI names; the error says what is wrong with it.
StatusOr<Identity> parseIdentity(std::string_view uri);
/// The only busbar:// identity among the URIs; refused when there is none or more than one.
StatusOr<Identity> identityOf(const std::vector<std::string>& uris);
/// Identity of the verified peer of a call: Unauthenticated when the certificate carries none.
StatusOr<Identity> peerIdentity(const grpc::AuthContext& context);

} // namespace busbar::transport
