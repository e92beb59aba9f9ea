#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addReset(CLI::App& app, Context& context) {
    addNodeVerb(app, context, {.name = "reset", .help = "Reset the GPUs of nodes, or single GPUs: close, wait, verify, reset, canary, open again", .verb = Verb::reset, .gpus = true, .deadline = true});
}

} // namespace busbar::ctl
