// The seams between the controller's parts, so that engine, ingest and services are built and tested apart:
//   services → Engine (reconcile/) → AgentGateway (ingest/) → agents;   ingest → AgentEvents (the engine);   engine → FactsSink (fleet table).
// Implementations say their threading; every call here may come from any thread and must not block on an agent.
#pragma once

#include "base/status.h"
#include "domain/action.h"
#include "domain/node.h"
#include "domain/telemetry.h"

#include <optional>
#include <string>
#include <vector>

namespace busbar::controller {

/// What planning and running need to know of a node now.
struct NodeStatus {
    std::string id;
    NodeFacts facts;
    Source source = Source::unknown;
    Place place;
    AgentPolicy policy;
    bool driverPresent = false;
    std::string driver, bootId;
    SettingLimits settingLimits;
    std::vector<GpuIdentity> gpus;
    std::vector<std::string> gpuLeases;    ///< lease id per GPU slot, "" none
    std::vector<std::string> gpuTenants;   ///< tenant per GPU slot
    std::vector<std::int64_t> gpuPowerW;   ///< kNotRead where unknown
    std::vector<std::int64_t> gpuPowerLimitW; ///< the enforced one, as told last; below 0 where unknown
    std::vector<GpuClose> closedGpus;      ///< closed apart from the node
    std::vector<Process> processes;
    std::int64_t lastSeenWallMs = 0;
};

/// Read side of the fleet; snapshots by value.
class FleetView {
public:
    virtual ~FleetView() = default;
    virtual std::vector<NodeStatus> nodes() const = 0;
    virtual std::optional<NodeStatus> node(const std::string& nodeId) const = 0;
    /// Ids matching a query (empty filter: all), and how many nodes are left out as unknown.
    struct Resolved { std::vector<std::string> ids; std::int64_t leftOut = 0; };
    virtual StatusOr<Resolved> resolve(const std::string& filter) const = 0;
};

/// Way to the agents. A command to a node without a session is Unavailable.
class AgentGateway {
public:
    virtual ~AgentGateway() = default;
    virtual Status send(const StepCommand& command) = 0;
    virtual Status cancel(const std::string& nodeId, const std::string& commandId) = 0;
};

/// An agent that said Hello, as far as the engine needs it.
struct AgentArrival {
    std::string nodeId, bootId, machineId; ///< the ids empty where they could not be read
    std::vector<GpuIdentity> gpus;
    std::vector<StepReport> journal;       ///< outcomes the agent remembers
    bool lostJournal = false;              ///< it keeps a journal, and that knows of no controller
};

/// What agents tell the engine.
class AgentEvents {
public:
    virtual ~AgentEvents() = default;
    /// A session (re)started.
    virtual void onAgentConnected(const AgentArrival& arrival) = 0;
    virtual void onAgentLost(const std::string& nodeId) = 0;
    virtual void onProgress(const std::string& nodeId, const StepProgress& progress) = 0;
    virtual void onReport(const std::string& nodeId, const StepReport& report) = 0;
};

/// Where the reconciler publishes the lifecycle facts that only it writes.
class FactsSink {
public:
    virtual ~FactsSink() = default;
    virtual void setService(const std::string& nodeId, Service service, const std::string& why, const std::string& who) = 0;
    virtual void setState(const std::string& nodeId, NodeState state, const std::string& why, const std::string& who) = 0;
    /// Of all the node's GPUs, with the lease that holds them (nullopt: none). Once set, what a recording says of leases no longer counts.
    virtual void setOccupancy(const std::string& nodeId, Occupancy occupancy, const std::optional<LeaseInfo>& lease, const std::string& why, const std::string& who) = 0;
    /// All of the node's GPUs that are closed apart from it; the others follow the node.
    virtual void setClosedGpus(const std::string& nodeId, const std::vector<GpuClose>& closed) = 0;
    /// A person went past a failed check of the node: who, when and why, as a sentence that stands on it; empty: a check has passed since.
    virtual void setOverride(const std::string& nodeId, const std::string& sentence, const std::string& who) = 0;
    virtual void addEvent(const FleetEvent& event) = 0;
};

} // namespace busbar::controller
