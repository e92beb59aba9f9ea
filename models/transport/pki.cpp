#include "transport/pki.h"

#include "base/file_error.h"
#include "transport/openssl_ptr.h"
#include "transport/x509.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <filesystem>

namespace busbar::transport {
namespace {

Status opensslError(std::string_view what) {
    char text[256] = "no further detail";
    if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return internal("{}: {}", what, text);
}

KeyPtr makeKey() { return KeyPtr(EVP_EC_gen("P-256")); }

std::string pemOf(EVP_PKEY* key) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return contentOf(bio.get());
}

std::string pemOf(X509* certificate) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return contentOf(bio.get());
}

KeyPtr readKey(const std::string& pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

bool addExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) return false;
    const bool added = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

struct Template {
    std::string commonName;
    int days = 0;
    std::vector<std::pair<int, std::string>> extensions;
};

// `issuer` and `issuerKey` null: self-signed with `key`.
StatusOr<std::string> sign(const Template& how, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuerKey) {
    const X509Ptr certificate(X509_new());
    const BignumPtr serial(BN_new());
    if (BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1) return opensslError("a serial number cannot be drawn");
    BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get()));
    X509_set_version(certificate.get(), X509_VERSION_3);
    constexpr long kBackdateSeconds = 300; // Clocks of new machines are often a little behind.
    const long start = how.days < 0 ? how.days * 86'400L - 86'400L : -kBackdateSeconds;
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), start);
    X509_time_adj_ex(X509_getm_notAfter(certificate.get()), how.days, 0, nullptr);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("Busbar"), -1, -1, 0);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(how.commonName.substr(0, 64).c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), issuer != nullptr ? X509_get_subject_name(issuer) : subject);
    X509_set_pubkey(certificate.get(), key);
    for (const auto& [nid, value] : how.extensions)
        if (!addExtension(certificate.get(), issuer != nullptr ? issuer : certificate.get(), nid, value)) return opensslError(fmt::format("extension '{}' cannot be added", value));
    if (X509_sign(certificate.get(), issuerKey != nullptr ? issuerKey : key, EVP_sha256()) == 0) return opensslError("the certificate cannot be signed");
    return pemOf(certificate.get());
}

Template leafTemplate(const Identity& identity, const IssueOptions& options) {
    std::string names = "URI:" + identity.uri();
    for (const std::string& dns : options.dnsNames) names += ",DNS:" + dns;
    for (const std::string& ip : options.ipAddresses) names += ",IP:" + ip;
    return {identity.kind == PeerKind::user ? identity.name : identity.site + "/" + identity.name, options.days,
            {{NID_basic_constraints, "critical,CA:FALSE"},
             {NID_key_usage, "critical,digitalSignature"},
             {NID_ext_key_usage, identity.kind == PeerKind::controller ? "serverAuth,clientAuth" : "clientAuth"},
             {NID_subject_alt_name, names},
             {NID_subject_key_identifier, "hash"},
             {NID_authority_key_identifier, "keyid"}}};
}

struct Issuer {
    std::vector<X509Ptr> chain;
    KeyPtr key;
};

StatusOr<Issuer> readIssuer(const KeyPair& pair) {
    Issuer issuer{readPemCertificates(pair.certificatePem), readKey(pair.keyPem)};
    if (issuer.chain.empty()) return invalid("the issuing CA's certificate is no PEM certificate");
    if (!issuer.key) return opensslError("the issuing CA's key is no PEM private key");
    if (X509_check_private_key(issuer.chain.front().get(), issuer.key.get()) != 1) return invalid("the issuing CA's key does not belong to its certificate");
    return issuer;
}

// The leaf with what a peer needs to reach the root: the issuer, unless it is the root itself.
std::string withChain(const std::string& leaf, X509* issuer) {
    const bool root = X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(issuer)) == 0;
    return root ? leaf : leaf + pemOf(issuer);
}

StatusOr<KeyPair> readPair(const std::string& certificate, const std::string& key) {
    KeyPair pair;
    auto text = readFile(certificate);
    if (!text.ok()) return text.status();
    pair.certificatePem = *std::move(text);
    text = readFile(key);
    if (!text.ok()) return text.status();
    pair.keyPem = *std::move(text);
    return pair;
}

Status writePair(const std::string& certificate, const std::string& key, const KeyPair& pair) {
    if (Status written = writeFile(key, pair.keyPem, 0600); !written.ok()) return written;
    return writeFile(certificate, pair.certificatePem, 0644);
}

constexpr int kRootDays = 3650;
constexpr int kIntermediateDays = 1825;

// The intermediate at `folder` under DIR, made on first use.
StatusOr<KeyPair> intermediateOf(const std::string& dir, const std::string& folder, const std::string& commonName) {
    const std::string place = dir + "/" + folder;
    if (std::filesystem::exists(place + "/ca.pem")) return readPair(place + "/ca.pem", place + "/ca.key");
    auto root = readPair(dir + "/root.pem", dir + "/root.key");
    if (!root.ok()) return notFound("there is no CA in '{}' ({}): make one with busbarctl pki init --dir {}", dir, sentenceOf(root.status()), dir);
    auto made = makeIntermediate(*root, commonName, kIntermediateDays);
    if (!made.ok()) return made;
    std::error_code error;
    std::filesystem::create_directories(place, error);
    if (error) return cannotBeMade(place, error.value());
    if (Status written = writePair(place + "/ca.pem", place + "/ca.key", *made); !written.ok()) return written;
    return made;
}

} // namespace

