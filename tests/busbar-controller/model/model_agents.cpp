#include "model_agents.h"

#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller::model {
namespace {

Evidence fact(const char* name, const std::string& after, const std::string& expected, std::int64_t wallMs) {
    return {"GPU-1", name, "", after, expected, "", "model", after == expected ? Verdict::asSet : Verdict::notAsSet, wallMs};
}

std::vector<Blocker> blockersOf(const ModelAgent& agent) {
    std::vector<Blocker> list;
    for (int i = 0; i < agent.holders; ++i) list.push_back({1000 + i, "tenant", "train.py", "", "GPU-1", 100, 5000, ""});
    return list;
}

} // namespace

std::string stepKeyOf(const std::string& commandId) { return commandId.substr(0, commandId.rfind('.')); }

Status ModelAgents::send(const StepCommand& command) {
    ModelAgent& agent = m_agents.at(command.nodeId);
    if (!agent.connected) return unavailable("node {} has no session", command.nodeId);
    if (command.term < agent.highestTerm) return absl::OkStatus(); // Refused; the refusal goes to whoever sent it.
    agent.highestTerm = command.term;
    const auto same = [&](const StepCommand& other) { return other.commandId == command.commandId; };
    if ((agent.running && same(*agent.running)) || std::any_of(agent.queue.begin(), agent.queue.end(), same)) return absl::OkStatus();
    agent.queue.push_back(command);
    return absl::OkStatus();
}

Status ModelAgents::cancel(const std::string& nodeId, const std::string& commandId) {
    ModelAgent& agent = m_agents.at(nodeId);
    if (!agent.connected) return unavailable("node {} has no session", nodeId);
    if (agent.running && agent.running->commandId == commandId) agent.cancelled = true;
    return absl::OkStatus();
}

void ModelAgents::connect(Engine& engine, const std::string& nodeId) {
    ModelAgent& agent = m_agents.at(nodeId);
    agent.connected = true;
    std::vector<StepReport> outcomes;
    for (const auto& [id, entry] : agent.journal)
        if (entry.outcome) outcomes.push_back(*entry.outcome);
    engine.onAgentConnected(nodeId, "boot", outcomes);
}

void ModelAgents::disconnect(Engine& engine, const std::string& nodeId) {
    m_agents.at(nodeId).connected = false;
    engine.onAgentLost(nodeId);
}

void ModelAgents::kill(Engine& engine, const std::string& nodeId, KillPoint point) {
    ModelAgent& agent = m_agents.at(nodeId);
    if (agent.running && point == KillPoint::afterEffect && agent.running->kind != StepKind::wait) {
        ModelAgent::Entry& entry = agent.journal.at(agent.running->commandId);
        if (!entry.applied) apply(nodeId, agent, entry);
    }
    agent.running.reset();
    agent.queue.clear();
    agent.cancelled = false;
    disconnect(engine, nodeId);
}

void ModelAgents::controllerDied() {
    for (auto& [id, agent] : m_agents) agent.connected = false;
}

void ModelAgents::repeatReport(Engine& engine, const std::string& nodeId) {
    const ModelAgent& agent = m_agents.at(nodeId);
    const ModelAgent::Entry* newest = nullptr;
    for (const auto& [id, entry] : agent.journal)
        if (entry.outcome && (newest == nullptr || entry.outcome->endedWallMs >= newest->outcome->endedWallMs)) newest = &entry;
    if (newest != nullptr && agent.connected) engine.onReport(nodeId, *newest->outcome);
}

void ModelAgents::staleCommand(const std::string& nodeId) {
    const ModelAgent& agent = m_agents.at(nodeId);
    if (agent.highestTerm == 0 || agent.journal.empty()) return;
    StepCommand old = agent.journal.rbegin()->second.command;
    old.term = agent.highestTerm - 1;
    old.commandId += "9"; // As another controller would number it.
    (void)send(old);
}

void ModelAgents::work(Engine& engine) {
    for (auto& [nodeId, agent] : m_agents) {
        if (agent.running) proceed(engine, nodeId, agent);
        else if (!agent.queue.empty()) begin(nodeId, agent);
    }
}

void ModelAgents::begin(const std::string&, ModelAgent& agent) {
    agent.running = agent.queue.front();
    agent.queue.pop_front();
    agent.cancelled = false;
    agent.journal.try_emplace(agent.running->commandId, ModelAgent::Entry{*agent.running, std::nullopt, false});
}

