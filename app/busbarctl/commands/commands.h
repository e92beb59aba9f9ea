// Each command adds itself to the command line and, when chosen, puts what to run into Context::command. A file per command.
#pragma once

namespace CLI {
class App;
} // namespace CLI

namespace busbar::ctl {

class Context;

void addSites(CLI::App& app, Context& context);
void addNodes(CLI::App& app, Context& context);
void addNode(CLI::App& app, Context& context);
void addDrain(CLI::App& app, Context& context);
void addReturn(CLI::App& app, Context& context);
void addLease(CLI::App& app, Context& context);
void addLeaseExtend(CLI::App& lease, Context& context);
void addRelease(CLI::App& app, Context& context);
void addProvision(CLI::App& app, Context& context);
void addReset(CLI::App& app, Context& context);
void addReboot(CLI::App& app, Context& context);
void addIdentify(CLI::App& app, Context& context);
void addSwap(CLI::App& app, Context& context);
void addDecide(CLI::App& app, Context& context); ///< approve, pause, resume
void addProof(CLI::App& app, Context& context);
void addActions(CLI::App& app, Context& context);
void addAction(CLI::App& app, Context& context);
void addEvidence(CLI::App& app, Context& context);
void addCancel(CLI::App& app, Context& context);
void addUndo(CLI::App& app, Context& context);
void addRecord(CLI::App& app, Context& context);
void addAccess(CLI::App& app, Context& context);
void addAdopt(CLI::App& app, Context& context);
void addWhoami(CLI::App& app, Context& context);
void addPki(CLI::App& app, Context& context);
/// Part of addPki.
void addPkiRevoke(CLI::App& pki, Context& context);
void addCompletion(CLI::App& app, Context& context);

} // namespace busbar::ctl
