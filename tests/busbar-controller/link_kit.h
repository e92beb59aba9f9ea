// A controller in process with its own CA, and real gRPC clients over mutual TLS that act as agents and consoles.
#pragma once

#include "base/status.h"
#include "busbar-controller/server.h"
#include "busbar/v1/agent_link.grpc.pb.h"
#include "busbar/v1/fleet.grpc.pb.h"
#include "domain/fleet_batch.h"
#include "domain/telemetry.h"
#include "transport/credentials.h"
#include "transport/identity.h"

#include <grpcpp/grpcpp.h>

#include <QTemporaryDir>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace busbar::test {

/// Longest a test waits for anything.
inline constexpr std::chrono::seconds kPatience(10);

class TestSite {
public:
    explicit TestSite(const Clock& clock = systemClock());
    ~TestSite() { stop(); }
    /// Empty when the controller runs; else why not.
    std::string start();
    void stop() { server.reset(); }
    /// A channel with a certificate of `identity` (node "n1" of the site: {PeerKind::node, "tst1", "n1"}).
    std::shared_ptr<grpc::Channel> channel(const transport::Identity& identity);
    std::shared_ptr<grpc::Channel> nodeChannel(const std::string& name) { return channel({transport::PeerKind::node, "tst1", name, "", 0}); }
    std::shared_ptr<grpc::Channel> gatewayChannel(const std::string& prefix) { return channel({transport::PeerKind::gateway, "tst1", prefix, "", 0}); }
    std::shared_ptr<grpc::Channel> userChannel(const std::string& name = "ann") { return channel({transport::PeerKind::user, "", name, "", 0}); }
    /// What an agent with a certificate of `identity` sends when a step has ended, signed with that certificate's key.
    v1::AgentMessage signedReport(const transport::Identity& identity, StepReport report);
    /// Serial of the certificate that userChannel made last for this user.
    std::string serialOf(const std::string& user) const;
    std::string path(const std::string& name) const { return m_dir.filePath(QString::fromStdString(name)).toStdString(); }
    controller::Config config() const;

    std::unique_ptr<controller::ControllerServer> server;

private:
    transport::TlsFiles certificate(const transport::Identity& identity);

    const Clock& m_clock;
    QTemporaryDir m_dir;
    std::string m_error, m_listen = "127.0.0.1:0";
    int m_channels = 0;
};

/// One agent's stream.
class TestAgent {
public:
    explicit TestAgent(std::shared_ptr<grpc::Channel> channel);
    ~TestAgent();
    bool send(const v1::AgentMessage& message);
    bool send(const AgentHello& hello);
    bool send(const TelemetryFrame& frame);
    bool send(const FleetEvent& event);
    /// Next message down that `wanted` takes, or nullopt after kPatience or at the stream's end.
    std::optional<v1::ControllerMessage> next(v1::ControllerMessage::BodyCase wanted);
    /// Says Hello and waits for Welcome; otherwise the status that the stream ended with.
    StatusOr<v1::Welcome> join(const AgentHello& hello);
    /// Waits until the controller ends the stream; DeadlineExceeded when it does not.
    Status ended();
    /// Ends it from this side.
    void leave();

private:
    void read();

    std::unique_ptr<v1::AgentLink::Stub> m_stub;
    grpc::ClientContext m_context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::AgentMessage, v1::ControllerMessage>> m_stream;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<v1::ControllerMessage> m_messages;
    std::optional<Status> m_end;
    std::thread m_reader;
};

/// One console's Watch, with all its batches in order.
class TestWatcher {
public:
    TestWatcher(std::shared_ptr<grpc::Channel> channel, const WatchInterest& interest);
    ~TestWatcher();
    /// Waits until `done` holds for the batches so far.
    bool waitFor(const std::function<bool(const std::deque<WatchBatch>&)>& done);
    bool waitForSnapshot();
    std::deque<WatchBatch> batches();
    void clear();
    Status ended();
    /// While held, nothing is read: a slow console.
    void hold(bool held);

private:
    void read();

    std::unique_ptr<v1::Fleet::Stub> m_stub;
    grpc::ClientContext m_context;
    std::unique_ptr<grpc::ClientReader<v1::WatchEvent>> m_stream;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<WatchBatch> m_batches;
    std::optional<Status> m_end;
    bool m_held = false;
    std::thread m_reader;
};

} // namespace busbar::test
