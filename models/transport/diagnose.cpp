#include "transport/diagnose.h"

#include "transport/identity.h"
#include "transport/openssl_ptr.h"
#include "transport/x509.h"

#include <fcntl.h>
#include <poll.h>

namespace busbar::transport {
namespace {

Status wordAlert(const std::string& address, int alert) {
    switch (alert) {
    case SSL_AD_CERTIFICATE_EXPIRED:
        return absl::UnauthenticatedError(fmt::format("{} refused this certificate: it has expired; issue or enrol a new one", address));
    case SSL_AD_UNKNOWN_CA:
        return absl::UnauthenticatedError(fmt::format("{} refused this certificate: it is signed by an unknown CA; use one of that site's CA", address));
    case SSL_AD_CERTIFICATE_REVOKED:
        return absl::UnauthenticatedError(fmt::format("{} refused this certificate: it has been revoked", address));
    case SSL_AD_CERTIFICATE_REQUIRED:
        return absl::UnauthenticatedError(fmt::format("{} requires a client certificate and got none", address));
    default:
        return absl::UnauthenticatedError(fmt::format("{} refused the TLS handshake: {}", address, SSL_alert_desc_string_long(alert)));
    }
}

Status wordServerChain(const std::string& address, long verify) {
    if (verify == X509_V_ERR_INVALID_PURPOSE)
        return absl::UnauthenticatedError(fmt::format("{} poses as a controller with a certificate that is not for servers (a node's, gateway's or user's): do not trust it", address));
    if (verify == X509_V_ERR_CERT_HAS_EXPIRED) return absl::UnauthenticatedError(fmt::format("the certificate of {} has expired: renew the controller's certificate", address));
    return absl::UnauthenticatedError(fmt::format("the certificate of {} is not of this profile's CA ({}): wrong CA file or wrong address", address, X509_verify_cert_error_string(verify)));
}

Status checkServerIdentity(const std::string& address, const std::string& site, const SSL* ssl) {
    const X509Ptr certificate(SSL_get1_peer_certificate(ssl));
    if (!certificate) return absl::UnauthenticatedError(fmt::format("{} shows no certificate", address));
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate.get());
    const auto facts = readCertificate(contentOf(bio.get()));
    if (!facts.ok()) return facts.status();
    auto identity = identityOf(facts->uris);
    if (identity.ok())
        if (const Status fits = checkIssuer(facts->issuerCommonName, *identity); !fits.ok()) identity = fits;
    if (!identity.ok()) return absl::UnauthenticatedError(fmt::format("{}: {}", address, sentenceOf(identity.status())));
    if (identity->kind != PeerKind::controller)
        return absl::UnauthenticatedError(fmt::format("{} poses as a controller with the certificate of {}: do not trust it", address, identity->uri()));
    if (identity->site != site) return absl::UnauthenticatedError(fmt::format("{} is a controller of site '{}', expected is '{}'", address, identity->site, site));
    return absl::OkStatus();
}

SslCtxPtr makeContext(const TlsFiles& files) {
    SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_load_verify_locations(context.get(), files.ca.c_str(), nullptr);
    SSL_CTX_use_certificate_chain_file(context.get(), files.cert.c_str());
    SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM);
    static const unsigned char kAlpn[] = {2, 'h', '2'};
    SSL_CTX_set_alpn_protos(context.get(), kAlpn, sizeof kAlpn);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    ERR_clear_error();
    return context;
}

Status lastError(const std::string& address, const SSL* ssl) {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (const long verify = SSL_get_verify_result(ssl); verify != X509_V_OK) return wordServerChain(address, verify);
    // Alerts of the peer arrive as reasons SSL_AD_REASON_OFFSET + alert.
    const int reason = ERR_GET_REASON(code);
    if (code != 0 && reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) return wordAlert(address, reason - SSL_AD_REASON_OFFSET);
    return unavailable("{} ended the TLS handshake: {}", address, code != 0 ? ERR_reason_error_string(code) : "connection closed");
}

// gRPC 1.51 closes the connection without sending OpenSSL's alert when it refuses a client certificate. The reason is then found by
// looking at the certificate as the server does.
Status wordSilentRefusal(const std::string& address, const TlsFiles& files) {
    if (!readFile(files.cert).ok()) return wordAlert(address, SSL_AD_CERTIFICATE_REQUIRED);
    if (const Status own = checkFiles(files); !own.ok()) return absl::UnauthenticatedError(fmt::format("{} refused this certificate: {}", address, sentenceOf(own)));
    return absl::UnauthenticatedError(fmt::format("{} closed the connection after seeing the certificate {}, which is good here: it is revoked there, or that site's CA or clock differ", address, files.cert));
}

/// Takes `step` of a TLS connection over a socket that does not block until it is done, has failed, was waited for too long or is stopped;
/// answers as the step did.
template <typename Step>
int driven(SSL* ssl, const Stopped& stopped, Step step) {
    while (true) {
        const int result = step();
        const int why = result > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return result;
        if (!waitFor(SSL_get_fd(ssl), why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, stopped)) return result;
    }
}

bool isEof(unsigned long code) { return ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING; }

} // namespace

StatusOr<std::string> probeTls(const std::string& address, const std::string& site, const TlsFiles& files, const Stopped& stopped) {
    auto socket = dial(address, stopped);
    if (!socket.ok()) return socket.status();
    fcntl(socket->fd(), F_SETFL, fcntl(socket->fd(), F_GETFL) | O_NONBLOCK);
    const SslCtxPtr context = makeContext(files);
    const SslPtr ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), socket->fd());
    if (driven(ssl.get(), stopped, [&] { return SSL_connect(ssl.get()); }) != 1) return stopped && stopped() ? absl::CancelledError(fmt::format("{} was not waited for any longer", address)) : lastError(address, ssl.get());
    // In TLS 1.3 a client certificate is refused only after the client's handshake is over: the alert waits in the first read.
    char byte = 0;
    if (driven(ssl.get(), stopped, [&] { return SSL_read(ssl.get(), &byte, 1); }) <= 0 && ERR_peek_last_error() != 0) {
        const bool silent = isEof(ERR_peek_last_error());
        const Status status = lastError(address, ssl.get());
        return silent ? wordSilentRefusal(address, files) : status;
    }
    ERR_clear_error();
    if (Status status = checkServerIdentity(address, site, ssl.get()); !status.ok()) return status;
    return std::string(SSL_get_version(ssl.get()));
}

Status explainFailure(const std::string& address, const std::string& site, const TlsFiles& files, const Status& failure, const Stopped& stopped) {
    if (failure.code() != absl::StatusCode::kUnavailable && failure.code() != absl::StatusCode::kUnknown) return failure;
    if (Status own = checkFiles(files); !own.ok()) return own;
    if (const auto probe = probeTls(address, site, files, stopped); !probe.ok()) return probe.status();
    return absl::Status(failure.code(), fmt::format("{}: {}", address, sentenceOf(failure)));
}

} // namespace busbar::transport
