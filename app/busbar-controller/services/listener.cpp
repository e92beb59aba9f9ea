#include "busbar-controller/services/listener.h"

#include "transport/channel.h"

#include <grpcpp/grpcpp.h>

namespace busbar::controller {

Listener::Listener() = default;

StatusOr<std::unique_ptr<Listener>> Listener::open(const std::string& address, std::shared_ptr<grpc::ServerCredentials> credentials,
                                                   std::vector<std::unique_ptr<grpc::Service>> services) {
    std::unique_ptr<Listener> listener(new Listener);
    listener->m_services = std::move(services);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(address, credentials, &port);
    transport::applyServerLimits(builder);
    for (const auto& service : listener->m_services) builder.RegisterService(service.get());
    listener->m_server = builder.BuildAndStart();
    const StatusOr<std::string> bound = transport::boundAddress(address, listener->m_server ? port : 0);
    if (!bound.ok()) return bound.status();
    listener->m_address = *bound;
    return listener;
}

Listener::~Listener() {
    if (m_server) m_server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
}

} // namespace busbar::controller
