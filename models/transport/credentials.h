// Mutual TLS for every port and channel (design.md §9). Certificates are read again every few seconds, so that a renewed one is used
// without a restart. gRPC 1.51 has no setting for the lowest TLS version; both sides being OpenSSL 3 they negotiate TLS 1.3, which a
// test looks at. Thread-safe.
#pragma once

#include "base/status.h"

#include <memory>
#include <string>

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
} // namespace grpc

namespace busbar::transport {

/// Paths of PEM files: CA (roots), own certificate with its intermediates, own key.
struct TlsFiles {
    std::string ca, cert, key;
};

/// Reads and checks the three files: they exist, the certificate verifies against the CA today and the key belongs to it.
Status checkFiles(const TlsFiles& files);

/// Requires and verifies a client certificate on each connection.
StatusOr<std::shared_ptr<grpc::ServerCredentials>> serverCredentials(const TlsFiles& files);

/// Verifies the server's chain and that its SAN is busbar://controller/<site>/…
StatusOr<std::shared_ptr<grpc::ChannelCredentials>> channelCredentials(const TlsFiles& files, const std::string& site);

/// For the enrolment port: server certificate only; clients have none yet.
StatusOr<std::shared_ptr<grpc::ServerCredentials>> enrolmentServerCredentials(const TlsFiles& files);
/// For an enrolling client: trusts `rootPem` only (whose hash its token pinned) and a controller of `site`.
StatusOr<std::shared_ptr<grpc::ChannelCredentials>> enrolmentChannelCredentials(const std::string& rootPem, const std::string& site);

} // namespace busbar::transport
