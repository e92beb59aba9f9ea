// The reactor behind session.h; includes the generated service.
#pragma once

#include "busbar-agent/link/session.h"
#include "busbar/v1/agent_link.grpc.pb.h"

#include <grpcpp/client_context.h>

namespace busbar::agent {

class Session final : public grpc::ClientBidiReactor<v1::AgentMessage, v1::ControllerMessage> {
public:
    Session(SessionOwner& owner, v1::AgentLink::Stub& stub, v1::AgentMessage hello);

    /// `self` keeps the session alive until gRPC is done with it.
    void begin(std::shared_ptr<Session> self);
    /// Something may be waiting in the outbox.
    void kick();
    void cancel();
    /// Ends the stream because of what the controller sent.
    void end(const Status& why);

    void OnReadDone(bool ok) override;
    void OnWriteDone(bool ok) override;
    void OnDone(const grpc::Status& status) override;

private:
    void writeNext();

    SessionOwner& m_owner;
    grpc::ClientContext m_context;
    v1::AgentMessage m_out;
    v1::ControllerMessage m_in;
    std::mutex m_mutex; ///< guards the four below
    bool m_writing = false, m_open = false, m_dead = false;
    Status m_why;
    std::shared_ptr<Session> m_self;
};

} // namespace busbar::agent
