#include "transport/enrolment.h"

#include "base/ids.h"
#include "transport/dial.h"
#include "transport/openssl_ptr.h"
#include "transport/pki.h"

#include <algorithm>
#include <vector>

namespace busbar::transport {
namespace {

constexpr std::size_t kHexDigits = 64;
constexpr std::size_t kFields = 5;

bool isHash(std::string_view text) {
    return text.size() == kHexDigits && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string pemOf(X509* certificate) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return contentOf(bio.get());
}

} // namespace

std::string EnrolmentToken::toString() const { return fmt::format("{}|{}|{}|{}|{}", address, site, nodeName, caHash, secret); }

StatusOr<EnrolmentToken> EnrolmentToken::parse(std::string_view text) {
    std::vector<std::string> fields;
    for (std::size_t at = 0; at <= text.size() && fields.size() <= kFields;) {
        const auto end = std::min(text.find('|', at), text.size());
        fields.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    const Status bad = invalid("this is no enrolment token: it is one line of five parts with '|' between them, made by busbarctl pki token (quote it for the shell)");
    if (fields.size() != kFields) return bad;
    EnrolmentToken token{fields[0], fields[1], fields[2], fields[3], fields[4]};
    const bool good = token.address.find(':') != std::string::npos && isValidName(token.site) && isValidName(token.nodeName) && isHash(token.caHash) && isHash(token.secret);
    return good ? StatusOr<EnrolmentToken>(std::move(token)) : bad;
}

StatusOr<std::string> fetchPinnedCa(const std::string& address, const std::string& caHash) {
    auto socket = dial(address);
    if (!socket.ok()) return socket.status();
    const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    // Nothing is trusted yet: the chain is only looked at, and what has the pinned hash becomes the root of the real connection.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    static const unsigned char kAlpn[] = {2, 'h', '2'};
    SSL_CTX_set_alpn_protos(context.get(), kAlpn, sizeof kAlpn);
    const SslPtr ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), socket->fd());
    if (SSL_connect(ssl.get()) != 1) {
        ERR_clear_error();
        return unavailable("{} does not answer with TLS: give the controller's enrolment port", address);
    }
    STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl.get());
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        std::string pem = pemOf(sk_X509_value(chain, i));
        if (const auto hash = fingerprint(pem); hash.ok() && *hash == caHash) return pem;
    }
    return absl::UnauthenticatedError(fmt::format("{} does not show the CA that the token pins: it is another server, or somebody is in between; nothing was sent", address));
}

} // namespace busbar::transport
