#include "engine_world.h"

#include "base/ids.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

namespace busbar::controller {

void FakeFleet::add(NodeStatus node) {
    const std::scoped_lock lock(m_mutex);
    m_nodes[node.id] = std::move(node);
}
void FakeFleet::change(const std::string& id, const std::function<void(NodeStatus&)>& edit) {
    const std::scoped_lock lock(m_mutex);
    edit(m_nodes.at(id));
}
Service FakeFleet::serviceOf(const std::string& id) const {
    const std::scoped_lock lock(m_mutex);
    return m_nodes.at(id).facts.service;
}
std::vector<FleetEvent> FakeFleet::events() const {
    const std::scoped_lock lock(m_mutex);
    return m_events;
}
std::vector<FleetEvent> FakeFleet::takeEvents() {
    const std::scoped_lock lock(m_mutex);
    return std::exchange(m_events, {});
}
std::vector<NodeStatus> FakeFleet::nodes() const {
    const std::scoped_lock lock(m_mutex);
    std::vector<NodeStatus> list;
    for (const auto& [id, node] : m_nodes) list.push_back(node);
    return list;
}
std::optional<NodeStatus> FakeFleet::node(const std::string& nodeId) const {
    const std::scoped_lock lock(m_mutex);
    const auto found = m_nodes.find(nodeId);
    return found == m_nodes.end() ? std::nullopt : std::optional(found->second);
}
StatusOr<FleetView::Resolved> FakeFleet::resolve(const std::string& filter) const {
    const std::scoped_lock lock(m_mutex);
    Resolved resolved;
    for (const auto& [id, node] : m_nodes)
        if (filter == "all" || id.find(filter) != std::string::npos) resolved.ids.push_back(id);
    resolved.leftOut = 2;
    return resolved;
}
void FakeFleet::setService(const std::string& nodeId, Service service, const std::string&, const std::string&) {
    const std::scoped_lock lock(m_mutex);
    const auto found = m_nodes.find(nodeId);
    if (found != m_nodes.end()) found->second.facts.service = service;
}
void FakeFleet::setState(const std::string& nodeId, NodeState state, const std::string&, const std::string&) {
    change(nodeId, [&](NodeStatus& node) { node.facts.state = state; });
}

void FakeFleet::setOccupancy(const std::string& nodeId, Occupancy occupancy, const std::optional<LeaseInfo>& lease, const std::string&, const std::string&) {
    change(nodeId, [&](NodeStatus& node) {
        node.facts.occupancy = occupancy;
        node.gpuLeases.assign(node.gpus.size(), lease ? lease->id : "");
        node.gpuTenants.assign(node.gpus.size(), lease ? lease->tenant : "");
    });
}

void FakeFleet::setClosedGpus(const std::string& nodeId, const std::vector<GpuClose>& closed) {
    change(nodeId, [&](NodeStatus& node) { node.closedGpus = closed; });
}

void FakeFleet::setOverride(const std::string& nodeId, const std::string& sentence, const std::string&) {
    const std::scoped_lock lock(m_mutex);
    m_overrides[nodeId] = sentence;
}

std::string FakeFleet::overrideOf(const std::string& id) const {
    const std::scoped_lock lock(m_mutex);
    const auto standing = m_overrides.find(id);
    return standing == m_overrides.end() ? std::string() : standing->second;
}

void FakeFleet::addEvent(const FleetEvent& event) {
    const std::scoped_lock lock(m_mutex);
    m_events.push_back(event);
}

void FakeAgents::with(const std::string& id, const std::function<void(FakeNode&)>& edit) {
    const std::scoped_lock lock(m_mutex);
    edit(m_nodes[id]);
}

std::vector<std::string> FakeAgents::ids() const {
    const std::scoped_lock lock(m_mutex);
    std::vector<std::string> list;
    for (const auto& [id, node] : m_nodes) list.push_back(id);
    return list;
}

void FakeAgents::connect(Engine& engine, const std::string& id) {
    std::vector<StepReport> journal;
    AgentArrival arrival;
    {
        const std::scoped_lock lock(m_mutex);
        FakeNode& node = m_nodes[id];
        node.connected = true;
        arrival = {id, node.bootId, node.machineId, node.gpus, {}, node.lostJournal};
        for (const auto& [command, report] : node.journal) journal.push_back(report);
    }
    arrival.journal = std::move(journal);
    engine.onAgentConnected(arrival);
}

void FakeAgents::disconnect(Engine& engine, const std::string& id) {
    with(id, [](FakeNode& node) { node.connected = false; });
    engine.onAgentLost(id);
}

void FakeAgents::connectAll(Engine& engine) {
    for (const std::string& id : ids()) connect(engine, id);
}

Status FakeAgents::send(const StepCommand& command) {
    const std::scoped_lock lock(m_mutex);
    FakeNode& node = m_nodes[command.nodeId];
    if (!node.connected) return unavailable("node {} has no session", command.nodeId);
    node.queue.push_back(command);
    return absl::OkStatus();
}

Status FakeAgents::cancel(const std::string& nodeId, const std::string& commandId) {
    const std::scoped_lock lock(m_mutex);
    FakeNode& node = m_nodes[nodeId];
    if (!node.connected) return unavailable("node {} has no session", nodeId);
    StepCommand command;
    command.commandId = "cancel " + commandId;
    node.queue.push_back(command);
    return absl::OkStatus();
}

namespace {

Evidence fact(const char* name, const std::string& before, const std::string& after, const std::string& expected, std::int64_t wallMs) {
    return {"GPU-1", name, before, after, expected, "", "simulated nvml", after == expected ? Verdict::asSet : Verdict::notAsSet, wallMs};
}

} // namespace

StepReport FakeAgents::execute(FakeNode& node, const StepCommand& command) {
    StepReport report;
    report.commandId = command.commandId;
    report.kind = command.kind;
    report.state = StepState::succeeded;
    report.startedWallMs = report.endedWallMs = m_clock.wallMs();
    ++node.executed[command.commandId];
    ++node.executedKinds[command.kind];
    node.scopes[command.kind] = command.gpuUuids;
    if (int& failures = node.failures[command.kind]; failures > 0) {
        --failures;
        node.mig = node.mig || command.kind == StepKind::mig; // Not on each GPU, so the step fails.
        report.state = StepState::failed;
        report.sentence = "made to fail";
        return report;
    }
    const std::int64_t now = m_clock.wallMs();
    // What comes back to before the lease ends its MIG mode first; what computes is refused in it.
    const bool endsMig = command.kind == StepKind::scrub || (command.kind == StepKind::configure && !command.details.settings.any());
    if (endsMig && !node.migStays) node.mig = false;
    if (node.mig && (endsMig || command.kind == StepKind::canary)) {
        report.state = StepState::failed;
        report.sentence = "it is in MIG mode";
        return report;
    }
    switch (command.kind) {
    case StepKind::mig:
        report.state = node.readOnly ? StepState::skipped : StepState::succeeded;
        report.sentence = node.readOnly ? "nothing is set: this agent's settings are read-only" : "";
        node.mig = !node.readOnly && command.details.settings.mig.value_or(false);
        if (!node.readOnly && !node.noEvidence) report.evidence = {fact("MIG mode", "off", node.mig ? "on" : "off", "on", now)};
        break;
    case StepKind::close:
        report.evidence = {fact("compute mode", "default", "prohibited", "prohibited", now)};
        node.closed = true;
        break;
    case StepKind::terminate:
        if (!node.unkillable) node.holders = 0;
        report.evidence = {fact("holders", "2", std::to_string(node.holders), std::to_string(node.holders), now)}; // Told as killed all the same: verify finds them.
        break;
    case StepKind::identify:
        report.evidence = {fact("hook identify", "", "exit 0", "exit 0", now)};
        break;
    case StepKind::verify:
        if (!node.noEvidence) report.evidence = {fact("processes", "2", std::to_string(node.holders), "0", now), fact("compute mode", "default", node.closed ? "prohibited" : "default", "prohibited", now)};
        if (!node.unreadSource.empty()) report.evidence.push_back({"node", "holders", "", "0; 12 processes may not be looked at", "0", "", node.unreadSource, Verdict::notReadable, now});
        break;
    case StepKind::inspect:
        if (!node.noEvidence) report.evidence = {fact("pending remap", "", "0", "0", now)};
        break;
    case StepKind::precheck:
    case StepKind::canary:
        if (!node.noEvidence) report.evidence = {fact("bf16 product", "", "no error", "no error", now)};
        break;
    case StepKind::scrub:
        if (!node.noEvidence) report.evidence = {fact("memory after scrub", "", node.badMemory ? "1 word differs" : "no error", "no error", now)};
        if (node.badMemory) report.state = StepState::failed;
        break;
    case StepKind::burnIn:
        if (!node.noEvidence) report.evidence = {fact("memory patterns", "", "no error", "no error", now)};
        for (Evidence& evidence : report.evidence) evidence.source = node.driver;
        report.figures = node.figures;
        if (node.figures.empty()) report.figures = {{.subject = "GPU-1", .name = "HBM copy", .unit = "GB/s", .value = node.copyRate}};
        break;
    case StepKind::configure:
        if (node.readOnly) {
            report.state = StepState::skipped;
            report.sentence = "nothing is set: this agent's settings are read-only";
        } else if (command.details.settings.any()) {
            node.settings = command.details.settings;
        } else {
            node.settings = {};
        }
        break;
    case StepKind::resetGpu:
        if (!node.noEvidence) report.evidence = {fact("answers after the reset", "GPU-1", "the same UUID", "the same UUID", now)};
        break;
    case StepKind::reboot: {
        const bool isAnother = !command.expected.empty() && command.expected.front().before != node.bootId;
        report.evidence = {{"node", kBootIdFact, "", node.bootId, "another boot id", "", "kernel", isAnother ? Verdict::asSet : Verdict::notAsSet, now}};
        if (!isAnother) report.state = StepState::failed;
        if (!isAnother) report.sentence = "the node did not reboot within 900 s";
        break;
    }
    case StepKind::openLease:
        node.tenant = command.details.tenant;
        report.evidence = {fact("hook open", "", "exit 0", "exit 0", now)};
        break;
    case StepKind::releaseLease:
        node.tenant.clear();
        report.evidence = {fact("hook release", "", "exit 0", "exit 0", now)};
        break;
    case StepKind::reopen:
        report.evidence = {fact("compute mode", "prohibited", "default", "default", now)};
        node.closed = false;
        break;
    default:
        break;
    }
    return report;
}

void FakeAgents::finish(FakeNode& node, const StepReport& report, std::vector<std::pair<std::string, StepReport>>& out, const std::string& id) {
    node.journal[report.commandId] = report;
    if (node.connected) out.emplace_back(id, report);
}

void FakeAgents::pump(Engine& engine) {
    std::vector<std::pair<std::string, StepReport>> reports;
    std::vector<std::pair<std::string, StepProgress>> progress;
    {
        const std::scoped_lock lock(m_mutex);
        for (auto& [id, node] : m_nodes) {
            const auto ended = [&](const std::string& commandId, StepState state, StepKind kind = StepKind::wait) {
                StepReport report;
                report.commandId = commandId;
                report.kind = kind;
                report.state = state;
                if (state == StepState::succeeded) report.evidence = {fact("holders", "2", "0", "0", m_clock.wallMs())};
                if (state == StepState::cancelled)
                    for (int i = 0; i < node.holders; ++i) report.blockers.push_back({1000 + i, "ann", "train.py", "", "GPU-1", 100, 5000, ""});
                finish(node, report, reports, id);
            };
            if (!node.queue.empty()) {
                const StepCommand command = node.queue.front();
                node.queue.erase(node.queue.begin());
                if (command.commandId.starts_with("cancel ")) {
                    if (std::erase(node.waiting, command.commandId.substr(7)) > 0) ended(command.commandId.substr(7), StepState::cancelled);
                    if (const auto cut = node.computing; cut && cut->first == command.commandId.substr(7)) ended(cut->first, StepState::cancelled, cut->second);
                    node.computing.reset();
                } else if (const auto known = node.journal.find(command.commandId); known != node.journal.end()) {
                    if (node.connected) reports.emplace_back(id, known->second); // Repeats the report, never the step.
                } else if (command.kind == StepKind::reboot && std::find(node.rebootCommands.begin(), node.rebootCommands.end(), command.commandId) == node.rebootCommands.end() && node.failures[StepKind::reboot] == 0) {
                    node.rebootCommands.push_back(command.commandId); // Goes down; what came of it is told by the agent that is back.
                } else if (command.kind == node.endless) {
                    node.computing = {command.commandId, command.kind};
                } else if (command.kind == StepKind::wait && node.failures[StepKind::wait] == 0) {
                    if (std::find(node.waiting.begin(), node.waiting.end(), command.commandId) == node.waiting.end()) {
                        node.waiting.push_back(command.commandId);
                        ++node.executed[command.commandId];
                    }
                } else {
                    finish(node, execute(node, command), reports, id);
                }
            }
            if (const auto cut = node.computing; cut && !node.endless) { // It may end now.
                node.computing.reset();
                finish(node, execute(node, {.commandId = cut->first, .nodeId = id, .kind = cut->second}), reports, id);
            }
            for (const std::string& commandId : std::vector<std::string>(node.waiting)) {
                if (node.holders == 0) {
                    std::erase(node.waiting, commandId);
                    ended(commandId, StepState::succeeded);
                } else if (node.connected) {
                    StepProgress held{commandId, "", {}, node.holders, m_clock.wallMs()};
                    for (int i = 0; i < node.holders; ++i) held.blockers.push_back({1000 + i, "ann", "train.py", "", "GPU-1", 100, 5000, ""});
                    held.sentence = fmt::format("held by {} processes", node.holders);
                    progress.emplace_back(id, held);
                }
            }
        }
    }
    for (const auto& [id, item] : progress) engine.onProgress(id, item);
    for (const auto& [id, report] : reports) engine.onReport(id, report);
}

EngineWorld::EngineWorld() {
    options.site = "pdx1";
    options.tickMs = 2;
    options.publishMs = 0;
    options.graceMs = 0;
    options.retryBackoffMs = 10;
    // Tests of approval and waves ask for them.
    options.approval = false;
    options.waveNodes = 100;
    options.siteBreakerNodes = 1'000;
}

void EngineWorld::addNode(const std::string& id, int holders) {
    NodeStatus node;
    node.id = id;
    node.facts = {NodeState::ready, Service::open, holders > 0 ? Occupancy::leased : Occupancy::free, Health::ok, Link::connected};
    node.source = Source::simulated;
    node.place.rack = "r1";
    node.policy = {true, true};
    node.driverPresent = true;
    node.driver = "simulated NVML 580.1";
    node.settingLimits = {{}, 200, 700, 210, 1'980};
    for (int i = 0; i < 2; ++i) {
        node.gpus.push_back({fmt::format("00000000:0{}:00.0", i), fmt::format("GPU-{}-{}", id, i), "H100", "", "", 81'559, i});
        node.gpuLeases.push_back(holders > 0 ? "L1" : "");
        node.gpuTenants.push_back(holders > 0 ? "ann" : "");
        node.gpuPowerW.push_back(300);
    }
    for (int i = 0; i < holders; ++i) node.processes.push_back({});
    node.lastSeenWallMs = clock.wallMs();
    fleet.add(std::move(node));
    agents.with(id, [holders](FakeNode& fake) { fake.holders = holders; });
}

void EngineWorld::start(bool connect) {
    auto opened = openSqliteStore(m_dir.filePath(QStringLiteral("state.db")).toStdString(), clock, storeOptions);
    if (!opened.ok()) qFatal("%s", std::string(opened.status().message()).c_str());
    store = *std::move(opened);
    engine = std::make_unique<Engine>(*store, fleet, agents, fleet, clock, options);
    const Status started = engine->start();
    if (!started.ok()) qFatal("%s", std::string(started.message()).c_str());
    if (connect) agents.connectAll(*engine);
}

void EngineWorld::stop() {
    engine.reset();
    store.reset();
}

Plan EngineWorld::plan(const PlanRequest& request) {
    auto made = engine->plan(request);
    if (!made.ok()) QTest::qFail(std::string(made.status().message()).c_str(), __FILE__, __LINE__);
    return made.ok() ? *made : Plan{};
}

StatusOr<ActionPtr> EngineWorld::submit(const Plan& plan, const std::string& reason, const std::string& key, const std::string& undoOf) {
    auto promise = std::make_shared<std::promise<StatusOr<ActionPtr>>>();
    engine->submit({plan.id, reason, key.empty() ? "key" + std::to_string(++m_keys) : key, undoOf, "ann"}, [promise](StatusOr<ActionPtr> reply) { promise->set_value(std::move(reply)); });
    return promise->get_future().get();
}

StatusOr<ActionPtr> EngineWorld::cancel(const std::string& id, bool keepClosed) {
    auto promise = std::make_shared<std::promise<StatusOr<ActionPtr>>>();
    engine->cancel({id, "changed my mind", "ann", keepClosed}, [promise](StatusOr<ActionPtr> reply) { promise->set_value(std::move(reply)); });
    return promise->get_future().get();
}

std::string EngineWorld::drain(const std::vector<std::string>& ids, std::int64_t deadlineMs, DeadlinePolicy policy) {
    PlanRequest request;
    request.verb = Verb::drain;
    request.nodeIds = ids;
    request.deadlineMs = deadlineMs;
    request.atDeadline = policy;
    const auto action = submit(plan(request));
    if (!action.ok()) QTest::qFail(std::string(action.status().message()).c_str(), __FILE__, __LINE__);
    return action.ok() ? (*action)->id : std::string();
}

bool EngineWorld::until(const std::function<bool()>& condition, std::int64_t stepMs) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
        if (condition()) return true;
        agents.pump(*engine);
        clock.advance(stepMs);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return condition();
}

bool EngineWorld::untilState(const std::string& actionId, ActionState state, std::int64_t stepMs) {
    const bool reached = until([&] { const auto now = action(actionId); return now != nullptr && now->state == state; }, stepMs);
    if (!reached)
        if (const auto now = action(actionId)) qWarning("%s is %s: %s; first target %s: %s", actionId.c_str(), std::string(toString(now->state)).c_str(), now->sentence.c_str(),
                                                        std::string(toString(now->targets.front().state)).c_str(), now->targets.front().sentence.c_str());
    return reached;
}

ActionPtr EngineWorld::action(const std::string& id) {
    const auto found = engine->action(id);
    return found.ok() ? *found : nullptr;
}

TargetRecord EngineWorld::target(const std::string& actionId, std::size_t index) { return action(actionId)->targets.at(index); }

} // namespace busbar::controller
