// One stream of AgentLink.Session as a gRPC reactor. Behind agent_link.h; includes the generated service.
#pragma once

#include "base/status.h"
#include "busbar/v1/agent_link.grpc.pb.h"
#include "transport/agent_outbox.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <memory>
#include <mutex>

namespace busbar::transport {

struct AgentSessionHandlers {
    std::function<Status(const v1::ControllerMessage&)> message; ///< an error ends the stream
    std::function<void(const Status& why)> ended;                ///< once, last
};

/// Lives until gRPC is done with it (it holds itself); handlers are called on gRPC's threads.
class AgentSession final : public grpc::ClientBidiReactor<v1::AgentMessage, v1::ControllerMessage> {
public:
    static std::shared_ptr<AgentSession> begin(const std::shared_ptr<grpc::Channel>& channel, v1::AgentMessage hello, std::shared_ptr<AgentOutbox> outbox, AgentSessionHandlers handlers);
    /// Something may be waiting in the outbox.
    void kick();
    void cancel() { m_context.TryCancel(); }

    void OnReadDone(bool ok) override;
    void OnWriteDone(bool ok) override;
    void OnDone(const grpc::Status& status) override;

private:
    AgentSession(std::unique_ptr<v1::AgentLink::Stub> stub, v1::AgentMessage hello, std::shared_ptr<AgentOutbox> outbox, AgentSessionHandlers handlers);
    void writeNext();

    std::unique_ptr<v1::AgentLink::Stub> m_stub;
    std::shared_ptr<AgentOutbox> m_outbox;
    AgentSessionHandlers m_handlers;
    grpc::ClientContext m_context;
    v1::AgentMessage m_out;
    v1::ControllerMessage m_in;
    std::mutex m_mutex; ///< guards the four below
    bool m_writing = true, m_open = false, m_dead = false;
    Status m_why;
    std::shared_ptr<AgentSession> m_self;
};

} // namespace busbar::transport
