#include "transport/x509.h"

#include "base/clock.h"
#include "base/file_error.h"
#include "transport/openssl_ptr.h"

#include <openssl/x509v3.h>

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace busbar::transport {
namespace {

std::int64_t wallMsOf(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    return static_cast<std::int64_t>(timegm(&parts)) * 1000;
}

std::string oneLine(const X509_NAME* name) {
    BioPtr bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
    return contentOf(bio.get());
}

std::string commonNameOf(const X509_NAME* name) {
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0) return {};
    const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::vector<std::string> urisOf(const X509* certificate) {
    std::vector<std::string> uris;
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI) continue;
        const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
        uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)), static_cast<std::size_t>(ASN1_STRING_length(uri)));
    }
    GENERAL_NAMES_free(names);
    return uris;
}

} // namespace

std::string subjectOf(const X509* certificate) { return oneLine(X509_get_subject_name(certificate)); }

Status wordVerifyError(int error, const X509* certificate) {
    const std::string subject = subjectOf(certificate);
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return absl::UnauthenticatedError(fmt::format("the certificate {} expired on {}: issue a new one", subject, formatUtc(wallMsOf(X509_get0_notAfter(certificate)))));
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return absl::UnauthenticatedError(fmt::format("the certificate {} is valid from {} only: check this machine's clock", subject, formatUtc(wallMsOf(X509_get0_notBefore(certificate)))));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return absl::UnauthenticatedError(fmt::format("the certificate {} is signed by an unknown CA ({}): use one of this CA", subject, oneLine(X509_get_issuer_name(certificate))));
    default:
        return absl::UnauthenticatedError(fmt::format("the certificate {} does not verify: {}", subject, X509_verify_cert_error_string(error)));
    }
}

StatusOr<CertificateFacts> readCertificate(const std::string& pem) {
    const auto certificates = readPemCertificates(pem);
    if (certificates.empty()) return invalid("there is no PEM certificate in it");
    const X509* certificate = certificates.front().get();
    CertificateFacts facts;
    facts.subject = oneLine(X509_get_subject_name(certificate));
    facts.issuer = oneLine(X509_get_issuer_name(certificate));
    facts.issuerCommonName = commonNameOf(X509_get_issuer_name(certificate));
    facts.uris = urisOf(certificate);
    facts.notBeforeWallMs = wallMsOf(X509_get0_notBefore(certificate));
    facts.notAfterWallMs = wallMsOf(X509_get0_notAfter(certificate));
    const BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    if (char* hex = BN_bn2hex(number.get())) {
        facts.serial = hex;
        OPENSSL_free(hex);
    }
    return facts;
}

StatusOr<std::string> readFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        if (errno == EACCES) return denied("'{}' may not be read by this user", path);
        return notFound("'{}' cannot be opened: {}", path, std::strerror(errno));
    }
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Status writeFile(const std::string& path, const std::string& text, unsigned mode) {
    const std::string temporary = path + ".new";
    const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0) return cannotBeWritten(path, errno);
    fchmod(fd, mode);
    const ssize_t written = write(fd, text.data(), text.size());
    const bool whole = written == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
    const int error = errno;
    close(fd);
    if (!whole || rename(temporary.c_str(), path.c_str()) != 0) {
        const int why = whole ? errno : error;
        unlink(temporary.c_str());
        return cannotBeWritten(path, why);
    }
    return absl::OkStatus();
}

Status verifyChain(const std::string& chainPem, const std::string& rootsPem, std::int64_t wallMs) {
    const auto chain = readPemCertificates(chainPem);
    const auto roots = readPemCertificates(rootsPem);
    if (chain.empty()) return invalid("there is no PEM certificate in the certificate file");
    if (roots.empty()) return invalid("there is no PEM certificate in the CA file");
    const X509StorePtr store(X509_STORE_new());
    for (const auto& root : roots) X509_STORE_add_cert(store.get(), root.get());
    STACK_OF(X509)* untrusted = sk_X509_new_null();
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(untrusted, chain[i].get());
    const X509StoreCtxPtr context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), untrusted);
    if (wallMs != 0) X509_STORE_CTX_set_time(context.get(), 0, wallMs / 1000);
    const int verified = X509_verify_cert(context.get());
    Status status = absl::OkStatus();
    if (verified != 1) {
        const X509* culprit = X509_STORE_CTX_get_current_cert(context.get());
        status = wordVerifyError(X509_STORE_CTX_get_error(context.get()), culprit != nullptr ? culprit : chain.front().get());
    }
    sk_X509_free(untrusted);
    return status;
}

} // namespace busbar::transport
