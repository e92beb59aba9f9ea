#include "busbar-controller/reconcile/site_breaker.h"

#include "busbar-controller/reconcile/pace.h"
#include "domain/lifecycle.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace busbar::controller {
namespace {

constexpr const char* kResumedKey = "/site/breaker-resumed"; // Wall time, milliseconds.

void trip(Work& work, std::size_t closed, std::size_t nodes) {
    const std::string why = fmt::format("{}{} of {} nodes were closed within {} min, more than {} % pause the site", kSiteBreaker, closed, nodes, work.options.siteBreakerMs / 60'000,
                                        work.options.siteBreakerPercent);
    for (const auto& [id, run] : work.state.runs) {
        Action& action = run->action();
        if (isFinal(action.state) || !closes(action.verb) || action.cancelRequested || !action.pausedWhy.empty() || !hasWaiting(action)) continue;
        action.pausedWhy = why;
        work.log(*run, "", fmt::format("paused: {}", why));
        work.changed(*run);
    }
    work.event("", 3, fmt::format("{}: closing nodes was paused, for a person to resume or to cancel", why));
}

/// Closes of nodes within the time at which the breaker trips; more than the site has: it never does.
std::size_t trippingCloses(const Work& work) { return std::max(work.options.siteBreakerNodes, work.state.services.size() * work.options.siteBreakerPercent / 100 + 1); }

/// Whether the breaker counts what this action closes.
bool closesNodes(const Action& action) { return closes(action.verb) && action.gpuUuids.empty(); }

} // namespace

bool isPausedBySite(const Action& action) { return !isFinal(action.state) && !action.cancelRequested && action.pausedWhy.starts_with(kSiteBreaker); }

Status closingAllowed(const Work& work) {
    for (const auto& [id, run] : work.state.runs)
        if (isPausedBySite(run->action()))
            return refused("no further node of site {} is closed now: {} is paused ({}): resume or cancel it first", work.options.site, id, run->action().pausedWhy);
    return absl::OkStatus();
}

bool mayClose(Work& work, const std::string& nodeId) {
    const auto service = work.state.services.find(nodeId);
    if (service == work.state.services.end() || service->second != Service::open) return true; // Takes no capacity.
    work.state.closes.forgetBefore(work.bootMs() - work.options.siteBreakerMs);
    const std::size_t closed = work.state.closes.countWith(nodeId);
    if (closed < trippingCloses(work)) return true;
    trip(work, closed - 1, work.state.services.size());
    return false;
}

void countSite(const Work& work, const ActionRun& run, BreakerCounts& counts) {
    const std::size_t nodes = work.state.services.size(), trips = trippingCloses(work);
    if (!closesNodes(run.action()) || trips > nodes) return;
    counts.siteClosed = static_cast<std::int64_t>(work.state.closes.count());
    counts.siteLimit = static_cast<std::int64_t>(trips) - 1;
    counts.siteNodes = static_cast<std::int64_t>(nodes);
    counts.siteWindowMs = work.options.siteBreakerMs;
}

void tellSiteBreaker(Work& work) {
    work.state.closes.forgetBefore(work.bootMs() - work.options.siteBreakerMs);
    if (std::exchange(work.state.closesTold, work.state.closes.count()) == work.state.closes.count()) return;
    for (const auto& [id, run] : work.state.runs)
        if (!isFinal(run->action().state) && closesNodes(run->action()) && hasWaiting(run->action())) work.progressed(*run);
}

void resumeSite(Work& work, const std::string& actor) {
    work.state.closes.clear();
    work.put(kResumedKey, std::to_string(work.wallMs()));
    for (const auto& [id, run] : work.state.runs) {
        if (!isPausedBySite(run->action())) continue;
        run->action().pausedWhy.clear();
        work.log(*run, "", fmt::format("resumed with the site by {}", actor));
        work.changed(*run);
    }
    work.event("", 1, fmt::format("{} resumed the site after its breaker", actor));
}

Status restoreSiteBreaker(Work& work) {
    std::int64_t resumed = 0;
    const auto entry = work.store.get(kResumedKey);
    if (entry.ok()) std::from_chars(entry->value.data(), entry->value.data() + entry->value.size(), resumed);
    else if (!absl::IsNotFound(entry.status())) return entry.status();
    std::multimap<std::int64_t, std::string> closed; // By wall time.
    for (const auto& [id, run] : work.state.runs) {
        if (!closesNodes(run->action())) continue;
        for (TargetRecord& target : run->action().targets) {
            const StepRecord* const close = stepOf(target, StepKind::close);
            if (close == nullptr || close->startedWallMs <= resumed || work.wallMs() - close->startedWallMs >= work.options.siteBreakerMs) continue;
            const bool wasOpen = std::any_of(close->evidence.begin(), close->evidence.end(), [](const Evidence& fact) { return fact.source == "controller" && fact.before == toString(Service::open); });
            const auto now = work.state.services.find(target.nodeId);
            const bool isOpen = now != work.state.services.end() && now->second == Service::open;
            if (wasOpen && !isOpen) closed.emplace(close->startedWallMs, target.nodeId);
        }
    }
    for (const auto& [wallMs, nodeId] : closed) work.state.closes.add(nodeId, work.bootMs() - (work.wallMs() - wallMs));
    return absl::OkStatus();
}

} // namespace busbar::controller
