#include "busbar-controller/reconcile/restore.h"

#include "busbar-controller/reconcile/figures.h"
#include "busbar-controller/reconcile/hold.h"
#include "busbar-controller/reconcile/runner.h"
#include "busbar-controller/reconcile/site_breaker.h"
#include "busbar-controller/reconcile/swap.h"

#include <algorithm>

namespace busbar::controller {
namespace {

Status restoreState(Work& work, FactsSink& facts, const Entry& entry, const std::string& nodeId) {
    const auto record = decodeState(entry);
    if (!record.ok()) return record.status();
    work.state.states[nodeId] = record->state;
    facts.setState(nodeId, record->state, record->why, record->who);
    return absl::OkStatus();
}

Status restoreLease(Work& work, FactsSink& facts, const Entry& entry, const std::string& nodeId) {
    auto record = decodeLease(entry);
    if (!record.ok()) return record.status();
    facts.setOccupancy(nodeId, record->occupancy, shownLease(*record), record->why, record->who);
    work.state.leases[nodeId] = *std::move(record);
    return absl::OkStatus();
}

Status restoreService(Work& work, FactsSink& facts, const Entry& entry, const std::string& nodeId) {
    const auto record = decodeService(entry);
    if (!record.ok()) return record.status();
    work.state.services[nodeId] = record->service;
    facts.setService(nodeId, record->service, record->why, record->who);
    return absl::OkStatus();
}

Status restoreGpus(Work& work, FactsSink& facts, const Entry& entry, const std::string& nodeId) {
    auto closed = decodeGpus(entry);
    if (!closed.ok()) return closed.status();
    facts.setClosedGpus(nodeId, *closed);
    work.state.closedGpus[nodeId] = *std::move(closed);
    return absl::OkStatus();
}

void restoreOverride(Work& work, FactsSink& facts, const Entry& entry, const std::string& nodeId) {
    facts.setOverride(nodeId, entry.value, {});
    work.state.overrides[nodeId] = entry.value;
}

/// What the store holds of each node: service, state, lease, closed GPUs, override, boot id, machine.
Status restoreNodes(Work& work, FactsSink& facts) {
    const auto entries = work.store.list("/nodes/");
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
        const std::size_t begin = std::string_view("/nodes/").size(), end = entry.key.rfind('/');
        if (end == std::string::npos || end <= begin) continue;
        const std::string nodeId = fmt::format("{}/{}", work.options.site, entry.key.substr(begin, end - begin));
        const std::string_view part = std::string_view(entry.key).substr(end + 1);
        Status restored = absl::OkStatus();
        if (part == "service") restored = restoreService(work, facts, entry, nodeId);
        else if (part == "state") restored = restoreState(work, facts, entry, nodeId);
        else if (part == "lease") restored = restoreLease(work, facts, entry, nodeId);
        else if (part == "gpus") restored = restoreGpus(work, facts, entry, nodeId);
        else if (part == "override") restoreOverride(work, facts, entry, nodeId);
        else if (part == "boot") work.state.bootIds[nodeId] = entry.value;
        else if (part == "machine") work.state.machines[nodeId] = entry.value;
        if (!restored.ok()) return restored;
    }
    return absl::OkStatus();
}

/// Targets and log of an action whose head is read.
Status loadParts(StateStore& store, ActionHead& head, std::uint64_t& revision) {
    const std::string_view ulid = ulidOf(head.action.id);
    const auto targets = store.list(targetPrefix(ulid));
    if (!targets.ok()) return targets.status();
    for (const Entry& entry : *targets) {
        auto target = decodeTarget(entry);
        if (!target.ok()) return target.status();
        head.action.targets.push_back(*std::move(target));
        revision = std::max(revision, entry.changedRevision);
    }
    const auto lines = store.list(logPrefix(ulid));
    if (!lines.ok()) return lines.status();
    for (const Entry& entry : *lines) {
        auto line = decodeLog(entry);
        if (!line.ok()) return line.status();
        head.action.log.push_back(*std::move(line));
    }
    return absl::OkStatus();
}

StatusOr<std::unique_ptr<ActionRun>> loadRun(StateStore& store, ActionHead head, std::uint64_t revision) {
    auto run = std::make_unique<ActionRun>();
    run->head = std::move(head);
    if (Status loaded = loadParts(store, run->head, revision); !loaded.ok()) return loaded;
    run->action().revision = revision;
    run->live.resize(run->action().targets.size());
    const auto lines = store.list(logPrefix(ulidOf(run->action().id)), 1);
    if (!lines.ok()) return lines.status();
    if (!lines->empty()) {
        const auto first = indexOf(lines->front().key);
        if (!first.ok()) return first.status();
        run->logBase = *first;
    }
    run->logWritten = run->logBase + run->action().log.size();
    return run;
}

/// Unknown at its deadline with its step still open: it goes on when its agent is back.
bool goesOn(TargetRecord& target) { return target.state == TargetState::unknown && openStep(target) != nullptr; }

/// Whether an action that ended so can have targets that are unknown.
bool hasUnknown(ActionState state) { return state == ActionState::unknown || state == ActionState::failed || state == ActionState::partlySucceeded; }

bool mayGoOn(ActionRun& run) { return hasUnknown(run.action().state) && std::any_of(run.action().targets.begin(), run.action().targets.end(), goesOn); }

} // namespace

