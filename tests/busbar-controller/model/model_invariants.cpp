// What must hold after every turn, seen from outside: the agents' own records, the facts that were published, and what the store holds.
#include "model_world.h"

#include "busbar-controller/plan/gpu_scope.h"
#include "busbar-controller/reconcile/restore.h"
#include "busbar-controller/state/action_records.h"
#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller::model {
namespace {

bool isWorking(const TargetRecord& target) { return target.state == TargetState::running || target.state == TargetState::verifying; }
/// Its agent came back while there was no room, or a read is repeated a moment later: it was sent nothing.
bool isParked(const TargetRecord& target) { return target.sentence.find("waits for room") != std::string::npos || target.sentence.find("reading again") != std::string::npos; }
/// Nobody knows when its holders end: it keeps no other node from starting.
bool waitsForLong(const ModelWorld& world, const TargetRecord& target) {
    const auto open = std::find_if(target.steps.begin(), target.steps.end(), [](const StepRecord& step) { return step.state == StepState::running; });
    if (open == target.steps.end() || open->kind != StepKind::wait) return false;
    const std::int64_t now = world.clock.wallMs();
    return target.deadlineWallMs > 0 ? now >= target.deadlineWallMs : now - open->startedWallMs >= 600'000;
}
bool proves(StepKind kind) { return kind != StepKind::configure; } // There may have been nothing to set.

bool wasClosed(const TargetRecord& target) {
    return std::any_of(target.steps.begin(), target.steps.end(), [](const StepRecord& step) { return step.kind == StepKind::close && step.startedWallMs > 0; });
}

/// A release opens neither what was closed before it, as its evidence of the close shows, nor what was sent to triage since its plan.
bool staysClosed(const Action& action, const TargetRecord& target, const StepRecord& step) {
    if (action.verb != Verb::release || step.kind != StepKind::reopen || step.state != StepState::skipped) return false;
    if (target.sentence.starts_with("in triage")) return true;
    for (const Evidence& evidence : target.steps.front().evidence)
        if (evidence.fact == "service") return evidence.before == "drained" || evidence.before == "closed";
    return false;
}

bool wasOverridden(const Action& action, const StepRecord& step) { return action.overrideFailed && action.verb == Verb::giveBack && step.kind == StepKind::inspect && step.state == StepState::failed; }

/// A failed check is gone past only in the name of the person whose action says so, in the step and on the node.
void checkOverride(ModelWorld& world, const Action& action, const TargetRecord& target, const StepRecord& step) {
    if (step.sentence.find("overridden by " + action.actor) == std::string::npos) world.note(fmt::format("{} goes past a failed check of {} and does not say who did it: {}", action.id, target.nodeId, step.sentence));
    if (!world.seenEnded.insert(fmt::format("{}/{} override", action.id, target.nodeId)).second) return;
    if (world.fleet.overrideOf(target.nodeId).find(action.id) == std::string::npos) world.note(fmt::format("{} was opened by {} over a failed check, and its facts do not say so: '{}'", target.nodeId, action.id, world.fleet.overrideOf(target.nodeId)));
}

/// Another life of the machine than the one the command was issued in, or the one that the controller saw before it.
void checkReboot(ModelWorld& world, const Action& action, const std::string& nodeId, const ModelAgent::Entry& done) {
    const std::string after = done.outcome->evidence.front().after;
    const std::string seen = done.command.expected.empty() ? "" : done.command.expected.front().before;
    if (after == seen || (done.applied && after == fmt::format("boot-{}", done.bootsBefore))) world.note(fmt::format("{} of {} succeeded in the same life of the machine, {}", action.id, nodeId, after));
}

/// Succeeded only by steps that its agent's journal has as succeeded, and those that prove something with something read back.
void checkEvidence(ModelWorld& world, const Action& action, const TargetRecord& target) {
    const ModelAgent& agent = world.agents.at(target.nodeId);
    // What verifying its evidence asks of the books holds for all that the engine does.
    if (const Status earned = checkSuccess(action.verb, target, action.overrideFailed); !earned.ok()) world.note(fmt::format("{} in {}: {}", target.nodeId, action.id, earned.ToString()));
    for (const StepRecord& step : target.steps) {
        // Ended at its deadline, or could not be read until then: terminate follows, and another wait that has to be good itself.
        if (step.kind == StepKind::wait && std::any_of(&step + 1, target.steps.data() + target.steps.size(), [](const StepRecord& later) { return later.kind == StepKind::wait; })) continue;
        if (staysClosed(action, target, step)) continue;
        if (wasOverridden(action, step)) {
            checkOverride(world, action, target, step);
            continue;
        }
        const auto done = agent.journal.find(step.commandId);
        const bool good = step.state == StepState::succeeded && done != agent.journal.end() && done->second.outcome && done->second.outcome->state == StepState::succeeded;
        const bool proven = !proves(step.kind) || (good && std::any_of(done->second.outcome->evidence.begin(), done->second.outcome->evidence.end(), [](const Evidence& fact) { return fact.verdict == Verdict::asSet; }));
        if (step.kind == StepKind::reboot && good) checkReboot(world, action, target.nodeId, done->second);
        if (!good || !proven) world.note(fmt::format("{} succeeded in {} without evidence: {} is {}", target.nodeId, action.id, toString(step.kind), toString(step.state)));
    }
}

/// A target that starts has every target of the waves before it behind itself, but those that wait for a lost agent.
void checkWave(ModelWorld& world, const Action& action, std::size_t index) {
    if (!world.seenStarted.insert(fmt::format("{}/{}", action.id, index)).second) return;
    for (const TargetRecord& other : action.targets) {
        const bool away = isWorking(other) && (!world.agents.at(other.nodeId).connected || world.awayMeanwhile.contains(other.nodeId));
        // One that started in this very turn and ended is fine; one that has not begun is not.
        if (other.wave < action.targets[index].wave && !isFinal(other.state) && !away)
            world.note(fmt::format("{} of wave {} of {} started while {} of wave {} is {}", action.targets[index].nodeId, action.targets[index].wave, action.id, other.nodeId, other.wave, toString(other.state)));
    }
}

void checkBreaker(ModelWorld& world, const Action& action) {
    const auto in = [&](TargetState state) { return std::count_if(action.targets.begin(), action.targets.end(), [state](const TargetRecord& target) { return target.state == state; }); };
    const auto failures = in(TargetState::failed) + in(TargetState::unknown);
    if (isFinal(action.state) || action.cancelRequested || !action.pausedWhy.empty() || failures < 3 || in(TargetState::waiting) == 0) return;
    const auto entry = world.store->get(actionKey(ulidOf(action.id)));
    const auto head = entry.ok() ? decodeHead(*entry) : StatusOr<ActionHead>(entry.status());
    if (head.ok() && failures >= head->breakerAcknowledged + 3) world.note(fmt::format("{} goes on with {} failures, {} of them acknowledged", action.id, failures, head->breakerAcknowledged));
}

struct Load {
    std::map<std::string, std::size_t> domains;
    std::size_t site = 0;
};

bool isHit(const Action& action, const std::string& uuid) { return action.gpuUuids.empty() || std::find(action.gpuUuids.begin(), action.gpuUuids.end(), uuid) != action.gpuUuids.end(); }

/// One action a GPU, and one runner a node.
void checkOwners(ModelWorld& world, const Action& action, const TargetRecord& target, const NodeStatus& node, std::map<std::string, std::string>& owners) {
    if (const auto [owner, first] = owners.try_emplace(target.nodeId, action.id); !first) world.note(fmt::format("{} is worked on by {} and {}", target.nodeId, owner->second, action.id));
    for (const GpuIdentity& gpu : node.gpus)
        if (isHit(action, gpu.uuid)) owners.emplace(gpu.uuid, action.id);
    if (!closes(action.verb) || !wasClosed(target)) return;
    const bool open = action.gpuUuids.empty() ? node.facts.service == Service::open : gpuServiceOf(node, action.gpuUuids.front()) == Service::open;
    if (open) world.note(fmt::format("{} is open while {} has it closed", action.gpuUuids.empty() ? target.nodeId : action.gpuUuids.front(), action.id));
}

/// What closes a node ends no lease but those that its plan showed.
void checkShownLeases(ModelWorld& world, const Action& action, std::size_t index, const NodeStatus& node) {
    const TargetRecord& target = action.targets[index];
    if (!closes(verbOf(action, index))) return;
    for (const std::string& lease : node.gpuLeases)
        if (!lease.empty() && std::find(target.leases.begin(), target.leases.end(), lease) == target.leases.end())
            world.note(fmt::format("{} is at work on {}, which is in lease {}, and its plan did not show that one", action.id, target.nodeId, lease));
}

void checkTarget(ModelWorld& world, const Action& action, std::size_t index, std::map<std::string, std::string>& owners, Load& load) {
    const TargetRecord& target = action.targets[index];
    if (target.startedWallMs > 0) checkWave(world, action, index);
    if (target.state == TargetState::succeeded) checkEvidence(world, action, target);
    for (const StepRecord& step : target.steps)
        if (step.sentence.find("sent no report") != std::string::npos && !world.agents.at(target.nodeId).received.contains(step.commandId)) world.note(fmt::format("{} sent no report of {}, which it never got", target.nodeId, step.commandId));
    if (!isWorking(target)) return;
    const auto node = world.fleet.node(target.nodeId);
    checkOwners(world, action, target, *node, owners);
    if (!action.approvalWhy.empty() && action.approvedBy.empty() && !action.cancelRequested) world.note(fmt::format("{} started without approval", action.id));
    checkShownLeases(world, action, index, *node);
    if (!world.agents.at(target.nodeId).connected || isParked(target) || waitsForLong(world, target)) return;
    ++load.site;
    ++load.domains["pdu " + node->place.pdu];
    ++load.domains["leaf " + node->place.leaf];
}

/// One of which nothing is under way says what it waits for, a dozen turns later at most (wave by wave it is judged by what is shown first).
void checkSaysWhy(ModelWorld& world, const Action& action) {
    const bool idle = std::none_of(action.targets.begin(), action.targets.end(), isWorking) && std::any_of(action.targets.begin(), action.targets.end(), [](const TargetRecord& target) { return target.state == TargetState::waiting; });
    const bool says = action.sentence.find("waits") != std::string::npos || action.state == ActionState::awaitingApproval || action.state == ActionState::paused;
    int& turns = world.saidNothing[action.id];
    turns = idle && !says && !isFinal(action.state) && !action.cancelRequested ? turns + 1 : 0;
    if (turns > 12) world.note(fmt::format("{} does nothing and does not say why: {}; {}", action.id, action.sentence, ModelWorld::textOf(action)));
}

void checkLoad(ModelWorld& world, const Load& load) {
    if (load.site > kMaxAtSite) world.note(fmt::format("{} nodes are under way at the site, at most {} may", load.site, kMaxAtSite));
    for (const auto& [name, count] : load.domains)
        if (const std::size_t most = name.starts_with("pdu") ? kMaxPerPdu : kMaxPerLeaf; count > most) world.note(fmt::format("{} nodes are under way at {}, at most {} may", count, name, most));
}

void checkNodes(ModelWorld& world, const std::map<std::string, std::string>& owners) {
    for (const auto& [id, agent] : world.agents.all()) {
        if (std::none_of(agent.gpus.begin(), agent.gpus.end(), [](const ModelGpu& gpu) { return gpu.closed || gpu.mig || !gpu.tenant.empty(); })) continue;
        const auto node = world.fleet.node(id);
        for (std::size_t slot = 0; slot < kGpus; ++slot) {
            const ModelGpu& gpu = agent.gpus[slot];
            const std::string& uuid = node->gpus[slot].uuid;
            if (!gpu.tenant.empty() && node->facts.occupancy == Occupancy::free) world.note(fmt::format("{} is free for the next tenant, {} still has access", uuid, gpu.tenant));
            if (gpu.mig && node->facts.occupancy == Occupancy::free) world.note(fmt::format("{} is free for the next tenant and in MIG mode", uuid));
            const bool open = node->facts.service == Service::open && gpuServiceOf(*node, uuid) == Service::open;
            if (gpu.closed && open && !owners.contains(uuid)) world.note(fmt::format("{} is open in the books and closed at its agent, and nothing is under way", uuid));
        }
    }
}

/// A node that came up again unasked takes no work before somebody has looked.
void checkUnasked(ModelWorld& world) {
    for (const std::string& id : std::exchange(world.mustClose, {}))
        if (world.fleet.serviceOf(id) == Service::open) world.note(fmt::format("{} came up in another life of its machine and is still open", id));
}

std::string textOf(ModelWorld& world, const std::string& id) {
    const auto stored = loadAction(*world.store, id);
    return stored.ok() ? ModelWorld::textOf(stored->action) : std::string(stored.status().message());
}

/// While the journal cannot be written, nothing is shown that it does not hold.
void checkShown(ModelWorld& world) {
    if (!absl::IsResourceExhausted(world.engine->health())) world.note("the journal cannot be written: " + world.engine->health().ToString());
    for (const ActionPtr& action : world.engine->actions(0, false)) {
        if (std::exchange(world.shown[action->id], action) == action) continue; // Older than the journal perhaps; it is the new ones that must be in it.
        if (const std::string shown = ModelWorld::textOf(*action), held = textOf(world, action->id); shown != held) world.note(fmt::format("shown and not journaled:\n  shown: {}  journal: {}", shown, held));
    }
    const auto entries = world.store->list("/nodes/");
    for (const Entry& entry : entries.ok() ? *entries : std::vector<Entry>()) {
        if (!entry.key.ends_with("/service")) continue;
        const std::string id = fmt::format("pdx1/{}", entry.key.substr(7, entry.key.size() - 15));
        const auto held = decodeService(entry);
        if (const Service shown = world.fleet.serviceOf(id); held.ok() && held->service != shown) world.note(fmt::format("{} is shown {}, the journal has it {}", id, toString(shown), toString(held->service)));
    }
    for (const auto& [id, agent] : world.agents.all())
        if (!agent.connected) world.awayMeanwhile.insert(id);
}

} // namespace

