// How much a person is asked before a plan runs: friction grows with the blast radius (design/console.md §2.8). Pure functions.
#pragma once

#include "domain/action.h"
#include "widgets/views/parts/verbs.h"

#include <QString>

#include <cstdint>

namespace busbar::views {

/// A: reversible and at most this many nodes.
inline constexpr std::int64_t kLevelANodes = 8;

std::int64_t eligibleCount(const Plan& plan);
/// The level of `plan`, never less than its verb's. C when it is over more than one rack's worth of failure domains, ends running processes
/// by force or needs approval; D when it takes all of the site's `siteNodes` (0: not known) and these are more than level A allows.
Friction frictionOf(const Plan& plan, std::int64_t siteNodes = 0);
/// "A" to "D".
QString toString(Friction level);
/// Why it is that level: one sentence.
QString frictionWhy(const Plan& plan, std::int64_t siteNodes = 0);

} // namespace busbar::views
