#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {
namespace {

Exit planVerb(Context& context, const NodeVerb& what, const NodeVerbOptions& options) {
    PlanRequest request;
    request.verb = what.verb;
    request.filter = options.targets.filter;
    request.gpuUuids = options.gpus;
    request.details = options.details;
    request.overrideFailed = options.overrideFailed;
    if (what.deadline)
        if (Status read = readPolicy(options.policy, request); !read.ok()) return Context::fail(read);
    return planAtTargets(context, options.targets, options.flags, request);
}

} // namespace

NodeVerbCommand addNodeVerb(CLI::App& app, Context& context, const NodeVerb& what) {
    CLI::App* const command = app.add_subcommand(what.name, what.help);
    auto options = std::make_shared<NodeVerbOptions>();
    addTargets(*command, options->targets);
    if (what.gpus) addGpuScope(*command, options->gpus);
    addSubmitFlags(*command, options->flags);
    addStartFlags(*command, options->flags);
    if (what.deadline) addPolicy(*command, options->policy);
    command->callback([&context, what, options] { context.command = [&context, what, options] { return planVerb(context, what, *options); }; });
    return {command, options};
}

} // namespace busbar::ctl
