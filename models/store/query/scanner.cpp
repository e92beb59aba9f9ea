#include "store/query/scanner.h"

#include <algorithm>

namespace busbar::query {
namespace {

constexpr std::string_view kTermMarks = "-._/*";
constexpr std::string_view kNotInPattern = "()|\",";

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool belongs(std::string_view text, std::size_t at, WordRule rule) {
    const char c = text[at];
    if (isBlank(c)) return false;
    if (rule == WordRule::pattern) return kNotInPattern.find(c) == std::string_view::npos;
    if (isWordChar(c)) return true;
    if (rule == WordRule::term) return false;
    // A colon inside a time of day, a unit's percent.
    return c == '%' || (c == ':' && at > 0 && isDigit(text[at - 1]) && at + 1 < text.size() && isDigit(text[at + 1]));
}

} // namespace

bool isBlank(char c) { return c == ' ' || c == '\t'; }

bool isWordChar(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kTermMarks.find(c) != std::string_view::npos;
}

std::size_t characterLength(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const unsigned lead = byte(at);
    const std::size_t length = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 1;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(at + i) & 0xC0u) != 0x80) return 1;
    const unsigned second = byte(at + 1);
    // Overlong forms, surrogates, beyond the last code point.
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 1;
    return length;
}

std::size_t findUnprintable(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const std::size_t length = characterLength(text, at);
        if ((byte < 0x20 && byte != '\t') || byte == 0x7F || (byte >= 0x80 && length == 1)) return at;
        at += length;
    }
    return std::string_view::npos;
}

void Scanner::skipBlanks() {
    while (!atEnd() && isBlank(m_text[m_position])) ++m_position;
}

char Scanner::peekAfterBlanks() const {
    std::size_t at = m_position;
    while (at < m_text.size() && isBlank(m_text[at])) ++at;
    return at < m_text.size() ? m_text[at] : '\0';
}

Span Scanner::peekWord(WordRule rule) const {
    std::size_t end = m_position;
    while (end < m_text.size() && belongs(m_text, end, rule)) ++end;
    return {m_position, end};
}

Span Scanner::take(std::size_t length, TokenKind kind) {
    const Span span{m_position, m_position + length};
    m_position = span.end;
    if (length > 0) m_tokens.push_back({span, kind});
    return span;
}

std::optional<std::string> Scanner::takeQuoted(TokenKind kind) {
    std::string content;
    for (std::size_t at = m_position + 1; at < m_text.size(); ++at) {
        const char c = m_text[at];
        if (c == '"') {
            take(at + 1 - m_position, kind);
            return content;
        }
        if (c == '\\' && at + 1 < m_text.size() && (m_text[at + 1] == '"' || m_text[at + 1] == '\\')) ++at;
        content += m_text[at];
    }
    return std::nullopt;
}

void Scanner::takeRest(Span bad) {
    for (skipBlanks(); !atEnd(); skipBlanks()) {
        const auto kindHere = [&](TokenKind kind) { return m_position >= bad.begin && m_position < bad.end ? TokenKind::bad : kind; };
        if (peek() == '"' && takeQuoted(kindHere(TokenKind::value))) continue;
        const Span word = peekWord(WordRule::value);
        if (word.end > word.begin) take(word.end - word.begin, kindHere(TokenKind::word));
        else take(characterLength(m_text, m_position), kindHere(TokenKind::punctuation));
    }
}

} // namespace busbar::query
