// A site of 500 simulated nodes under the real engine on the real store, in one thread: a turn of the engine, a unit of work of each agent,
// a moment of time, and after each the invariants. Everything that happens is decided by the script, so a failure can be shrunk.
#pragma once

#include "../engine_world.h"
#include "model_agents.h"

#include <QtCore/QTemporaryDir>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace busbar::controller::model {

inline constexpr int kNodes = 500;
/// Small ones, so that they are reached.
inline constexpr std::size_t kMaxPerPdu = 3, kMaxPerLeaf = 5, kMaxAtSite = 24;

std::string nodeName(int number); ///< "pdx1/n007"

class ModelWorld {
public:
    ModelWorld();
    ~ModelWorld();

    /// One turn; the invariants are checked after it.
    void turn(std::int64_t ms = 250);
    void turns(int count, std::int64_t ms = 250);
    /// The controller dies and starts again on its store; what it shows then must be what it showed before. Agents come back where asked.
    void restart(bool agentsComeBack);
    /// Everything works again and time passes: all actions end, or say what they wait for; people decide, and then all end.
    void heal();

    StatusOr<Plan> plan(const PlanRequest& request) { return engine->plan(request); }
    void submit(const std::string& planId, const std::string& user, const std::string& key, const std::string& undoOf = {});
    void decide(void (Engine::*what)(DecideRequest, Engine::Reply), const std::string& id, const std::string& user);
    void resume(const std::string& id, const std::string& user, const DeadlineDecision& deadline);
    void cancel(const std::string& id, bool keepClosed, const std::string& user);
    void extend(const std::string& leaseId, std::int64_t byMs, const std::string& user);
    void setHolders(const std::string& nodeId, std::size_t slot, int holders);
    /// Ids of all actions, oldest first.
    std::vector<std::string> actionIds() const;
    ActionPtr action(const std::string& id) const;
    /// The first thing that must never be; empty while all is well.
    std::string fault;
    void note(const std::string& what) { if (fault.empty()) fault = what; }

    contract::ManualClock clock;
    FakeFleet fleet;
    ModelAgents agents{clock};
    EngineOptions options;
    std::unique_ptr<StateStore> store;
    std::unique_ptr<Engine> engine;
    std::set<std::string> seenStarted; ///< "action/target" that were seen to have started
    std::set<std::string> seenEnded;   ///< likewise that were seen to have ended
    std::string lastPlan, lastKey, lastUser;
    std::map<std::string, std::string> actionOfKey;
    std::map<std::string, std::map<std::string, std::size_t>> places; ///< action → node → its place among the targets
    std::map<std::string, ActionPtr> shown; ///< each action as it was shown last
    std::set<std::string> awayMeanwhile; ///< nodes whose agent was away while nothing could be journaled: what was decided then shows later
    std::map<std::string, int> saidNothing; ///< turns for which an action did nothing and did not say why
    std::set<std::string> mustClose;   ///< nodes that came up again unasked and were open
    static std::string textOf(const Action& action);

private:
    void start();
    void freeBeforeStart();
    void hello(const std::string& nodeId, const std::string& bootId);
    void showProcesses(const std::string& nodeId);
    void checkReply(const char* what, const Status& reply);
    std::string books() const;
    bool settle(int rounds);
    void checkHealed();
    void checkActive(const NodeStatus& node);
    void checkHealedGpu(const NodeStatus& node, std::size_t slot);
    QTemporaryDir m_dir;
};

/// Looks at everything from outside; notes the first invariant that does not hold.
void checkInvariants(ModelWorld& world);
/// Leases and swaps, when a target of them ends: who has which GPU, and that it was made ready (lifecycle.md §4).
void checkLeases(ModelWorld& world, const Action& action);
/// No command leaves whose step the journal does not have under way.
void checkJournaled(ModelWorld& world, const StepCommand& command);

} // namespace busbar::controller::model
