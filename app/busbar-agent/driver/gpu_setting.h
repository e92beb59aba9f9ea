// What can be set on a GPU, one word and one unit each. Pure values.
#pragma once

#include <cstdint>
#include <string>

namespace busbar::agent {

enum class Setting : std::uint8_t { persistence, computeMode, powerLimitWatts, lockedClockMhz, mig, ecc };

/// "persistence mode", "power limit" …
const char* nameOf(Setting setting);
/// "on", "exclusive process", "650 W" …
std::string valueText(Setting setting, std::int64_t value);

} // namespace busbar::agent
