#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/duration.h"

#include <CLI/CLI.hpp>

namespace busbar::ctl {
namespace {

struct DecideOptions {
    std::string id, reason;
    std::string more, atDeadline; ///< of a resume
};
using Decide = std::function<StatusOr<Action>(SiteLink& link, const DecideOptions& options)>;

Exit decide(Context& context, const DecideOptions& options, const Decide& call) {
    const auto site = context.openSiteOf(options.id);
    if (!site.ok()) return Context::fail(site.status());
    const auto link = context.link(*site);
    if (!link.ok()) return Context::fail(link.status(), *site);
    const auto action = call(**link, options);
    if (!action.ok()) return Context::fail(action.status(), *site);
    printActions(context, {*action});
    return Exit::done;
}

StatusOr<Action> resume(SiteLink& link, const DecideOptions& options) {
    DeadlineDecision deadline;
    if (!options.more.empty()) {
        const auto more = parseDuration(options.more);
        if (!more.ok()) return invalid("--more: {}", sentenceOf(more.status()));
        if (*more == 0) return invalid("--more: give a time span, for instance 10m");
        deadline.moreMs = *more;
    }
    deadline.atDeadline = parseDeadlinePolicy(options.atDeadline).value_or(DeadlinePolicy::unknown);
    return link.resume(options.id, options.reason, deadline);
}

CLI::App* add(CLI::App& app, Context& context, const char* name, const char* help, const std::shared_ptr<DecideOptions>& options, Decide call) {
    CLI::App* command = app.add_subcommand(name, help);
    command->add_option("ID", options->id, "site/ULID")->required();
    command->add_option("--reason,-r", options->reason, "Why");
    command->callback([&context, options, call = std::move(call)] { context.command = [&context, options, call] { return decide(context, *options, call); }; });
    return command;
}

} // namespace

void addDecide(CLI::App& app, Context& context) {
    add(app, context, "approve", "Let an action over the threshold start, as its second person", std::make_shared<DecideOptions>(), [](SiteLink& link, const DecideOptions& of) { return link.approve(of.id, of.reason); });
    add(app, context, "pause", "Start no further nodes of an action", std::make_shared<DecideOptions>(), [](SiteLink& link, const DecideOptions& of) { return link.pause(of.id, of.reason); });
    const auto options = std::make_shared<DecideOptions>();
    CLI::App* const command = add(app, context, "resume", "Let a paused action go on, or decide what it asks at its deadline", options, resume);
    CLI::Option* const more = command->add_option("--more", options->more, "The nodes it asks about wait so much longer, for instance 10m, then it asks again");
    command->add_option("--at-deadline", options->atDeadline, "From now on: wait, or force, which ends the processes (admin)")->check(CLI::IsMember({"wait", "force"}))->excludes(more);
}

} // namespace busbar::ctl
