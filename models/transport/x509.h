// The few facts of a PEM certificate that Busbar looks at. Stateless, thread-safe.
#pragma once

#include "base/status.h"

#include <cstdint>
#include <string>
#include <vector>

struct x509_st;

namespace busbar::transport {

struct CertificateFacts {
    std::string subject, issuer;      ///< one-line RFC 2253 names
    std::string issuerCommonName;
    std::string serial;               ///< upper-case hex
    std::vector<std::string> uris;    ///< SAN URIs
    std::int64_t notBeforeWallMs = 0, notAfterWallMs = 0;
};

/// Facts of the first certificate in `pem`.
StatusOr<CertificateFacts> readCertificate(const std::string& pem);
/// One-line RFC 2253 name.
std::string subjectOf(const x509_st* certificate);
/// OpenSSL's verify error of that certificate as a sentence with the way out.
Status wordVerifyError(int error, const x509_st* certificate);

/// Whole file; NotFound or PermissionDenied naming the path.
StatusOr<std::string> readFile(const std::string& path);
/// Writes atomically (temporary file, rename) with the given mode.
Status writeFile(const std::string& path, const std::string& text, unsigned mode);

/// Verifies the leaf of `chainPem` (further certificates in it are intermediates) against `rootsPem` at `wallMs` (0: now). The error
/// is a sentence: expired since, not yet valid, unknown CA …
Status verifyChain(const std::string& chainPem, const std::string& rootsPem, std::int64_t wallMs = 0);

} // namespace busbar::transport
