// XIDs that came while a burn-in ran, held against the table (resources/xid.toml and the site's rows). Pure function, thread-safe.
#pragma once

#include "busbar-controller/health/health_tables.h"
#include "domain/action.h"

namespace busbar::controller {

/// Puts rule and source to a figure that names an XID; others are left as they are. An XID of a class above 0, or with health of its own, may not
/// have come at all: also a program's (13, 31 …), because nobody's program but the burn-in's own ran on that GPU. One that the table
/// does not know may not either: it has no meaning yet that would let a GPU pass. What is only to be logged is told.
void judgeXid(const HealthTables& tables, TestFigure& figure);

} // namespace busbar::controller
