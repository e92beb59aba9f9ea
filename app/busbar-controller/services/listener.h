// A TLS port with its services: one gRPC server. There is no way to open one without TLS.
#pragma once

#include "base/status.h"

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>
#include <string>
#include <vector>

namespace grpc {
class Server;
class ServerCredentials;
} // namespace grpc

namespace busbar::controller {

class Listener {
public:
    /// Binds "host:port" (port 0: any free one); the error names the address that is in the way.
    static StatusOr<std::unique_ptr<Listener>> open(const std::string& address, std::shared_ptr<grpc::ServerCredentials> credentials,
                                                    std::vector<std::unique_ptr<grpc::Service>> services);
    /// Ends all calls, at most 2 s after their streams were told.
    ~Listener();
    /// "host:port" with the real port.
    const std::string& address() const { return m_address; }

private:
    Listener();
    std::string m_address;
    std::vector<std::unique_ptr<grpc::Service>> m_services;
    std::unique_ptr<grpc::Server> m_server;
};

} // namespace busbar::controller
