// A step's report as bytes for the journal: the wire's own message, so that it is bounded and evolves like the wire.
#pragma once

#include "base/status.h"
#include "domain/action.h"

#include <string>

namespace busbar::agent {

std::string toBytes(const StepReport& report);
StatusOr<StepReport> reportFromBytes(const std::string& bytes);

} // namespace busbar::agent