void ModelAgents::proceed(Engine& engine, const std::string& nodeId, ModelAgent& agent) {
    ModelAgent::Entry& entry = agent.journal.at(agent.running->commandId);
    if (entry.outcome) { // Repeats the report, never the step.
        const StepReport report = *entry.outcome;
        agent.running.reset();
        if (agent.connected) engine.onReport(nodeId, report);
        return;
    }
    if (agent.cancelled && isInterruptible(agent.running->kind)) {
        StepReport report{.commandId = agent.running->commandId, .kind = agent.running->kind, .state = StepState::cancelled, .sentence = "cancelled"};
        report.blockers = blockersOf(agent);
        return finish(engine, nodeId, agent, report);
    }
    if (agent.running->kind == StepKind::wait && agent.holders > 0) {
        StepProgress progress;
        progress.commandId = agent.running->commandId;
        progress.blockers = blockersOf(agent);
        progress.blockerCount = agent.holders;
        progress.sentence = fmt::format("held by {} processes", agent.holders);
        if (agent.connected) engine.onProgress(nodeId, progress);
        return;
    }
    finish(engine, nodeId, agent, execute(nodeId, agent, entry));
}

void ModelAgents::finish(Engine& engine, const std::string& nodeId, ModelAgent& agent, StepReport report) {
    report.endedWallMs = m_clock.wallMs();
    agent.journal.at(report.commandId).outcome = report;
    agent.running.reset();
    agent.cancelled = false;
    if (agent.connected) engine.onReport(nodeId, report);
}

StepReport ModelAgents::execute(const std::string& nodeId, ModelAgent& agent, ModelAgent::Entry& entry) {
    const StepCommand& command = entry.command;
    const std::int64_t now = m_clock.wallMs();
    StepReport report{.commandId = command.commandId, .kind = command.kind, .state = StepState::succeeded, .startedWallMs = now};
    if (int& left = agent.failures[command.kind]; left > 0 && !entry.applied) {
        --left;
        report.state = StepState::failed;
        report.sentence = "made to fail";
        return report;
    }
    // After a crash it looks at the hardware first: what was done is not done again.
    if (!entry.applied) apply(nodeId, agent, entry);
    const bool reads = isRead(command.kind) || command.kind == StepKind::scrub || command.kind == StepKind::canary || command.kind == StepKind::burnIn;
    if (!reads) report.evidence = {fact("as set", "yes", "yes", now)};
    else if (!agent.noEvidence) report.evidence = {fact("state", "well", "well", now)};
    if (command.kind == StepKind::verify && !agent.noEvidence)
        report.evidence = {fact("processes", std::to_string(agent.holders), "0", now), fact("compute mode", agent.closed ? "prohibited" : "default", "prohibited", now)};
    if (command.kind == StepKind::scrub && agent.badMemory) {
        report.evidence = {fact("memory after scrub", "1 word differs", "no error", now)};
        report.state = StepState::failed;
    }
    return report;
}

void ModelAgents::apply(const std::string& nodeId, ModelAgent& agent, ModelAgent::Entry& entry) {
    const StepCommand& command = entry.command;
    entry.applied = true;
    if (!isRead(command.kind) && ++agent.executions[stepKeyOf(command.commandId)] > 1)
        fault(fmt::format("{} was executed twice on {}", stepKeyOf(command.commandId), nodeId));
    const bool release = command.reason.starts_with("release");
    switch (command.kind) {
    case StepKind::close: agent.closed = true; break;
    case StepKind::reopen: agent.closed = false; break;
    case StepKind::terminate: if (!agent.unkillable) agent.holders = 0; break;
    case StepKind::scrub:
    case StepKind::burnIn:
        if (!agent.tenant.empty() && !release) fault(fmt::format("{} of {} destroys what {} has on {}", toString(command.kind), command.actionId, agent.tenant, nodeId));
        break;
    case StepKind::openLease:
        if (!agent.tenant.empty()) fault(fmt::format("{} has two owners: {} and {} ({})", nodeId, agent.tenant, command.details.tenant, command.actionId));
        agent.tenant = command.details.tenant;
        break;
    case StepKind::releaseLease: agent.tenant.clear(); break;
    default: break;
    }
}

} // namespace busbar::controller::model
