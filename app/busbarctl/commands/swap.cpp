#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addSwap(CLI::App& app, Context& context) {
    const auto [command, options] = addNodeVerb(app, context, {.name = "swap", .help = "Give a lease an equal free node in place of one that fails; that one is released and goes to triage", .verb = Verb::swap, .deadline = true});
    command->add_option("--with", options->details.replacement, "The node that comes (default: an equal free one near the lease's others, chosen by the controller)");
}

} // namespace busbar::ctl
