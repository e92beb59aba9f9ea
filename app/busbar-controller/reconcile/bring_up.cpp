#include "busbar-controller/reconcile/bring_up.h"

#include "domain/fact_tables.h"

#include <algorithm>

namespace busbar::controller {
namespace {

constexpr const char* kStateFact = "state";

bool cameFromTriage(TargetRecord& target) {
    const StepRecord* const inspect = stepOf(target, StepKind::inspect);
    return inspect != nullptr && std::any_of(inspect->evidence.begin(), inspect->evidence.end(), [](const Evidence& fact) { return fact.fact == kStateFact && fact.before == toString(NodeState::triage); });
}

} // namespace

Evidence stateEvidence(const Work& work, NodeState before, NodeState after) {
    const std::string now(toString(after));
    return {"node", kStateFact, std::string(toString(before)), now, now, "", "controller", Verdict::asSet, work.wallMs()};
}

std::string cancelProof(Work& work, const TargetRef& target) {
    const std::string& by = target.run->head.cancelledBy;
    const NodeState state = work.stateOf(target.node());
    const std::string sentence = fmt::format("{} cancelled by {}", state == NodeState::inspecting ? "inspection" : toString(state), by);
    if (isUnderProof(state))
        work.moveState(target.node(), cameFromTriage(target.record()) ? StateEvent::sentToTriage : StateEvent::proofCancelled, fmt::format("{} ({})", sentence, target.action().id), by);
    return sentence;
}

void giveUpProof(Work& work, const TargetRef& target, const std::string& why) {
    const NodeState state = work.stateOf(target.node());
    if (state == NodeState::inspecting) work.moveState(target.node(), StateEvent::inspectionFailed, why, target.action().actor);
    else if (state == NodeState::burnIn) work.moveState(target.node(), StateEvent::burnInFailed, why, target.action().actor);
}

} // namespace busbar::controller
