// What an agent says over AgentLink.Session, as values. Pure values; wire/agent_codec.h bounds and validates them.
#pragma once

#include "domain/action.h"
#include "domain/node.h"

#include <optional>
#include <string>
#include <vector>

namespace busbar {

/// The agents' protocol; a controller refuses another major with a sentence.
inline constexpr int kAgentProtocol = 1;

struct AgentHello {
    int protocol = kAgentProtocol;
    std::string nodeId;     ///< "site/name"; must match the certificate
    std::string instanceId; ///< random, one life of the agent process
    std::string agentVersion;
    Source source = Source::unknown;
    Place place;
    Inventory inventory;
    AgentPolicy policy;
    std::uint64_t highestTerm = 0;
    /// Outcomes of commands the journal still holds, so that nothing is run again.
    std::vector<StepReport> journal;
    /// Leases as a recording or model knows them (replayed/simulated nodes only; refused from live agents).
    std::vector<LeaseInfo> leases;
};

/// Controller's answer to Hello.
struct AgentWelcome {
    std::uint64_t term = 0;        ///< fencing term
    int sampleMs = 1000;           ///< telemetry period
    std::int64_t controllerWallMs = 0;
};

/// One sample of a node; `values` of a column are per GPU slot in Inventory::gpus order.
struct TelemetryFrame {
    std::int64_t observedWallMs = 0;
    std::vector<MetricColumn> columns;
    HostSample host;
    /// Set only when the list changed or on watched nodes; nullopt = as before.
    std::optional<std::vector<Process>> processes;
    /// Collectors that hang, "stuck since …" sentences.
    std::vector<std::string> stuck;
    /// Per GPU slot lease id ("" none) when it changed (replayed/simulated nodes); nullopt = as before.
    std::optional<std::vector<std::string>> gpuLeases;
    std::vector<LeaseInfo> newLeases;
};

} // namespace busbar
