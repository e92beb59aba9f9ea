#include "transport/agent_session_wire.h"
#include "transport/status_map.h"

#include <deque>

namespace busbar::transport {

struct AgentOutbox::Queues {
    std::deque<v1::AgentMessage> kept, progress, telemetry;
};

AgentOutbox::AgentOutbox() : m_queues(std::make_unique<Queues>()) {}
AgentOutbox::~AgentOutbox() = default;

void AgentOutbox::push(v1::AgentMessage message, Kind kind) {
    const std::lock_guard lock(m_mutex);
    if (kind == Kind::progress) {
        for (v1::AgentMessage& waiting : m_queues->progress)
            if (waiting.progress().command_id() == message.progress().command_id()) {
                waiting = std::move(message);
                return;
            }
    }
    std::deque<v1::AgentMessage>& queue = kind == Kind::kept ? m_queues->kept : kind == Kind::progress ? m_queues->progress : m_queues->telemetry;
    if (queue.size() >= (kind == Kind::telemetry ? kMaxTelemetry : kMaxKept)) queue.pop_front();
    queue.push_back(std::move(message));
}

bool AgentOutbox::pop(v1::AgentMessage* message) {
    const std::lock_guard lock(m_mutex);
    for (std::deque<v1::AgentMessage>* queue : {&m_queues->kept, &m_queues->progress, &m_queues->telemetry}) {
        if (queue->empty()) continue;
        *message = std::move(queue->front());
        queue->pop_front();
        return true;
    }
    return false;
}

bool AgentOutbox::empty() {
    const std::lock_guard lock(m_mutex);
    return m_queues->kept.empty() && m_queues->progress.empty() && m_queues->telemetry.empty();
}

AgentSession::AgentSession(std::unique_ptr<v1::AgentLink::Stub> stub, v1::AgentMessage hello, std::shared_ptr<AgentOutbox> outbox, AgentSessionHandlers handlers)
    : m_stub(std::move(stub)), m_outbox(std::move(outbox)), m_handlers(std::move(handlers)), m_out(std::move(hello)) {}

std::shared_ptr<AgentSession> AgentSession::begin(const std::shared_ptr<grpc::Channel>& channel, v1::AgentMessage hello, std::shared_ptr<AgentOutbox> outbox, AgentSessionHandlers handlers) {
    std::shared_ptr<AgentSession> session(new AgentSession(v1::AgentLink::NewStub(channel), std::move(hello), std::move(outbox), std::move(handlers)));
    session->m_self = session;
    session->m_stub->async()->Session(&session->m_context, session.get());
    session->StartWrite(&session->m_out);
    session->StartRead(&session->m_in);
    session->StartCall();
    return session;
}

void AgentSession::kick() {
    const std::lock_guard lock(m_mutex);
    if (!m_writing && m_open && !m_dead) writeNext();
}

void AgentSession::writeNext() {
    m_out.Clear();
    m_writing = m_outbox->pop(&m_out);
    if (m_writing) StartWrite(&m_out);
}

void AgentSession::OnReadDone(bool ok) {
    if (!ok) {
        const std::lock_guard lock(m_mutex);
        m_dead = true;
        return;
    }
    const Status status = m_handlers.message(m_in);
    {
        const std::lock_guard lock(m_mutex);
        if (!status.ok() && m_why.ok()) m_why = status;
        // What waited is sent only to a controller that took the node.
        if (m_in.has_welcome() && status.ok()) {
            m_open = true;
            if (!m_writing && !m_dead) writeNext();
        }
    }
    if (!status.ok()) m_context.TryCancel();
    StartRead(&m_in);
}

void AgentSession::OnWriteDone(bool ok) {
    const std::lock_guard lock(m_mutex);
    if (!ok) m_dead = true;
    m_writing = false;
    if (!m_dead && m_open) writeNext();
}

void AgentSession::OnDone(const grpc::Status& status) {
    std::shared_ptr<AgentSession> self;
    Status why = fromGrpc(status);
    {
        const std::lock_guard lock(m_mutex);
        m_dead = true;
        if (!m_why.ok()) why = m_why;
        self = std::move(m_self);
    }
    if (why.ok()) why = unavailable("the controller ended the session");
    m_handlers.ended(why);
}

} // namespace busbar::transport
