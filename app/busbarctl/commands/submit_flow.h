// The road of every verb: plan at each site, show it, ask, submit with one idempotency key a site, wait if wanted.
#pragma once

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
};

/// Adds --reason, --plan, --yes, --wait and --timeout.
void addSubmitFlags(CLI::App& command, SubmitFlags& flags);
/// Refuses at once what could only fail later: no reason, no terminal and no --yes, a time span that is none.
Status checkSubmitFlags(const SubmitFlags& flags);

using Planner = std::function<StatusOr<Plan>(SiteLink&)>;
/// Plans at all opened sites; nothing is submitted when one of them refuses or no target anywhere can be acted on.
Exit planAndSubmit(Context& context, const SubmitFlags& flags, const Planner& planner, const std::string& undoOf = {});

/// Prints one action as an object, several as a list; as text one after the other.
void printActions(const Context& context, const std::vector<Action>& actions);
/// Waits as the flags say and prints what became of the actions; answers the exit code.
Exit waitAndPrint(Context& context, std::vector<Action> actions, bool wait, const std::string& timeout);

} // namespace busbar::ctl
