// Text against the items of a test: whole values, whole words, globs, patterns; without regard to case. Immutable; any thread.
#pragma once

#include "store/query/ast.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::query {

class TextMatch {
public:
    /// For a test of a text field, its negation left aside.
    explicit TextMatch(const Test& test);
    bool operator()(std::string_view text) const;

private:
    struct Part {
        std::string text; ///< lower case
        bool glob = false;
    };
    std::vector<Part> m_parts;
    std::shared_ptr<const re2::RE2> m_pattern;
    bool m_words = false;
};

/// `part` (lower case) somewhere in `text`.
bool contains(std::string_view text, std::string_view part);
/// `text` as a whole against a lower-case pattern with `*`.
bool matchesGlob(std::string_view text, std::string_view glob);
/// `words` (lower case) in `text`, not as part of a longer word: a letter or digit beside it.
bool containsWords(std::string_view text, std::string_view words);

} // namespace busbar::query
