#include "busbar-controller/reconcile/links.h"

#include "busbar-controller/reconcile/machine.h"
#include "busbar-controller/reconcile/runner.h"
#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller {
namespace {

/// The target of that node that works or could go on; run is nullptr for none.
TargetRef holderOf(Work& work, const std::string& nodeId) {
    const TargetRef target = work.state.holders.find(nodeId);
    return target.run == nullptr || openStep(target.record()) == nullptr ? TargetRef{} : target;
}

/// unknown → running, with the step it was in; the action runs again.
void goOn(Work& work, const TargetRef& target) {
    TargetRecord& record = target.record();
    const StepRecord& step = *openStep(record);
    record.state = step.kind == StepKind::verify ? TargetState::verifying : TargetState::running;
    record.endedWallMs = 0;
    record.sentence = fmt::format("the agent is back: going on with {}", toString(step.kind));
    if (closes(target.verb()) && serviceOf(work, target) == Service::drainFailed)
        moveService(work, target, step.kind == StepKind::close ? Service::closing : Service::draining, whyOf(target.action()));
    target.run->active.insert(target.index);
    target.live() = {};
    target.live().mayRun = true;
    work.state.resumable.erase(record.nodeId);
    work.state.holders.set(target); // Nobody else holds the node: whoever took it ended this target's hope.
    target.action().state = ActionState::running;
    target.action().endedWallMs = 0;
    work.log(*target.run, record.nodeId, record.sentence);
    work.changed(target);
    work.changed(*target.run);
}

/// A node that came up again without being asked to takes no work before somebody has looked (lifecycle.md §1).
void checkBoot(Work& work, const std::string& nodeId, const std::string& bootId) {
    const auto known = work.state.bootIds.find(nodeId);
    if (bootId.empty() || (known != work.state.bootIds.end() && known->second == bootId)) return;
    const bool first = known == work.state.bootIds.end();
    work.noteBoot(nodeId, bootId);
    // What was not open was rebooted by whoever closed it, or by the action that holds it.
    if (first || work.state.services[nodeId] != Service::open) return;
    const std::string why = fmt::format("rebooted unexpectedly (boot id {}): return it after a look at the cause", bootId);
    work.setService(nodeId, Service::closed, why, "controller");
    work.event(nodeId, 3, fmt::format("{} is closed: {}", nodeId, why));
}

/// The step that was under way goes on: with its outcome where the journal has it, else with its command.
void goOnWithStep(Work& work, const std::string& nodeId, const std::vector<StepReport>& journal) {
    const TargetRef target = holderOf(work, nodeId);
    if (target.run == nullptr) return;
    target.live().parked = true; // Until startTargets finds room for it; many may come back at once.
    if (target.live().retryBootMs != 0) return;
    const std::string& commandId = openStep(target.record())->commandId;
    const auto report = std::find_if(journal.begin(), journal.end(), [&](const StepReport& r) { return r.commandId == commandId; });
    if (report != journal.end() && report->state != StepState::running && report->state != StepState::pending) {
        takeReport(work, target, *report);
        return;
    }
    dispatch(work, target);
}

/// What a step had done on a machine that knows nothing of it is not known, and it is not sent there again (a read may be).
void endStepsOf(Work& work, const std::string& nodeId, const std::string& why) {
    const TargetRef target = holderOf(work, nodeId);
    if (target.run == nullptr) return;
    target.live().parked = true; // A read that is repeated waits for room, as any other.
    endStep(work, target, {StepState::unknown, why});
}

} // namespace

void agentConnected(Work& work, const AgentArrival& arrival) {
    const std::string& nodeId = arrival.nodeId;
    work.state.connected.insert(nodeId);
    work.state.lost.erase(nodeId);
    if (!work.state.services.contains(nodeId)) work.setService(nodeId, Service::open, "first contact of its agent", "controller");
    checkBoot(work, nodeId, arrival.bootId);
    const MachineChange change = noteMachine(work, arrival);
    if (const auto resumable = work.state.resumable.find(nodeId); resumable != work.state.resumable.end()) {
        const TargetRef target = resumable->second;
        goOn(work, target);
    }
    if (!change.stepsUnknown) goOnWithStep(work, nodeId, arrival.journal);
    else endStepsOf(work, nodeId, change.why);
    if (!change.why.empty()) closeChanged(work, nodeId, change.why);
}

void agentLost(Work& work, const std::string& nodeId) {
    work.state.connected.erase(nodeId);
    work.state.lost[nodeId] = {work.wallMs(), work.bootMs()};
    const TargetRef target = holderOf(work, nodeId);
    if (target.run == nullptr) return;
    target.live().sent = false;
    target.live().parked = false;
    target.live().endAskedBootMs = 0;
    const bool reboots = openStep(target.record())->kind == StepKind::reboot;
    target.record().sentence = reboots ? fmt::format("rebooting: {}, expected back with another boot id", work.waitingForAgent(nodeId)) : work.waitingForAgent(nodeId);
    work.log(*target.run, nodeId, target.record().sentence);
    work.changed(target);
}

void agentProgress(Work& work, const std::string& nodeId, const StepProgress& progress) {
    const TargetRef target = holderOf(work, nodeId);
    if (target.run == nullptr || openStep(target.record())->commandId != progress.commandId) return;
    TargetRecord& record = target.record();
    record.blockers = progress.blockers;
    nameLease(work, target);
    record.blockerCount = progress.blockerCount;
    openStep(record)->share = progress.share;
    // What a person has to decide stays in sight, and so does that there is no room for it yet: its agent went on with a step while its link was lost.
    if (!target.live().deadlineTold && !target.live().parked && !progress.sentence.empty()) record.sentence = progress.sentence;
    target.live().progressUnwritten = true;
    work.progressed(*target.run);
}

void agentReport(Work& work, const std::string& nodeId, const StepReport& report) {
    const TargetRef target = holderOf(work, nodeId);
    if (target.run != nullptr) takeReport(work, target, report);
}

} // namespace busbar::controller