void checkJournaled(ModelWorld& world, const StepCommand& command) {
    auto& places = world.places[command.actionId];
    if (places.empty())
        if (const auto action = loadAction(*world.store, command.actionId); action.ok())
            for (std::size_t i = 0; i < action->action.targets.size(); ++i) places[action->action.targets[i].nodeId] = i;
    const auto entry = world.store->get(targetKey(ulidOf(command.actionId), places[command.nodeId]));
    const auto target = entry.ok() ? decodeTarget(*entry) : StatusOr<TargetRecord>(entry.status());
    const bool known = target.ok() && std::any_of(target->steps.begin(), target->steps.end(), [&](const StepRecord& step) { return step.commandId == command.commandId && step.state == StepState::running; });
    if (!known) world.note(fmt::format("{} left for {} and is not under way in the journal", command.commandId, command.nodeId));
}

void checkInvariants(ModelWorld& world) {
    if (!world.agents.faults().empty()) world.note(world.agents.faults().front());
    // What is shown stands still meanwhile, and agents go on.
    if (!world.engine->health().ok()) return checkShown(world);
    checkUnasked(world);
    std::map<std::string, std::string> owners; ///< node → action that works on it
    Load load;
    for (const ActionPtr& action : world.engine->actions(0, false)) {
        const bool changed = std::exchange(world.shown[action->id], action) != action;
        if (!action->approvedBy.empty() && action->approvedBy == action->actor) world.note(fmt::format("{} was approved by {}, who submitted it", action->id, action->actor));
        for (std::size_t i = 0; i < action->targets.size(); ++i) checkTarget(world, *action, i, owners, load);
        checkBreaker(world, *action);
        checkSaysWhy(world, *action);
        if (const Status fits = checkOutcome(action->state, action->targets, true); !fits.ok()) world.note(fmt::format("{}: {}", action->id, fits.ToString()));
        if (changed) checkLeases(world, *action);
    }
    checkLoad(world, load);
    world.awayMeanwhile.clear();
    checkNodes(world, owners);
    for (const FleetEvent& event : world.fleet.takeEvents())
        if (event.text.find("internal fault") != std::string::npos) world.note(event.text);
}

} // namespace busbar::controller::model
