// What people type into the forms of a plan, as values; errors are sentences for the line under the field. Pure functions.
#pragma once

#include "base/status.h"

#include <QString>

#include <cstdint>
#include <optional>

namespace busbar::views {

/// Longest lease that is taken for meant: 10 years.
inline constexpr std::int64_t kLongestLeaseMs = 3'653LL * 86'400'000;

/// "14d", "12h", "30m", "2w" from now, "2026-12-31" (its end) or "2026-12-31 18:00", all UTC; empty: 0, open-ended. Wall milliseconds.
StatusOr<std::int64_t> parseUntil(const QString& text, std::int64_t nowWallMs);
/// Last start: a span as above, "18:00" (its next occurrence), "2026-12-31 18:00", all UTC; empty: 0, none. Wall milliseconds.
StatusOr<std::int64_t> parseLastStart(const QString& text, std::int64_t nowWallMs);
/// A whole number of `unit` in `lowest`..`highest`; empty: none.
StatusOr<std::optional<std::int64_t>> parseWhole(const QString& text, const QString& unit, std::int64_t lowest, std::int64_t highest);
/// 1 to 63 letters, digits, '.', '_' or '-', a letter or digit first.
StatusOr<QString> parseTenant(const QString& text);

} // namespace busbar::views
