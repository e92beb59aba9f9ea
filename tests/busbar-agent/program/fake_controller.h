// The agents' port of a controller that a test plays: real TLS with the site's own certificates, and no mind of its own. Thread-safe.
#pragma once

#include "busbar/v1/agent_link.grpc.pb.h"
#include "domain/telemetry.h"
#include "transport/credentials.h"
#include "transport/identity.h"

#include <grpcpp/grpcpp.h>

#include <QTemporaryDir>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace busbar::test {

class FakeController final : public v1::AgentLink::Service {
public:
    /// Makes a CA and the certificates of controller tst1/c1 and node tst1/n1; open() listens.
    FakeController();
    ~FakeController() override;
    void open();
    /// Ends all streams and stops listening; open() comes back on the same port.
    void shut();

    const std::string& address() const { return m_address; }
    transport::TlsFiles nodeTls() const { return tlsOf("node"); }
    QString path(const QString& name) const { return m_dir.filePath(name); }

    /// What the next Welcome says.
    void setWelcome(const AgentWelcome& welcome);
    void send(const StepCommand& command);
    void send(const v1::ControllerMessage& message);

    /// Waits up to 30 s until `done` holds for all that came so far; false when it does not.
    bool waitFor(const std::function<bool(const std::vector<v1::AgentMessage>&)>& done);
    std::vector<v1::AgentMessage> messages();
    void clear();
    /// The last Hello, decoded; waits for one.
    AgentHello hello();
    /// Reports of a command so far.
    std::vector<StepReport> reports(const std::string& commandId);
    StepReport waitForReport(const std::string& commandId, std::size_t count = 1);

private:
    using Stream = grpc::ServerReaderWriter<v1::ControllerMessage, v1::AgentMessage>;
    grpc::Status Session(grpc::ServerContext* context, Stream* stream) override;
    transport::TlsFiles tlsOf(const std::string& folder) const;
    void certificate(const transport::Identity& identity, const std::string& folder);

    QTemporaryDir m_dir;
    std::string m_address = "127.0.0.1:0";
    std::unique_ptr<grpc::Server> m_server;
    std::mutex m_mutex; ///< guards all below
    std::condition_variable m_came;
    AgentWelcome m_welcome{1, 1'000, 0};
    std::vector<v1::AgentMessage> m_messages;
    Stream* m_stream = nullptr;
    grpc::ServerContext* m_context = nullptr;
};

} // namespace busbar::test
