// Queries back to canonical text: parse(print(q)) is q, and print of that is the same text.
#include "store/query/ast.h"
#include "store/query/scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace busbar::query {
namespace {

bool needsQuotes(std::string_view text, bool bare) {
    if (text.empty() || text.front() == '-' || text.find("..") != std::string_view::npos || text.find('*') != std::string_view::npos) return true;
    if (!std::ranges::all_of(text, isWordChar)) return true;
    if (!bare) return false;
    // The quantifiers are words too, but for a parenthesis after them.
    static constexpr std::array<std::string_view, 7> keywords{"and", "or", "not", "at", "any", "all", "none"};
    return findField(text) != nullptr || std::ranges::any_of(keywords, [&](std::string_view keyword) { return equalNoCase(keyword, text); });
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string printItem(const Item& item, const Test& test) {
    switch (item.kind) {
    case Item::Kind::glob: return item.text;
    case Item::Kind::value: return item.low.text;
    case Item::Kind::range: return item.low.text + ".." + item.high.text;
    case Item::Kind::word: break;
    }
    return test.pattern ? quoted(item.text) : quotedIfNeeded(item.text, false);
}

std::string printTest(const Test& test) {
    std::string text = test.field->name + std::string(toString(test.op));
    for (std::size_t i = 0; i < test.items.size(); ++i) text += (i > 0 ? "," : "") + printItem(test.items[i], test);
    return text;
}

std::string printParts(const Expr& expr, std::string_view between) {
    std::string text;
    for (const Expr& part : expr.parts) {
        const bool looser = expr.kind == Expr::Kind::all && part.kind == Expr::Kind::any;
        if (!text.empty()) text += between;
        text += looser || part.kind == expr.kind ? "(" + printCondition(part) + ")" : printCondition(part);
    }
    return text;
}

std::string printNegation(const Expr& inner) {
    const bool group = inner.kind == Expr::Kind::all || inner.kind == Expr::Kind::any || inner.kind == Expr::Kind::negation;
    return group ? "-(" + printCondition(inner) + ")" : "-" + printCondition(inner);
}

std::string printQuantified(const Expr& expr) {
    static constexpr std::array<std::string_view, 4> names{"any", "all", "none", "count"};
    std::string text(names[static_cast<std::size_t>(expr.quantifier)]);
    if (expr.quantifier == Quantifier::count) text += fmt::format("{}{}", toString(expr.countOp), expr.count);
    return text + "(" + printCondition(expr.parts.front()) + ")";
}

std::string printWhole(const std::string& condition, const std::optional<Bound>& at, const std::vector<Stage>& stages) {
    std::string text = condition;
    const auto append = [&](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
    if (at) append("at " + at->text);
    for (const Stage& stage : stages) append("| " + printStage(stage));
    return text;
}

std::string conditionWithout(const Query& query, std::size_t part) {
    const Expr& condition = query.condition;
    if (condition.kind != Expr::Kind::all) return {};
    Expr rest = condition;
    rest.parts.erase(rest.parts.begin() + static_cast<std::ptrdiff_t>(part));
    return printCondition(rest.parts.size() == 1 ? rest.parts.front() : rest);
}

/// What a person is told beside the text.
std::string labelOf(const Expr& expr, const std::string& text) {
    const Expr& inner = expr.kind == Expr::Kind::negation ? expr.parts.front() : expr;
    const bool unquantified = (inner.kind == Expr::Kind::test || inner.kind == Expr::Kind::has) && inner.test.field->name.starts_with("gpu.");
    if (!unquantified) return text;
    return (&inner == &expr ? "any gpu: " : "no gpu: ") + printCondition(inner);
}

} // namespace

std::string_view toString(Op op) {
    static constexpr std::array<std::string_view, 9> texts{":", "=", "!=", "<", "<=", ">", ">=", "~", "!~"};
    return texts[static_cast<std::size_t>(op)];
}

std::string quotedIfNeeded(std::string_view text, bool bare) { return needsQuotes(text, bare) ? quoted(text) : std::string(text); }

std::string printCondition(const Expr& expr) {
    switch (expr.kind) {
    case Expr::Kind::everything: return {};
    case Expr::Kind::test: return printTest(expr.test);
    case Expr::Kind::has: return "has:" + expr.test.field->name;
    case Expr::Kind::word: return expr.glob ? expr.text : quotedIfNeeded(expr.text, true); // Quotes make `*` a character.
    case Expr::Kind::quantified: return printQuantified(expr);
    case Expr::Kind::all: return printParts(expr, " ");
    case Expr::Kind::any: return printParts(expr, " or ");
    case Expr::Kind::negation: return printNegation(expr.parts.front());
    case Expr::Kind::saved: return "@" + expr.text;
    }
    return {};
}

std::string printStage(const Stage& stage) {
    switch (stage.kind) {
    case Stage::Kind::sort: return std::string("sort ") + (stage.descending ? "-" : "") + stage.fields.front()->name;
    case Stage::Kind::group: return "group " + stage.fields.front()->name;
    case Stage::Kind::top: return fmt::format("top {}{}{}", stage.count, stage.fields.empty() ? "" : " ", stage.fields.empty() ? "" : stage.fields.front()->name);
    case Stage::Kind::cols: break;
    }
    std::string text = "cols ";
    for (std::size_t i = 0; i < stage.fields.size(); ++i) text += (i > 0 ? "," : "") + stage.fields[i]->name;
    return text;
}

std::string print(const Query& query) { return printWhole(printCondition(query.condition), query.at, query.stages); }

std::vector<Chip> chips(const Query& query) {
    std::vector<Chip> chips;
    const Expr& condition = query.condition;
    const std::size_t parts = condition.kind == Expr::Kind::everything ? 0 : condition.kind == Expr::Kind::all ? condition.parts.size() : 1;
    for (std::size_t i = 0; i < parts; ++i) {
        const Expr& part = condition.kind == Expr::Kind::all ? condition.parts[i] : condition;
        const std::string text = printCondition(part);
        chips.push_back({text, labelOf(part, text), printWhole(conditionWithout(query, i), query.at, query.stages)});
    }
    const std::string whole = printCondition(condition);
    if (query.at) chips.push_back({"at " + query.at->text, "at " + query.at->text, printWhole(whole, {}, query.stages)});
    for (std::size_t i = 0; i < query.stages.size(); ++i) {
        std::vector<Stage> rest = query.stages;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        const std::string text = printStage(query.stages[i]);
        chips.push_back({text, text, printWhole(whole, query.at, rest)});
    }
    return chips;
}

Shape shapeOf(const Query& query) {
    Shape shape;
    shape.past = query.at.has_value();
    for (const Stage& stage : query.stages) {
        if (stage.fields.empty()) continue;
        if (stage.kind == Stage::Kind::group) shape.groupField = stage.fields.front()->name;
        if (stage.kind == Stage::Kind::sort || stage.kind == Stage::Kind::top) {
            shape.sortField = stage.fields.front()->name;
            shape.descending = stage.descending || stage.kind == Stage::Kind::top;
        }
        if (stage.kind != Stage::Kind::cols) continue;
        shape.columns.clear();
        for (const FieldInfo* field : stage.fields) shape.columns.push_back(field->name);
    }
    return shape;
}

std::string termOf(std::string_view field, std::string_view value, bool exclude) {
    const FieldInfo* info = findField(field);
    const std::string word = info && info->ordered() ? std::string(value) : quotedIfNeeded(info && !info->textual() ? wordOf(value) : std::string(value), false);
    return fmt::format("{}{}:{}", exclude ? "-" : "", field, word);
}

std::string joined(std::string_view text, std::string_view term, const SavedQueries& saved) {
    const Parsed parsed = parse(text, saved);
    if (!parsed.query) return std::string(text);
    const Expr& condition = parsed.query->condition;
    std::string left = printCondition(condition);
    if (condition.kind == Expr::Kind::any) left = "(" + left + ")";
    return printWhole(left + (left.empty() ? "" : " ") + std::string(term), parsed.query->at, parsed.query->stages);
}

} // namespace busbar::query
