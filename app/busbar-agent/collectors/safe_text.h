// Text of programs we do not know (a command line, a hook's output) as text that everybody bears: valid UTF-8, one line, bounded. Pure.
#pragma once

#include <string>
#include <string_view>

namespace busbar::agent {

/// Control characters become spaces, bytes that are no UTF-8 become '?', and it is cut to `maxBytes` at a character's border.
std::string safeText(std::string_view text, std::size_t maxBytes);

} // namespace busbar::agent
