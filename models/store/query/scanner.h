// Characters of a query text to words and marks, with the place of each token. Internal to models/store/query; one thread.
#pragma once

#include "store/query/query.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::query {

/// Where a word stands decides what may be in it: after an operator "14:00" and "10%" are words, after "~" most marks are.
enum class WordRule : std::uint8_t { term, value, pattern };

class Scanner {
public:
    explicit Scanner(std::string_view text) : m_text(text) {}

    std::string_view text() const { return m_text; }
    std::string_view textOf(Span span) const { return m_text.substr(span.begin, span.end - span.begin); }
    std::size_t position() const { return m_position; }
    bool atEnd() const { return m_position >= m_text.size(); }
    char peek(std::size_t ahead = 0) const { return m_position + ahead < m_text.size() ? m_text[m_position + ahead] : '\0'; }
    void skipBlanks();
    /// The first character after blanks; '\0' at the end. Does not move.
    char peekAfterBlanks() const;

    /// The word here, without taking it; empty span when there is none.
    Span peekWord(WordRule rule) const;
    /// Takes [position, span.end) as a token.
    Span take(std::size_t length, TokenKind kind);
    Span takeWord(WordRule rule, TokenKind kind) { return take(peekWord(rule).end - m_position, kind); }
    /// Takes a quoted text, its marks included; nullopt and nothing taken when the closing mark is missing.
    std::optional<std::string> takeQuoted(TokenKind kind);

    void recolour(std::size_t token, TokenKind kind) { m_tokens[token].kind = kind; }
    std::size_t tokenCount() const { return m_tokens.size(); }
    /// Takes what is left as tokens, `bad` being coloured so.
    void takeRest(Span bad);
    std::vector<Token> releaseTokens() { return std::move(m_tokens); }

private:
    std::string_view m_text;
    std::size_t m_position = 0;
    std::vector<Token> m_tokens;
};

bool isBlank(char c);
bool isWordChar(char c);
/// Length of the character at `at`, 1 for a byte that is not UTF-8.
std::size_t characterLength(std::string_view text, std::size_t at);
/// First byte that is a control character or not UTF-8; npos: none.
std::size_t findUnprintable(std::string_view text);

} // namespace busbar::query
