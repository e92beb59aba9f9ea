// The action engine: the only writer of lifecycle state (design.md §8, lifecycle.md §2, §3). Turns a submitted plan into steps per node,
// sends them through the AgentGateway, judges the agents' reports and publishes `service` through the FactsSink.
//
// Threads: one event thread works through an inbox. All it decides in one turn is journaled in one transaction of the StateStore *before*
// any command leaves, any fact is published or any caller is answered; it never waits for an agent. Every public function may be called
// from any thread and returns at once; answers of submit and cancel come on the event thread.
// After a restart `start` reads all open actions from the store and goes on: a command whose report is in the agent's journal is taken,
// any other open one is sent again under the same command id, which agents run once.
#pragma once

#include "base/clock.h"
#include "busbar-controller/core/ports.h"
#include "busbar-controller/state/state_store.h"
#include "domain/deadline_decision.h"
#include "domain/role.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace busbar::controller {

/// What the site's nodes should run (lifecycle.md §4, precheck); what is empty is not held against anything.
struct Baseline {
    std::string driver;                       ///< "570.124.06"
    std::map<std::string, std::string> vbios; ///< by NVML's name of the model: "NVIDIA H200" → "96.00.C8.00.01"
};

struct EngineOptions {
    std::string site;
    std::size_t maxConcurrent = 64;            ///< nodes worked on at a time at the site
    std::size_t approvalNodes = 32;            ///< plans over more nodes are marked as needing approval
    std::int64_t planValidMs = 600'000;
    std::int64_t graceMs = kRestartGraceMs;    ///< after start no agent counts as lost
    std::int64_t tickMs = 200;                 ///< how often limits and deadlines are looked at
    std::int64_t publishMs = 100;              ///< least time between two published versions of an action; grows with its targets
    std::int64_t progressWriteMs = 2'000;      ///< least time between two store writes of one target's blockers
    std::int64_t retryBackoffMs = 1'000;       ///< first pause before a read is repeated; doubles
    std::size_t waveNodes = 8;                 ///< actions on more nodes go in waves: 1, 5 %, the rest
    std::size_t firstWaveNodes = 1;
    std::size_t wavePercent = 5;
    std::size_t maxPerPdu = 16, maxPerLeaf = 32; ///< nodes worked on at a time in a failure domain
    std::size_t breakerFailures = 3, breakerPercent = 10; ///< of a wave: what pauses the action
    bool approval = true;                      ///< plans over the threshold wait for a second person
    /// Puts rule, threshold and its source to the figures of a node's report; unset: figures are told, not judged.
    std::function<void(const NodeStatus& node, std::vector<TestFigure>& figures)> thresholds;
    Baseline baseline;                         ///< a lease's precheck refuses a node that differs from it
    std::size_t siteBreakerPercent = 50, siteBreakerNodes = 10; ///< more of the site's nodes, and at least so many, closed within siteBreakerMs pause all closing
    std::int64_t siteBreakerMs = 300'000;
    std::int64_t leaseGraceMs = 3'600'000;     ///< from a lease's end to the release that the controller submits
    DeadlinePolicy leaseEndPolicy = DeadlinePolicy::wait; ///< of that release, for processes that are still there
    bool ownThread = true;                     ///< false: turns run when runTurn is called (tests under a clock of their own)
    /// Who signed a report of that node ("busbar://node/…"); the error says why it counts for nothing. Unset: reports are taken as they are.
    std::function<StatusOr<std::string>(const std::string& nodeId, const StepReport& report)> signerOf;
    std::size_t endedInMemory = 500;           ///< ended actions kept in memory; older ones are read from the store when asked for
    std::int64_t reportGraceMs = 30'000;       ///< past a step's longest time before a silent agent's step is `unknown`
};

struct SubmitRequest {
    std::string planId, reason, idempotencyKey, undoOf;
    std::string actor; ///< who, from the verified certificate
    AuditNote audit;   ///< its result is filled in; committed with the action. A refused submit is the caller's to audit.
};

