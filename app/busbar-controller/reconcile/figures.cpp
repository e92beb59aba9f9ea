#include "busbar-controller/reconcile/figures.h"

namespace busbar::controller {
namespace {

BurnedIn burnedIn(const NodeStatus& node, const std::string& profile, const std::vector<Evidence>& evidence) { return {node.id, profile, worthOf(node.source, evidence), node.gpus}; }

/// Where signatures are asked for, figures count by them: as when the report was taken.
bool wasTaken(const Work& work, const StepRecord& step) { return !step.figures.empty() && (!work.options.signerOf || !step.signedBy.empty()); }

void noteTarget(Work& work, const TargetRecord& target, const std::string& profile) {
    for (const StepRecord& step : target.steps) {
        if (step.kind != StepKind::burnIn || !wasTaken(work, step)) continue;
        if (const auto node = work.fleet.node(target.nodeId)) work.state.figures.note(burnedIn(*node, profile, step.evidence), step.figures);
    }
}

} // namespace

void judgeFigures(Work& work, const TargetRef& target, StepKind kind, StepReport& report) {
    for (TestFigure& figure : report.figures) figure = {.subject = figure.subject, .name = figure.name, .unit = figure.unit, .value = figure.value};
    const NodeStatus node = work.fleet.node(target.node()).value_or(NodeStatus{});
    if (work.options.thresholds) work.options.thresholds(node, report.figures);
    if (kind != StepKind::burnIn) return;
    const BurnedIn burnIn = burnedIn(node, target.action().details.profile, report.evidence);
    work.state.figures.note(burnIn, report.figures); // All at first, so that GPUs of one node are compared with each other too.
    work.state.figures.rank(burnIn, report.figures);
}

Status restoreFigures(Work& work, const std::vector<Entry>& actions) {
    for (const Entry& entry : actions) {
        const auto head = decodeHead(entry);
        if (!head.ok()) return head.status();
        if (head->action.verb != Verb::provision) continue;
        const auto targets = work.store.list(targetPrefix(ulidOf(head->action.id)));
        if (!targets.ok()) return targets.status();
        for (const Entry& stored : *targets) {
            const auto target = decodeTarget(stored);
            if (!target.ok()) return target.status();
            noteTarget(work, *target, head->action.details.profile);
        }
    }
    return absl::OkStatus();
}

} // namespace busbar::controller
