#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/submit_flow.h"
#include "busbarctl/commands/targets.h"

namespace busbar::ctl {
namespace {

struct ProvisionOptions {
    Targets targets;
    SubmitFlags flags;
    std::string profile = "quick";
};

Exit provision(Context& context, const ProvisionOptions& options) {
    PlanRequest request;
    request.verb = Verb::provision;
    request.filter = options.targets.filter;
    request.details.profile = options.profile;
    return planAtTargets(context, options.targets, options.flags, request);
}

} // namespace

void addProvision(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("provision", "Prove that nodes are capacity: inspect, burn-in, ready");
    auto options = std::make_shared<ProvisionOptions>();
    addTargets(*command, options->targets);
    addSubmitFlags(*command, options->flags);
    addStartFlags(*command, options->flags);
    command->add_option("--burn-in", options->profile, "quick (5 min), standard (2 h) or soak (24 h)")->check(CLI::IsMember({"quick", "standard", "soak"}));
    command->callback([&context, options] { context.command = [&context, options] { return provision(context, *options); }; });
}

} // namespace busbar::ctl
