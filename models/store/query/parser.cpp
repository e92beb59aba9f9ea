#include "store/query/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace busbar::query {
namespace {

constexpr std::array<std::string_view, 4> kStageNames{"sort", "group", "top", "cols"};

template <typename Names>
std::vector<std::string> asStrings(const Names& names) {
    return {names.begin(), names.end()};
}

} // namespace

std::nullopt_t Parser::fail(Span span, std::string sentence, std::string replacement, bool incomplete) {
    // The first one: what follows it is often only its consequence.
    if (!m_error) m_error = Error{span, std::move(sentence), std::move(replacement), incomplete};
    return std::nullopt;
}

std::nullopt_t Parser::missing(std::string what) {
    const std::size_t at = m_scanner.position();
    const bool end = m_scanner.peekAfterBlanks() == '\0';
    if (end) return fail({at, at}, what + " is missing at the end", {}, true);
    m_scanner.skipBlanks();
    const std::size_t from = m_scanner.position();
    const Span word = m_scanner.peekWord(WordRule::value);
    const Span span{from, std::max(word.end, from + characterLength(m_scanner.text(), from))};
    return fail(span, fmt::format("{} is missing before `{}`", what, m_scanner.textOf(span)));
}

bool Parser::refuse(Span span, std::string sentence, std::string replacement, bool incomplete) {
    fail(span, std::move(sentence), std::move(replacement), incomplete);
    return false;
}

bool Parser::lacks(std::string what) {
    missing(std::move(what));
    return false;
}

bool Parser::refuseValue(Span span, const ValueError& error) { return refuse(span, error.sentence, error.replacement, error.unfinished && endsText(span)); }

Op Parser::peekOperator(std::size_t* length) const {
    static constexpr std::array<std::pair<std::string_view, Op>, 9> table{{{"!=", Op::notEqual}, {"!~", Op::notMatches}, {"<=", Op::lessEqual}, {">=", Op::greaterEqual}, {"=", Op::equal},
                                                                           {"<", Op::less}, {">", Op::greater}, {"~", Op::matches}, {":", Op::list}}};
    const std::string_view here = m_scanner.text().substr(m_scanner.position());
    for (const auto& [text, op] : table)
        if (here.starts_with(text)) {
            *length = text.size();
            return op;
        }
    *length = 0;
    return Op::list;
}

std::string Parser::peekKeyword() const {
    const Span word = m_scanner.peekWord(WordRule::term);
    const char after = word.end < m_scanner.text().size() ? m_scanner.text()[word.end] : '\0';
    if (after == ':' || after == '=' || after == '~' || after == '<' || after == '>' || after == '!') return {};
    return lowered(m_scanner.textOf(word));
}

bool Parser::atConditionEnd() const {
    if (m_scanner.atEnd() || m_scanner.peek() == ')' || m_scanner.peek() == '|') return true;
    const std::string word = peekKeyword();
    return word == "or" || word == "at";
}

Parsed Parser::run() {
    Parsed parsed;
    auto query = std::make_shared<Query>();
    const auto read = [&] {
        if (m_scanner.text().size() > kMaxQueryBytes) {
            fail({0, 0}, fmt::format("the query has {} bytes, at most {} are taken", m_scanner.text().size(), kMaxQueryBytes));
            return false;
        }
        if (const std::size_t bad = findUnprintable(m_scanner.text()); bad != std::string_view::npos) {
            fail({bad, bad + 1}, "a character here cannot be part of a query: take it out");
            return false;
        }
        m_scanner.skipBlanks();
        const bool empty = m_scanner.atEnd() || m_scanner.peek() == '|' || peekKeyword() == "at";
        if (!empty) {
            auto condition = readCondition();
            if (!condition) return false;
            query->condition = *std::move(condition);
        }
        return readAt(*query) && readStages(*query);
    };
    if (read()) parsed.query = std::move(query);
    parsed.error = std::move(m_error);
    if (parsed.error) m_scanner.takeRest(parsed.error->span);
    parsed.tokens = m_scanner.releaseTokens();
    return parsed;
}

