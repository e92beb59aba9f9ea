// What a verb was told beside its nodes, for people. Pure functions.
#pragma once

#include "domain/action.h"

#include <string>

namespace busbar::ctl {

/// A line each: tenant, end and settings of a lease, burn-in of a provision …; empty where there is nothing.
std::string detailsText(Verb verb, const VerbDetails& details);

} // namespace busbar::ctl
