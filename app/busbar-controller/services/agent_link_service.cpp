#include "busbar-controller/services/agent_link_service.h"

#include "busbar-controller/ingest/agent_ingest.h"
#include "busbar/v1/agent_link.grpc.pb.h"
#include "transport/identity.h"
#include "transport/status_map.h"
#include "wire/codec.h"

#include <grpcpp/grpcpp.h>
#include <spdlog/spdlog.h>

#include <deque>
#include <mutex>
#include <optional>

namespace busbar::controller {
namespace {

class SessionReactor final : public grpc::ServerBidiReactor<v1::AgentMessage, v1::ControllerMessage>,
                             public AgentSession,
                             public std::enable_shared_from_this<SessionReactor> {
public:
    SessionReactor(AgentIngest& ingest, AgentPeer peer) : m_ingest(ingest), m_peer(std::move(peer)) {}

    /// Keeps itself until gRPC is done with it.
    void begin() {
        m_self = shared_from_this();
        StartRead(&m_in);
    }
    void refuse(const Status& why) {
        m_self = shared_from_this();
        end(why);
    }

    // AgentSession
    Status sendCommand(const StepCommand& command) override {
        v1::ControllerMessage message;
        wire::encode(command, message.mutable_command());
        return queue(std::move(message));
    }
    Status sendCancel(const std::string& commandId, std::uint64_t term) override {
        v1::ControllerMessage message;
        message.mutable_cancel()->set_command_id(commandId);
        message.mutable_cancel()->set_term(term);
        return queue(std::move(message));
    }
    void sendSampling(int sampleMs) override {
        v1::ControllerMessage message;
        message.mutable_sampling()->set_sample_ms(static_cast<std::uint32_t>(sampleMs));
        tell(std::move(message));
    }
    void sendNotice(const std::string& sentence) override {
        v1::ControllerMessage message;
        message.mutable_notice()->set_sentence(sentence);
        tell(std::move(message));
    }
    void end(const Status& why) override {
        {
            const std::lock_guard lock(m_mutex);
            if (m_finished) return;
            m_finished = true;
            m_why = why;
        }
        Finish(transport::toGrpc(why));
    }

    // ServerBidiReactor
    void OnReadDone(bool ok) override {
        if (!ok) return end(absl::OkStatus());
        const Status status = m_ticket ? take(m_in) : greet(m_in);
        if (!status.ok()) {
            spdlog::warn("agent {} ({}): {}", m_ticket ? m_ticket->nodeId : m_peer.identity.name, m_peer.address, sentenceOf(status));
            if (m_ticket) m_ingest.refuseMessage(*m_ticket, std::string(sentenceOf(status)));
            return end(status);
        }
        const std::lock_guard lock(m_mutex);
        if (!m_finished) StartRead(&m_in);
    }
    void OnWriteDone(bool ok) override {
        const std::lock_guard lock(m_mutex);
        m_out.pop_front();
        if (ok && !m_finished && !m_out.empty()) StartWrite(&m_out.front());
    }
    void OnCancel() override { end(absl::CancelledError("the agent's connection ended")); }
    void OnDone() override {
        if (m_ticket) m_ingest.close(*m_ticket, m_why.ok() ? "closed by the agent" : std::string(m_why.message()));
        m_self.reset();
    }

private:
    /// For what needs no answer: a stream that has ended meanwhile does not matter.
    void tell(v1::ControllerMessage message) {
        if (const Status status = queue(std::move(message)); !status.ok()) spdlog::debug("{}: {}", m_peer.identity.name, sentenceOf(status));
    }

    Status queue(v1::ControllerMessage message) {
        bool full = false;
        {
            const std::lock_guard lock(m_mutex);
            if (m_finished) return unavailable("the agent's stream has ended");
            full = m_out.size() >= kMaxQueuedToAgent;
            if (!full) {
                m_out.push_back(std::move(message));
                if (m_out.size() == 1) StartWrite(&m_out.front());
            }
        }
        if (!full) return absl::OkStatus();
        const Status status = absl::ResourceExhaustedError(fmt::format("the agent has not read its last {} messages: the stream was ended", kMaxQueuedToAgent));
        end(status);
        return status;
    }

    Status greet(const v1::AgentMessage& message) {
        if (message.body_case() != v1::AgentMessage::kHello) return refused("the first message of an agent must be Hello");
        const StatusOr<AgentHello> hello = wire::decode(message.hello());
        if (!hello.ok()) return hello.status();
        auto admission = m_ingest.open(m_peer, *hello, weak_from_this());
        if (!admission.ok()) return admission.status();
        m_ticket = admission->ticket;
        v1::ControllerMessage welcome;
        wire::encode(admission->welcome, welcome.mutable_welcome());
        if (const Status status = queue(std::move(welcome)); !status.ok()) return status;
        m_ingest.opened(*m_ticket, *hello);
        return absl::OkStatus();
    }

    Status take(const v1::AgentMessage& message) {
        const auto with = [](const auto& decoded, auto&& use) {
            if (decoded.ok()) use(*decoded);
            return decoded.status();
        };
        switch (message.body_case()) {
        case v1::AgentMessage::kTelemetry:
            return with(wire::decode(message.telemetry(), m_ticket->gpus), [this](const TelemetryFrame& frame) { m_ingest.telemetry(*m_ticket, frame); });
        case v1::AgentMessage::kProgress:
            return with(wire::decode(message.progress()), [this](const StepProgress& progress) { m_ingest.progress(*m_ticket, progress); });
        case v1::AgentMessage::kReport:
            return with(wire::decode(message.report()), [this](const StepReport& report) { m_ingest.report(*m_ticket, report); });
        case v1::AgentMessage::kEvent:
            return with(wire::decode(message.event()), [this](const FleetEvent& event) { m_ingest.event(*m_ticket, event); });
        case v1::AgentMessage::kInventory:
            return with(wire::decode(message.inventory()), [this](const Inventory& inventory) { m_ingest.inventory(*m_ticket, inventory); });
        case v1::AgentMessage::kHello: return refused("{} said Hello twice on one stream", m_ticket->nodeId);
        case v1::AgentMessage::BODY_NOT_SET: break; // of a newer agent: nothing we know
        }
        return absl::OkStatus();
    }

    AgentIngest& m_ingest;
    const AgentPeer m_peer;
    v1::AgentMessage m_in;
    std::optional<AgentIngest::Ticket> m_ticket; ///< read thread only
    std::mutex m_mutex;
    std::deque<v1::ControllerMessage> m_out;
    bool m_finished = false;
    Status m_why;
    std::shared_ptr<SessionReactor> m_self;
};

class AgentLinkService final : public v1::AgentLink::CallbackService {
public:
    explicit AgentLinkService(AgentIngest& ingest) : m_ingest(ingest) {}

    grpc::ServerBidiReactor<v1::AgentMessage, v1::ControllerMessage>* Session(grpc::CallbackServerContext* context) override {
        StatusOr<transport::Identity> identity = transport::peerIdentity(*context->auth_context());
        const Status status = identity.status();
        AgentPeer agent;
        agent.address = context->peer();
        if (identity.ok()) agent.identity = *std::move(identity);
        const auto reactor = std::make_shared<SessionReactor>(m_ingest, std::move(agent));
        if (status.ok()) {
            reactor->begin();
        } else {
            spdlog::warn("agent from {}: {}", context->peer(), sentenceOf(status));
            reactor->refuse(status);
        }
        return reactor.get();
    }

private:
    AgentIngest& m_ingest;
};

} // namespace

std::unique_ptr<grpc::Service> makeAgentLinkService(AgentIngest& ingest) { return std::make_unique<AgentLinkService>(ingest); }

} // namespace busbar::controller
