#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/json.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

struct SetOptions {
    std::string user, site, reason;
    std::vector<std::string> roles;
};

Exit set(Context& context, const SetOptions& options) {
    if (Status opened = context.openSites({options.site}); !opened.ok()) return Context::fail(opened);
    const auto to = context.link(options.site);
    if (!to.ok()) return Context::fail(to.status(), options.site);
    const std::vector<std::string> roles = options.roles == std::vector<std::string>{"none"} ? std::vector<std::string>() : options.roles;
    const auto done = (*to)->setRoles(options.user, roles, options.reason);
    if (!done.ok()) return Context::fail(done.status(), options.site);
    if (context.json()) context.print(Json{{"site", options.site}, {"user", options.user}, {"roles", roles}, {"sentence", *done}});
    else context.print(*done + "\n");
    return Exit::done;
}

} // namespace

void addAccess(CLI::App& app, Context& context) {
    CLI::App* access = app.add_subcommand("access", "Who may do what at a site");
    access->require_subcommand(1);
    CLI::App* command = access->add_subcommand("set", "Set a user's roles at a site (admin); the controller's [roles] fill an empty store only");
    auto options = std::make_shared<SetOptions>();
    command->add_option("user", options->user, "User name, as in the certificate")->required();
    command->add_option("--site", options->site, "At which site")->required();
    command->add_option("--roles", options->roles, "viewer, operator, planner, technician, admin, with commas between; none takes all")->required()->delimiter(',');
    command->add_option("--reason,-r", options->reason, "Why; goes to the audit")->required();
    command->callback([&context, options] { context.command = [&context, options] { return set(context, *options); }; });
}

} // namespace busbar::ctl
