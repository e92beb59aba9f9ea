#include "transport/agent_link.h"

#include "transport/agent_session_wire.h"
#include "transport/backoff.h"
#include "wire/codec.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <optional>

namespace busbar::transport {

class AgentLink::Core : public std::enable_shared_from_this<Core> {
public:
    Core(AgentLinkHandlers handlers, std::int64_t firstRetryMs) : m_handlers(std::move(handlers)), m_backoff(firstRetryMs) {}

    void poll(std::int64_t now) {
        std::optional<Status> ended;
        {
            const std::lock_guard lock(m_mutex);
            if (m_session) return;
            ended = std::exchange(m_ended, std::nullopt);
        }
        if (ended) fail(*ended, now);
        if (now >= m_nextTry) dial(now);
    }

    bool connected() const { return m_connected; }
    bool allSent() const { return m_connected && m_outbox->empty(); }

    void hangUp(std::int64_t now, std::int64_t pauseMs) {
        m_nextTry = now + pauseMs;
        m_pauseUntil = now + pauseMs;
        const std::lock_guard lock(m_mutex);
        if (m_session) m_session->cancel();
    }

    void close() {
        std::unique_lock lock(m_mutex);
        if (m_session) m_session->cancel();
        m_done.wait(lock, [this] { return !m_session; });
    }

    void push(v1::AgentMessage message, AgentOutbox::Kind kind) {
        m_outbox->push(std::move(message), kind);
        const std::lock_guard lock(m_mutex);
        if (m_session) m_session->kick();
    }

private:
    void fail(const Status& why, std::int64_t now) {
        if (m_wasConnected) m_backoff.reset();
        m_wasConnected = false;
        m_nextTry = std::max(m_pauseUntil.load(), now + m_backoff.next());
        m_handlers.down(why);
    }

    void dial(std::int64_t now) {
        auto channel = m_handlers.dial();
        if (!channel.ok()) return fail(channel.status(), now);
        v1::AgentMessage hello;
        wire::encode(m_handlers.hello(), hello.mutable_hello());
        AgentSessionHandlers handlers{[self = shared_from_this()](const v1::ControllerMessage& message) { return self->dispatch(message); },
                                      [self = shared_from_this()](const Status& why) { self->ended(why); }};
        const std::lock_guard lock(m_mutex);
        m_session = AgentSession::begin(*channel, std::move(hello), m_outbox, std::move(handlers));
    }

    void ended(const Status& why) {
        m_wasConnected = m_connected.exchange(false);
        const std::lock_guard lock(m_mutex);
        m_session.reset();
        m_ended = why;
        m_done.notify_all();
    }

    Status dispatch(const v1::ControllerMessage& message) {
        switch (message.body_case()) {
        case v1::ControllerMessage::kWelcome: {
            const auto welcome = wire::decode(message.welcome());
            if (!welcome.ok()) return welcome.status();
            m_connected = true;
            m_handlers.welcome(*welcome);
            return absl::OkStatus();
        }
        case v1::ControllerMessage::kCommand: {
            auto command = wire::decode(message.command());
            if (!command.ok()) return command.status();
            m_handlers.command(*std::move(command));
            return absl::OkStatus();
        }
        case v1::ControllerMessage::kCancel: m_handlers.cancel(message.cancel().command_id(), message.cancel().term()); return absl::OkStatus();
        case v1::ControllerMessage::kSampling:
            if (message.sampling().sample_ms() < 50 || message.sampling().sample_ms() > 600'000) return invalid("sampling period {} ms is not 50 to 600000", message.sampling().sample_ms());
            m_handlers.sampling(static_cast<int>(message.sampling().sample_ms()));
            return absl::OkStatus();
        case v1::ControllerMessage::kNotice: m_handlers.notice(message.notice().sentence().substr(0, kMaxTextLength)); return absl::OkStatus();
        case v1::ControllerMessage::BODY_NOT_SET: break; // A newer controller's message.
        }
        return absl::OkStatus();
    }

    AgentLinkHandlers m_handlers;
    Backoff m_backoff;
    std::shared_ptr<AgentOutbox> m_outbox = std::make_shared<AgentOutbox>();
    std::atomic<bool> m_connected{false}, m_wasConnected{false};
    std::atomic<std::int64_t> m_nextTry{0}, m_pauseUntil{0}; // boot ms
    std::mutex m_mutex;                                      // Guards the two below.
    std::condition_variable m_done;
    std::shared_ptr<AgentSession> m_session;
    std::optional<Status> m_ended;
};

AgentLink::AgentLink(AgentLinkHandlers handlers, std::int64_t firstRetryMs) : m_core(std::make_shared<Core>(std::move(handlers), firstRetryMs)) {}
AgentLink::~AgentLink() { m_core->close(); }
void AgentLink::poll(std::int64_t nowBootMs) { m_core->poll(nowBootMs); }
bool AgentLink::connected() const { return m_core->connected(); }
bool AgentLink::allSent() const { return m_core->allSent(); }
void AgentLink::hangUp(std::int64_t nowBootMs, std::int64_t pauseMs) { m_core->hangUp(nowBootMs, pauseMs); }

void AgentLink::send(const TelemetryFrame& frame) {
    v1::AgentMessage message;
    wire::encode(frame, message.mutable_telemetry());
    m_core->push(std::move(message), AgentOutbox::Kind::telemetry);
}
void AgentLink::send(const StepProgress& progress) {
    v1::AgentMessage message;
    wire::encode(progress, message.mutable_progress());
    m_core->push(std::move(message), AgentOutbox::Kind::progress);
}
void AgentLink::send(const StepReport& report) {
    v1::AgentMessage message;
    wire::encode(report, message.mutable_report());
    m_core->push(std::move(message), AgentOutbox::Kind::kept);
}
void AgentLink::send(const FleetEvent& event) {
    v1::AgentMessage message;
    wire::encode(event, message.mutable_event());
    m_core->push(std::move(message), AgentOutbox::Kind::kept);
}
void AgentLink::send(const Inventory& inventory) {
    v1::AgentMessage message;
    wire::encode(inventory, message.mutable_inventory());
    m_core->push(std::move(message), AgentOutbox::Kind::kept);
}

} // namespace busbar::transport
