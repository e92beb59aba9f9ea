#include "busbarctl/output/table.h"
#include "busbarctl/output/text.h"
#include "busbarctl/output/text_details.h"
#include "busbarctl/output/waves.h"
#include "domain/lifecycle.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace busbar::ctl {
namespace {

constexpr std::size_t kShownBlockers = 5;
constexpr std::size_t kShownTargets = 200; ///< of a plan; JSON has them all
constexpr std::size_t kShownWaves = 20;

std::string sharesText(const char* what, const std::vector<Share>& shares) {
    std::string text;
    for (const Share& share : shares) text += fmt::format("{}{} {} of {}", text.empty() ? "" : ", ", share.name, share.part, share.whole);
    return text.empty() ? "" : fmt::format("  {:<17} {}\n", what, text);
}

std::string blastText(const BlastRadius& blast) {
    std::string text = fmt::format("Blast radius\n  {:<17} {}\n  {:<17} {}\n  {:<17} {}\n  {:<17} {}\n", "nodes", blast.nodes, "GPUs", blast.gpus, "leases", blast.leases, "processes", blast.processes);
    text += sharesText("tenants (GPUs)", blast.tenants) + sharesText("free capacity", blast.freeByModel) + sharesText("failure domains", blast.failureDomains);
    text += fmt::format("  {:<17} {:.1f} GPU-hours, {:.1f} kW, longest wait {}\n", "cost", blast.gpuHours, blast.powerStepKw, blast.longestWaitMs == 0 ? "not limited" : wordDuration(blast.longestWaitMs));
    return text + fmt::format("  {:<17} {}\n", "reversible", blast.reversible ? "yes" : "no");
}

std::string stepsText(const std::vector<StepKind>& steps) {
    std::string text;
    for (const StepKind step : steps) text += fmt::format("{}{}{}", text.empty() ? "" : " > ", toString(step), isDestructive(step) ? " (!)" : "");
    return text;
}

std::string stepText(const StepRecord& step) {
    std::string text = fmt::format("    {:<10} {}{}", toString(step.kind), toString(step.state), step.sentence.empty() ? "" : ": " + step.sentence);
    if (step.startedWallMs != 0 && step.endedWallMs != 0) text += fmt::format(" ({})", wordDuration(step.endedWallMs - step.startedWallMs));
    text += "\n";
    for (const Evidence& evidence : step.evidence)
        text += fmt::format("      {} {}: {} -> {}{}{} (expected {}) [{}, {}]\n", evidence.subject, evidence.fact, evidence.before.empty() ? "-" : evidence.before, evidence.after.empty() ? "-" : evidence.after,
                            evidence.unit.empty() ? "" : " ", evidence.unit, evidence.expected.empty() ? "-" : evidence.expected, toString(evidence.verdict), evidence.source);
    return text;
}

std::string blockersText(const TargetRecord& target) {
    std::string text;
    for (std::size_t i = 0; i < target.blockers.size() && i < kShownBlockers; ++i) {
        const Blocker& blocker = target.blockers[i];
        text += blocker.note.empty() || blocker.pid != 0 ? fmt::format("    held by    {} (pid {}, user {}{})\n", blocker.command, blocker.pid, blocker.user, blocker.lease.empty() ? "" : ", lease " + blocker.lease)
                                                         : fmt::format("    held by    {}\n", blocker.note);
    }
    const auto shown = static_cast<std::int64_t>(std::min(target.blockers.size(), kShownBlockers));
    if (target.blockerCount > shown) text += fmt::format("    and {} more\n", target.blockerCount - shown);
    return text;
}

/// What the breakers have counted against what pauses the action; nothing where the controller told no limits.
std::string breakerText(const BreakerCounts& counts) {
    if (counts.failureLimit == 0) return {};
    std::string text = fmt::format("Breaker    {} of {} failures", counts.failures, counts.failureLimit);
    text += counts.wave == 0 ? fmt::format(", or {} % of a wave", counts.wavePercent) : fmt::format("; wave {}: {} of {}, {} % pause it", counts.wave, counts.waveFailed, counts.waveTargets, counts.wavePercent);
    if (counts.siteLimit > 0) text += fmt::format("; site: {} of at most {} nodes closed within {}", counts.siteClosed, counts.siteLimit, wordDuration(counts.siteWindowMs));
    return text + "\n";
}

/// Of an action that has more than one: how far each is.
std::string wavesText(const std::vector<Wave>& waves) {
    if (waves.size() < 2) return {};
    std::string text;
    for (std::size_t i = 0; i < waves.size() && i < kShownWaves; ++i) {
        const Wave& wave = waves[i];
        text += fmt::format("{:<10} {}: {} of {} nodes ended{}\n", i == 0 ? "Waves" : "", wave.number, wave.ended, wave.targets, wave.failed == 0 ? "" : fmt::format(", {} of them failed or unknown", wave.failed));
    }
    return text + (waves.size() > kShownWaves ? fmt::format("{:<10} and {} more\n", "", waves.size() - kShownWaves) : "");
}

/// Whether a second person was needed and who it was, and who or what paused it.
std::string decisionsText(const Action& action) {
    std::string text;
    if (!action.approvalWhy.empty()) text += fmt::format("Approval   {}\n", action.approvalWhy);
    if (!action.approvedBy.empty()) text += fmt::format("Approved   by {}, {}\n", action.approvedBy, wordTime(action.approvedWallMs));
    if (!action.pausedWhy.empty()) text += fmt::format("Paused     {}\n", action.pausedWhy);
    return text;
}

std::string leftOutText(const Action& action) {
    if (action.leftOut == 0) return {};
    std::vector<std::string_view> parts;
    for (const ActionPart part : leftOutOf(action)) parts.push_back(toString(part));
    std::string text = fmt::format("Left out   {}: too much for one answer", fmt::join(parts, ", "));
    if (isLeftOut(action, ActionPart::evidence)) text += fmt::format("; what the nodes signed has it: busbarctl evidence {} --node NODE", action.id);
    return text + "\n";
}

} // namespace

