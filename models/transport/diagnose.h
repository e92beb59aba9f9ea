// Words for refused handshakes (design.md §9): gRPC says only "Socket closed". Blocking (one connect, at most 3 s): never on a GUI thread.
#pragma once

#include "base/status.h"
#include "transport/credentials.h"
#include "transport/dial.h"

#include <string>

namespace busbar::transport {

/// `failure` with the reason found by looking at the own files and by one OpenSSL connect to `address` that reads the server's alert and
/// certificate; `failure` itself, naming the address, when nothing more can be said. `site`: whose controller is expected. Cancelled once
/// `stopped`.
Status explainFailure(const std::string& address, const std::string& site, const TlsFiles& files, const Status& failure, const Stopped& stopped = {});

/// What one TLS connect finds: the negotiated version ("TLSv1.3"), or the reason of the refusal.
StatusOr<std::string> probeTls(const std::string& address, const std::string& site, const TlsFiles& files, const Stopped& stopped = {});

} // namespace busbar::transport
