#include "busbar-controller/plan/eligibility.h"

#include "base/clock.h"
#include "busbar-controller/plan/gpu_scope.h"
#include "domain/fact_tables.h"
#include "domain/gpu_reset.h"
#include "domain/gpu_setting.h"
#include "domain/lifecycle.h"

#include <algorithm>
#include <set>

namespace busbar::controller {
namespace {

std::string count(std::size_t number, const char* one, const char* many) { return fmt::format("{} {}", number, number == 1 ? one : many); }

Eligibility no(std::string sentence) { return {false, std::move(sentence)}; }

/// What a lost agent means for a plan; "" while its link stands.
std::string lostNote(const PlanRequest& request, const NodeStatus& node, const char* atOnce) {
    if (node.facts.link != Link::lost) return {};
    const std::string since = node.lastSeenWallMs > 0 ? formatUtc(node.lastSeenWallMs) : "before the controller started";
    const std::string end = request.deadlineMs > 0 ? fmt::format("after {} the target is unknown and goes on when it is back", formatSpan(request.deadlineMs))
                                                   : "there is no deadline, so it waits until the agent is back";
    return fmt::format("agent lost since {}: {}its steps wait for the agent, {}", since, atOnce, end);
}

std::string deadlineNote(const PlanRequest& request) {
    if (request.deadlineMs == 0) return "without a deadline";
    switch (request.atDeadline) {
    case DeadlinePolicy::wait: return fmt::format("up to {}, then stay draining and tell", formatSpan(request.deadlineMs));
    case DeadlinePolicy::force: return fmt::format("up to {}, then end them (SIGTERM, 30 s, SIGKILL)", formatSpan(request.deadlineMs));
    default: return fmt::format("up to {}, then pause and ask", formatSpan(request.deadlineMs));
    }
}

/// What its agent's own policy leaves out of a verb that could set a compute mode; "" where it may.
std::string modeLeft(const NodeStatus& node, const char* what) {
    return node.policy.settingsAllowed ? std::string() : fmt::format("; {}: its agent's policy is read-only", what);
}

constexpr const char* kModeStays = "the GPUs' compute mode stays as it is";

Eligibility judgeDrain(const PlanRequest& request, const NodeStatus& node) {
    if (request.atDeadline == DeadlinePolicy::force && !node.policy.terminateHolders)
        return no("refused: its agent's own config says terminate = never: plan with wait or ask, or set terminate = holders in agent.toml on the node");
    if (const std::string lost = lostNote(request, node, "the node closes at once in the controller, "); !lost.empty()) return {true, lost};
    const bool again = node.facts.service != Service::open && node.facts.service != Service::unknown;
    std::string text = again ? fmt::format("is {} without an action: close again, ", toString(node.facts.service)) : "close, ";
    const std::size_t leases = leasesOf(node).size();
    const std::size_t processes = node.processes.size();
    if (!node.driverPresent)
        return {true, text + fmt::format("wait {}, verify; no driver ({}), so the evidence is the kernel's", deadlineNote(request), node.driver.empty() ? "not reported" : node.driver)};
    const std::string left = modeLeft(node, kModeStays);
    if (processes == 0) return {true, text + (leases == 0 ? "nothing holds it now, verify" : fmt::format("{}, no process holds it now, verify", count(leases, "lease", "leases"))) + left};
    return {true, text + fmt::format("wait for {}{} {}, verify", count(processes, "process", "processes"),
                                     leases == 0 ? std::string() : fmt::format(" of {}", count(leases, "lease", "leases")), deadlineNote(request)) + left};
}

/// What a reset or a reboot does before and after, as a drain's sentence and the rest of the steps.
Eligibility maintenance(const PlanRequest& request, const NodeStatus& node, const char* rest) {
    Eligibility drain = judgeDrain(request, node);
    if (!drain.eligible) return drain;
    const bool opens = opensAgain(node.facts.service);
    return {true, fmt::format("{}; then {}, {}", drain.sentence, rest, opens ? "open again" : fmt::format("and it stays {} as it is", toString(node.facts.service)))};
}

bool isModelled(const NodeStatus& node) { return node.driver == "model"; }

/// Where nothing real can be reset or rebooted; "" where it can.
std::string notReal(const NodeStatus& node, const char* what) {
    if (node.facts.link != Link::connected && node.facts.link != Link::late) return fmt::format("refused: its agent is {}, and it is the agent that does it", toString(node.facts.link));
    if (node.source == Source::replayed) return fmt::format("refused: a recorded node has nothing to {}", what);
    if (isModelled(node)) return fmt::format("refused: a modelled node has nothing to {}", what);
    return {};
}

Eligibility judgeReset(const PlanRequest& request, const NodeStatus& node, const NodeStatus& some) {
    if (const std::string why = notReal(node, "reset"); !why.empty()) return no(why);
    if (!node.driverPresent) return no(fmt::format("refused: {}: reboot it instead", node.driver.empty() ? "its agent reports no driver" : node.driver));
    if (!node.policy.settingsAllowed) return no("refused: its agent's settings are read-only, and a GPU reset takes settings away: set settings = allowed in agent.toml on the node, or reboot it");
    if (const Status scope = checkResetScope(node.gpus, request.gpuUuids); !scope.ok()) return no(fmt::format("refused: {}", std::string(scope.message())));
    return maintenance(request, some, "GPU reset (destructive), canary");
}

Eligibility judgeReboot(const PlanRequest& request, const NodeStatus& node) {
    if (const std::string why = notReal(node, "reboot"); !why.empty()) return no(why);
    if (!node.policy.rebootAllowed) return no("refused: its agent's own config says reboot = never: set reboot = allowed in agent.toml on the node, or reboot it by its BMC");
    return maintenance(request, node, "reboot (destructive), inspect");
}

Eligibility judgeIdentify(const NodeStatus& node) {
    if (const std::string why = notReal(node, "light up"); !why.empty()) return no(why);
    return {true, "hooks.d/identify makes its chassis show itself; nothing else changes"};
}

/// What brings a node that is not proven to `ready`.
std::string proof(const NodeStatus& node, const char* again = "") {
    if (node.source == Source::replayed) return "a recorded node computes nothing, so it cannot be proven";
    if (isModelled(node)) return "a modelled node computes nothing, so it cannot be proven";
    return fmt::format("provision proves it{}", again);
}

bool isProvisioned(NodeState state) { return isFailedPhase(state) || isUnderProof(state) || state == NodeState::discovered || state == NodeState::triage || state == NodeState::ready; }

/// "it is leased to acme (lease L-…)" and what frees it.
std::string notFree(const NodeStatus& node) {
    const Occupancy occupancy = node.facts.occupancy;
    std::string text = fmt::format("it is {}", toString(occupancy));
    for (std::size_t i = 0; i < node.gpuLeases.size() && i < node.gpuTenants.size(); ++i) {
        if (node.gpuLeases[i].empty()) continue;
        text += fmt::format(" to {} (lease {})", node.gpuTenants[i], node.gpuLeases[i]);
        break;
    }
    if (node.source == Source::replayed) return text + ": its leases are those of a recording";
    switch (occupancy) {
    case Occupancy::leased: return text + ": release it first";
    case Occupancy::reserved:
    case Occupancy::preparing: return text + ": cancel the action that prepares it, or release it";
    case Occupancy::expiring:
    case Occupancy::scrubbing: return text + ": its lease is ending, a release brings it to its end";
    default: return text;
    }
}

Eligibility judgeReturn(const PlanRequest& request, const NodeStatus& node) {
    if (isUnderRepair(node.facts.state))
        return no(fmt::format("refused: it is in {} and stays closed until it is repaired: {}", toString(node.facts.state), proof(node, " again, then it can be returned")));
    // A provision that failed or was cancelled is no short cut out of triage.
    if (isFailedPhase(node.facts.state))
        return no(fmt::format("refused: it is {}, its last inspection and burn-in were not passed to the end, and it stays closed until they are: {}", toString(node.facts.state), proof(node, " again")));
    if (isUnderProof(node.facts.state))
        return no(fmt::format("refused: it is in {} and no action is at work on that, so nobody knows whether it would pass: {}", toString(node.facts.state), proof(node)));
    if (node.facts.health == Health::failed && !request.overrideFailed)
        return no("refused: its health is failed, and a node with a failed check is not returned: repair it first, its findings say what is wrong; an admin may override it");
    if (request.overrideFailed && node.facts.occupancy == Occupancy::scrubFailed) return no("refused: its GPUs failed their scrub, and no override goes past that: repair them, then " + proof(node));
    if (const std::string lost = lostNote(request, node, "it stays closed, "); !lost.empty()) return {true, lost};
    const char* const apart = request.gpuUuids.empty() && !node.closedGpus.empty() ? ", its GPUs that were closed apart too" : "";
    const char* const past = !request.overrideFailed                 ? ""
                             : node.facts.health == Health::failed ? "; its health is failed: that is overridden, and the reason stands on the node until a check passes"
                                                                   : "; also if its check fails: then the reason stands on the node until one passes";
    return {true, fmt::format("is {}: inspect, undo its close, open{}{}{}", toString(node.facts.service), apart, past, modeLeft(node, kModeStays))};
}

Eligibility judgeRelease(const PlanRequest& request, const NodeStatus& node) {
    const Occupancy occupancy = node.facts.occupancy;
    if (occupancy == Occupancy::free || occupancy == Occupancy::unknown) return no(fmt::format("refused: it is {}, there is no lease to end", toString(occupancy)));
    if (occupancy == Occupancy::scrubFailed) return no("refused: its GPUs failed their scrub: repair them, then " + proof(node));
    // One that is still being prepared and held by no action was given up half-way: its release takes back what was granted.
    if (occupancy == Occupancy::reserved) return no(fmt::format("refused: its lease is still {}: cancel the action that prepares it", toString(occupancy)));
    if (node.source == Source::replayed) return no("refused: its leases are those of a recording");
    const std::string& asked = request.details.leaseId;
    if (const auto leases = leasesOf(node); !asked.empty() && !leases.empty() && std::find(leases.begin(), leases.end(), asked) == leases.end())
        return no(fmt::format("refused: it is in lease {} now, not in {}", leases.front(), asked));
    if (Eligibility drain = judgeDrain(request, node); !drain.eligible) return drain;
    if (const std::string lost = lostNote(request, node, "the node closes at once in the controller, "); !lost.empty()) return {true, lost};
    return {true, fmt::format("close, wait for {} {}, scrub, {}take the access back, verify, {}", count(node.processes.size(), "process", "processes"), deadlineNote(request),
                              node.policy.settingsAllowed ? "settings as before, " : fmt::format("{} on its agent and stay, ", kReadOnlyWords),
                              needsRepair(request, node)         ? std::string("triage: it stays closed")
                              : isKeptClosed(node.facts.service) ? fmt::format("free; it is {} now and stays drained: return opens it", toString(node.facts.service))
                                                                 : std::string("free"))};
}

/// The node that leaves its lease in a swap.
Eligibility judgeLeaving(const PlanRequest& request, const NodeStatus& node) {
    const Occupancy occupancy = node.facts.occupancy;
    const std::vector<std::string> leases = leasesOf(node);
    if (node.source == Source::replayed && !leases.empty()) return no("refused: its leases are those of a recording");
    if (occupancy == Occupancy::reserved || occupancy == Occupancy::preparing) return no(fmt::format("refused: its lease is still {}: cancel the action that prepares it", toString(occupancy)));
    if (occupancy == Occupancy::expiring || occupancy == Occupancy::scrubbing) return no(fmt::format("refused: its lease is ending, it is {}: nothing is put in its place", toString(occupancy)));
    if ((leases.empty() || occupancy != Occupancy::leased) && isKeptClosed(node.facts.service))
        return no(fmt::format("refused: it is {}, in no lease, and {} already: nothing is to be swapped", toString(occupancy), toString(node.facts.service)));
    if (leases.empty() || occupancy != Occupancy::leased) return no(fmt::format("refused: it is {}, in no lease: drain it instead", toString(occupancy)));
    if (!request.details.leaseId.empty() && leases.front() != request.details.leaseId) return no(fmt::format("refused: it is in lease {} now, not in {}", leases.front(), request.details.leaseId));
    PlanRequest release = request;
    release.verb = Verb::release;
    release.details.faultyNodes = {node.id};
    return judgeRelease(release, node);
}

/// Where a verb that computes on the GPUs cannot run at all; "" where it can.
std::string cannotCompute(const NodeStatus& node) {
    if (node.facts.link != Link::connected && node.facts.link != Link::late) return fmt::format("refused: its agent is {}", toString(node.facts.link));
    if (!node.driverPresent) return fmt::format("refused: {}", node.driver.empty() ? "its agent reports no driver" : node.driver);
    if (node.gpus.empty()) return "refused: it has no GPU";
    if (node.source == Source::replayed) return "refused: a recorded node computes nothing";
    if (isModelled(node)) return "refused: a modelled node computes nothing";
    if (!node.processes.empty()) return fmt::format("refused: {} on its GPUs: end them, or drain it first", count(node.processes.size(), "process is", "processes are"));
    return {};
}

/// What does not go together with MIG mode; "" where all does, or it is not asked for.
std::string cannotBeUnderMig(const GpuSettings& asked) {
    if (!asked.mig.value_or(false)) return {};
    if (const auto mode = asked.computeMode.value_or(0); mode != 0)
        return fmt::format("refused: in MIG mode the driver keeps the compute mode at default, {} was asked: lease it without one of the two", computeModeName(mode));
    if (asked.lockedClockMhz.value_or(0) != 0) return "refused: a locked clock is read back under load, which no whole GPU takes in MIG mode: lease it without one of the two";
    return {};
}

/// Why the GPUs of this node cannot be set as the lease asks; "" when they can, or are not set at all.
std::string cannotBeSet(const GpuSettings& asked, const NodeStatus& node) {
    if (!node.policy.settingsAllowed) return {};
    const SettingLimits& limits = node.settingLimits;
    for (const Setting setting : kSettings)
        if (const auto missing = limits.unsupported.find(nameOf(setting)); wantedOf(asked, setting).has_value() && missing != limits.unsupported.end())
            return fmt::format("refused: its GPUs cannot have {} {}: {}", nameOf(setting), valueText(setting, *wantedOf(asked, setting)), missing->second);
    if (const auto watts = asked.powerLimitWatts; watts && limits.powerMaxWatts > 0 && (*watts < limits.powerMinWatts || *watts > limits.powerMaxWatts))
        return fmt::format("refused: a power limit of {} W is not within what its GPUs take, {} to {} W", *watts, limits.powerMinWatts, limits.powerMaxWatts);
    if (const auto mhz = asked.lockedClockMhz; mhz && limits.clockMaxMhz > 0 && (*mhz < limits.clockMinMhz || *mhz > limits.clockMaxMhz))
        return fmt::format("refused: a locked SM clock of {} MHz is not within what its GPUs take, {} to {} MHz", *mhz, limits.clockMinMhz, limits.clockMaxMhz);
    return cannotBeUnderMig(asked);
}

/// What of the settings could not be held against the device; "" where all was, or nothing is set.
std::string notChecked(const GpuSettings& asked, const NodeStatus& node) {
    if (!node.policy.settingsAllowed) return {};
    std::string what;
    if (asked.powerLimitWatts && node.settingLimits.powerMaxWatts == 0) what = nameOf(Setting::powerLimitWatts);
    if (asked.lockedClockMhz && node.settingLimits.clockMaxMhz == 0) what += fmt::format("{}{}", what.empty() ? "" : " and ", nameOf(Setting::lockedClockMhz));
    if (!what.empty()) what = fmt::format("; its driver does not tell the range of its {}: not checked here", what);
    if (asked.ecc) what += "; a change of ECC mode counts only after a GPU reset: where it is not so already the lease is taken back";
    return what;
}

Eligibility judgeLease(const PlanRequest& request, const NodeStatus& node) {
    // Without GPUs or a driver its other facts are not known, and that is the reason.
    if (node.facts.state == NodeState::unknown || node.facts.occupancy == Occupancy::unknown)
        if (const std::string why = cannotCompute(node); !why.empty()) return no(why);
    if (node.facts.state != NodeState::ready)
        return no(fmt::format("refused: it is {}, only ready nodes are leased{}", toString(node.facts.state), isProvisioned(node.facts.state) ? ": " + proof(node) : std::string()));
    if (node.facts.service != Service::open)
        return no(fmt::format("refused: it is {}, not open{}", toString(node.facts.service), node.facts.service == Service::unknown || node.facts.service == Service::opening ? "" : ": return opens it"));
    if (node.facts.occupancy == Occupancy::scrubFailed) return no("refused: it is scrub-failed: repair its GPUs, then " + proof(node));
    if (const std::string closed = closedApart(node); !closed.empty()) return no(fmt::format("refused: {}, and a lease takes the whole node: return that GPU first", closed));
    if (node.facts.occupancy != Occupancy::free) return no("refused: " + notFree(node));
    if (node.facts.health != Health::ok && node.facts.health != Health::watch) return no(fmt::format("refused: its health is {}", toString(node.facts.health)));
    if (const std::string why = cannotCompute(node); !why.empty()) return no(why);
    const GpuSettings& asked = request.details.settings;
    if (const std::string why = cannotBeSet(asked, node); !why.empty()) return no(why);
    const GpuSettings first = beforeMig(asked);
    const std::string configure = first.any() ? fmt::format("configure ({})", textOf(first)) : "configure";
    const bool sets = node.policy.settingsAllowed, mig = asked.mig.value_or(false);
    std::string text = fmt::format("precheck, scrub, {}open for {}, canary on {}", sets && first.any() ? configure + ", " : "", request.details.tenant, count(node.gpus.size(), "GPU", "GPUs"));
    if (sets && mig) text += ", MIG mode on, in which no utilisation is measured";
    text += notChecked(asked, node);
    if (!sets) text += fmt::format("; {} skipped: its agent's {}", mig ? configure + " and MIG are" : configure + " is", kReadOnlyWords);
    return {true, text};
}

Eligibility judgeProvision(const PlanRequest& request, const NodeStatus& node) {
    const NodeState state = node.facts.state;
    if (!isProvisioned(state)) return no(fmt::format("refused: it is {}, which is not provisioned", toString(state)));
    if (node.facts.occupancy != Occupancy::free && node.facts.occupancy != Occupancy::unknown && node.facts.occupancy != Occupancy::scrubFailed) return no("refused: " + notFree(node));
    if (const std::string why = cannotCompute(node); !why.empty()) return no(why);
    return {true, fmt::format("is {}: inspect, burn-in {} on {}{}", toString(state), request.details.profile, count(node.gpus.size(), "GPU", "GPUs"),
                              modeLeft(node, "that it computes there alone is checked, not set"))};
}

} // namespace

std::vector<std::string> leasesOf(const NodeStatus& node) {
    const std::set<std::string> leases(node.gpuLeases.begin(), node.gpuLeases.end());
    std::vector<std::string> list(leases.begin(), leases.end());
    std::erase(list, "");
    return list;
}

bool opensAgain(Service service) { return service == Service::open || service == Service::unknown; }

bool isKeptClosed(Service service) { return service == Service::drained || service == Service::closed; }

bool needsRepair(const PlanRequest& request, const NodeStatus& node) {
    const std::vector<std::string>& faulty = request.details.faultyNodes;
    return isUnderRepair(node.facts.state) || std::find(faulty.begin(), faulty.end(), node.id) != faulty.end();
}

std::string formatSpan(std::int64_t ms) {
    const std::int64_t seconds = ms / 1000;
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 7200) return seconds % 60 == 0 ? fmt::format("{} min", seconds / 60) : fmt::format("{} min {} s", seconds / 60, seconds % 60);
    return seconds % 3600 < 60 ? fmt::format("{} h", seconds / 3600) : fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

Eligibility judgeTarget(const PlanRequest& request, const NodeStatus& node, const std::string& holder) {
    if (!holder.empty() && request.queue && request.verb == Verb::lease) return no(fmt::format("refused: action {} holds it, and a lease is not queued: its GPUs are promised at once", holder));
    if (!holder.empty() && request.queue) return {true, fmt::format("queued behind action {}: {} when that one has ended, judged again then", holder, toString(request.verb))};
    if (!holder.empty()) return no(fmt::format("refused: action {} holds it: wait for its end, cancel it, or queue behind it", holder));
    if (!request.gpuUuids.empty() && node.facts.service != Service::open) return no(fmt::format("refused: the node as a whole is {}: leave the GPUs out", toString(node.facts.service)));
    NodeStatus room;
    const NodeStatus& some = scopedTo(request.gpuUuids, node, room);
    for (const std::string& uuid : request.gpuUuids)
        if (gpuServiceOf(node, uuid) != some.facts.service) return no("refused: some of these GPUs are open and some are not: plan for each apart");
    if (isAlready(request.verb, some.facts.service)) {
        const std::string apart = request.verb == Verb::giveBack && request.gpuUuids.empty() ? closedApart(node) : std::string();
        return no(fmt::format("skipped: it is {} already{}{}", toString(some.facts.service), apart.empty() ? "" : "; ", apart.empty() ? "" : apart + ", return that GPU by itself"));
    }
    const NodeState state = node.facts.state;
    if (state == NodeState::planned || state == NodeState::racked || state == NodeState::retired)
        return no(fmt::format("refused: it is {}, so nothing runs there", toString(state)));
    switch (request.verb) {
    case Verb::drain: return judgeDrain(request, some);
    case Verb::reset: return judgeReset(request, node, some);
    case Verb::reboot: return judgeReboot(request, node);
    case Verb::identify: return judgeIdentify(node);
    case Verb::lease: return judgeLease(request, node);
    case Verb::release: return judgeRelease(request, node);
    case Verb::provision: return judgeProvision(request, node);
    case Verb::swap: return judgeLeaving(request, node);
    default: return judgeReturn(request, some);
    }
}

} // namespace busbar::controller
