// The order people expect of names with numbers: "r2" before "r10". Pure functions, any thread.
#pragma once

#include <string_view>

namespace busbar::items {

/// Below zero: `left` comes first; zero only for equal texts. Runs of digits are compared as numbers, everything else by byte.
int compareNaturally(std::string_view left, std::string_view right);

} // namespace busbar::items
