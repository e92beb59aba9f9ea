// Waits for actions to end. Ctrl-C ends the wait only: the actions go on in their controllers.
#pragma once

#include "busbarctl/context.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace busbar::ctl {

struct WaitOptions {
    std::int64_t timeoutMs = 0; ///< 0: as long as it takes
    /// Called with each version of an action that is new.
    std::function<void(const Action&)> changed;
};

/// Asks until each action has ended or waits for a person (paused, awaiting approval). Controllers that do not answer are asked again
/// until the time is over. Answers the actions as last seen and the worst exit code; Exit::waiting when the wait ended before the action.
struct Waited {
    std::vector<Action> actions;
    Exit exit = Exit::done;
};
Waited waitFor(Context& context, std::vector<Action> actions, const WaitOptions& options);

/// One line to stderr for each target whose state or sentence is new; remembers what it told.
std::function<void(const Action&)> tellProgress();

} // namespace busbar::ctl
