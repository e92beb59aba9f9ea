#include "transport/signing.h"

#include "base/clock.h"
#include "transport/openssl_ptr.h"
#include "transport/x509.h"

#include <openssl/ec.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <sys/stat.h>

#include <array>

namespace busbar::transport {
namespace {

using DigestPtr = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;

/// Changes when the file is replaced or written.
std::string stampOf(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return "none";
    return fmt::format("{}/{}/{}.{:09}", status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string derOf(const X509* certificate) {
    unsigned char* data = nullptr;
    const int size = i2d_X509(certificate, &data);
    std::string der = size > 0 ? std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)) : std::string();
    OPENSSL_free(data);
    return der;
}

X509Ptr certificateOf(const std::string& der) {
    const auto* data = reinterpret_cast<const unsigned char*>(der.data());
    const unsigned char* const end = data + der.size();
    X509Ptr certificate(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
    if (data != end) certificate.reset();
    ERR_clear_error();
    return certificate;
}

bool isP256(const EVP_PKEY* key) {
    std::array<char, 64> group{};
    return key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == "prime256v1";
}

/// Hands context and bytes to `add`, which is EVP_DigestSignUpdate or EVP_DigestVerifyUpdate.
template <typename Add>
bool addAll(EVP_MD_CTX* digest, std::string_view context, std::string_view bytes, Add add) {
    return add(digest, context.data(), context.size()) == 1 && add(digest, "\n", std::size_t{1}) == 1 && add(digest, bytes.data(), bytes.size()) == 1;
}

/// The chain as PEM, leaf first; each one issued by the one after it, so that nothing can be slipped in.
StatusOr<std::string> chainPem(const std::vector<std::string>& certificates) {
    if (certificates.empty()) return absl::UnauthenticatedError("it carries no certificate of its signer");
    const BioPtr pem(BIO_new(BIO_s_mem()));
    X509Ptr before;
    for (const std::string& der : certificates) {
        X509Ptr certificate = certificateOf(der);
        if (!certificate) return absl::UnauthenticatedError("a certificate of its chain cannot be read");
        if (before && X509_check_issued(certificate.get(), before.get()) != X509_V_OK)
            return absl::UnauthenticatedError(fmt::format("the certificate {} of its chain did not issue the one before it", subjectOf(certificate.get())));
        PEM_write_bio_X509(pem.get(), certificate.get());
        before = std::move(certificate);
    }
    return contentOf(pem.get());
}

StatusOr<Identity> identityIn(const std::string& pem) {
    const auto facts = readCertificate(pem);
    if (!facts.ok()) return facts.status();
    auto identity = identityOf(facts->uris);
    if (!identity.ok()) return identity;
    if (const Status fits = checkIssuer(facts->issuerCommonName, *identity); !fits.ok()) return fits;
    identity->serial = facts->serial;
    identity->notAfterWallMs = facts->notAfterWallMs;
    return identity;
}

} // namespace

struct Signer::Pair {
    KeyPtr key;
    std::vector<std::string> certificates; ///< DER, without roots
};

Signer::Signer(TlsFiles files) : m_files(std::move(files)) {}
Signer::~Signer() = default;

StatusOr<std::shared_ptr<const Signer::Pair>> Signer::load() const {
    const auto certificatePem = readFile(m_files.cert);
    if (!certificatePem.ok()) return certificatePem.status();
    const auto keyPem = readFile(m_files.key);
    if (!keyPem.ok()) return keyPem.status();
    const auto certificates = readPemCertificates(*certificatePem);
    if (certificates.empty()) return invalid("'{}' holds no PEM certificate", m_files.cert);
    const BioPtr bio(BIO_new_mem_buf(keyPem->data(), static_cast<int>(keyPem->size())));
    auto pair = std::make_shared<Pair>();
    pair->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    const bool belongs = pair->key && X509_check_private_key(certificates.front().get(), pair->key.get()) == 1;
    ERR_clear_error();
    if (!belongs) return invalid("the key '{}' does not belong to the certificate '{}'", m_files.key, m_files.cert);
    if (!isP256(pair->key.get())) return invalid("the key '{}' is not of P-256: issue a certificate with busbarctl pki", m_files.key);
    for (const auto& certificate : certificates)
        if (X509_check_issued(certificate.get(), certificate.get()) != X509_V_OK) pair->certificates.push_back(derOf(certificate.get()));
    return pair;
}

StatusOr<std::shared_ptr<const Signer::Pair>> Signer::current() {
    const std::lock_guard lock(m_mutex);
    std::string stamp = stampOf(m_files.cert) + " " + stampOf(m_files.key);
    if (m_pair && stamp == m_stamp) return m_pair;
    auto loaded = load();
    if (!loaded.ok()) return m_pair ? m_pair : loaded; // In the middle of a renewal; looked at again before the next signature.
    m_stamp = std::move(stamp);
    m_pair = *std::move(loaded);
    return m_pair;
}

StatusOr<SignedBytes> Signer::sign(std::string_view context, std::string bytes) {
    const auto pair = current();
    if (!pair.ok()) return pair.status();
    const DigestPtr digest(EVP_MD_CTX_new());
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size((*pair)->key.get())), '\0');
    std::size_t size = signature.size();
    const bool made = EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, (*pair)->key.get()) == 1 && addAll(digest.get(), context, bytes, EVP_DigestSignUpdate) &&
                      EVP_DigestSignFinal(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size) == 1;
    ERR_clear_error();
    if (!made) return internal("OpenSSL could not sign with '{}'", m_files.key);
    signature.resize(size);
    return SignedBytes{std::move(bytes), std::move(signature), (*pair)->certificates};
}

StatusOr<Identity> verifySigned(std::string_view context, const SignedBytes& what, const std::string& rootsPem, std::int64_t atWallMs) {
    if (what.empty() || what.signature.empty()) return absl::UnauthenticatedError("it is not signed");
    if (atWallMs <= 0) return absl::UnauthenticatedError("it does not say when it was signed");
    const auto pem = chainPem(what.certificates);
    if (!pem.ok()) return pem.status();
    if (const Status valid = verifyChain(*pem, rootsPem, atWallMs); !valid.ok()) return absl::UnauthenticatedError(fmt::format("when it was signed ({}), {}", formatUtc(atWallMs), sentenceOf(valid)));
    auto signer = identityIn(*pem);
    if (!signer.ok()) return signer;
    const X509Ptr leaf = certificateOf(what.certificates.front());
    EVP_PKEY* const key = X509_get0_pubkey(leaf.get());
    if (!isP256(key)) return absl::UnauthenticatedError(fmt::format("the key of {} is not of P-256", signer->uri()));
    const DigestPtr digest(EVP_MD_CTX_new());
    const bool good = EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) == 1 && addAll(digest.get(), context, what.bytes, EVP_DigestVerifyUpdate) &&
                      EVP_DigestVerifyFinal(digest.get(), reinterpret_cast<const unsigned char*>(what.signature.data()), what.signature.size()) == 1;
    ERR_clear_error();
    if (!good) return absl::UnauthenticatedError(fmt::format("its signature is not one of {} over these bytes", signer->uri()));
    return signer;
}

std::string sha256(std::string_view bytes) {
    std::string hash(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), reinterpret_cast<unsigned char*>(hash.data()));
    return hash;
}

std::string hexOf(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

} // namespace busbar::transport
