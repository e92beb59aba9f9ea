// The company's own certificate authority: root CA, an intermediate per site and one for users, P-256 throughout (design.md §9).
// Layout: DIR/root.pem, DIR/root.key, DIR/sites/SITE/{ca.pem,ca.key}, DIR/users/{ca.pem,ca.key}. Keys have mode 0600. Functions
// block on disk and are not for a GUI thread; they keep no state.
#pragma once

#include "base/status.h"
#include "transport/identity.h"

#include <string>
#include <vector>

namespace busbar::transport {

/// A certificate (with its intermediates, leaf first) and its private key, as PEM.
struct KeyPair {
    std::string certificatePem, keyPem;
};

struct IssueOptions {
    int days = 90;                      ///< may be negative in tests: an expired certificate
    std::vector<std::string> dnsNames, ipAddresses;
};

/// Self-signed CA of `commonName`, valid for `days`.
StatusOr<KeyPair> makeRoot(const std::string& commonName, int days);
/// CA that may sign leaves only, signed by `issuer`.
StatusOr<KeyPair> makeIntermediate(const KeyPair& issuer, const std::string& commonName, int days);
/// Key and certificate of `identity`, signed by `issuer`. Controllers get serverAuth and clientAuth, all others clientAuth only.
StatusOr<KeyPair> issue(const KeyPair& issuer, const Identity& identity, const IssueOptions& options);
/// Certificate for the key in a signing request; only its public key is taken from it. keyPem stays empty.
StatusOr<KeyPair> issueForRequest(const KeyPair& issuer, const Identity& identity, const std::string& requestPem, const IssueOptions& options);
/// A new P-256 key and a signing request for it.
struct SigningRequest { std::string requestPem, keyPem; };
StatusOr<SigningRequest> makeRequest(const std::string& commonName);

/// Creates DIR with the root and the users' intermediate; AlreadyExists when there is one.
Status initPki(const std::string& dir);
/// Issues under DIR (making the site's intermediate on first use) and writes OUT/{cert.pem,key.pem,ca.pem}. A controller's cert.pem holds
/// its chain up to the root.
Status issueTo(const std::string& dir, const Identity& identity, const IssueOptions& options, const std::string& out);

/// SHA-256 of the first certificate's DER, lower-case hex: what enrolment tokens pin.
StatusOr<std::string> fingerprint(const std::string& certificatePem);
/// Whether one of the certificates in `chainPem` is the first of `certificatePem`.
bool chainShows(const std::string& chainPem, const std::string& certificatePem);

} // namespace busbar::transport
