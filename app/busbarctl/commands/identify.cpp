#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addIdentify(CLI::App& app, Context& context) {
    addNodeVerb(app, context, {.name = "identify", .help = "Make the chassis of nodes show itself, by the site's own hooks", .verb = Verb::identify});
}

} // namespace busbar::ctl
