#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"

#include <CLI/CLI.hpp>

namespace busbar::ctl {
namespace {

struct DecideOptions {
    std::string id, reason;
};
using Decide = StatusOr<Action> (SiteLink::*)(const std::string&, const std::string&);

Exit decide(Context& context, const DecideOptions& options, Decide call) {
    const auto site = context.openSiteOf(options.id);
    if (!site.ok()) return Context::fail(site.status());
    const auto link = context.link(*site);
    if (!link.ok()) return Context::fail(link.status(), *site);
    const auto action = ((*link)->*call)(options.id, options.reason);
    if (!action.ok()) return Context::fail(action.status(), *site);
    printActions(context, {*action});
    return Exit::done;
}

void add(CLI::App& app, Context& context, const char* name, const char* help, Decide call) {
    CLI::App* command = app.add_subcommand(name, help);
    auto options = std::make_shared<DecideOptions>();
    command->add_option("ID", options->id, "site/ULID")->required();
    command->add_option("--reason,-r", options->reason, "Why");
    command->callback([&context, options, call] { context.command = [&context, options, call] { return decide(context, *options, call); }; });
}

} // namespace

void addDecide(CLI::App& app, Context& context) {
    add(app, context, "approve", "Let an action over the threshold start, as its second person", &SiteLink::approve);
    add(app, context, "pause", "Start no further nodes of an action", &SiteLink::pause);
    add(app, context, "resume", "Let a paused action go on", &SiteLink::resume);
}

} // namespace busbar::ctl
