// An agent's end of AgentLink.Session: says Hello, keeps one stream, comes back with backoff. It has no thread: its owner calls poll()
// at least each second; one owner may run thousands of links over a few channels.
// `send…` never block and are thread-safe, as is closing; poll is called by one thread. Handlers are called on gRPC's threads, but
// `hello` and `down` in poll.
#pragma once

#include "domain/telemetry.h"
#include "transport/credentials.h"

#include <functional>
#include <memory>
#include <string>

namespace grpc {
class Channel;
}

namespace busbar::transport {

struct AgentLinkHandlers {
    /// The channel of the next try; called before each session. An error counts as a failed try.
    std::function<StatusOr<std::shared_ptr<grpc::Channel>>()> dial;
    std::function<AgentHello()> hello;                ///< made anew for each session
    std::function<void(const AgentWelcome&)> welcome; ///< the session stands
    std::function<void(StepCommand)> command;
    std::function<void(const std::string& commandId, std::uint64_t term)> cancel;
    std::function<void(int sampleMs)> sampling;
    std::function<void(const std::string& sentence)> notice;
    std::function<void(const Status& why)> down;
};

class AgentLink {
public:
    explicit AgentLink(AgentLinkHandlers handlers, std::int64_t firstRetryMs = 500);
    ~AgentLink(); ///< Cancels and waits for the stream's end.
    AgentLink(const AgentLink&) = delete;
    AgentLink& operator=(const AgentLink&) = delete;

    /// Dials when it is time; notices an ended stream.
    void poll(std::int64_t nowBootMs);
    /// Welcome came and the stream has not ended.
    bool connected() const;
    /// Connected, and everything sent so far has gone out on the stream.
    bool allSent() const;
    /// Ends the stream now; poll dials again after `pauseMs`.
    void hangUp(std::int64_t nowBootMs, std::int64_t pauseMs);

    void send(const TelemetryFrame& frame);
    void send(const StepProgress& progress);
    void send(const StepReport& report);
    void send(const FleetEvent& event);
    void send(const Inventory& inventory);

private:
    class Core;
    std::shared_ptr<Core> m_core; ///< shared with the running session
};

} // namespace busbar::transport
