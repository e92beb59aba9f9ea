#include "model_agents.h"

#include "domain/lifecycle.h"
#include "domain/reopen_facts.h"
#include "domain/step_table.h"

#include <algorithm>

namespace busbar::controller::model {
namespace {

Evidence fact(const std::string& subject, const char* name, const std::string& after, const std::string& expected, std::int64_t wallMs) {
    return {subject, name, "", after, expected, "", "model", after == expected ? Verdict::asSet : Verdict::notAsSet, wallMs};
}

/// GPUs that a command is about, with their names.
std::vector<std::pair<std::string, ModelGpu*>> scopeOf(const std::string& nodeId, ModelAgent& agent, const StepCommand& command) {
    std::vector<std::pair<std::string, ModelGpu*>> scope;
    for (std::size_t slot = 0; slot < kGpus; ++slot) {
        const std::string uuid = gpuName(nodeId, slot);
        if (command.gpuUuids.empty() || std::find(command.gpuUuids.begin(), command.gpuUuids.end(), uuid) != command.gpuUuids.end()) scope.emplace_back(uuid, &agent.gpus[slot]);
    }
    return scope;
}

std::vector<Blocker> blockersOf(const std::string& nodeId, ModelAgent& agent, const StepCommand& command) {
    std::vector<Blocker> list;
    for (const auto& [uuid, gpu] : scopeOf(nodeId, agent, command))
        for (int i = 0; i < gpu->holders; ++i) list.push_back({1000 + i, "tenant", "train.py", "", uuid, 100, 5000, ""});
    return list;
}

StepReport reportOf(const StepCommand& command, StepState state, std::string sentence) { return {.commandId = command.commandId, .kind = command.kind, .state = state, .sentence = std::move(sentence)}; }

/// Of a swap's two nodes only the one that leaves is closed.
bool leavesBySwap(const ModelAgent& agent, const StepCommand& command) {
    return command.reason.starts_with("swap") && std::any_of(agent.journal.begin(), agent.journal.end(), [&](const auto& entry) { return entry.second.command.actionId == command.actionId && entry.second.command.kind == StepKind::close; });
}

} // namespace

std::string stepKeyOf(const std::string& commandId) { return commandId.substr(0, commandId.rfind('.')); }
std::string gpuName(const std::string& nodeId, std::size_t slot) { return fmt::format("GPU-{}-{}", nodeId, slot); }

void ModelAgents::add(const std::string& nodeId) { m_agents[nodeId]; }

Status ModelAgents::send(const StepCommand& command) {
    ModelAgent& agent = m_agents.at(command.nodeId);
    if (!agent.connected) return unavailable("node {} has no session", command.nodeId);
    onSend(command);
    take(agent, command);
    return absl::OkStatus();
}

void ModelAgents::take(ModelAgent& agent, const StepCommand& command) {
    if (command.term < agent.highestTerm) return; // Refused; the refusal goes to whoever sent it.
    agent.highestTerm = command.term;
    agent.received.insert(command.commandId);
    const auto same = [&](const StepCommand& other) { return other.commandId == command.commandId; };
    if ((agent.running && same(*agent.running)) || std::any_of(agent.queue.begin(), agent.queue.end(), same)) return;
    agent.queue.push_back(command);
}

Status ModelAgents::cancel(const std::string& nodeId, const std::string& commandId) {
    ModelAgent& agent = m_agents.at(nodeId);
    if (!agent.connected) return unavailable("node {} has no session", nodeId);
    if (agent.running && agent.running->commandId == commandId) agent.cancelled = true;
    return absl::OkStatus();
}

void ModelAgents::connect(Engine& engine, const std::string& nodeId) {
    ModelAgent& agent = m_agents.at(nodeId);
    if (!agent.isUp()) return;
    agent.connected = true;
    std::vector<StepReport> outcomes;
    for (const auto& [id, entry] : agent.journal)
        if (entry.outcome) outcomes.push_back(*entry.outcome);
    onHello(nodeId, agent.bootId());
    engine.onAgentConnected({.nodeId = nodeId, .bootId = agent.bootId(), .journal = outcomes});
}

void ModelAgents::disconnect(Engine& engine, const std::string& nodeId) {
    m_agents.at(nodeId).connected = false;
    engine.onAgentLost(nodeId);
}

void ModelAgents::kill(Engine& engine, const std::string& nodeId, KillPoint point) {
    ModelAgent& agent = m_agents.at(nodeId);
    const bool hasEffect = agent.running && agent.running->kind != StepKind::wait && agent.running->kind != StepKind::reboot;
    if (hasEffect && point == KillPoint::afterEffect) {
        ModelAgent::Entry& entry = agent.journal.at(agent.running->commandId);
        if (!entry.applied && blockersOf(nodeId, agent, *agent.running).empty()) apply(nodeId, agent, entry);
    }
    agent.running.reset();
    agent.queue.clear();
    agent.cancelled = false;
    if (agent.connected) disconnect(engine, nodeId);
}

void ModelAgents::losePower(Engine& engine, const std::string& nodeId, KillPoint point, int downFor) {
    ModelAgent& agent = m_agents.at(nodeId);
    if (!agent.isUp()) return;
    kill(engine, nodeId, point);
    agent.downFor = downFor;
    ++agent.boots;
    // A compute mode does not outlive the driver; the agent that comes up puts back what its journal says was set (keep_closed.h).
    for (ModelGpu& gpu : agent.gpus) gpu.holders = 0;
    onProcesses(nodeId);
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
    ModelAgent& agent = m_agents.at(nodeId);
    if (agent.highestTerm == 0 || agent.journal.empty() || !agent.connected) return;
    StepCommand old = agent.journal.rbegin()->second.command;
    old.term = agent.highestTerm - 1;
    old.commandId += "9"; // As another controller would number it.
    take(agent, old);
}

void ModelAgents::work(Engine& engine) {
    for (auto& [nodeId, agent] : m_agents) {
        if (!agent.isUp()) {
            if (--agent.downFor == 0) connect(engine, nodeId);
        } else if (agent.running) {
            proceed(engine, nodeId, agent);
        } else if (!agent.queue.empty()) {
            begin(agent);
        }
    }
}

void ModelAgents::begin(ModelAgent& agent) {
    agent.running = agent.queue.front();
    agent.queue.pop_front();
    agent.cancelled = false;
    const auto [entry, fresh] = agent.journal.try_emplace(agent.running->commandId, ModelAgent::Entry{*agent.running, std::nullopt});
    entry->second.resumed = !fresh;
}

void ModelAgents::proceed(Engine& engine, const std::string& nodeId, ModelAgent& agent) {
    ModelAgent::Entry& entry = agent.journal.at(agent.running->commandId);
    if (entry.outcome) { // Repeats the report, never the step.
        const StepReport report = *entry.outcome;
        agent.running.reset();
        if (agent.connected) engine.onReport(nodeId, report);
        return;
    }
    const std::vector<Blocker> blockers = blockersOf(nodeId, agent, *agent.running);
    if (agent.cancelled && isInterruptible(agent.running->kind)) {
        StepReport report = reportOf(*agent.running, StepState::cancelled, "cancelled");
        report.blockers = blockers;
        return finish(engine, nodeId, agent, report);
    }
    if (agent.running->kind == StepKind::reboot) return proceedReboot(engine, nodeId, agent, entry);
    if (agent.running->kind == StepKind::wait && !blockers.empty()) {
        StepProgress progress;
        progress.commandId = agent.running->commandId;
        progress.blockers = blockers;
        progress.blockerCount = static_cast<std::int64_t>(blockers.size());
        progress.sentence = fmt::format("held by {} processes", blockers.size());
        if (agent.connected) engine.onProgress(nodeId, progress);
        return;
    }
    finish(engine, nodeId, agent, execute(nodeId, agent, entry));
}

/// As reboot_step.cpp: the command is issued once, and the life that the machine is in says what came of it.
void ModelAgents::proceedReboot(Engine& engine, const std::string& nodeId, ModelAgent& agent, ModelAgent::Entry& entry) {
    const StepCommand& command = entry.command;
    const std::string before = entry.applied ? fmt::format("boot-{}", entry.bootsBefore) : command.expected.empty() ? "" : command.expected.front().before;
    const auto end = [&](StepState state, const std::string& sentence, Verdict verdict) {
        StepReport report = reportOf(command, state, sentence);
        report.evidence = {{"node", kBootIdFact, before, agent.bootId(), "another boot id", "", "kernel", verdict, m_clock.wallMs()}};
        finish(engine, nodeId, agent, report);
    };
    if (!before.empty() && before != agent.bootId()) return end(StepState::succeeded, "rebooted", Verdict::asSet);
    if (entry.applied) {
        if (m_clock.bootMs() >= entry.issuedBootMs + command.secondsLeft * std::int64_t{1000}) end(StepState::failed, "the node did not reboot", Verdict::notAsSet);
        return;
    }
    int& failures = agent.failures[StepKind::reboot];
    if (failures > 0 || !blockersOf(nodeId, agent, command).empty()) {
        failures = std::max(0, failures - 1);
        return finish(engine, nodeId, agent, reportOf(command, StepState::failed, "its reboot command is refused"));
    }
    entry.applied = true;
    entry.bootsBefore = agent.boots;
    entry.issuedBootMs = m_clock.bootMs();
    checkOnce(nodeId, agent, command);
    checkVerified(nodeId, agent, command);
    if (!agent.stubborn) losePower(engine, nodeId, KillPoint::beforeEffect, 3);
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
    const auto blockers = blockersOf(nodeId, agent, command);
    if (int& left = agent.failures[command.kind]; left > 0 && !entry.applied) {
        --left;
        return reportOf(command, StepState::failed, "made to fail");
    }
    // What is not idempotent is not begun again by another process: it looks, and tells.
    if (command.kind == StepKind::terminate && entry.resumed && !blockers.empty()) return reportOf(command, StepState::unknown, "restarted while it ended processes");
    if (command.kind == StepKind::resetGpu && entry.applied) return reportOf(command, StepState::unknown, "restarted while it reset GPUs");
    if (command.kind == StepKind::resetGpu && !blockers.empty()) return reportOf(command, StepState::failed, "held: nothing was reset");
    // After a crash it looks at the hardware first: what was done is not done again.
    if (!entry.applied) apply(nodeId, agent, entry);
    StepReport report = reportOf(command, StepState::succeeded, "");
    report.startedWallMs = now;
    if (!agent.noEvidence) report.evidence = {fact("node", "state", "well", "well", now)};
    if (command.kind == StepKind::verify && !agent.noEvidence) {
        report.evidence.clear();
        for (const auto& [uuid, gpu] : scopeOf(nodeId, agent, command)) {
            report.evidence.push_back(fact(uuid, "processes", std::to_string(gpu->holders), "0", now));
            report.evidence.push_back(fact(uuid, "compute mode", gpu->closed ? "prohibited" : "default", "prohibited", now));
        }
    }
    if (command.kind == StepKind::scrub && agent.badMemory) {
        report.evidence = {fact("node", "memory after scrub", "1 word differs", "no error", now)};
        report.state = StepState::failed;
    }
    return report;
}

void ModelAgents::checkOnce(const std::string& nodeId, ModelAgent& agent, const StepCommand& command) {
    if (!isRead(command.kind) && ++agent.executions[stepKeyOf(command.commandId)] > 1) fault(fmt::format("{} was executed twice on {}", stepKeyOf(command.commandId), nodeId));
}

/// What takes GPUs from under their processes comes after a proof, by the same action, that each of these GPUs has none.
void ModelAgents::checkVerified(const std::string& nodeId, const ModelAgent& agent, const StepCommand& command) {
    std::set<std::string> proven;
    for (const auto& [id, entry] : agent.journal)
        if (entry.command.actionId == command.actionId && entry.command.kind == StepKind::verify && entry.outcome && entry.outcome->state == StepState::succeeded)
            for (const Evidence& evidence : entry.outcome->evidence)
                if (evidence.fact == "processes" && evidence.verdict == Verdict::asSet) proven.insert(evidence.subject);
    for (std::size_t slot = 0; slot < kGpus; ++slot) {
        const std::string uuid = gpuName(nodeId, slot);
        const bool hit = command.gpuUuids.empty() || std::find(command.gpuUuids.begin(), command.gpuUuids.end(), uuid) != command.gpuUuids.end();
        if (hit && !proven.contains(uuid)) fault(fmt::format("{} of {} hits {}, and nothing proved that no process holds it", toString(command.kind), command.actionId, uuid));
        if (hit && agent.gpus[slot].holders > 0) fault(fmt::format("{} of {} hits {} under {} processes", toString(command.kind), command.actionId, uuid, agent.gpus[slot].holders));
    }
}

void ModelAgents::apply(const std::string& nodeId, ModelAgent& agent, ModelAgent::Entry& entry) {
    entry.applied = true;
    checkOnce(nodeId, agent, entry.command);
    if (entry.command.kind == StepKind::resetGpu) checkVerified(nodeId, agent, entry.command);
    for (const auto& [uuid, gpu] : scopeOf(nodeId, agent, entry.command)) applyToGpu(uuid, agent, *gpu, entry.command);
    if (entry.command.kind == StepKind::terminate) onProcesses(nodeId);
}

void ModelAgents::applyToGpu(const std::string& uuid, ModelAgent& agent, ModelGpu& gpu, const StepCommand& command) {
    const bool release = command.reason.starts_with("release") || leavesBySwap(agent, command);
    const bool stays = std::any_of(command.expected.begin(), command.expected.end(), [&](const Evidence& told) { return told.fact == kStaysClosedFact && told.subject == uuid; });
    // The end of a lease, and the way back of one, end its MIG mode first.
    if (command.kind == StepKind::scrub || (command.kind == StepKind::configure && !command.details.settings.any())) gpu.mig = false;
    if (gpu.mig && (command.kind == StepKind::canary || command.kind == StepKind::burnIn)) fault(fmt::format("{} of {} computes on {}, which is in MIG mode", toString(command.kind), command.actionId, uuid));
    switch (command.kind) {
    case StepKind::close: gpu.closed = true; break;
    case StepKind::reopen: gpu.closed = stays && gpu.closed; break;
    case StepKind::terminate: if (!agent.unkillable) gpu.holders = 0; break;
    case StepKind::scrub:
    case StepKind::burnIn:
        if (!gpu.tenant.empty() && !release) fault(fmt::format("{} of {} destroys what {} has on {}", toString(command.kind), command.actionId, gpu.tenant, uuid));
        if (command.kind == StepKind::scrub) gpu.used = agent.badMemory;
        break;
    case StepKind::openLease:
        if (!gpu.tenant.empty()) fault(fmt::format("{} has two owners: {} and {} ({})", uuid, gpu.tenant, command.details.tenant, command.actionId));
        if (gpu.used) fault(fmt::format("{} is opened for {} and was not scrubbed ({})", uuid, command.details.tenant, command.actionId));
        gpu.tenant = command.details.tenant;
        gpu.used = true;
        gpu.proven = false;
        break;
    case StepKind::canary: gpu.proven = true; break;
    case StepKind::releaseLease: gpu.tenant.clear(); break;
    case StepKind::mig: gpu.mig = command.details.settings.mig.value_or(false); break;
    default: break;
    }
}

} // namespace busbar::controller::model
