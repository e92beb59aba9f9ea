#include "store/query/text_match.h"

#include <re2/re2.h>

#include <algorithm>

namespace busbar::query {
namespace {

bool isLetterOrDigit(char c) {
    const char low = lowerOf(c);
    return (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

bool startsAt(std::string_view text, std::size_t at, std::string_view part) {
    for (std::size_t i = 0; i < part.size(); ++i)
        if (lowerOf(text[at + i]) != part[i]) return false;
    return true;
}

bool anyWordMatches(std::string_view text, std::string_view glob) {
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        if (matchesGlob(text.substr(begin, end - begin), glob)) return true;
        begin = end + 1;
    }
    return false;
}

/// First place from `from` on; npos: none.
std::size_t findFrom(std::string_view text, std::string_view part, std::size_t from) {
    for (std::size_t at = from; at + part.size() <= text.size(); ++at)
        if (startsAt(text, at, part)) return at;
    return std::string_view::npos;
}

} // namespace

bool contains(std::string_view text, std::string_view part) { return findFrom(text, part, 0) != std::string_view::npos; }

bool matchesGlob(std::string_view text, std::string_view glob) {
    // Each `*` only ever has to be tried at its last place again.
    std::size_t at = 0, in = 0, star = std::string_view::npos, resume = 0;
    while (at < text.size()) {
        if (in < glob.size() && glob[in] == '*') {
            star = in++;
            resume = at;
        } else if (in < glob.size() && glob[in] == lowerOf(text[at])) {
            ++in;
            ++at;
        } else if (star != std::string_view::npos) {
            in = star + 1;
            at = ++resume;
        } else {
            return false;
        }
    }
    while (in < glob.size() && glob[in] == '*') ++in;
    return in == glob.size();
}

bool containsWords(std::string_view text, std::string_view words) {
    for (std::size_t at = findFrom(text, words, 0); at != std::string_view::npos; at = findFrom(text, words, at + 1)) {
        const std::size_t end = at + words.size();
        const bool begins = at == 0 || !isLetterOrDigit(text[at - 1]) || !isLetterOrDigit(text[at]);
        const bool ends = end == text.size() || !isLetterOrDigit(text[end]) || !isLetterOrDigit(text[end - 1]);
        if (begins && ends) return true;
    }
    return false;
}

TextMatch::TextMatch(const Test& test) : m_pattern(test.pattern), m_words(test.field->type == FieldType::words) {
    for (const Item& item : test.items) m_parts.push_back({lowered(item.text), item.kind == Item::Kind::glob});
}

bool TextMatch::operator()(std::string_view text) const {
    if (m_pattern) return re2::RE2::PartialMatch({text.data(), text.size()}, *m_pattern);
    return std::ranges::any_of(m_parts, [&](const Part& part) {
        if (part.glob) return matchesGlob(text, part.text) || (m_words && anyWordMatches(text, part.text));
        return m_words ? containsWords(text, part.text) : text.size() == part.text.size() && startsAt(text, 0, part.text);
    });
}

} // namespace busbar::query
