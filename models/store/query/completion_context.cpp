#include "store/query/completion_context.h"

#include "store/query/scanner.h"

#include <algorithm>
#include <array>
#include <optional>

namespace busbar::query {
namespace {

std::string_view textOf(std::string_view text, Span span) { return text.substr(span.begin, span.end - span.begin); }

bool isPunctuation(std::string_view text, const Token& token, char c) { return token.kind == TokenKind::punctuation && textOf(text, token.span) == std::string_view(&c, 1); }

bool isMinus(std::string_view text, const Token& token) { return token.kind == TokenKind::keyword && textOf(text, token.span) == "-"; }

Op opOf(std::string_view text) {
    for (int i = 0; i <= static_cast<int>(Op::notMatches); ++i)
        if (toString(static_cast<Op>(i)) == text) return static_cast<Op>(i);
    return Op::list;
}

/// The cursor's surroundings: the text before it as tokens.
class Finder {
public:
    Finder(std::string_view text, std::size_t cursor, const SavedQueries& saved) : m_text(text.substr(0, cursor)) {
        Parsed parsed = parse(m_text, saved);
        m_tokens = std::move(parsed.tokens);
        // Inside quotes that are still open: one word from the quote on.
        if (parsed.error && parsed.error->incomplete && parsed.error->span.begin < m_text.size() && m_text[parsed.error->span.begin] == '"') {
            const std::size_t quote = parsed.error->span.begin;
            std::erase_if(m_tokens, [&](const Token& token) { return token.span.begin >= quote; });
            m_tokens.push_back({{quote, m_text.size()}, TokenKind::value});
        }
    }

    CompletionContext find() {
        CompletionContext context;
        context.term = {m_text.size(), m_text.size()};
        const bool touches = !m_tokens.empty() && m_tokens.back().span.end == m_text.size();
        if (findStage(context, touches)) return context;
        if (findValue(context)) return context;
        if (touches) findWord(context);
        return context;
    }

private:
    std::string_view at(std::size_t token) const { return textOf(m_text, m_tokens[token].span); }

    bool findStage(CompletionContext& context, bool touches) {
        std::size_t bar = m_tokens.size();
        while (bar > 0 && !isPunctuation(m_text, m_tokens[bar - 1], '|')) --bar;
        if (bar == 0) return false;
        const std::size_t after = m_tokens.size() - bar;
        context.kind = after == 0 || (after == 1 && touches) ? CompletionContext::Kind::stage : CompletionContext::Kind::stageField;
        const bool word = touches && after > 0 && !isPunctuation(m_text, m_tokens.back(), ',') && !isPunctuation(m_text, m_tokens.back(), '-');
        if (word) {
            context.term = m_tokens.back().span;
            context.prefix = at(m_tokens.size() - 1);
        }
        return true;
    }

    /// Tokens from the end: [value] {"," value} op field.
    bool findValue(CompletionContext& context) {
        const auto isValuePart = [&](const Token& token) { return token.kind == TokenKind::value || token.kind == TokenKind::bad || isPunctuation(m_text, token, ','); };
        const auto follows = [&](std::size_t token) { return token > 0 && (m_tokens[token - 1].kind == TokenKind::op || m_tokens[token - 1].span.end == m_tokens[token].span.begin); };
        std::size_t op = m_tokens.size();
        while (op > 0 && isValuePart(m_tokens[op - 1]) && follows(op - 1)) --op;
        if (op < 2 || m_tokens[op - 1].kind != TokenKind::op || m_tokens[op - 2].kind != TokenKind::field) return false;
        const Token& last = m_tokens.back();
        const bool open = last.kind == TokenKind::op || isPunctuation(m_text, last, ',');
        if (!open && last.span.end != m_text.size()) return false; // a blank after the value: a new term
        context.field = findField(at(op - 2));
        context.op = opOf(at(op - 1));
        context.kind = CompletionContext::Kind::value;
        const std::size_t begin = m_tokens[op - 2].span.begin, valueBegin = open ? m_text.size() : last.span.begin;
        context.head = m_text.substr(begin, valueBegin - begin);
        context.prefix = m_text.substr(valueBegin);
        std::erase(context.prefix, '"');
        context.term = {begin, m_text.size()};
        takeMinus(context, op - 2);
        return context.field != nullptr;
    }

