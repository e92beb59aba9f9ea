// The road of every verb: plan at each site, show it, ask, submit with one idempotency key a site, wait if wanted.
#pragma once

#include "busbarctl/commands/wait.h"
#include "busbarctl/context.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace busbar::ctl {

struct SubmitFlags {
    std::string reason;
    bool planOnly = false, yes = false, wait = false;
    std::string timeout = "0";
    bool queue = false;
    std::string notAfter; ///< a time span from now, or empty
};

/// Adds --reason, --plan, --yes, --wait and --timeout.
void addSubmitFlags(CLI::App& command, SubmitFlags& flags);
/// Adds --queue and --not-after, for verbs that take targets.
void addStartFlags(CLI::App& command, SubmitFlags& flags);
/// Refuses one that is empty or too long for the audit.
Status checkReason(const std::string& reason);
/// Refuses at once what could only fail later: no reason, no terminal and no --yes, a time span that is none.
Status checkSubmitFlags(const SubmitFlags& flags);

using Planner = std::function<StatusOr<Plan>(SiteLink&)>;
/// Plans at all opened sites; nothing is submitted when one of them refuses or no target anywhere can be acted on. `nothing` says what was not
/// found where the sites have no target at all.
Exit planAndSubmit(Context& context, const SubmitFlags& flags, const Planner& planner, const std::string& undoOf = {}, const std::string& nothing = "no node was found");

/// JSON: an object when one site was asked, a list when several were, however many answered; text: one after the other.
void printActions(const Context& context, const std::vector<Action>& actions);
/// Waits when it is wanted and prints what became of the actions. Without a wait the exit is `done`: they are submitted.
Waited waitAndPrint(Context& context, std::vector<Action> actions, bool wait, const std::string& timeout);

} // namespace busbar::ctl
