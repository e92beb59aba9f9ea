#include "busbar-controller/plan/planner.h"

#include "base/clock.h"
#include "base/ids.h"
#include "busbar-controller/plan/blast_radius.h"
#include "busbar-controller/plan/eligibility.h"
#include "busbar-controller/plan/gpu_scope.h"
#include "busbar-controller/plan/swap_plan.h"
#include "domain/lifecycle.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>

namespace busbar::controller {
namespace {

constexpr std::size_t kNamedIds = 20; // Unknown ids written out in a refusal; the rest is counted.

Status checkFaults(const PlanRequest& request) {
    const VerbDetails& details = request.details;
    if (details.faultyNodes.empty() && details.faultText.empty()) return absl::OkStatus();
    if (request.verb != Verb::release) return invalid("a fault is reported with a release, not with {}", toString(request.verb));
    if (details.faultyNodes.size() > kMaxFaultyNodes) return invalid("{} nodes are more than {} to report as faulty at once", details.faultyNodes.size(), kMaxFaultyNodes);
    const bool blank = std::all_of(details.faultText.begin(), details.faultText.end(), [](unsigned char c) { return c <= ' '; });
    if (details.faultyNodes.empty() || blank) return invalid("a fault report names the nodes and says what is wrong with them: give both");
    return absl::OkStatus();
}

Status checkRequest(const PlanRequest& request, std::int64_t nowWallMs) {
    if (stepsOf(request.verb).empty())
        return invalid("'{}' is not an action this controller runs: drain, return, lease, release, provision, reset, reboot, identify and swap are", toString(request.verb));
    if (request.deadlineMs < 0 || request.deadlineMs > kMaxDeadlineMs)
        return invalid("a deadline of {} ms is not between 0 (none) and 30 days", request.deadlineMs);
    if (request.notAfterWallMs != 0 && request.notAfterWallMs <= nowWallMs) return invalid("not after {} is in the past: nothing would start", formatUtc(request.notAfterWallMs));
    if (request.atDeadline == DeadlinePolicy::unknown) return invalid("at the deadline is not one of wait, ask, force");
    if (request.verb == Verb::lease && !isValidName(request.details.tenant)) return invalid("the lease names no tenant: 1 to 63 letters, digits, '.', '_' or '-'");
    if (request.verb == Verb::provision && request.details.profile != "quick" && request.details.profile != "standard" && request.details.profile != "soak")
        return invalid("no burn-in profile '{}': quick, standard or soak", request.details.profile);
    if (Status checked = checkFaults(request); !checked.ok()) return checked;
    if (request.overrideFailed && request.verb != Verb::giveBack) return invalid("only a return goes past a failed check, not {}", toString(request.verb));
    if (request.allOrNothing && request.verb != Verb::lease) return invalid("only a lease is all or nothing, not {}", toString(request.verb));
    if (request.verb == Verb::swap && (request.nodeIds.size() != 1 || !request.filter.empty())) return invalid("a swap is for one node of a lease, the one that fails: give its id");
    const bool byLease = request.verb == Verb::release && !request.details.leaseId.empty();
    if (byLease && request.nodeIds.empty() && request.filter.empty()) return absl::OkStatus();
    if (request.nodeIds.empty() && request.filter.empty()) return invalid("the plan names no node: give ids or a filter");
    if (!request.nodeIds.empty() && !request.filter.empty()) return invalid("the plan has ids and a filter: give one of them");
    if (request.nodeIds.size() > kMaxTargets) return invalid("{} nodes are more than {} in one plan: split it", request.nodeIds.size(), kMaxTargets);
    const bool mayBeScoped = request.verb == Verb::drain || request.verb == Verb::giveBack || request.verb == Verb::reset;
    if (!request.gpuUuids.empty() && !mayBeScoped) return invalid("the plan names GPUs: only drain, return and reset take single GPUs, {} takes the whole node", toString(request.verb));
    return absl::OkStatus();
}

Status checkIds(const std::vector<std::string>& ids, const std::string& site) {
    for (const std::string& id : ids) {
        const auto parsed = NodeId::parse(id);
        if (!parsed.ok()) return parsed.status();
        if (parsed->site != site) return invalid("node {} is not of site {}: ask the controller of site {}", id, site, parsed->site);
    }
    return absl::OkStatus();
}

/// Targets by place in `fleet`, without repeats, in the order asked for.
StatusOr<std::vector<std::size_t>> locate(const std::vector<std::string>& ids, const std::vector<NodeStatus>& fleet) {
    absl::flat_hash_map<std::string_view, std::size_t> places;
    places.reserve(fleet.size());
    for (std::size_t i = 0; i < fleet.size(); ++i) places.emplace(fleet[i].id, i);
    std::vector<std::size_t> found;
    absl::flat_hash_set<std::string_view> seen;
    std::string unknown;
    std::size_t unknownCount = 0;
    for (const std::string& id : ids) {
        if (!seen.insert(id).second) continue;
        const auto place = places.find(id);
        if (place != places.end()) found.push_back(place->second);
        else if (++unknownCount <= kNamedIds) unknown += (unknown.empty() ? "" : ", ") + id;
    }
    if (unknownCount == 0) return found;
    if (unknownCount > kNamedIds) unknown += fmt::format(" and {} more", unknownCount - kNamedIds);
    return notFound("no plan was made, {} of {} nodes are not known here: {}; correct or leave out those ids", unknownCount, seen.size(), unknown);
}

/// A reset or a reboot opens again what was open before, and nothing else; a release opens neither what needs repair nor what was closed apart from it.
/// A lease turns MIG mode on when all that computes has been done.
std::vector<StepKind> stepsFor(const PlanRequest& request, const NodeStatus& some) {
    std::vector<StepKind> steps = stepsOf(request.verb);
    if ((request.verb == Verb::reset || request.verb == Verb::reboot) && !opensAgain(some.facts.service)) std::erase(steps, StepKind::reopen);
    if (request.verb == Verb::release && (needsRepair(request, some) || isKeptClosed(some.facts.service))) std::erase(steps, StepKind::reopen);
    if (request.verb == Verb::lease && request.details.settings.mig.value_or(false)) steps.push_back(StepKind::mig);
    return steps;
}

/// What the node itself does not tell, and the books do.
Eligibility judgeByBooks(const PlanRequest& request, const NodeStatus& node, const std::string& holder, const PlanInput& input) {
    Eligibility judged = judgeTarget(request, node, holder);
    if (!judged.eligible || request.verb != Verb::reset || leasesOf(node).empty()) return judged;
    if (const auto lease = input.leaseOf(node.id); lease.ok() && lease->settings.mig.value_or(false))
        return {false, fmt::format("refused: its lease {} of {} has MIG mode on, in which the canary after a reset cannot run: release it first", lease->leaseId, lease->tenant)};
    return judged;
}

PlanTarget targetOf(const PlanRequest& request, const NodeStatus& node, const std::string& holder, const Eligibility& eligibility) {
    NodeStatus room;
    const NodeStatus& some = scopedTo(request.gpuUuids, node, room);
    PlanTarget target;
    target.nodeId = node.id;
    target.facts = node.facts;
    target.source = node.source;
    target.eligible = eligibility.eligible;
    if (target.eligible) target.queuedBehind = holder;
    target.sentence = eligibility.sentence;
    if (target.eligible) target.steps = stepsFor(request, some);
    target.leases = leasesOf(some);
    target.processes = static_cast<std::int64_t>(some.processes.size());
    return target;
}

std::string inverseText(const PlanRequest& request, std::int64_t nodes) {
    const std::size_t gpus = request.gpuUuids.size();
    if (nodes == 0) return "none: nothing would be done";
    if (const std::string_view why = whyNoInverse(request.verb); !why.empty()) return fmt::format("none: {}", why);
    switch (request.verb) {
    case Verb::drain:
        if (gpus > 0) return fmt::format("return of the {} drained GPU{}", gpus, gpus == 1 ? "" : "s");
        return fmt::format("return of the {} drained node{}", nodes, nodes == 1 ? "" : "s");
    case Verb::lease: return fmt::format("release of the {} leased node{}", nodes, nodes == 1 ? "" : "s");
    default: return gpus > 0 ? fmt::format("drain of the {} returned GPU{}", gpus, gpus == 1 ? "" : "s") : fmt::format("drain of the {} returned node{}", nodes, nodes == 1 ? "" : "s");
    }
}

StatusOr<PlanRequest> resolve(const PlanRequest& request, const PlanInput& input, std::int64_t& leftOut) {
    PlanRequest resolved = request;
    resolved.site = input.site;
    if (request.filter.empty() && request.nodeIds.empty()) {
        for (const NodeStatus& node : input.fleet.nodes())
            if (const auto leases = leasesOf(node); std::find(leases.begin(), leases.end(), request.details.leaseId) != leases.end()) resolved.nodeIds.push_back(node.id);
        if (resolved.nodeIds.empty()) return notFound("no plan was made: no node of site {} is under lease {}", input.site, request.details.leaseId);
        return resolved;
    }
    if (request.filter.empty()) {
        if (Status checked = checkIds(request.nodeIds, input.site); !checked.ok()) return checked;
        return resolved;
    }
    auto matched = input.fleet.resolve(request.filter);
    if (!matched.ok()) return matched.status();
    if (matched->ids.empty()) return notFound("no plan was made: no node of site {} matches '{}' ({} left out as unknown)", input.site, request.filter, matched->leftOut);
    if (matched->ids.size() > kMaxTargets) return invalid("'{}' matches {} nodes, more than {} in one plan: narrow it", request.filter, matched->ids.size(), kMaxTargets);
    leftOut = matched->leftOut;
    resolved.nodeIds = std::move(matched->ids);
    return resolved;
}

Status checkFaultyAreTargets(const PlanRequest& request) {
    for (const std::string& id : request.details.faultyNodes)
        if (std::find(request.nodeIds.begin(), request.nodeIds.end(), id) == request.nodeIds.end()) return invalid("{} is reported as faulty and is not among the nodes to release", id);
    return absl::OkStatus();
}

PlanRequest partOf(const PlanRequest& swap, Verb verb) {
    PlanRequest part = swap;
    part.verb = verb;
    if (verb == Verb::release) part.details.faultyNodes = swap.nodeIds;
    return part;
}

/// Targets of a swap in the order in which they run; where nothing can come, the node that would leave alone.
Status addSwap(Plan& plan, PlanRequest& request, const std::vector<NodeStatus>& fleet, std::size_t failing, std::vector<bool>& eligible, const PlanInput& input) {
    auto swap = planSwap(request, fleet, failing, input);
    if (!swap.ok()) return swap.status();
    if (swap->replacement) {
        const NodeStatus& node = fleet[*swap->replacement];
        plan.targets.push_back(targetOf(partOf(request, Verb::lease), node, {}, swap->comes));
        eligible[*swap->replacement] = swap->comes.eligible;
    }
    plan.targets.push_back(targetOf(partOf(request, Verb::release), fleet[failing], input.holderOf(fleet[failing].id), swap->leaves));
    eligible[failing] = swap->leaves.eligible;
    return absl::OkStatus();
}

/// Where one target of a lease is refused, all are.
void leaseAllOrNothing(Plan& plan, std::vector<bool>& eligible) {
    const auto refused = std::find_if(plan.targets.begin(), plan.targets.end(), [](const PlanTarget& target) { return !target.eligible; });
    if (refused == plan.targets.end()) return;
    const std::string why = fmt::format("refused: all or nothing, and {} is {}", refused->nodeId, refused->sentence);
    std::fill(eligible.begin(), eligible.end(), false);
    for (PlanTarget& target : plan.targets) {
        if (!target.eligible) continue;
        target.eligible = false;
        target.sentence = why;
        target.steps.clear();
    }
}

} // namespace

StatusOr<Plan> makePlan(const PlanRequest& request, const PlanInput& input) {
    if (Status checked = checkRequest(request, input.nowWallMs); !checked.ok()) return checked;
    Plan plan;
    auto resolved = resolve(request, input, plan.leftOut);
    if (!resolved.ok()) return resolved.status();
    if (Status checked = checkFaultyAreTargets(*resolved); !checked.ok()) return checked;
    const std::vector<NodeStatus> fleet = input.fleet.nodes();
    const auto places = locate(resolved->nodeIds, fleet);
    if (!places.ok()) return places.status();
    if (!resolved->gpuUuids.empty()) {
        if (places->size() != 1) return invalid("the plan names GPUs and {} nodes: GPUs are those of one node", places->size());
        auto scope = resolveScope(resolved->gpuUuids, fleet[places->front()]);
        if (!scope.ok()) return scope.status();
        resolved->gpuUuids = *std::move(scope);
    }
    std::vector<bool> eligible(fleet.size(), false);
    plan.targets.reserve(places->size());
    if (resolved->verb == Verb::swap) {
        if (Status added = addSwap(plan, *resolved, fleet, places->front(), eligible, input); !added.ok()) return added;
    } else {
        for (const std::size_t place : *places) {
            const std::string holder = input.holderOf(fleet[place].id);
            plan.targets.push_back(targetOf(*resolved, fleet[place], holder, judgeByBooks(*resolved, fleet[place], holder, input)));
            eligible[place] = plan.targets.back().eligible;
        }
    }
    if (resolved->allOrNothing) leaseAllOrNothing(plan, eligible);
    plan.blast = blastRadiusOf(*resolved, fleet, eligible);
    plan.id = makeUlid(input.nowWallMs);
    plan.site = input.site;
    plan.request = *std::move(resolved);
    plan.revision = input.revision;
    plan.madeWallMs = input.nowWallMs;
    plan.expiresWallMs = input.nowWallMs + input.validMs;
    plan.inverse = inverseText(plan.request, plan.blast.nodes);
    plan.approvalWhy = approvalNeed(request, plan.blast, input.approvalNodes);
    plan.needsApproval = !plan.approvalWhy.empty();
    return plan;
}

StatusOr<PlanRequest> undoRequestOf(const Action& action) {
    if (!isFinal(action.state)) return refused("action {} is {}: wait for its end, or cancel it", action.id, toString(action.state));
    PlanRequest request;
    request.verb = inverseOf(action.verb);
    if (request.verb == Verb::unknown) return refused("{} {} cannot be undone: {}", toString(action.verb), action.id, whyNoInverse(action.verb));
    for (const TargetRecord& target : action.targets) {
        // A drain that failed or is unknown closed its node too; its way back is the same return.
        const bool changed = target.state == TargetState::succeeded ||
                             (action.verb == Verb::drain && (target.state == TargetState::failed || target.state == TargetState::unknown));
        if (changed) request.nodeIds.push_back(target.nodeId);
    }
    if (request.nodeIds.empty()) return refused("action {} changed no node, so there is nothing to undo", action.id);
    request.gpuUuids = action.gpuUuids;
    if (action.verb == Verb::lease) request.details.leaseId = action.details.leaseId; // And nobody else's that has the nodes since.
    request.deadlineMs = action.deadlineMs;
    request.atDeadline = DeadlinePolicy::ask;
    return request;
}

} // namespace busbar::controller
