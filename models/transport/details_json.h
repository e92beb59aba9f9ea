// JSON of what a verb was told beside its nodes (resources/schema/common.json), the same in plans and in actions. Pure functions.
#pragma once

#include "transport/evidence_json.h"

namespace busbar::transport {

/// Tenant, end and settings of a lease, burn-in of a provision, …; null where a part is not of the verb.
Json jsonOf(const VerbDetails& details);

} // namespace busbar::transport
