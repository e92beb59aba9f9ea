// Whom the certificate of a call names (SAN URI busbar://kind/…), as the services ask for it. Stateless, thread-safe.
#pragma once

#include "base/status.h"

#include <string>

namespace grpc {
class AuthContext;
} // namespace grpc

namespace busbar::controller {

enum class PeerKind { user, node, gateway, controller };

struct Peer {
    PeerKind kind = PeerKind::user;
    std::string site; ///< empty for users
    std::string name; ///< user, node, controller, or the gateway's prefix
    std::string uri;
};

/// Unauthenticated when the call has no certificate or one without a Busbar name.
StatusOr<Peer> peerOf(const grpc::AuthContext& context);

} // namespace busbar::controller
