// A site's controller as one object: store, fleet, fan-out, history, engine and services behind a mutual-TLS port. main.cpp runs one; tests
// run it in process.
#pragma once

#include "base/clock.h"
#include "base/status.h"
#include "busbar-controller/config.h"

#include <memory>
#include <string>

namespace busbar::controller {

class AgentIngest;
class Engine;
class FleetTable;
class Publisher;
class StateStore;

class ControllerServer {
public:
    /// Opens the store and the port; the error says what is in the way (port in use, damaged database, missing certificate).
    static StatusOr<std::unique_ptr<ControllerServer>> start(const Config& config, const Clock& clock = systemClock());
    /// Ends streams with "the controller is stopping", then the services, then the store.
    ~ControllerServer();

    /// "host:port" with the real port.
    const std::string& address() const;
    /// Empty without an enrolment port.
    std::string enrolAddress() const;
    FleetTable& fleet();
    AgentIngest& ingest();
    StateStore& store();
    Publisher& publisher();
    Engine& engine();
    /// One round of what the server's own thread does each 250 ms: links, findings; history once a second. For tests with a FakeClock.
    void tick();

private:
    struct Parts;
    explicit ControllerServer(std::unique_ptr<Parts> parts);
    static Status openEnrolment(Parts& parts, const Config& config, const std::string& rootPem);
    static Status openPort(Parts& parts, const Config& config, const std::string& rootPem);
    std::unique_ptr<Parts> m_parts;
};

} // namespace busbar::controller
