#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addReturn(CLI::App& app, Context& context) {
    const auto [command, options] = addNodeVerb(app, context, {.name = "return", .help = "Open drained or closed nodes again, after a check", .verb = Verb::giveBack, .gpus = true});
    command->add_flag("--override", options->overrideFailed, "Also nodes whose check failed (admin); who did it and the reason stand on the node until a check passes");
}

} // namespace busbar::ctl
