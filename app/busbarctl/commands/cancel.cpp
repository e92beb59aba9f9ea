#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/duration.h"

#include <CLI/CLI.hpp>

namespace busbar::ctl {
namespace {

struct CancelOptions {
    std::string id, reason, timeout = "0";
    bool keepClosed = false, wait = false;
};

Exit cancel(Context& context, const CancelOptions& options) {
    if (const auto timeout = parseDuration(options.timeout); !timeout.ok()) return Context::fail(timeout.status());
    const auto site = context.openSiteOf(options.id);
    if (!site.ok()) return Context::fail(site.status());
    const auto link = context.link(*site);
    if (!link.ok()) return Context::fail(link.status(), *site);
    const auto action = (*link)->cancel(options.id, options.keepClosed, options.reason);
    if (!action.ok()) return Context::fail(action.status(), *site);
    const Waited waited = waitAndPrint(context, {*action}, options.wait, options.timeout);
    // What was asked for is that it is cancelled; a node that could not be opened again makes it failed.
    return waited.actions.front().state == ActionState::cancelled ? Exit::done : waited.exit;
}

} // namespace

void addCancel(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("cancel", "Stop an action before its next step; nodes not finished are opened again");
    auto options = std::make_shared<CancelOptions>();
    command->add_option("ID", options->id, "site/ULID")->required();
    command->add_option("--reason,-r", options->reason, "Why");
    command->add_flag("--keep-closed", options->keepClosed, "Leave nodes closed that the action closed");
    command->add_flag("--wait,-w", options->wait, "Wait until the action has ended");
    command->add_option("--timeout", options->timeout, "Longest wait");
    command->callback([&context, options] { context.command = [&context, options] { return cancel(context, *options); }; });
}

} // namespace busbar::ctl
