// hooks.d/<event>/: executables of the site, run in the order of their names with the command as JSON on stdin. Only files owned by
// root (or by the agent's own user) and not writable by others are run; each has 60 s. Blocks; the runner's thread.
#pragma once

#include "busbar-agent/steps/step.h"

namespace busbar::agent {

/// Evidence of each hook (source "hook"); a hook that was started before a crash is not run again and reads as unknown.
std::vector<Evidence> runHooks(StepContext& context, const std::string& event);

} // namespace busbar::agent
