#include "model_world.h"

#include "busbar-controller/plan/gpu_scope.h"
#include "busbar-controller/reconcile/restore.h"
#include "busbar-controller/state/action_records.h"

#include "domain/lifecycle.h"
#include "full_disk.h"

#include <QtCore/QDir>

#include <algorithm>

namespace busbar::controller::model {
namespace {

/// In memory where there is such a folder: a commit waits for the disk otherwise.
QString folder() { return (QDir(QStringLiteral("/dev/shm")).exists() ? QStringLiteral("/dev/shm") : QDir::tempPath()) + QStringLiteral("/busbar-model-XXXXXX"); }

NodeStatus nodeOf(int number, std::int64_t wallMs) {
    NodeStatus node;
    node.id = nodeName(number);
    node.facts = {NodeState::ready, Service::unknown, Occupancy::free, Health::ok, Link::connected};
    node.source = Source::simulated;
    node.place.rack = fmt::format("r{}", number / 10);
    node.place.pdu = fmt::format("p{}", number / 6);
    node.place.leaf = fmt::format("l{}", number / 12);
    node.policy = {true, true, true};
    node.bootId = "boot-0";
    node.driverPresent = true;
    node.driver = "simulated NVML 580.1";
    for (std::size_t slot = 0; slot < kGpus; ++slot) node.gpus.push_back({fmt::format("00000000:0{}:00.0", slot), gpuName(node.id, slot), "H100", "", "", 81'559, static_cast<int>(slot)});
    node.gpuLeases.assign(kGpus, "");
    node.gpuTenants.assign(kGpus, "");
    node.gpuPowerW.assign(kGpus, 300);
    node.lastSeenWallMs = wallMs;
    return node;
}

/// Whether an action that has not ended says what it waits for.
bool saysWhatFor(const Action& action) {
    for (const char* words : {"waits for a second person", "paused (", "waits behind"})
        if (action.sentence.find(words) != std::string::npos) return true;
    return false;
}

std::string describe(const Action& action) {
    std::string text = fmt::format("{} {} is {}: {}", toString(action.verb), action.id, toString(action.state), action.sentence);
    for (const TargetRecord& target : action.targets) {
        if (text.size() > 3'000) break;
        text += fmt::format("\n    {} {}: {}", target.nodeId, toString(target.state), target.sentence);
        for (const StepRecord& step : target.steps) text += fmt::format(" [{} {}]", toString(step.kind), toString(step.state));
    }
    return text;
}

} // namespace

std::string nodeName(int number) { return fmt::format("pdx1/n{:03}", number); }

ModelWorld::ModelWorld() : m_dir(folder()) {
    options.site = "pdx1";
    options.ownThread = false;
    options.tickMs = 1;
    options.publishMs = 0;
    options.graceMs = 1'000;
    options.retryBackoffMs = 500;
    options.maxConcurrent = kMaxAtSite;
    options.maxPerPdu = kMaxPerPdu;
    options.maxPerLeaf = kMaxPerLeaf;
    options.approvalNodes = 16;
    options.leaseGraceMs = 60'000;
    installFullDisk();
    makeRoom();
    for (int i = 0; i < kNodes; ++i) {
        fleet.add(nodeOf(i, clock.wallMs()));
        agents.add(nodeName(i));
    }
    agents.onSend = [this](const StepCommand& command) { checkJournaled(*this, command); };
    agents.onHello = [this](const std::string& nodeId, const std::string& bootId) { hello(nodeId, bootId); };
    agents.onProcesses = [this](const std::string& nodeId) { showProcesses(nodeId); };
    start();
    for (int i = 0; i < kNodes; ++i) agents.connect(*engine, nodeName(i));
    turns(2);
}

ModelWorld::~ModelWorld() { makeRoom(); }

void ModelWorld::start() {
    auto opened = openSqliteStore(m_dir.filePath(QStringLiteral("state.db")).toStdString(), clock);
    if (!opened.ok()) return note("the state file does not open: " + std::string(opened.status().message()));
    store = *std::move(opened);
    engine = std::make_unique<Engine>(*store, fleet, agents, fleet, clock, options);
    if (const Status started = engine->start(); !started.ok()) note("the engine does not start: " + std::string(started.message()));
}

void ModelWorld::turn(std::int64_t ms) {
    if (!fault.empty()) return; // The first one is the one to read.
    clock.advance(ms);
    engine->runTurn();
    checkInvariants(*this);
    if (fault.empty()) agents.work(*engine);
}

void ModelWorld::turns(int count, std::int64_t ms) {
    for (int i = 0; i < count; ++i) turn(ms);
}

std::string ModelWorld::books() const {
    std::string text;
    for (const NodeStatus& node : fleet.nodes()) {
        text += fmt::format("{} {} {} {}", node.id, toString(node.facts.state), toString(node.facts.service), toString(node.facts.occupancy));
        for (const std::string& tenant : node.gpuTenants) text += fmt::format(" '{}'", tenant);
        for (const GpuClose& gpu : node.closedGpus) text += fmt::format(" {} {}", gpu.uuid, toString(gpu.service));
        text += ' ' + fleet.overrideOf(node.id) + '\n';
    }
    for (const std::string& id : actionIds()) text += textOf(*action(id));
    return text;
}

/// What the engine may show only once the journal has it.
std::string ModelWorld::textOf(const Action& action) {
    std::string text = fmt::format("{} {} paused '{}' approved '{}' cancel {} then {}\n", action.id, toString(action.state), action.pausedWhy, action.approvedBy, action.cancelRequested, toString(action.atDeadline));
    for (const TargetRecord& target : action.targets) {
        text += fmt::format("  {} {} wave {} deadline {}", target.nodeId, toString(target.state), target.wave, target.deadlineWallMs);
        for (const StepRecord& step : target.steps) text += fmt::format(" {}:{}:{}", toString(step.kind), toString(step.state), step.commandId);
        text += '\n';
    }
    return text;
}

void ModelWorld::restart(bool agentsComeBack) {
    turn();
    if (!fault.empty()) return;
    const std::string before = books();
    const bool whole = engine->health().ok(); // Else what is shown may lag behind the journal; that it is not ahead is looked at in each turn.
    std::vector<std::string> there;
    for (const auto& [id, agent] : agents.all())
        if (agent.connected) there.push_back(id);
    engine.reset();
    store.reset();
    agents.controllerDied();
    mustClose.clear(); // What it was told died with it; agents tell the next one.
    for (const auto& [id, agent] : agents.all()) // A new process knows nothing.
        fleet.change(id, [](NodeStatus& node) {
            node.facts.state = NodeState::ready;
            node.facts.service = Service::unknown;
            node.facts.occupancy = Occupancy::free;
            node.gpuTenants.assign(kGpus, "");
            node.gpuLeases.assign(kGpus, "");
            node.closedGpus.clear();
            node.bootId.clear();
        });
    for (const auto& [id, agent] : agents.all()) fleet.setOverride(id, "", "");
    if (isDiskFull()) freeBeforeStart();
    start();
    if (!fault.empty()) return;
    const std::string after = books();
    if (whole && before != after) {
        std::size_t at = 0;
        while (at < std::min(before.size(), after.size()) && before[at] == after[at]) ++at;
        const std::size_t line = before.rfind('\n', at) == std::string::npos ? 0 : before.rfind('\n', at) + 1;
        note(fmt::format("the books changed over a restart:\n  before: {}\n  after:  {}", before.substr(line, 400), after.substr(std::min(line, after.size()), 400)));
    }
    if (agentsComeBack)
        for (const std::string& id : there) agents.connect(*engine, id);
}

/// Without room a controller does not start, and says why; a person makes room.
void ModelWorld::freeBeforeStart() {
    const auto opened = openSqliteStore(m_dir.filePath(QStringLiteral("state.db")).toStdString(), clock);
    if (!opened.ok() && !absl::IsResourceExhausted(opened.status())) note("without room the state file opens with " + opened.status().ToString());
    makeRoom();
}

void ModelWorld::hello(const std::string& nodeId, const std::string& bootId) {
    fleet.change(nodeId, [&](NodeStatus& node) { node.bootId = bootId; });
    if (agents.at(nodeId).boots == 0) return;
    const auto boot = store->get(bootKey(ulidOf(nodeId)));
    // By what the controller durably knows: the node is open and was in another life.
    if (boot.ok() && boot->value != bootId && fleet.serviceOf(nodeId) == Service::open) mustClose.insert(nodeId);
}

void ModelWorld::showProcesses(const std::string& nodeId) {
    const ModelAgent& agent = agents.at(nodeId);
    fleet.change(nodeId, [&](NodeStatus& node) {
        node.processes.clear();
        for (std::size_t slot = 0; slot < kGpus; ++slot)
            for (int i = 0; i < agent.gpus[slot].holders; ++i) node.processes.push_back({.pid = 1000 + i, .gpu = static_cast<int>(slot)});
    });
}

void ModelWorld::submit(const std::string& planId, const std::string& user, const std::string& key, const std::string& undoOf) {
    lastPlan = planId;
    lastKey = key;
    lastUser = user;
    engine->submit({planId, "because", key, undoOf, user, {}}, [this, key](StatusOr<ActionPtr> reply) {
        if (!reply.ok()) return;
        if (!loadAction(*store, (*reply)->id).ok()) note(fmt::format("{} was taken and is not in the journal", (*reply)->id));
        const auto [entry, fresh] = actionOfKey.try_emplace(key, (*reply)->id);
        if (!fresh && entry->second != (*reply)->id) note(fmt::format("one key made two actions: {} and {}", entry->second, (*reply)->id));
    });
}

/// What cannot be journaled is refused, or kept and said to be.
void ModelWorld::checkReply(const char* what, const Status& reply) {
    if (absl::IsResourceExhausted(reply) && reply.message().find("takes effect when the journal can be written again") == std::string_view::npos)
        note(fmt::format("{} is answered with \"{}\" and takes effect later", what, std::string(reply.message())));
}

void ModelWorld::decide(void (Engine::*what)(DecideRequest, Engine::Reply), const std::string& id, const std::string& user) {
    (engine.get()->*what)({id, "because", user, {}}, [this](const StatusOr<ActionPtr>& reply) { checkReply("a decision", reply.status()); });
}

void ModelWorld::resume(const std::string& id, const std::string& user, const DeadlineDecision& deadline) {
    engine->resume({id, "because", user, {}, deadline}, [this](const StatusOr<ActionPtr>& reply) { checkReply("a decision", reply.status()); });
}

void ModelWorld::cancel(const std::string& id, bool keepClosed, const std::string& user) {
    engine->cancel({id, "because", user, keepClosed, {}}, [this](const StatusOr<ActionPtr>& reply) { checkReply("a cancel", reply.status()); });
}

void ModelWorld::extend(const std::string& leaseId, std::int64_t byMs, const std::string& user) {
    engine->extendLease({leaseId, "longer", user, byMs, {}}, [this](const StatusOr<LeaseExtension>& reply) { checkReply("an extension", reply.status()); });
}

void ModelWorld::setHolders(const std::string& nodeId, std::size_t slot, int holders) {
    if (!agents.at(nodeId).isUp()) return;
    agents.at(nodeId).gpus[slot].holders = holders;
    showProcesses(nodeId);
}

std::vector<std::string> ModelWorld::actionIds() const {
    std::vector<std::string> ids;
    for (const ActionPtr& action : engine->actions(0, false)) ids.insert(ids.begin(), action->id);
    return ids;
}

ActionPtr ModelWorld::action(const std::string& id) const {
    const auto found = engine->action(id);
    return found.ok() ? *found : nullptr;
}

bool ModelWorld::settle(int rounds) {
    for (int i = 0; i < rounds && fault.empty(); ++i) {
        turn(i < rounds / 2 ? 500 : 20'000);
        const auto open = engine->actions(0, true);
        if (i > 3 && std::all_of(open.begin(), open.end(), [](const ActionPtr& action) { return saysWhatFor(*action); })) return true;
    }
    return false;
}

void ModelWorld::heal() {
    makeRoom();
    for (const auto& [id, seen] : agents.all()) {
        ModelAgent& agent = agents.at(id);
        agent.unkillable = agent.badMemory = agent.noEvidence = agent.stubborn = false;
        agent.failures.clear();
        for (std::size_t slot = 0; slot < kGpus; ++slot) setHolders(id, slot, 0);
        if (!agent.connected) agents.connect(*engine, id);
    }
    // Each round people decide what waits for them.
    for (int round = 0; round < 12 && fault.empty(); ++round) {
        if (!settle(400)) break;
        const auto open = engine->actions(0, true);
        if (open.empty()) {
            turns(25, 20'000); // Leases come to their end meanwhile.
            if (engine->actions(0, true).empty()) return checkHealed();
            continue;
        }
        for (const ActionPtr& waiting : open) {
            decide(&Engine::approve, waiting->id, waiting->actor == "ann" ? "bob" : "ann");
            decide(&Engine::resume, waiting->id, "ann");
        }
    }
    for (const ActionPtr& stuck : engine->actions(0, true))
        if (!saysWhatFor(*stuck)) note("does not end, and does not say what it waits for: " + describe(*stuck));
    for (const ActionPtr& stuck : engine->actions(0, true)) note("people decided twelve times and it does not end: " + describe(*stuck));
}

void ModelWorld::checkHealed() {
    turns(3);
    for (const NodeStatus& node : fleet.nodes()) {
        const Service service = node.facts.service;
        const Occupancy held = node.facts.occupancy;
        if (service == Service::closing || service == Service::draining || service == Service::opening) note(fmt::format("{} is {} and no action is open", node.id, toString(service)));
        if (held == Occupancy::reserved || held == Occupancy::preparing || held == Occupancy::scrubbing) note(fmt::format("{} is {} and no action is open", node.id, toString(held)));
        if (node.facts.state == NodeState::inspecting || node.facts.state == NodeState::burnIn) note(fmt::format("{} is {} and no action is open", node.id, toString(node.facts.state)));
        for (const GpuClose& gpu : node.closedGpus)
            if (gpu.service != Service::drained && gpu.service != Service::closed && gpu.service != Service::drainFailed) note(fmt::format("{} is {} and no action is open", gpu.uuid, toString(gpu.service)));
        for (std::size_t slot = 0; slot < kGpus; ++slot) checkHealedGpu(node, slot);
        checkActive(node);
    }
}

/// Its tenant's time counts while it is leased and open, and no other.
void ModelWorld::checkActive(const NodeStatus& node) {
    const auto entry = store->get(leaseKey(ulidOf(node.id)));
    const auto record = entry.ok() ? decodeLease(*entry) : StatusOr<LeaseRecord>(entry.status());
    const bool counts = record.ok() && record->activeSinceWallMs != 0, due = node.facts.occupancy == Occupancy::leased && node.facts.service == Service::open;
    if (counts != due) note(fmt::format("{} is {} and {}, its tenant's time {}", node.id, toString(node.facts.occupancy), toString(node.facts.service), counts ? "counts" : "does not count"));
}

void ModelWorld::checkHealedGpu(const NodeStatus& node, std::size_t slot) {
    const ModelGpu& gpu = agents.at(node.id).gpus[slot];
    if (node.facts.occupancy == Occupancy::leased && gpu.tenant != node.gpuTenants[slot]) note(fmt::format("{} is leased to {}, its agent let in '{}'", node.gpus[slot].uuid, node.gpuTenants[slot], gpu.tenant));
    const bool drained = node.facts.service == Service::drained || gpuServiceOf(node, node.gpus[slot].uuid) == Service::drained;
    if (drained && !gpu.closed) note(fmt::format("{} is drained, its agent has it open", node.gpus[slot].uuid));
}

} // namespace busbar::controller::model
