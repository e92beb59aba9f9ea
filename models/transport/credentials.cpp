#include "transport/credentials.h"

#include "transport/identity.h"
#include "transport/openssl_ptr.h"
#include "transport/x509.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

namespace busbar::transport {
namespace {

using namespace grpc::experimental;

constexpr unsigned kReloadSeconds = 5;

// Accepts a server only when its certificate names a controller of the expected site.
class ControllerVerifier final : public ExternalCertificateVerifier {
public:
    explicit ControllerVerifier(std::string site) : m_site(std::move(site)) {}

    bool Verify(TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>, grpc::Status* syncStatus) override {
        std::vector<std::string> uris;
        for (const auto& uri : request->uri_names()) uris.emplace_back(uri.data(), uri.size());
        auto identity = identityOf(uris);
        const auto shown = readCertificate(std::string(request->peer_cert().data(), request->peer_cert().size()));
        if (identity.ok() && shown.ok())
            if (const Status fits = checkIssuer(shown->issuerCommonName, *identity); !fits.ok()) identity = fits;
        if (!identity.ok())
            *syncStatus = grpc::Status(grpc::UNAUTHENTICATED, std::string(sentenceOf(identity.status())));
        else if (identity->kind != PeerKind::controller)
            *syncStatus = grpc::Status(grpc::UNAUTHENTICATED, fmt::format("the server shows the certificate of {}, not of a controller", identity->uri()));
        else if (identity->site != m_site)
            *syncStatus = grpc::Status(grpc::UNAUTHENTICATED, fmt::format("the server is a controller of site '{}', expected is '{}'", identity->site, m_site));
        return true; // Decided here, not later.
    }
    void Cancel(TlsCustomVerificationCheckRequest*) override {}

private:
    std::string m_site;
};

std::shared_ptr<CertificateProviderInterface> watchedFiles(const TlsFiles& files) {
    return std::make_shared<FileWatcherCertificateProvider>(files.key, files.cert, files.ca, kReloadSeconds);
}

Status keyBelongs(const std::string& certificatePem, const std::string& keyPem, const TlsFiles& files) {
    const auto certificates = readPemCertificates(certificatePem);
    if (certificates.empty()) return invalid("'{}' holds no PEM certificate", files.cert);
    const BioPtr bio(BIO_new_mem_buf(keyPem.data(), static_cast<int>(keyPem.size())));
    const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!key) return invalid("'{}' holds no PEM private key", files.key);
    if (X509_check_private_key(certificates.front().get(), key.get()) == 1) return absl::OkStatus();
    ERR_clear_error();
    return invalid("the key '{}' does not belong to the certificate '{}'", files.key, files.cert);
}

} // namespace

Status checkFiles(const TlsFiles& files) {
    const auto ca = readFile(files.ca);
    if (!ca.ok()) return ca.status();
    const auto certificate = readFile(files.cert);
    if (!certificate.ok()) return certificate.status();
    const auto key = readFile(files.key);
    if (!key.ok()) return key.status();
    if (Status status = keyBelongs(*certificate, *key, files); !status.ok()) return status;
    const Status verified = verifyChain(*certificate, *ca);
    if (verified.ok()) return verified;
    return absl::Status(verified.code(), fmt::format("{}: {}", files.cert, sentenceOf(verified)));
}

StatusOr<std::shared_ptr<grpc::ServerCredentials>> serverCredentials(const TlsFiles& files) {
    if (Status status = checkFiles(files); !status.ok()) return status;
    TlsServerCredentialsOptions options(watchedFiles(files));
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    return TlsServerCredentials(options);
}

StatusOr<std::shared_ptr<grpc::ChannelCredentials>> channelCredentials(const TlsFiles& files, const std::string& site) {
    if (Status status = checkFiles(files); !status.ok()) return status;
    TlsChannelCredentialsOptions options;
    options.set_certificate_provider(watchedFiles(files));
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    options.set_verify_server_certs(true);
    options.set_check_call_host(false); // Sites are known by their SAN URI, not by a host name.
    options.set_certificate_verifier(ExternalCertificateVerifier::Create<ControllerVerifier>(site));
    return TlsCredentials(options);
}

StatusOr<std::shared_ptr<grpc::ServerCredentials>> enrolmentServerCredentials(const TlsFiles& files) {
    if (Status status = checkFiles(files); !status.ok()) return status;
    TlsServerCredentialsOptions options(watchedFiles(files));
    options.watch_identity_key_cert_pairs();
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    return TlsServerCredentials(options);
}

StatusOr<std::shared_ptr<grpc::ChannelCredentials>> enrolmentChannelCredentials(const std::string& rootPem, const std::string& site) {
    if (readPemCertificates(rootPem).empty()) return invalid("the pinned CA is no PEM certificate");
    TlsChannelCredentialsOptions options;
    options.set_certificate_provider(std::make_shared<StaticDataCertificateProvider>(rootPem));
    options.watch_root_certs();
    options.set_verify_server_certs(true);
    options.set_check_call_host(false);
    options.set_certificate_verifier(ExternalCertificateVerifier::Create<ControllerVerifier>(site));
    return TlsCredentials(options);
}

} // namespace busbar::transport
