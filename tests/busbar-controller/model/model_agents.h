// Simulated agents for the model-based test: each works off one command after the other as the real step runner does, keeps a journal that
// survives everything (intent before act, outcome after), can be killed in the middle of a step, and notes what must never happen to a node.
// Single-threaded; the test's thread only.
#pragma once

#include "busbar-controller/core/ports.h"
#include "busbar-controller/reconcile/engine.h"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace busbar::controller::model {

/// Where a kill hits a step that is under way.
enum class KillPoint : std::uint8_t { beforeEffect, afterEffect };

struct ModelAgent {
    // What a person can do to it.
    int holders = 0;
    bool unkillable = false, badMemory = false, noEvidence = false;
    std::map<StepKind, int> failures; ///< how often a kind still fails
    // The hardware.
    bool closed = false;
    std::string tenant; ///< who has access
    // The process.
    bool connected = false;
    std::deque<StepCommand> queue;
    std::optional<StepCommand> running;
    bool cancelled = false;
    // The journal.
    struct Entry {
        StepCommand command;
        std::optional<StepReport> outcome;
        bool applied = false; ///< its effect is on the hardware
    };
    std::map<std::string, Entry> journal;
    std::uint64_t highestTerm = 0;
    std::map<std::string, int> executions; ///< effects by "action/node/step" without the attempt, of steps that change something
};

class ModelAgents final : public AgentGateway {
public:
    explicit ModelAgents(const Clock& clock) : m_clock(clock) {}

    void add(const std::string& nodeId) { m_agents[nodeId]; }
    ModelAgent& at(const std::string& nodeId) { return m_agents.at(nodeId); }
    const std::map<std::string, ModelAgent>& all() const { return m_agents; }

    // AgentGateway
    Status send(const StepCommand& command) override;
    Status cancel(const std::string& nodeId, const std::string& commandId) override;

    void connect(Engine& engine, const std::string& nodeId);
    void disconnect(Engine& engine, const std::string& nodeId);
    /// The process dies, with its queue; the journal stays.
    void kill(Engine& engine, const std::string& nodeId, KillPoint point);
    /// The controller's process died: all streams are gone, agents go on with what they have.
    void controllerDied();
    /// The newest finished report again, as a link that doubts its delivery does.
    void repeatReport(Engine& engine, const std::string& nodeId);
    /// A command with an older term, as a controller that was replaced would send.
    void staleCommand(const std::string& nodeId);
    /// One unit of work of each agent.
    void work(Engine& engine);

    /// What an agent saw that must never be; empty: nothing.
    const std::vector<std::string>& faults() const { return m_faults; }

private:
    void begin(const std::string& nodeId, ModelAgent& agent);
    void proceed(Engine& engine, const std::string& nodeId, ModelAgent& agent);
    void finish(Engine& engine, const std::string& nodeId, ModelAgent& agent, StepReport report);
    StepReport execute(const std::string& nodeId, ModelAgent& agent, ModelAgent::Entry& entry);
    void apply(const std::string& nodeId, ModelAgent& agent, ModelAgent::Entry& entry);
    void fault(std::string what) { m_faults.push_back(std::move(what)); }

    const Clock& m_clock;
    std::map<std::string, ModelAgent> m_agents;
    std::vector<std::string> m_faults;
};

/// "action/node/step" of a command id "action/node/step.attempt".
std::string stepKeyOf(const std::string& commandId);

} // namespace busbar::controller::model
