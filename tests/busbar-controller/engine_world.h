// A site without network for tests of the engine: agents that keep a journal, a fleet table, and time that moves when told.
// The engine is the real one on the real store; agents work when the test pumps them.
#pragma once

#include "busbar-controller/core/ports.h"
#include "busbar-controller/reconcile/engine.h"
#include "state_contract.h"

#include <QtCore/QTemporaryDir>

#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace busbar::controller {

/// Nodes as plans see them, and the service facts the engine published.
class FakeFleet final : public FleetView, public FactsSink {
public:
    void add(NodeStatus node);
    void change(const std::string& id, const std::function<void(NodeStatus&)>& edit);
    Service serviceOf(const std::string& id) const;
    std::vector<FleetEvent> events() const;
    /// Events since the last call.
    std::vector<FleetEvent> takeEvents();

    std::vector<NodeStatus> nodes() const override;
    std::optional<NodeStatus> node(const std::string& nodeId) const override;
    StatusOr<Resolved> resolve(const std::string& filter) const override; ///< "all", else ids that contain it
    void setService(const std::string& nodeId, Service service, const std::string& why, const std::string& who) override;
    void setState(const std::string& nodeId, NodeState state, const std::string& why, const std::string& who) override;
    void setOccupancy(const std::string& nodeId, Occupancy occupancy, const std::optional<LeaseInfo>& lease, const std::string& why, const std::string& who) override;
    void setClosedGpus(const std::string& nodeId, const std::vector<GpuClose>& closed) override;
    void setOverride(const std::string& nodeId, const std::string& sentence, const std::string& who) override;
    void addEvent(const FleetEvent& event) override;
    /// The sentence that stands on the node; "" for none.
    std::string overrideOf(const std::string& id) const;

private:
    mutable std::mutex m_mutex; ///< guards all three
    std::map<std::string, NodeStatus> m_nodes;
    std::map<std::string, std::string> m_overrides;
    std::vector<FleetEvent> m_events;
};

/// A node as its agent has it. The journal survives everything.
struct FakeNode {
    bool connected = true;
    bool closed = false;
    int holders = 0;
    bool unkillable = false;
    bool badMemory = false, readOnly = false;
    bool mig = false, migStays = false; ///< in MIG mode, and it cannot be turned off
    double copyRate = 2903;
    std::vector<TestFigure> figures; ///< of its burn-in; empty: its copy rate alone
    std::string driver = "simulated nvml"; ///< source of what its burn-in reads back
    GpuSettings settings;         ///< as a lease asked for
    std::string tenant;           ///< who has access
    bool noEvidence = false;      ///< verify and inspect report success with nothing read back
    std::string unreadSource;     ///< of one more fact that verify could not read; empty: none
    std::map<StepKind, int> failures; ///< how often a kind still fails
    std::map<std::string, StepReport> journal;
    std::vector<StepCommand> queue; ///< sent, not executed
    std::map<std::string, int> executed; ///< per command id
    std::map<StepKind, int> executedKinds;
    std::vector<std::string> waiting; ///< command ids of waits under way
    std::optional<StepKind> endless;  ///< steps of this kind end only when they are cancelled
    std::optional<std::pair<std::string, StepKind>> computing; ///< such a one under way: its command id
    std::map<StepKind, std::vector<std::string>> scopes; ///< GPUs the last command of a kind was for
    std::string bootId = "boot", machineId = "machine";
    std::vector<GpuIdentity> gpus = {{.pciAddress = "0000:18:00.0", .uuid = "GPU-a"}, {.pciAddress = "0000:2a:00.0", .uuid = "GPU-b"}};
    bool lostJournal = false; ///< as its Hello says
    std::vector<std::string> rebootCommands; ///< command ids for which the node was told to go down
};

class FakeAgents final : public AgentGateway {
public:
    explicit FakeAgents(const Clock& clock) : m_clock(clock) {}
    FakeNode& at(const std::string& id) { return m_nodes[id]; }
    void with(const std::string& id, const std::function<void(FakeNode&)>& edit);
    void connect(Engine& engine, const std::string& id);
    void disconnect(Engine& engine, const std::string& id);
    void connectAll(Engine& engine);
    /// Runs what was sent, one command a node, and reports it; reports of nodes that are away stay in their journal.
    void pump(Engine& engine);
    std::vector<std::string> ids() const;

    Status send(const StepCommand& command) override;
    Status cancel(const std::string& nodeId, const std::string& commandId) override;

private:
    StepReport execute(FakeNode& node, const StepCommand& command);
    void finish(FakeNode& node, const StepReport& report, std::vector<std::pair<std::string, StepReport>>& out, const std::string& id);
    const Clock& m_clock;
    mutable std::mutex m_mutex; ///< guards m_nodes
    std::map<std::string, FakeNode> m_nodes;
};

/// Store, fleet, agents and an engine that can be restarted.
class EngineWorld {
public:
    EngineWorld();
    void addNode(const std::string& id, int holders = 0);
    /// Opens the store and starts an engine; agents connect unless told otherwise.
    void start(bool connect = true);
    void stop();

    Plan plan(const PlanRequest& request);
    StatusOr<ActionPtr> submit(const Plan& plan, const std::string& reason = "test", const std::string& key = {}, const std::string& undoOf = {});
    StatusOr<ActionPtr> cancel(const std::string& id, bool keepClosed = false);
    /// Plans and submits a drain of these nodes; the action's id.
    std::string drain(const std::vector<std::string>& ids, std::int64_t deadlineMs = 600'000, DeadlinePolicy policy = DeadlinePolicy::ask);
    /// Pumps agents until the condition holds, at most 10 s; moves time by `stepMs` a round.
    bool until(const std::function<bool()>& condition, std::int64_t stepMs = 0);
    bool untilState(const std::string& actionId, ActionState state, std::int64_t stepMs = 0);
    ActionPtr action(const std::string& id);
    TargetRecord target(const std::string& actionId, std::size_t index = 0);

    contract::ManualClock clock;
    FakeFleet fleet;
    FakeAgents agents{clock};
    EngineOptions options;
    std::unique_ptr<StateStore> store;
    std::unique_ptr<Engine> engine;
    SqliteOptions storeOptions;

private:
    QTemporaryDir m_dir;
    int m_keys = 0;
};

} // namespace busbar::controller
