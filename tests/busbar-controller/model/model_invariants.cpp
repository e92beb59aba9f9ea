// What must hold after every turn, seen from outside: the agents' own records, the facts that were published, and what the store holds.
#include "model_world.h"

#include "busbar-controller/state/action_records.h"
#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller::model {
namespace {

bool isWorking(const TargetRecord& target) { return target.state == TargetState::running || target.state == TargetState::verifying; }
/// Its agent came back while there was no room, or a read is repeated a moment later: it was sent nothing.
bool isParked(const TargetRecord& target) { return target.sentence.find("waits for room") != std::string::npos || target.sentence.find("reading again") != std::string::npos; }
bool proves(StepKind kind) { return isRead(kind) ? kind != StepKind::wait : kind == StepKind::scrub || kind == StepKind::canary || kind == StepKind::burnIn; }

bool wasClosed(const TargetRecord& target) {
    return std::any_of(target.steps.begin(), target.steps.end(), [](const StepRecord& step) { return step.kind == StepKind::close && step.startedWallMs > 0; });
}

/// Succeeded only by steps that its agent's journal has as succeeded, and those that prove something with something read back.
void checkEvidence(ModelWorld& world, const Action& action, const TargetRecord& target) {
    const ModelAgent& agent = world.agents.at(target.nodeId);
    for (const StepRecord& step : target.steps) {
        // Ended at its deadline, or could not be read until then: terminate follows, and another wait that has to be good itself.
        if (step.kind == StepKind::wait && std::any_of(&step + 1, target.steps.data() + target.steps.size(), [](const StepRecord& later) { return later.kind == StepKind::wait; })) continue;
        const auto done = agent.journal.find(step.commandId);
        const bool good = step.state == StepState::succeeded && done != agent.journal.end() && done->second.outcome && done->second.outcome->state == StepState::succeeded;
        const bool proven = !proves(step.kind) || (good && std::any_of(done->second.outcome->evidence.begin(), done->second.outcome->evidence.end(), [](const Evidence& fact) { return fact.verdict == Verdict::asSet; }));
        if (!good || !proven) world.note(fmt::format("{} succeeded in {} without evidence: {} is {}", target.nodeId, action.id, toString(step.kind), toString(step.state)));
    }
}

/// A target that starts has every target of the waves before it behind itself, but those that wait for a lost agent.
void checkWave(ModelWorld& world, const Action& action, std::size_t index) {
    if (!world.seenStarted.insert(fmt::format("{}/{}", action.id, index)).second) return;
    for (const TargetRecord& other : action.targets) {
        const bool away = isWorking(other) && !world.agents.at(other.nodeId).connected;
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

void checkTarget(ModelWorld& world, const Action& action, std::size_t index, std::map<std::string, std::string>& owners, Load& load) {
    const TargetRecord& target = action.targets[index];
    if (target.startedWallMs > 0) checkWave(world, action, index);
    if (target.state == TargetState::succeeded) checkEvidence(world, action, target);
    if (!isWorking(target)) return;
    if (const auto [owner, first] = owners.try_emplace(target.nodeId, action.id); !first) world.note(fmt::format("{} is worked on by {} and {}", target.nodeId, owner->second, action.id));
    const auto node = world.fleet.node(target.nodeId);
    if (closes(action.verb) && wasClosed(target) && node->facts.service == Service::open) world.note(fmt::format("{} is open while {} has it closed", target.nodeId, action.id));
    if (!action.approvalWhy.empty() && action.approvedBy.empty() && !action.cancelRequested) world.note(fmt::format("{} started without approval", action.id));
    if (!world.agents.at(target.nodeId).connected || isParked(target)) return;
    ++load.site;
    ++load.domains["pdu " + node->place.pdu];
    ++load.domains["leaf " + node->place.leaf];
}

void checkLoad(ModelWorld& world, const Load& load) {
    if (load.site > kMaxAtSite) world.note(fmt::format("{} nodes are under way at the site, at most {} may", load.site, kMaxAtSite));
    for (const auto& [name, count] : load.domains)
        if (const std::size_t most = name.starts_with("pdu") ? kMaxPerPdu : kMaxPerLeaf; count > most) world.note(fmt::format("{} nodes are under way at {}, at most {} may", count, name, most));
}

void checkNodes(ModelWorld& world, const std::map<std::string, std::string>& owners) {
    for (const auto& [id, agent] : world.agents.all()) {
        if (agent.tenant.empty() && !agent.closed) continue;
        const auto node = world.fleet.node(id);
        if (!agent.tenant.empty() && node->facts.occupancy == Occupancy::free) world.note(fmt::format("{} is free for the next tenant, {} still has access", id, agent.tenant));
        if (agent.closed && node->facts.service == Service::open && !owners.contains(id)) world.note(fmt::format("{} is open in the books and closed at its agent, and nothing is under way", id));
    }
}

} // namespace

void checkInvariants(ModelWorld& world) {
    std::map<std::string, std::string> owners; ///< node → action that works on it
    Load load;
    for (const ActionPtr& action : world.engine->actions(0, false)) {
        if (!action->approvedBy.empty() && action->approvedBy == action->actor) world.note(fmt::format("{} was approved by {}, who submitted it", action->id, action->actor));
        for (std::size_t i = 0; i < action->targets.size(); ++i) checkTarget(world, *action, i, owners, load);
        checkBreaker(world, *action);
    }
    checkLoad(world, load);
    checkNodes(world, owners);
    for (const FleetEvent& event : world.fleet.takeEvents())
        if (event.text.find("internal fault") != std::string::npos) world.note(event.text);
    if (!world.agents.faults().empty()) world.note(world.agents.faults().front());
}

} // namespace busbar::controller::model
