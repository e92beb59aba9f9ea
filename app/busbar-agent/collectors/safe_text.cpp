#include "busbar-agent/collectors/safe_text.h"

#include <cstdint>

namespace busbar::agent {
namespace {

// Length of the UTF-8 character that `text` begins with (RFC 3629: no surrogates, no overlong forms); 0 when it begins with none.
std::size_t characterAt(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool outside = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
    return overlong || outside ? 0 : length;
}

} // namespace

std::string safeText(std::string_view text, std::size_t maxBytes) {
    std::string safe;
    while (!text.empty()) {
        const std::size_t length = characterAt(text);
        const bool control = length == 1 && (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f);
        const std::string_view next = length == 0 ? std::string_view("?") : control ? std::string_view(" ") : text.substr(0, length);
        if (safe.size() + next.size() > maxBytes) break;
        safe += next;
        text.remove_prefix(length == 0 ? 1 : length);
    }
    while (!safe.empty() && safe.back() == ' ') safe.pop_back();
    return safe;
}

} // namespace busbar::agent
