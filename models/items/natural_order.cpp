#include "items/natural_order.h"

#include <cstddef>

namespace busbar::items {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// The run of digits at `at`, without leading zeros; moves `at` behind it.
std::string_view takeNumber(std::string_view text, std::size_t& at) {
    while (at < text.size() && text[at] == '0') ++at;
    const std::size_t begin = at;
    while (at < text.size() && isDigit(text[at])) ++at;
    return text.substr(begin, at - begin);
}

int compareNumbers(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
    return left.compare(right);
}

} // namespace

int compareNaturally(std::string_view left, std::string_view right) {
    std::size_t i = 0, j = 0;
    while (i < left.size() && j < right.size()) {
        if (isDigit(left[i]) && isDigit(right[j])) {
            if (const int order = compareNumbers(takeNumber(left, i), takeNumber(right, j)); order != 0) return order;
            continue;
        }
        if (left[i] != right[j]) return static_cast<unsigned char>(left[i]) < static_cast<unsigned char>(right[j]) ? -1 : 1;
        ++i;
        ++j;
    }
    if (i < left.size() || j < right.size()) return i < left.size() ? 1 : -1;
    return left.compare(right); // "r01" and "r1"
}

} // namespace busbar::items
