#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"
#include "busbarctl/commands/wait_policy.h"

namespace busbar::ctl {
namespace {

struct ResetOptions {
    Targets targets;
    std::vector<std::string> gpus;
    SubmitFlags flags;
    WaitPolicy policy;
};

Exit resetGpus(Context& context, const ResetOptions& options) {
    PlanRequest request;
    request.verb = Verb::reset;
    request.filter = options.targets.filter;
    request.gpuUuids = options.gpus;
    if (Status read = readPolicy(options.policy, request); !read.ok()) return Context::fail(read);
    return planAtTargets(context, options.targets, options.flags, request);
}

} // namespace

void addReset(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("reset", "Reset the GPUs of nodes, or single GPUs: close, wait, verify, reset, canary, open again");
    auto options = std::make_shared<ResetOptions>();
    addTargets(*command, options->targets);
    addGpuScope(*command, options->gpus);
    addSubmitFlags(*command, options->flags);
    addPolicy(*command, options->policy);
    command->callback([&context, options] { context.command = [&context, options] { return resetGpus(context, *options); }; });
}

} // namespace busbar::ctl
