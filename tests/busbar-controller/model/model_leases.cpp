// What must hold of leases and swaps when their targets end (lifecycle.md §4), seen from outside.
#include "model_world.h"

#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller::model {
namespace {

bool hasStarted(const TargetRecord& target) { return target.startedWallMs > 0; }
bool isIn(const NodeStatus& node, const std::string& lease) { return std::find(node.gpuLeases.begin(), node.gpuLeases.end(), lease) != node.gpuLeases.end(); }

/// Whoever is handed over has let in the tenant of the books, with GPUs that were scrubbed before (the agents look at that) and computed rightly after.
void checkHandedOver(ModelWorld& world, const Action& action, const TargetRecord& target) {
    const auto node = world.fleet.node(target.nodeId);
    const bool held = node->facts.occupancy == Occupancy::leased || node->facts.occupancy == Occupancy::expiring; // It may have ended in this very moment.
    if (!held || !isIn(*node, action.details.leaseId)) world.note(fmt::format("{} was handed over by {} and is {}", target.nodeId, action.id, toString(node->facts.occupancy)));
    for (std::size_t slot = 0; slot < kGpus; ++slot) {
        const ModelGpu& gpu = world.agents.at(target.nodeId).gpus[slot];
        if (gpu.tenant != node->gpuTenants[slot] || !gpu.proven) world.note(fmt::format("{} was handed over to {} by {}; its agent let in '{}', its canary {}", gpuName(target.nodeId, slot), node->gpuTenants[slot], action.id, gpu.tenant, gpu.proven ? "was right" : "did not run"));
        if (gpu.mig != action.details.settings.mig.value_or(false)) world.note(fmt::format("{} was handed over by {} {} MIG mode", gpuName(target.nodeId, slot), action.id, gpu.mig ? "in" : "without"));
    }
}

/// What is faulty is out of use until somebody has looked, whatever became of its release; a report that was taken back with it changes nothing.
void checkInTriage(ModelWorld& world, const Action& action, std::size_t index) {
    const TargetRecord& target = action.targets[index];
    const auto& faulty = action.details.faultyNodes;
    const bool reported = std::find(faulty.begin(), faulty.end(), target.nodeId) != faulty.end() && target.state != TargetState::cancelled;
    const bool leaves = action.verb == Verb::swap && index == kLeaves;
    if (!hasStarted(target) || (!reported && !leaves)) return;
    const auto node = world.fleet.node(target.nodeId);
    if (node->facts.state != NodeState::triage || node->facts.service == Service::open) world.note(fmt::format("{} is faulty by {} and is {}, {}", target.nodeId, action.id, toString(node->facts.state), toString(node->facts.service)));
}

/// The failing node leaves only when the other one is open; else the lease is as before. Either way it has as many nodes as before.
void checkSwap(ModelWorld& world, const Action& action) {
    const TargetRecord &comes = action.targets[kComes], &leaves = action.targets[kLeaves];
    if (hasStarted(leaves) && comes.state != TargetState::succeeded) world.note(fmt::format("{} left its lease in {} while {} is {}", leaves.nodeId, action.id, comes.nodeId, toString(comes.state)));
    if (!isFinal(action.state) || !hasStarted(comes) || !world.seenEnded.insert(action.id).second) return;
    const bool came = comes.state == TargetState::succeeded, stays = isIn(*world.fleet.node(leaves.nodeId), action.details.leaseId);
    if (came == stays) world.note(fmt::format("{} {} come into lease {} by {}, and {} is {} it", comes.nodeId, came ? "has" : "has not", action.details.leaseId, action.id, leaves.nodeId, stays ? "still in" : "out of"));
    const auto node = world.fleet.node(comes.nodeId);
    if (!came && node->facts.occupancy == Occupancy::leased) world.note(fmt::format("{} did not come by {} and is leased", comes.nodeId, action.id));
}

} // namespace

void checkLeases(ModelWorld& world, const Action& action) {
    if (action.verb != Verb::lease && action.verb != Verb::release && action.verb != Verb::swap) return;
    for (std::size_t i = 0; i < action.targets.size(); ++i) {
        const TargetRecord& target = action.targets[i];
        if (!isFinal(target.state) || !world.seenEnded.insert(fmt::format("{}/{} {}", action.id, i, toString(target.state))).second) continue;
        if (verbOf(action, i) == Verb::lease && target.state == TargetState::succeeded) checkHandedOver(world, action, target);
        checkInTriage(world, action, i);
    }
    if (action.verb == Verb::swap && action.targets.size() == 2) checkSwap(world, action);
}

} // namespace busbar::controller::model
