#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addReturn(CLI::App& app, Context& context) {
    addNodeVerb(app, context, {.name = "return", .help = "Open drained or closed nodes again, after a check", .verb = Verb::giveBack, .gpus = true});
}

} // namespace busbar::ctl
