// What changed between the plan a person saw and now (design.md §8): the targets' five facts, leases and eligibility, and a blast radius
// that became larger. Processes count only where force would end them: jobs begin and end all the time, and whoever waits for them waits for
// all. Telemetry and changes elsewhere never count. Pure, thread-safe.
#pragma once

#include "domain/action.h"

#include <string>
#include <vector>

namespace busbar::controller {

/// A sentence for each difference, at most kMaxDifferences and then one that counts the rest; empty when the plan still holds.
std::vector<std::string> differencesOf(const Plan& shown, const Plan& now);
inline constexpr std::size_t kMaxDifferences = 20;

} // namespace busbar::controller
