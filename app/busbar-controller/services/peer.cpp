#include "busbar-controller/services/peer.h"

#include "base/ids.h"

#include <grpcpp/security/auth_context.h>

namespace busbar::controller {
namespace {

constexpr std::string_view kScheme = "busbar://";

/// busbar://user/NAME, or busbar://KIND/SITE/NAME for the others.
StatusOr<Peer> parsePeer(const std::string& uri) {
    const std::string rest = uri.substr(kScheme.size());
    const auto first = rest.find('/');
    const auto second = first == std::string::npos ? first : rest.find('/', first + 1);
    const std::string kind = rest.substr(0, first);
    Peer peer;
    peer.uri = uri;
    if (kind == "user" && first != std::string::npos && second == std::string::npos) {
        peer.name = rest.substr(first + 1);
    } else if (second != std::string::npos && (kind == "node" || kind == "gateway" || kind == "controller")) {
        peer.kind = kind == "node" ? PeerKind::node : kind == "gateway" ? PeerKind::gateway : PeerKind::controller;
        peer.site = rest.substr(first + 1, second - first - 1);
        peer.name = rest.substr(second + 1);
    }
    if (isValidName(peer.name) && (peer.kind == PeerKind::user || isValidName(peer.site))) return peer;
    return absl::UnauthenticatedError(fmt::format("the certificate's name {} is none that Busbar knows: issue it with `busbarctl pki issue`", uri));
}

} // namespace

StatusOr<Peer> peerOf(const grpc::AuthContext& context) {
    if (!context.IsPeerAuthenticated()) return absl::UnauthenticatedError("no client certificate: every call needs one");
    for (const grpc::string_ref& value : context.FindPropertyValues("peer_uri")) {
        const std::string uri(value.data(), value.size());
        if (uri.starts_with(kScheme)) return parsePeer(uri);
    }
    return absl::UnauthenticatedError("the certificate has no busbar:// name: issue it with `busbarctl pki issue`");
}

} // namespace busbar::controller
