#include "busbar-agent/link/session_wire.h"

#include "transport/status_map.h"

namespace busbar::agent {

struct Outbox::Queues {
    std::deque<v1::AgentMessage> kept, progress, telemetry;
};

Outbox::Outbox() : m_queues(std::make_unique<Queues>()) {}
Outbox::~Outbox() = default;

void Outbox::push(v1::AgentMessage message, Kind kind) {
    const std::lock_guard lock(m_mutex);
    if (kind == Kind::progress) {
        for (v1::AgentMessage& waiting : m_queues->progress)
            if (waiting.progress().command_id() == message.progress().command_id()) {
                waiting = std::move(message);
                return;
            }
    }
    std::deque<v1::AgentMessage>& queue = kind == Kind::kept ? m_queues->kept : kind == Kind::progress ? m_queues->progress : m_queues->telemetry;
    const std::size_t limit = kind == Kind::telemetry ? kMaxTelemetry : kMaxKept;
    if (queue.size() >= limit) queue.pop_front();
    queue.push_back(std::move(message));
}

bool Outbox::pop(v1::AgentMessage* message) {
    const std::lock_guard lock(m_mutex);
    for (std::deque<v1::AgentMessage>* queue : {&m_queues->kept, &m_queues->progress, &m_queues->telemetry}) {
        if (queue->empty()) continue;
        *message = std::move(queue->front());
        queue->pop_front();
        return true;
    }
    return false;
}

Session::Session(SessionOwner& owner, v1::AgentLink::Stub& stub, v1::AgentMessage hello) : m_owner(owner), m_out(std::move(hello)) { stub.async()->Session(&m_context, this); }

void Session::begin(std::shared_ptr<Session> self) {
    {
        const std::lock_guard lock(m_mutex);
        m_self = std::move(self);
        m_writing = true;
    }
    StartWrite(&m_out);
    StartRead(&m_in);
    StartCall();
}

void Session::kick() {
    const std::lock_guard lock(m_mutex);
    if (!m_writing && m_open && !m_dead) writeNext();
}

void Session::writeNext() {
    m_out.Clear();
    m_writing = m_owner.outbox().pop(&m_out);
    if (m_writing) StartWrite(&m_out);
}

void Session::cancel() { m_context.TryCancel(); }

void Session::end(const Status& why) {
    {
        const std::lock_guard lock(m_mutex);
        m_why = why;
    }
    m_context.TryCancel();
}

void Session::OnReadDone(bool ok) {
    if (!ok) {
        const std::lock_guard lock(m_mutex);
        m_dead = true;
        return;
    }
    const bool welcome = m_in.has_welcome();
    m_owner.onMessage(m_in, *this);
    if (welcome) {
        const std::lock_guard lock(m_mutex);
        m_open = true; // What waited is sent only to a controller that took the node.
        if (!m_writing && !m_dead) writeNext();
    }
    StartRead(&m_in);
}

void Session::OnWriteDone(bool ok) {
    const std::lock_guard lock(m_mutex);
    if (!ok) m_dead = true;
    m_writing = false;
    if (!m_dead && m_open) writeNext();
}

void Session::OnDone(const grpc::Status& status) {
    std::shared_ptr<Session> self;
    Status why = transport::fromGrpc(status);
    {
        const std::lock_guard lock(m_mutex);
        m_dead = true;
        if (!m_why.ok()) why = m_why;
        self = std::move(m_self);
    }
    if (why.ok()) why = unavailable("the controller ended the session");
    m_owner.onEnded(why);
}

} // namespace busbar::agent
