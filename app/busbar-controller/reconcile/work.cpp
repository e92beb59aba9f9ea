#include "busbar-controller/reconcile/work.h"

#include "base/crash_point.h"
#include "busbar-controller/reconcile/active_time.h"
#include "busbar-controller/reconcile/step_rule.h"
#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller {

Work::Work(StateStore& stateStore, const FleetView& fleetView, AgentGateway& agents, FactsSink& facts, const Clock& clock, const EngineOptions& engineOptions)
    : store(stateStore), fleet(fleetView), options(engineOptions), m_agents(agents), m_facts(facts), m_clock(clock) {
    beginTurn();
}

void Work::beginTurn() {
    m_wallMs = m_clock.wallMs();
    m_bootMs = m_clock.bootMs();
}

void Work::changed(ActionRun& run) {
    run.headChanged = true;
    m_changed.insert(&run);
}

void Work::changed(const TargetRef& target) {
    target.run->targetsChanged.insert(target.index);
    m_changed.insert(target.run);
}

void Work::log(ActionRun& run, const std::string& nodeId, std::string text) {
    auto& lines = run.action().log;
    lines.push_back({m_wallMs, nodeId, std::move(text)});
    if (lines.size() > kMaxLogLines) {
        lines.erase(lines.begin());
        ++run.logBase;
    }
    m_changed.insert(&run);
}

void Work::setService(const std::string& nodeId, Service service, const std::string& why, const std::string& who) {
    Service& now = state.services[nodeId];
    if (now == service) return;
    if (const Status allowed = checkMove(now, service); !allowed.ok()) return forbid(nodeId, allowed);
    if (now == Service::open) state.closes.add(nodeId, m_bootMs);
    stopActive(*this, nodeId);
    now = service;
    startActive(*this, nodeId);
    if (service == Service::open) state.closes.opened(nodeId);
    m_services[nodeId] = {service, who, why};
    m_effects.push_back([this, nodeId, service, why, who] { m_facts.setService(nodeId, service, why, who); });
}

Service Work::gpuServiceOf(const std::string& nodeId, const std::string& uuid) const {
    const auto known = state.closedGpus.find(nodeId);
    if (known == state.closedGpus.end()) return Service::open;
    const GpuClose* const apart = findClose(known->second, uuid);
    return apart == nullptr ? Service::open : apart->service;
}

void Work::setGpuService(const std::string& nodeId, const std::string& uuid, Service service, const std::string& why, const std::string& who) {
    const Service now = gpuServiceOf(nodeId, uuid);
    if (now == service) return;
    if (const Status allowed = checkMove(now, service); !allowed.ok()) return forbid(nodeId, allowed);
    stopActive(*this, nodeId);
    std::vector<GpuClose>& closed = state.closedGpus[nodeId];
    std::erase_if(closed, [&](const GpuClose& gpu) { return gpu.uuid == uuid; });
    if (service != Service::open) closed.push_back({uuid, service, who, why});
    m_gpus.insert(nodeId);
    m_effects.push_back([this, nodeId, list = closed] { m_facts.setClosedGpus(nodeId, list); });
    if (closed.empty()) state.closedGpus.erase(nodeId);
    startActive(*this, nodeId);
}

void Work::noteBoot(const std::string& nodeId, const std::string& bootId) {
    state.bootIds[nodeId] = bootId;
    m_boots.insert(nodeId);
}

void Work::noteMachine(const std::string& nodeId, const std::string& record) {
    state.machines[nodeId] = record;
    put(machineKey(ulidOf(nodeId)), record);
}

void Work::setOverride(const std::string& nodeId, const std::string& sentence, const std::string& who) {
    const auto known = state.overrides.find(nodeId);
    if (sentence == (known == state.overrides.end() ? std::string() : known->second)) return;
    if (sentence.empty()) state.overrides.erase(nodeId);
    else state.overrides[nodeId] = sentence;
    m_overrides.insert(nodeId);
    m_effects.push_back([this, nodeId, sentence, who] { m_facts.setOverride(nodeId, sentence, who); });
}

void Work::forbid(const std::string& nodeId, const Status& why) {
    ++forbiddenMoves;
    event(nodeId, 2, fmt::format("internal fault, please report: {}: {}", nodeId, std::string(why.message())));
}

NodeState Work::stateOf(const std::string& nodeId) const {
    if (const auto known = state.states.find(nodeId); known != state.states.end()) return known->second;
    const auto seen = fleet.node(nodeId);
    return seen.has_value() ? seen->facts.state : NodeState::unknown;
}

