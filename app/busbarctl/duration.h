// "90s", "10m", "1h30m", "2d" as milliseconds; "0" is none. Pure.
#pragma once

#include "base/status.h"

#include <cstdint>
#include <string_view>

namespace busbar::ctl {

/// The error says what was read and what is understood; at most 365 days.
StatusOr<std::int64_t> parseDuration(std::string_view text);

} // namespace busbar::ctl