struct SubmitNeed {
    Verb verb = Verb::unknown;
    Right right = Right::force;
};

struct CancelRequest {
    std::string actionId, reason, actor;
    bool keepClosed = false;
    AuditNote audit; ///< as in SubmitRequest
};

/// Approve, pause or resume.
struct DecideRequest {
    std::string actionId, reason, actor;
    AuditNote audit; ///< as in SubmitRequest
    DeadlineDecision deadline; ///< of a resume
};

struct ExtendRequest {
    std::string leaseId, reason, actor;
    std::int64_t byMs = 0;
    AuditNote audit; ///< as in SubmitRequest
};
struct LeaseExtension {
    std::string leaseId, tenant;
    std::int64_t untilWallMs = 0;
    std::size_t nodes = 0;
};

using ActionPtr = std::shared_ptr<const Action>;

class EngineCore;
class Work;
struct ActionRun;

class Engine final : public AgentEvents {
public:
    /// All references must outlive the engine.
    Engine(StateStore& store, const FleetView& fleet, AgentGateway& agents, FactsSink& facts, const Clock& clock, EngineOptions options);
    ~Engine() override;

    /// Reads the store, publishes each node's stored service (also of nodes that have not connected yet) and starts the event thread.
    Status start();
    /// Ends the event thread after the turn it is in; nothing is lost, a later start goes on. Also done by the destructor.
    void stop();
    /// One turn on the caller's thread, for an engine without its own.
    void runTurn();

    /// Read only; runs on the caller's thread. NotFound names all unknown ids; the plan is valid for EngineOptions::planValidMs.
    StatusOr<Plan> plan(const PlanRequest& request);
    /// Plan of the inverse of a finished action, over the targets it changed.
    StatusOr<Plan> planUndo(const std::string& actionId);

    /// What a submit of that plan under that key needs: what its plan needs, and where that is gone (a restart) what the action needs that an
    /// earlier submit made with the key. NotFound when there is neither.
    StatusOr<SubmitNeed> needOfSubmit(const std::string& planId, const std::string& idempotencyKey) const;

    using Reply = std::function<void(StatusOr<ActionPtr>)>;
    /// Journals the action and answers. Same idempotency key and body: the same action; other body: AlreadyExists. FailedPrecondition
    /// lists what changed since the plan; NotFound when the plan is not (or no longer) known.
    void submit(SubmitRequest request, Reply reply);
    /// Answers with the action whose sentence says what it stops after.
    void cancel(CancelRequest request, Reply reply);

    /// decide.h says when each is refused.
    void approve(DecideRequest request, Reply reply);
    void pause(DecideRequest request, Reply reply);
    void resume(DecideRequest request, Reply reply);

    /// lease_end.h says when it is refused.
    void extendLease(ExtendRequest request, std::function<void(StatusOr<LeaseExtension>)> reply);

    StatusOr<ActionPtr> action(const std::string& id) const;
    /// Newest first, at most `limit` (0: all kept in memory).
    std::vector<ActionPtr> actions(std::size_t limit, bool openOnly) const;
    /// Calls `watcher` with each action in memory, oldest first, then with nullptr, then (on the event thread) with an action each time
    /// it changed, until the handle is destroyed. Calls never overlap and must be short; they must neither block nor call the engine,
    /// nor destroy the handle. Changes of large actions are merged.
    using Watcher = std::function<void(const ActionPtr&)>;
    std::shared_ptr<void> watch(Watcher watcher);
    /// Why the journal cannot be written at the moment (a full disk); OK when it can.
    Status health() const;

    // AgentEvents
    void onAgentConnected(const AgentArrival& arrival) override;
    void onAgentLost(const std::string& nodeId) override;
    void onProgress(const std::string& nodeId, const StepProgress& progress) override;
    void onReport(const std::string& nodeId, const StepReport& report) override;

private:
    void decide(DecideRequest request, Status (*apply)(Work&, ActionRun&, const DecideRequest&), Reply reply);
    std::unique_ptr<EngineCore> m_core;
};

} // namespace busbar::controller
