// Simulated agents for the model-based test: each works off one command after the other as the real step runner does, keeps a journal that
// survives everything (intent before act, outcome after), can be killed in the middle of a step, its machine can lose its power, and it notes
// what must never happen to a node. Single-threaded; the test's thread only.
#pragma once

#include "busbar-controller/core/ports.h"
#include "busbar-controller/reconcile/engine.h"

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace busbar::controller::model {

inline constexpr std::size_t kGpus = 2; ///< of each node

/// Where a kill hits a step that is under way.
enum class KillPoint : std::uint8_t { beforeEffect, afterEffect };

struct ModelGpu {
    int holders = 0;
    bool closed = false;
    std::string tenant; ///< who has access
    bool used = true;   ///< not scrubbed since somebody had it
    bool proven = false; ///< its canary was right since its tenant was let in
    bool mig = false;    ///< in MIG mode, in which nothing computes on the whole of it
};

struct ModelAgent {
    // What a person can do to it.
    bool unkillable = false, badMemory = false, noEvidence = false;
    bool stubborn = false;            ///< its reboot command does nothing
    std::map<StepKind, int> failures; ///< how often a kind still fails
    // The hardware.
    std::array<ModelGpu, kGpus> gpus;
    int boots = 0;                    ///< lives of the machine before this one
    int downFor = 0;                  ///< units of work until it is up again; 0: it is up
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
        bool resumed = false; ///< begun by a process that is gone
        int bootsBefore = 0;  ///< a reboot: `boots` when it was issued
        std::int64_t issuedBootMs = 0;
    };
    std::map<std::string, Entry> journal;
    std::set<std::string> received; ///< ids of commands that ever reached it
    std::uint64_t highestTerm = 0;
    std::map<std::string, int> executions; ///< effects by "action/node/step" without the attempt, of steps that change something

    std::string bootId() const { return "boot-" + std::to_string(boots); }
    bool isUp() const { return downFor == 0; }
};

class ModelAgents final : public AgentGateway {
public:
    explicit ModelAgents(const Clock& clock) : m_clock(clock) {}

    void add(const std::string& nodeId);
    ModelAgent& at(const std::string& nodeId) { return m_agents.at(nodeId); }
    const ModelAgent& at(const std::string& nodeId) const { return m_agents.at(nodeId); }
    const std::map<std::string, ModelAgent>& all() const { return m_agents; }

    // AgentGateway
    Status send(const StepCommand& command) override;
    Status cancel(const std::string& nodeId, const std::string& commandId) override;

    /// Nothing while its machine is down.
    void connect(Engine& engine, const std::string& nodeId);
    void disconnect(Engine& engine, const std::string& nodeId);
    /// The process dies, with its queue; the journal stays.
    void kill(Engine& engine, const std::string& nodeId, KillPoint point);
    /// The machine goes down, with all processes and what its GPUs were set to, and comes up some units of work later in another life.
    void losePower(Engine& engine, const std::string& nodeId, KillPoint point, int downFor);
    /// The controller's process died: all streams are gone, agents go on with what they have.
    void controllerDied();
    /// The newest finished report again, as a link that doubts its delivery does.
    void repeatReport(Engine& engine, const std::string& nodeId);
    /// A command with an older term, as a controller that was replaced would send.
    void staleCommand(const std::string& nodeId);
    /// One unit of work of each agent.
    void work(Engine& engine);

    /// Before a command of the engine is taken; and before a hello, with the boot id that it tells.
    std::function<void(const StepCommand&)> onSend;
    std::function<void(const std::string& nodeId, const std::string& bootId)> onHello;
    /// The processes on its GPUs changed by themselves.
    std::function<void(const std::string& nodeId)> onProcesses;

    /// What an agent saw that must never be; empty: nothing.
    const std::vector<std::string>& faults() const { return m_faults; }

private:
    void take(ModelAgent& agent, const StepCommand& command);
    void begin(ModelAgent& agent);
    void proceed(Engine& engine, const std::string& nodeId, ModelAgent& agent);
    void proceedReboot(Engine& engine, const std::string& nodeId, ModelAgent& agent, ModelAgent::Entry& entry);
    void finish(Engine& engine, const std::string& nodeId, ModelAgent& agent, StepReport report);
    StepReport execute(const std::string& nodeId, ModelAgent& agent, ModelAgent::Entry& entry);
    void apply(const std::string& nodeId, ModelAgent& agent, ModelAgent::Entry& entry);
    void applyToGpu(const std::string& uuid, ModelAgent& agent, ModelGpu& gpu, const StepCommand& command);
    void checkOnce(const std::string& nodeId, ModelAgent& agent, const StepCommand& command);
    void checkVerified(const std::string& nodeId, const ModelAgent& agent, const StepCommand& command);
    void fault(std::string what) { m_faults.push_back(std::move(what)); }

    const Clock& m_clock;
    std::map<std::string, ModelAgent> m_agents;
    std::vector<std::string> m_faults;
};

/// "GPU-pdx1/n007-1".
std::string gpuName(const std::string& nodeId, std::size_t slot);
/// "action/node/step" of a command id "action/node/step.attempt".
std::string stepKeyOf(const std::string& commandId);

} // namespace busbar::controller::model
