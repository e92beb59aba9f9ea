#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addDrain(CLI::App& app, Context& context) {
    addNodeVerb(app, context, {.name = "drain", .help = "Take nodes out of use: close, wait for their processes, verify", .verb = Verb::drain, .gpus = true, .deadline = true});
}

} // namespace busbar::ctl
