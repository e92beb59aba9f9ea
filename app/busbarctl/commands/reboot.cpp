#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addReboot(CLI::App& app, Context& context) {
    addNodeVerb(app, context, {.name = "reboot", .help = "Reboot nodes: close, wait, verify, reboot, prove it by another boot id, check, open again", .verb = Verb::reboot, .deadline = true});
}

} // namespace busbar::ctl
