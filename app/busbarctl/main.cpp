// busbarctl: all that the console can do, for scripts. Exit codes: exit_code.h.
#include "busbarctl/commands/commands.h"
#include "busbarctl/context.h"
#include "busbarctl/output/stdout.h"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace {

constexpr const char* kFooter = "Exit codes: 0 done, 1 failed or refused (or its output could not be written), 2 usage (or no --yes without a terminal), 3 unreachable, 4 denied,\n"
                                "5 partly or unknown, 6 paused or the wait ended first. Over several sites the worst: 2, 1, 4, 3, 5, 6, 0.\n"
                                "Profiles: $BUSBAR_CONFIG/profiles/NAME.toml (default ~/.config/busbar).";

void addCommands(CLI::App& app, busbar::ctl::Context& context) {
    using namespace busbar::ctl;
    addSites(app, context);
    addNodes(app, context);
    addNode(app, context);
    addDrain(app, context);
    addLease(app, context);
    addRelease(app, context);
    addProvision(app, context);
    addReset(app, context);
    addReboot(app, context);
    addIdentify(app, context);
    addSwap(app, context);
    addDecide(app, context);
    addReturn(app, context);
    addActions(app, context);
    addAction(app, context);
    addEvidence(app, context);
    addCancel(app, context);
    addUndo(app, context);
    addRecord(app, context);
    addAccess(app, context);
    addAdopt(app, context);
    addWhoami(app, context);
    addProof(app, context);
    addPki(app, context);
    addCompletion(app, context);
}

} // namespace

int main(int argc, char** argv) {
    using namespace busbar::ctl;
    setenv("GRPC_VERBOSITY", "NONE", 0); // gRPC's own lines say less than ours, and go to the user's terminal.
    Context context;
    CLI::App app("Busbar from the command line: sites, nodes, drains and their proof", "busbarctl");
    app.set_version_flag("--version", BUSBAR_VERSION);
    app.add_option("--profile,-p", context.profileName, "Profile (default: $BUSBAR_PROFILE, or the only one)");
    std::string format = "table";
    app.add_option("--output,-o", format, "table or json")->check(CLI::IsMember({"table", "json"}));
    app.footer(kFooter);
    app.require_subcommand(1);
    app.fallthrough(); // Global options may stand after the command too.
    addCommands(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // CLI11 asks for a subcommand before it names a word that is none.
        if (const auto unknown = app.remaining(); !unknown.empty()) {
            Context::complain(fmt::format("there is no command or option '{}': see busbarctl --help", unknown.front()));
            return static_cast<int>(Exit::usage);
        }
        return static_cast<int>(ending(app.exit(error) == 0 ? Exit::done : Exit::usage));
    }
    context.format = format == "json" ? Format::json : Format::table;
    return static_cast<int>(ending(context.command()));
}
