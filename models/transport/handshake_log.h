// Who is refused before any RPC: gRPC 1.51 tells a server nothing of a failed TLS handshake but a line of its own log without a reason.
// This listens to OpenSSL's certificate check, which it does not change, and to gRPC's log. The peer's address is known to neither; the
// certificate's subject is.
#pragma once

#include <functional>
#include <string>

namespace busbar::transport {

/// From now on `tell` gets a sentence for each client that a server of this process refuses in the handshake, and gRPC's own warnings.
/// Call once, before the first server or channel; `tell` must be thread-safe and lives as long as the process.
void tellRefusedClients(std::function<void(const std::string& sentence)> tell);

} // namespace busbar::transport
