#include "busbarctl/duration.h"

#include <cctype>

namespace busbar::ctl {
namespace {

constexpr std::int64_t kMaxMs = 365LL * 86'400'000;

std::int64_t unitMs(std::string_view unit) {
    if (unit == "ms") return 1;
    if (unit == "s") return 1000;
    if (unit == "m" || unit == "min") return 60'000;
    if (unit == "h") return 3'600'000;
    if (unit == "d") return 86'400'000;
    return 0;
}

std::size_t spanOf(std::string_view text, bool digits) {
    std::size_t size = 0;
    while (size < text.size() && (std::isdigit(static_cast<unsigned char>(text[size])) != 0) == digits) ++size;
    return size;
}

} // namespace

StatusOr<std::int64_t> parseDuration(std::string_view text) {
    const Status bad = invalid("'{}' is no time span: write 90s, 10m, 1h30m or 2d (0: none)", text.substr(0, 40));
    if (text == "0") return 0;
    std::int64_t total = 0;
    if (text.empty()) return bad;
    while (!text.empty()) {
        const std::size_t digits = spanOf(text, true);
        if (digits == 0 || digits > 9) return bad;
        const std::int64_t number = std::stoll(std::string(text.substr(0, digits)));
        text.remove_prefix(digits);
        const std::size_t letters = spanOf(text, false);
        const std::int64_t unit = unitMs(text.substr(0, letters));
        if (unit == 0) return bad;
        text.remove_prefix(letters);
        total += number * unit;
        if (total > kMaxMs) return invalid("time spans end at 365 days");
    }
    return total;
}

} // namespace busbar::ctl
