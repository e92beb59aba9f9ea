#include "busbar-controller/services/listener.h"

#include "wire/codec.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <filesystem>

namespace busbar::controller {
namespace {

StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentialsOf(const Config& config) {
    for (const std::string& file : {config.ca, config.cert, config.key})
        if (!std::filesystem::is_regular_file(file)) return notFound("{} is missing: make it with `busbarctl pki issue`", file);
    const auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(config.key, config.cert, config.ca, 10);
    grpc::experimental::TlsServerCredentialsOptions options(provider);
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    return grpc::experimental::TlsServerCredentials(options);
}

} // namespace

StatusOr<std::unique_ptr<Listener>> Listener::open(const Config& config, std::vector<std::unique_ptr<grpc::Service>> services) {
    const auto credentials = credentialsOf(config);
    if (!credentials.ok()) return credentials.status();
    std::unique_ptr<Listener> listener(new Listener);
    listener->m_services = std::move(services);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(config.listen, *credentials, &port);
    builder.SetMaxReceiveMessageSize(wire::kMaxMessageBytes);
    builder.SetMaxSendMessageSize(wire::kMaxMessageBytes);
    // Without it a second controller could listen on the same port and get half of the agents.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    for (const auto& service : listener->m_services) builder.RegisterService(service.get());
    listener->m_server = builder.BuildAndStart();
    if (!listener->m_server || port == 0)
        return unavailable("cannot listen on {}: the address is in use or not of this machine; see `ss -ltnp`, or change `listen`", config.listen);
    listener->m_address = config.listen.substr(0, config.listen.rfind(':') + 1) + std::to_string(port);
    return listener;
}

Listener::Listener() = default;

Listener::~Listener() {
    if (m_server) m_server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
}

} // namespace busbar::controller