std::string planText(const Plan& plan) {
    std::string text = fmt::format("Plan to {} at {}, revision {}, valid until {}\n", toString(plan.request.verb), plan.site, plan.revision, wordTime(plan.expiresWallMs));
    Table table({"NODE", "SOURCE", "SERVICE", "LINK", "LEASES", "PROCESSES", "STEPS", "WHAT"});
    for (std::size_t i = 0; i < plan.targets.size() && i < kShownTargets; ++i) {
        const PlanTarget& target = plan.targets[i];
        table.add({target.nodeId, std::string(toString(target.source)), std::string(toString(target.facts.service)), std::string(toString(target.facts.link)), std::to_string(target.leases.size()),
                   std::to_string(target.processes), target.eligible ? stepsText(target.steps) : "refused", target.sentence});
    }
    text += table.text();
    if (plan.targets.size() > kShownTargets) text += fmt::format("and {} more nodes: -o json lists all\n", plan.targets.size() - kShownTargets);
    if (std::ranges::any_of(plan.targets, [](const PlanTarget& target) { return target.eligible && std::ranges::any_of(target.steps, isDestructive); })) text += "(!) destructive: what it takes away does not come back\n";
    if (plan.leftOut > 0) text += fmt::format("{} nodes are left out: the filter could not judge them, their values are unknown\n", plan.leftOut);
    if (!plan.request.gpuUuids.empty()) text += fmt::format("Only GPUs  {}\n", fmt::join(plan.request.gpuUuids, ", "));
    if (plan.request.verb == Verb::lease) text += fmt::format("Takes      {}\n", plan.request.allOrNothing ? "all of them or nothing" : "as many as fit");
    text += detailsText(plan.request.verb, plan.request.details) + blastText(plan.blast);
    if (closes(plan.request.verb))
        text += fmt::format("Deadline   {}, then {}\n", plan.request.deadlineMs == 0 ? "none" : wordDuration(plan.request.deadlineMs), toString(plan.request.atDeadline));
    if (plan.waves.size() > 1) text += fmt::format("Waves      {} nodes; pauses at {} failures or {} % of a wave\n", fmt::join(plan.waves, ", "), plan.breaker.failureLimit, plan.breaker.wavePercent);
    if (!plan.inverse.empty()) text += fmt::format("Undo       {}\n", plan.inverse);
    if (plan.needsApproval) text += fmt::format("Approval   {}\n", plan.approvalWhy);
    return text;
}

std::string actionTable(const std::vector<Action>& actions) {
    Table table({"ACTION", "VERB", "STATE", "NODES", "DONE", "ACTOR", "CREATED", "REASON"});
    for (const Action& action : actions) {
        const auto done = std::count_if(action.targets.begin(), action.targets.end(), [](const TargetRecord& target) { return target.state == TargetState::succeeded; });
        table.add({action.id, std::string(toString(action.verb)), std::string(toString(action.state)), std::to_string(action.targets.size()), std::to_string(done), action.actor, wordTime(action.createdWallMs), action.reason});
    }
    return table.text();
}

std::string actionLine(const Action& action) {
    const auto ended = std::count_if(action.targets.begin(), action.targets.end(), [](const TargetRecord& target) { return isFinal(target.state); });
    return fmt::format("{} {}: {}, {} of {} nodes ended{}", action.id, toString(action.verb), toString(action.state), ended, action.targets.size(), action.sentence.empty() ? "" : "; " + action.sentence);
}

std::string actionText(const Action& action) {
    std::string text = fmt::format("{}  {}: {}\n", action.id, toString(action.verb), toString(action.state));
    if (!action.sentence.empty()) text += fmt::format("Why        {}\n", action.sentence);
    text += fmt::format("Reason     {}\nActor      {}\nPlan       {} at revision {}\nCreated    {}\nStarted    {}\nEnded      {}\n", action.reason, action.actor, action.planId, action.planRevision,
                        wordTime(action.createdWallMs), wordTime(action.startedWallMs), wordTime(action.endedWallMs));
    if (!action.gpuUuids.empty()) text += fmt::format("Only GPUs  {}\n", fmt::join(action.gpuUuids, ", "));
    if (!action.queuedBehind.empty()) text += fmt::format("Behind     {}\n", action.queuedBehind);
    if (action.notAfterWallMs != 0) text += fmt::format("Not after  {}\n", wordTime(action.notAfterWallMs));
    if (action.overrideFailed) text += "Override   failed checks\n";
    text += detailsText(action.verb, action.details) + decisionsText(action) + wavesText(wavesOf(action.targets)) + breakerText(action.breaker);
    if (!action.undoOf.empty()) text += fmt::format("Undo of    {}\n", action.undoOf);
    text += leftOutText(action);
    for (const TargetRecord& target : action.targets) {
        text += fmt::format("\n  {}: {}{}\n", target.nodeId, toString(target.state), target.sentence.empty() ? "" : ": " + target.sentence);
        if (!isFinal(target.state) && target.deadlineWallMs != 0) text += fmt::format("    deadline   {}\n", wordTime(target.deadlineWallMs));
        text += blockersText(target);
        for (const StepRecord& step : target.steps) text += stepText(step);
    }
    return text;
}

} // namespace busbar::ctl
