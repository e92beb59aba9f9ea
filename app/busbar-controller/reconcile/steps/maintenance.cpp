// GPU reset, reboot and identify (lifecycle.md §6). After a reset or a reboot that is not proven what was closed stays closed.
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"

#include <algorithm>

namespace busbar::controller {
namespace {

bool isWell(const StepRecord& step) { return step.state == StepState::succeeded; }

void endedReset(Work& work, const TargetRef& target, StepRecord& step) {
    if (isWell(step)) beginNextStep(work, target);
    else failClosed(work, target, step);
}

std::string bootIdOf(const Work& work, const std::string& nodeId) {
    const auto node = work.fleet.node(nodeId);
    return node.has_value() ? node->bootId : std::string();
}

/// The boot id before: what the agent compares with, so that no second agent and no lost journal reboots the node again.
void beginReboot(Work& work, const TargetRef& target, StepRecord& step) {
    Evidence before;
    before.subject = "node";
    before.fact = kBootIdFact;
    before.before = bootIdOf(work, target.node());
    before.expected = "another boot id";
    before.source = "controller";
    before.readWallMs = work.wallMs();
    step.evidence.push_back(before);
    target.record().deadlineWallMs = work.wallMs() + std::int64_t{longestSeconds(StepKind::reboot)} * 1000;
}

void fillReboot(const Work&, const TargetRef& target, StepCommand& command) {
    const StepRecord* const step = openStep(target.record());
    for (const Evidence& evidence : step->evidence)
        if (evidence.source == "controller") command.expected.push_back(evidence);
}

void endedReboot(Work& work, const TargetRef& target, StepRecord& step) {
    const auto before = std::find_if(step.evidence.begin(), step.evidence.end(), [](const Evidence& evidence) { return evidence.source == "controller"; });
    // The agent's word alone is not enough: its session says in which life of the machine it speaks.
    if (isWell(step) && before != step.evidence.end() && before->before == bootIdOf(work, target.node())) {
        step.state = StepState::failed;
        step.sentence = fmt::format("the agent says rebooted, its boot id is the same ({})", before->before);
    }
    endedReset(work, target, step);
}

void endedIdentify(Work& work, const TargetRef& target, StepRecord& step) {
    endTarget(work, target, isWell(step) ? TargetState::succeeded : step.state == StepState::failed ? TargetState::failed : TargetState::unknown, fmt::format("identify: {}", step.sentence));
}

} // namespace

const StepRule kResetGpuRule{beginNothing, fillNothing, endedReset};
const StepRule kRebootRule{beginReboot, fillReboot, endedReboot};
const StepRule kIdentifyRule{beginNothing, fillNothing, endedIdentify};

} // namespace busbar::controller
