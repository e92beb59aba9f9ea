#include "busbar-controller/reconcile/submit.h"

#include "base/crash_point.h"
#include "base/ids.h"
#include "base/refusal.h"
#include "busbar-controller/plan/differences.h"
#include "busbar-controller/reconcile/restore.h"
#include "busbar-controller/reconcile/pace.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/site_breaker.h"
#include "busbar-controller/reconcile/undo_lease.h"
#include "domain/lifecycle.h"

#include <algorithm>

namespace busbar::controller {
namespace {

std::string bodyOf(const SubmitRequest& request) {
    return fmt::format("{}\n{}\n{}\n{}", request.planId, request.actor, request.undoOf, request.reason);
}

Status checkRequest(const SubmitRequest& request) {
    if (Status reason = checkReason("the action", request.reason); !reason.ok()) return reason;
    const std::string& key = request.idempotencyKey;
    const bool plain = std::all_of(key.begin(), key.end(), [](unsigned char c) { return c > ' ' && c < 127 && c != '/'; });
    if (key.empty() || key.size() > kMaxIdempotencyKey || !plain)
        return invalid("the idempotency key is not 1 to {} printable characters without '/': make one when the user confirms", kMaxIdempotencyKey);
    return absl::OkStatus();
}

/// The action an earlier submit made with this key; nullptr when there was none.
StatusOr<ActionRun*> earlier(Work& work, const SubmitRequest& request) {
    const auto entry = work.store.get(idempotencyKeyPath(request.idempotencyKey));
    if (absl::IsNotFound(entry.status())) return nullptr;
    if (!entry.ok()) return entry.status();
    if (entry->value.substr(entry->value.find('\n') + 1) != bodyOf(request))
        return absl::AlreadyExistsError(fmt::format("the idempotency key {} belongs to another request: make a new key for a new request", request.idempotencyKey));
    return findRun(work, actionIdIn(*entry, work.options.site));
}

/// The plan as it would be made now, after a check that it is what was shown.
StatusOr<Plan> planNow(Work& work, const Plan& shown) {
    PlanRequest request = shown.request;
    request.filter.clear(); // Resolved once, when it was planned: only those ids run.
    auto now = planRequest(work, request);
    if (!now.ok()) return now.status();
    if (const auto differences = differencesOf(shown, *now); !differences.empty()) return refusedFor("the plan no longer holds, plan again", differences);
    if (now->blast.nodes == 0) return refused("the plan has nothing to do: {}", now->targets.empty() ? "no targets" : now->targets.front().sentence);
    return now;
}

TargetRecord targetOf(const PlanTarget& planned, Verb verb, int wave, std::int64_t wallMs) {
    TargetRecord target;
    target.nodeId = planned.nodeId;
    target.leases = planned.leases;
    target.wave = wave;
    target.sentence = planned.eligible ? "waiting for its turn" : planned.sentence;
    if (!planned.eligible) {
        target.state = isAlready(verb, planned.facts.service) ? TargetState::skipped : TargetState::refused;
        target.endedWallMs = wallMs;
        return target;
    }
    for (const StepKind kind : planned.steps) {
        StepRecord step;
        step.kind = kind;
        step.destructive = isDestructive(kind);
        target.steps.push_back(std::move(step));
    }
    return target;
}

std::unique_ptr<ActionRun> runOf(const Work& work, const Plan& plan, const SubmitRequest& request) {
    auto run = std::make_unique<ActionRun>();
    Action& action = run->action();
    action.id = fmt::format("{}/{}", work.options.site, makeUlid(work.wallMs()));
    action.verb = plan.request.verb;
    action.state = ActionState::queued;
    action.sentence = "queued";
    action.reason = request.reason;
    action.actor = request.actor;
    action.planId = request.planId;
    action.planRevision = plan.revision;
    action.createdWallMs = work.wallMs();
    action.deadlineMs = plan.request.deadlineMs;
    action.atDeadline = plan.request.atDeadline;
    action.undoOf = request.undoOf;
    action.queue = plan.request.queue && action.verb != Verb::lease; // A lease promises its GPUs at once.
    action.notAfterWallMs = plan.request.notAfterWallMs;
    action.details = plan.request.details;
    action.gpuUuids = plan.request.gpuUuids;
    action.overrideFailed = plan.request.overrideFailed;
    if (action.verb == Verb::lease) action.details.leaseId = leaseIdOf(ulidOf(action.id));
    if (work.options.approval && plan.needsApproval) {
        action.approvalWhy = plan.approvalWhy;
        action.state = ActionState::awaitingApproval; // Told by the answer already: whoever submits is not to think that it will start.
        action.sentence = "waits for a second person: " + plan.approvalWhy;
    }
    action.blast = plan.blast;
    const auto count = static_cast<std::size_t>(std::count_if(plan.targets.begin(), plan.targets.end(), [](const PlanTarget& target) { return target.eligible; }));
    std::size_t number = 0;
    for (const PlanTarget& planned : plan.targets) {
        const int wave = waveOf(number, count, work.options);
        action.targets.push_back(targetOf(planned, action.verb, wave, work.wallMs()));
        if (planned.eligible) ++number;
    }
    run->live.resize(action.targets.size());
    run->head.idempotencyKey = request.idempotencyKey;
    return run;
}

/// Targets that the action is to lease: all of a lease, and the one that comes in a swap.
bool isPromised(const Action& action, std::size_t target) { return verbOf(action, target) == Verb::lease && action.targets[target].state == TargetState::waiting; }

/// All GPUs of a lease are promised in the action's own commit, each only if nobody else has it: two planners cannot sell the same GPU.
void reserve(const Work& work, const Action& action, Transaction& transaction) {
    for (std::size_t i = 0; i < action.targets.size(); ++i) {
        if (!isPromised(action, i)) continue;
        const std::string key = leaseKey(ulidOf(action.targets[i].nodeId));
        transaction.compares.push_back({key, 0});
        transaction.puts.push_back({key, encodeLease({Occupancy::reserved, leaseOf(work, action), action.actor, whyOf(action)})});
    }
}

/// The reservation as the journal has it now, in memory and on the screens.
void showReserved(Work& work, const Action& action) {
    for (std::size_t i = 0; i < action.targets.size(); ++i)
        if (isPromised(action, i)) work.moveOccupancy(action.targets[i].nodeId, OccupancyEvent::reserve, leaseOf(work, action), whyOf(action), action.actor);
}

/// The first commit of an action: all of it, or nothing.
Status journal(Work& work, ActionRun& run, const SubmitRequest& request) {
    Transaction transaction;
    const std::string_view ulid = ulidOf(run.action().id);
    const std::string key = idempotencyKeyPath(request.idempotencyKey);
    transaction.compares.push_back({key, 0});
    transaction.puts.push_back({key, fmt::format("{}\n{}", std::string(ulid), bodyOf(request)), kIdempotencyMs});
    for (std::size_t i = 0; i < run.action().targets.size(); ++i) transaction.puts.push_back({targetKey(ulid, i), encodeTarget(run.action().id, run.action().targets[i])});
    reserve(work, run.action(), transaction);
    ActionHead head = run.head;
    head.action.targets.clear();
    transaction.puts.push_back({actionKey(ulid), encodeHead(head)});
    transaction.audits.push_back(request.audit);
    transaction.audits.back().result = fmt::format("{}: {} of {} nodes{}", run.action().id, toString(run.action().verb), run.action().blast.nodes, run.action().overrideFailed ? ", failed checks overridden" : "");
    crashPoint("controller.before-submit");
    auto revision = work.store.commit(transaction);
    if (absl::IsAborted(revision.status()) && isPromised(run.action(), 0)) return refused("a node of the plan was promised to somebody else in this moment: plan again");
    if (!revision.ok()) return revision.status();
    crashPoint("controller.submitted");
    run.action().revision = *revision;
    return absl::OkStatus();
}

} // namespace

Status checkReason(const char* what, const std::string& reason) {
    if (std::all_of(reason.begin(), reason.end(), [](unsigned char c) { return c <= ' '; })) return invalid("{} has no reason: say why, it goes to the audit and to the tenants", what);
    if (reason.size() > kMaxReasonLength) return invalid("the reason has {} bytes, more than {}", reason.size(), kMaxReasonLength);
    return absl::OkStatus();
}

std::string actionIdIn(const Entry& submitted, const std::string& site) { return fmt::format("{}/{}", site, submitted.value.substr(0, submitted.value.find('\n'))); }

Status planIsGone(const std::string& planId, const EngineOptions& options) {
    return notFound("plan {} is not known: plans are valid for {} min and end with the controller; plan again", planId, options.planValidMs / 60'000);
}

PlanInput planInputOf(const FleetView& fleet, const Holders& holders, StateStore& store, const EngineOptions& options, std::int64_t nowWallMs) {
    return {fleet, [&holders](const std::string& id) { return holders.actionOf(id); }, options.site, store.revision(), nowWallMs, options.planValidMs, options.approvalNodes,
            [&store](const std::string& id) { return leaseDetails(store, id); }};
}

StatusOr<Plan> planRequest(Work& work, const PlanRequest& request) { return makePlan(request, planInputOf(work.fleet, work.state.holders, work.store, work.options, work.wallMs())); }

StatusOr<ActionRun*> submitAction(Work& work, PlanCache& plans, const SubmitRequest& request) {
    if (Status checked = checkRequest(request); !checked.ok()) return checked;
    auto known = earlier(work, request);
    if (!known.ok() || *known != nullptr) return known;
    const auto shown = plans.find(request.planId, work.wallMs());
    if (shown == nullptr) return planIsGone(request.planId, work.options);
    if (closes(shown->request.verb))
        if (Status allowed = closingAllowed(work); !allowed.ok()) return allowed;
    // What this turn decided so far is shown first, so that the plan is held against it.
    if (Status written = work.flush(); !written.ok()) return written;
    auto plan = planNow(work, *shown);
    if (!plan.ok()) return plan.status();
    auto run = runOf(work, *plan, request);
    if (Status written = journal(work, *run, request); !written.ok()) return written;
    ActionRun* const raw = run.get();
    work.state.runs[raw->action().id] = std::move(run);
    adoptRun(work, *raw);
    work.log(*raw, "", fmt::format("submitted by {}: {}", request.actor, request.reason));
    showReserved(work, raw->action());
    if (!raw->action().approvalWhy.empty()) work.event("", 2, fmt::format("{} {} of {} waits for a second person: {}", toString(raw->action().verb), raw->action().id, request.actor, raw->action().approvalWhy));
    work.event("", 0, fmt::format("{} of {} nodes submitted by {}: {}", toString(raw->action().verb), plan->blast.nodes, request.actor, request.reason));
    return raw;
}

} // namespace busbar::controller
