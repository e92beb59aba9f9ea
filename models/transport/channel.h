// Channels to controllers with Busbar's settings: message bound, keepalive that notices a dead link within 15 s, no proxy. Thread-safe.
#pragma once

#include "transport/credentials.h"

#include <memory>
#include <string>

namespace grpc {
class Channel;
class ServerBuilder;
} // namespace grpc

namespace busbar::transport {

struct ChannelOptions {
    /// Channels with another `separate` number never share a connection, even to the same address with the same credentials.
    int separate = 0;
};

/// Does not connect yet; `address` is "host:port".
std::shared_ptr<grpc::Channel> makeChannel(const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials, const ChannelOptions& options = {});

/// The same bounds on a server: message size, keepalive, how often clients may ping.
void applyServerLimits(grpc::ServerBuilder& builder);

/// Binds and says what it got: "host:port" with the real port for port 0; AlreadyExists naming the address when it is taken.
/// `selectedPort` is what ServerBuilder::AddListeningPort filled in after BuildAndStart.
StatusOr<std::string> boundAddress(const std::string& asked, int selectedPort);

} // namespace busbar::transport
