// reopen: undoes each close step and reads it back; then the node opens in the books. Also the way back of a cancelled drain.
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"
#include "domain/reopen_facts.h"

#include <algorithm>

namespace busbar::controller {
namespace {

/// What of a failed check the return went past; "" where nothing was overridden.
std::string overriddenText(const Work& work, const TargetRef& target) {
    const auto standing = work.state.overrides.find(target.node());
    const bool own = standing != work.state.overrides.end() && standing->second.find(target.action().id) != std::string::npos;
    return own ? "; " + standing->second : std::string();
}

bool wasDone(const TargetRecord& target) {
    return std::any_of(target.steps.begin(), target.steps.end(), [](const StepRecord& step) { return (step.kind == StepKind::resetGpu || step.kind == StepKind::reboot) && step.state == StepState::succeeded; });
}

void begin(Work& work, const TargetRef& target, StepRecord& step) {
    noteMove(work, target, step, serviceOf(work, target), Service::opening);
    moveService(work, target, Service::opening, whyOf(target.action()));
}

/// GPUs closed apart from the node stay so, but where the node is returned by a person.
void nameGpusThatStay(const Work& work, const TargetRef& target, StepCommand& command) {
    const auto apart = work.state.closedGpus.find(target.node());
    if (apart == work.state.closedGpus.end() || !target.action().gpuUuids.empty()) return;
    for (const GpuClose& gpu : apart->second) {
        if (gpu.service == Service::opening) continue;
        Evidence stays;
        stays.subject = gpu.uuid;
        stays.fact = kStaysClosedFact;
        stays.after = stays.expected = toString(gpu.service);
        stays.source = "controller";
        command.expected.push_back(stays);
    }
}

/// What the node's last close had set, of this action or the one that drained it.
void fill(const Work& work, const TargetRef& target, StepCommand& command) {
    nameGpusThatStay(work, target, command);
    const StepRecord* close = stepOf(target.record(), StepKind::close);
    if (close == nullptr)
        if (const auto last = work.state.lastClose.find(target.node()); last != work.state.lastClose.end())
            close = stepOf(last->second.record(), StepKind::close);
    if (close == nullptr) return;
    for (const Evidence& evidence : close->evidence)
        if (evidence.source != "controller") command.expected.push_back(evidence);
}

void ended(Work& work, const TargetRef& target, StepRecord& step) {
    const Verb verb = target.action().verb;
    // A reset or a reboot that was cancelled too late for it has been done all the same.
    const bool undoing = verb == Verb::drain || (target.action().cancelRequested && !wasDone(target.record()));
    if (step.state == StepState::succeeded) {
        noteMove(work, target, step, Service::opening, Service::open);
        moveService(work, target, Service::open, whyOf(target.action()));
        endTarget(work, target, undoing ? TargetState::cancelled : TargetState::succeeded,
                  undoing                  ? fmt::format("cancelled: its close was undone and read back, {} is open again", subjectOf(target))
                  : verb == Verb::release ? "free: scrubbed, its settings as before, the node is open"
                  : verb == Verb::reset   ? "reset, proven by a canary, and open again"
                  : verb == Verb::reboot  ? "rebooted, checked, and open again"
                                          : "open: its close was undone and read back" + overriddenText(work, target));
        return;
    }
    const std::string sentence = fmt::format("reopen: {}; {} is closed", step.sentence, subjectOf(target));
    moveService(work, target, Service::closed, fmt::format("{} ({})", sentence, target.action().id));
    work.event(target.node(), 2, fmt::format("{}: {}", target.node(), sentence));
    endTarget(work, target, step.state == StepState::failed ? TargetState::failed : TargetState::unknown, sentence);
}

} // namespace

const StepRule kReopenRule{begin, fill, ended};

} // namespace busbar::controller