    void findWord(CompletionContext& context) {
        const Token& last = m_tokens.back();
        const std::size_t index = m_tokens.size() - 1;
        const bool savedName = index > 0 && at(index - 1) == "@" && m_tokens[index - 1].span.end == last.span.begin;
        if (at(index) == "@" || savedName) {
            context.kind = CompletionContext::Kind::saved;
            const std::size_t sign = savedName ? index - 1 : index;
            context.term = {m_tokens[sign].span.begin, m_text.size()};
            context.prefix = m_text.substr(m_tokens[sign].span.begin + 1);
            takeMinus(context, sign);
            return;
        }
        if (isMinus(m_text, last)) {
            context.negative = true;
            context.term = last.span;
            return;
        }
        if (last.kind == TokenKind::punctuation || last.kind == TokenKind::op || !isWordChar(m_text.back())) return;
        context.term = last.span;
        context.prefix = at(index);
        takeMinus(context, index);
    }

    void takeMinus(CompletionContext& context, std::size_t token) {
        if (token == 0 || !isMinus(m_text, m_tokens[token - 1]) || m_tokens[token - 1].span.end != context.term.begin) return;
        context.negative = true;
        context.term.begin = m_tokens[token - 1].span.begin;
    }

    std::string_view m_text;
    std::vector<Token> m_tokens;
};

/// `text` without the joining words and signs at its end, which stand before nothing. `lastWord`: the last one cut.
std::string_view withoutDangling(std::string_view text, std::string_view& lastWord) {
    while (true) {
        while (!text.empty() && (isBlank(text.back()) || text.back() == '-')) text.remove_suffix(1);
        bool cut = false;
        for (const std::string_view word : {"and", "or", "not"}) {
            const bool alone = text.size() == word.size() || (text.size() > word.size() && !isWordChar(text[text.size() - word.size() - 1]));
            if (!alone || !equalNoCase(text.substr(text.size() - word.size()), word)) continue;
            text.remove_suffix(word.size());
            lastWord = word;
            cut = true;
        }
        if (!cut) return text;
    }
}

/// What an alternative is joined to from outside: the text before the parenthesis it stands in.
std::string_view beforeGroup(std::string_view text) {
    std::ptrdiff_t closed = 0;
    for (std::size_t at = text.size(); at > 0; --at) {
        closed += text[at - 1] == ')' ? 1 : 0;
        if (text[at - 1] == '(' && closed-- == 0) return text.substr(0, at - 1);
    }
    return {};
}

} // namespace

CompletionContext contextAt(std::string_view text, std::size_t cursor, const SavedQueries& saved) {
    cursor = std::min(cursor, text.size());
    CompletionContext context = Finder(text, cursor, saved).find();
    // The rest of the word that the cursor stands in.
    while (context.term.end > context.term.begin && context.term.end < text.size() && isWordChar(text[context.term.end])) ++context.term.end;
    return context;
}

QueryPtr restOf(std::string_view text, const CompletionContext& context, const SavedQueries& saved, const QueryPtr& fallback) {
    std::string_view joining;
    std::string_view kept = withoutDangling(text.substr(0, context.term.begin), joining);
    const bool alternative = joining == "or";
    if (alternative) kept = withoutDangling(beforeGroup(kept), joining);
    const std::string before(kept);
    const std::string_view after = text.substr(context.term.end);
    const auto open = std::ranges::count(before, '('), closed = std::ranges::count(before, ')');
    const std::string closing(static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, open - closed)), ')');
    // What follows belongs to the alternative, or to nothing that stands by itself.
    const std::string whole = alternative ? before + closing : before + std::string(after);
    for (const std::string& rest : {whole, before + closing, before})
        if (const Parsed parsed = parse(rest, saved); parsed.query) return parsed.query;
    return fallback;
}

} // namespace busbar::query
