#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

struct AdoptOptions {
    std::string site, reason;
    std::uint64_t term = 0;
};

Exit adopt(Context& context, const AdoptOptions& options) {
    if (Status opened = context.openSites({options.site}); !opened.ok()) return Context::fail(opened);
    Exit worst = Exit::done;
    for (const auto& [site, adopted] : context.forSites<SiteLink::Adopted>([&](SiteLink& link) { return link.adopt(options.term, options.reason); })) {
        if (!adopted.ok()) {
            worst = worse(worst, Context::fail(adopted.status(), site));
            continue;
        }
        if (context.json()) context.print(Json{{"site", site}, {"term", adopted->term}, {"sentence", adopted->sentence}});
        else context.print(fmt::format("{}: {}\n", site, adopted->sentence));
    }
    return worst;
}

} // namespace

void addAdopt(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("adopt", "Let this controller rule although agents have seen a higher fencing term: after a restored backup (admin)");
    auto options = std::make_shared<AdoptOptions>();
    command->add_option("--site", options->site, "Whose controller")->required();
    command->add_option("--term", options->term, "The term that the agents have seen, as the alarm names it")->required();
    command->add_option("--reason,-r", options->reason, "Why; goes to the audit")->required();
    command->callback([&context, options] { context.command = [&context, options] { return adopt(context, *options); }; });
}

} // namespace busbar::ctl
