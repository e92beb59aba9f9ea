// Which action works on a node (lifecycle.md §2.5): one at a time. An action that may queue gets its node when the one before it has let go,
// and is judged again then; an older action that was to go on there when its agent is back is superseded. Event thread only.
#pragma once

#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// The target gets its node. A target of an older action that waits for the agent there goes on no more; an action that lost its last
/// hope this way ends as `superseded`.
void holdNode(Work& work, const TargetRef& target);

/// An unknown target that waited for its agent goes on no more: its open step ends, and no fact of its node stays on the way.
void giveUpHope(Work& work, const TargetRef& target, const std::string& why);

/// Whether a waiting target may have its node now; it gets it with holdNode when it starts. A queued one waits behind the holder, whose id its sentence names; at its turn it is
/// judged again, and ends as refused or skipped when there is nothing to do any more.
bool mayTakeNode(Work& work, const TargetRef& target);

} // namespace busbar::controller
