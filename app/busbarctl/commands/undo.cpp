#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"

namespace busbar::ctl {
namespace {

struct UndoOptions {
    std::string id;
    SubmitFlags flags;
};

Exit undo(Context& context, UndoOptions& options) {
    if (options.flags.reason.empty()) options.flags.reason = "undo of " + options.id;
    if (Status status = checkSubmitFlags(options.flags); !status.ok()) return Context::fail(status);
    if (const auto site = context.openSiteOf(options.id); !site.ok()) return Context::fail(site.status());
    return planAndSubmit(context, options.flags, [&](SiteLink& link) { return link.planUndo(options.id); }, options.id);
}

} // namespace

void addUndo(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("undo", "The inverse of an ended action, as a new action with its own plan");
    auto options = std::make_shared<UndoOptions>();
    command->add_option("ID", options->id, "site/ULID")->required();
    addSubmitFlags(*command, options->flags);
    command->callback([&context, options] { context.command = [&context, options] { return undo(context, *options); }; });
}

} // namespace busbar::ctl
