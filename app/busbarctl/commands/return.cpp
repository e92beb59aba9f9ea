#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"

namespace busbar::ctl {
namespace {

struct ReturnOptions {
    Targets targets;
    SubmitFlags flags;
};

Exit giveBack(Context& context, const ReturnOptions& options) {
    if (Status status = checkSubmitFlags(options.flags); !status.ok()) return Context::fail(status);
    const auto ids = idsBySite(options.targets);
    if (!ids.ok()) return Context::fail(ids.status());
    if (Status status = openTargets(context, options.targets, *ids); !status.ok()) return Context::fail(status);
    return planAndSubmit(context, options.flags, [&](SiteLink& link) {
        PlanRequest request;
        request.verb = Verb::giveBack;
        request.filter = options.targets.filter;
        request.site = link.address().name;
        if (const auto found = ids->find(request.site); found != ids->end()) request.nodeIds = found->second;
        return link.plan(request);
    });
}

} // namespace

void addReturn(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("return", "Open drained or closed nodes again, after a check");
    auto options = std::make_shared<ReturnOptions>();
    addTargets(*command, options->targets);
    addSubmitFlags(*command, options->flags);
    command->callback([&context, options] { context.command = [&context, options] { return giveBack(context, *options); }; });
}

} // namespace busbar::ctl
