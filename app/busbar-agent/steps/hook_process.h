// Runs one executable with arguments, a text on its stdin and a time limit, never through a shell; keeps its exit code and the beginning of what it says. Blocks; no state.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>
#include <vector>

namespace busbar::agent {

struct HookOutcome {
    int exitCode = -1;  ///< 128 + signal when it was ended by one; -1: it did not start or not end in time
    bool timedOut = false;
    std::string output; ///< stdout and stderr, at most 400 bytes of safe text; or why there is no exit code
};

/// In a process group of its own; at the limit the whole group is ended, so that nothing it started goes on. One that cannot even be killed
/// (it hangs in the driver) is left behind.
HookOutcome runHookProcess(const std::string& path, const std::string& input, std::int64_t limitMs, const Clock& clock, const std::vector<std::string>& arguments = {});

} // namespace busbar::agent
