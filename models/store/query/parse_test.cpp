// Parser: field, operator and values.
#include "store/query/parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>

namespace busbar::query {
namespace {

/// Memory one pattern may take; RE2 refuses larger ones.
constexpr std::int64_t kMaxPatternMemory = 1 << 20;

std::shared_ptr<const re2::RE2> compile(const std::string& pattern) {
    re2::RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_max_mem(kMaxPatternMemory);
    return std::make_shared<const re2::RE2>(pattern, options);
}

std::string listed(const FieldInfo& field) {
    std::vector<std::string> words;
    for (const std::string_view value : field.values) words.push_back(wordOf(value));
    return fmt::format("{}", fmt::join(words, ", "));
}

} // namespace

std::optional<Expr> Parser::readTest() {
    const std::size_t token = m_scanner.tokenCount();
    const Span name = m_scanner.takeWord(WordRule::term, TokenKind::field);
    const FieldInfo* field = knownField(name);
    if (!field) {
        m_scanner.recolour(token, TokenKind::bad);
        return std::nullopt;
    }
    m_scanner.skipBlanks();
    Expr expr;
    expr.kind = Expr::Kind::test;
    expr.test.field = field;
    if (!readOperator(*field, expr.test.op) || !readItems(expr.test)) return std::nullopt;
    return expr;
}

bool Parser::readOperator(const FieldInfo& field, Op& op) {
    std::size_t length = 0;
    op = peekOperator(&length);
    const Span span = m_scanner.take(std::max<std::size_t>(length, 1), TokenKind::op);
    if (length == 0) return refuse(span, "`!` alone is no operator: write != or !~, or `not` before the test", "!=", endsText(span));
    const bool compares = op == Op::less || op == Op::lessEqual || op == Op::greater || op == Op::greaterEqual;
    if (compares && !field.ordered())
        return refuse(span, fmt::format("`{}` compares numbers and times; `{}` is {}: use `:`", toString(op), field.name, field.textual() ? "text" : "one of a few words"), ":");
    if ((op == Op::matches || op == Op::notMatches) && !field.textual())
        return refuse(span, fmt::format("`{}` matches text; `{}` is not text: use `:`", toString(op), field.name), ":");
    return true;
}

bool Parser::readItems(Test& test) {
    if (test.op == Op::matches || test.op == Op::notMatches) return readPattern(test);
    while (true) {
        if (!readItem(test)) return false;
        if (m_scanner.peek() != ',') return true;
        const Span comma{m_scanner.position(), m_scanner.position() + 1};
        if (test.op != Op::list) return refuse(comma, fmt::format("`{}` takes one value: a list needs `:`, as in {}:a,b", toString(test.op), test.field->name));
        m_scanner.take(1, TokenKind::punctuation);
    }
}

bool Parser::readPattern(Test& test) {
    m_scanner.skipBlanks();
    const std::size_t begin = m_scanner.position();
    std::string pattern;
    if (m_scanner.peek() == '"') {
        auto quoted = m_scanner.takeQuoted(TokenKind::value);
        if (!quoted) return refuse({begin, m_scanner.text().size()}, "the closing `\"` is missing", {}, true);
        pattern = *std::move(quoted);
    } else {
        pattern = m_scanner.textOf(m_scanner.takeWord(WordRule::pattern, TokenKind::value));
    }
    const Span span{begin, m_scanner.position()};
    if (pattern.empty()) return lacks(fmt::format("a pattern after `{}{}`", test.field->name, toString(test.op)));
    test.pattern = compile(pattern);
    if (!test.pattern->ok()) return refuse(span, fmt::format("the pattern is not valid: {}", test.pattern->error()), {}, endsText(span));
    test.items.push_back({Item::Kind::word, pattern});
    return true;
}

bool Parser::readItem(Test& test) {
    if (test.op != Op::list) m_scanner.skipBlanks();
    const std::size_t begin = m_scanner.position();
    if (m_scanner.peek() == '"') {
        const auto quoted = m_scanner.takeQuoted(TokenKind::value);
        if (!quoted) return refuse({begin, m_scanner.text().size()}, "the closing `\"` is missing", {}, true);
        const Span span{begin, m_scanner.position()};
        if (test.field->ordered()) return refuse(span, fmt::format("`{}` takes a value without quotes, as {}", test.field->name, exampleOf(*test.field)), *quoted);
        if (quoted->empty()) return refuse(span, "empty quotes match nothing: use -has: to find what has no value");
        Item item{Item::Kind::word, *quoted};
        if (!test.field->textual() && !readSetItem(test, span, item)) return false;
        test.items.push_back(std::move(item));
        return true;
    }
    const Span span = m_scanner.takeWord(WordRule::value, TokenKind::value);
    if (span.end > span.begin) return readRawItem(test, span);
    return lacks(fmt::format("a value after `{}{}`", test.field->name, test.items.empty() ? toString(test.op) : ","));
}

bool Parser::readRawItem(Test& test, Span span) {
    const std::string_view text = m_scanner.textOf(span);
    Item item{Item::Kind::word, std::string(text)};
    if (test.field->ordered()) {
        Read<Item> read = text == "*" && test.op == Op::list ? Read<Item>{{Item::Kind::glob, "*"}, {}} : readOrdered(*test.field, text);
        if (read.error) return refuseValue(span, *read.error);
        item = std::move(read.value);
        if (item.kind == Item::Kind::range && test.op != Op::list)
            return refuse(span, fmt::format("a range needs `:`, as in {}:{}", test.field->name, text));
        if (item.kind == Item::Kind::value && item.low.kind == Bound::Kind::fromNow && (test.op == Op::list || test.op == Op::equal || test.op == Op::notEqual))
            return refuse(span, fmt::format("an exact moment from now matches nothing: write {}:..{}", test.field->name, text), ".." + std::string(text));
    } else if (!(test.field->textual() ? readTextItem(test, span, item) : readSetItem(test, span, item))) {
        return false;
    }
    test.items.push_back(std::move(item));
    return true;
}

bool Parser::readTextItem(Test& test, Span span, Item& item) {
    if (item.text.find("..") != std::string::npos) return refuse(span, fmt::format("`{}` is text: a range needs a number or time; quote a value that contains `..`", test.field->name));
    if (item.text.find('*') == std::string::npos) return true;
    if (test.op != Op::list) return refuse(span, fmt::format("`*` needs `:`, as in {}:{}; quote it to mean the character", test.field->name, item.text));
    item.kind = Item::Kind::glob;
    return true;
}

bool Parser::readSetItem(Test& test, Span span, Item& item) {
    const FieldInfo& field = *test.field;
    if (item.text == "*" && test.op == Op::list) {
        item.kind = Item::Kind::glob;
        return true;
    }
    item.number = valueOf(field, item.text);
    if (item.number >= 0) {
        item.text = wordOf(field.values[static_cast<std::size_t>(item.number)]);
        return true;
    }
    std::vector<std::string> words;
    for (const std::string_view value : field.values) words.push_back(wordOf(value));
    const std::string near = nearest(item.text, words);
    const bool unfinished = endsText(span) && std::ranges::any_of(words, [&](const std::string& word) { return word.starts_with(lowered(item.text)); });
    return refuse(span, near.empty() ? fmt::format("`{}` is no value of {}: {}", item.text, field.name, listed(field)) : fmt::format("`{}` is no value of {} - did you mean `{}`?", item.text, field.name, near),
                  near, unfinished);
}

} // namespace busbar::query
