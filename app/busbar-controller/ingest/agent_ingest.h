// Who may speak for a node, and where each node's stream is: admission of Hello, takeover and refusal (design.md §6), the way down for
// commands, the way up for progress and reports. Knows nothing of gRPC: a stream is an AgentSession.
// All functions are thread-safe and never wait for an agent.
#pragma once

#include "busbar-controller/core/ports.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "transport/identity.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace busbar::controller {

/// One agent's stream. Implementations queue with a bound and never block.
class AgentSession {
public:
    virtual ~AgentSession() = default;
    virtual Status sendCommand(const StepCommand& command) = 0;
    virtual Status sendCancel(const std::string& commandId, std::uint64_t term) = 0;
    virtual void sendSampling(int sampleMs) = 0;
    virtual void sendNotice(const std::string& sentence) = 0;
    /// Ends the stream with this status.
    virtual void end(const Status& why) = 0;
};

/// Who dialled: the verified certificate's identity and the address, for logs.
struct AgentPeer {
    transport::Identity identity;
    std::string address;
};

class AgentIngest final : public AgentGateway {
public:
    /// `firstTerm` of this start (TermBook); takeovers raise it. `isOurs`: did this controller's state ever give out that term.
    AgentIngest(const Clock& clock, FleetTable& table, std::string site, std::uint64_t firstTerm, std::function<bool(std::uint64_t term)> isOurs);
    /// The engine; set once before the first session. nullptr: nobody listens. onAgentConnected and onAgentLost are called under this object's
    /// lock and must not call back.
    void setEvents(AgentEvents* events) { m_events = events; }

    /// Called after each telemetry of a node; set once before the first session.
    void setTouched(std::function<void(const std::string& nodeId)> touched) { m_touched = std::move(touched); }

    /// Called with the identity of each node when it connects, and whether it speaks through a gateway; set once before the first session.
    void setRemember(std::function<void(const AgentHello&, bool behindGateway)> remember) { m_remember = std::move(remember); }

    /// Asked at each Hello about the peer's certificate (revoked?); set once before the first session.
    void setAdmit(std::function<Status(const transport::Identity&)> admit) { m_admit = std::move(admit); }

    /// A session that was let in. Later calls with it are ignored once another session took over.
    struct Ticket {
        std::uint32_t node = 0;
        std::uint64_t number = 0;
        std::string nodeId;
        std::size_t gpus = 0; ///< that the node declared
    };
    struct Admission {
        Ticket ticket;
        AgentWelcome welcome;
    };
    /// Checks Hello against the certificate and the sessions that are there; an older session of the same node ends `superseded`.
    StatusOr<Admission> open(const AgentPeer& peer, const AgentHello& hello, std::weak_ptr<AgentSession> session);
    /// Call after Welcome is on its way: tells the engine, which may answer with commands at once.
    void opened(const Ticket& ticket, const AgentHello& hello);

    void telemetry(const Ticket& ticket, const TelemetryFrame& frame);
    void event(const Ticket& ticket, const FleetEvent& event);
    /// Updates the ticket's GPU count.
    void inventory(Ticket& ticket, const Inventory& inventory);
    void progress(const Ticket& ticket, const StepProgress& progress);
    void report(const Ticket& ticket, const StepReport& report);
    void refuseMessage(const Ticket& ticket, const std::string& why);
    void close(const Ticket& ticket, const std::string& why);

    // AgentGateway
    Status send(const StepCommand& command) override;
    Status cancel(const std::string& nodeId, const std::string& commandId) override;

    /// Sample period asked of a node; kept for its next session too. kDefaultSampleMs ends it.
    void setSampling(const std::string& nodeId, int sampleMs);
    /// Ends the streams that the certificate with this serial opened; answers how many.
    std::size_t endCertificate(const std::string& certificateSerial, const Status& why);
    /// FailedPrecondition unless `seen` is the highest term of another controller that an agent told this one: whoever adopts has read the
    /// alarm that names it.
    Status checkAdopt(std::uint64_t seen) const;
    /// This controller's terms begin at `firstTerm` from now on; all streams end, so that the agents meet the new one. Answers how many.
    std::size_t adopt(std::uint64_t firstTerm);
    /// Each second or more often: links, the engine's onAgentLost with the end of the silent stream, streams whose certificate ran out.
    void tick();
    std::size_t sessionCount() const;
    /// Identity ("busbar://node/…") of the certificate behind the node's stream; empty while it has none.
    std::string peerOf(const std::string& nodeId) const;
    /// Ends all streams (shutdown).
    void endAll(const Status& why);

    static constexpr int kDefaultSampleMs = 1000;

private:
    struct Live {
        std::weak_ptr<AgentSession> session;
        std::uint64_t number = 0, term = 0;
        std::string certificateSerial, identity;
        std::int64_t notAfterWallMs = 0;   ///< of the certificate; 0 unknown
    };
    Status checkHello(const AgentPeer& peer, const AgentHello& hello) const;
    void endExpired();
    void lose(const std::string& nodeId, std::uint64_t lastBefore);
    std::vector<std::pair<std::string, std::shared_ptr<AgentSession>>> sessionsWhere(const std::function<bool(const Live&)>& which) const;
    Status checkSerial(const std::string& name, const AgentHello& hello, const AgentPeer& peer);
    void alarmOfTerm(const AgentHello& hello, std::uint64_t own);
    bool isCurrent(const Ticket& ticket) const;
    bool isCurrentLocked(const Ticket& ticket) const;
    StatusOr<std::pair<std::shared_ptr<AgentSession>, std::uint64_t>> sessionOf(const std::string& nodeId) const;
    void alarm(const std::string& nodeId, const std::string& text);

    const Clock& m_clock;
    FleetTable& m_table;
    const std::string m_site;
    const std::function<bool(std::uint64_t)> m_isOurs;
    AgentEvents* m_events = nullptr;
    std::function<void(const std::string&)> m_touched;
    std::function<void(const AgentHello&, bool)> m_remember;
    std::function<Status(const transport::Identity&)> m_admit;
    mutable std::mutex m_mutex; ///< guards all below
    std::uint64_t m_firstTerm;
    std::uint64_t m_lastNumber = 0, m_takeovers = 0;
    std::uint64_t m_seenTerm = 0; ///< the highest of another controller that an agent told; 0: none
    std::unordered_map<std::string, Live> m_live; ///< by node id
    std::unordered_map<std::string, int> m_sampling;
};

} // namespace busbar::controller
