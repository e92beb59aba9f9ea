#include "busbarctl/commands/targets.h"

#include "base/clock.h"
#include "base/ids.h"
#include "busbarctl/duration.h"

#include <algorithm>

namespace busbar::ctl {

namespace {

/// Each site is told of its own faulty nodes: one that no site would be told of is a mistake.
Status checkFaultySites(const Context& context, const std::vector<std::string>& faulty) {
    const std::vector<std::string> sites = context.siteNames();
    for (const std::string& id : faulty) {
        const auto node = NodeId::parse(id);
        if (!node.ok()) return node.status();
        if (std::find(sites.begin(), sites.end(), node->site) == sites.end()) return invalid("{} is reported as faulty and nothing is released at site {}", id, node->site);
    }
    return absl::OkStatus();
}

/// What to say when no site has a target: by what was looked for.
std::string nothingFound(const Targets& targets, const PlanRequest& request, bool byLease) {
    if (byLease) return fmt::format("no node is under lease {}", request.details.leaseId);
    return targets.filter.empty() ? "no node was found" : fmt::format("no node matches '{}'", targets.filter);
}

} // namespace

void addTargets(CLI::App& command, Targets& targets) {
    command.add_option("IDS", targets.ids, "Nodes: site/name, more with spaces or commas between them")->delimiter(',');
    command.add_option("--filter,-f", targets.filter, "Instead of ids: a query, resolved once by each controller");
    command.add_option("--site", targets.sites, "Only these sites (with --filter)");
}

void addGpuScope(CLI::App& command, std::vector<std::string>& gpus) {
    command.add_option("--gpu", gpus, "Only these GPUs of the one node: UUIDs or slots from 0, with commas between them")->delimiter(',')->allow_extra_args(false);
}

StatusOr<std::map<std::string, std::vector<std::string>>> idsBySite(const Targets& targets) {
    std::map<std::string, std::vector<std::string>> sites;
    if (targets.ids.empty() == targets.filter.empty()) return invalid("give node ids or --filter, one of the two");
    for (const std::string& text : targets.ids) {
        const auto id = NodeId::parse(text);
        if (!id.ok()) return id.status();
        auto& ids = sites[id->site];
        if (std::find(ids.begin(), ids.end(), text) == ids.end()) ids.push_back(text);
    }
    return sites;
}

Status openTargets(Context& context, const Targets& targets, const std::map<std::string, std::vector<std::string>>& ids) {
    std::vector<std::string> names = targets.sites;
    for (const auto& [site, list] : ids) names.push_back(site);
    return context.openSites(names);
}

Exit planAtTargets(Context& context, const Targets& targets, const SubmitFlags& flags, const PlanRequest& request) {
    if (Status status = checkSubmitFlags(flags); !status.ok()) return Context::fail(status);
    if (!request.gpuUuids.empty() && targets.ids.size() != 1) return Context::fail(invalid("--gpu names GPUs of one node: give one node id"));
    const bool byLease = targets.ids.empty() && targets.filter.empty() && !request.details.leaseId.empty();
    const auto ids = byLease ? StatusOr<std::map<std::string, std::vector<std::string>>>(std::map<std::string, std::vector<std::string>>()) : idsBySite(targets);
    if (!ids.ok()) return Context::fail(ids.status());
    if (Status status = openTargets(context, targets, *ids); !status.ok()) return Context::fail(status);
    if (Status told = checkFaultySites(context, request.details.faultyNodes); !told.ok()) return Context::fail(told);
    return planAndSubmit(context, flags, [&](SiteLink& link) -> StatusOr<Plan> {
        PlanRequest here = request;
        here.queue = flags.queue;
        if (const auto span = parseDuration(flags.notAfter); span.ok() && *span > 0) here.notAfterWallMs = systemClock().wallMs() + *span;
        here.site = link.address().name;
        std::erase_if(here.details.faultyNodes, [&](const std::string& id) { return NodeId::parse(id)->site != here.site; });
        if (here.details.faultyNodes.empty()) here.details.faultText.clear();
        if (const auto found = ids->find(here.site); found != ids->end()) here.nodeIds = found->second;
        auto plan = link.plan(here);
        // A filter, or a lease, need not find something at each site: that site has nothing to do.
        if (here.nodeIds.empty() && here.details.faultyNodes.empty() && absl::IsNotFound(plan.status())) {
            Plan nothing;
            nothing.site = here.site;
            return nothing;
        }
        return plan;
    }, {}, nothingFound(targets, request, byLease));
}

} // namespace busbar::ctl
