// The engine's memory: open and recent actions, who holds which node, which agents are there. Only the event thread touches it.
// Everything but TargetLive and EngineState's links is in the state store too and is read from there after a restart.
#pragma once

#include "busbar-controller/health/fleet_figures.h"
#include "busbar-controller/state/action_records.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace busbar::controller {

/// What a target needs while this controller lives; times are the boot clock's, milliseconds.
struct TargetLive {
    bool sent = false;                     ///< the open command went to the session that stands now
    bool mayRun = false;                   ///< the open command left once: its agent may be at it, or have done it
    std::int64_t sentBootMs = 0;
    std::int64_t retryBootMs = 0;          ///< when a read is repeated; 0 none
    int failures = 0;                      ///< of the open read
    std::int64_t endAskedBootMs = 0;       ///< when the wait was told to end at its deadline; 0 not
    bool parked = false;                   ///< its agent came back, or its long wait ended, while its failure domain was full: nothing is sent until there is room
    bool yielded = false;                  ///< only waits for its holders and will for long: fills no place, takes one again for its next step
    bool deadlineTold = false;             ///< people were told that the deadline passed
    std::int64_t progressWrittenBootMs = 0;
    bool progressUnwritten = false;
};

struct ActionRun {
    ActionHead head;                       ///< head.action holds targets and log here
    std::vector<TargetLive> live;          ///< beside head.action.targets
    std::set<std::size_t> active;          ///< targets running or verifying
    std::size_t nextWaiting = 0;           ///< no target before this one is waiting
    bool headChanged = false;
    std::set<std::size_t> targetsChanged;
    std::size_t logBase = 0, logWritten = 0; ///< number of log.front() since the action began, and how many lines are stored
    bool unpublished = false;
    std::string queuedBehind;              ///< an action that holds a node this one waits for; "" none
    std::string roomWhy;                   ///< what is full while nothing of this action is under way; "" nothing
    std::int64_t publishedBootMs = 0;

    Action& action() { return head.action; }
    const Action& action() const { return head.action; }
};

/// A target of an action; valid while the run is in memory.
struct TargetRef {
    ActionRun* run = nullptr;
    std::size_t index = 0;
    TargetRecord& record() const { return run->head.action.targets[index]; }
    TargetLive& live() const { return run->live[index]; }
    Action& action() const { return run->head.action; }
    const std::string& node() const { return record().nodeId; }
    /// Whose steps and rules it goes through: the action's verb, or a swap's part (domain/lifecycle.h).
    Verb verb() const;
};

/// Which target holds a node. Written by the event thread, read by plans on any thread.
class Holders {
public:
    void set(const TargetRef& target);
    /// Frees the node if a target of that run holds it.
    void release(const std::string& nodeId, const ActionRun& run);
    /// run is nullptr when nobody holds it. Event thread only.
    TargetRef find(const std::string& nodeId) const;
    /// Id of the action that holds it, "" for none.
    std::string actionOf(const std::string& nodeId) const;

private:
    struct Holder {
        TargetRef target;
        std::string actionId; ///< apart from the run, which may leave the memory while a plan asks
    };
    mutable std::mutex m_mutex; ///< guards m_targets
    absl::flat_hash_map<std::string, Holder> m_targets;
};

/// Nodes that left `open` lately, for the site's breaker.
class RecentCloses {
public:
    void add(const std::string& nodeId, std::int64_t bootMs);
    void forgetBefore(std::int64_t bootMs);
    void clear();
    /// The node is open again: its close takes no capacity any more.
    void opened(const std::string& nodeId) { m_nodes.erase(nodeId); }
    /// Different nodes that are still closed.
    std::size_t count() const { return m_nodes.size(); }
    /// Likewise, counting `nodeId` as one of them.
    std::size_t countWith(const std::string& nodeId) const { return m_nodes.size() + (m_nodes.contains(nodeId) ? 0 : 1); }

private:
    std::deque<std::pair<std::int64_t, std::string>> m_order; ///< oldest first
    absl::flat_hash_map<std::string, std::int64_t> m_nodes; ///< when it was closed last
};

struct EngineState {
    std::map<std::string, std::unique_ptr<ActionRun>> runs;         ///< by action id, so oldest first
    Holders holders;
    absl::flat_hash_map<std::string, TargetRef> resumable;          ///< node → target that is unknown and goes on when the agent is back
    absl::flat_hash_map<std::string, TargetRef> lastClose;          ///< node → newest target whose close step succeeded
    absl::flat_hash_map<std::string, Service> services;
    absl::flat_hash_map<std::string, NodeState> states;             ///< of nodes whose state an action moved
    absl::flat_hash_map<std::string, LeaseRecord> leases;           ///< of nodes that are not free
    RecentCloses closes;
    std::size_t closesTold = 0;                                     ///< as watchers of the actions know it
    std::int64_t nextLeaseLookBootMs = 0;
    std::map<std::string, std::int64_t> leaseRetries;               ///< lease id → when its release is tried again
    absl::flat_hash_map<std::string, std::vector<GpuClose>> closedGpus; ///< of nodes with GPUs closed apart from them
    absl::flat_hash_map<std::string, std::string> bootIds;          ///< as the node's agent told last
    absl::flat_hash_map<std::string, std::string> machines;         ///< what was seen of the node's machine last (machine.h)
    absl::flat_hash_map<std::string, std::string> overrides;        ///< of nodes whose failed check a person overrode: who, when and why, as a sentence
    absl::flat_hash_set<std::string> connected;
    struct Lost { std::int64_t wallMs = 0, bootMs = 0; };
    absl::flat_hash_map<std::string, Lost> lost;                    ///< nodes whose agent was seen to leave
    FleetFigures figures;                                           ///< the newest of each GPU's and node's burn-ins
    std::int64_t startedBootMs = 0;
};

/// The step that is open, nullptr for none.
StepRecord* openStep(TargetRecord& target);
/// The first step of that kind, nullptr for none.
StepRecord* stepOf(TargetRecord& target, StepKind kind);

} // namespace busbar::controller