StatusOr<VerbDetails> leaseDetails(StateStore& store, const std::string& nodeId) {
    const auto entry = store.get(leaseKey(ulidOf(nodeId)));
    if (absl::IsNotFound(entry.status())) return notFound("the books have no lease of {}", nodeId);
    if (!entry.ok()) return entry.status();
    const auto record = decodeLease(*entry);
    if (!record.ok()) return record.status();
    const auto made = store.get(actionKey(leaseUlid(record->lease.id)));
    if (absl::IsNotFound(made.status())) return notFound("the action that made lease {} is not known here, so neither are its settings", record->lease.id);
    if (!made.ok()) return made.status();
    auto head = decodeHead(*made);
    if (!head.ok()) return head.status();
    VerbDetails details = std::move(head->action.details);
    details.tenant = record->lease.tenant;
    details.leaseId = record->lease.id;
    details.untilWallMs = record->lease.untilWallMs; // It may have been extended.
    return details;
}

StatusOr<ActionHead> loadAction(StateStore& store, const std::string& actionId) {
    const auto entry = store.get(actionKey(ulidOf(actionId)));
    if (absl::IsNotFound(entry.status())) return notFound("no action {} at this site", actionId);
    if (!entry.ok()) return entry.status();
    auto head = decodeHead(*entry);
    if (!head.ok()) return head.status();
    head->action.revision = entry->changedRevision;
    if (head->action.id != actionId) return notFound("no action {} at this site", actionId);
    std::uint64_t revision = entry->changedRevision;
    if (Status loaded = loadParts(store, *head, revision); !loaded.ok()) return loaded;
    head->action.revision = revision;
    return head;
}

StatusOr<ActionRun*> findRun(Work& work, const std::string& actionId) {
    const auto found = work.state.runs.find(actionId);
    if (found != work.state.runs.end()) return found->second.get();
    const auto entry = work.store.get(actionKey(ulidOf(actionId)));
    if (absl::IsNotFound(entry.status())) return notFound("no action {} at this site", actionId);
    if (!entry.ok()) return entry.status();
    auto head = decodeHead(*entry);
    if (!head.ok()) return head.status();
    if (head->action.id != actionId) return notFound("no action {} at this site", actionId);
    auto run = loadRun(work.store, *std::move(head), entry->changedRevision);
    if (!run.ok()) return run.status();
    return (work.state.runs[actionId] = *std::move(run)).get();
}

void adoptRun(Work& work, ActionRun& run) {
    for (std::size_t i = 0; i < run.action().targets.size(); ++i) {
        const TargetRef target{&run, i};
        TargetRecord& record = target.record();
        const bool working = record.state == TargetState::running || record.state == TargetState::verifying;
        if (working) run.active.insert(i);
        target.live().mayRun = openStep(record) != nullptr; // An earlier life of the controller may have sent it.
        // One that may queue takes its node when its turn comes.
        if (working || (record.state == TargetState::waiting && (!run.action().queue || verbOf(run.action(), i) == Verb::lease || isUnderWay(run.action())))) holdNode(work, target);
        if (goesOn(record)) work.state.resumable[record.nodeId] = target;
        if (const StepRecord* const close = stepOf(record, StepKind::close); close != nullptr && close->state == StepState::succeeded)
            work.state.lastClose[record.nodeId] = target;
    }
}

Status restoreAll(Work& work, FactsSink& facts) {
    work.beginTurn();
    work.state.startedBootMs = work.bootMs();
    if (Status nodes = restoreNodes(work, facts); !nodes.ok()) return nodes;
    const auto entries = work.store.list("/actions/");
    if (!entries.ok()) return entries.status();
    std::size_t ended = 0;
    // Newest first, so that the newest ended ones are kept.
    for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
        auto head = decodeHead(*entry);
        if (!head.ok()) return head.status();
        const ActionState state = head->action.state;
        const bool isOld = isFinal(state) && ++ended > work.options.endedInMemory;
        if (isOld && !hasUnknown(state)) continue;
        auto run = loadRun(work.store, *std::move(head), entry->changedRevision);
        if (!run.ok()) return run.status();
        if (isOld && !mayGoOn(**run)) continue;
        work.progressed(**run);
        work.state.runs[(*run)->action().id] = *std::move(run);
    }
    for (const auto& [id, run] : work.state.runs) adoptRun(work, *run);
    if (Status figures = restoreFigures(work, *entries); !figures.ok()) return figures;
    return restoreSiteBreaker(work);
}

void trimEnded(Work& work) {
    const auto mayLeave = [&work](ActionRun& run) { return isFinal(run.action().state) && work.isAllTold(run) && !mayGoOn(run); };
    std::size_t ended = 0;
    for (const auto& [id, run] : work.state.runs) ended += mayLeave(*run) ? 1 : 0;
    for (auto run = work.state.runs.begin(); ended > work.options.endedInMemory && run != work.state.runs.end();) {
        if (!mayLeave(*run->second)) {
            ++run;
            continue;
        }
        work.forget(*run->second);
        run = work.state.runs.erase(run);
        --ended;
    }
}

} // namespace busbar::controller
