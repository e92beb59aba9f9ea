// The agent's end of AgentLink.Session: dials the site's controllers in turn, says Hello, keeps one stream, comes back with backoff.
// gRPC callback API; `send…` never block: telemetry is bounded (the oldest goes first), reports and events are kept until a stream takes
// them. Handlers are called on gRPC's threads or the link's own, one at a time. All functions are thread-safe.
#pragma once

#include "domain/telemetry.h"
#include "transport/credentials.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace busbar::agent {

struct LinkConfig {
    std::string site;                     ///< whose controller is expected
    std::vector<std::string> controllers; ///< "host:port"
    transport::TlsFiles tls;
};

struct LinkHandlers {
    std::function<AgentHello()> hello;                ///< made anew for each session
    std::function<void(const AgentWelcome&)> welcome; ///< the session stands
    std::function<void(StepCommand)> command;
    std::function<void(const std::string& commandId, std::uint64_t term)> cancel;
    std::function<void(int sampleMs)> sampling;
    std::function<void(const Status& why)> down;
};

class AgentLink {
public:
    AgentLink(LinkConfig config, LinkHandlers handlers);
    ~AgentLink();
    AgentLink(const AgentLink&) = delete;
    AgentLink& operator=(const AgentLink&) = delete;

    void start();
    void stop();

    void send(const TelemetryFrame& frame);
    void send(const StepProgress& progress);
    void send(const StepReport& report);
    void send(const FleetEvent& event);

private:
    class Core;
    std::shared_ptr<Core> m_core;
};

} // namespace busbar::agent
