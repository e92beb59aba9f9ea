#include "busbar-agent/link/agent_link.h"

#include "busbar-agent/link/session_wire.h"
#include "busbar/v1/agent_link.grpc.pb.h"
#include "transport/backoff.h"
#include "transport/channel.h"
#include "transport/diagnose.h"
#include "wire/codec.h"

#include <grpcpp/channel.h>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace busbar::agent {

class AgentLink::Core : public SessionOwner {
public:
    Core(LinkConfig config, LinkHandlers handlers) : m_config(std::move(config)), m_handlers(std::move(handlers)) {}

    void start() { m_thread = std::jthread([this](const std::stop_token& stop) { loop(stop); }); }

    void stop() {
        m_thread.request_stop();
        m_wake.notify_all();
        if (m_thread.joinable()) m_thread.join();
    }

    Outbox& outbox() override { return m_outbox; }

    void onMessage(const v1::ControllerMessage& message, Session& session) override {
        if (const Status status = dispatch(message); !status.ok()) session.end(status);
    }

    void onEnded(const Status& why) override {
        const std::lock_guard lock(m_mutex);
        m_ended = true;
        m_why = why;
        m_wake.notify_all();
    }

    void queued() {
        const std::lock_guard lock(m_mutex);
        if (m_session) m_session->kick();
    }

private:
    Status dispatch(const v1::ControllerMessage& message) {
        switch (message.body_case()) {
        case v1::ControllerMessage::kWelcome: {
            const auto welcome = wire::decode(message.welcome());
            if (!welcome.ok()) return welcome.status();
            m_welcomed = true;
            m_handlers.welcome(*welcome);
            return absl::OkStatus();
        }
        case v1::ControllerMessage::kCommand: {
            auto command = wire::decode(message.command());
            if (!command.ok()) return command.status();
            m_handlers.command(*std::move(command));
            return absl::OkStatus();
        }
        case v1::ControllerMessage::kCancel:
            m_handlers.cancel(message.cancel().command_id(), message.cancel().term());
            return absl::OkStatus();
        case v1::ControllerMessage::kSampling:
            if (message.sampling().sample_ms() < 50 || message.sampling().sample_ms() > 600'000) return invalid("sampling period {} ms is not 50 to 600000", message.sampling().sample_ms());
            m_handlers.sampling(static_cast<int>(message.sampling().sample_ms()));
            return absl::OkStatus();
        case v1::ControllerMessage::kNotice:
            spdlog::warn("the controller says: {}", message.notice().sentence().substr(0, kMaxTextLength));
            return absl::OkStatus();
        case v1::ControllerMessage::BODY_NOT_SET: break; // A newer controller's message.
        }
        return absl::OkStatus();
    }

    // One session from dialling to its end.
    Status runSession(const std::string& address, const std::stop_token& stop) {
        auto credentials = transport::channelCredentials(m_config.tls, m_config.site);
        if (!credentials.ok()) return credentials.status();
        auto stub = v1::AgentLink::NewStub(transport::makeChannel(address, *credentials));
        v1::AgentMessage hello;
        wire::encode(m_handlers.hello(), hello.mutable_hello());
        {
            const std::lock_guard lock(m_mutex);
            m_ended = false;
            m_session = std::make_shared<Session>(*this, *stub, std::move(hello));
            m_session->begin(m_session);
        }
        std::unique_lock lock(m_mutex);
        m_wake.wait(lock, stop, [this] { return m_ended; });
        if (!m_ended) {
            m_session->cancel();
            m_wake.wait(lock, [this] { return m_ended; });
        }
        const Status why = m_why;
        m_session.reset();
        lock.unlock();
        return transport::explainFailure(address, m_config.site, m_config.tls, why);
    }

    void loop(const std::stop_token& stop) {
        transport::Backoff backoff;
        for (std::size_t turn = 0; !stop.stop_requested(); ++turn) {
            m_welcomed = false;
            const std::string& address = m_config.controllers[turn % m_config.controllers.size()];
            const Status why = runSession(address, stop);
            if (stop.stop_requested()) return;
            if (m_welcomed) backoff.reset();
            m_handlers.down(why);
            std::unique_lock lock(m_mutex);
            m_wake.wait_for(lock, stop, std::chrono::milliseconds(backoff.next()), [] { return false; });
        }
    }

    LinkConfig m_config;
    LinkHandlers m_handlers;
    Outbox m_outbox;
    std::atomic<bool> m_welcomed{false};
    std::mutex m_mutex; // Guards the three below.
    std::condition_variable_any m_wake;
    std::shared_ptr<Session> m_session;
    bool m_ended = false;
    Status m_why;
    std::jthread m_thread;
};

AgentLink::AgentLink(LinkConfig config, LinkHandlers handlers) : m_core(std::make_shared<Core>(std::move(config), std::move(handlers))) {}
AgentLink::~AgentLink() { stop(); }
void AgentLink::start() { m_core->start(); }
void AgentLink::stop() { m_core->stop(); }

void AgentLink::send(const TelemetryFrame& frame) {
    v1::AgentMessage message;
    wire::encode(frame, message.mutable_telemetry());
    m_core->outbox().push(std::move(message), Outbox::Kind::telemetry);
    m_core->queued();
}
void AgentLink::send(const StepProgress& progress) {
    v1::AgentMessage message;
    wire::encode(progress, message.mutable_progress());
    m_core->outbox().push(std::move(message), Outbox::Kind::progress);
    m_core->queued();
}
void AgentLink::send(const StepReport& report) {
    v1::AgentMessage message;
    wire::encode(report, message.mutable_report());
    m_core->outbox().push(std::move(message), Outbox::Kind::kept);
    m_core->queued();
}
void AgentLink::send(const FleetEvent& event) {
    v1::AgentMessage message;
    wire::encode(event, message.mutable_event());
    m_core->outbox().push(std::move(message), Outbox::Kind::kept);
    m_core->queued();
}

} // namespace busbar::agent
