#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"
#include "busbarctl/commands/wait_policy.h"

namespace busbar::ctl {
namespace {

struct ReleaseOptions {
    Targets targets;
    SubmitFlags flags;
    WaitPolicy policy;
    std::string lease;
};

Exit release(Context& context, const ReleaseOptions& options) {
    PlanRequest request;
    request.verb = Verb::release;
    request.filter = options.targets.filter;
    request.details.leaseId = options.lease;
    if (Status read = readPolicy(options.policy, request); !read.ok()) return Context::fail(read);
    return planAtTargets(context, options.targets, options.flags, request);
}

} // namespace

void addRelease(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("release", "End a lease: close, wait, scrub, take access and settings back, verify, free");
    auto options = std::make_shared<ReleaseOptions>();
    addTargets(*command, options->targets);
    addSubmitFlags(*command, options->flags);
    addStartFlags(*command, options->flags);
    addPolicy(*command, options->policy);
    command->add_option("--lease", options->lease, "Instead of ids: all nodes of this lease (with --site)");
    command->callback([&context, options] { context.command = [&context, options] { return release(context, *options); }; });
}

} // namespace busbar::ctl
