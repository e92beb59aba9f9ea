#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/wait.h"
#include "busbarctl/duration.h"
#include "busbarctl/output/json.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

struct ActionOptions {
    std::string id;
    bool watch = false;
    std::string timeout = "0";
};

// With -o json each version is a line of its own, so that a reader gets it when it comes.
std::function<void(const Action&)> printLines(const Context& context) {
    return [&context](const Action& action) { context.print(jsonOf(action).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"); };
}

Exit watch(Context& context, const Action& action, const ActionOptions& options) {
    WaitOptions wait;
    wait.timeoutMs = parseDuration(options.timeout).value_or(0);
    wait.changed = context.json() ? printLines(context) : tellProgress();
    const Waited waited = waitFor(context, {action}, wait);
    if (!context.json()) printActions(context, waited.actions);
    return waited.exit;
}

Exit show(Context& context, const ActionOptions& options) {
    if (const auto timeout = parseDuration(options.timeout); !timeout.ok()) return Context::fail(timeout.status());
    const auto site = context.openSiteOf(options.id);
    if (!site.ok()) return Context::fail(site.status());
    const auto link = context.link(*site);
    if (!link.ok()) return Context::fail(link.status(), *site);
    const auto action = (*link)->action(options.id);
    if (!action.ok()) return Context::fail(action.status(), *site);
    if (options.watch) return watch(context, *action, options);
    printActions(context, {*action});
    return exitOf(action->state);
}

} // namespace

void addAction(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("action", "One action: targets, steps, blockers, evidence");
    auto options = std::make_shared<ActionOptions>();
    command->add_option("ID", options->id, "site/ULID")->required();
    command->add_flag("--watch,-w", options->watch, "Stay until it has ended; Ctrl-C ends the watch only");
    command->add_option("--timeout", options->timeout, "Longest watch");
    command->callback([&context, options] { context.command = [&context, options] { return show(context, *options); }; });
}

} // namespace busbar::ctl
