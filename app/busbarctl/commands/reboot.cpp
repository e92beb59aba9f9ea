#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"
#include "busbarctl/commands/wait_policy.h"

namespace busbar::ctl {
namespace {

struct RebootOptions {
    Targets targets;
    SubmitFlags flags;
    WaitPolicy policy;
};

Exit rebootNodes(Context& context, const RebootOptions& options) {
    PlanRequest request;
    request.verb = Verb::reboot;
    request.filter = options.targets.filter;
    if (Status read = readPolicy(options.policy, request); !read.ok()) return Context::fail(read);
    return planAtTargets(context, options.targets, options.flags, request);
}

} // namespace

void addReboot(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("reboot", "Reboot nodes: close, wait, verify, reboot, prove it by another boot id, check, open again");
    auto options = std::make_shared<RebootOptions>();
    addTargets(*command, options->targets);
    addSubmitFlags(*command, options->flags);
    addPolicy(*command, options->policy);
    command->callback([&context, options] { context.command = [&context, options] { return rebootNodes(context, *options); }; });
}

} // namespace busbar::ctl
