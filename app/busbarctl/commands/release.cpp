#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addRelease(CLI::App& app, Context& context) {
    const auto [command, options] = addNodeVerb(app, context, {.name = "release", .help = "End a lease: close, wait, scrub, take access and settings back, verify, free", .verb = Verb::release, .deadline = true});
    command->add_option("--lease", options->details.leaseId, "Instead of ids: all nodes of this lease (with --site)");
}

} // namespace busbar::ctl
