// --deadline and --at-deadline, of the verbs that wait for processes.
#pragma once

#include "base/status.h"
#include "domain/action.h"

#include <CLI/CLI.hpp>

#include <string>

namespace busbar::ctl {

struct WaitPolicy {
    std::string deadline = "10m", atDeadline = "ask";
};

void addPolicy(CLI::App& command, WaitPolicy& policy);
Status readPolicy(const WaitPolicy& policy, PlanRequest& request);

} // namespace busbar::ctl
