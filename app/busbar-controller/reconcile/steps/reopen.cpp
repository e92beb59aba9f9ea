// reopen: undoes each close step and reads it back; then the node opens in the books. Also the way back of a cancelled drain.
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/step_rule.h"

namespace busbar::controller {
namespace {

void begin(Work& work, const TargetRef& target, StepRecord& step) {
    step.evidence.push_back(bookEvidence(work, work.state.services[target.node()], Service::opening));
    work.setService(target.node(), Service::opening, whyOf(target.action()), target.action().actor);
}

/// What the node's last close had set, of this action or the one that drained it.
void fill(const Work& work, const TargetRef& target, StepCommand& command) {
    const StepRecord* close = stepOf(target.record(), StepKind::close);
    if (close == nullptr)
        if (const auto last = work.state.lastClose.find(target.node()); last != work.state.lastClose.end())
            close = stepOf(last->second.record(), StepKind::close);
    if (close == nullptr) return;
    for (const Evidence& evidence : close->evidence)
        if (evidence.source != "controller") command.expected.push_back(evidence);
}

void ended(Work& work, const TargetRef& target, StepRecord& step) {
    const bool undoing = target.action().verb == Verb::drain || target.action().cancelRequested;
    if (step.state == StepState::succeeded) {
        step.evidence.push_back(bookEvidence(work, Service::opening, Service::open));
        work.setService(target.node(), Service::open, whyOf(target.action()), target.action().actor);
        endTarget(work, target, undoing ? TargetState::cancelled : TargetState::succeeded,
                  undoing                                          ? "cancelled: its close was undone and read back, the node is open again"
                  : target.action().verb == Verb::release ? "free: scrubbed, its settings as before, the node is open"
                                                          : "open: its close was undone and read back");
        return;
    }
    const std::string sentence = fmt::format("reopen: {}; the node is closed", step.sentence);
    work.setService(target.node(), Service::closed, fmt::format("{} ({})", sentence, target.action().id), target.action().actor);
    work.event(target.node(), 2, fmt::format("{}: {}", target.node(), sentence));
    endTarget(work, target, step.state == StepState::failed ? TargetState::failed : TargetState::unknown, sentence);
}

} // namespace

const StepRule kReopenRule{begin, fill, ended};

} // namespace busbar::controller
