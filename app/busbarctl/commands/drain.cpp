#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"
#include "busbarctl/commands/wait_policy.h"

namespace busbar::ctl {
namespace {

struct DrainOptions {
    Targets targets;
    std::vector<std::string> gpus;
    SubmitFlags flags;
    WaitPolicy policy;
};

Exit drain(Context& context, const DrainOptions& options) {
    PlanRequest request;
    request.verb = Verb::drain;
    request.filter = options.targets.filter;
    request.gpuUuids = options.gpus;
    if (Status read = readPolicy(options.policy, request); !read.ok()) return Context::fail(read);
    return planAtTargets(context, options.targets, options.flags, request);
}

} // namespace

void addDrain(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("drain", "Take nodes out of use: close, wait for their processes, verify");
    auto options = std::make_shared<DrainOptions>();
    addTargets(*command, options->targets);
    addGpuScope(*command, options->gpus);
    addSubmitFlags(*command, options->flags);
    addStartFlags(*command, options->flags);
    addPolicy(*command, options->policy);
    command->callback([&context, options] { context.command = [&context, options] { return drain(context, *options); }; });
}

} // namespace busbar::ctl
