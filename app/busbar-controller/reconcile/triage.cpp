#include "busbar-controller/reconcile/triage.h"

#include <algorithm>

namespace busbar::controller {

std::string faultOf(const TargetRef& target) {
    if (target.verb() != Verb::release) return {};
    const Action& action = target.action();
    if (action.verb == Verb::swap) return fmt::format("swapped out of lease {}: {}", action.details.leaseId, action.reason);
    const std::vector<std::string>& faulty = action.details.faultyNodes;
    if (std::find(faulty.begin(), faulty.end(), target.node()) == faulty.end()) return {};
    return fmt::format("reported as faulty on release: {}", action.details.faultText);
}

bool isInTriage(const Work& work, const std::string& nodeId) {
    const auto known = work.state.states.find(nodeId); // Whoever sends nodes there notes it here.
    return known != work.state.states.end() && isUnderRepair(known->second);
}

void sendToTriage(Work& work, const TargetRef& target) {
    const std::string fault = faultOf(target);
    if (fault.empty() || isInTriage(work, target.node())) return;
    work.moveState(target.node(), StateEvent::sentToTriage, fmt::format("{} ({})", fault, target.action().id), target.action().actor);
    work.event(target.node(), 2, fmt::format("{} goes to triage: {}", target.node(), fault));
}

} // namespace busbar::controller
