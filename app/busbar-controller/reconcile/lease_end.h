// The end of a lease (lifecycle.md §4, expiry): warnings 24 h and 1 h before, at its end the GPUs are `expiring`, and after the site's grace the
// controller submits their release itself. What was told and submitted is in the lease's record, so a restart repeats nothing.
// Event thread only.
#pragma once

#include "busbar-controller/plan/plan_cache.h"
#include "busbar-controller/reconcile/work.h"

namespace busbar::controller {

/// Who submits the release of a lease that has ended.
inline constexpr const char* kControllerActor = "controller";

/// Looks at all leases with an end, about once a second.
void lookAtLeaseEnds(Work& work, PlanCache& plans);

/// Moves the lease's end on all its nodes. NotFound where no node is under it; FailedPrecondition where it is open-ended, its release is under
/// way or submitted, or it would have ended all the same.
StatusOr<LeaseExtension> extendLease(Work& work, const ExtendRequest& request);

} // namespace busbar::controller
