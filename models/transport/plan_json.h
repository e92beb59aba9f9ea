// JSON of a plan (resources/schema/plan.json), the same from busbarctl and from the console's "Export plan". Pure functions.
#pragma once

#include "transport/evidence_json.h"

namespace busbar::transport {

Json jsonOf(const BlastRadius& blast);
/// Null where the controller told no limits: the action has ended.
Json jsonOf(const BreakerCounts& counts);
Json jsonOf(const Plan& plan);
/// As it is written to a file or a terminal: indented, with a newline at the end; text that is no UTF-8 is replaced.
std::string printed(const Json& value);
/// The plan, printed.
std::string planText(const Plan& plan);

} // namespace busbar::transport
