#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"

namespace busbar::ctl {
namespace {

struct IdentifyOptions {
    Targets targets;
    SubmitFlags flags;
};

Exit identify(Context& context, const IdentifyOptions& options) {
    PlanRequest request;
    request.verb = Verb::identify;
    request.filter = options.targets.filter;
    return planAtTargets(context, options.targets, options.flags, request);
}

} // namespace

void addIdentify(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("identify", "Make the chassis of nodes show itself, by the site's own hooks");
    auto options = std::make_shared<IdentifyOptions>();
    addTargets(*command, options->targets);
    addSubmitFlags(*command, options->flags);
    command->callback([&context, options] { context.command = [&context, options] { return identify(context, *options); }; });
}

} // namespace busbar::ctl
