// Conditions: and, or, not, groups, saved queries, quantifiers, words. Tests of a field are parse_test.cpp's.
#include "store/query/parser.h"

#include <fmt/format.h>

#include <algorithm>

namespace busbar::query {
namespace {

std::vector<std::string> fieldNames() {
    std::vector<std::string> names;
    for (const FieldInfo& field : allFields()) names.push_back(field.name);
    return names;
}

Expr grouped(Expr::Kind kind, std::vector<Expr> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    Expr expr;
    expr.kind = kind;
    expr.parts = std::move(parts);
    return expr;
}

bool hasQuantifier(const Expr& expr) { return expr.kind == Expr::Kind::quantified || std::ranges::any_of(expr.parts, hasQuantifier); }

/// Keeps the count of open parentheses right on every way out.
class Deeper {
public:
    explicit Deeper(int& depth) : m_depth(++depth) {}
    ~Deeper() { --m_depth; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    bool tooDeep() const { return m_depth > kMaxDepth; }

private:
    int& m_depth;
};

} // namespace

std::optional<Expr> Parser::readCondition() {
    std::vector<Expr> parts;
    while (true) {
        auto part = readAnd();
        if (!part) return std::nullopt;
        parts.push_back(*std::move(part));
        m_scanner.skipBlanks();
        if (peekKeyword() != "or") break;
        m_scanner.takeWord(WordRule::term, TokenKind::keyword);
    }
    return grouped(Expr::Kind::any, std::move(parts));
}

std::optional<Expr> Parser::readAnd() {
    std::vector<Expr> parts;
    do {
        auto part = readUnary();
        if (!part) return std::nullopt;
        parts.push_back(*std::move(part));
        m_scanner.skipBlanks();
        if (peekKeyword() == "and") {
            m_scanner.takeWord(WordRule::term, TokenKind::keyword);
            m_scanner.skipBlanks();
            if (atConditionEnd()) return missing("a condition after `and`");
        }
    } while (!atConditionEnd());
    return grouped(Expr::Kind::all, std::move(parts));
}

std::optional<Expr> Parser::readUnary() {
    m_scanner.skipBlanks();
    const bool minus = m_scanner.peek() == '-', word = !minus && peekKeyword() == "not";
    if (!minus && !word) return readPrimary();
    const Span sign = m_scanner.take(minus ? 1 : 3, TokenKind::keyword);
    m_scanner.skipBlanks();
    if (atConditionEnd()) return missing(fmt::format("a condition after `{}`", m_scanner.textOf(sign)));
    if (m_scanner.peek() == '-' || peekKeyword() == "not") {
        const Span second{m_scanner.position(), m_scanner.position() + (m_scanner.peek() == '-' ? 1u : 3u)};
        return fail(second, "two negations follow each other: leave both out");
    }
    auto inner = readPrimary();
    if (!inner) return std::nullopt;
    Expr expr;
    expr.kind = Expr::Kind::negation;
    expr.parts.push_back(*std::move(inner));
    return expr;
}

std::optional<Expr> Parser::readPrimary() {
    const char first = m_scanner.peek();
    if (first == '(') return readGroup();
    if (first == '@') return readSaved();
    if (first == '"') return readWord();
    const Span word = m_scanner.peekWord(WordRule::term);
    if (word.end == word.begin) {
        if (atConditionEnd()) return missing("a condition");
        const Span here{word.begin, word.begin + characterLength(m_scanner.text(), word.begin)};
        return fail(here, fmt::format("`{}` has no place here: quote text that contains it", m_scanner.textOf(here)));
    }
    const std::string name = lowered(m_scanner.textOf(word));
    const std::string_view rest = m_scanner.text().substr(word.end);
    const std::size_t mark = rest.find_first_not_of(" \t");
    const char next = mark == std::string_view::npos ? '\0' : rest[mark];
    if (next == '(' && name == "any") return readQuantified(Quantifier::any);
    if (next == '(' && name == "all") return readQuantified(Quantifier::all);
    if (next == '(' && name == "none") return readQuantified(Quantifier::none);
    if (name == "has" && rest.starts_with(':')) return readHas();
    const bool operatorNext = rest.starts_with(':') || next == '=' || next == '<' || next == '>' || next == '~' || next == '!';
    if (name == "count" && operatorNext && next != ':') return readCount();
    return operatorNext ? readTest() : readWord();
}

std::optional<Expr> Parser::readGroup() {
    const Deeper deeper(m_depth);
    const Span open = m_scanner.take(1, TokenKind::punctuation);
    if (deeper.tooDeep()) return fail(open, fmt::format("more than {} parentheses inside each other", kMaxDepth));
    auto inner = readCondition();
    if (!inner) return std::nullopt;
    if (m_scanner.peek() != ')') return missing("`)`");
    m_scanner.take(1, TokenKind::punctuation);
    return inner;
}

std::optional<Expr> Parser::readSaved() {
    const std::size_t begin = m_scanner.position();
    m_scanner.take(1, TokenKind::value);
    const Span word = m_scanner.takeWord(WordRule::term, TokenKind::value);
    const Span span{begin, word.end};
    const std::string name(m_scanner.textOf(word));
    const auto found = m_saved.find(name);
    if (found == m_saved.end()) {
        std::vector<std::string> names;
        for (const auto& [known, text] : m_saved) names.push_back(known);
        const bool unfinished = endsText(span) && std::ranges::any_of(names, [&](const std::string& known) { return known.starts_with(name); });
        const std::string near = nearest(name, names);
        if (names.empty()) return fail(span, fmt::format("no query is saved as `@{}`: none is saved yet", name), {}, name.empty() && endsText(span));
        return fail(span, fmt::format("no query is saved as `@{}`{}", name, near.empty() ? "" : " - did you mean `@" + near + "`?"), near.empty() ? "" : "@" + near, unfinished);
    }
    if (m_depth + 1 > kMaxDepth) return fail(span, fmt::format("`@{}` contains itself, or saved queries are nested too deep", name));
    Parsed inner = Parser(found->second, m_saved, m_depth + 1).run();
    if (!inner.query) return fail(span, fmt::format("the saved query `@{}` is not valid: {}", name, inner.error->sentence));
    if (m_inQuantifier && hasQuantifier(inner.query->condition)) return fail(span, fmt::format("`@{}` has a quantifier of its own and cannot stand inside one", name));
    Expr expr;
    expr.kind = Expr::Kind::saved;
    expr.text = name;
    expr.parts.push_back(inner.query->condition);
    return expr;
}

std::optional<Expr> Parser::readHas() {
    m_scanner.takeWord(WordRule::term, TokenKind::keyword);
    m_scanner.take(1, TokenKind::op);
    const FieldInfo* field = readField("has:");
    if (!field) return std::nullopt;
    Expr expr;
    expr.kind = Expr::Kind::has;
    expr.test.field = field;
    return expr;
}

std::optional<Expr> Parser::readQuantified(Quantifier quantifier) {
    const Span word = m_scanner.takeWord(WordRule::term, TokenKind::keyword);
    if (m_inQuantifier) return fail(word, fmt::format("`{}` stands inside another quantifier: GPUs have no parts", m_scanner.textOf(word)));
    Expr expr;
    expr.kind = Expr::Kind::quantified;
    expr.quantifier = quantifier;
    return quantifiedBody(std::move(expr));
}

std::optional<Expr> Parser::readCount() {
    const Span word = m_scanner.takeWord(WordRule::term, TokenKind::keyword);
    if (m_inQuantifier) return fail(word, "`count` stands inside another quantifier: GPUs have no parts");
    m_scanner.skipBlanks();
    Expr expr;
    expr.kind = Expr::Kind::quantified;
    expr.quantifier = Quantifier::count;
    std::size_t length = 0;
    expr.countOp = peekOperator(&length);
    const Span op = m_scanner.take(std::max<std::size_t>(length, 1), TokenKind::op);
    if (length == 0 || expr.countOp == Op::matches || expr.countOp == Op::notMatches) return fail(op, "`count` compares a number: write count>2(gpu.temp>80C)", ">");
    m_scanner.skipBlanks();
    const Span digits = m_scanner.takeWord(WordRule::term, TokenKind::value);
    const std::string_view text = m_scanner.textOf(digits);
    if (text.empty()) return missing("the number of GPUs");
    if (text.size() > 4 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return fail(digits, fmt::format("`{}` is not a number of GPUs: write count>2(gpu.temp>80C)", text));
    expr.count = static_cast<std::uint32_t>(std::stoul(std::string(text)));
    return quantifiedBody(std::move(expr));
}

std::optional<Expr> Parser::quantifiedBody(Expr expr) {
    m_scanner.skipBlanks();
    if (m_scanner.peek() != '(') return missing("`(` with a condition on GPUs");
    m_inQuantifier = true;
    auto inner = readGroup();
    m_inQuantifier = false;
    if (!inner) return std::nullopt;
    expr.parts.push_back(*std::move(inner));
    return expr;
}

const FieldInfo* Parser::knownField(Span span) {
    const std::string_view name = m_scanner.textOf(span);
    if (const FieldInfo* field = findField(name)) return field;
    const std::vector<std::string> names = fieldNames();
    const std::string near = nearest(name, names);
    const bool unfinished = endsText(span) && std::ranges::any_of(names, [&](const std::string& known) { return known.starts_with(lowered(name)); });
    fail(span, near.empty() ? fmt::format("unknown field `{}`; site, rack, node, model, health, gpu.temp are some", name) : fmt::format("unknown field `{}` - did you mean `{}`?", name, near), near, unfinished);
    return nullptr;
}

const FieldInfo* Parser::readField(std::string_view after) {
    const Span span = m_scanner.takeWord(WordRule::term, TokenKind::field);
    if (span.end == span.begin) {
        missing(fmt::format("a field after `{}`", after));
        return nullptr;
    }
    return knownField(span);
}

std::optional<Expr> Parser::readWord() {
    Expr expr;
    expr.kind = Expr::Kind::word;
    if (m_scanner.peek() == '"') {
        const std::size_t begin = m_scanner.position();
        const auto text = m_scanner.takeQuoted(TokenKind::word);
        if (!text) return fail({begin, m_scanner.text().size()}, "the closing `\"` is missing", {}, true);
        if (text->empty()) return fail({begin, m_scanner.position()}, "empty quotes find nothing: put a part of a name between them");
        expr.text = *text;
        return expr;
    }
    const std::string keyword = peekKeyword();
    const Span span = m_scanner.takeWord(WordRule::term, TokenKind::word);
    expr.text = m_scanner.textOf(span);
    expr.glob = expr.text.find('*') != std::string::npos;
    if (keyword == "and" || keyword == "or" || keyword == "not" || keyword == "at")
        return fail(span, fmt::format("`{}` is a word of the language: quote it to look for it", keyword), quotedIfNeeded(expr.text, true), false);
    if (const FieldInfo* field = findField(expr.text))
        return fail(span, fmt::format("`{}` is a field: test it as {}, or quote it to look for the word", field->name, field->ordered() ? field->name + ">" + exampleOf(*field) : field->name + ":…"),
                    quotedIfNeeded(expr.text, true), endsText(span));
    return expr;
}

} // namespace busbar::query
