#include "busbarctl/commands/commands.h"
#include "busbarctl/commands/node_verb.h"

namespace busbar::ctl {

void addRelease(CLI::App& app, Context& context) {
    const auto [command, options] = addNodeVerb(app, context, {.name = "release", .help = "End a lease: close, wait, scrub, take access and settings back, verify, free", .verb = Verb::release, .deadline = true});
    command->add_option("--lease", options->details.leaseId, "Instead of ids: all nodes of this lease (with --site)");
    auto* const faulty = command->add_option("--faulty", options->details.faultyNodes, "Nodes of these that the tenant reports as faulty: they go to triage and stay closed")->delimiter(',')->allow_extra_args(false);
    auto* const text = command->add_option("--fault-text", options->details.faultText, "The tenant's words about them");
    faulty->needs(text);
    text->needs(faulty);
}

} // namespace busbar::ctl
