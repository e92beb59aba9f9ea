#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/context.h"
#include "busbarctl/duration.h"
#include "busbarctl/output/json.h"
#include "busbarctl/output/table.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace busbar::ctl {
namespace {

struct ExtendOptions {
    std::string lease, duration, reason;
    std::vector<std::string> sites;
};

/// A lease lies at the sites that know it; where none does, each one's refusal is told.
Exit extend(Context& context, const ExtendOptions& options) {
    const auto by = parseDuration(options.duration);
    if (!by.ok()) return Context::fail(invalid("--for: {}", sentenceOf(by.status())));
    if (*by == 0) return Context::fail(invalid("--for: give a time span, for instance 7d"));
    if (const Status reason = checkReason(options.reason); !reason.ok()) return Context::fail(reason);
    const auto slash = options.lease.find('/');
    const std::string lease = slash == std::string::npos ? options.lease : options.lease.substr(slash + 1);
    std::vector<std::string> sites = options.sites;
    if (slash != std::string::npos) {
        const std::string site = options.lease.substr(0, slash);
        if (!sites.empty() && sites != std::vector{site}) return Context::fail(invalid("{} is a lease of site {}, and --site names another", options.lease, site));
        sites = {site};
    }
    if (Status opened = context.openSites(sites); !opened.ok()) return Context::fail(opened);
    const auto answers = context.forSites<LeaseExtension>([&](SiteLink& link) { return link.extendLease(lease, *by, options.reason); });
    const bool known = std::any_of(answers.begin(), answers.end(), [](const auto& answer) { return answer.result.ok(); });
    Exit worst = Exit::done;
    Json list = Json::array();
    for (const auto& [site, extended] : answers) {
        if (!extended.ok()) {
            if (!known || !absl::IsNotFound(extended.status())) worst = worse(worst, Context::fail(extended.status(), site));
            continue;
        }
        if (context.json()) list.push_back(Json{{"site", site}, {"lease", extended->leaseId}, {"tenant", extended->tenant}, {"until", jsonTime(extended->untilWallMs)}, {"nodes", extended->nodes}});
        else context.print(fmt::format("{}: lease {} of {} ({} nodes) until {}\n", site, extended->leaseId, extended->tenant, extended->nodes, wordTime(extended->untilWallMs)));
    }
    if (context.json()) context.print(Json{{"extended", list}});
    return worst;
}

} // namespace

void addLeaseExtend(CLI::App& lease, Context& context) {
    CLI::App* command = lease.add_subcommand("extend", "Let a lease end later; refused where it has ended");
    auto options = std::make_shared<ExtendOptions>();
    command->add_option("LEASE", options->lease, "The lease's id, as nodes show it; site/id for one site")->required();
    command->add_option("--for", options->duration, "By how long, for instance 7d")->required();
    command->add_option("--reason,-r", options->reason, "Why; kept with the lease and in the audit")->required();
    command->add_option("--site", options->sites, "Only these sites");
    command->callback([&context, options] { context.command = [&context, options] { return extend(context, *options); }; });
}

} // namespace busbar::ctl
