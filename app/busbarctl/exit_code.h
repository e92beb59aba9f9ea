// How busbarctl ends: one number a script can rely on. Over several sites the worst counts. Pure values.
#pragma once

#include "base/status.h"
#include "domain/action.h"

namespace busbar::ctl {

enum class Exit : int {
    done = 0,
    failed = 1,      ///< failed or refused; a file or the output that could not be written for want of room
    usage = 2,       ///< wrong arguments, a file named where none can be made, or no --yes without a terminal
    unreachable = 3,
    denied = 4,
    partly = 5,      ///< partly succeeded, or its result is unknown
    waiting = 6,     ///< paused, or the wait ended before the action did
};

/// The worse of two, from best to worst: done, waiting, partly, unreachable, denied, failed, usage.
Exit worse(Exit a, Exit b);
Exit exitOf(const Status& status);
/// Of an action as it is now; an action that still runs is `done` (it was submitted).
Exit exitOf(ActionState state);

} // namespace busbar::ctl
