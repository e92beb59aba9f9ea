#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addProvision(CLI::App& app, Context& context) {
    const auto [command, options] = addNodeVerb(app, context, {.name = "provision", .help = "Prove that nodes are capacity: inspect, burn-in, ready", .verb = Verb::provision});
    options->details.profile = "quick";
    command->add_option("--burn-in", options->details.profile, "quick (5 min), standard (2 h) or soak (24 h)")->check(CLI::IsMember({"quick", "standard", "soak"}));
}

} // namespace busbar::ctl
