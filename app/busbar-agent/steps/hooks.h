// hooks.d/<event>/: executables of the site, run in the order of their names with the command as JSON on stdin; its `scope` is `node`, or
// `gpus` when only those listed are meant and the node stays open: a hook that cordons must not cordon the node then. `lease`, where one begins
// or ends: id, tenant, until (seconds since 1970, null: open-ended). Only files of root (or of
// the agent's own user) that others cannot write are run, and only from folders for which that holds too; each has the context's time
// limit. Each is journaled before it starts: after a crash one that had started reads as unknown and is not run again. Blocks; the
// runner's thread.
#pragma once

#include "busbar-agent/steps/step.h"

namespace busbar::agent {

/// Evidence of each hook (source "hook"): exit code and what it said. The first that is not as it should be ends the list.
std::vector<Evidence> runHooks(StepContext& context, const std::string& event);
/// Hooks that only look, and so may run again and again: nothing is journaled. Evidence as of runHooks.
std::vector<Evidence> askHooks(StepContext& context, const std::string& event);

} // namespace busbar::agent
