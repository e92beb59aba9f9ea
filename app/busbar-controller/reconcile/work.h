// One turn of the engine: what it decides is noted here, journaled in one transaction, and only then done. A turn whose transaction
// fails (full disk) keeps its notes; the next flush writes them again, and nothing leaves before. Only the event thread uses it.
#pragma once

#include "busbar-controller/reconcile/engine.h"
#include "busbar-controller/reconcile/run.h"
#include "domain/fact_tables.h"

namespace busbar::controller {

class Work {
public:
    Work(StateStore& store, const FleetView& fleet, AgentGateway& agents, FactsSink& facts, const Clock& clock, const EngineOptions& options);

    /// Reads the clock for the turn that begins.
    void beginTurn();
    std::int64_t wallMs() const { return m_wallMs; }
    std::int64_t bootMs() const { return m_bootMs; }

    void changed(ActionRun& run);
    void changed(const TargetRef& target);
    /// Appends to the action's log, which keeps its newest 2,000 lines.
    void log(ActionRun& run, const std::string& nodeId, std::string text);
    /// Moves the node's service, in the journal and then in the fleet; one that leaves `open` counts for the site's breaker. A move that lifecycle.h forbids is not made; it is counted in
    /// forbiddenMoves and told as an event, since it is a fault of the engine.
    void setService(const std::string& nodeId, Service service, const std::string& why, const std::string& who);
    /// Moves the service of one GPU apart from its node's, by the same table; an open one follows its node again.
    void setGpuService(const std::string& nodeId, const std::string& uuid, Service service, const std::string& why, const std::string& who);
    Service gpuServiceOf(const std::string& nodeId, const std::string& uuid) const;
    /// The boot id that counts from now on.
    void noteBoot(const std::string& nodeId, const std::string& bootId);
    /// What counts from now on as the node's machine (machine.h).
    void noteMachine(const std::string& nodeId, const std::string& record);
    /// A person goes past a failed check of the node: the sentence stands on it from now on; empty: a check has passed.
    void setOverride(const std::string& nodeId, const std::string& sentence, const std::string& who);
    /// Moves the node's state by the table of the five facts; a move that does not exist is not made and told as a fault.
    void moveState(const std::string& nodeId, StateEvent event, const std::string& why, const std::string& who);
    /// Moves the occupancy of the node's GPUs likewise. `lease` is taken over when the node had none; a node that becomes free has none.
    void moveOccupancy(const std::string& nodeId, OccupancyEvent event, const LeaseInfo& lease, const std::string& why, const std::string& who);
    /// The node's record in state.leases was edited: it is journaled.
    void noteLease(const std::string& nodeId) { m_leases.insert(nodeId); }
    /// Likewise, and what is shown of it has changed.
    void changedLease(const std::string& nodeId);
    /// Facts of the node changed in this turn, and the fleet does not show them yet.
    bool isUnpublished(const std::string& nodeId) const { return m_services.contains(nodeId) || m_states.contains(nodeId) || m_leases.contains(nodeId) || m_gpus.contains(nodeId); }
    Occupancy occupancyOf(const std::string& nodeId) const;
    /// As the engine moved it last, else as the fleet shows it.
    NodeState stateOf(const std::string& nodeId) const;
    /// Sends the target's open command once the journal has it.
    void send(const TargetRef& target);
    void cancelCommand(const std::string& nodeId, const std::string& commandId);
    void event(const std::string& nodeId, int severity, std::string text);
    /// Goes into the audit together with what this turn journals.
    void audit(AuditNote note, std::string result);
    /// Writes a key of the engine's own with this turn.
    void put(std::string key, std::string value) { m_puts[std::move(key)] = std::move(value); }
    /// Runs at the turn's end, after the journal was written and readers see it, or with the error when it could not be written.
    void reply(std::function<void(const Status&)> reply);
    void noteReport() { m_reports = true; }
    /// The signed report of a target's step, kept apart from the action (Actions.Evidence has it).
    void keepProof(const TargetRef& target, const StepProof& proof);
    /// Something to show changed that need not be journaled: the blockers of a wait.
    void progressed(ActionRun& run) { m_unpublished.insert(&run); }

    /// Journals and then does what was noted.
    Status flush();
    /// Gives the turn's replies.
    void answer(const Status& journaled);
    /// Actions whose change was journaled and not yet published.
    const std::set<ActionRun*>& unpublished() const { return m_unpublished; }
    /// What changed of it could not be journaled, so it is not shown either.
    bool isUnjournaled(ActionRun& run) const { return m_behind && m_changed.contains(&run); }
    void published(ActionRun& run) { m_unpublished.erase(&run); }
    /// All of it is in the journal and with the watchers; nothing that this turn has to do is about it.
    bool isAllTold(ActionRun& run) const { return !m_changed.contains(&run) && !m_unpublished.contains(&run); }
    /// Forgets an action that leaves the memory, which is all told and does not go on.
    void forget(ActionRun& run);

    bool isConnected(const std::string& nodeId) const { return state.connected.contains(nodeId); }
    /// "waiting for the agent, lost since …".
    std::string waitingForAgent(const std::string& nodeId) const;

    StateStore& store;
    const FleetView& fleet;
    const EngineOptions& options;
    EngineState state;
    std::uint64_t forbiddenMoves = 0;

private:
    void forbid(const std::string& nodeId, const Status& why);
    Transaction transaction();
    void addRun(ActionRun& run, Transaction& transaction);
    void deliver(const TargetRef& target, const std::string& commandId);
    StepCommand commandOf(const TargetRef& target, const StepRecord& step) const;
    void clearNotes(std::uint64_t revision);

    AgentGateway& m_agents;
    FactsSink& m_facts;
    const Clock& m_clock;
    std::int64_t m_wallMs = 0, m_bootMs = 0;
    std::set<ActionRun*> m_changed, m_unpublished;
    absl::flat_hash_map<std::string, ServiceRecord> m_services; ///< by node id
    absl::flat_hash_map<std::string, StateRecord> m_states;     ///< by node id
    absl::flat_hash_set<std::string> m_leases;                  ///< node ids whose lease record changed
    std::map<std::string, std::string> m_puts;
    absl::flat_hash_set<std::string> m_gpus, m_boots, m_overrides; ///< node ids whose closed GPUs, whose boot id, whose override changed
    std::vector<AuditNote> m_audits;
    std::vector<std::function<void()>> m_effects;               ///< in order
    std::vector<std::function<void(const Status&)>> m_replies;
    bool m_reports = false;
    bool m_behind = false;                                      ///< the last flush failed
};

inline constexpr std::size_t kMaxLogLines = 2'000;

} // namespace busbar::controller
