// How much a person is asked before a plan runs: friction grows with the blast radius (design/console.md §2.8). Pure functions.
#pragma once

#include "domain/action.h"

#include <QString>

#include <cstdint>

namespace busbar::views {

/// A: Enter on the preview. B: Cancel is the default. C: the count of nodes is typed, Cancel is the default.
enum class Friction : unsigned char { a, b, c };

/// A: reversible and at most this many nodes.
inline constexpr std::int64_t kLevelANodes = 8;

std::int64_t eligibleCount(const Plan& plan);
/// The level of `plan`; C when it is over more than one rack's worth of failure domains or ends running processes by force.
Friction frictionOf(const Plan& plan);
/// "A", "B", "C".
QString toString(Friction level);
/// Why it is that level: one sentence.
QString frictionWhy(const Plan& plan);

} // namespace busbar::views