bool Parser::readAt(Query& query) {
    m_scanner.skipBlanks();
    if (peekKeyword() != "at") return true;
    const Span word = m_scanner.takeWord(WordRule::term, TokenKind::keyword);
    m_scanner.skipBlanks();
    const Span span = m_scanner.takeWord(WordRule::value, TokenKind::value);
    if (span.end == span.begin) return lacks("a time after `at`: -3h or 2026-11-23T14:00");
    Read<Bound> read = readInstant(m_scanner.textOf(span));
    if (read.error) return refuseValue({word.begin, span.end}, {read.error->sentence, read.error->replacement.empty() ? "" : "at " + read.error->replacement, read.error->unfinished});
    query.at = std::move(read.value);
    return true;
}

bool Parser::readStages(Query& query) {
    for (m_scanner.skipBlanks(); !m_scanner.atEnd(); m_scanner.skipBlanks()) {
        if (m_scanner.peek() != '|') {
            const bool parenthesis = m_scanner.peek() == ')';
            const Span here{m_scanner.position(), std::max(m_scanner.peekWord(WordRule::value).end, m_scanner.position() + characterLength(m_scanner.text(), m_scanner.position()))};
            fail(here, parenthesis ? "`)` has no `(` before it" : fmt::format("`{}` has no place here: stages begin with `|`", m_scanner.textOf(here)));
            return false;
        }
        m_scanner.take(1, TokenKind::punctuation);
        m_scanner.skipBlanks();
        if (!readStage(query)) return false;
    }
    return true;
}

bool Parser::readStage(Query& query) {
    const std::string name = peekKeyword();
    const Span word = m_scanner.takeWord(WordRule::term, TokenKind::keyword);
    if (word.end == word.begin) return lacks("a stage after `|`: sort, group, top or cols");
    Stage stage;
    m_scanner.skipBlanks();
    if (name == "sort" || name == "group") {
        stage.kind = name == "sort" ? Stage::Kind::sort : Stage::Kind::group;
        stage.descending = name == "sort" && m_scanner.peek() == '-';
        if (stage.descending) m_scanner.take(1, TokenKind::punctuation);
        const FieldInfo* field = readField(name);
        if (!field) return false;
        stage.fields.push_back(field);
    } else if (name == "top") {
        if (!readTop(stage)) return false;
    } else if (name == "cols") {
        stage.kind = Stage::Kind::cols;
        do {
            const FieldInfo* field = readField("cols");
            if (!field) return false;
            stage.fields.push_back(field);
            m_scanner.skipBlanks();
            if (m_scanner.peek() != ',') break;
            m_scanner.take(1, TokenKind::punctuation);
            m_scanner.skipBlanks();
        } while (true);
    } else {
        const std::string near = nearest(name, asStrings(kStageNames));
        const bool unfinished = endsText(word) && std::ranges::any_of(kStageNames, [&](std::string_view known) { return known.starts_with(name); });
        fail(word, fmt::format("unknown stage `{}`{}", m_scanner.textOf(word), near.empty() ? ": sort, group, top or cols" : " - did you mean `" + near + "`?"), near, unfinished);
        return false;
    }
    query.stages.push_back(std::move(stage));
    return true;
}

bool Parser::readTop(Stage& stage) {
    stage.kind = Stage::Kind::top;
    const Span digits = m_scanner.takeWord(WordRule::term, TokenKind::value);
    const std::string_view text = m_scanner.textOf(digits);
    if (text.empty()) return lacks("a number after `top`");
    if (text.size() > 9 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) || std::ranges::all_of(text, [](char c) { return c == '0'; })) {
        fail(digits, fmt::format("`{}` is not a number of nodes: write top 20", text));
        return false;
    }
    stage.count = static_cast<std::uint32_t>(std::stoul(std::string(text)));
    m_scanner.skipBlanks();
    if (m_scanner.atEnd() || m_scanner.peek() == '|') return true;
    const FieldInfo* field = readField("top");
    if (field) stage.fields.push_back(field);
    return field != nullptr;
}

Parsed parse(std::string_view text, const SavedQueries& saved) { return Parser(text, saved).run(); }

} // namespace busbar::query