void Work::moveState(const std::string& nodeId, StateEvent happened, const std::string& why, const std::string& who) {
    const auto to = next(stateOf(nodeId), happened);
    if (!to.ok()) return forbid(nodeId, to.status());
    state.states[nodeId] = *to;
    m_states[nodeId] = {*to, who, why};
    m_effects.push_back([this, nodeId, to = *to, why, who] { m_facts.setState(nodeId, to, why, who); });
}

Occupancy Work::occupancyOf(const std::string& nodeId) const {
    const auto known = state.leases.find(nodeId);
    return known == state.leases.end() ? Occupancy::free : known->second.occupancy;
}

void Work::moveOccupancy(const std::string& nodeId, OccupancyEvent happened, const LeaseInfo& lease, const std::string& why, const std::string& who) {
    const auto to = next(occupancyOf(nodeId), happened);
    if (!to.ok()) return forbid(nodeId, to.status());
    stopActive(*this, nodeId);
    std::optional<LeaseInfo> holder;
    if (*to == Occupancy::free) {
        state.leases.erase(nodeId);
    } else {
        LeaseRecord& record = state.leases[nodeId];
        if (record.lease.id.empty()) record.lease = lease;
        record.occupancy = *to;
        record.who = who;
        record.why = why;
        holder = shownLease(record);
    }
    startActive(*this, nodeId);
    m_leases.insert(nodeId);
    m_effects.push_back([this, nodeId, to = *to, holder, why, who] { m_facts.setOccupancy(nodeId, to, holder, why, who); });
}

void Work::changedLease(const std::string& nodeId) {
    m_leases.insert(nodeId);
    m_effects.push_back([this, nodeId, record = state.leases.at(nodeId)] { m_facts.setOccupancy(nodeId, record.occupancy, shownLease(record), record.why, record.who); });
}

void Work::send(const TargetRef& target) {
    const StepRecord* const step = openStep(target.record());
    if (step == nullptr) return;
    target.live().sent = false; // Its time on the agent begins when it leaves, which a full disk puts off.
    m_effects.push_back([this, target, id = step->commandId] { deliver(target, id); });
}

StepCommand Work::commandOf(const TargetRef& target, const StepRecord& step) const {
    StepCommand command;
    command.commandId = step.commandId;
    command.actionId = target.action().id;
    command.nodeId = target.node();
    command.kind = step.kind;
    command.gpuUuids = target.action().gpuUuids;
    command.term = store.fencingTerm();
    command.secondsLeft = longestSeconds(step.kind, target.action().details.profile);
    command.reason = fmt::format("{} {}: {}", toString(target.action().verb), target.action().id, target.action().reason);
    ruleOf(step.kind).fill(*this, target, command);
    return command;
}

void Work::deliver(const TargetRef& target, const std::string& commandId) {
    const StepRecord* const step = openStep(target.record());
    if (step == nullptr || step->commandId != commandId) return; // Decided otherwise while the journal could not be written.
    const Status sent = m_agents.send(commandOf(target, *step));
    crashPoint("controller.sent");
    target.live().sent = sent.ok();
    target.live().mayRun |= sent.ok();
    target.live().sentBootMs = m_bootMs;
    if (sent.ok()) return;
    // The session is gone or cannot take it: the command goes again when the agent is back.
    state.connected.erase(target.node());
    state.lost.try_emplace(target.node(), EngineState::Lost{m_wallMs, m_bootMs});
    target.record().sentence = waitingForAgent(target.node());
    changed(target);
}

void Work::cancelCommand(const std::string& nodeId, const std::string& commandId) {
    // A lost agent ends the command when it is back: the engine sends it something else then, or the agent's own limit runs out.
    m_effects.push_back([this, nodeId, commandId] { (void)m_agents.cancel(nodeId, commandId); });
}

void Work::event(const std::string& nodeId, int severity, std::string text) {
    FleetEvent happened;
    happened.wallMs = m_wallMs;
    happened.nodeId = nodeId;
    happened.kind = EventKind::action;
    happened.severity = severity;
    happened.text = std::move(text);
    m_effects.push_back([this, happened] { m_facts.addEvent(happened); });
}

void Work::audit(AuditNote note, std::string result) {
    note.result = std::move(result);
    m_audits.push_back(std::move(note));
}

void Work::keepProof(const TargetRef& target, const StepProof& proof) { m_puts[proofKey(ulidOf(target.action().id), target.index, proof.step)] = encodeProof(proof); }

void Work::reply(std::function<void(const Status&)> reply) { m_replies.push_back(std::move(reply)); }

std::string Work::waitingForAgent(const std::string& nodeId) const {
    const auto lost = state.lost.find(nodeId);
    if (lost != state.lost.end()) return fmt::format("waiting for the agent, lost since {}", formatUtc(lost->second.wallMs));
    if (const auto node = fleet.node(nodeId); node.has_value() && node->lastSeenWallMs > 0)
        return fmt::format("waiting for the agent, last seen {}", formatUtc(node->lastSeenWallMs));
    return "waiting for the agent, not seen since the controller started";
}

