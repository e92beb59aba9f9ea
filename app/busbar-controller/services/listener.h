// The controller's port: mutual TLS, all services, one gRPC server. There is no way to open it without TLS.
#pragma once

#include "base/status.h"
#include "busbar-controller/config.h"

#include <memory>
#include <string>
#include <vector>

namespace grpc {
class Server;
class Service;
} // namespace grpc

namespace busbar::controller {

class Listener {
public:
    /// Reads the certificate files and binds; the error names the file or the address that is in the way.
    static StatusOr<std::unique_ptr<Listener>> open(const Config& config, std::vector<std::unique_ptr<grpc::Service>> services);
    /// Ends all calls, at most 2 s after their streams were told.
    ~Listener();
    const std::string& address() const { return m_address; }

private:
    Listener();
    std::string m_address;
    std::vector<std::unique_ptr<grpc::Service>> m_services;
    std::unique_ptr<grpc::Server> m_server;
};

} // namespace busbar::controller
