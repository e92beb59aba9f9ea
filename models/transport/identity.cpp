#include "transport/identity.h"

#include "base/ids.h"
#include "transport/x509.h"

#include <grpcpp/security/auth_context.h>

#include <array>

namespace busbar::transport {
namespace {

constexpr std::array<std::string_view, 4> kKinds{"user", "node", "gateway", "controller"};
constexpr std::string_view kScheme = "busbar://";

constexpr std::size_t kMaxCommonName = 64; // RFC 5280, ub-common-name

} // namespace

std::string_view toString(PeerKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

std::string Identity::uri() const {
    if (kind == PeerKind::user) return fmt::format("busbar://user/{}", name);
    return fmt::format("busbar://{}/{}/{}", toString(kind), site, name);
}

StatusOr<Identity> parseIdentity(std::string_view uri) {
    const std::string_view shown = uri.substr(0, 200);
    if (!uri.starts_with(kScheme)) return invalid("'{}' is no busbar:// identity", shown);
    std::string_view rest = uri.substr(kScheme.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return invalid("identity '{}' names nobody", shown);
    Identity identity;
    bool known = false;
    for (std::size_t i = 0; i < kKinds.size(); ++i)
        if (rest.substr(0, slash) == kKinds[i]) {
            identity.kind = static_cast<PeerKind>(i);
            known = true;
        }
    if (!known) return invalid("identity '{}' is of no known kind: user, node, gateway or controller", shown);
    rest.remove_prefix(slash + 1);
    if (identity.kind != PeerKind::user) {
        const auto second = rest.find('/');
        if (second == std::string_view::npos) return invalid("identity '{}' has no site", shown);
        identity.site = rest.substr(0, second);
        rest.remove_prefix(second + 1);
        if (!isValidName(identity.site)) return invalid("identity '{}' has a bad site name", shown);
    }
    identity.name = rest;
    if (!isValidName(identity.name)) return invalid("identity '{}' has a bad name", shown);
    return identity;
}

StatusOr<Identity> identityOf(const std::vector<std::string>& uris) {
    StatusOr<Identity> found = absl::UnauthenticatedError("the certificate carries no busbar:// identity: issue one with busbarctl pki issue");
    int count = 0;
    for (const std::string& uri : uris) {
        if (!std::string_view(uri).starts_with(kScheme)) continue;
        ++count;
        found = parseIdentity(uri);
    }
    if (count > 1) return absl::UnauthenticatedError("the certificate carries more than one busbar:// identity");
    return found;
}

std::string siteCaName(std::string_view site) { return fmt::format("{}{}", kSiteCaPrefix, site).substr(0, kMaxCommonName); }

Status checkIssuer(std::string_view issuer, Identity& identity) {
    if (issuer == kUsersCaName) {
        if (identity.kind == PeerKind::user) return absl::OkStatus();
        return absl::UnauthenticatedError(fmt::format("the certificate of {} is signed by the users' CA, which gives users only", identity.uri()));
    }
    if (!issuer.starts_with(kSiteCaPrefix)) return absl::OkStatus();
    if (identity.kind == PeerKind::user) {
        identity.issuerSite = issuer.substr(kSiteCaPrefix.size());
        return absl::OkStatus();
    }
    if (issuer == siteCaName(identity.site)) return absl::OkStatus();
    return absl::UnauthenticatedError(fmt::format("the certificate of {} is signed by the '{}', which gives only what belongs to that site", identity.uri(), issuer));
}

StatusOr<Identity> peerIdentity(const grpc::AuthContext& context) {
    if (!context.IsPeerAuthenticated()) return absl::UnauthenticatedError("the peer showed no certificate that this site's CA signed");
    std::vector<std::string> uris;
    for (const auto& value : context.FindPropertyValues("peer_uri")) uris.emplace_back(value.data(), value.size());
    auto identity = identityOf(uris);
    if (!identity.ok()) return identity;
    for (const auto& value : context.FindPropertyValues("x509_pem_cert")) {
        const auto certificate = readCertificate(std::string(value.data(), value.size()));
        if (!certificate.ok()) continue;
        identity->serial = certificate->serial;
        identity->notAfterWallMs = certificate->notAfterWallMs;
        if (Status fits = checkIssuer(certificate->issuerCommonName, *identity); !fits.ok()) return fits;
    }
    return identity;
}

} // namespace busbar::transport