StatusOr<KeyPair> makeRoot(const std::string& commonName, int days) {
    const KeyPtr key = makeKey();
    if (!key) return opensslError("a key cannot be made");
    auto certificate = sign({commonName, days, {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_key_usage, "critical,keyCertSign,cRLSign"}, {NID_subject_key_identifier, "hash"}}},
                            key.get(), nullptr, nullptr);
    if (!certificate.ok()) return certificate.status();
    return KeyPair{*std::move(certificate), pemOf(key.get())};
}

StatusOr<KeyPair> makeIntermediate(const KeyPair& issuer, const std::string& commonName, int days) {
    auto by = readIssuer(issuer);
    if (!by.ok()) return by.status();
    const KeyPtr key = makeKey();
    if (!key) return opensslError("a key cannot be made");
    auto certificate = sign({commonName, days, {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"}, {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                                {NID_subject_key_identifier, "hash"}, {NID_authority_key_identifier, "keyid"}}},
                            key.get(), by->chain.front().get(), by->key.get());
    if (!certificate.ok()) return certificate.status();
    return KeyPair{*std::move(certificate), pemOf(key.get())};
}

StatusOr<KeyPair> issue(const KeyPair& issuer, const Identity& identity, const IssueOptions& options) {
    auto by = readIssuer(issuer);
    if (!by.ok()) return by.status();
    const KeyPtr key = makeKey();
    if (!key) return opensslError("a key cannot be made");
    auto certificate = sign(leafTemplate(identity, options), key.get(), by->chain.front().get(), by->key.get());
    if (!certificate.ok()) return certificate.status();
    return KeyPair{withChain(*certificate, by->chain.front().get()), pemOf(key.get())};
}

StatusOr<KeyPair> issueForRequest(const KeyPair& issuer, const Identity& identity, const std::string& requestPem, const IssueOptions& options) {
    auto by = readIssuer(issuer);
    if (!by.ok()) return by.status();
    const BioPtr bio(BIO_new_mem_buf(requestPem.data(), static_cast<int>(requestPem.size())));
    const X509ReqPtr request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
    if (!request) return invalid("the signing request is no PEM certificate request");
    EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
    if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) return invalid("the signing request is not signed by the key in it");
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC || EVP_PKEY_get_bits(key) != 256) return invalid("the signing request's key is not P-256");
    auto certificate = sign(leafTemplate(identity, options), key, by->chain.front().get(), by->key.get());
    if (!certificate.ok()) return certificate.status();
    return KeyPair{withChain(*certificate, by->chain.front().get()), {}};
}

StatusOr<SigningRequest> makeRequest(const std::string& commonName) {
    const KeyPtr key = makeKey();
    if (!key) return opensslError("a key cannot be made");
    const X509ReqPtr request(X509_REQ_new());
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(commonName.substr(0, 64).c_str()), -1, -1, 0);
    X509_REQ_set_pubkey(request.get(), key.get());
    if (X509_REQ_sign(request.get(), key.get(), EVP_sha256()) == 0) return opensslError("the signing request cannot be signed");
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509_REQ(bio.get(), request.get());
    return SigningRequest{contentOf(bio.get()), pemOf(key.get())};
}

Status initPki(const std::string& dir) {
    if (std::filesystem::exists(dir + "/root.pem")) return absl::AlreadyExistsError(fmt::format("there is a CA in '{}' already: it is never overwritten; give another --dir", dir));
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    if (error) return cannotBeMade(dir, error.value());
    std::filesystem::permissions(dir, std::filesystem::perms::owner_all, error);
    auto root = makeRoot("Busbar root CA", kRootDays);
    if (!root.ok()) return root.status();
    if (Status written = writePair(dir + "/root.pem", dir + "/root.key", *root); !written.ok()) return written;
    return intermediateOf(dir, "users", std::string(kUsersCaName)).status();
}

Status issueTo(const std::string& dir, const Identity& identity, const IssueOptions& options, const std::string& out) {
    const bool user = identity.kind == PeerKind::user;
    auto issuer = intermediateOf(dir, user ? "users" : "sites/" + identity.site, user ? std::string(kUsersCaName) : siteCaName(identity.site));
    if (!issuer.ok()) return issuer.status();
    auto pair = issue(*issuer, identity, options);
    if (!pair.ok()) return pair.status();
    auto root = readFile(dir + "/root.pem");
    if (!root.ok()) return root.status();
    // A new node knows only the root's hash, from its token: the enrolment port has to show the root itself.
    if (identity.kind == PeerKind::controller) pair->certificatePem += *root;
    std::error_code error;
    std::filesystem::create_directories(out, error);
    if (error) return cannotBeMade(out, error.value());
    if (Status written = writePair(out + "/cert.pem", out + "/key.pem", *pair); !written.ok()) return written;
    return writeFile(out + "/ca.pem", *root, 0644);
}

StatusOr<std::string> fingerprint(const std::string& certificatePem) {
    const auto certificates = readPemCertificates(certificatePem);
    if (certificates.empty()) return invalid("there is no PEM certificate in it");
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (X509_digest(certificates.front().get(), EVP_sha256(), digest, &size) != 1) return opensslError("the certificate cannot be hashed");
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

bool chainShows(const std::string& chainPem, const std::string& certificatePem) {
    const auto wanted = readPemCertificates(certificatePem);
    const auto chain = readPemCertificates(chainPem);
    return !wanted.empty() && std::any_of(chain.begin(), chain.end(), [&](const X509Ptr& one) { return X509_cmp(one.get(), wanted.front().get()) == 0; });
}

} // namespace busbar::transport