void Work::addRun(ActionRun& run, Transaction& out) {
    const std::string_view ulid = ulidOf(run.action().id);
    if (run.headChanged) {
        // The head's value has neither targets nor log: they are set aside, not copied.
        auto targets = std::move(run.action().targets);
        auto lines = std::move(run.action().log);
        run.action().targets.clear();
        run.action().log.clear();
        out.puts.push_back({actionKey(ulid), encodeHead(run.head)});
        run.action().targets = std::move(targets);
        run.action().log = std::move(lines);
    }
    for (const std::size_t index : run.targetsChanged)
        out.puts.push_back({targetKey(ulid, index), encodeTarget(run.action().id, run.action().targets[index])});
    const std::size_t end = run.logBase + run.action().log.size();
    for (std::size_t i = std::max(run.logWritten, run.logBase); i < end; ++i) {
        out.puts.push_back({logKey(ulid, i), encodeLog(run.action().id, run.action().log[i - run.logBase])});
        if (i >= kMaxLogLines) out.deletes.push_back(logKey(ulid, i - kMaxLogLines));
    }
}

Transaction Work::transaction() {
    Transaction out;
    for (ActionRun* const run : m_changed) addRun(*run, out);
    for (const auto& [nodeId, record] : m_services) out.puts.push_back({serviceKey(ulidOf(nodeId)), encodeService(record)});
    for (const auto& [nodeId, record] : m_states) out.puts.push_back({stateKey(ulidOf(nodeId)), encodeState(record)});
    for (const std::string& nodeId : m_leases) {
        if (const auto record = state.leases.find(nodeId); record != state.leases.end()) out.puts.push_back({leaseKey(ulidOf(nodeId)), encodeLease(record->second)});
        else out.deletes.push_back(leaseKey(ulidOf(nodeId)));
    }
    for (const auto& [key, value] : m_puts) out.puts.push_back({key, value});
    for (const std::string& nodeId : m_gpus) {
        if (const auto closed = state.closedGpus.find(nodeId); closed != state.closedGpus.end()) out.puts.push_back({gpusKey(ulidOf(nodeId)), encodeGpus(closed->second)});
        else out.deletes.push_back(gpusKey(ulidOf(nodeId)));
    }
    for (const std::string& nodeId : m_overrides) {
        if (const auto standing = state.overrides.find(nodeId); standing != state.overrides.end()) out.puts.push_back({overrideKey(ulidOf(nodeId)), standing->second});
        else out.deletes.push_back(overrideKey(ulidOf(nodeId)));
    }
    for (const std::string& nodeId : m_boots) out.puts.push_back({bootKey(ulidOf(nodeId)), state.bootIds[nodeId]});
    out.audits = m_audits;
    return out;
}

void Work::clearNotes(std::uint64_t revision) {
    for (ActionRun* const run : m_changed) {
        run->headChanged = false;
        run->targetsChanged.clear();
        run->logWritten = run->logBase + run->action().log.size();
        run->action().revision = revision;
        m_unpublished.insert(run);
    }
    m_changed.clear();
    m_services.clear();
    m_states.clear();
    m_leases.clear();
    m_puts.clear();
    m_gpus.clear();
    m_boots.clear();
    m_overrides.clear();
    m_audits.clear();
}

Status Work::flush() {
    Status written = absl::OkStatus();
    if (!m_changed.empty() || !m_services.empty() || !m_states.empty() || !m_leases.empty() || !m_gpus.empty() || !m_boots.empty() || !m_overrides.empty() || !m_puts.empty()) {
        crashPoint("controller.before-journal");
        const auto revision = store.commit(transaction());
        written = revision.status();
        if (written.ok()) {
            clearNotes(*revision);
            crashPoint(m_reports ? "controller.report-journaled" : "controller.journaled");
            m_reports = false;
        }
    }
    m_behind = !written.ok();
    if (written.ok()) {
        // Effects may note new changes (a send that failed); those are journaled by the next turn.
        auto effects = std::move(m_effects);
        m_effects.clear();
        for (const auto& effect : effects) effect();
    }
    return written;
}

void Work::answer(const Status& journaled) {
    auto replies = std::move(m_replies);
    m_replies.clear();
    for (const auto& reply : replies) reply(journaled);
}

void Work::forget(ActionRun& run) {
    absl::erase_if(state.lastClose, [&run](const auto& entry) { return entry.second.run == &run; });
}

} // namespace busbar::controller
