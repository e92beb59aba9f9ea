// What a person decides about an action that asks at its deadline (lifecycle.md §3). Pure value.
#pragma once

#include "domain/action.h"

#include <cstdint>

namespace busbar {

/// One of the two; neither: nothing is decided.
struct DeadlineDecision {
    std::int64_t moreMs = 0;                              ///< the nodes that are asked about wait so much longer from now, then it asks again
    DeadlinePolicy atDeadline = DeadlinePolicy::unknown;  ///< wait or force, from now on for the whole action
    bool any() const { return moreMs != 0 || atDeadline != DeadlinePolicy::unknown; }
    bool operator==(const DeadlineDecision&) const = default;
};

} // namespace busbar
