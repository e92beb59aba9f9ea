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
    std::string issuerSite; ///< site whose CA signed the certificate; empty: the users' CA, the root or a company's own CA

    std::string uri() const;
};

/// Common names of the intermediates that `busbarctl pki` makes; a site's is the prefix and the site's name, cut to 64 characters.
inline constexpr std::string_view kUsersCaName = "Busbar users CA";
inline constexpr std::string_view kSiteCaPrefix = "Busbar CA of site ";
std::string siteCaName(std::string_view site);

std::string_view toString(PeerKind kind);

/// The identity a URI names; the error says what is wrong with it.
StatusOr<Identity> parseIdentity(std::string_view uri);
/// The only busbar:// identity among the URIs; refused when there is none or more than one.
StatusOr<Identity> identityOf(const std::vector<std::string>& uris);
/// Refuses an identity that the CA with the common name `issuer` has no business to give: the users' CA gives users only, a site's CA
/// only what belongs to that site (so one site's key makes no controller or node of another). A user that a site's CA enrolled gets
/// issuerSite set: services honour it at that site only. CAs with other names are not judged.
Status checkIssuer(std::string_view issuer, Identity& identity);
/// Identity of the verified peer of a call: Unauthenticated when the certificate carries none.
StatusOr<Identity> peerIdentity(const grpc::AuthContext& context);

} // namespace busbar::transport
