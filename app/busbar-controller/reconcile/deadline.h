// The deadline of a target: absolute controller time, kept in its record (lifecycle.md §3). Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// After its processes were ended a node has this long to become free.
inline constexpr std::int64_t kAfterTerminateMs = 60'000;
/// An agent counts as lost for a deadline only after this long without it, so that a short cut right at the deadline decides nothing.
inline constexpr std::int64_t kLostBeforeUnknownMs = kAgentLostAfterMs;

bool isPastDeadline(const Work& work, const TargetRecord& target);
/// Nobody knows when its holders end: past its deadline, or without one for kLongWaitMs. Such a wait keeps no other node from starting.
bool waitsForLong(const Work& work, const TargetRecord& target);
inline constexpr std::int64_t kLongWaitMs = 600'000; ///< the default deadline of an action (domain/action.h)
/// True while it waits on past its deadline, asked about or told only: a person may decide about it.
bool isHeldAtDeadline(const Work& work, const Action& action, TargetRecord& target);
/// True while the deadline passed and a person has to decide (policy ask).
bool waitsForDecision(const Work& work, const Action& action, TargetRecord& target);
/// Looks at one active target; called each tick.
void checkDeadline(Work& work, const TargetRef& target);
/// The wait ended without success past its deadline: true when the policy says what follows and that was begun.
bool afterWaitAtDeadline(Work& work, const TargetRef& target);
/// Moves all open deadlines, when the wall clock jumped against the boot clock: a deadline is a time to wait, not a date.
void moveDeadlines(Work& work, std::int64_t jumpMs);

} // namespace busbar::controller
