#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"

namespace busbar::ctl {
namespace {

struct ReturnOptions {
    Targets targets;
    std::vector<std::string> gpus;
    SubmitFlags flags;
};

Exit giveBack(Context& context, const ReturnOptions& options) {
    PlanRequest request;
    request.verb = Verb::giveBack;
    request.filter = options.targets.filter;
    request.gpuUuids = options.gpus;
    return planAtTargets(context, options.targets, options.flags, request);
}

} // namespace

void addReturn(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("return", "Open drained or closed nodes again, after a check");
    auto options = std::make_shared<ReturnOptions>();
    addTargets(*command, options->targets);
    addGpuScope(*command, options->gpus);
    addSubmitFlags(*command, options->flags);
    addStartFlags(*command, options->flags);
    command->callback([&context, options] { context.command = [&context, options] { return giveBack(context, *options); }; });
}

} // namespace busbar::ctl
